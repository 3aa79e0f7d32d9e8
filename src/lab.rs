//! The app's one door to the outside: the settings of its page, the guide's file, and the guide's requests to the tenant.
//!
//! Nothing else in the app names a browser type or sends a request; renewals are the client crate's.

use std::pin::Pin;

use leptos::ev;
use leptos::prelude::{document, on_cleanup, window, window_event_listener};
use silent_auth::browser::fetch;
use silent_auth::protocol::config::ClientConfig;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::http::{Method, Request, Response, encode};
use silent_auth::protocol::secret::AccessToken;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::model::call::{Answer, Call, answer};
use crate::model::decision::{Decision, LogEntry, decisions, log_entries, refusal};

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
/// A router crate does more than a few paths need, and was a fifth of the download.
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

/// What stands in the field of this `id`; empty without such a field.
#[must_use]
pub fn typed(id: &str) -> String {
    let field = document().get_element_by_id(id).and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok());
    field.map(|field| field.value()).unwrap_or_default()
}

/// The guide's file, which is not loaded before one of its pages is opened.
///
/// # Errors
///
/// What the network says, or `tenant_unavailable` for an answer that is none.
pub async fn guide() -> Result<String, AuthError> {
    let response = send(Request::get("/guide.json")).await?;
    if response.status == 200 { Ok(response.body) } else { Err(no_lab("/guide.json", response.status)) }
}

/// The tenant's own account of the answers that carried `state`, newest first. Its lab must be on.
///
/// # Errors
///
/// What the network says, or `tenant_unavailable` for an answer that is none.
pub async fn decisions_of(config: &ClientConfig, state: &str) -> Result<Vec<Decision>, AuthError> {
    let response = ask(config, "/lab/decisions", &[("state", state)]).await?;
    decisions(&response.body).ok_or_else(|| no_lab("/lab/decisions", response.status))
}

/// A question to the tenant's lab. Boxed, so that there is one copy of a request's states for all who ask.
fn ask(
    config: &ClientConfig,
    path: &str,
    query: &[(&str, &str)],
) -> Pin<Box<dyn Future<Output = Result<Response, AuthError>>>> {
    let url = format!("{}?{}", config.issuer().at(path), encode(query));
    send(Request::get(url))
}

fn send(request: Request) -> Pin<Box<dyn Future<Output = Result<Response, AuthError>>>> {
    Box::pin(fetch::send(request))
}

/// What came of a call of the guide.
#[derive(Clone, Debug)]
pub struct Run {
    /// The tenant's answer, or why there is none.
    pub answer: Result<Answer, AuthError>,
    /// Why it answered so, by its own account.
    pub decision: Option<Decision>,
    /// The newest entries about this client in its log, newest first, after a call of `/delegation`.
    pub log: Vec<LogEntry>,
}

/// Sends `call` to the tenant with these values of its form and this token, and asks afterwards why it was answered so and
/// what it left in the log.
pub async fn run(config: &ClientConfig, call: &Call, form: Vec<(String, String)>, bearer: Option<AccessToken>) -> Run {
    let request = Request { method: call.method, url: config.issuer().at(&call.path), form, bearer };
    let answer = send(request).await.map(|response| answer(&response));
    let (mut decision, mut log) = (None, Vec::new());
    if answer.is_ok() && call.method == Method::Post {
        decision = latest_decision(config, call).await;
    }
    if answer.is_ok() && call.path == "/delegation" {
        log = delegation_log(config, call).await.unwrap_or_default();
    }
    Run { answer, decision, log }
}

/// The tenant's account of the latest answer to the call's client at its endpoint; the page's own renewals come between.
async fn latest_decision(config: &ClientConfig, call: &Call) -> Option<Decision> {
    let told = ask(config, "/lab/decisions", &[("endpoint", &call.path), ("limit", "8")]).await.ok()?;
    decisions(&told.body)?.into_iter().find(|decision| Some(decision.client_id.as_str()) == call.client_id())
}

/// What the log holds about delegation by the call's client: the two newest exchanges, and the newest notice, which is
/// written once an hour and may be older.
async fn delegation_log(config: &ClientConfig, call: &Call) -> Option<Vec<LogEntry>> {
    let types = ("type", "fd,sd,depnote,limit_delegation");
    let told = ask(config, "/lab/logs", &[types, ("limit", "100")]).await.ok()?;
    let (mut exchanges, mut notices) = (0, 0);
    let mut entries = log_entries(&told.body)?;
    entries.retain(|entry| {
        // `limit_delegation` names the user, not the client.
        if !entry.client_id.is_empty() && Some(entry.client_id.as_str()) != call.client_id() {
            return false;
        }
        let count = if entry.kind == "depnote" { &mut notices } else { &mut exchanges };
        *count += 1;
        *count <= if entry.kind == "depnote" { 1 } else { 2 }
    });
    Some(entries)
}

/// The tenant's delegation switches, after `change` (JSON) if there is one. They take JSON alone, which no form can send.
///
/// # Errors
///
/// What the network says, or the tenant's own words if it refuses the change.
pub async fn switches(config: &ClientConfig, change: Option<String>) -> Result<String, String> {
    let url = config.issuer().at("/lab/delegation");
    let Some(change) = change else {
        return match send(Request::get(url)).await {
            Ok(response) if response.status == 200 => Ok(response.body),
            Ok(response) => Err(no_lab("/lab/delegation", response.status).to_string()),
            Err(error) => Err(error.to_string()),
        };
    };
    let unreachable = |_: JsValue| AuthError::new(Code::TenantUnreachable).to_string();
    let (status, body) = post_json(&url, &change).await.map_err(unreachable)?;
    match refusal(&body) {
        Some((_, words)) => Err(words),
        None if status == 200 => Ok(body),
        None => Err(no_lab("/lab/delegation", status).to_string()),
    }
}

async fn post_json(url: &str, body: &str) -> Result<(u16, String), JsValue> {
    let headers = web_sys::Headers::new()?;
    headers.append("Content-Type", "application/json")?;
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&JsValue::from_str(body));
    init.set_credentials(web_sys::RequestCredentials::Omit);
    let response = JsFuture::from(window().fetch_with_str_and_init(url, &init)).await?;
    let response: web_sys::Response = response.dyn_into()?;
    let body = JsFuture::from(response.text()?).await?;
    Ok((response.status(), body.as_string().unwrap_or_default()))
}

fn no_lab(path: &str, status: u16) -> AuthError {
    AuthError::new(Code::TenantUnavailable).because(format!("the tenant's {path}"), format!("status {status}"))
}
