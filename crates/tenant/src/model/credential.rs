//! Public keys that a client proves itself with (`client_authentication_methods.private_key_jwt` of a client).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::secret::{random_text, sha256};
use crate::tenant_file::Object;

/// What assertions may be signed with (Auth0: Private Key JWT; ES256 is an addition).
const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::RS384, Algorithm::PS256, Algorithm::ES256];

/// The field of a client that holds its keys, enabled or not. Answers show them at an address of their own.
pub(crate) const CREDENTIALS: &str = "credentials";

/// How a client authenticates, where not by a secret.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AuthenticationMethods {
    pub(super) private_key_jwt: Option<PrivateKeyJwt>,
}

/// The keys that count, each as it is or by the id of one of the client's own: several, so that it can go from one to the next.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PrivateKeyJwt {
    pub(super) credentials: Vec<Credential>,
}

/// One public key.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Credential {
    /// What the Management API calls it.
    #[serde(default)]
    id: Option<String>,
    /// The key; exports leave it out, and then nothing can be checked with it.
    #[serde(default)]
    pem: Option<String>,
    /// The one algorithm that counts. Default RS256.
    #[serde(default = "rs256")]
    alg: Algorithm,
    /// Its id in the headers of assertions. Default: any.
    #[serde(default)]
    kid: Option<String>,
    /// When it stops counting. Default: never.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

const fn rs256() -> Algorithm {
    Algorithm::RS256
}

impl Credential {
    /// Whether the two are the same by their ids.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.id.is_some() && self.id == other.id
    }

    /// Whether it brings a key, and does not merely name one.
    pub(crate) fn has_key(&self) -> bool {
        self.pem.is_some()
    }

    /// Whether it can be used.
    ///
    /// # Errors
    /// What was expected of which field.
    pub(crate) fn check(&self) -> Result<(), (&'static str, String)> {
        if !ALGORITHMS.contains(&self.alg) {
            return Err(("alg", format!("one of {}", ALGORITHMS.map(|alg| format!("{alg:?}")).join(", "))));
        }
        match &self.pem {
            // Whoever has that could speak for the client: it belongs on no server.
            Some(pem) if pem.contains("PRIVATE KEY") => Err(("pem", "the public half of the key alone".to_owned())),
            Some(_) if self.key().is_none() => {
                let kind = if self.alg == Algorithm::ES256 { "an EC key on P-256" } else { "an RSA key" };
                Err(("pem", format!("the public half of {kind}, from BEGIN PUBLIC KEY to END PUBLIC KEY")))
            }
            _ => Ok(()),
        }
    }

    /// The claims of an assertion that this key signed, whether it has expired or not; nothing if it did not.
    pub(crate) fn verify(&self, assertion: &str, now: Timestamp) -> Option<Object> {
        let header = jsonwebtoken::decode_header(assertion).ok()?;
        let another = header.kid.is_some() && self.kid.is_some() && header.kid != self.kid;
        if another || header.alg != self.alg || self.expires_at.is_some_and(|end| end <= now) {
            return None;
        }
        let mut validation = Validation::new(self.alg);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        Some(jsonwebtoken::decode(assertion, &self.key()?, &validation).ok()?.claims)
    }

    fn key(&self) -> Option<DecodingKey> {
        let pem = self.pem.as_ref().filter(|_| ALGORITHMS.contains(&self.alg))?.as_bytes();
        if self.alg == Algorithm::ES256 { DecodingKey::from_ec_pem(pem) } else { DecodingKey::from_rsa_pem(pem) }.ok()
    }
}

/// Takes the keys out of a client's authentication methods into its own list, each under an id, and leaves the ids in
/// their place. `complete` gets each of them before it is kept.
pub(crate) fn adopt_credentials(client: &mut Object, complete: impl Fn(&mut Object)) {
    let enabled =
        client.get_mut("client_authentication_methods").and_then(|methods| methods.get_mut("private_key_jwt"));
    let enabled = enabled.and_then(|method| method.get_mut(CREDENTIALS)).and_then(Value::as_array_mut);
    let mut adopted = Vec::new();
    for entry in enabled.into_iter().flatten() {
        let Some(brought) = entry.as_object_mut().filter(|entry| entry.contains_key("pem")) else { continue };
        let mut credential = std::mem::take(brought);
        let id = credential.entry("id").or_insert_with(|| json!(new_credential_id())).clone();
        complete(&mut credential);
        *entry = json!({ "id": id });
        adopted.push(Value::Object(credential));
    }
    if !adopted.is_empty()
        && let Some(own) = client.entry(CREDENTIALS).or_insert_with(|| json!([])).as_array_mut()
    {
        own.extend(adopted);
    }
}

/// What the id of a credential begins with.
pub(crate) const CREDENTIAL_ID: &str = "cred_";

/// A new id, as the vendor writes them.
pub(crate) fn new_credential_id() -> String {
    format!("{CREDENTIAL_ID}{}", random_text::<16>())
}

/// What assertions call a key that came without a name: 43 letters, digits, `-` and `_`, always the same for it.
pub(crate) fn default_kid(pem: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(pem.trim().as_bytes()))
}
