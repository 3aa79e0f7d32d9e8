//! The Management API, version 2: the tenant's settings, clients, APIs, grants, logs and keys for scripts and tools.

mod access;
pub(crate) mod apis;
pub(crate) mod client_rules;
pub(crate) mod clients;
mod credentials;
mod error;
mod grants;
mod keys;
mod logs;
mod query;
mod schema;
mod settings;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{delete, get, post, put};

use crate::Tenant;
pub(crate) use error::ManagementError;

/// What every address of the API begins with.
const PREFIX: &str = "/api/v2";

/// Every address of the API.
pub(crate) fn routes() -> Router<Tenant> {
    let routes = Router::new()
        .route("/tenants/settings", get(settings::get).patch(settings::update))
        .route("/clients", get(clients::list).post(clients::create))
        .route("/clients/{id}", get(clients::get).patch(clients::update).delete(clients::delete))
        .route("/clients/{id}/credentials", get(credentials::list).post(credentials::create))
        .route(
            "/clients/{id}/credentials/{credential_id}",
            get(credentials::get).patch(credentials::update).delete(credentials::delete),
        )
        .route("/resource-servers", get(apis::list).post(apis::create))
        .route("/resource-servers/{id}", get(apis::get).patch(apis::update).delete(apis::delete))
        .route("/grants", get(grants::list).delete(grants::delete_of_user))
        .route("/grants/{id}", delete(grants::delete))
        .route("/logs", get(logs::list))
        .route("/logs/{id}", get(logs::get))
        .route("/keys/signing", get(keys::list))
        .route("/keys/signing/rotate", post(keys::rotate))
        .route("/keys/signing/{kid}", get(keys::get))
        .route("/keys/signing/{kid}/revoke", put(keys::revoke))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed);
    Router::new().nest(PREFIX, routes)
}

async fn not_found() -> ManagementError {
    ManagementError::not_found("not_found", "The Management API has nothing at this address.")
}

async fn method_not_allowed() -> ManagementError {
    let message = "This address does not take that method.";
    ManagementError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
}
