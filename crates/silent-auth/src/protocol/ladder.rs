//! The ladder: which ways to fresh tokens are tried, in which order, once a token in memory is no longer good enough.
//!
//! ```
//! use silent_auth::protocol::config::ClientConfig;
//! use silent_auth::protocol::ladder::{DEFAULT_LADDER, Rung};
//!
//! # fn main() -> Result<(), silent_auth::protocol::error::AuthError> {
//! let config = ClientConfig::new("https://tenant.example/", "my-app", "https://app.example/callback")?;
//! assert_eq!(config.ladder(), DEFAULT_LADDER);
//! // Where the frame's cookie is blocked, the page itself may ask, once, when it starts.
//! let config = config.with_ladder(vec![Rung::RefreshToken, Rung::Frame, Rung::Page]);
//! # let _ = config;
//! # Ok(())
//! # }
//! ```

use core::fmt;

use super::error::{AuthError, Code};

/// One way to fresh tokens without a question to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// The refresh token is exchanged (RFC 6749, section 6). Passed over where there is none.
    RefreshToken,
    /// The tenant is asked in a hidden frame (`prompt=none`; OpenID Connect Core, section 3.1.2.1).
    Frame,
    /// The whole page goes to the tenant and comes straight back (`prompt=none`): no cookie is a third party's there. What the page
    /// holds is lost on the way, so it is tried only when the page starts, and at most once: the way back ends it.
    Page,
    /// The tenant is asked in a popup (`prompt=none`), where its cookie is no third party's. Browsers open one only for a click or key
    /// press, so it is passed over unless the person asks for the renewal in that moment; a timer never opens a popup.
    #[cfg(feature = "popup")]
    Popup,
}

impl Rung {
    /// Its name in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RefreshToken => "refresh token",
            Self::Frame => "hidden frame",
            Self::Page => "full page",
            #[cfg(feature = "popup")]
            Self::Popup => "popup",
        }
    }
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The order that suits most apps: a refresh token, if one is held, then the hidden frame.
pub const DEFAULT_LADDER: &[Rung] = &[Rung::RefreshToken, Rung::Frame];

/// Whether another way may succeed where one failed like this. What passes by itself is waited for, since it would stop the others too
/// (but a silent frame says nothing about them); and another person at the tenant, or a popup that the person closed, is an answer.
#[must_use]
pub const fn another_way_may_help(code: Code) -> bool {
    let passes = code.is_retryable() && !matches!(code, Code::FrameSilent);
    !passes && !matches!(code, Code::SubjectChanged | Code::InsecureContext | Code::PopupClosed)
}

/// What the first way said stays with what the last one said, so that whoever reads the reason sees both.
#[must_use]
pub(super) fn with_cause(last: AuthError, cause: Option<&AuthError>) -> AuthError {
    let Some(cause) = cause else { return last };
    let found = last.found.as_deref().map(|found| format!("{found}; ")).unwrap_or_default();
    let found = format!("{found}before that {}", cause.code.as_str());
    AuthError { found: Some(found), ..last }
}
