//! The app's one door to the outside: the settings of its page, and the requests to the tenant's lab and old delegation endpoint.
//!
//! Nothing else in the app names a browser type or sends a request; renewals are the client crate's.

use leptos::ev;
use leptos::prelude::{document, on_cleanup, window, window_event_listener};
use silent_auth::browser::fetch;
use silent_auth::protocol::config::ClientConfig;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::http::{Request, encode};
use silent_auth::protocol::secret::IdToken;

use wasm_bindgen::{JsCast, JsValue};

use crate::model::decision::{Decision, LogEntry, decisions, log_entries};
use crate::model::delegation::{self, Answer};

/// The content of `<meta name="silent-auth:NAME">`; `None` if there is none, or if it is empty.
#[must_use]
pub fn setting(name: &str) -> Option<String> {
    let meta = document().query_selector(&format!("meta[name=\"silent-auth:{name}\"]")).ok().flatten()?;
    meta.get_attribute("content").filter(|content| !content.is_empty())
}

/// The origin of this page.
#[must_use]
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Names the page in the browser's tab and history.
pub fn set_title(page: &str) {
    document().set_title(&format!("{page} · Silent Auth"));
}

/// The path in the address bar.
#[must_use]
pub fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// Calls `arrive` with the new path whenever a link of this app is followed, or Back or Forward is pressed, and keeps the page.
///
/// A router crate does more than three fixed paths need, and was a fifth of the download.
pub fn follow_links(arrive: impl Fn(String) + Clone + 'static) {
    let followed = arrive.clone();
    let clicks = window_event_listener(ev::click, move |event| {
        let other_intent =
            event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key() || event.button() != 0;
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let link = target.and_then(|target| target.closest("a[href^='/']:not([target])").ok().flatten());
        let Some(path) = link.filter(|_| !other_intent).and_then(|link| link.get_attribute("href")) else { return };
        event.prevent_default();
        if path == self::path() {
            return;
        }
        if let Ok(history) = window().history() {
            // A path of this very origin is never refused.
            drop(history.push_state_with_url(&JsValue::NULL, "", Some(&path)));
        }
        window().scroll_to_with_x_and_y(0.0, 0.0);
        followed(path);
    });
    let returns = window_event_listener(ev::popstate, move |_| arrive(path()));
    on_cleanup(move || {
        clicks.remove();
        returns.remove();
    });
}

/// Takes the static first paint away, since the app now draws the same itself.
pub fn remove_first_paint() {
    if let Some(paint) = document().get_element_by_id("first-paint") {
        paint.remove();
    }
}

/// The tenant's own account of the answers that carried `state`, newest first. Its lab must be on.
///
/// # Errors
///
/// What the network says, or `tenant_unavailable` for an answer that is none.
pub async fn decisions_of(config: &ClientConfig, state: &str) -> Result<Vec<Decision>, AuthError> {
    let url = format!("{}?{}", config.issuer().at("/lab/decisions"), encode(&[("state", state)]));
    let response = fetch::send(Request::get(url)).await?;
    decisions(&response.body).ok_or_else(|| no_lab("/lab/decisions", response.status))
}

async fn latest_delegation_decision(config: &ClientConfig) -> Result<Option<Decision>, AuthError> {
    let query = encode(&[("endpoint", "/delegation"), ("limit", "1")]);
    let response = fetch::send(Request::get(format!("{}?{query}", config.issuer().at("/lab/decisions")))).await?;
    let decisions = decisions(&response.body).ok_or_else(|| no_lab("/lab/decisions", response.status))?;
    Ok(decisions.into_iter().next())
}

async fn delegation_log(config: &ClientConfig) -> Result<Vec<LogEntry>, AuthError> {
    let query = encode(&[("type", "fd,sd,depnote"), ("limit", "6")]);
    let response = fetch::send(Request::get(format!("{}?{query}", config.issuer().at("/lab/logs")))).await?;
    log_entries(&response.body).ok_or_else(|| no_lab("/lab/logs", response.status))
}

/// What came of the old request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldRun {
    /// The tenant's answer, or why there is none.
    pub answer: Result<Answer, AuthError>,
    /// Why it answered so, by its own account.
    pub decision: Option<Decision>,
    /// The entries about delegation in its log, newest first.
    pub log: Vec<LogEntry>,
}

/// Sends the old delegation request with this session's ID token, as SDKs of the time did. Where the tenant's `lab` is on,
/// asks it afterwards why it answered so and what it wrote into its log; without the lab nothing is said about these.
pub async fn run_delegation(config: &ClientConfig, id_token: &IdToken, lab: bool) -> OldRun {
    let answer = delegate(config, id_token).await;
    if !lab || answer.is_err() {
        return OldRun { answer, decision: None, log: Vec::new() };
    }
    let decision = latest_delegation_decision(config).await.ok().flatten();
    let log = delegation_log(config).await.unwrap_or_default();
    OldRun { answer, decision, log }
}

async fn delegate(config: &ClientConfig, id_token: &IdToken) -> Result<Answer, AuthError> {
    let form = delegation::parameters(config.client_id(), id_token.expose())
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let response = fetch::send(Request::post(config.issuer().at("/delegation"), form)).await?;
    Ok(delegation::answer(&response))
}

fn no_lab(path: &str, status: u16) -> AuthError {
    AuthError::new(Code::TenantUnavailable).because(format!("the tenant's {path}"), format!("status {status}"))
}
