//! The lab's delegation switches: what they are, what each exchange would answer now, and a way to turn them.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use migration::Exchange;
use serde_json::{Value, json};

use super::decide::{Circumstances, whoever_asks};
use crate::Tenant;
use crate::clock::iso;
use crate::decisions::CheckRecord;
use crate::error::ApiError;
use crate::lab;
use crate::model::{DelegationSettings, TenantSettings};
use crate::store::{SettingsChange, SettingsError};
use crate::tenant_file::Object;
use crate::visit::Visit;

/// `GET /lab/delegation`: the switches as they count now, and for each kind of exchange what it would answer at
/// this address to a client that may ask for it, with the checks that say why.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
) -> Result<Json<Value>, ApiError> {
    let store = tenant.store();
    Ok(describe(&tenant, &visit, &store.tenant_settings().await?, &store.delegation_settings().await?))
}

/// `POST /lab/delegation`: changes what the body names, and answers as `GET` does afterwards.
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let change = read(lab::change(&tenant, &visit, &headers, body).await?)?;
    let (settings, delegation) = tenant.store().change_settings(change, tenant.now()).await?;
    Ok(describe(&tenant, &visit, &settings, &delegation))
}

fn read(body: Object) -> Result<SettingsChange, ApiError> {
    let mut change = SettingsChange::default();
    for (name, value) in body {
        match name.as_str() {
            "allow_legacy_delegation_grant_types" => {
                change.tenant.insert("flags".into(), json!({ name: value }));
            }
            "mandatory_date" | "ended" => {
                change.delegation.insert(name, value);
            }
            _ => {
                return Err(ApiError::invalid_request(format!(
                    "{name} is no delegation switch; \
                     they are allow_legacy_delegation_grant_types, mandatory_date and ended"
                )));
            }
        }
    }
    Ok(change)
}

pub(crate) fn describe(
    tenant: &Tenant,
    visit: &Visit,
    settings: &TenantSettings,
    delegation: &DelegationSettings,
) -> Json<Value> {
    let now = tenant.now();
    let circumstances = Circumstances { tenant: settings, delegation, at_custom_domain: visit.address.custom, now };
    let exchanges: Vec<_> = [Exchange::IdToken, Exchange::RefreshToken, Exchange::AddOn]
        .into_iter()
        .map(|exchange| would_answer(exchange, &circumstances))
        .collect();
    Json(json!({
        "now": iso(now),
        "created_at": settings.created_at,
        "allow_legacy_delegation_grant_types": settings.flags.allow_legacy_delegation_grant_types,
        "mandatory_date": delegation.mandatory_date,
        "mandatory_date_passed": delegation.date_passed(now).is_some(),
        "id_tokens_allowed": !delegation.ended && delegation.allows_id_tokens(settings, now),
        "ended": delegation.ended,
        "calls_per_minute": delegation.calls_per_minute,
        "exchanges": exchanges,
    }))
}

fn would_answer(exchange: Exchange, circumstances: &Circumstances<'_>) -> Value {
    let mut checks = Vec::new();
    let mut refusal = None;
    for rule in whoever_asks(exchange, circumstances) {
        checks.push(CheckRecord { name: rule.name, passed: rule.holds, detail: rule.found });
        if !rule.holds {
            refusal = Some(rule.refusal);
            break;
        }
    }
    let why = match &refusal {
        Some(_) => checks.last().map(|check| check.detail.clone()).unwrap_or_default(),
        None => checks.iter().map(|check| check.detail.as_str()).collect::<Vec<_>>().join("; "),
    };
    json!({
        "exchange": exchange,
        "in_words": exchange.in_words(),
        "status": refusal.as_ref().map_or(StatusCode::OK, |refusal| refusal.status).as_u16(),
        "error": refusal.as_ref().map(|refusal| refusal.code),
        "why": why,
        "checks": checks,
    })
}

impl From<SettingsError> for ApiError {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::MandatoryDatePassed(_) => {
                Self::new(StatusCode::CONFLICT, "mandatory_date_passed", error.to_string())
            }
            SettingsError::Unusable { .. } => Self::invalid_request(error.to_string()),
            SettingsError::Store(error) => error.into(),
        }
    }
}
