//! One signing key, with its public half.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, Header, Validation};
use serde::Serialize;
use serde_json::{Value, json};

use super::pair::Pair;
use super::{Certificate, KeyAlg, KeyError};
use crate::clock::Timestamp;
use crate::secret::{Secret, sha256};
use crate::tenant_file::Object;

/// The key that signs tokens, with its public half.
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    pub(super) alg: KeyAlg,
    pair: Pair,
    verify: DecodingKey,
    /// Of RSA keys alone: the libraries that ask for one know no others.
    certificate: Option<Certificate>,
}

/// The thumbprint of a public key (RFC 7638 3): its required members in their order, with values that need no escapes.
pub(crate) fn thumbprint(members: &[(&str, String)]) -> String {
    let members: Vec<_> = members.iter().map(|(name, value)| format!(r#""{name}":"{value}""#)).collect();
    URL_SAFE_NO_PAD.encode(sha256(format!("{{{}}}", members.join(",")).as_bytes()))
}

impl SigningKey {
    /// Reads a private key.
    pub(crate) fn from_pem(alg: KeyAlg, pem: &Secret, created_at: Timestamp) -> Result<Self, KeyError> {
        let pair = Pair::read(alg, pem)?;
        // The same key always has the same id.
        let kid = thumbprint(&pair.public_members());
        Ok(Self {
            certificate: Certificate::of_key(alg, pem, &kid, created_at)?,
            verify: pair.public()?,
            kid,
            alg,
            pair,
        })
    }

    /// The signature over these bytes, as a JWS has it (RFC 7515 5.1).
    pub(crate) fn signature(&self, bytes: &[u8]) -> Vec<u8> {
        self.pair.sign(bytes)
    }

    /// The public half in PEM, as libraries that read keys from files want it.
    pub(crate) fn public_pem(&self) -> String {
        self.pair.public_pem()
    }

    /// Signs claims as a JWT whose header has this `typ`.
    pub(super) fn sign(&self, typ: &str, claims: &Object) -> Secret {
        let header = Header { typ: Some(typ.into()), kid: Some(self.kid.clone()), ..Header::new(self.alg.jose()) };
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = self.pair.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into()
    }

    /// The claims of a JWT that this key signed, whether it has expired or not.
    pub(super) fn verify(&self, token: &str) -> Result<Object, String> {
        let mut validation = Validation::new(self.alg.jose());
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        jsonwebtoken::decode::<Object>(token, &self.verify, &validation)
            .map(|token| token.claims)
            .map_err(|error| error.to_string())
    }

    /// The public half (RFC 7517).
    pub(super) fn jwk(&self) -> Value {
        let mut jwk = json!({ "use": "sig", "alg": self.alg.name(), "kid": self.kid });
        for (name, value) in self.pair.public_members() {
            jwk[name] = json!(value);
        }
        if let Some(certificate) = &self.certificate {
            jwk["x5t"] = json!(certificate.x5t());
            jwk["x5c"] = json!([certificate.x5c()]);
        }
        jwk
    }
}

/// A part of a JWT (RFC 7515, 7.1).
fn part(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("our own headers and claims serialise"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::pair::{generate, generate_ec};

    #[test]
    fn a_key_signs_what_it_verifies_and_nothing_else() {
        for (alg, make) in [(KeyAlg::Rs256, generate as fn() -> Secret), (KeyAlg::Es256, generate_ec)] {
            let read =
                |pem: &Secret| SigningKey::from_pem(alg, pem, Timestamp::UNIX_EPOCH).expect("a fresh key is readable");
            let pem = make();
            let (key, other) = (read(&pem), read(&make()));
            assert_eq!(key.kid, read(&pem).kid);
            let claims = json!({ "sub": "auth0|ada", "exp": 1 });
            let token = key.sign("JWT", claims.as_object().expect("an object"));
            assert_eq!(key.verify(token.expose()).expect("its own")["sub"], "auth0|ada");
            assert!(other.verify(token.expose()).is_err());
            for broken in ["", "x", "a.b", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
                assert!(key.verify(broken).is_err(), "{broken}");
            }
            let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(key.jwk()).expect("a JWK");
            let mut validation = Validation::new(alg.jose());
            validation.validate_exp = false;
            let public = DecodingKey::from_jwk(&jwk).expect("a public key");
            assert!(jsonwebtoken::decode::<Value>(token.expose(), &public, &validation).is_ok(), "as published");
            assert!(SigningKey::from_pem(alg, &Secret::from("x".to_owned()), Timestamp::UNIX_EPOCH).is_err());
        }
    }
}
