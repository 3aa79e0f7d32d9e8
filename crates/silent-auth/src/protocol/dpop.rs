//! Proofs that this page holds the key that its tokens are bound to (DPoP, RFC 9449), as values: who signs them keeps the key.

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use super::http::{Response, has};
use super::json::{self, Map, Value};
use super::secret::AccessToken;
use super::time::Timestamp;

/// The public half of a key on P-256, which proofs show (RFC 7518, section 6.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofKey {
    /// The x coordinate, base64url.
    pub x: String,
    /// The y coordinate, base64url.
    pub y: String,
}

impl ProofKey {
    /// Its thumbprint (RFC 7638, section 3): what `dpop_jkt` names, and what tokens are bound to.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        hash(&self.jwk().to_string())
    }

    /// The members that a thumbprint is over, in their order.
    fn jwk(&self) -> Value {
        json::object([
            ("crv", "P-256".into()),
            ("kty", "EC".into()),
            ("x", self.x.as_str().into()),
            ("y", self.y.as_str().into()),
        ])
    }
}

/// What a proof says (RFC 9449, section 4.2).
#[derive(Clone, Debug)]
pub struct Proof<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// The address of the request; its query and fragment are left out.
    pub url: &'a str,
    /// When, by the tenant's clock as far as it is known.
    pub issued_at: Timestamp,
    /// Random bytes, drawn for this proof alone.
    pub id: &'a [u8],
    /// What the server wants to see in it.
    pub nonce: Option<&'a str>,
    /// The access token that goes with it.
    pub access_token: Option<&'a AccessToken>,
}

impl Proof<'_> {
    /// What is to be signed by ECDSA with SHA-256.
    #[must_use]
    pub fn signing_input(&self, key: &ProofKey) -> String {
        let header = json::object([("typ", "dpop+jwt".into()), ("alg", "ES256".into()), ("jwk", key.jwk())]);
        let plain = self.url.split(['?', '#']).next().unwrap_or_default();
        let mut claims = Map::new();
        let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        say("jti", Base64UrlUnpadded::encode_string(self.id).as_str().into());
        say("htm", self.method.into());
        say("htu", plain.into());
        say("iat", self.issued_at.as_millis().div_euclid(1000).into());
        if let Some(nonce) = self.nonce {
            say("nonce", nonce.into());
        }
        if let Some(token) = self.access_token {
            say("ath", hash(token.expose()).as_str().into());
        }
        let part = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
        format!("{}.{}", part(&header), part(&Value::Object(claims)))
    }
}

/// The proof, of what was signed and its signature: two numbers of 32 bytes (RFC 7518, section 3.4).
#[must_use]
pub fn signed(signing_input: &str, signature: &[u8]) -> String {
    format!("{signing_input}.{}", Base64UrlUnpadded::encode_string(signature))
}

/// The nonce that the token endpoint wants in the next proof, if it refused this one for that (RFC 9449, section 8).
#[must_use]
pub fn wanted_nonce(response: &Response) -> Option<&str> {
    let refused = matches!(response.status, 400 | 401)
        && json::read(&response.body)
            .is_some_and(|body| body.get("error").and_then(Value::as_str) == Some("use_dpop_nonce"));
    response.dpop_nonce.as_deref().filter(|_| refused)
}

/// Whether an API refused a proof for its nonce (RFC 9449, section 9). Where a page may not read the challenge, a nonce beside the
/// refusal says it.
#[must_use]
pub fn api_wants_nonce(status: u16, challenge: Option<&str>) -> bool {
    status == 401 && challenge.is_none_or(|challenge| has(challenge, "use_dpop_nonce"))
}

fn hash(text: &str) -> String {
    Base64UrlUnpadded::encode_string(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> ProofKey {
        // The key of RFC 9449, section 4.1.
        let (x, y) = ("l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA");
        ProofKey { x: x.to_owned(), y: y.to_owned() }
    }

    fn claims(proof: &Proof<'_>) -> (Value, Value) {
        let input = proof.signing_input(&key());
        let mut parts = input.split('.').map(|part| {
            let bytes = Base64UrlUnpadded::decode_vec(part).expect("base64url");
            Value::Object(json::read(&String::from_utf8(bytes).expect("a text")).expect("an object"))
        });
        (parts.next().expect("a header"), parts.next().expect("claims"))
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_9449_section_6_1() {
        assert_eq!(key().thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    }

    #[test]
    fn a_proof_is_for_one_request_and_one_token() {
        // The token and hash of RFC 9449, section 7.1.
        let token = AccessToken::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
        let proof = Proof {
            method: "GET",
            url: "https://api.example/notes?page=2#end",
            issued_at: Timestamp::from_secs(1_800_000_000).shifted(999),
            id: &[7; 16],
            nonce: Some("the-nonce"),
            access_token: Some(&token),
        };
        let (header, claims) = claims(&proof);
        assert_eq!((json::text(&header, "typ"), json::text(&header, "alg")), (Some("dpop+jwt"), Some("ES256")));
        assert_eq!(header.get("jwk").and_then(|jwk| jwk.get("d")), None);
        for (name, value) in [
            ("htm", "GET"),
            ("htu", "https://api.example/notes"),
            ("ath", "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"),
            ("nonce", "the-nonce"),
            ("jti", "BwcHBwcHBwcHBwcHBwcHBw"),
        ] {
            assert_eq!(json::text(&claims, name), Some(value), "{name}");
        }
        assert_eq!(claims.get("iat").and_then(Value::as_u64), Some(1_800_000_000));
        assert_eq!(signed("a.b", &[0; 64]).len(), 4 + 86);
    }

    #[test]
    fn only_a_refusal_for_its_nonce_has_a_proof_made_anew() {
        let answer = |status, error: &str, nonce: Option<&str>| Response {
            status,
            body: format!(r#"{{"error":"{error}"}}"#),
            dpop_nonce: nonce.map(str::to_owned),
            ..Response::default()
        };
        assert_eq!(wanted_nonce(&answer(400, "use_dpop_nonce", Some("n"))), Some("n"));
        for other in [
            answer(400, "use_dpop_nonce", None),
            answer(400, "invalid_dpop_proof", Some("n")),
            // Sent again, a refresh token that was refused may look stolen.
            answer(403, "invalid_grant", Some("n")),
            answer(200, "use_dpop_nonce", Some("n")),
        ] {
            assert_eq!(wanted_nonce(&other), None, "{other:?}");
        }
        assert!(api_wants_nonce(401, Some(r#"DPoP error="use_dpop_nonce""#)) && api_wants_nonce(401, None));
        assert!(!api_wants_nonce(401, Some(r#"DPoP error="invalid_token""#)) && !api_wants_nonce(403, None));
    }
}
