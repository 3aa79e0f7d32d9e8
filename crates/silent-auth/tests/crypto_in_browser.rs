//! WebCrypto in a real browser: every tampering is refused by its own code, and every allowed algorithm works.
#![cfg(all(target_arch = "wasm32", feature = "browser"))]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use common::tampering::{
    Judged, OTHER_KEY, Row, Signer, TENANT_KEY, TENANT_MODULUS, finish, judge, rows, signing_input,
};
use js_sys::{Array, ArrayBuffer, JSON, Object, Reflect, Uint8Array};
use silent_auth::browser::verify;
use silent_auth::protocol::error::AuthError;
use silent_auth::protocol::id_token::SignatureCheck;
use silent_auth::protocol::jose::Algorithm;
use silent_auth::protocol::keys::PublicKey;
use silent_auth::protocol::session::Claims;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{CryptoKey, SubtleCrypto};

wasm_bindgen_test_configure!(run_in_browser);

fn subtle() -> SubtleCrypto {
    web_sys::window().and_then(|window| window.crypto().ok()).expect("crypto").subtle()
}

fn object(json: &str) -> Object {
    JSON::parse(json).expect("JSON").unchecked_into()
}

fn bytes(buffer: &JsValue) -> Vec<u8> {
    Uint8Array::new(buffer.unchecked_ref::<ArrayBuffer>()).to_vec()
}

async fn sign_with(algorithm: &Object, key: &CryptoKey, message: &str) -> Vec<u8> {
    let message = Uint8Array::from(message.as_bytes());
    let signing = subtle().sign_with_object_and_buffer_source(algorithm, key, &message).expect("signs");
    bytes(&JsFuture::from(signing).await.expect("signed"))
}

async fn import(format: &str, data: &[u8], algorithm: &Object) -> CryptoKey {
    let data = Uint8Array::from(data);
    let importing = subtle().import_key_with_object(format, &data, algorithm, false, &Array::of1(&"sign".into()));
    JsFuture::from(importing.expect("imports")).await.expect("imported").unchecked_into()
}

async fn signed(row: &Row) -> String {
    let input = signing_input(row);
    let rs256 = object(r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#);
    let hmac = object(r#"{"name":"HMAC","hash":"SHA-256"}"#);
    let der = |pem: &str| {
        let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        STANDARD.decode(text).expect("base64")
    };
    let signature = match row.signer {
        Signer::Tenant => sign_with(&rs256, &import("pkcs8", &der(TENANT_KEY), &rs256).await, &input).await,
        Signer::Other => sign_with(&rs256, &import("pkcs8", &der(OTHER_KEY), &rs256).await, &input).await,
        Signer::PublicKeyAsSecret => {
            sign_with(&hmac, &import("raw", TENANT_MODULUS.as_bytes(), &hmac).await, &input).await
        }
        Signer::Nobody => b"sig".to_vec(),
    };
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn outcome(row: &Row) -> Result<Claims, AuthError> {
    match judge(row, &signed(row).await) {
        Judged::Refused(error) => Err(error),
        Judged::Signature(check, rest) => finish(*rest, verify(check).await?),
    }
}

#[wasm_bindgen_test]
async fn the_untampered_answer_is_accepted() {
    let claims = outcome(&rows()[0]).await.expect("accepted");
    assert_eq!(claims["sub"], "ada");
}

#[wasm_bindgen_test]
async fn each_tampering_is_refused_by_its_own_code() {
    let rows = rows();
    assert!(rows.len() > 22);
    for row in &rows[1..] {
        let refused = outcome(row).await.expect_err(row.name);
        assert_eq!(Some(refused.code), row.code, "row {}, {}: {refused}", row.number, row.name);
    }
}

/// Makes a key in the browser, signs with it, and checks the signature as the client does.
async fn round_trip(algorithm: Algorithm, generate: &str, sign: &str) -> Result<(bool, bool), AuthError> {
    let usages = Array::of2(&"sign".into(), &"verify".into());
    let generate = object(generate);
    // JSON has no byte arrays; only RSA looks at this member: 65537.
    Reflect::set(&generate, &"publicExponent".into(), &Uint8Array::from([1, 0, 1].as_slice())).expect("set");
    let making = subtle().generate_key_with_object(&generate, true, &usages).expect("makes a key");
    let pair = JsFuture::from(making).await.expect("a key pair");
    let key = |name: &str| Reflect::get(&pair, &name.into()).expect("a key").unchecked_into::<CryptoKey>();
    let exporting = subtle().export_key("jwk", &key("publicKey")).expect("exports");
    let jwk = JsFuture::from(exporting).await.expect("exported");
    let member =
        |name: &str| Reflect::get(&jwk, &name.into()).ok().and_then(|value| value.as_string()).unwrap_or_default();
    let public = match algorithm {
        Algorithm::Rs256 | Algorithm::Ps256 => PublicKey::Rsa { n: member("n"), e: member("e") },
        Algorithm::Es256 => PublicKey::P256 { x: member("x"), y: member("y") },
        Algorithm::EdDsa => PublicKey::Ed25519 { x: member("x") },
    };
    let signature = sign_with(&object(sign), &key("privateKey"), "a message").await;
    let check = |message: &str| SignatureCheck {
        algorithm,
        key: public.clone(),
        message: message.into(),
        signature: signature.clone(),
    };
    Ok((verify(check("a message")).await?, verify(check("another message")).await?))
}

#[wasm_bindgen_test]
async fn every_allowed_algorithm_tells_right_from_wrong() {
    for (algorithm, generate, sign) in [
        (
            Algorithm::Rs256,
            r#"{"name":"RSASSA-PKCS1-v1_5","modulusLength":2048,"hash":"SHA-256"}"#,
            r#"{"name":"RSASSA-PKCS1-v1_5"}"#,
        ),
        (
            Algorithm::Ps256,
            r#"{"name":"RSA-PSS","modulusLength":2048,"hash":"SHA-256"}"#,
            r#"{"name":"RSA-PSS","saltLength":32}"#,
        ),
        (Algorithm::Es256, r#"{"name":"ECDSA","namedCurve":"P-256"}"#, r#"{"name":"ECDSA","hash":"SHA-256"}"#),
        (Algorithm::EdDsa, r#"{"name":"Ed25519"}"#, r#"{"name":"Ed25519"}"#),
    ] {
        let verdicts = round_trip(algorithm, generate, sign).await.expect("a verdict");
        assert_eq!(verdicts, (true, false), "{algorithm:?}");
    }
}

#[wasm_bindgen_test]
async fn a_key_that_is_none_is_an_error_and_not_a_verdict() {
    let check = SignatureCheck {
        algorithm: Algorithm::Es256,
        key: PublicKey::P256 { x: "AAAA".into(), y: "AAAA".into() },
        message: "a message".into(),
        signature: vec![0; 64],
    };
    let error = verify(check).await.expect_err("no verdict");
    assert_eq!(error.code.as_str(), "signature_unsupported");
}
