//! `POST /delegation`: the old exchange, decided as it was when it ended.

mod decide;
mod request;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use migration::{Exchange, LEGACY_DELEGATION, replacement};
use serde_json::json;

use crate::Tenant;
use crate::body::{self, Accepts};
use crate::cors;
use crate::decisions::Decision;
use crate::error::ApiError;
use crate::logs::{LogEntry, LogType};
use crate::model::Client;
use crate::params::Params;
use crate::visit::Visit;
use request::DelegationRequest;

/// `POST /delegation`, as a form (auth0.js up to version 7) or as JSON (later SDKs).
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut decision = Decision::begin("/delegation", &visit, tenant.now());
    let params = match body::parameters(&headers, body, Accepts::FormOrJson).await {
        Ok(params) => params,
        Err(error) => return error.into_response(),
    };
    decision.about(params.get("client_id"), params.get("state"));

    let mut source = None;
    let error = match run(&tenant, &visit, &params, &mut decision, &mut source).await {
        Err(error) => error,
        Ok(never) => match never {},
    };
    decision.outcome = error.code.into();
    decision.summary = format!("{}: {}", error.code, error.description);
    let entry = LogEntry::new(LogType::DelegationFailed, &visit, error.description.clone()).details(json!({
        "grant_type": params.get("grant_type"),
        "target": params.get("target").or(params.get("client_id")),
        "scope": params.get("scope"),
        "api_type": params.get("api_type"),
        "device": params.get("device"),
    }));
    tenant.log(source.iter().fold(entry, |entry, client| entry.client(client)));
    tenant.decisions().add(decision);

    let mut response = error.into_response();
    if let Some(client) = source {
        cors::answers_for(&mut response, client);
    }
    response
}

/// No exchange succeeds yet, so every way through ends in an error.
async fn run(
    tenant: &Tenant,
    visit: &Visit,
    params: &Params,
    decision: &mut Decision,
    source: &mut Option<Client>,
) -> Result<std::convert::Infallible, ApiError> {
    let request = DelegationRequest::read(tenant, params, source).await?;
    cors::check_origin(visit, &request.source)?;
    decision.check("check_request", true, format!("it exchanges {}", request.exchange.in_words()));
    if request.exchange.ends_with_the_migration() {
        notify(tenant, visit, &request.source, request.exchange).await?;
    }
    let settings = tenant.store().tenant_settings().await?;
    let delegation = tenant.store().delegation_settings().await?;
    decide::decide(&request, &settings, &delegation, visit.address.custom, tenant.now(), decision)?;
    request.check_token(tenant, &visit.address.issuer)?;
    decision.check("check_token", true, "the token is one that this tenant issued to the client");
    Err(ApiError::new(
        axum::http::StatusCode::NOT_IMPLEMENTED,
        "not_built_yet",
        format!(
            "This tenant allows the exchange of {}, but cannot make the token yet. A later version will.",
            request.exchange.in_words()
        ),
    ))
}

/// Writes the deprecation notice, at most once an hour for each client.
async fn notify(tenant: &Tenant, visit: &Visit, client: &Client, exchange: Exchange) -> Result<(), ApiError> {
    let notice = LEGACY_DELEGATION;
    if !tenant.store().notice_is_due(&client.client_id, notice.id, tenant.now()).await? {
        return Ok(());
    }
    let advice = replacement(exchange, client.kind());
    let entry = LogEntry::new(LogType::DeprecationNotice, visit, notice.text).client(client).details(json!({
        "feature": {
            "id": notice.id,
            "name": notice.name,
            "description": notice.description,
            "documentation": notice.documentation,
            "replacement": advice,
            "tenant_from_host": visit.address.authority,
        },
        "method": "POST",
        "path": "/delegation",
    }));
    tenant.log(entry);
    Ok(())
}
