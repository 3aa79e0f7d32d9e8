//! Public keys that a client proves itself with (`client_authentication_methods.private_key_jwt` of a client).

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use crate::clock::Timestamp;
use crate::tenant_file::Object;

/// What assertions may be signed with (Auth0: Private Key JWT; ES256 is an addition).
const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::RS384, Algorithm::PS256, Algorithm::ES256];

/// How a client authenticates, where not by a secret.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AuthenticationMethods {
    pub(super) private_key_jwt: Option<PrivateKeyJwt>,
}

/// The client's own keys: several, so that it can go from one to the next.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PrivateKeyJwt {
    pub(super) credentials: Vec<Credential>,
}

/// One public key.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Credential {
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
    /// Whether it can be used.
    ///
    /// # Errors
    /// What was expected of which field.
    pub(crate) fn check(&self) -> Result<(), (&'static str, String)> {
        if !ALGORITHMS.contains(&self.alg) {
            return Err(("alg", format!("one of {}", ALGORITHMS.map(|alg| format!("{alg:?}")).join(", "))));
        }
        match self.pem {
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
