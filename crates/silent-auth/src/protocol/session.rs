//! What a page may know of the session: its phase, its tokens, and the generations that came before.
//!
//! ```
//! use silent_auth::protocol::session::Phase;
//!
//! // Three answers: yes, no, not known yet.
//! assert_eq!(Phase::SignedIn.is_signed_in(), Some(true));
//! assert_eq!(Phase::SignedOut { reason: None }.is_signed_in(), Some(false));
//! assert_eq!(Phase::Checking.is_signed_in(), None);
//! ```

use super::json::{Map, Value};

use super::error::AuthError;
use super::secret::{AccessToken, IdToken};
use super::time::Timestamp;

/// Where the lifecycle stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Not known yet: the first answer is still awaited.
    Checking,
    /// Nobody is signed in. The reason is kept, if there is one.
    SignedOut {
        /// Why, for instance `third_party_cookies_blocked`, or `subject_changed` where another person is signed in at the tenant than was
        /// here; `None` after a plain `login_required` at the start, or a sign-out.
        reason: Option<AuthError>,
    },
    /// Whether somebody is signed in could not be found out.
    Undetermined {
        /// Why.
        error: AuthError,
        /// When it is tried again by itself; `None` for never.
        retry_at: Option<Timestamp>,
    },
    /// The page is leaving for the tenant.
    Leaving,
    /// Signed in, and the access token is good.
    SignedIn,
    /// Signed in, and the access token is being replaced.
    Renewing,
    /// Signed in, and the access token is still good, but replacing it failed.
    RenewalFailed {
        /// Why.
        error: AuthError,
        /// When it is tried again by itself; `None` for never.
        retry_at: Option<Timestamp>,
    },
    /// The access token has expired and could not be replaced.
    Expired {
        /// Why, if replacing it was tried.
        error: Option<AuthError>,
        /// When it is tried again by itself; `None` for never.
        retry_at: Option<Timestamp>,
    },
}

impl Phase {
    /// The stable text of the phase, in the style of HTML attributes.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::SignedOut { .. } => "signed-out",
            Self::Undetermined { .. } => "undetermined",
            Self::Leaving => "leaving",
            Self::SignedIn => "signed-in",
            Self::Renewing => "renewing",
            Self::RenewalFailed { .. } => "renewal-failed",
            Self::Expired { .. } => "expired",
        }
    }

    /// Whether somebody is signed in here; `None` as long as that is not known.
    #[must_use]
    pub const fn is_signed_in(&self) -> Option<bool> {
        match self {
            Self::Checking | Self::Undetermined { .. } | Self::Leaving => None,
            Self::SignedOut { .. } | Self::Expired { .. } => Some(false),
            Self::SignedIn | Self::Renewing | Self::RenewalFailed { .. } => Some(true),
        }
    }
}

/// Where a generation of tokens came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A sign-in by redirect.
    SignIn,
    /// A silent request when the page started.
    Restored,
    /// A silent renewal.
    Renewed,
    /// Another tab.
    OtherTab,
}

/// One generation of tokens: when it was born, is to be replaced, and dies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Counts from 1 within a page.
    pub number: u32,
    /// Where it came from.
    pub origin: Origin,
    /// When the tokens arrived.
    pub issued_at: Timestamp,
    /// When its replacement begins.
    pub renew_at: Timestamp,
    /// When the access token expires.
    pub expires_at: Timestamp,
    /// When it was replaced or dropped; `None` for the one in use.
    pub ended_at: Option<Timestamp>,
}

/// The claims of a verified ID token, as they came.
pub type Claims = Map;

/// The tokens in use.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The access token.
    pub access_token: AccessToken,
    /// The ID token as it came, for a later `id_token_hint`.
    pub id_token: IdToken,
    /// Its verified claims.
    pub claims: Claims,
    /// The scopes that were granted, which may be fewer than were asked (RFC 6749, section 3.3).
    pub scope: String,
    /// When they arrived, by this device's clock.
    pub received_at: Timestamp,
    /// When the access token expires, by this device's clock.
    pub expires_at: Timestamp,
}

impl Tokens {
    /// The person: the `sub` claim.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.claims.get("sub").and_then(Value::as_str).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::protocol::error::{AuthError, Code};

    #[test]
    fn every_phase_has_a_name_of_its_own_and_says_whether_somebody_is_signed_in() {
        let error = || AuthError::new(Code::TimedOut);
        let phases = [
            (Phase::Checking, None),
            (Phase::Undetermined { error: error(), retry_at: None }, None),
            (Phase::Leaving, None),
            (Phase::SignedOut { reason: None }, Some(false)),
            (Phase::Expired { error: None, retry_at: None }, Some(false)),
            (Phase::SignedIn, Some(true)),
            (Phase::Renewing, Some(true)),
            (Phase::RenewalFailed { error: error(), retry_at: None }, Some(true)),
        ];
        for (index, (phase, signed_in)) in phases.iter().enumerate() {
            assert_eq!(phase.is_signed_in(), *signed_in, "{phase:?}");
            assert!(phases[..index].iter().all(|(other, _)| other.as_str() != phase.as_str()), "{phase:?}");
        }
    }
}
