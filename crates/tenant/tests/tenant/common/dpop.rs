//! A client's side of DPoP (RFC 9449): keys of every kind that the tenant takes, and proofs, good ones and others.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256};
use serde_json::{Value, json};

use crate::common::{Answer, CALLBACK, Harness, START_MS, TENANT, VERIFIER, authorize};

pub(crate) const TOKEN_ENDPOINT: &str = "http://localhost:4000/oauth/token";
pub(crate) const NOW: i64 = START_MS / 1000;

/// A key, and what a proof says of it.
pub(crate) struct Key {
    pub(crate) algorithm: Algorithm,
    pub(crate) jwk: Value,
    signs: EncodingKey,
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn sha256(text: &str) -> String {
    base64url(digest(&SHA256, text.as_bytes()).as_ref())
}

impl Key {
    /// A key on P-256, as browsers make them.
    pub(crate) fn new() -> Self {
        Self::of(Algorithm::ES256)
    }

    pub(crate) fn of(algorithm: Algorithm) -> Self {
        let kind = match algorithm {
            Algorithm::ES256 => &PKCS_ECDSA_P256_SHA256,
            Algorithm::EdDSA => &PKCS_ED25519,
            _ => &PKCS_RSA_SHA256,
        };
        let pair = KeyPair::generate_for(kind).expect("a key");
        let (raw, pem) = (pair.public_key_raw().to_vec(), pair.serialize_pem());
        let (jwk, signs) = match algorithm {
            Algorithm::ES256 => (
                json!({ "kty": "EC", "crv": "P-256", "x": base64url(&raw[1..33]), "y": base64url(&raw[33..]) }),
                EncodingKey::from_ec_pem(pem.as_bytes()),
            ),
            Algorithm::EdDSA => (
                json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(&raw) }),
                EncodingKey::from_ed_pem(pem.as_bytes()),
            ),
            // The modulus stands after nine bytes of DER (RFC 8017 A.1.1), for a key of 2048 bits.
            _ => (
                json!({ "kty": "RSA", "n": base64url(&raw[9..265]), "e": "AQAB" }),
                EncodingKey::from_rsa_pem(pem.as_bytes()),
            ),
        };
        Self { algorithm, jwk, signs: signs.expect("a key that signs") }
    }

    /// Its thumbprint (RFC 7638), for a key on P-256.
    pub(crate) fn thumbprint(&self) -> String {
        let text = |name: &str| self.jwk[name].as_str().expect("a member of a key on P-256");
        sha256(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, text("x"), text("y")))
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = crypto::sign(signed.as_bytes(), &self.signs, self.algorithm).expect("a signature");
        format!("{signed}.{signature}")
    }

    /// A proof for the token endpoint with these changes of its header and its claims (null: left out).
    pub(crate) fn proof_with(&self, header: &Value, claims: &Value) -> String {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let jti = format!("jti-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let good = json!({ "typ": "dpop+jwt", "alg": format!("{:?}", self.algorithm), "jwk": self.jwk });
        let made = json!({ "jti": jti, "htm": "POST", "htu": TOKEN_ENDPOINT, "iat": NOW });
        self.sign(&changed(good, header), &changed(made, claims))
    }

    pub(crate) fn proof(&self, claims: &Value) -> String {
        self.proof_with(&json!({}), claims)
    }

    /// A proof for a GET of this path with this token.
    pub(crate) fn proof_at(&self, path: &str, token: &str, claims: &Value) -> String {
        let good = json!({ "htm": "GET", "htu": format!("{TENANT}{path}"), "ath": sha256(token) });
        self.proof(&changed(good, claims))
    }
}

fn changed(mut good: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().expect("an object") {
        good[name] = value.clone();
    }
    good.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    good
}

pub(crate) fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

/// A page, which can keep no secret.
pub(crate) const CLIENT: &str = "demo-spa-rotating";

/// Signs Ada in at the page's client, and gives the code.
pub(crate) async fn code_of(browser: &mut Harness, changes: &[(&str, Option<&str>)]) -> String {
    browser.cookies.clear();
    let url = authorize(&[&[("client_id", Some(CLIENT))], changes].concat());
    let answer = browser.log_in_at(&url, "ada@example.com", "ada-password").await;
    answer.parameters().remove("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
}

/// Exchanges a code of the page's client with this proof.
pub(crate) async fn redeem(browser: &mut Harness, code: &str, proof: Option<&str>) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let headers: Vec<_> = proof.iter().map(|proof| ("dpop", *proof)).collect();
    browser.post_form_with(TOKEN_ENDPOINT, &form, &headers).await
}

/// The nonce that a proof needs now.
pub(crate) async fn nonce(browser: &mut Harness, key: &Key) -> String {
    let answer = redeem(browser, "whatever", Some(&key.proof(&json!({})))).await;
    assert_eq!(answer.error(), "use_dpop_nonce", "{answer:?}");
    answer.header("dpop-nonce").to_owned()
}

/// Signs Ada in at the page's client with this key, and more parameters.
pub(crate) async fn signed_in(browser: &mut Harness, key: &Key, changes: &[(&str, Option<&str>)]) -> Value {
    let nonce = nonce(browser, key).await;
    let code = code_of(browser, changes).await;
    let answer = redeem(browser, &code, Some(&key.proof(&json!({ "nonce": nonce })))).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}
