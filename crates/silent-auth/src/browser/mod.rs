//! The only code that names `web_sys`: runs the lifecycle's commands in a page and feeds back what happened.

mod api;
mod channel;
#[cfg(feature = "checkup")]
mod checkup;
mod clock;
#[cfg(feature = "dpop")]
mod dpop;
mod driver;
pub mod fetch;
mod frame;
mod lock;
#[cfg(feature = "session-monitor")]
mod monitor;
mod page;
#[cfg(feature = "popup")]
mod popup;
mod presence;
mod random;
mod signature;
mod storage;

use wasm_bindgen::{JsCast, JsValue};

pub use api::ApiResponse;
#[cfg(feature = "checkup")]
pub use checkup::check;
pub use clock::{WakeUp, now};
pub use driver::Driver;
pub use frame::{FRAME_CLASS, FrameEvent, HiddenFrame};
pub use page::{Listener, on_visibility_change};
#[cfg(feature = "popup")]
pub use popup::{POPUP_LOOK_MILLIS, Popup, PopupReport};
pub use signature::verify;

/// What an error of the browser says.
fn words(error: &JsValue) -> String {
    error.dyn_ref().map_or_else(|| "an error".to_owned(), |error: &js_sys::Error| String::from(error.to_string()))
}
