//! The tenant's own account of an answer, and its log entries, as its lab endpoints give them (JSON).

use silent_auth::protocol::json::Value;
use silent_auth::protocol::time::Timestamp;

use super::member::{list, text};

/// One check that the tenant made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name, for instance `check_client`.
    pub name: String,
    /// Whether it let the request pass.
    pub passed: bool,
    /// What it looked at.
    pub detail: String,
}

/// Why the tenant answered as it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Counts from 1 at the tenant's start; later ones are larger.
    pub id: u64,
    /// The endpoint that answered, for instance `/authorize`.
    pub endpoint: String,
    /// The client that asked; empty if it named none.
    pub client_id: String,
    /// When it answered, by the tenant's clock.
    pub at: Timestamp,
    /// What it answered: `code`, or an error code.
    pub outcome: String,
    /// What decided it, for instance `no_session_cookie`; may be empty.
    pub cause: String,
    /// The same in one plain sentence.
    pub summary: String,
    /// The fault of the lab that spoilt it; empty for none.
    pub fault: String,
    /// The checks that ran, in order.
    pub checks: Vec<Check>,
    /// What the browser said about the request, as name and value; what it did not send is left out.
    pub browser: Vec<(&'static str, String)>,
}

/// One entry of the tenant's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// When, as the tenant writes it (RFC 3339).
    pub date: String,
    /// The type code, for instance `fd`.
    pub kind: String,
    /// What happened.
    pub description: String,
    /// The client that it is about.
    pub client_id: String,
    /// What was recorded with it, indented JSON; empty for nothing.
    pub details: String,
}

/// The decisions of a `GET /lab/decisions` answer; `None` if it is none.
#[must_use]
pub fn decisions(body: &str) -> Option<Vec<Decision>> {
    let body: Value = Value::read(body)?;
    Some(body.get("decisions")?.as_array()?.iter().map(decision).collect())
}

/// The decision of one event of the tenant's stream; `None` if it is none.
#[must_use]
pub fn streamed(data: &str) -> Option<Decision> {
    let value = Value::read(data)?;
    value.get("endpoint")?;
    Some(decision(&value))
}

/// The entries of a `GET /lab/logs` answer; `None` if it is none.
#[must_use]
pub fn log_entries(body: &str) -> Option<Vec<LogEntry>> {
    let body: Value = Value::read(body)?;
    let entries = body.get("logs")?.as_array()?.iter().map(|entry| LogEntry {
        date: text(entry, "date"),
        kind: text(entry, "type"),
        description: text(entry, "description"),
        client_id: text(entry, "client_id"),
        details: entry
            .get("details")
            .filter(|details| **details != Value::Null)
            .map(|details| format!("{details:#}"))
            .unwrap_or_default(),
    });
    Some(entries.collect())
}

/// `error` and `error_description` of a refusal; `None` if the body is no such object.
#[must_use]
pub fn refusal(body: &str) -> Option<(String, String)> {
    let body: Value = Value::read(body)?;
    body.get("error")?;
    Some((text(&body, "error"), text(&body, "error_description")))
}

fn decision(value: &Value) -> Decision {
    Decision {
        id: value.get("id").and_then(Value::as_i64).and_then(|id| u64::try_from(id).ok()).unwrap_or(0),
        endpoint: text(value, "endpoint"),
        client_id: text(value, "client_id"),
        at: Timestamp::from_millis(value.get("at_ms").and_then(Value::as_i64).unwrap_or(0)),
        outcome: text(value, "outcome"),
        cause: text(value, "cause"),
        summary: text(value, "summary"),
        fault: text(value, "fault"),
        checks: list(value, "checks").iter().map(check).collect(),
        browser: value.get("request").map_or(Vec::new(), browser),
    }
}

fn check(value: &Value) -> Check {
    Check {
        name: text(value, "name"),
        passed: value.get("passed").and_then(Value::as_bool).unwrap_or(false),
        detail: text(value, "detail"),
    }
}

fn browser(request: &Value) -> Vec<(&'static str, String)> {
    [
        ("sec_fetch_site", "Sec-Fetch-Site"),
        ("sec_fetch_dest", "Sec-Fetch-Dest"),
        ("sec_fetch_storage_access", "Sec-Fetch-Storage-Access"),
        ("session_cookie", "session cookie"),
        ("partitioned_cookie", "partitioned cookie"),
        ("cookie_weather", "cookie weather"),
    ]
    .into_iter()
    .map(|(key, name)| (name, text(request, key)))
    .filter(|(_, value)| !value.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"decisions":[{"id":7,"at":"2026-01-02T03:04:05Z","at_ms":1767323045000,"endpoint":"/authorize",
        "client_id":"demo-spa","state":"x","outcome":"login_required","cause":"no_session_cookie",
        "summary":"The frame brought no session cookie.","checks":[{"name":"check_client","passed":true,"detail":"demo-spa"},
        {"name":"check_session","passed":false,"detail":"no cookie"}],"request":{"sec_fetch_site":"cross-site",
        "sec_fetch_dest":"iframe","sec_fetch_storage_access":null,"session_cookie":"absent"}}]}"#;

    #[test]
    fn a_decision_tells_cause_checks_and_what_the_browser_said() {
        let decisions = decisions(ANSWER).expect("decisions");
        let [decision] = decisions.as_slice() else { panic!("one decision") };
        assert_eq!((decision.id, decision.cause.as_str()), (7, "no_session_cookie"));
        assert_eq!(decision.at, Timestamp::from_millis(1_767_323_045_000));
        assert_eq!(decision.checks.iter().map(|check| check.passed).collect::<Vec<_>>(), [true, false]);
        assert_eq!(
            decision.browser.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["Sec-Fetch-Site", "Sec-Fetch-Dest", "session cookie"],
            "what was not sent is left out"
        );
    }

    #[test]
    fn a_decision_of_the_stream_names_the_fault_and_the_weather() {
        let data = r#"{"id":9,"endpoint":"/authorize","outcome":"code","fault":"slow","request":{"cookie_weather":"partitioned"}}"#;
        let decision = streamed(data).expect("a decision");
        assert_eq!((decision.id, decision.fault.as_str()), (9, "slow"));
        assert_eq!(decision.browser, [("cookie weather", "partitioned".to_owned())]);
        assert_eq!((streamed(r#"{"missed":12}"#), streamed("")), (None, None));
    }

    #[test]
    fn a_log_entry_keeps_its_details() {
        let body = r#"{"logs":[{"date":"d","type":"depnote","description":"x","client_id":"demo-spa","details":{"feature":{"id":"f"}}},{"type":"fd"}]}"#;
        let entries = log_entries(body).expect("entries");
        assert!(entries[0].details.contains("\"id\": \"f\""));
        assert_eq!((entries[1].kind.as_str(), entries[1].details.as_str()), ("fd", ""));
    }

    #[test]
    fn anything_else_is_none() {
        for body in ["", "[]", "{}", "<html>", r#"{"decisions":1}"#, r#"{"logs":{}}"#] {
            assert_eq!(decisions(body), None, "{body}");
            assert_eq!(log_entries(body), None, "{body}");
            assert_eq!(refusal(body), None, "{body}");
        }
        let refused = refusal(r#"{"error":"endpoint_disabled","error_description":"off"}"#);
        assert_eq!(refused, Some(("endpoint_disabled".to_owned(), "off".to_owned())));
    }
}
