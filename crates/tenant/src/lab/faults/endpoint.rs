//! `GET` and `POST /lab/faults`: what can go wrong, what is about to, and what did.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde_json::Value;

use super::armed::{MOST_ARMED, Target};
use super::catalogue::named;
use super::wire::Wire;
use super::{Endpoint, How};
use crate::Tenant;
use crate::error::ApiError;
use crate::lab::members::{number, only, text};
use crate::lab::{self, Lab};
use crate::tenant_file::Object;
use crate::visit::Visit;

/// How often one armed fault may fire, and how long a slow answer may wait (ms).
const MOST_USES: u64 = 1000;
const SLOWEST: u64 = 60_000;

/// `GET /lab/faults`.
pub(crate) async fn get(State(tenant): State<Tenant>) -> Result<Json<Value>, ApiError> {
    Ok(Json(lab::of(&tenant)?.faults.describe()))
}

/// `POST /lab/faults`: arms the fault that the body names, or disarms all, and answers as `GET` does afterwards.
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let body = lab::change(&tenant, &visit, &headers, body).await?;
    let Lab { faults, .. } = lab::of(&tenant)?;
    if body.contains_key("clear") {
        if body.get("clear") != Some(&Value::Bool(true)) || body.len() != 1 {
            return Err(ApiError::invalid_request("clear must be true, and stands alone"));
        }
        faults.clear();
    } else if !faults.arm(read(&tenant, &body).await?) {
        let sentence = format!("{MOST_ARMED} faults are armed already; send {{\"clear\": true}} to disarm them");
        return Err(ApiError::invalid_request(sentence));
    }
    Ok(Json(faults.describe()))
}

async fn read(tenant: &Tenant, body: &Object) -> Result<Target, ApiError> {
    only(body, &["name", "client_id", "user", "tab", "uses", "milliseconds"])?;
    let name = text(body, "name")?.ok_or_else(|| ApiError::missing("name"))?;
    let fault = named(&name)
        .ok_or_else(|| ApiError::invalid_request(format!("{name:?} is no fault; GET /lab/faults has their names")))?;
    let target = Target {
        fault,
        client_id: text(body, "client_id")?,
        user: match text(body, "user")? {
            Some(named) => Some(user_id(tenant, &named).await?),
            None => None,
        },
        tab: text(body, "tab")?,
        uses: u32::try_from(number(body, "uses", MOST_USES)?.unwrap_or(1)).unwrap_or(1),
        milliseconds: number(body, "milliseconds", SLOWEST)?,
    };
    if let Some(client_id) = &target.client_id
        && tenant.store().client(client_id, tenant.addresses()).await?.is_none()
    {
        return Err(ApiError::invalid_request(format!("{client_id:?} is no client of this tenant")));
    }
    if fault.endpoint == Endpoint::Keys && (target.user.is_some() || target.tab.is_some()) {
        return Err(ApiError::invalid_request("whoever asks for the keys says neither user nor tab: leave them out"));
    }
    if target.milliseconds.is_some() && !matches!(fault.how, How::Wire(Wire::Slow)) {
        return Err(ApiError::invalid_request(format!("milliseconds is for slow answers, and {name} is none")));
    }
    Ok(target)
}

/// The user of this `user_id` or address.
async fn user_id(tenant: &Tenant, named: &str) -> Result<String, ApiError> {
    if let Some((user, _)) = tenant.store().user_by_email(named).await? {
        return Ok(user.user_id);
    }
    let user = tenant.store().user(named).await?;
    user.map(|user| user.user_id)
        .ok_or_else(|| ApiError::invalid_request(format!("{named:?} is neither a user_id nor an address of a user")))
}
