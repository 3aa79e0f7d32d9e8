//! Signature checks by WebCrypto, which costs the download nothing.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use super::words;
use crate::protocol::error::{AuthError, Code};
use crate::protocol::id_token::SignatureCheck;
use crate::protocol::jose::Algorithm;
use crate::protocol::keys::PublicKey;

/// Whether the signature is valid.
///
/// # Errors
///
/// `insecure_context` where the browser offers no WebCrypto; `signature_unsupported` where it does not know the
/// algorithm or refuses the key.
pub async fn verify(check: SignatureCheck) -> Result<bool, AuthError> {
    let subtle = subtle().ok_or_else(|| AuthError::new(Code::InsecureContext).because("WebCrypto", "none"))?;
    run(&subtle, &check).await.map_err(|error| {
        AuthError::new(Code::SignatureUnsupported)
            .because(format!("a check by {}", check.algorithm.name()), words(&error))
    })
}

/// `crypto.subtle`, which insecure contexts lack.
fn subtle() -> Option<SubtleCrypto> {
    let subtle = web_sys::window()?.crypto().ok()?.subtle();
    (!subtle.is_undefined()).then_some(subtle)
}

async fn run(subtle: &SubtleCrypto, check: &SignatureCheck) -> Result<bool, JsValue> {
    let parameters = parameters(check.algorithm)?;
    let usages = Array::of1(&"verify".into());
    let imported = subtle.import_key_with_object("jwk", &jwk(&check.key)?, &parameters, false, &usages)?;
    let key: CryptoKey = JsFuture::from(imported).await?.unchecked_into();
    let signature = Uint8Array::from(check.signature.as_slice());
    let message = Uint8Array::from(check.message.as_bytes());
    let verdict =
        subtle.verify_with_object_and_buffer_source_and_buffer_source(&parameters, &key, &signature, &message)?;
    Ok(JsFuture::from(verdict).await?.is_truthy())
}

/// The parameters for importing a key and for verifying by it: one object, since each reads only those that it knows.
fn parameters(algorithm: Algorithm) -> Result<Object, JsValue> {
    let parameters = match algorithm {
        Algorithm::Rs256 => object(&[("name", "RSASSA-PKCS1-v1_5"), ("hash", "SHA-256")]),
        Algorithm::Ps256 => object(&[("name", "RSA-PSS"), ("hash", "SHA-256")]),
        Algorithm::Es256 => object(&[("name", "ECDSA"), ("namedCurve", "P-256"), ("hash", "SHA-256")]),
        Algorithm::EdDsa => object(&[("name", "Ed25519")]),
    }?;
    Reflect::set(&parameters, &"saltLength".into(), &32.into())?;
    Ok(parameters)
}

/// The key as a JSON web key with nothing but its public members.
fn jwk(key: &PublicKey) -> Result<Object, JsValue> {
    match key {
        PublicKey::Rsa { n, e } => object(&[("kty", "RSA"), ("n", n), ("e", e)]),
        PublicKey::P256 { x, y } => object(&[("kty", "EC"), ("crv", "P-256"), ("x", x), ("y", y)]),
        PublicKey::Ed25519 { x } => object(&[("kty", "OKP"), ("crv", "Ed25519"), ("x", x)]),
    }
}

fn object(members: &[(&str, &str)]) -> Result<Object, JsValue> {
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &JsValue::from(*name), &JsValue::from(*value))?;
    }
    Ok(object)
}
