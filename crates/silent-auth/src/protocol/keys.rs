//! The tenant's signing keys (RFC 7517), and the choice of the one that a token was signed with.
//!
//! ```
//! use silent_auth::protocol::http::Response;
//! use silent_auth::protocol::jose::Algorithm;
//! use silent_auth::protocol::keys;
//!
//! # fn main() -> Result<(), silent_auth::protocol::error::AuthError> {
//! let body = r#"{"keys": [{"kty": "EC", "crv": "P-256", "kid": "k1", "x": "AQ", "y": "Ag"}]}"#;
//! let keys = keys::process_response(&Response { status: 200, body: body.to_owned(), ..Response::default() })?;
//! assert!(keys.choose(Algorithm::Es256, Some("k1")).is_some());
//! assert!(keys.choose(Algorithm::Rs256, Some("k1")).is_none());
//! # Ok(())
//! # }
//! ```

use super::json::Value;
use base64ct::{Base64UrlUnpadded, Encoding};

use super::discovery::Endpoints;
use super::error::{AuthError, Code};
use super::http::{Request, Response};
use super::jose::Algorithm;
use super::json;

/// Keys beyond this number are not looked at.
const MAX_KEYS: usize = 100;

/// The keys that a tenant publishes, as far as they can be used here.
#[derive(Clone, Debug, Default)]
pub struct KeySet(Vec<Key>);

/// A published key (RFC 7517, section 4).
#[derive(Clone, Debug)]
struct Key {
    kid: Option<String>,
    /// The one algorithm it is for; `None` for every one that fits.
    algorithm: Option<String>,
    public: PublicKey,
}

/// A public key in the few members that WebCrypto needs to import it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// An RSA key: modulus and exponent.
    Rsa {
        /// The modulus, base64url.
        n: String,
        /// The exponent, base64url.
        e: String,
    },
    /// A point on P-256.
    P256 {
        /// The x coordinate, base64url.
        x: String,
        /// The y coordinate, base64url.
        y: String,
    },
    /// A point on Ed25519.
    Ed25519 {
        /// The public key, base64url.
        x: String,
    },
}

/// Asks for the keys.
#[must_use]
pub fn request(endpoints: &Endpoints) -> Request {
    Request::get(endpoints.keys.clone())
}

/// Judges the key set. Keys of kinds that are not known here are left out, since a tenant may publish others too
/// (RFC 7517, section 5).
///
/// # Errors
///
/// `keys_invalid`, for an answer that is no key set.
pub fn process_response(response: &Response) -> Result<KeySet, AuthError> {
    if response.status != 200 {
        return Err(AuthError::new(Code::KeysInvalid).because("status 200", format!("status {}", response.status)));
    }
    let document = response.json_object(Code::KeysInvalid)?;
    let keys = document.get("keys").and_then(Value::as_array);
    let keys = keys.ok_or_else(|| AuthError::new(Code::KeysInvalid).because("a list of keys", "none"))?;
    Ok(KeySet(keys.iter().take(MAX_KEYS).filter_map(Key::read).collect()))
}

impl KeySet {
    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key for a token with this algorithm and `kid` (OpenID Connect Core, section 10.1). Without a `kid` there must be
    /// exactly one key that fits.
    #[must_use]
    pub fn choose(&self, algorithm: Algorithm, kid: Option<&str>) -> Option<PublicKey> {
        let named = |key: &&Key| kid.is_none_or(|kid| key.kid.as_deref() == Some(kid));
        let mut fitting = self.0.iter().filter(named).filter(|key| key.fits(algorithm)).map(|key| key.public.clone());
        let first = fitting.next();
        if kid.is_none() && fitting.next().is_some() { None } else { first }
    }
}

impl Key {
    /// Reads a key that signs; `None` for every other, and for kinds that are not known here.
    fn read(key: &Value) -> Option<Self> {
        let member = |name| json::text(key, name).map(str::to_owned);
        if member("use").is_some_and(|usage| usage != "sig") {
            return None;
        }
        let public = match (json::text(key, "kty")?, json::text(key, "crv")) {
            ("RSA", _) => PublicKey::Rsa { n: member("n")?, e: member("e")? },
            ("EC", Some("P-256")) => PublicKey::P256 { x: member("x")?, y: member("y")? },
            ("OKP", Some("Ed25519")) => PublicKey::Ed25519 { x: member("x")? },
            _ => return None,
        };
        Some(Self { kid: member("kid"), algorithm: member("alg"), public })
    }

    /// Whether its kind, its algorithm and its size are for `algorithm`.
    fn fits(&self, algorithm: Algorithm) -> bool {
        if self.algorithm.as_deref().is_some_and(|named| named != algorithm.name()) {
            return false;
        }
        match (&self.public, algorithm) {
            // RFC 7518, section 3.3: a key of 2048 bits or more.
            (PublicKey::Rsa { n, .. }, Algorithm::Rs256 | Algorithm::Ps256) => {
                Base64UrlUnpadded::decode_vec(n).is_ok_and(|modulus| modulus.len() >= 256)
            }
            (PublicKey::P256 { .. }, Algorithm::Es256) | (PublicKey::Ed25519 { .. }, Algorithm::EdDsa) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::Value;

    fn keys(list: Value) -> KeySet {
        let body = serde_json::json!({ "keys": list }).to_string();
        process_response(&Response { status: 200, body, ..Response::default() }).expect("a key set")
    }

    fn rsa(kid: &str, bytes: usize) -> Value {
        serde_json::json!({ "kty": "RSA", "kid": kid, "n": URL_SAFE_NO_PAD.encode(vec![255; bytes]), "e": "AQAB" })
    }

    #[test]
    fn the_key_is_chosen_by_its_id() {
        let set = keys(serde_json::json!([rsa("a", 256), rsa("b", 257)]));
        assert_eq!(
            set.choose(Algorithm::Rs256, Some("b")),
            Some(PublicKey::Rsa { n: URL_SAFE_NO_PAD.encode([255; 257]), e: "AQAB".into() })
        );
        assert_eq!(set.choose(Algorithm::Rs256, Some("c")), None);
        assert_eq!(set.choose(Algorithm::Rs256, None), None, "two keys fit");
    }

    #[test]
    fn a_key_of_another_kind_use_algorithm_or_size_does_not_fit() {
        let with = |name: &str, value: &str| {
            let mut key = rsa("a", 256);
            key[name] = value.into();
            keys(serde_json::json!([key])).choose(Algorithm::Rs256, Some("a"))
        };
        assert!(with("use", "sig").is_some());
        assert!(with("use", "enc").is_none());
        assert!(with("alg", "RS256").is_some());
        assert!(with("alg", "PS256").is_none());
        assert!(keys(serde_json::json!([rsa("a", 128)])).choose(Algorithm::Rs256, Some("a")).is_none());
        assert!(keys(serde_json::json!([rsa("a", 256)])).choose(Algorithm::Es256, Some("a")).is_none());
    }

    #[test]
    fn unknown_kinds_of_keys_are_left_out() {
        let set = keys(serde_json::json!([{ "kty": "PQC", "kid": "x" }, 7, rsa("a", 256)]));
        assert!(set.choose(Algorithm::Rs256, Some("a")).is_some());
    }

    #[test]
    fn an_answer_that_is_no_key_set_is_refused() {
        for body in ["", "<html>", "[]", "{}", r#"{"keys":7}"#] {
            let response = Response { status: 200, body: body.into(), ..Response::default() };
            assert_eq!(process_response(&response).expect_err("refused").code, Code::KeysInvalid, "{body}");
        }
    }

    #[test]
    fn a_set_knows_whether_it_is_empty() {
        assert!(KeySet::default().is_empty());
    }
}
