//! Client authentication at the token endpoint (RFC 6749 2.3): by secret, or not at all for public clients.

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::Tenant;
use crate::cors;
use crate::decisions::Decision;
use crate::error::ApiError;
use crate::model::{AuthMethod, Client};
use crate::params::Params;
use crate::visit::Visit;

/// The client that sends this request: authenticated, and on a page of an origin of its own if on a page. `caller` is
/// set as soon as it is known, since it decides who may read a refusal.
pub(super) async fn admit(
    tenant: &Tenant,
    visit: &Visit,
    headers: &HeaderMap,
    params: &Params,
    decision: &mut Decision,
    caller: &mut Option<Client>,
) -> Result<Client, ApiError> {
    decision.about(params.get("client_id"), params.get("state"));
    // RFC 6749 3.2.
    if let Some(name) = params.repeated(|_| true) {
        return Err(ApiError::invalid_request(format!("{name} appears more than once")));
    }
    let client = authenticate(tenant, headers, params).await?;
    decision.about(Some(&client.client_id), params.get("state"));
    decision.check("check_client", true, format!("{} is registered and authenticated", client.client_id));
    *caller = Some(client.clone());
    cors::check_origin(visit, &client)?;
    decision.check("check_origin", true, visit.origin.clone().unwrap_or_else(|| "no Origin came".into()));
    Ok(client)
}

/// The client that sends this request, proven by the one method it is registered for.
async fn authenticate(tenant: &Tenant, headers: &HeaderMap, params: &Params) -> Result<Client, ApiError> {
    let basic = basic_credentials(headers)?;
    let (id, secret, used) = match (&basic, params.get("client_secret")) {
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid_request("client_secret came in the body and in the header; send it once"));
        }
        (Some((id, secret)), None) => (id.as_str(), Some(secret.as_str()), AuthMethod::ClientSecretBasic),
        (None, secret) => (
            params.get("client_id").ok_or_else(|| ApiError::missing("client_id"))?,
            secret,
            if secret.is_some() { AuthMethod::ClientSecretPost } else { AuthMethod::None },
        ),
    };
    if params.get("client_id").is_some_and(|in_body| in_body != id) {
        return Err(ApiError::invalid_request("client_id in the body and in the header differ"));
    }
    let unauthorized =
        |code| ApiError::new(StatusCode::UNAUTHORIZED, code, "Unauthorized").challenging("Basic realm=\"tenant\"");
    let client = tenant.store().client(id, tenant.addresses()).await?.ok_or_else(|| unauthorized("invalid_client"))?;
    match (client.auth_method(), used) {
        (AuthMethod::None, AuthMethod::None) => Ok(client),
        // A secret proves nothing for a client that has none.
        (AuthMethod::None, _) => Err(unauthorized("invalid_client")),
        (_, AuthMethod::None) => Err(unauthorized("access_denied")),
        _ if secret.is_some_and(|secret| client.has_secret(secret)) => Ok(client),
        _ => Err(unauthorized("access_denied")),
    }
}

/// Id and secret of a Basic header, both form-decoded (RFC 6749 2.3.1). Another scheme is no credential.
fn basic_credentials(headers: &HeaderMap) -> Result<Option<(String, String)>, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let malformed = || ApiError::invalid_request("the Authorization header is not Basic with id and secret");
    let encoded = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
    if !encoded.0.eq_ignore_ascii_case("basic") {
        return Err(malformed());
    }
    let decoded = STANDARD.decode(encoded.1.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = decoded.ok_or_else(malformed)?;
    let (id, secret) = decoded.split_once(':').ok_or_else(malformed)?;
    let decode = |text: &str| {
        url::form_urlencoded::parse(format!("v={text}").as_bytes())
            .next()
            .map_or_else(String::new, |(_, value)| value.into_owned())
    };
    Ok(Some((decode(id), decode(secret))))
}
