//! What a delegation request asks for, checked for its form.

use axum::http::StatusCode;
use migration::{AddOn, Exchange, grant_type};

use crate::Tenant;
use crate::error::ApiError;
use crate::model::Client;
use crate::params::Params;

/// A well-formed request between two known clients.
pub(super) struct DelegationRequest {
    pub exchange: Exchange,
    /// The add-on whose token is asked for.
    pub add_on: Option<AddOn>,
    /// Who asks.
    pub source: Client,
    /// Whom the new token is for; by default the same client.
    pub target: Client,
    id_token: Option<String>,
}

impl DelegationRequest {
    /// Reads a request. `source` is set as soon as the client is known, so that errors after that can name it.
    pub(super) async fn read(tenant: &Tenant, params: &Params, source: &mut Option<Client>) -> Result<Self, ApiError> {
        if let Some(name) = params.repeated(|_| true) {
            return Err(ApiError::invalid_request(format!("{name} appears more than once")));
        }
        let client_id = params.get("client_id").ok_or_else(|| ApiError::missing("client_id"))?;
        let client = find(tenant, client_id).await?;
        let client = source.insert(client.ok_or_else(|| {
            ApiError::new(StatusCode::UNAUTHORIZED, "invalid_client", format!("Unknown client: {client_id}"))
        })?);
        match params.get("grant_type") {
            Some(grant_type::JWT_BEARER) => {}
            Some(_) => {
                return Err(ApiError::invalid_request(format!("grant_type must be {}", grant_type::JWT_BEARER)));
            }
            None => return Err(ApiError::missing("grant_type")),
        }
        let (id_token, refresh_token) = (params.get("id_token"), params.get("refresh_token"));
        let kind = match (id_token, refresh_token) {
            (Some(token), None) if !looks_like_a_jwt(token) => {
                return Err(ApiError::invalid_request(
                    "id_token is not a JWT: three parts of base64url, separated by dots",
                ));
            }
            (Some(_), None) => Exchange::IdToken,
            (None, Some(_)) => Exchange::RefreshToken,
            (Some(_), Some(_)) => return Err(ApiError::invalid_request("send id_token or refresh_token, not both")),
            (None, None) => return Err(ApiError::missing("id_token or refresh_token")),
        };
        let target = match params.get("target").filter(|target| *target != client_id) {
            Some(id) => find(tenant, id).await?.ok_or_else(|| {
                ApiError::new(StatusCode::FORBIDDEN, "access_denied", format!("Unknown target client: {id}"))
            })?,
            None => client.clone(),
        };
        let add_on = match params.get("api_type") {
            Some("app" | "auth0") => None,
            Some(name) => Some(AddOn::from_name(name).ok_or_else(|| {
                ApiError::invalid_request(format!(
                    "api_type {name} is unknown; it is app, auth0 or the name of an add-on"
                ))
            })?),
            // Without a type the target's first add-on answers, and the tenant itself if there is none.
            None => target.addons.keys().find_map(|name| AddOn::from_name(name)),
        };
        Ok(Self {
            exchange: if add_on.is_some() { Exchange::AddOn } else { kind },
            add_on,
            source: client.clone(),
            target,
            id_token: id_token.map(ToOwned::to_owned),
        })
    }

    /// Checks that the token is ours, still good, and the client's own.
    pub(super) fn check_token(&self, tenant: &Tenant, issuer: &str) -> Result<(), ApiError> {
        let invalid = |why: &str| ApiError::new(StatusCode::UNAUTHORIZED, "invalid_token", why);
        // Refresh tokens are not issued yet, so that none can be a good one.
        let token = self.id_token.as_deref().ok_or_else(|| invalid("Unknown or invalid refresh token."))?;
        let claims = tenant.keys().verify(token).map_err(|_| invalid("The ID token was not issued by this tenant."))?;
        let text = |name: &str| claims.get(name).and_then(serde_json::Value::as_str);
        let expires = claims.get("exp").and_then(serde_json::Value::as_i64).unwrap_or(0);
        if text("iss") != Some(issuer) || text("aud") != Some(&self.source.client_id) {
            return Err(invalid("The ID token was issued by another issuer or to another client."));
        }
        if expires <= tenant.now().as_second() {
            return Err(invalid("The ID token has expired."));
        }
        Ok(())
    }
}

async fn find(tenant: &Tenant, client_id: &str) -> Result<Option<Client>, ApiError> {
    Ok(tenant.store().client(client_id, tenant.addresses()).await?)
}

fn looks_like_a_jwt(token: &str) -> bool {
    let parts: Vec<_> = token.split('.').collect();
    let is_base64url =
        |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    parts.len() == 3 && parts.iter().all(is_base64url)
}
