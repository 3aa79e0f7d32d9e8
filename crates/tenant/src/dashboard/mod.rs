//! The dashboard: the tenant's settings, applications, APIs, users, logs and keys, as pages that need no script.

mod admin;
mod affected;
mod apis;
mod applications;
mod failure;
mod keys;
mod layout;
mod log_types;
mod logout;
mod logs;
mod refresh_tokens;
mod settings;
mod sign_in;
mod signing;
mod users;

pub(crate) use admin::make_admin;
pub use admin::new_admin_password;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};

use crate::Tenant;
use admin::Admin;
use failure::Failure;

/// Every page. All but the sign-in want the admin's session, all forms a stamp of that session.
pub(crate) fn routes() -> Router<Tenant> {
    Router::new()
        .route("/dashboard", get(home))
        .route("/dashboard/", get(home))
        .route("/dashboard/login", get(sign_in::get).post(sign_in::post))
        .route("/dashboard/logout", post(sign_in::sign_out))
        .route("/dashboard/tenant/advanced", get(settings::get))
        .route("/dashboard/tenant/advanced/toggle", post(settings::toggle))
        .route("/dashboard/tenant/advanced/date", post(settings::date))
        .route("/dashboard/tenant/advanced/end", post(settings::end))
        .route("/dashboard/applications", get(applications::list))
        .route("/dashboard/applications/{id}", get(applications::get).post(applications::post))
        .route("/dashboard/applications/{id}/refresh-tokens", post(refresh_tokens::post))
        .route("/dashboard/applications/{id}/logout", post(logout::post))
        .route("/dashboard/apis", get(apis::list))
        .route("/dashboard/apis/{id}", get(apis::get).post(apis::lifetimes))
        .route("/dashboard/apis/{id}/signing", post(signing::post))
        .route("/dashboard/apis/{id}/offline", post(|id, form| apis::turn(&apis::OFFLINE, id, form)))
        .route("/dashboard/apis/{id}/consent", post(|id, form| apis::turn(&apis::SKIP, id, form)))
        .route("/dashboard/apis/{id}/loopback", post(|id, form| apis::turn(&apis::LOOPBACK, id, form)))
        .route("/dashboard/apis/{id}/mfa", post(|id, form| apis::turn(&apis::MFA, id, form)))
        .route("/dashboard/users", get(users::list))
        .route("/dashboard/users/{id}", get(users::get))
        .route("/dashboard/users/{id}/end-session", post(users::end_session))
        .route("/dashboard/users/{id}/end-partitioned-session", post(users::end_partitioned_session))
        .route("/dashboard/users/{id}/revoke", post(users::revoke))
        .route("/dashboard/users/{id}/revoke-consent", post(users::revoke_consent))
        .route("/dashboard/logs", get(logs::list))
        .route("/dashboard/logs/{id}", get(logs::get))
        .route("/dashboard/keys", get(keys::get))
        .route("/dashboard/keys/rotate", post(keys::rotate))
        .route("/dashboard/keys/revoke", post(keys::revoke))
        .route("/dashboard/affected", get(affected::get))
        .route("/dashboard/{*rest}", get(nowhere))
        .method_not_allowed_fallback(crate::routes::method_not_allowed)
}

async fn home(_admin: Admin) -> Response {
    layout::see_other("/dashboard/applications")
}

async fn nowhere(_admin: Admin) -> Failure {
    Failure::not_found("page in the dashboard")
}
