//! The page itself: its address, its history, and its coming and going.

use gloo_events::EventListener;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::PageTransitionEvent;

/// Whether the browser treats this page as secure; without that there is no cryptography.
pub(super) fn is_secure() -> bool {
    web_sys::window().is_some_and(|window| window.is_secure_context())
}

/// The page's whole address.
pub(super) fn address() -> String {
    web_sys::window().and_then(|window| window.location().href().ok()).unwrap_or_default()
}

/// The path and query of the page's address.
pub(super) fn path() -> String {
    let location = web_sys::window().map(|window| window.location());
    let part = |read: fn(&web_sys::Location) -> Result<String, JsValue>| {
        location.as_ref().and_then(|location| read(location).ok()).unwrap_or_default()
    };
    part(web_sys::Location::pathname) + &part(web_sys::Location::search)
}

/// Leaves for another address.
pub(super) fn leave(url: &str) {
    if let Some(window) = web_sys::window() {
        // Only a malformed address is refused, and ours are built from a checked one.
        drop(window.location().assign(url));
    }
}

/// Shows another path of this app in the address bar, in place of the present one.
pub(super) fn show_path(path: &str) {
    let history = web_sys::window().and_then(|window| window.history().ok());
    if let Some(history) = history {
        drop(history.replace_state_with_url(&JsValue::NULL, "", Some(path)));
    }
}

/// Whether the page can be seen.
#[cfg(feature = "session-monitor")]
pub(super) fn is_visible() -> bool {
    web_sys::window().and_then(|window| window.document()).is_some_and(|document| !document.hidden())
}

/// A listener of the page. Dropping it ends it.
#[must_use = "dropping a listener ends it"]
#[derive(Debug)]
pub struct Listener {
    _listener: EventListener,
}

/// Calls `hear` when the page becomes visible (`true`) or hidden (`false`).
pub fn on_visibility_change(hear: impl Fn(bool) + 'static) -> Option<Listener> {
    let document = web_sys::window()?.document()?;
    let listener = EventListener::new(&document, "visibilitychange", move |event| {
        let document = event.target().and_then(|target| target.dyn_into::<web_sys::Document>().ok());
        hear(document.is_some_and(|document| !document.hidden()));
    });
    Some(Listener { _listener: listener })
}

/// Calls `hear` when the network is back.
pub(super) fn on_online(hear: impl Fn() + 'static) -> Option<Listener> {
    let window = web_sys::window()?;
    let listener = EventListener::new(&window, "online", move |_| hear());
    Some(Listener { _listener: listener })
}

/// Calls `hear` when the page is left, for good or for the back/forward cache.
pub(super) fn on_hide(hear: impl Fn() + 'static) -> Option<Listener> {
    let window = web_sys::window()?;
    let listener = EventListener::new(&window, "pagehide", move |_| hear());
    Some(Listener { _listener: listener })
}

/// Calls `hear` when the page comes back from the back/forward cache.
pub(super) fn on_return(hear: impl Fn() + 'static) -> Option<Listener> {
    let window = web_sys::window()?;
    let listener = EventListener::new(&window, "pageshow", move |event| {
        if event.dyn_ref::<PageTransitionEvent>().is_some_and(PageTransitionEvent::persisted) {
            hear();
        }
    });
    Some(Listener { _listener: listener })
}
