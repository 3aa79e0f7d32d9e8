//! Secrets: values that print as redacted, are compared in constant time, and give up their text in one visible way.
//!
//! ```
//! use silent_auth::protocol::secret::AccessToken;
//!
//! let token = AccessToken::new("very-secret");
//! assert!(!format!("{token:?}").contains("very-secret"));
//! assert!(token.matches("very-secret"));
//! assert_eq!(token.expose(), "very-secret");
//! ```

use core::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What may be shown of a secret: the first 8 hexadecimal digits of its SHA-256 hash.
///
/// Equal secrets have equal fingerprints, so a reader can follow one through the records.
#[must_use]
pub fn fingerprint(secret: &str) -> String {
    let digest = Sha256::digest(secret.as_bytes());
    digest[..4].iter().fold(String::with_capacity(8), |mut text, byte| {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        text
    })
}

/// Declares secret text types. They have no `PartialEq`, so nobody compares them in variable time by accident.
macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(String);

        impl $name {
            /// Takes ownership of the secret's text.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The secret itself. Every place that calls this is a place to look at in a review.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }

            /// Whether `text` is this secret, in a time that does not depend on where they differ.
            #[must_use]
            pub fn matches(&self, text: &str) -> bool {
                self.0.as_bytes().ct_eq(text.as_bytes()).into()
            }

            /// What may be shown of it, see [`fingerprint`].
            #[must_use]
            pub fn fingerprint(&self) -> String {
                fingerprint(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "([redacted])"))
            }
        }
    )+};
}

secrets! {
    /// An access token (RFC 6749, section 1.4).
    AccessToken;
    /// A refresh token (RFC 6749, section 1.5).
    RefreshToken;
    /// An ID token in its compact form (OpenID Connect Core, section 2).
    IdToken;
    /// An authorization code (RFC 6749, section 1.3.1).
    Code;
    /// The `state` of one authorization request (RFC 6749, section 10.12).
    State;
    /// The `nonce` of one authorization request (OpenID Connect Core, section 15.5.2).
    Nonce;
    /// The PKCE code verifier of one authorization request (RFC 7636, section 4.1).
    CodeVerifier;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_as_redacted() {
        assert_eq!(format!("{:?}", AccessToken::new("abc")), "AccessToken([redacted])");
    }

    #[test]
    fn a_secret_matches_its_own_text_alone() {
        assert!(State::new("abc").matches("abc"));
        assert!(!State::new("abc").matches("abd"));
        assert!(!State::new("abc").matches("ab"));
    }

    #[test]
    fn a_fingerprint_is_the_start_of_the_hash() {
        assert_eq!(fingerprint("abc"), "ba7816bf");
    }
}
