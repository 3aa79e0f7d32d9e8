//! The grant `refresh_token` (RFC 6749 section 6, RFC 9700 4.14.2): new tokens without the user.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Exchange, issue::Authorization};
use crate::Tenant;
use crate::error::ApiError;
use crate::model::Client;
use crate::params::Params;
use crate::secret::Secret;
use crate::store::{RefreshToken, Renewal, Renewed};

pub(super) async fn exchange(exchange: &mut Exchange<'_>, client: &Client, params: &Params) -> Result<Value, ApiError> {
    let presented =
        Secret::from(params.get("refresh_token").ok_or_else(|| ApiError::missing("refresh_token"))?.to_owned());
    let tenant = exchange.tenant;
    let (now, store) = (tenant.now(), tenant.store());
    let Some(held) = store.refresh_token(&presented.hash()).await? else {
        exchange.decision.check(
            "check_refresh_token",
            false,
            "no such refresh token was ever issued, or it is long over",
        );
        return Err(invalid_token());
    };
    exchange.about.user_id = Some(held.user_id.clone());
    exchange.about.audience.clone_from(&held.terms.audience);
    exchange.about.details = json!({
        "familyId": held.family_id,
        "tokenCounter": held.counter,
        "requested_audience": params.get("audience"),
        "requested_scope": params.get("scope"),
    });

    let expired = held.has_expired(now);
    for (name, holds, claim) in [
        (
            "check_refresh_token_client",
            held.client_id == client.client_id,
            "it was issued to the client that presents it",
        ),
        (
            "check_refresh_token_issuer",
            held.terms.issuer == exchange.visit.address.issuer,
            "it is presented at the issuer that made it",
        ),
        ("check_refresh_token_revoked", !held.revoked, "its family has not been revoked"),
        ("check_refresh_token_lifetime", !expired, "its family has not expired"),
    ] {
        exchange.decision.check(name, holds, if holds { claim.to_owned() } else { format!("not so: {claim}") });
        if !holds {
            return Err(invalid_token());
        }
    }
    if let Some(other) = params.get("audience").filter(|asked| !is_its_audience(&held, asked)) {
        return Err(ApiError::invalid_request(format!("The refresh token is for another audience than {other}")));
    }
    let Some(user) = store.user(&held.user_id).await? else {
        exchange.decision.check("check_user", false, "the user is gone");
        return Err(invalid_token());
    };
    exchange.decision.check(
        "check_user",
        !user.blocked,
        format!("{} is {}blocked", user.user_id, if user.blocked { "" } else { "not " }),
    );
    if user.blocked {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "unauthorized", "user is blocked"));
    }
    let scope = reduced(&held.terms.scope, params.get("scope"));
    exchange.about.scope = Some(scope.join(" "));
    exchange.decision.check(
        "check_scope",
        !scope.is_empty() || held.terms.scope.is_empty(),
        format!("granted: {}, of the {} that the sign-in granted", scope.join(" "), held.terms.scope.join(" ")),
    );
    if scope.is_empty() && !held.terms.scope.is_empty() {
        return Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "invalid_scope",
            "None of the requested scopes was granted when the user signed in.",
        ));
    }

    let api = exchange.api(held.terms.audience.as_deref()).await?;
    let authorization = Authorization {
        client,
        issuer: &held.terms.issuer,
        user: Some(&user),
        api: api.as_ref(),
        scope: &scope,
        sid: held.terms.sid.as_deref(),
        auth_time: held.terms.auth_time,
        // The nonce belongs to the request that the user signed in by (OpenID Connect Core 1.0, 12.2).
        nonce: None,
        gty: Some("refresh_token"),
    };
    let mut issued = authorization.tokens(tenant, now);
    let successor = client.refresh_token.rotates().then(|| successor(tenant, &held, &presented));
    let renewal = Renewal {
        access_token: issued.access_token.to_store(),
        successor: successor.as_ref().map(Secret::hash),
        expires_at: client.refresh_token.expiry(held.issued_at, now),
        leeway: client.refresh_token.leeway(),
    };
    let renewed = store.renew(&presented.hash(), &held, &renewal, now).await?;
    exchange.decision.check("check_refresh_token_unused", matches!(renewed, Renewed::First | Renewed::Again), match renewed {
        Renewed::First if successor.is_some() => format!("token {} of its family is the latest, and is spent now", held.counter),
        Renewed::First => "the client's refresh tokens do not rotate: it stays good".to_owned(),
        Renewed::Again => {
                let ago = held.replaced_at.map_or(0, |at| now.duration_since(at).as_secs());
                format!("token {} was spent {ago} s ago, within the leeway: the same successor goes out again", held.counter)
            },
        Renewed::Reused { latest } => format!("token {} was spent before, and token {latest} is the latest: somebody else has a copy, so the family is revoked", held.counter),
        Renewed::Gone => "its family was revoked meanwhile".to_owned(),
    });
    match renewed {
        Renewed::First | Renewed::Again => {}
        Renewed::Reused { latest } => {
            exchange.about.reused = true;
            exchange.about.details =
                json!({ "familyId": held.family_id, "tokenCounter": held.counter, "latestCounter": latest });
            return Err(invalid_token());
        }
        Renewed::Gone => return Err(invalid_token()),
    }
    if let Some(successor) = successor {
        issued.body["refresh_token"] = json!(successor.expose());
    }
    Ok(issued.body)
}

/// The next token of the family. Nobody without the tenant's key can tell it, and the tenant itself only while it is
/// shown the present one: so the same exchange brings the same successor, and the store holds hashes alone.
fn successor(tenant: &Tenant, held: &RefreshToken, presented: &Secret) -> Secret {
    let parts = ["refresh_token", &held.family_id, &(held.counter + 1).to_string(), presented.expose()];
    Secret::from(tenant.stamps().stamp(&parts))
}

/// The scopes asked for, as far as the sign-in granted them (RFC 6749 section 6); all, if none are named.
fn reduced(granted: &[String], asked: Option<&str>) -> Vec<String> {
    let Some(asked) = asked else { return granted.to_vec() };
    granted.iter().filter(|scope| asked.split(' ').any(|asked| asked == scope.as_str())).cloned().collect()
}

fn is_its_audience(held: &RefreshToken, asked: &str) -> bool {
    match &held.terms.audience {
        Some(audience) => audience == asked,
        None => asked == format!("{}userinfo", held.terms.issuer),
    }
}

fn invalid_token() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "invalid_grant", "Unknown or invalid refresh token.")
}
