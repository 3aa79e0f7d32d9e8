//! `POST /delegation`: the old exchange, decided as it was when it ended.

mod decide;
pub(crate) mod lab;
mod request;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
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
use decide::{Circumstances, decide};
use request::DelegationRequest;

/// `POST /delegation`, as a form (auth0.js up to version 7) or as JSON (later SDKs).
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut decision = Decision::begin("/delegation", &visit, tenant.now());
    let mut source = None;
    let (params, error) = match body::parameters(&headers, body, Accepts::FormOrJson).await {
        Ok(params) => {
            decision.about(params.get("client_id"), params.get("state"));
            let error = run(&tenant, &visit, &params, &mut decision, &mut source).await;
            (params, error)
        }
        Err(error) => (Params::default(), error),
    };
    decision.outcome = error.code.into();
    decision.summary = match decision.checks.last().filter(|check| !check.passed) {
        Some(check) => format!("{}: {}.", error.code, check.detail),
        None => format!("{}: {}", error.code, error.description),
    };
    tenant.decisions().add(decision);
    let entry = LogEntry::new(LogType::DelegationFailed, &visit, error.description.clone());
    tenant.log(entry.client(source.as_ref()).details(json!({
        "grant_type": params.get("grant_type"),
        "target": params.get("target").or(params.get("client_id")),
        "scope": params.get("scope"),
        "api_type": params.get("api_type"),
        "device": params.get("device"),
    })));

    let mut response = error.into_response();
    if let Some(client) = source {
        cors::answers_for(&mut response, client);
    }
    response
}

/// Decides a request. No exchange succeeds yet, so every way through ends in an error.
async fn run(
    tenant: &Tenant,
    visit: &Visit,
    params: &Params,
    decision: &mut Decision,
    source: &mut Option<Client>,
) -> ApiError {
    match decided(tenant, visit, params, decision, source).await {
        Err(refusal) => refusal,
        Ok(exchange) => ApiError::new(
            StatusCode::NOT_IMPLEMENTED,
            "not_built_yet",
            format!(
                "This tenant allows the exchange of {}, but cannot make the token yet. A later version will.",
                exchange.in_words()
            ),
        ),
    }
}

/// The exchange that is asked for, if it is allowed.
async fn decided(
    tenant: &Tenant,
    visit: &Visit,
    params: &Params,
    decision: &mut Decision,
    source: &mut Option<Client>,
) -> Result<Exchange, ApiError> {
    let request = DelegationRequest::read(tenant, params, source).await?;
    cors::check_origin(visit, &request.source)?;
    decision.check("check_request", true, format!("it exchanges {}", request.exchange.in_words()));
    if request.exchange.ends_with_the_migration() {
        notify(tenant, visit, &request.source, request.exchange).await?;
    }
    let circumstances = Circumstances {
        tenant: &tenant.store().tenant_settings().await?,
        delegation: &tenant.store().delegation_settings().await?,
        at_custom_domain: visit.address.custom,
        now: tenant.now(),
    };
    decide(&request, &circumstances, decision)?;
    request.check_token(tenant, &visit.address.issuer)?;
    decision.check("check_token", true, "the token is one that this tenant issued to the client");
    Ok(request.exchange)
}

/// Writes the deprecation notice, at most once an hour for each client.
async fn notify(tenant: &Tenant, visit: &Visit, client: &Client, exchange: Exchange) -> Result<(), ApiError> {
    let notice = LEGACY_DELEGATION;
    if !tenant.store().notice_is_due(&client.client_id, notice.id, tenant.now()).await? {
        return Ok(());
    }
    let advice = replacement(exchange, client.kind());
    let entry = LogEntry::new(LogType::DeprecationNotice, visit, notice.text).client(Some(client)).details(json!({
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
