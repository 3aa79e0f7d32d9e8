//! `POST /lab/age`: what the tenant remembers gets older, so that three days pass in one click.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::members::{number, only};
use crate::Tenant;
use crate::error::ApiError;
use crate::visit::Visit;

/// The longest that may pass at once, in seconds: ten years.
const LONGEST: u64 = 315_360_000;

/// Ages sessions, codes, logins under way, refresh tokens and access tokens as they are in the store; the clock and what
/// tokens themselves say stay true. Answers how many were good, and how many of them are over now.
pub(super) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let body = super::change(&tenant, &visit, &headers, body).await?;
    only(&body, &["seconds"])?;
    let seconds = number(&body, "seconds", LONGEST)?.ok_or_else(|| ApiError::missing("seconds"))?;
    let milliseconds = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000);
    let settings = tenant.store().tenant_settings().await?;
    let (aged, ended) = tenant.store().age(milliseconds, &settings, tenant.now()).await?;
    Ok(Json(json!({ "seconds": seconds, "aged": aged, "ended": ended })))
}
