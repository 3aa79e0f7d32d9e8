//! What goes into the lifecycle and what comes out: events, commands, and the moment that each step happens in.

#[cfg(feature = "audiences")]
use super::super::audience::TokenRequest;
use super::super::error::AuthError;
use super::super::http::{Request, Response};
use super::super::id_token::SignatureCheck;
use super::super::message::FrameMessage;
use super::super::pkce::Entropy;
#[cfg(feature = "audiences")]
use super::super::secret::AccessToken;
use super::super::secret::State;
use super::super::time::Timestamp;
#[cfg(feature = "session-monitor")]
use super::monitor::{MonitorEvent, Watch};

/// When a step happens, and the random bytes it may use up. Both are drawn anew for every step.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The time by the device's wall clock.
    pub now: Timestamp,
    /// Random bytes of cryptographic quality.
    pub entropy: Entropy,
}

/// The number of a request: the hidden frame, exchange or sign-in that an event or command belongs to.
pub type FlightId = u64;

/// Which exchange with the tenant a request or answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// The discovery document, for the tenant's addresses.
    Discovery,
    /// The signing keys.
    Keys,
    /// The code for tokens.
    Token,
    /// Any answer at all: is the tenant there?
    Reachability,
}

impl Exchange {
    /// What was asked for, in a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Keys => "keys",
            Self::Token => "tokens",
            Self::Reachability => "reachability",
        }
    }
}

/// The callback address that the page was opened with.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The whole address.
    pub url: String,
    /// What was stored under the address's `state` when the sign-in started, already removed from the store.
    pub stored: Option<String>,
}

/// What the page was opened with.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    /// The tenant's answer, if the address carries one.
    pub callback: Option<Callback>,
    /// The path that was opened, with its query.
    pub path: String,
    /// What [`Command::Keep`] wrote down last.
    pub kept: Option<String>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The page started.
    Start(Arrival),
    /// The browser lacks something without which nothing can be done.
    Impossible(AuthError),
    /// The page came back from the browser's back/forward cache.
    Resumed,
    /// The person wants to sign in, and to come back to this path.
    SignIn {
        /// A path of the app.
        return_to: String,
    },
    /// Somebody wants a fresh token now.
    Renew,
    /// Somebody wants an access token for this API and these scopes: answered by [`Command::Provided`].
    #[cfg(feature = "audiences")]
    Want(TokenRequest),
    /// An API refused this access token, one that was got by [`Event::Want`].
    #[cfg(feature = "audiences")]
    Refused(AccessToken),
    /// The person signs out.
    SignOut,
    /// Time has passed.
    Tick,
    /// The network is back.
    Online,
    /// Something about the frame that watches the session.
    #[cfg(feature = "session-monitor")]
    Monitor(MonitorEvent),
    /// Whether this client is open in another tab.
    Company(FlightId, bool),
    /// The lock of this client is ours.
    LockGranted(FlightId),
    /// Another tab holds the lock.
    LockBusy(FlightId),
    /// The hidden frame fired `load`.
    FrameLoaded(FlightId),
    /// A message came while the frame, or the popup, was open.
    FrameMessage(FlightId, FrameMessage),
    /// This page's content security policy stopped the frame; the text is the directive.
    PolicyViolated(FlightId, String),
    /// A request was answered, or could not be.
    Answered(FlightId, Exchange, Result<Response, AuthError>),
    /// A signature was checked, or could not be.
    SignatureChecked(FlightId, Result<bool, AuthError>),
    /// A `sessionStorage` write failed, so the sign-in cannot start.
    StoreFailed(FlightId, AuthError),
    /// Another tab said something.
    Heard(String),
    /// Something about a popup.
    #[cfg(feature = "popup")]
    Popup(super::PopupEvent),
}

/// What is to be done.
#[derive(Debug)]
pub enum Command {
    /// Ask for this client's lock without waiting: answered by `LockGranted` or `LockBusy`.
    AskLock(FlightId),
    /// Wait for this client's lock: answered by `LockGranted`.
    AwaitLock(FlightId),
    /// Give the lock back, or stop waiting for it.
    ReleaseLock(FlightId),
    /// Find out whether this client is open in another tab, and be counted from now on: answered by `Company`.
    AskCompany(FlightId),
    /// Open a hidden frame at this address; report its loads, messages and policy violations.
    OpenFrame(FlightId, String),
    /// Ask this frame about the session every [`ASK_EVERY`](super::ASK_EVERY) while the page is visible, in place of the one before; `None` closes it.
    #[cfg(feature = "session-monitor")]
    Monitor(Option<Watch>),
    /// Remove the frame.
    CloseFrame(FlightId),
    /// Do something with this flight's popup.
    #[cfg(feature = "popup")]
    Popup(FlightId, super::PopupCommand),
    /// Send a request.
    Send(FlightId, Exchange, Request),
    /// Send a request whose answer nobody waits for; it goes on when the page is gone.
    SendAndForget(Request),
    /// Write this down for this tab's next page, in place of what was written before; `None` takes it out.
    Keep(Option<String>),
    /// Stop every request of this flight that is still under way.
    Abort(FlightId),
    /// Check a signature.
    CheckSignature(FlightId, SignatureCheck),
    /// Write a pending sign-in down under its state; then leave for the address.
    Leave {
        /// The flight.
        flight: FlightId,
        /// The name to store under, and what to store; `None` if there is nothing to remember.
        store: Option<(State, String)>,
        /// Where to.
        url: String,
    },
    /// Show this path of the app in the address bar in place of the callback's address.
    ReturnTo(String),
    /// Tell this client's other tabs.
    Announce(String),
    /// This request, and each that it [covers](TokenRequest::covers), is over: the token is at hand, or this is why there is none.
    #[cfg(feature = "audiences")]
    Provided(TokenRequest, Result<(), AuthError>),
    /// A request is over; whoever waits for it gets this result.
    Settled(FlightId, Result<(), AuthError>),
}
