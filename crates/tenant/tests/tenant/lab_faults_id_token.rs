//! Faults of the ID token: each is wrong in one thing, as a strict client sees it, and the next one is right.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::crypto::verify;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Value, json};

use crate::common::lab::{arm_once, faults, last_fired, names_of};
use crate::common::{Harness, TENANT};

/// What a request asked for, beside the keys.
struct Expected {
    keys: JwkSet,
    now: i64,
    code: String,
    access_token: String,
}

/// Everything that a strict client has against an ID token.
fn complaints(token: &str, expected: &Expected) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut complain = |what: &str| {
        found.insert(what.to_owned());
    };
    let parts: Vec<_> = token.split('.').collect();
    let object = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
    };
    let (header, claims) = (object(parts[0]), object(parts[1]));
    if header["typ"] != "JWT" {
        complain("typ");
    }
    if header.get("crit").is_some() {
        complain("crit");
    }
    let kid = header["kid"].as_str().expect("a kid");
    let current = &expected.keys.keys[0];
    if kid != current.common.key_id.as_deref().expect("a kid") {
        complain("kid");
    }
    let message = format!("{}.{}", parts[0], parts[1]);
    if header["alg"] != "RS256" {
        complain("alg");
    } else if !verifies(&message, parts[2], expected.keys.find(kid).unwrap_or(current)) {
        complain("signature");
    }
    if claims["iss"] != format!("{TENANT}/") {
        complain("iss");
    }
    match &claims["aud"] {
        Value::String(audience) if audience == "demo-spa" => {}
        Value::Array(audiences) if audiences.contains(&json!("demo-spa")) => match claims.get("azp") {
            None => complain("azp missing"),
            Some(azp) if azp != "demo-spa" => complain("azp"),
            Some(_) => {}
        },
        _ => complain("aud"),
    }
    if claims.get("sub").is_none_or(|sub| sub != "auth0|ada") {
        complain("sub");
    }
    match claims.get("exp").map(Value::as_i64) {
        None => complain("exp missing"),
        Some(Some(exp)) if exp > expected.now => {}
        Some(Some(_)) => complain("exp past"),
        Some(None) => complain("exp no number"),
    }
    match claims.get("iat").map(Value::as_i64) {
        None => complain("iat missing"),
        Some(iat) if iat != Some(expected.now) => complain("iat"),
        Some(_) => {}
    }
    if claims.get("nbf").is_some_and(|nbf| nbf.as_i64().is_none_or(|nbf| nbf > expected.now)) {
        complain("nbf");
    }
    match claims.get("nonce") {
        None => complain("nonce missing"),
        Some(nonce) if nonce != "the-nonce" => complain("nonce"),
        Some(_) => {}
    }
    match claims.get("auth_time").map(Value::as_i64) {
        None => complain("auth_time missing"),
        Some(at) if at.is_none_or(|at| at < expected.now - 300) => complain("auth_time"),
        Some(_) => {}
    }
    let half = |text: &str| URL_SAFE_NO_PAD.encode(&digest(&SHA256, text.as_bytes()).as_ref()[..16]);
    if claims["at_hash"] != half(&expected.access_token) {
        complain("at_hash");
    }
    if claims.get("c_hash").is_some_and(|hash| *hash != half(&expected.code)) {
        complain("c_hash");
    }
    found
}

fn verifies(message: &str, signature: &str, key: &Jwk) -> bool {
    let key = DecodingKey::from_jwk(key).expect("a public key");
    verify(signature, message.as_bytes(), &key, Algorithm::RS256).unwrap_or(false)
}

/// A silent renewal of `demo-spa`: its ID token, and what it must say.
async fn renew(browser: &mut Harness) -> (String, Expected) {
    let answer = browser.silent(&[("max_age", Some("300"))]).await;
    let code = answer.parameters().remove("code").unwrap_or_else(|| panic!("no code: {answer:?}"));
    let body = browser.exchange(&code).await.json();
    let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name}: {body}")).to_owned();
    let keys = browser.get(&format!("{TENANT}/.well-known/jwks.json")).await.json();
    let expected = Expected {
        keys: serde_json::from_value(keys).expect("a key set"),
        now: browser.tenant.now().as_second(),
        code,
        access_token: text("access_token"),
    };
    (text("id_token"), expected)
}

const WRONG: &[(&str, &[&str])] = &[
    ("alg_none", &["alg"]),
    ("alg_hs256_public_key", &["alg"]),
    ("signature_by_another_key", &["signature"]),
    ("wrong_iss", &["iss"]),
    ("wrong_aud", &["aud"]),
    ("two_audiences_without_azp", &["azp missing"]),
    ("two_audiences_foreign_azp", &["azp"]),
    ("nonce_removed", &["nonce missing"]),
    ("nonce_replaced", &["nonce"]),
    ("expired", &["exp past"]),
    ("exp_missing", &["exp missing"]),
    ("iat_missing", &["iat missing"]),
    ("iat_in_the_future", &["iat"]),
    ("nbf_in_the_future", &["nbf"]),
    ("sub_missing", &["sub"]),
    ("auth_time_too_old", &["auth_time"]),
    ("auth_time_missing", &["auth_time missing"]),
    ("wrong_at_hash", &["at_hash"]),
    ("wrong_c_hash", &["c_hash"]),
    ("other_subject", &["sub"]),
    ("exp_as_text", &["exp no number"]),
    ("access_token_type", &["typ"]),
    ("unknown_crit", &["crit"]),
    ("unknown_kid", &["kid"]),
    // Nobody has the key, so its signature cannot be checked either.
    ("rotated_key", &["kid", "signature"]),
    // Another kid, and its signature is right.
    ("announced_key", &["kid"]),
];

#[tokio::test]
async fn each_fault_is_wrong_in_one_thing_and_the_next_token_is_right() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let names: Vec<_> = WRONG.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names_of(&mut browser, &["ID token"]).await, names, "every fault is looked at");
    for (name, wrong) in WRONG {
        arm_once(&mut browser, name).await;
        let (token, expected) = renew(&mut browser).await;
        let wrong: BTreeSet<_> = wrong.iter().map(|&what| what.to_owned()).collect();
        assert_eq!(complaints(&token, &expected), wrong, "{name}: {token}");
        let decision = browser.decision().await;
        assert_eq!((&decision["fault"], &decision["state"]), (&json!(name), &json!("the-state")), "{decision}");
        assert_eq!(decision["endpoint"], "/oauth/token");
        let (fired, did) = last_fired(&mut browser).await;
        assert_eq!(fired, *name);
        assert!(!did.is_empty() && !did.contains("the-nonce"), "{did}");
        assert_eq!(faults(&mut browser).await["armed"], json!([]), "used up");

        let (token, expected) = renew(&mut browser).await;
        assert_eq!(complaints(&token, &expected), BTreeSet::new(), "after {name}");
        assert_eq!(browser.decision().await.get("fault"), None);
    }
}

/// The bait of the confused algorithm: whoever takes the public key for a secret accepts the signature.
#[tokio::test]
async fn the_public_key_as_a_secret_would_verify() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    arm_once(&mut browser, "alg_hs256_public_key").await;
    let (token, expected) = renew(&mut browser).await;
    let certificate = expected.keys.keys[0].common.x509_chain.as_ref().expect("a certificate")[0].clone();
    let der = STANDARD.decode(certificate).expect("base64");
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).expect("a certificate");
    let spki = STANDARD.encode(certificate.tbs_certificate.subject_pki.raw);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{spki}\n-----END PUBLIC KEY-----\n");
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    let key = DecodingKey::from_secret(pem.as_bytes());
    assert!(verify(signature, message.as_bytes(), &key, Algorithm::HS256).expect("a verdict"));
}

/// The tokens of the implicit and the hybrid flow come from `/authorize` itself.
#[tokio::test]
async fn an_id_token_in_the_authorization_response_is_changed_there() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let implicit = [
        ("client_id", Some("legacy-spa")),
        ("response_type", Some("id_token")),
        ("code_challenge", None),
        ("code_challenge_method", None),
        ("lab_fault", Some("wrong_iss")),
    ];
    let token = browser.silent(&implicit).await.fragment().remove("id_token").expect("an ID token");
    assert_eq!(crate::common::claims(&token)["iss"], "https://another.example/");
    let token = browser.silent(&implicit[..4]).await.fragment().remove("id_token").expect("an ID token");
    assert_eq!(crate::common::claims(&token)["iss"], format!("{TENANT}/"));
}

/// An auth_time is only in tokens of those who asked for it, so the fault waits for one.
#[tokio::test]
async fn a_fault_waits_for_an_answer_that_it_can_be_about() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    arm_once(&mut browser, "auth_time_missing").await;
    let code = browser.silent(&[]).await.parameters().remove("code").expect("a code");
    browser.exchange(&code).await;
    assert_eq!(faults(&mut browser).await["armed"][0]["used"], 0);
    let (token, expected) = renew(&mut browser).await;
    assert!(complaints(&token, &expected).contains("auth_time missing"));
}
