//! Every address of the tenant, and what holds for all of its answers.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, extract::DefaultBodyLimit};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::error::ApiError;
use crate::interaction::{account, consent, login, second_factor};
use crate::{
    Tenant, authorize, body, cors, dashboard, delegation, discovery, lab, logout, management, session_management,
    token, userinfo, visit,
};

/// However slowly a body trickles in, an answer goes out after this time.
const LONGEST_ANSWER: Duration = Duration::from_secs(15);

/// The whole tenant, as a service that takes requests from anywhere.
pub fn router(tenant: Tenant) -> Router {
    // What pages of registered origins may call. The authorization endpoint is not among them (RFC 9700 2.6).
    let for_pages = Router::new()
        .route("/.well-known/openid-configuration", get(discovery::metadata))
        .route("/.well-known/oauth-authorization-server", get(discovery::metadata))
        .route("/.well-known/jwks.json", get(discovery::keys))
        .route("/oauth/token", post(token::post))
        .route("/oauth/ro", post(token::ro::post))
        .route("/oauth/revoke", post(token::revoke::post))
        .route("/userinfo", get(userinfo::get).post(userinfo::post))
        .route("/delegation", get(delegation::get).post(delegation::post))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(tenant.clone(), cors::for_clients));
    // APIs ask from servers, so no page may (RFC 7662 4).
    let for_apis = Router::new()
        .route("/oauth/introspect", post(token::introspect::post))
        .method_not_allowed_fallback(method_not_allowed);
    let for_browsers = Router::new()
        .route("/authorize", get(authorize::get).post(authorize::post))
        .route("/u/login", get(login::get).post(login::post))
        .route("/u/account", get(account::get).post(account::post))
        .route("/u/mfa", get(second_factor::get).post(second_factor::post))
        .route("/u/consent", get(consent::get).post(consent::post))
        .route("/v2/logout", get(logout::v2::get))
        // The same under the name that auth0.js used up to version 7.
        .route("/logout", get(logout::v2::get))
        .route("/oidc/logout", get(logout::rp_initiated::get).post(logout::rp_initiated::post))
        .route("/oidc/check_session", get(session_management::frame::get))
        .route("/oidc/logout/confirm", post(logout::rp_initiated::confirm))
        .method_not_allowed_fallback(method_not_allowed);
    let mut router =
        for_pages.merge(for_apis).merge(for_browsers).merge(management::routes()).merge(dashboard::routes());
    let has_lab = tenant.has_lab();
    if has_lab {
        router = router.merge(lab::routes(&tenant));
    }
    let mut router = router.fallback(not_found).layer(middleware::from_fn_with_state(tenant.clone(), visit::admit));
    if has_lab {
        router = router.layer(middleware::from_fn_with_state(tenant.clone(), lab::weather::layer));
    }
    let mut router = router
        .layer(DefaultBodyLimit::max(body::LIMIT))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LONGEST_ANSWER))
        .layer(CatchPanicLayer::custom(|_| authorize::failure_page()));
    if has_lab {
        router = router.layer(middleware::from_fn(lab::faults::deliver));
    }
    router.layer(middleware::from_fn_with_state(tenant.clone(), common_headers)).with_state(tenant)
}

pub(crate) async fn method_not_allowed() -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This address does not take that method.")
}

async fn not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "not_found", "The tenant has nothing at this address.")
}

/// Headers that every answer has unless it says otherwise. `Date` is the tenant's own clock, so that a page
/// can tell how far its clock is off from the one that tokens are made by.
async fn common_headers(State(tenant): State<Tenant>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await.into_response();
    let defaults: [(HeaderName, &str); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        // No page takes an answer in as a script or an image; pages that may read it use CORS.
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in defaults {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    let date = tenant.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}
