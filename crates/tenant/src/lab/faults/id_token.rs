//! Signs an ID token anew after a fault changed its header, its claims or its signer (RFC 7515, RFC 7519).

use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};

use super::Scene;
use crate::Tenant;
use crate::keys::SigningKey;
use crate::lab::Lab;
use crate::model::Client;
use crate::secret::Secret;
use crate::tenant_file::Object;

/// An ID token, taken apart.
#[derive(Debug)]
pub(crate) struct IdToken {
    pub header: Object,
    pub claims: Object,
    pub signer: Signer,
}

/// Whose signature a token gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    /// The one it had.
    Usual,
    /// A key that the tenant does not publish, under the `kid` of the right one.
    Stranger,
    /// The same, under its own `kid`.
    StrangerByName,
    /// Another key that the tenant publishes, under its own `kid`.
    Announced,
    /// HS256, with the public key (PEM) as the secret.
    PublicKey,
    /// Nobody's: some bytes stand in its place, since several readers refuse an empty one before they look at `alg`.
    Nobody,
}

impl IdToken {
    fn read(token: &str) -> Option<Self> {
        let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).ok());
        let mut object = || serde_json::from_slice(&parts.next()??).ok();
        Some(Self { header: object()?, claims: object()?, signer: Signer::Usual })
    }

    /// Puts a value in a claim's place.
    pub(super) fn set(&mut self, claim: &str, value: impl Into<Value>) -> String {
        let value = value.into();
        let words = format!("{claim} is {value}");
        match self.claims.insert(claim.to_owned(), value) {
            Some(before) => format!("{words} in place of {before}"),
            None => words,
        }
    }

    /// The same for a claim that belongs to one request: neither value is told.
    pub(super) fn replace(&mut self, claim: &str, value: &str) -> String {
        self.claims.insert(claim.to_owned(), json!(value));
        format!("{claim} is another one")
    }

    /// Takes a claim out.
    pub(super) fn remove(&mut self, claim: &str) -> String {
        self.claims.shift_remove(claim);
        format!("{claim} was taken out")
    }
}

/// The claims of a token that the tenant has just signed.
pub(crate) fn claims_of(token: &str) -> Option<Object> {
    IdToken::read(token).map(|token| token.claims)
}

/// The token after a fault, and what that did.
pub(crate) async fn forge(
    tenant: &Tenant,
    lab: &Lab,
    client: &Client,
    token: &str,
    change: fn(&mut IdToken, &Scene<'_>) -> String,
    scene: &Scene<'_>,
) -> Option<(Secret, String)> {
    let mut token = IdToken::read(token)?;
    let did = change(&mut token, scene);
    let signing = match token.signer {
        Signer::Usual => match client.hs256_key() {
            Some(key) => Signing::Hs256(key),
            None => Signing::Rs256(tenant.keys().current_key()),
        },
        Signer::Stranger | Signer::StrangerByName => Signing::Rs256(lab.faults.stranger(tenant.now()).await),
        Signer::Announced => Signing::Rs256(tenant.keys().another_key()),
        Signer::PublicKey => Signing::Hs256(tenant.keys().current_key().public_pem().into_bytes()),
        Signer::Nobody => Signing::Not,
    };
    if let (Signer::StrangerByName | Signer::Announced, Signing::Rs256(key)) = (token.signer, &signing) {
        token.header.insert("kid".into(), json!(key.kid));
    }
    let signed = format!("{}.{}", part(&token.header), part(&token.claims));
    let signature = URL_SAFE_NO_PAD.encode(signing.signature(signed.as_bytes()));
    Some((Secret::from(format!("{signed}.{signature}")), did))
}

/// What a signature is made with.
enum Signing {
    Rs256(Arc<SigningKey>),
    Hs256(Vec<u8>),
    Not,
}

impl Signing {
    fn signature(&self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Rs256(key) => key.signature(bytes),
            Self::Hs256(key) => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes).as_ref().to_vec(),
            Self::Not => b"no signature".to_vec(),
        }
    }
}

fn part(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("what was read as JSON serialises"))
}
