//! `/api/v2/logs`: by search and page, from a checkpoint on, or one by its id.

use axum::Json;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::access::Access;
use super::error::ManagementError;
use super::query::{Fields, Paging, Query, with_totals};
use crate::log_search::{Search, SearchError};
use crate::store::{LogOrder, LogPage};

/// Entries beyond these are not reachable by pages (Auth0 documentation: Retrieve Log Events Using the
/// Management API); the checkpoint form reaches all.
const REACHABLE: usize = 1000;

/// What entries can be sorted by.
const SORTABLE: [&str; 13] = [
    "date",
    "connection",
    "client_id",
    "client_name",
    "ip",
    "user_id",
    "user_name",
    "description",
    "user_agent",
    "type",
    "details",
    "strategy",
    "strategy_type",
];

/// `GET /logs`.
pub(super) async fn list(access: Access, RawQuery(raw): RawQuery) -> Result<Response, ManagementError> {
    access.require(&["read:logs"])?;
    // `search` is what `q` was called before; clients of the vendor still send it.
    let names: Vec<_> = ["q", "search", "sort"].into_iter().chain(Paging::NAMES).chain(Fields::NAMES).collect();
    let query = Query::read(raw, &names)?;
    let fields = Fields::read(&query)?;
    access.tenant.flush_logs().await;
    let entries = match Paging::read(&query)? {
        Paging::After { from, take } => return after(&access, from.as_deref(), take, &fields).await,
        Paging::Page { page, per_page, include_totals } => {
            let search = Search::parse(query.get("q").or(query.get("search")).unwrap_or_default()).map_err(refused)?;
            let start = page.saturating_mul(per_page);
            if start >= REACHABLE {
                return Err(ManagementError::query(format!(
                    "'Only the first {REACHABLE} entries can be reached by pages; use from and take' on property page."
                )));
            }
            let page = LogPage {
                search: &search,
                order: order(query.get("sort"))?,
                skip: start,
                take: per_page.min(REACHABLE - start),
                count: include_totals,
            };
            let found = access.tenant.store().find_logs(page).await?;
            let entries = only(found.entries, &fields);
            if include_totals {
                return Ok(Json(with_totals("logs", start, per_page, found.total, entries)).into_response());
            }
            entries
        }
    };
    Ok(Json(entries).into_response())
}

/// `GET /logs/{id}`.
pub(super) async fn get(access: Access, Path(id): Path<String>) -> Result<Json<Value>, ManagementError> {
    access.require(&["read:logs"])?;
    access.tenant.flush_logs().await;
    let entry = access.tenant.store().log_entry(&id).await?;
    entry.map(Json).ok_or_else(|| ManagementError::not_found("inexistent_log", "The log event does not exist."))
}

/// What was written after the entry `from`, and where to go on.
async fn after(access: &Access, from: Option<&str>, take: usize, fields: &Fields) -> Result<Response, ManagementError> {
    let entries = access.tenant.store().logs_after(from, u32::try_from(take).unwrap_or(u32::MAX)).await?;
    let last = entries.last().and_then(|entry| entry["log_id"].as_str()).map(ToOwned::to_owned);
    let mut response = Json(only(entries, fields)).into_response();
    if let Some(last) = last {
        let address = format!("{}api/v2/logs?from={last}&take={take}", access.issuer());
        let link = HeaderValue::from_str(&format!("<{address}>; rel=\"next\"")).expect("ids and addresses are ASCII");
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

fn only(entries: Vec<Value>, fields: &Fields) -> Vec<Value> {
    entries
        .into_iter()
        .map(|entry| match entry {
            Value::Object(entry) => Value::Object(fields.of(entry)),
            other => other,
        })
        .collect()
}

/// `field:1` is ascending, `field:-1` descending. Newest first unless said otherwise.
fn order(sort: Option<&str>) -> Result<LogOrder, ManagementError> {
    match sort.map(|sort| sort.split_once(':').unwrap_or((sort, ""))) {
        None | Some(("date", "-1")) => Ok(LogOrder::NewestFirst),
        Some(("date", "1")) => Ok(LogOrder::OldestFirst),
        Some((field, direction @ ("1" | "-1"))) if SORTABLE.contains(&field) => {
            Ok(LogOrder::By { field: field.to_owned(), ascending: direction == "1" })
        }
        Some(_) => Err(ManagementError::query(format!(
            "'Expected field:1 or field:-1, where field is one of {}' on property sort.",
            SORTABLE.join(", ")
        ))),
    }
}

fn refused(error: SearchError) -> ManagementError {
    match error {
        SearchError::TooLong(_) => {
            ManagementError::new(StatusCode::URI_TOO_LONG, "invalid_query_string", error.to_string())
        }
        SearchError::Syntax { .. } => ManagementError::query(format!("'{error}' on property q.")),
    }
}
