//! What the caller sends as proof: an ID token or a refresh token of its own, checked before anything is made of it.

use axum::http::StatusCode;
use serde_json::json;

use super::request::{DelegationRequest, Proof};
use crate::clock::from_ms;
use crate::error::ApiError;
use crate::model::{Client, User};
use crate::secret::Secret;
use crate::tenant_file::Object;
use crate::{Tenant, id_tokens};

/// Claims of an ID token that are about that token or its response, and not about the user.
const OF_THE_TOKEN: [&str; 10] = ["iss", "sub", "aud", "azp", "iat", "exp", "nbf", "nonce", "at_hash", "c_hash"];

/// Whose token it was, and what it said.
pub(super) struct Subject {
    pub user: User,
    /// The claims about the user and the sign-in that the token gave out, or was good for.
    pub said: Object,
}

/// Checks that the token is ours, still good, the client's own, and of a user who may sign in.
///
/// The error's words are public; of an ID token they tell nothing that the caller could not read in it, and of a
/// refresh token nothing at all.
pub(super) async fn check(tenant: &Tenant, issuer: &str, request: &DelegationRequest) -> Result<Subject, ApiError> {
    let (user_id, token) = match &request.proof {
        Proof::IdToken(token) => id_token(tenant, issuer, &request.source, token)?,
        Proof::RefreshToken(token) => refresh_token(tenant, issuer, &request.source, token).await?,
    };
    let user = match tenant.store().user(&user_id).await? {
        Some(user) if !user.blocked => user,
        Some(_) => return Err(invalid("user is blocked")),
        None => return Err(invalid("The user of the token is gone.")),
    };
    let said = match token {
        Said::Claims(claims) => claims,
        Said::Scope(scope, mut sign_in) => {
            sign_in.extend(user.claims(&scope));
            sign_in
        }
    };
    Ok(Subject { user, said })
}

/// What a token says about its user.
enum Said {
    Claims(Object),
    /// Scopes to look up, and claims about the sign-in.
    Scope(Vec<String>, Object),
}

fn id_token(tenant: &Tenant, issuer: &str, source: &Client, token: &Secret) -> Result<(String, Said), ApiError> {
    let mut claims = id_tokens::verify(tenant, source, token.expose())
        .map_err(|why| invalid(format!("The ID token cannot be verified: {why}.")))?;
    let text = |name: &str| claims.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let own_id = &source.client_id;
    if text("aud") != own_id {
        return Err(invalid(format!("The ID token was issued to {:?}, not to {own_id}.", text("aud"))));
    }
    if text("iss") != issuer {
        return Err(invalid(format!("The ID token was issued by {:?}, not by {issuer}.", text("iss"))));
    }
    let expires = claims.get("exp").and_then(serde_json::Value::as_i64).unwrap_or(0);
    if expires <= tenant.now().as_second() {
        return Err(invalid(format!("The ID token expired at {}.", from_ms(expires.saturating_mul(1000)))));
    }
    let user_id = text("sub").to_owned();
    claims.retain(|name, _| !OF_THE_TOKEN.contains(&name.as_str()));
    Ok((user_id, Said::Claims(claims)))
}

/// A refresh token is looked at and not used: the answer carries none, so one that rotates stays the latest.
async fn refresh_token(
    tenant: &Tenant,
    issuer: &str,
    source: &Client,
    token: &Secret,
) -> Result<(String, Said), ApiError> {
    let held = tenant.store().refresh_token(&token.hash()).await?;
    let good = held.filter(|held| {
        held.client_id == source.client_id
            && held.terms.issuer == issuer
            && !held.revoked
            && held.replaced_at.is_none()
            && !held.has_expired(tenant.now())
    });
    let held = good.ok_or_else(|| invalid("Unknown or invalid refresh token."))?;
    let mut sign_in = Object::new();
    sign_in.extend(held.terms.sid.map(|sid| ("sid".to_owned(), json!(sid))));
    sign_in.extend(held.terms.auth_time.map(|auth_time| ("auth_time".to_owned(), json!(auth_time))));
    Ok((held.user_id, Said::Scope(held.terms.scope, sign_in)))
}

fn invalid(why: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "invalid_token", why)
}
