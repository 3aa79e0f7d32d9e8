//! Decision records: which checks ran, and what decided an answer. A bounded ring in memory.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde::Serialize;
use tokio::sync::watch;

use crate::clock::{Timestamp, iso};
use crate::error::ApiError;
use crate::visit::{FetchMetadata, SESSION_COOKIE, Visit};

/// How many records are kept; the oldest go first.
const KEPT: usize = 1000;
/// Longer values of a request are cut in the record (a state may be a whole page).
const LONGEST: usize = 2048;

/// What decided: `login_required` and `consent_required` look the same for several of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cause {
    /// No session cookie came with the request.
    NoSessionCookie,
    /// A session cookie came, but it names no session.
    SessionUnknown,
    /// The session was not used for longer than the idle limit.
    SessionIdleLimit,
    /// The session is older than the absolute limit.
    SessionAbsoluteLimit,
    /// The last sign-in is longer ago than `max_age` allows.
    MaxAge,
    /// The request asked for a new sign-in.
    PromptLogin,
    /// The request is about another user than the one signed in.
    OtherUser,
    /// The request asked for the account to be chosen.
    PromptSelectAccount,
    /// The user may not sign in.
    UserBlocked,
    /// The session was begun without the second factor that the user has.
    SecondFactorMissing,
    /// The API needs a second factor, and the user has none.
    NoSecondFactor,
    /// The request demands a class of authentication (`acr`) that the user has no means for.
    AcrUnmet,
    /// The user has granted nothing to this client for this API.
    NoConsent,
    /// The user has granted less than is asked for now.
    ConsentLacksScopes,
    /// The request asked for the question to be put again.
    PromptConsent,
    /// The user said no.
    ConsentDeclined,
}

/// One check and how it went.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CheckRecord {
    pub name: &'static str,
    pub passed: bool,
    pub detail: String,
}

/// One answer, explained. It holds no code, cookie, token or password.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Decision {
    id: u64,
    at: String,
    at_ms: i64,
    pub endpoint: &'static str,
    pub client_id: Option<String>,
    pub state: Option<String>,
    pub outcome: String,
    pub cause: Option<Cause>,
    pub summary: String,
    pub checks: Vec<CheckRecord>,
    /// The lab's fault that changed the answer after that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
    request: RequestFacts,
}

#[derive(Clone, Debug, Serialize)]
struct RequestFacts {
    #[serde(flatten)]
    fetch: FetchMetadata,
    session_cookie: &'static str,
    /// What became of a partitioned session's cookie, where one came.
    #[serde(skip_serializing_if = "Option::is_none")]
    partitioned_cookie: Option<&'static str>,
    /// The lab's cookie weather, where it changed which cookies came.
    #[serde(skip_serializing_if = "Option::is_none")]
    cookie_weather: Option<&'static str>,
}

impl Decision {
    /// A record for this request; the checks and the outcome are filled in as they come.
    pub(crate) fn begin(endpoint: &'static str, visit: &Visit, now: Timestamp) -> Self {
        let session_cookie = if visit.cookie(SESSION_COOKIE).is_some() { "present" } else { "absent" };
        Self {
            id: 0,
            at: iso(now),
            at_ms: now.as_millisecond(),
            endpoint,
            client_id: None,
            state: None,
            outcome: String::new(),
            cause: None,
            summary: String::new(),
            checks: Vec::new(),
            fault: None,
            request: RequestFacts {
                fetch: visit.fetch.clone(),
                session_cookie,
                partitioned_cookie: None,
                cookie_weather: visit.cookie_weather,
            },
        }
    }

    /// Whether a partitioned session's cookie was looked at; nothing if none came.
    pub(crate) fn partitioned_cookie(&mut self, used: Option<bool>) {
        self.request.partitioned_cookie = used.map(|used| if used { "used" } else { "not used" });
    }

    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn about(&mut self, client_id: Option<&str>, state: Option<&str>) {
        self.client_id = client_id.map(|id| cut(id.to_owned()));
        self.state = state.map(|state| cut(state.to_owned()));
    }

    /// The outcome of a refusal: why, in the words of the check that failed, if one did.
    pub(crate) fn conclude_with(&mut self, error: &ApiError) {
        let why = self.checks.last().filter(|check| !check.passed).map(|check| check.detail.as_str());
        self.summary = format!("{}: {}.", error.code, why.unwrap_or(&error.description));
        self.outcome = error.code.into();
    }

    pub(crate) fn check(&mut self, name: &'static str, passed: bool, detail: impl Into<String>) {
        self.checks.push(CheckRecord { name, passed, detail: cut(detail.into()) });
    }
}

fn cut(mut text: String) -> String {
    // Most are far shorter, and need no counting.
    if text.len() > LONGEST
        && let Some((end, _)) = text.char_indices().nth(LONGEST)
    {
        text.truncate(end);
    }
    text
}

/// The latest decisions, in the order of their ids.
#[derive(Default)]
pub(crate) struct Decisions {
    ring: Mutex<VecDeque<Decision>>,
    /// The id of the latest one.
    latest: watch::Sender<u64>,
}

impl Decisions {
    pub(crate) fn add(&self, mut decision: Decision) {
        let mut ring = self.ring.lock().expect("nobody panics while holding the ring");
        decision.id = *self.latest.borrow() + 1;
        let id = decision.id;
        if ring.len() == KEPT {
            ring.pop_front();
        }
        ring.push_back(decision);
        self.latest.send_replace(id);
    }

    /// The id of the latest record, followed.
    pub(crate) fn follow(&self) -> watch::Receiver<u64> {
        self.latest.subscribe()
    }

    /// The records after the one with this id, the oldest first, and how many of those after it are gone by now.
    pub(crate) fn after(&self, id: u64) -> (u64, Vec<Decision>) {
        let ring = self.ring.lock().expect("nobody panics while holding the ring");
        let missed = ring.front().map_or(0, |oldest| oldest.id.saturating_sub(id + 1));
        (missed, ring.iter().filter(|decision| decision.id > id).cloned().collect())
    }

    /// The latest records of this state and endpoint (of all, where not named), newest first.
    pub(crate) fn latest(&self, state: Option<&str>, endpoint: Option<&str>, limit: usize) -> Vec<Decision> {
        let ring = self.ring.lock().expect("nobody panics while holding the ring");
        ring.iter()
            .rev()
            .filter(|decision| state.is_none_or(|state| decision.state.as_deref() == Some(state)))
            .filter(|decision| endpoint.is_none_or(|endpoint| decision.endpoint == endpoint))
            .take(limit)
            .cloned()
            .collect()
    }
}
