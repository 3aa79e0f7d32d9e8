//! Proof Key for Code Exchange (RFC 7636), and the random values of an authorization request.
//!
//! ```
//! use silent_auth::protocol::pkce::code_challenge;
//! use silent_auth::protocol::secret::CodeVerifier;
//!
//! // RFC 7636, appendix B.
//! let verifier = CodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
//! assert_eq!(code_challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
//! ```

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use super::secret::{CodeVerifier, Nonce, State};

/// How many random bytes one step of the lifecycle may use up.
pub const ENTROPY: usize = 96;

/// The random bytes for one step; 32 make one value of 256 bits.
pub type Entropy = [u8; ENTROPY];

/// The values that make one authorization request unlike any other.
///
/// Each is 32 random bytes in base64url: 43 characters, 256 bits (RFC 7636, section 7.1, asks for that much).
#[derive(Clone, Debug)]
pub struct Uniques {
    /// Binds the answer to the request (RFC 6749, section 10.12).
    pub state: State,
    /// Binds the ID token to the request (OpenID Connect Core, section 3.1.2.1).
    pub nonce: Nonce,
    /// Binds the code to this page (RFC 7636, section 4.1).
    pub code_verifier: CodeVerifier,
}

impl Uniques {
    /// Makes the three values of `entropy`.
    #[must_use]
    pub fn new(entropy: &Entropy) -> Self {
        let text = |part: usize| Base64UrlUnpadded::encode_string(&entropy[part * 32..(part + 1) * 32]);
        Self { state: State::new(text(0)), nonce: Nonce::new(text(1)), code_verifier: CodeVerifier::new(text(2)) }
    }
}

/// The code challenge of a verifier by the method S256 (RFC 7636, section 4.2).
#[must_use]
pub fn code_challenge(verifier: &CodeVerifier) -> String {
    Base64UrlUnpadded::encode_string(&Sha256::digest(verifier.expose().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier = CodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(code_challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn the_three_values_differ_and_have_the_right_shape() {
        let mut entropy = [0; ENTROPY];
        for (byte, index) in entropy.iter_mut().zip(0..) {
            *byte = index;
        }
        let uniques = Uniques::new(&entropy);
        let texts = [uniques.state.expose(), uniques.nonce.expose(), uniques.code_verifier.expose()];
        for text in texts {
            assert_eq!(text.len(), 43);
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        }
        assert!(texts[0] != texts[1] && texts[1] != texts[2] && texts[0] != texts[2]);
    }
}
