//! The lab (only with `--lab`): decision records, tenant logs, a protected API and faults, for the app's pages.

mod age;
pub(crate) mod faults;
mod members;
mod stream;
pub(crate) mod weather;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::body::Query;
use crate::error::ApiError;
use crate::params::Params;
use crate::tenant_file::Object;
use crate::visit::Visit;
use crate::{Tenant, body, cors, delegation, notes, routes, sts_stand_in};

/// What the lab keeps, in memory alone.
#[derive(Default)]
pub(crate) struct Lab {
    pub faults: faults::Faults,
    pub sky: weather::Sky,
    places: stream::Places,
}

/// The tenant's lab, for its own addresses.
///
/// # Errors
/// When it has none.
pub(crate) fn of(tenant: &Tenant) -> Result<&Lab, ApiError> {
    let none = || ApiError::new(StatusCode::NOT_FOUND, "not_found", "Start the tenant with --lab.");
    tenant.lab().ok_or_else(none)
}

/// The lab's addresses. None shows a code, cookie or token, and those that change something read their body by
/// [`change`].
pub(crate) fn routes(tenant: &Tenant) -> Router<Tenant> {
    Router::new()
        .route("/lab/decisions", get(decisions))
        .route("/lab/logs", get(logs))
        .route("/lab/notes", get(notes::get))
        .route("/lab/delegation", get(delegation::lab::get).post(delegation::lab::post))
        .route("/lab/sts", post(sts_stand_in::post))
        .route("/lab/faults", get(faults::get).post(faults::post))
        .route("/lab/age", post(age::post))
        .route("/lab/cookies", get(weather::get).post(weather::post))
        .route("/lab/decisions/stream", get(stream::get))
        .method_not_allowed_fallback(routes::method_not_allowed)
        .layer(middleware::from_fn_with_state(tenant.clone(), for_the_app))
}

/// `GET /lab/decisions?state=…&endpoint=…&limit=…`, newest first.
async fn decisions(State(tenant): State<Tenant>, query: Query) -> Result<Json<Value>, ApiError> {
    let params = query_of(query)?;
    let limit = limit(&params)?;
    let found = tenant.decisions().latest(params.get("state"), params.get("endpoint"), limit as usize);
    Ok(Json(json!({ "decisions": found })))
}

/// `GET /lab/logs?type=fd,depnote&limit=…`, newest first.
async fn logs(State(tenant): State<Tenant>, query: Query) -> Result<Json<Value>, ApiError> {
    let params = query_of(query)?;
    let types: Vec<_> = params.get("type").unwrap_or_default().split(',').filter(|name| !name.is_empty()).collect();
    let limit = limit(&params)?;
    tenant.flush_logs().await;
    Ok(Json(json!({ "logs": tenant.store().logs(&types, limit).await? })))
}

/// The parameters of a query, each of which may come once.
fn query_of(Query(params): Query) -> Result<Params, ApiError> {
    match params.repeated(|_| true) {
        Some(name) => Err(ApiError::invalid_request(format!("{name} appears more than once"))),
        None => Ok(params),
    }
}

/// How many entries: 50 unless said, 100 at most, as in the Management API.
fn limit(params: &Params) -> Result<u32, ApiError> {
    match params.get("limit").map(str::parse::<u32>) {
        None => Ok(50),
        Some(Ok(limit @ 1..=100)) => Ok(limit),
        Some(_) => Err(ApiError::invalid_request("limit must be a number from 1 to 100")),
    }
}

/// The body of a request that changes something. Every page in the browser can reach a loopback address, so it
/// must come from one of the app's pages and be JSON, which no form can send.
pub(crate) async fn change(
    tenant: &Tenant,
    visit: &Visit,
    headers: &HeaderMap,
    body: Body,
) -> Result<Object, ApiError> {
    if !visit.origin.as_ref().is_some_and(|origin| tenant.addresses().app_origins().contains(origin)) {
        let known = tenant.addresses().app_origins().join(", ");
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "access_denied",
            format!("Only the app's own pages change the lab: send Origin as one of {known}."),
        ));
    }
    body::json_object(headers, body).await
}

/// Lets the app's pages read, and nobody else's.
async fn for_the_app(State(tenant): State<Tenant>, request: Request, next: Next) -> Response {
    let visit = request.extensions().get::<Visit>();
    let origin = visit.and_then(|visit| visit.origin.clone().filter(|origin| *origin != visit.address.origin));
    let mut response = match &origin {
        None => next.run(request).await,
        Some(origin) if !tenant.addresses().app_origins().contains(origin) => {
            ApiError::new(StatusCode::FORBIDDEN, "access_denied", format!("{origin} is not an address of the app."))
                .into_response()
        }
        Some(origin) => {
            let mut response = if cors::is_preflight(&request) {
                let mut response = StatusCode::NO_CONTENT.into_response();
                cors::allow_request(&mut response, request.headers());
                response
            } else {
                next.run(request).await
            };
            cors::allow(&mut response, origin);
            response
        }
    };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
    response
}
