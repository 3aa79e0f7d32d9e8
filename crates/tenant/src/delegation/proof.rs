//! What the caller sends as proof: an ID token of its own, verified before anything is made from it.

use axum::http::StatusCode;

use super::request::{DelegationRequest, Proof};
use crate::clock::from_ms;
use crate::error::ApiError;
use crate::model::User;
use crate::tenant_file::Object;
use crate::{Tenant, id_tokens};

/// Whose token it was, and what it said.
pub(super) struct Subject {
    pub user: User,
    /// The claims of the ID token.
    pub claims: Object,
}

/// Checks that the token is ours, still good, the client's own, and of a user who may sign in.
///
/// The error's words are public; they tell the caller nothing that it could not read in its own token.
pub(super) async fn check(tenant: &Tenant, issuer: &str, request: &DelegationRequest) -> Result<Subject, ApiError> {
    let invalid = |why: String| ApiError::new(StatusCode::UNAUTHORIZED, "invalid_token", why);
    let token = match &request.proof {
        Proof::IdToken(token) => token,
        Proof::RefreshToken => return Err(invalid("Unknown or invalid refresh token.".into())),
    };
    let source = &request.source;
    let claims = id_tokens::verify(tenant, source, token.expose())
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
    let user = tenant.store().user(text("sub")).await?;
    match user {
        Some(user) if !user.blocked => Ok(Subject { user, claims }),
        Some(_) => Err(invalid("user is blocked".into())),
        None => Err(invalid("The user of the ID token is gone.".into())),
    }
}
