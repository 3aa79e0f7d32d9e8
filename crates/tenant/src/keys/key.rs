//! One signing key: RS256, with its public half.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Certificate, KeyError};
use crate::clock::Timestamp;
use crate::secret::{Secret, sha256};
use crate::tenant_file::Object;

/// The key that signs tokens, with its public half.
pub(super) struct SigningKey {
    pub(super) kid: String,
    n: String,
    e: String,
    pair: KeyPair,
    verify: DecodingKey,
    certificate: Certificate,
}

/// A new private key: RSA 2048 as PKCS #8 in PEM. Takes a tenth of a second, or a few.
pub(crate) fn generate() -> Secret {
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("the operating system gives random bytes");
    let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).expect("a fresh key has a PKCS #8 form");
    let text = STANDARD.encode(der.as_ref());
    Secret::from(format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n"))
}

impl SigningKey {
    /// Reads a private key.
    pub(super) fn from_pem(pem: &Secret, created_at: Timestamp) -> Result<Self, KeyError> {
        let body: String = pem.expose().lines().filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(body).map_err(|_| KeyError::Unreadable)?;
        let pair = KeyPair::from_pkcs8(&der).map_err(|_| KeyError::Unreadable)?;
        let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let (n, e) = (URL_SAFE_NO_PAD.encode(&public.n), URL_SAFE_NO_PAD.encode(&public.e));
        // The thumbprint of RFC 7638: the same key always has the same id.
        let kid = URL_SAFE_NO_PAD.encode(sha256(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#).as_bytes()));
        Ok(Self {
            certificate: Certificate::of(pem, &kid, created_at)?,
            kid,
            pair,
            verify: DecodingKey::from_rsa_raw_components(&public.n, &public.e),
            n,
            e,
        })
    }

    /// Signs claims as a JWT whose header has this `typ`. The key pair is kept, with its blinding: `jsonwebtoken::encode`
    /// reads the key anew for each signature, which costs several times the signature itself.
    pub(super) fn sign(&self, typ: &str, claims: &Object) -> Secret {
        let header = Header { typ: Some(typ.into()), kid: Some(self.kid.clone()), ..Header::new(Algorithm::RS256) };
        let signed = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .expect("a key that was read signs");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into()
    }

    /// The claims of a JWT that this key signed, whether it has expired or not.
    pub(super) fn verify(&self, token: &str) -> Result<Object, String> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        jsonwebtoken::decode::<Object>(token, &self.verify, &validation)
            .map(|token| token.claims)
            .map_err(|error| error.to_string())
    }

    /// The public half (RFC 7517).
    pub(super) fn jwk(&self) -> Value {
        json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "n": self.n,
            "e": self.e,
            "x5t": self.certificate.x5t(),
            "x5c": [self.certificate.x5c()],
        })
    }
}

/// A part of a JWT (RFC 7515, 7.1).
fn part(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("our own headers and claims serialise"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_signs_what_it_verifies_and_nothing_else() {
        let key = SigningKey::from_pem(&generate(), Timestamp::UNIX_EPOCH).expect("a fresh key is readable");
        let other = SigningKey::from_pem(&generate(), Timestamp::UNIX_EPOCH).expect("a fresh key is readable");
        let claims = json!({ "sub": "auth0|ada", "exp": 1 });
        let token = key.sign("JWT", claims.as_object().expect("an object"));
        assert_eq!(key.verify(token.expose()).expect("its own")["sub"], "auth0|ada");
        assert!(other.verify(token.expose()).is_err());
        for broken in ["", "x", "a.b", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
            assert!(key.verify(broken).is_err(), "{broken}");
        }
    }
}
