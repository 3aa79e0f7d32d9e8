//! `/userinfo`: the claims that an access token is good for (OpenID Connect Core 1.0, section 5.3).

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;

use crate::body::Form;
use crate::dpop::{self, Asked, Credentials, Scheme};
use crate::error::ApiError;
use crate::secret::Hash;
use crate::store::AccessTokenRecord;
use crate::visit::Visit;
use crate::{Tenant, cors};

/// What the challenges call this place.
const REALM: &str = "Users";

/// `GET /userinfo` with the token in the header.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
) -> Response {
    match Credentials::of(&headers) {
        Some(credentials) => answer(&tenant, &visit, &headers, "GET", &credentials).await,
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
    if let Some(credentials) = Credentials::of(&headers) {
        return answer(&tenant, &visit, &headers, "POST", &credentials).await;
    }
    match sent {
        Ok(form) => match (form.repeated(|_| true), form.get("access_token")) {
            // RFC 6750 3.1: a request that repeats a parameter is malformed.
            (Some(name), _) => ApiError::invalid_request(format!("{name} appears more than once")).into_response(),
            (None, Some(token)) => {
                let credentials = Credentials { scheme: Scheme::Bearer, token: token.to_owned() };
                answer(&tenant, &visit, &headers, "POST", &credentials).await
            }
            (None, None) => unauthorized(),
        },
        Err(error) => error.into_response(),
    }
}

async fn answer(
    tenant: &Tenant,
    visit: &Visit,
    headers: &HeaderMap,
    method: &str,
    credentials: &Credentials,
) -> Response {
    let uri = format!("{}userinfo", visit.address.issuer);
    let asked = Asked { headers, method, uri: &uri, access_token: None, wants_nonce: false };
    match claims(tenant, visit, credentials, asked).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn claims(
    tenant: &Tenant,
    visit: &Visit,
    credentials: &Credentials,
    asked: Asked<'_>,
) -> Result<Response, ApiError> {
    let store = tenant.store();
    // Every access token is known by its hash, so a revoked JWT is as dead here as an opaque one, and one
    // with a forged signature was never known.
    let found = store.access_token(&Hash::of(&credentials.token), tenant.now()).await?;
    let is_for_here = |token: &AccessTokenRecord| token.issuer == visit.address.issuer && !token.for_api_alone;
    let Some(token) = found.filter(is_for_here) else { return Ok(unauthorized()) };
    if let Err(refused) = credentials.check(tenant, asked, token.jkt.as_deref()).await? {
        return Ok(unproven(tenant, &refused));
    }
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

/// One word in place of JSON: what real tenants answer.
fn unauthorized() -> Response {
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"Users\", error=\"invalid_token\"")];
    let mut response = (StatusCode::UNAUTHORIZED, challenge, "Unauthorized").into_response();
    response.headers_mut().append(header::WWW_AUTHENTICATE, dpop::challenge(REALM, None));
    response
}

/// RFC 9449 7.1 and 9.
fn unproven(tenant: &Tenant, refused: &dpop::Refused) -> Response {
    let challenge = [(header::WWW_AUTHENTICATE, dpop::challenge(REALM, Some((refused.code(), &refused.why))))];
    let mut response = (StatusCode::UNAUTHORIZED, challenge, "Unauthorized").into_response();
    if refused.wants_nonce {
        response.headers_mut().insert(dpop::NONCE_HEADER, dpop::nonce(tenant));
    }
    response
}
