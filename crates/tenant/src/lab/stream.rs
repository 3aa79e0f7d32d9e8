//! `GET /lab/decisions/stream`: decision records as they are made, as server-sent events (HTML, section 9.2).

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use serde_json::json;
use tokio::sync::watch::Receiver;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Tenant;
use crate::body::Query;
use crate::decisions::Decision;
use crate::error::ApiError;
use crate::params::Params;

/// How many readers there may be at once.
const MOST: usize = 32;
/// How often a quiet stream says that it is alive.
const ALIVE: Duration = Duration::from_secs(15);

/// The places for readers.
pub(crate) struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MOST)))
    }
}

/// What a reader has yet to see.
struct Reader {
    tenant: Tenant,
    wanted: Params,
    /// The id of the latest record that it has seen or missed.
    seen: u64,
    latest: Receiver<u64>,
    ready: VecDeque<Event>,
    _place: OwnedSemaphorePermit,
}

/// What is decided from now on, or after the record that `Last-Event-ID` names, as far as the ring has it. The ring is the
/// only buffer: a reader that is slower is told how many records went by.
pub(super) async fn get(
    State(tenant): State<Tenant>,
    headers: HeaderMap,
    query: Query,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let wanted = super::query_of(query)?;
    let place = Arc::clone(&super::of(&tenant)?.places.0).try_acquire_owned().map_err(|_| {
        let sentence = format!("{MOST} readers follow the decisions already. Close one, or read GET /lab/decisions.");
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", sentence)
    })?;
    let latest = tenant.decisions().follow();
    let now = *latest.borrow();
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse::<u64>().ok());
    // An id from before the tenant's last start says nothing: all of the ring is new.
    let seen = last.map_or(now, |last| if last > now { 0 } else { last });
    let reader = Reader { tenant, wanted, seen, latest, ready: VecDeque::new(), _place: place };
    Ok(Sse::new(stream::unfold(reader, next)).keep_alive(KeepAlive::new().interval(ALIVE)))
}

async fn next(mut reader: Reader) -> Option<(Result<Event, Infallible>, Reader)> {
    loop {
        if let Some(event) = reader.ready.pop_front() {
            return Some((Ok(event), reader));
        }
        let seen = reader.seen;
        reader.latest.wait_for(|latest| *latest > seen).await.ok()?;
        let (missed, records) = reader.tenant.decisions().after(seen);
        if missed > 0 {
            reader.ready.push_back(Event::default().event("missed").data(json!({ "missed": missed }).to_string()));
        }
        for record in records {
            reader.seen = record.id();
            if is_wanted(&reader.wanted, &record) {
                let data = serde_json::to_string(&record).expect("a record is JSON");
                let event = Event::default().id(record.id().to_string()).event("decision").data(data);
                reader.ready.push_back(event);
            }
        }
    }
}

fn is_wanted(wanted: &Params, record: &Decision) -> bool {
    let is = |name: &str, value: Option<&str>| wanted.get(name).is_none_or(|wanted| value == Some(wanted));
    is("state", record.state.as_deref())
        && is("endpoint", Some(record.endpoint))
        && is("client_id", record.client_id.as_deref())
}
