//! `/v2/logout`: ends the session, and leads back only to a registered address.

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use maud::html;

use crate::Tenant;
use crate::authorize::redirect;
use crate::error::ApiError;
use crate::login::set_cookie;
use crate::logs::{LogEntry, LogType};
use crate::model::logout_is_registered;
use crate::pages::{Framing, Page, problem};
use crate::params::Params;
use crate::secret::Hash;
use crate::visit::{SESSION_COOKIE, Visit};

/// `GET /v2/logout?client_id=…&returnTo=…`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::from_form(query.unwrap_or_default().as_bytes());
    if let Some(other) = embedded_elsewhere(&visit) {
        return refuse(
            &tenant,
            &visit,
            &ApiError::invalid_request(format!(
                "A page of another site may lead here, but not load this address as {other}: nobody should be signed out by an image."
            )),
        );
    }
    match leave(&tenant, &visit, &params).await {
        Ok(response) => response,
        Err(error) => refuse(&tenant, &visit, &error),
    }
}

/// What another site's page loads this address as, if it does not navigate to it.
fn embedded_elsewhere(visit: &Visit) -> Option<&str> {
    let dest = visit.fetch.dest.as_deref()?;
    (visit.fetch.site.as_deref() == Some("cross-site") && dest != "document").then_some(dest)
}

async fn leave(tenant: &Tenant, visit: &Visit, params: &Params) -> Result<Response, ApiError> {
    let return_to = return_address(tenant, params).await?;
    let ended = match visit.cookie(SESSION_COOKIE) {
        Some(id) => tenant.store().end_session(&Hash::of(id)).await?,
        None => None,
    };
    if let Some((sid, user_id)) = ended {
        let entry = LogEntry::new(LogType::LoggedOut, visit, "User successfully logged out").user(&user_id, "");
        tenant.log(entry.details(serde_json::json!({ "session_id": sid, "return_to": return_to })));
    }
    let mut response = match return_to {
        Some(url) => redirect(&url, false),
        None => Page {
            status: StatusCode::OK,
            title: "Signed out",
            body: html! { h1 { "Signed out" } p { "You can close this page." } },
            framing: Framing::Never,
            form_targets: &[],
        }
        .into_response(),
    };
    set_cookie(&mut response, SESSION_COOKIE, "", "SameSite=None", SignedDuration::ZERO);
    Ok(response)
}

/// `returnTo` if it is registered, else the first registered address if none was asked for.
async fn return_address(tenant: &Tenant, params: &Params) -> Result<Option<String>, ApiError> {
    let registered = match params.get("client_id") {
        Some(id) => {
            let client = tenant.store().client(id, tenant.addresses()).await?;
            client.ok_or_else(|| ApiError::invalid_request(format!("Unknown client: {id}")))?.allowed_logout_urls
        }
        None => {
            let urls = tenant.store().tenant_settings().await?.allowed_logout_urls;
            urls.iter().flat_map(|url| tenant.addresses().expand(url)).collect()
        }
    };
    match params.get("returnTo") {
        Some(url) if logout_is_registered(&registered, url) => Ok(Some(url.to_owned())),
        Some(url) => Err(ApiError::invalid_request(format!(
            "The \"returnTo\" querystring parameter \"{url}\" is not defined as a valid URL in \"Allowed Logout URLs\""
        ))),
        None => Ok(registered.into_iter().next()),
    }
}

fn refuse(tenant: &Tenant, visit: &Visit, error: &ApiError) -> Response {
    tenant.log(LogEntry::new(LogType::LogoutFailed, visit, error.description.clone()));
    let next =
        "Nobody was signed out. Register the address under allowed_logout_urls of the client, or leave returnTo out.";
    problem(error.status, error.code, &error.description, next, Framing::Never)
}
