//! The app's one door to the outside: the settings of its page, the guide's file, and the guide's requests to the tenant.
//!
//! Nothing else in the app names a browser type or sends a request; renewals are the client crate's.

use std::pin::Pin;

use leptos::ev;
use leptos::prelude::{document, on_cleanup, window, window_event_listener};
use leptos::task::spawn_local;
use silent_auth::browser::fetch;
use silent_auth::protocol::checkup::Finding;
use silent_auth::protocol::config::ClientConfig;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::http::{Method, Request, Response, encode};
use silent_auth::protocol::secret::AccessToken;
use wasm_bindgen::closure::Closure;
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

/// The paths of the drawer: the page below it stays where it is.
pub const DRAWER: &str = "/lab";

/// The path of the drawer with the settings in it.
pub const SETTINGS: &str = "/settings";

/// Whether a path is the drawer's.
#[must_use]
pub fn is_drawer(path: &str) -> bool {
    path == DRAWER || path == SETTINGS
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
        if !is_drawer(&path) {
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
        followed(path);
    });
    let returns = window_event_listener(ev::popstate, move |_| arrive(path()));
    on_cleanup(move || {
        clicks.remove();
        returns.remove();
    });
}

/// Opens the drawer, if it is closed: the focus goes into it and stays there, and Escape closes it. When it is closed,
/// the focus and the page's name are given back, and `closed` is called.
///
/// The browser does all that for a modal dialog (HTML Standard, section 4.11.4).
pub fn open_drawer(closed: impl FnOnce() + 'static) {
    let Some(drawer) = drawer().filter(|drawer| !drawer.open()) else { return };
    let name = document().title();
    let closed = Closure::once_into_js(move || {
        document().set_title(&name);
        closed();
    });
    drawer.set_onclose(Some(closed.unchecked_ref()));
    // It is in the page and closed, so this is not refused.
    drop(drawer.show_modal());
}

/// Closes the drawer, if it is open.
pub fn close_drawer() {
    if let Some(drawer) = drawer() {
        drawer.close();
    }
}

fn drawer() -> Option<web_sys::HtmlDialogElement> {
    document().query_selector("dialog").ok().flatten()?.dyn_into().ok()
}

/// Shows another path of this app in the address bar, in place of the present one.
pub fn show_path(path: &str) {
    if let Ok(history) = window().history() {
        drop(history.replace_state_with_url(&JsValue::NULL, "", Some(path)));
    }
}

/// Loads the page anew.
pub fn reload() {
    drop(window().location().reload());
}

/// Runs `work` while the page goes on. One copy of what this does, whatever the work.
pub fn in_background(work: impl Future<Output = ()> + 'static) {
    let work: Pin<Box<dyn Future<Output = ()>>> = Box::pin(work);
    spawn_local(work);
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
    field(id).map(|field| field.value()).unwrap_or_default()
}

/// Whether the box of this `id` is ticked.
#[must_use]
pub fn is_ticked(id: &str) -> bool {
    field(id).is_some_and(|field| field.checked())
}

fn field(id: &str) -> Option<web_sys::HtmlInputElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// The name under which settings of an own provider are kept. They hold no secret.
const KEPT: &str = "silent-auth settings";

/// The settings that were kept for this app, if somebody gave it own ones.
#[must_use]
pub fn own_settings() -> Option<String> {
    window().local_storage().ok()??.get_item(KEPT).ok()?
}

/// Keeps these settings, or none, and begins anew with them.
pub fn use_settings(own: Option<&str>) {
    if let Ok(Some(storage)) = window().local_storage() {
        // Where the browser refuses, the page begins with the settings that it had.
        drop(match own {
            Some(own) => storage.set_item(KEPT, own),
            None => storage.remove_item(KEPT),
        });
    }
    show_path("/");
    reload();
}

/// What the provider of these settings has of what silent authentication needs.
pub fn check(config: ClientConfig) -> Pin<Box<dyn Future<Output = Vec<Finding>>>> {
    Box::pin(silent_auth::browser::check(config))
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

/// The tenant's decisions about this app's client, while they are made. Dropping it ends it.
///
/// A connection is held open for it, of which browsers allow six to a host, in all tabs together: it is for a drawer that
/// somebody looks at, not for the life of a page.
#[must_use = "dropping a stream ends it"]
pub struct Stream {
    source: web_sys::EventSource,
    _hear: Closure<dyn Fn(web_sys::MessageEvent)>,
}

impl Stream {
    /// Calls `hear` with the data of each decision, and with an empty text when the connection is lost; the browser then tries
    /// to get it back. `None` if the browser does not even try.
    pub fn open(config: &ClientConfig, hear: impl Fn(String) + 'static) -> Option<Self> {
        let query = encode(&[("client_id", config.client_id())]);
        let url = format!("{}?{query}", config.issuer().at("/lab/decisions/stream"));
        let source = web_sys::EventSource::new(&url).ok()?;
        let hear: Closure<dyn Fn(web_sys::MessageEvent)> = Closure::new(move |event: web_sys::MessageEvent| {
            // An error event has no data.
            hear(event.data().as_string().unwrap_or_default());
        });
        for name in ["decision", "missed", "error"] {
            // Refused for nothing but what is no function.
            drop(source.add_event_listener_with_callback(name, hear.as_ref().unchecked_ref()));
        }
        Some(Self { source, _hear: hear })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
    }
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
    let request =
        Request { method: call.method, url: config.issuer().at(&call.path), form, bearer, credentials: false };
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

/// What the tenant's lab says at `path`, after `change` (JSON) if there is one. It takes JSON alone, which no form can send.
///
/// # Errors
///
/// The tenant's own words if it refuses the change; how to start it if it does not answer.
pub async fn says(config: &ClientConfig, path: &str, change: Option<String>) -> Result<String, String> {
    let url = config.issuer().at(path);
    let answer = match change {
        None => send(Request::get(url)).await.ok().map(|response| (response.status, response.body)),
        Some(change) => post_json(&url, &change).await.ok(),
    };
    match answer {
        Some((200, body)) => Ok(body),
        Some((status, body)) => Err(match refusal(&body).filter(|_| status != 404) {
            Some((_, words)) => words,
            None => format!("The tenant has no lab there (status {status}). {START}"),
        }),
        None => Err(format!("The tenant does not answer. {START}")),
    }
}

const START: &str = "Start it with its lab: cargo xtask serve";

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
