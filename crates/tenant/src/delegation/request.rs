//! What a delegation request asks for, checked for its form.

use axum::http::StatusCode;
use migration::{AddOn, Exchange, grant_type};

use crate::Tenant;
use crate::error::ApiError;
use crate::model::Client;
use crate::params::Params;
use crate::secret::Secret;

/// A well-formed request between two known clients.
pub(super) struct DelegationRequest {
    pub exchange: Exchange,
    /// The add-on whose token is asked for.
    pub add_on: Option<AddOn>,
    /// Who asks.
    pub source: Client,
    /// Whom the new token is for; by default the same client.
    pub target: Client,
    pub proof: Proof,
    /// The scopes of the new ID token. Default: `openid`.
    pub scope: Vec<String>,
    /// The AWS role that the caller names, in place of the one that the add-on names.
    pub role: Option<String>,
}

/// The token that is exchanged.
pub(super) enum Proof {
    IdToken(Secret),
    RefreshToken(Secret),
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
        let (proof, kind) = proof(params)?;
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
        let scope = params.get("scope").unwrap_or("openid").split_whitespace().map(ToOwned::to_owned).collect();
        Ok(Self {
            exchange: if add_on.is_some() { Exchange::AddOn } else { kind },
            add_on,
            source: client.clone(),
            target,
            proof,
            scope,
            role: params.get("role").map(ToOwned::to_owned),
        })
    }

    /// The request's `api_type`, or what it is when none is sent.
    pub(super) fn api_type(&self) -> &'static str {
        self.add_on.map_or("auth0", AddOn::name)
    }
}

fn proof(params: &Params) -> Result<(Proof, Exchange), ApiError> {
    match (params.get("id_token"), params.get("refresh_token")) {
        (Some(token), None) if !looks_like_a_jwt(token) => {
            Err(ApiError::invalid_request("id_token is not a JWT: three parts of base64url, separated by dots"))
        }
        (Some(token), None) => Ok((Proof::IdToken(token.to_owned().into()), Exchange::IdToken)),
        (None, Some(token)) => Ok((Proof::RefreshToken(token.to_owned().into()), Exchange::RefreshToken)),
        (Some(_), Some(_)) => Err(ApiError::invalid_request("send id_token or refresh_token, not both")),
        (None, None) => Err(ApiError::missing("id_token or refresh_token")),
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
