//! `/userinfo`: the claims that an access token is good for (OpenID Connect Core 1.0, section 5.3).

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;

use crate::body::Form;
use crate::error::ApiError;
use crate::secret::Hash;
use crate::store::AccessTokenRecord;
use crate::visit::Visit;
use crate::{Tenant, cors};

/// `GET /userinfo` with the token in the header.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
) -> Response {
    match bearer(&headers) {
        Some(token) => answer(&tenant, &visit, &token).await,
        None => unauthorized(),
    }
}

/// `POST /userinfo` with the token in the header or, as a form, in the body (RFC 6750 2.2).
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    Form(sent): Form,
) -> Response {
    if let Some(token) = bearer(&headers) {
        return answer(&tenant, &visit, &token).await;
    }
    match sent {
        Ok(form) => match (form.repeated(|_| true), form.get("access_token")) {
            // RFC 6750 3.1: a request that repeats a parameter is malformed.
            (Some(name), _) => ApiError::invalid_request(format!("{name} appears more than once")).into_response(),
            (None, Some(token)) => answer(&tenant, &visit, token).await,
            (None, None) => unauthorized(),
        },
        Err(error) => error.into_response(),
    }
}

async fn answer(tenant: &Tenant, visit: &Visit, token: &str) -> Response {
    match claims(tenant, visit, token).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn claims(tenant: &Tenant, visit: &Visit, token: &str) -> Result<Response, ApiError> {
    let store = tenant.store();
    // Every access token is known by its hash, so a revoked JWT is as dead here as an opaque one, and one
    // with a forged signature was never known.
    let found = store.access_token(&Hash::of(token), tenant.now()).await?;
    let is_for_here = |token: &AccessTokenRecord| token.issuer == visit.address.issuer && !token.for_api_alone;
    let Some(token) = found.filter(is_for_here) else { return Ok(unauthorized()) };
    if !token.scope.iter().any(|scope| scope == "openid") {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "insufficient_scope",
            "The access token lacks the scope openid.",
        )
        .challenging("Bearer realm=\"Users\", error=\"insufficient_scope\", scope=\"openid\""));
    }
    let Some(user) = store.user(&token.user_id).await?.filter(|user| !user.blocked) else { return Ok(unauthorized()) };
    let mut claims = user.claims(&token.scope);
    claims.extend(user.claims_named(&token.claims));
    claims.insert("sub".into(), json!(user.user_id));
    let mut response = Json(claims).into_response();
    if let Some(client) = store.client(&token.client_id, tenant.addresses()).await? {
        cors::answers_for(&mut response, client);
    }
    Ok(response)
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned()).filter(|token| !token.is_empty())
}

/// One word in place of JSON: what real tenants answer.
fn unauthorized() -> Response {
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"Users\", error=\"invalid_token\"")];
    (StatusCode::UNAUTHORIZED, challenge, "Unauthorized").into_response()
}
