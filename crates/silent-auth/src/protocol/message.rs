//! The message of a hidden frame or popup: whether it is the awaited one, and what it says.
//!
//! ```
//! use silent_auth::protocol::config::Transport;
//! use silent_auth::protocol::message::{Awaited, FrameMessage, Stray, judge};
//! use silent_auth::protocol::secret::State;
//!
//! let state = State::new("s1");
//! let awaited = Awaited {
//!     transport: Transport::WebMessage,
//!     tenant_origin: "https://tenant.example",
//!     app_origin: "https://app.example",
//!     callback_page: "https://app.example/silent-callback.html",
//!     state: &state,
//! };
//! let data = r#"{"type": "authorization_response", "response": {"code": "abc", "state": "s1"}}"#;
//! let mut message =
//!     FrameMessage { origin: "https://tenant.example".to_owned(), from_frame: true, data: Some(data.to_owned()) };
//! assert!(judge(&awaited, &message).is_ok());
//! // The same words from any other window are nobody's.
//! message.from_frame = false;
//! assert_eq!(judge(&awaited, &message).err(), Some(Stray::Window));
//! ```

use super::json::{Map, Value};

use super::config::Transport;
use super::json;
use super::parameters::Parameters;
use super::secret::State;

/// A message as the browser reports it.
#[derive(Clone, Debug)]
pub struct FrameMessage {
    /// `MessageEvent.origin`.
    pub origin: String,
    /// Whether `MessageEvent.source` is the frame, or the popup, that was opened.
    pub from_frame: bool,
    /// `MessageEvent.data` as JSON; `None` if it cannot be written so.
    pub data: Option<String>,
}

/// Who may send the awaited message, and by which words it is known.
#[derive(Clone, Copy, Debug)]
pub struct Awaited<'a> {
    /// How the answer travels.
    pub transport: Transport,
    /// The tenant's origin, for [`Transport::WebMessage`].
    pub tenant_origin: &'a str,
    /// The app's own origin, for [`Transport::CallbackPage`].
    pub app_origin: &'a str,
    /// The callback page's address, for [`Transport::CallbackPage`].
    pub callback_page: &'a str,
    /// The state of the request.
    pub state: &'a State,
}

/// Why a message is not the awaited one. None of these ends the wait: anybody may send messages to a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stray {
    /// It comes from another origin.
    Origin,
    /// It comes from another window than the frame or popup that was opened.
    Window,
    /// It does not have the shape of an authorization response.
    Shape,
    /// It carries no state.
    StateMissing,
    /// It carries the state of another request.
    StateMismatch,
}

impl Stray {
    /// The reason in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "from another origin",
            Self::Window => "from another window",
            Self::Shape => "not an authorization response",
            Self::StateMissing => "without state",
            Self::StateMismatch => "with the state of another request",
        }
    }
}

/// Judges a message: origin, then frame, then shape, then state (RFC 9700, section 4.17).
///
/// # Errors
///
/// Why it is not the awaited one.
pub fn judge(awaited: &Awaited<'_>, message: &FrameMessage) -> Result<Parameters, Stray> {
    let sender = match awaited.transport {
        Transport::WebMessage => awaited.tenant_origin,
        Transport::CallbackPage => awaited.app_origin,
    };
    if message.origin != sender {
        return Err(Stray::Origin);
    }
    if !message.from_frame {
        return Err(Stray::Window);
    }
    let data = message.data.as_deref().and_then(json::read).ok_or(Stray::Shape)?;
    let parameters = match awaited.transport {
        Transport::WebMessage => web_message(&data),
        Transport::CallbackPage => callback_page(&data, awaited.callback_page),
    }
    .ok_or(Stray::Shape)?;
    match parameters.get("state") {
        None => Err(Stray::StateMissing),
        Some(state) if !awaited.state.matches(state) => Err(Stray::StateMismatch),
        Some(_) => Ok(parameters),
    }
}

/// `{type: "authorization_response", response: {…}}`, as Auth0's tenants post it.
fn web_message(data: &Map) -> Option<Parameters> {
    if data.get("type")?.as_str()? != "authorization_response" {
        return None;
    }
    let pairs = data.get("response")?.as_object()?.iter().filter_map(|(name, value)| match value {
        Value::String(text) => Some((name.clone(), text.clone())),
        Value::Number(number) => Some((name.clone(), number.to_string())),
        _ => None,
    });
    Parameters::from_pairs(pairs).ok()
}

/// `{type: "silent_callback", url: "…"}`, as this app's own callback page posts it.
fn callback_page(data: &Map, page: &str) -> Option<Parameters> {
    if data.get("type")?.as_str()? != "silent_callback" {
        return None;
    }
    let url = data.get("url")?.as_str()?;
    let address = url.split(['?', '#']).next()?;
    if address != page {
        return None;
    }
    Parameters::from_url(url).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "http://localhost:3000/silent-callback.html";

    fn verdict(transport: Transport, origin: &str, from_frame: bool, data: &str) -> Result<Parameters, Stray> {
        let state = State::new("s1");
        let awaited = Awaited {
            transport,
            tenant_origin: "http://localhost:4000",
            app_origin: "http://localhost:3000",
            callback_page: PAGE,
            state: &state,
        };
        judge(&awaited, &FrameMessage { origin: origin.into(), from_frame, data: Some(data.into()) })
    }

    const GOOD: &str = r#"{"type":"authorization_response","response":{"code":"c","state":"s1"}}"#;

    #[test]
    fn the_awaited_web_message_is_taken() {
        let parameters = verdict(Transport::WebMessage, "http://localhost:4000", true, GOOD).expect("taken");
        assert_eq!(parameters.get("code"), Some("c"));
    }

    #[test]
    fn every_stray_is_told_apart() {
        let stray = |origin: &str, from_frame, data: &str| {
            verdict(Transport::WebMessage, origin, from_frame, data).expect_err("stray")
        };
        let tenant = "http://localhost:4000";
        assert_eq!(stray("http://localhost:4001", true, GOOD), Stray::Origin);
        assert_eq!(stray("null", true, GOOD), Stray::Origin);
        assert_eq!(stray(tenant, false, GOOD), Stray::Window);
        for data in
            ["null", "7", "\"x\"", "[]", "{}", r#"{"type":"x","response":{}}"#, r#"{"type":"authorization_response"}"#]
        {
            assert_eq!(stray(tenant, true, data), Stray::Shape, "{data}");
        }
        assert_eq!(stray(tenant, true, &GOOD.replace(r#","state":"s1""#, "")), Stray::StateMissing);
        assert_eq!(stray(tenant, true, &GOOD.replace("s1", "s2")), Stray::StateMismatch);
    }

    #[test]
    fn the_callback_page_speaks_from_the_apps_own_origin() {
        let data = format!(r#"{{"type":"silent_callback","url":"{PAGE}?code=c&state=s1"}}"#);
        let parameters = verdict(Transport::CallbackPage, "http://localhost:3000", true, &data).expect("taken");
        assert_eq!(parameters.get("code"), Some("c"));
        assert_eq!(verdict(Transport::CallbackPage, "http://localhost:4000", true, &data), Err(Stray::Origin));
        let elsewhere = data.replace("silent-callback.html", "other.html");
        assert_eq!(verdict(Transport::CallbackPage, "http://localhost:3000", true, &elsewhere), Err(Stray::Shape));
    }

    #[test]
    fn every_reason_has_its_own_words() {
        let all = [Stray::Origin, Stray::Window, Stray::Shape, Stray::StateMissing, Stray::StateMismatch];
        for (index, stray) in all.iter().enumerate() {
            assert!(!all[..index].iter().any(|other| other.as_str() == stray.as_str()), "{stray:?}");
        }
    }

    #[test]
    fn values_that_are_no_texts_or_numbers_are_left_out() {
        let data = r#"{"type":"authorization_response","response":{"state":"s1","code":["c"],"n":7}}"#;
        let parameters = verdict(Transport::WebMessage, "http://localhost:4000", true, data).expect("taken");
        assert_eq!((parameters.get("code"), parameters.get("n")), (None, Some("7")));
    }
}
