//! `/v2/logout`: ends the session, and leads back only to a registered address.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;

use crate::Tenant;
use crate::body::Query;
use crate::error::ApiError;
use crate::model::logout_is_registered;
use crate::params::Params;
use crate::visit::Visit;

/// `GET /v2/logout?client_id=…&returnTo=…`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Query(params): Query,
) -> Response {
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
    super::leave(tenant, visit, return_to, false).await
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
    let next = "Register the address under allowed_logout_urls of the client, or leave returnTo out.";
    super::refuse(tenant, visit, error, next)
}
