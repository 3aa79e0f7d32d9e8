//! The key of a tab, and proofs that it holds it (RFC 9449), signed by another implementation than the browser's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use silent_auth::protocol::dpop::{Proof, ProofKey, signed, wanted_nonce};
use silent_auth::protocol::error::AuthError;
use silent_auth::protocol::http::{Request, Response};

use crate::browser::Browser;

/// A key on P-256, for these tests alone.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3JIxTre9e+gkuM2b
HWXB85XrxT18VXyLoztumXmPvRShRANCAASJQvQ4DpJDZOYzoF3dzaE/+g9wxTrJ
6vp4B8rOoFirs/5VeI8Mk86hAVi68NVq7qQXaH1pQClR39TdZ0HbyteE
-----END PRIVATE KEY-----
";

/// Its public half.
#[must_use]
pub fn key() -> ProofKey {
    let (x, y) = ("iUL0OA6SQ2TmM6Bd3c2hP_oPcMU6yer6eAfKzqBYq7M", "_lV4jwyTzqEBWLrw1WrupBdofWlAKVHf1N1nQdvK14Q");
    ProofKey { x: x.to_owned(), y: y.to_owned() }
}

/// Sends a request to the token endpoint with its proof; once more, if that one lacked a nonce.
pub(crate) async fn send(
    browser: &mut Browser,
    request: &Request,
    app_origin: &str,
) -> Option<Result<Response, AuthError>> {
    let private = EncodingKey::from_ec_pem(PRIVATE.as_bytes()).expect("a key");
    let mut nonce: Option<String> = None;
    loop {
        let entropy = browser.entropy();
        let proof = Proof {
            method: "POST",
            url: &request.url,
            issued_at: browser.now(),
            id: &entropy[..16],
            nonce: nonce.as_deref(),
            access_token: None,
        };
        let input = proof.signing_input(&key());
        let signature = crypto::sign(input.as_bytes(), &private, Algorithm::ES256).expect("a signature");
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
        browser.proof = Some(signed(&input, &signature));
        let answer = browser.try_fetch(request, app_origin).await?;
        let wanted = answer.as_ref().ok().and_then(wanted_nonce).map(str::to_owned);
        if wanted.is_none() || nonce.is_some() {
            return Some(answer);
        }
        nonce = wanted;
    }
}
