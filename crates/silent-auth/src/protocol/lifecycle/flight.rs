//! One request on its way: what it is for, how far it has come, and when it gives up.

use core::time::Duration;

use super::super::authorization::{Authorized, PendingAuthorization};
use super::super::error::AuthError;
use super::super::id_token::Examined;
use super::super::secret::IdToken;
use super::super::time::Timestamp;
use super::super::token::TokenResponse;
#[cfg(feature = "audiences")]
use super::audience::Wanted;
use super::io::{Callback, Command, FlightId};

/// The number of a page's first request.
pub(super) const FIRST_FLIGHT: FlightId = 1;

/// How long a frame may not even have loaded before the page asks whether the tenant is there at all.
/// (Firefox fires no `load` for an address that cannot be reached.)
pub(super) const ASK_REACHABILITY_AFTER: Duration = Duration::from_secs(2);

/// How long that question may take once the frame has loaded and is silent.
pub(super) const REACHABILITY_LIMIT: Duration = Duration::from_secs(1);

/// How long one exchange with the tenant may take.
pub(super) const EXCHANGE_LIMIT: Duration = Duration::from_secs(10);

/// How long a refresh may take. Tenants take a refresh token again for some seconds after its first use, in case the answer was lost
/// (Auth0's `leeway`): limit and pause together stay within ten.
pub(super) const REFRESH_LIMIT: Duration = Duration::from_secs(5);

/// The pause before a refresh is tried again for the first time.
pub(super) const REFRESH_PAUSE: Duration = Duration::from_secs(1);

/// How long the lock is kept after the result was announced, so that no tab gets the lock before it hears the result.
pub(super) const LINGER: Duration = Duration::from_millis(150);

/// How long a tab that waited and got the lock listens for the last holder's word before it asks itself.
pub(super) const LISTEN: Duration = Duration::from_millis(250);

/// How long a page that starts waits for another tab to share its tokens, where there is another tab.
pub(super) const ASK_LIMIT: Duration = Duration::from_millis(100);

/// What a request is for.
#[derive(Debug)]
pub(super) enum Purpose {
    /// Find out at the start whether somebody is signed in.
    Restore,
    /// Replace the token.
    Renew,
    /// Leave for the tenant to sign in; needs the tenant's addresses first.
    SignIn {
        /// Where to come back to.
        return_to: String,
    },
    /// Get a token for another API, or with other scopes.
    #[cfg(feature = "audiences")]
    Extra(Box<Wanted>),
    /// Complete a sign-in by redirect.
    Callback(Callback),
    /// Sign in in a popup.
    #[cfg(feature = "popup")]
    Popup,
}

impl Purpose {
    /// Whether it asks nobody anything, and can go down the ladder.
    pub(super) fn is_silent(&self) -> bool {
        match self {
            Self::Restore | Self::Renew => true,
            #[cfg(feature = "audiences")]
            Self::Extra(_) => true,
            _ => false,
        }
    }
}

/// Whether the tenant was asked if it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reachability {
    NotAsked,
    Asked,
    Reachable,
}

/// A hidden frame, or a popup, in which the tenant is asked.
#[derive(Debug)]
pub(super) struct OpenFrame {
    /// The request it carries.
    pub(super) pending: PendingAuthorization,
    /// When it loaded last.
    pub(super) loaded_at: Option<Timestamp>,
    /// Whether the tenant is known to be there.
    pub(super) reachability: Reachability,
    /// How many messages were ignored.
    pub(super) strays: u32,
    /// Why the last one was ignored.
    pub(super) last_stray: Option<&'static str>,
}

/// What tokens are asked for with.
#[derive(Debug)]
pub(super) enum Grant {
    /// A code, with what its ID token must match.
    Code(Box<Authorized>),
    /// The refresh token that is held.
    RefreshToken,
}

/// Tokens that arrived and are being checked.
#[derive(Debug)]
pub(super) struct Verification {
    pub(super) response: TokenResponse,
    pub(super) id_token: IdToken,
    pub(super) examined: Examined,
    pub(super) grant: Grant,
    pub(super) arrived: Timestamp,
    /// Whether the keys were asked for during this very check, so that asking again would not help.
    pub(super) keys_are_fresh: bool,
}

/// How far a request has come.
#[derive(Debug)]
pub(super) enum Stage {
    /// Asks for the tenant's addresses.
    Discovering,
    /// Asks for them, to exchange the code that the page came with.
    AwaitingAddresses(Box<Authorized>),
    /// Asks for the lock.
    AskingLock,
    /// Another tab holds the lock and does the work.
    Waiting,
    /// The holder is gone; its word may still be on its way.
    Listening,
    /// The hidden frame, or the popup, is open.
    Framed(Box<OpenFrame>),
    /// A code or the refresh token is being exchanged.
    Exchanging(Grant),
    /// The ID token is fine so far, and the keys are on their way.
    AwaitingKeys(Box<Verification>),
    /// The signature is being checked.
    CheckingSignature(Box<Verification>),
    /// The page is leaving.
    Leaving,
    /// Nothing more: what was here was taken out to be worked on.
    Over,
}

/// One request on its way.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) id: FlightId,
    pub(super) purpose: Purpose,
    pub(super) stage: Stage,
    /// When it fails for lack of an answer.
    pub(super) deadline: Timestamp,
    /// When it has to be looked at next for another reason; `None` for none.
    pub(super) look_at: Option<Timestamp>,
    /// Which rung of the ladder it stands on; `None` before the first, and for requests that have none.
    pub(super) rung: Option<usize>,
    /// Why the first rung that was tried failed.
    pub(super) cause: Option<AuthError>,
    /// Under which flight's number this tab holds the lock; `None` if it does not.
    pub(super) lock: Option<FlightId>,
    /// Whether it may open a popup, or has.
    #[cfg(feature = "popup")]
    pub(super) window: super::popup::Window,
}

impl Flight {
    /// The command that closes what it has open.
    pub(super) fn closing(&mut self) -> Option<Command> {
        #[cfg(feature = "popup")]
        if let Some(command) = self.closing_popup() {
            return Some(command);
        }
        matches!(self.stage, Stage::Framed(_)).then_some(Command::CloseFrame(self.id))
    }
}
