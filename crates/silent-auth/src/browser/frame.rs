//! The hidden frame: opened, listened to, and gone without a trace when it is dropped.

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use web_sys::{HtmlIFrameElement, MessageEvent, SecurityPolicyViolationEvent, Window};

use crate::protocol::message::FrameMessage;

/// The class of the frame's element, for pages that want to show it.
pub const FRAME_CLASS: &str = "silent-auth-frame";

/// What the frame may do: run its script, be its own origin, and use the tenant's cookie where the browser has granted the
/// tenant storage access (Storage Access API, section 4.2). Without the last, Firefox keeps the cookie from a sandboxed frame
/// even right after a sign-in by redirect.
const ALLOWED: &str = "allow-scripts allow-same-origin allow-storage-access-by-user-activation";

/// Messages longer than this are not looked into; real ones have a few hundred characters.
const MAX_MESSAGE: usize = 65_536;

/// What a hidden frame reports.
#[derive(Debug)]
pub enum FrameEvent {
    /// It fired `load`.
    Loaded,
    /// The page got a message, from it or from anybody else.
    Message(FrameMessage),
    /// This page's content security policy stopped it; the directive that did.
    PolicyViolated(String),
}

/// A hidden frame. Dropping it removes its element and all its listeners.
#[must_use = "dropping a hidden frame closes it"]
#[derive(Debug)]
pub struct HiddenFrame {
    element: HtmlIFrameElement,
    _listeners: [EventListener; 3],
}

impl HiddenFrame {
    /// Opens `url` in a hidden frame of this page. `origin` is the tenant's, to know its policy violations by.
    ///
    /// The frame may do no more than its sandbox lists: no navigation of this page, no popups, no forms.
    /// `None` if there is no document to put it into.
    pub fn open(url: &str, origin: &str, report: impl Fn(FrameEvent) + Clone + 'static) -> Option<Self> {
        let window = web_sys::window()?;
        let document = window.document()?;
        let element: HtmlIFrameElement = document.create_element("iframe").ok()?.unchecked_into();
        for (name, value) in [
            ("class", FRAME_CLASS),
            ("hidden", ""),
            ("title", "Silent authentication"),
            ("sandbox", ALLOWED),
            ("tabindex", "-1"),
        ] {
            element.set_attribute(name, value).ok()?;
        }

        let loaded = EventListener::new(&element, "load", {
            let report = report.clone();
            move |_| report(FrameEvent::Loaded)
        });
        let messages = EventListener::new(&window, "message", {
            let (report, element) = (report.clone(), element.clone());
            move |event| {
                if let Some(event) = event.dyn_ref::<MessageEvent>() {
                    report(FrameEvent::Message(read(event, element.content_window())));
                }
            }
        });
        let violations = EventListener::new(&document, "securitypolicyviolation", {
            let origin = origin.to_owned();
            move |event| {
                let Some(event) = event.dyn_ref::<SecurityPolicyViolationEvent>() else { return };
                let directive = event.effective_directive();
                if matches!(directive.as_str(), "frame-src" | "child-src" | "default-src")
                    && event.blocked_uri().starts_with(&origin)
                {
                    report(FrameEvent::PolicyViolated(format!("{directive} of this page")));
                }
            }
        });

        // The address before the insertion, or an empty page would fire `load` first.
        element.set_src(url);
        document.body()?.append_child(&element).ok()?;
        Some(Self { element, _listeners: [loaded, messages, violations] })
    }
}

#[cfg(feature = "session-monitor")]
impl HiddenFrame {
    /// Posts a text to the frame's window, if it shows a page of this origin.
    pub(super) fn post(&self, text: &str, origin: &str) {
        if let Some(window) = self.element.content_window() {
            // A page of another origin gets nothing, and that is no error.
            drop(window.post_message(&text.into(), origin));
        }
    }
}

impl Drop for HiddenFrame {
    fn drop(&mut self) {
        self.element.remove();
    }
}

/// A message as plain values; `window` is the one that it is awaited from.
pub(super) fn read(event: &MessageEvent, window: Option<Window>) -> FrameMessage {
    let source: Option<JsValue> = event.source().map(Into::into);
    let window: Option<JsValue> = window.map(Into::into);
    let from_frame = source.is_some() && source == window;
    let data = js_sys::JSON::stringify(&event.data()).ok().and_then(|text| text.as_string());
    FrameMessage { origin: event.origin(), from_frame, data: data.filter(|text| text.len() <= MAX_MESSAGE) }
}
