//! The popup: opened empty, led to the tenant, listened to, and closed when it is dropped.

use gloo_events::EventListener;
use gloo_timers::callback::Interval;
use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Window};

use super::frame::read;
use crate::protocol::message::FrameMessage;

/// The window's width and height, in pixels: those of a login page.
const SIZE: (f64, f64) = (480.0, 640.0);

/// How often the popup is looked at, in milliseconds. Looking is the only way: the window's `closed` is a value, and no event tells this page
/// that it changed (HTML Standard, section 7.2.2.1).
pub const POPUP_LOOK_MILLIS: u32 = 250;

/// What a popup reports.
#[derive(Debug)]
pub enum PopupReport {
    /// The page got a message, from it or from anybody else.
    Message(FrameMessage),
    /// It is gone, or was cut off from this page (Cross-Origin-Opener-Policy), which looks the same. Told once.
    Closed,
}

/// A popup. Dropping it, or leaving the page, closes it.
#[must_use = "dropping a popup closes it"]
#[derive(Debug)]
pub struct Popup {
    window: Window,
    _listeners: [EventListener; 2],
    _watch: Interval,
}

impl Popup {
    /// Opens an empty one, in the middle of this window. `None` if the browser does not.
    pub fn open(report: impl Fn(PopupReport) + Clone + 'static) -> Option<Self> {
        let page = web_sys::window()?;
        let number = |value: Result<JsValue, JsValue>| value.ok().and_then(|value| value.as_f64()).unwrap_or_default();
        let left = number(page.screen_x()) + (number(page.outer_width()) - SIZE.0) / 2.0;
        let top = number(page.screen_y()) + (number(page.outer_height()) - SIZE.1) / 2.0;
        let features = format!("popup,width={},height={},left={left:.0},top={top:.0}", SIZE.0, SIZE.1);
        // A window without a name: no other page can find it, and none that is open is taken for it.
        let window = page.open_with_url_and_target_and_features("", "_blank", &features).ok()??;

        let messages = EventListener::new(&page, "message", {
            let (report, window) = (report.clone(), window.clone());
            move |event| {
                if let Some(event) = event.dyn_ref::<MessageEvent>() {
                    report(PopupReport::Message(read(event, Some(window.clone()))));
                }
            }
        });
        let leaving = EventListener::new(&page, "pagehide", {
            let window = window.clone();
            // There would be nobody left to answer to.
            move |_| drop(window.close())
        });
        let watch = Interval::new(POPUP_LOOK_MILLIS, {
            let window = window.clone();
            let mut looks = 0;
            move || {
                if window.closed().unwrap_or(true) {
                    looks += 1;
                    // The second look: its last message may have been on its way at the first.
                    if looks == 2 {
                        report(PopupReport::Closed);
                    }
                }
            }
        });
        Some(Self { window, _listeners: [messages, leaving], _watch: watch })
    }

    /// Leads it to an address; the empty page is not kept in its history.
    pub fn go_to(&self, url: &str) {
        // Only a malformed address is refused, and ours are built from a checked one.
        drop(self.window.location().replace(url));
    }
}

impl Drop for Popup {
    fn drop(&mut self) {
        // Closing a window that is gone does nothing.
        drop(self.window.close());
    }
}

/// Whether a click or key press of the person is at work (HTML Standard, section 6.4.1). Browsers that do not tell may open a popup or not.
pub(super) fn person_acts() -> bool {
    let Some(window) = web_sys::window() else { return false };
    let activation = Reflect::get(&window.navigator(), &"userActivation".into()).ok().filter(JsValue::is_object);
    let active = activation.and_then(|activation| Reflect::get(&activation, &"isActive".into()).ok()?.as_bool());
    active.unwrap_or(true)
}
