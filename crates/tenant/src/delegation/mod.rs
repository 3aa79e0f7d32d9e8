//! `/delegation`: the old exchange of tokens, decided as it was when it ended.

mod add_ons;
mod decide;
mod id_token;
mod jsonp;
pub(crate) mod lab;
mod proof;
mod request;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use migration::{Exchange, LEGACY_DELEGATION, replacement};
use serde_json::{Value, json};

pub(crate) use jsonp::get;

use crate::Tenant;
use crate::body::FormOrJson;
use crate::cors;
use crate::decisions::Decision;
use crate::error::ApiError;
use crate::logs::{LogEntry, LogType};
use crate::model::{Client, User};
use crate::params::Params;
use crate::rate_limit::Allowance;
use crate::visit::Visit;
use decide::{Circumstances, decide};
use request::DelegationRequest;

/// `POST /delegation`, as a form (auth0.js up to version 7) or as JSON (later SDKs).
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    FormOrJson(sent): FormOrJson,
) -> Response {
    let params = sent;
    let answered = exchange(&tenant, &visit, "POST", params).await;
    let mut response = match answered.result {
        Ok(body) => Json(body).into_response(),
        Err(error) => error.into_response(),
    };
    if let Some(allowance) = answered.allowance {
        allowance.write(response.headers_mut());
    }
    if let Some(client) = answered.source {
        cors::answers_for(&mut response, client);
    }
    response
}

/// What came of a request.
struct Answered {
    result: Result<Value, ApiError>,
    /// What is left of the caller's calls, once it is known whose they are.
    allowance: Option<Allowance>,
    source: Option<Client>,
}

/// Decides and makes an exchange, and leaves the record and the log entry.
async fn exchange(tenant: &Tenant, visit: &Visit, method: &'static str, params: Result<Params, ApiError>) -> Answered {
    let mut run = Run {
        method,
        decision: Decision::begin("/delegation", visit, tenant.now()),
        tenant,
        visit,
        source: None,
        request: None,
        user: None,
        allowance: None,
    };
    let (params, result) = match params {
        Ok(params) => {
            let result = run.exchange(&params).await;
            (params, result)
        }
        Err(error) => (Params::default(), Err(error)),
    };
    run.log(&params, result.as_ref().err());
    run.record(result.as_ref().err());
    Answered { result, allowance: run.allowance, source: run.source }
}

/// One exchange on its way, with what is known so far.
struct Run<'a> {
    tenant: &'a Tenant,
    visit: &'a Visit,
    method: &'static str,
    decision: Decision,
    source: Option<Client>,
    request: Option<DelegationRequest>,
    user: Option<User>,
    allowance: Option<Allowance>,
}

impl Run<'_> {
    async fn exchange(&mut self, params: &Params) -> Result<Value, ApiError> {
        let (tenant, visit) = (self.tenant, self.visit);
        self.decision.about(params.get("client_id"), params.get("state"));
        let request = DelegationRequest::read(tenant, params, &mut self.source).await?;
        cors::check_origin(visit, &request.source)?;
        self.decision.check("check_request", true, format!("it exchanges {}", request.exchange.in_words()));
        if request.exchange.ends_with_the_migration() {
            self.notify(&request.source, request.exchange).await?;
        }
        let request = &*self.request.insert(request);
        let delegation = tenant.store().delegation_settings().await?;
        let circumstances = Circumstances {
            tenant: &tenant.store().tenant_settings().await?,
            delegation: &delegation,
            at_custom_domain: visit.address.custom,
            now: tenant.now(),
        };
        decide(request, &circumstances, &mut self.decision)?;

        let subject = match proof::check(tenant, &visit.address.issuer, request).await {
            Ok(subject) => subject,
            Err(error) => {
                self.decision.check("check_token", false, error.description.trim_end_matches('.'));
                return Err(error);
            }
        };
        self.decision.check("check_token", true, "the token is good, and was issued to the client here");
        let user_id = &self.user.insert(subject.user.clone()).user_id;
        let allowance = tenant.delegation_calls().take(&visit.ip, user_id, delegation.calls_per_minute, tenant.now());
        self.allowance = Some(allowance);
        let allowed = allowance.refused_for.is_none();
        self.decision.check(
            "check_rate_limit",
            allowed,
            format!(
                "{} of {} calls a minute are left for this user at this address",
                allowance.remaining, allowance.limit
            ),
        );
        if !allowed {
            let sentence = "Too many calls of /delegation for this user from this address. Wait, then try again.";
            return Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", sentence));
        }
        match request.add_on {
            Some(add_on) => add_ons::answer(tenant, &visit.address.issuer, add_on, request, &subject).await,
            None => Ok(id_token::answer(tenant, &visit.address.issuer, request, &subject)),
        }
    }

    /// Writes `sd`, `fd` or `limit_delegation`.
    fn log(&self, params: &Params, error: Option<&ApiError>) {
        let kind = match error {
            None => LogType::DelegationSucceeded,
            Some(error) if error.status == StatusCode::TOO_MANY_REQUESTS => LogType::TooManyDelegations,
            Some(_) => LogType::DelegationFailed,
        };
        let in_words = self.request.as_ref().map_or("", |request| request.exchange.in_words());
        let description = error.map_or_else(|| format!("Exchanged {in_words}"), |error| error.description.clone());
        let mut entry = LogEntry::new(kind, self.visit, description);
        if let Some(user) = &self.user {
            entry = entry.user(&user.user_id, &user.email);
        }
        // An entry about the limit is about a user and an address, whichever client it was.
        if kind != LogType::TooManyDelegations {
            let request = self.request.as_ref();
            // The request's own grant type is the same for every exchange; the client's tells which it was.
            let grant_type = request.and_then(|request| request.exchange.required_grant_type());
            entry = entry.client(self.source.as_ref()).details(json!({
                "grant_type": grant_type.or(params.get("grant_type")),
                "target": params.get("target").or(params.get("client_id")),
                "scope": params.get("scope"),
                "api_type": request.map(DelegationRequest::api_type).or(params.get("api_type")),
                "device": params.get("device"),
            }));
        }
        self.tenant.log(entry);
    }

    /// Leaves the decision record.
    fn record(&mut self, error: Option<&ApiError>) {
        let decision = &mut self.decision;
        decision.outcome = error.map_or("token", |error| error.code).into();
        decision.summary = match (error, decision.checks.last().filter(|check| !check.passed), &self.request) {
            (Some(error), Some(check), _) => format!("{}: {}.", error.code, check.detail),
            (Some(error), None, _) => format!("{}: {}", error.code, error.description),
            (None, _, Some(request)) => {
                format!("{} exchanged {}.", request.source.client_id, request.exchange.in_words())
            }
            (None, ..) => String::new(),
        };
        self.tenant.decisions().add(decision.clone());
    }

    /// Writes the deprecation notice, at most once an hour for each client.
    async fn notify(&self, client: &Client, exchange: Exchange) -> Result<(), ApiError> {
        let notice = LEGACY_DELEGATION;
        if !self.tenant.store().notice_is_due(&client.client_id, notice.id, self.tenant.now()).await? {
            return Ok(());
        }
        let advice = replacement(exchange, client.kind());
        let entry = LogEntry::new(LogType::DeprecationNotice, self.visit, notice.text);
        self.tenant.log(entry.client(Some(client)).details(json!({
            "feature": {
                "id": notice.id,
                "name": notice.name,
                "description": notice.description,
                "documentation": notice.documentation,
                "replacement": advice,
                "tenant_from_host": self.visit.address.authority,
            },
            "method": self.method,
            "path": "/delegation",
        })));
        Ok(())
    }
}
