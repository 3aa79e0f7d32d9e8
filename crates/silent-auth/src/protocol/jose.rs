//! Signed tokens in compact form (RFC 7515, section 7.1), read strictly; nothing here checks a signature.
//!
//! ```
//! use silent_auth::protocol::jose::Algorithm;
//!
//! assert_eq!(Algorithm::from_name("ES256"), Some(Algorithm::Es256));
//! // What a tenant must never choose is not in the list at all.
//! assert_eq!(Algorithm::from_name("none"), None);
//! assert_eq!(Algorithm::from_name("HS256"), None);
//! ```

use super::json::{self, Map};
use base64ct::{Base64UrlUnpadded, Encoding};

/// The signature algorithms that are accepted (RFC 7518, section 3.1; RFC 8037). The list is ours, never the token's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// The algorithm of this name in a header; `None` for every other, `none` included.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "PS256" => Some(Self::Ps256),
            "ES256" => Some(Self::Es256),
            "EdDSA" => Some(Self::EdDsa),
            _ => None,
        }
    }

    /// Its name in a header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// A token taken apart. Nothing in it may be believed yet.
#[derive(Clone, Debug)]
pub struct Compact {
    /// The protected header.
    pub header: Map,
    /// The payload.
    pub claims: Map,
    /// What the signature covers: the first two parts with their dot.
    pub signing_input: String,
    /// The signature.
    pub signature: Vec<u8>,
}

/// What keeps a text from being a signed token; says which part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl Compact {
    /// Takes `token` apart: exactly three parts that are not empty, base64url without padding, and JSON objects without
    /// repeated names in the first two.
    ///
    /// # Errors
    ///
    /// Which part is not as it should be.
    pub fn parse(token: &str) -> Result<Self, Malformed> {
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Malformed("three parts"));
        };
        if header.is_empty() || payload.is_empty() {
            return Err(Malformed("three parts that are not empty"));
        }
        Ok(Self {
            header: object(header).ok_or(Malformed("a JSON object as header"))?,
            claims: object(payload).ok_or(Malformed("a JSON object as payload"))?,
            signing_input: format!("{header}.{payload}"),
            signature: Base64UrlUnpadded::decode_vec(signature).map_err(|_| Malformed("base64url as signature"))?,
        })
    }
}

fn object(part: &str) -> Option<Map> {
    let text = String::from_utf8(Base64UrlUnpadded::decode_vec(part).ok()?).ok()?;
    json::read(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    fn token(header: &str, payload: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn a_token_is_taken_apart() {
        let compact = Compact::parse(&token(r#"{"alg":"RS256"}"#, r#"{"sub":"a"}"#)).expect("parses");
        assert_eq!(compact.header["alg"], "RS256");
        assert_eq!(compact.claims["sub"], "a");
        assert_eq!(compact.signature, b"sig");
    }

    #[test]
    fn anything_but_a_strict_token_is_malformed() {
        let good = token("{}", "{}");
        let padded = format!("{good}=");
        for text in [
            "",
            "a.b",
            "..",
            "a.b.c.d",
            ".e30.c2ln",
            "e30..c2ln",
            &padded,
            &format!("{good} "),
            &token("[]", "{}"),
            &token("{}", "7"),
        ] {
            assert!(Compact::parse(text).is_err(), "{text}");
        }
        assert!(Compact::parse(&token("{}", r#"{"iss":"a","iss":"b"}"#)).is_err());
    }
}
