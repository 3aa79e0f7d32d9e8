//! Every tampering of a silent answer is refused by its own code, natively.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::tampering::{
    Judged, OTHER_KEY, Row, Signer, TENANT_KEY, TENANT_MODULUS, finish, judge, rows, signing_input,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::id_token::SignatureCheck;
use silent_auth::protocol::keys::PublicKey;
use silent_auth::protocol::session::Claims;

fn signed(row: &Row) -> String {
    let input = signing_input(row);
    let rsa = |pem: &str| EncodingKey::from_rsa_pem(pem.as_bytes()).expect("a key");
    let sign =
        |key: &EncodingKey, algorithm| jsonwebtoken::crypto::sign(input.as_bytes(), key, algorithm).expect("signs");
    let signature = match row.signer {
        Signer::Tenant => sign(&rsa(TENANT_KEY), Algorithm::RS256),
        Signer::Other => sign(&rsa(OTHER_KEY), Algorithm::RS256),
        Signer::PublicKeyAsSecret => sign(&EncodingKey::from_secret(TENANT_MODULUS.as_bytes()), Algorithm::HS256),
        Signer::Nobody => "c2ln".to_owned(),
    };
    format!("{input}.{signature}")
}

fn verify(check: &SignatureCheck) -> bool {
    let PublicKey::Rsa { n, e } = &check.key else { panic!("an RSA key") };
    let key = DecodingKey::from_rsa_components(n, e).expect("a key");
    let signature = URL_SAFE_NO_PAD.encode(&check.signature);
    jsonwebtoken::crypto::verify(&signature, check.message.as_bytes(), &key, Algorithm::RS256).expect("a verdict")
}

fn outcome(row: &Row, token: &str) -> Result<Claims, AuthError> {
    match judge(row, token) {
        Judged::Refused(error) => Err(error),
        Judged::Signature(check, rest) => finish(*rest, verify(&check)),
    }
}

#[test]
fn the_untampered_answer_is_accepted() {
    let row = &rows()[0];
    let claims = outcome(row, &signed(row)).expect("accepted");
    assert_eq!(claims["sub"], "ada");
}

#[test]
fn each_tampering_is_refused_by_its_own_code() {
    let rows = rows();
    assert!(rows.len() > 22);
    for row in &rows[1..] {
        let refused = outcome(row, &signed(row)).expect_err(row.name);
        assert_eq!(Some(refused.code), row.code, "row {}, {}: {refused}", row.number, row.name);
    }
    let mut codes: Vec<Code> = rows[1..=22].iter().filter_map(|row| row.code).collect();
    codes.dedup_by_key(|code| code.as_str());
    assert_eq!(codes.len(), 22, "22 tamperings, 22 codes");
}

#[test]
fn no_byte_of_the_signature_may_change() {
    let row = &rows()[0];
    let token = signed(row);
    let (input, signature) = token.rsplit_once('.').expect("three parts");
    let bytes = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(&changed));
        assert_eq!(outcome(row, &token).map(|_| ()).map_err(|error| error.code), Err(Code::IdTokenSignature));
    }
}

#[test]
fn no_refusal_shows_a_secret() {
    for row in &rows()[1..] {
        let token = signed(row);
        let shown = outcome(row, &token).expect_err(row.name).to_string();
        let nonce = row.claims.get("nonce").and_then(|nonce| nonce.as_str()).unwrap_or("-");
        for secret in ["the-access-token", "the-code", token.as_str(), nonce] {
            assert!(secret == "another" || secret == "-" || !shown.contains(secret), "{}: {shown}", row.name);
        }
    }
}
