//! Makes ID tokens (OpenID Connect Core 1.0, section 2) and access tokens, opaque or JWT.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::Tenant;
use crate::clock::Timestamp;
use crate::error::ApiError;
use crate::model::{Client, User};
use crate::secret::{Secret, random_text, sha256};
use crate::store::{AccessTokenRecord, CodeRecord};
use crate::tenant_file::Object;

/// An access token for `/userinfo` alone lives a day.
const USERINFO_TOKEN_LIFETIME: i64 = 86_400;

/// What an exchange gives: the body of the answer, and what the store keeps of it.
pub(super) struct Issued {
    pub access_token: Secret,
    pub record: AccessTokenRecord,
    pub expires_at: Timestamp,
    pub body: Value,
}

/// The tokens that a code is good for.
pub(super) async fn tokens(
    tenant: &Tenant,
    client: &Client,
    code: &CodeRecord,
    user: &User,
    now: Timestamp,
) -> Result<Issued, ApiError> {
    let api = match &code.audience {
        // The API may have been removed since the request.
        Some(audience) => Some(tenant.store().api(audience, tenant.addresses()).await?.ok_or_else(|| {
            ApiError::new(axum::http::StatusCode::FORBIDDEN, "access_denied", format!("Service not found: {audience}"))
        })?),
        None => None,
    };
    let lifetime = api.as_ref().map_or(USERINFO_TOKEN_LIFETIME, |api| api.token_lifetime);
    let with_openid = code.scope.iter().any(|scope| scope == "openid");
    let access_token = match &api {
        // Good at /userinfo alone, so nobody else needs to read it.
        None => Secret::random(),
        Some(api) => {
            let userinfo = format!("{}userinfo", code.issuer);
            let audience = if with_openid { json!([api.identifier, userinfo]) } else { json!(api.identifier) };
            tenant.keys().sign(
                "JWT",
                &object(json!({
                    "iss": code.issuer,
                    "sub": code.user_id,
                    "aud": audience,
                    "azp": client.client_id,
                    "iat": now.as_second(),
                    "exp": now.as_second() + lifetime,
                    "jti": random_text::<16>(),
                    "scope": code.scope.join(" "),
                })),
            )
        }
    };
    let mut body = json!({
        "access_token": access_token.expose(),
        "token_type": "Bearer",
        "expires_in": lifetime,
        "scope": code.scope.join(" "),
    });
    if with_openid {
        let id_token = tenant.keys().sign("JWT", &id_token_claims(client, code, user, &access_token, now));
        body["id_token"] = json!(id_token.expose());
    }
    Ok(Issued {
        record: AccessTokenRecord {
            client_id: client.client_id.clone(),
            issuer: code.issuer.clone(),
            user_id: code.user_id.clone(),
            scope: code.scope.clone(),
        },
        expires_at: now + SignedDuration::from_secs(lifetime),
        access_token,
        body,
    })
}

fn id_token_claims(client: &Client, code: &CodeRecord, user: &User, access_token: &Secret, now: Timestamp) -> Object {
    let mut claims = user.claims(&code.scope);
    claims.extend(object(json!({
        "iss": code.issuer,
        "sub": code.user_id,
        "aud": client.client_id,
        "iat": now.as_second(),
        "exp": now.as_second() + client.id_token_lifetime(),
        "sid": code.sid,
        "at_hash": at_hash(access_token),
    })));
    if let Some(nonce) = &code.nonce {
        claims.insert("nonce".into(), json!(nonce));
    }
    if let Some(auth_time) = code.auth_time {
        claims.insert("auth_time".into(), json!(auth_time));
    }
    claims
}

/// The left half of the access token's SHA-256 (OpenID Connect Core 1.0, 3.1.3.6).
fn at_hash(access_token: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(&sha256(access_token.expose().as_bytes())[..16])
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        other => unreachable!("claims are an object, not {other}"),
    }
}
