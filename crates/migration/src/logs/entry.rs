//! One log entry: is it one, and what does it say about delegation?

use serde_json::{Map, Value};

use super::Kind;
use crate::{AddOn, LEGACY_DELEGATION, grant_type};

/// Whether this is a tenant log entry: an object with a `type` and a `date` or an id, or such an object inside
/// `data` (a log stream) or `detail.data` (Amazon EventBridge).
#[must_use]
pub fn is_entry(value: &Value) -> bool {
    unwrapped(value).is_some()
}

/// The entry itself, taken out of its envelope.
pub(super) fn unwrapped(value: &Value) -> Option<&Map<String, Value>> {
    let mut object = value.as_object()?;
    for _ in 0..3 {
        let has = |name: &str| object.get(name).is_some_and(Value::is_string);
        if has("type") && (has("date") || has("log_id") || has("_id")) {
            return Some(object);
        }
        object = ["data", "detail"].iter().find_map(|name| object.get(*name)?.as_object())?;
    }
    None
}

/// An entry, read.
pub(super) struct Entry<'a> {
    pub(super) date: Option<&'a str>,
    pub(super) client_id: Option<&'a str>,
    pub(super) client_name: Option<&'a str>,
    pub(super) says: Told<'a>,
}

/// What an entry says about delegation.
pub(super) enum Told<'a> {
    Exchange { kind: Kind, succeeded: bool, target: Option<&'a str> },
    Notice,
    RateLimited,
    Nothing,
}

pub(super) fn read(entry: &Map<String, Value>) -> Entry<'_> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let says = match text("type").unwrap_or_default() {
        kind @ ("sd" | "fd") => {
            Told::Exchange { kind: kind_of(entry), succeeded: kind == "sd", target: detail(entry, "target") }
        }
        "depnote" if is_about_delegation(entry) => Told::Notice,
        "limit_delegation" => Told::RateLimited,
        _ => Told::Nothing,
    };
    Entry { date: text("date"), client_id: text("client_id"), client_name: text("client_name"), says }
}

fn detail<'a>(entry: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    entry.get("details")?.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// What was exchanged. Which token was sent shows only where a legacy grant type is named: in `details.grant_type`,
/// or in the description of a refusal.
fn kind_of(entry: &Map<String, Value>) -> Kind {
    match detail(entry, "api_type") {
        Some("app" | "auth0") => {}
        Some(name) => return AddOn::from_name(name).map_or(Kind::Other, Kind::AddOn),
        None => return sent(entry).unwrap_or(Kind::NoApiType),
    }
    sent(entry).unwrap_or(Kind::IdOrRefreshToken)
}

fn sent(entry: &Map<String, Value>) -> Option<Kind> {
    let description = entry.get("description").and_then(Value::as_str).unwrap_or_default();
    let named = |grant: &str| detail(entry, "grant_type") == Some(grant) || description.contains(grant);
    if named(grant_type::DELEGATION_REFRESH_TOKEN) {
        Some(Kind::RefreshToken)
    } else if named(grant_type::DELEGATION_ID_TOKEN) {
        Some(Kind::IdToken)
    } else {
        None
    }
}

/// The notice of this project's tenant, or one that speaks of the same endpoint or feature in other words.
fn is_about_delegation(entry: &Map<String, Value>) -> bool {
    let description = entry.get("description").and_then(Value::as_str).unwrap_or_default();
    let feature = entry.get("details").and_then(|details| details.get("feature")?.get("id")?.as_str());
    description.starts_with(LEGACY_DELEGATION.name)
        || feature == Some(LEGACY_DELEGATION.id)
        || detail(entry, "path") == Some("/delegation")
}
