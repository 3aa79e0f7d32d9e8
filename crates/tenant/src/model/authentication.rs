//! How a user proved who they are, which ID tokens tell by `amr` and `acr` (OpenID Connect Core 1.0, section 2; RFC 8176).

use serde::{Deserialize, Serialize};

/// The `acr` of a sign-in with a second factor, as Auth0 has it (Auth0: Step-up Authentication).
pub(crate) const MULTI_FACTOR: &str = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";

/// What the user gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum UserAuthentication {
    #[default]
    Password,
    PasswordAndCode,
}

impl UserAuthentication {
    /// The one of a session.
    pub(crate) const fn with_code(code_was_given: bool) -> Self {
        if code_was_given { Self::PasswordAndCode } else { Self::Password }
    }

    /// The methods, in the words of RFC 8176 section 2.
    pub(crate) const fn amr(self) -> &'static [&'static str] {
        match self {
            Self::Password => &["pwd"],
            Self::PasswordAndCode => &["pwd", "otp", "mfa"],
        }
    }

    /// The class, if it is one that has a name.
    pub(crate) const fn acr(self) -> Option<&'static str> {
        match self {
            Self::Password => None,
            Self::PasswordAndCode => Some(MULTI_FACTOR),
        }
    }
}
