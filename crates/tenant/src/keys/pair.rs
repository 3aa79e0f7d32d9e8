//! A private key of either kind: RSA for RS256, P-256 for ES256 (RFC 7518 section 3).

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey};

use super::KeyError;
use crate::secret::Secret;

/// What a key signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyAlg {
    /// Every ID token, and the access tokens of APIs that do not ask for something else.
    Rs256,
    /// The access tokens of APIs that ask for it (`signing_alg`).
    Es256,
}

impl KeyAlg {
    /// Every one there is; the default first.
    pub(crate) const ALL: [Self; 2] = [Self::Rs256, Self::Es256];

    /// Its name in headers and settings.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }

    /// The one of this name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.name() == name)
    }

    /// The same for the library that reads tokens.
    pub(super) const fn jose(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Es256 => Algorithm::ES256,
        }
    }
}

/// A new RSA key of 2048 bits as PKCS #8 in PEM. Takes a tenth of a second, or a few.
pub(crate) fn generate() -> Secret {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("the operating system gives random bytes");
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).expect("a fresh key has a PKCS #8 form");
    pem(der.as_ref())
}

/// A new key on P-256 as PKCS #8 in PEM.
pub(super) fn generate_ec() -> Secret {
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    pem(der.expect("the operating system gives random bytes").as_ref())
}

fn pem(der: &[u8]) -> Secret {
    Secret::from(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der)))
}

/// A private key that was read.
pub(super) enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

impl Pair {
    /// Reads PKCS #8 in PEM.
    pub(super) fn read(alg: KeyAlg, pem: &Secret) -> Result<Self, KeyError> {
        let body: String = pem.expose().lines().filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(body).map_err(|_| KeyError::Unreadable)?;
        match alg {
            KeyAlg::Rs256 => RsaKeyPair::from_pkcs8(&der).map(Self::Rsa),
            KeyAlg::Es256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).map(Self::Ec),
        }
        .map_err(|_| KeyError::Unreadable)
    }

    /// The members of its public half that its thumbprint is over, in the order of RFC 7638 3.2.
    pub(super) fn public_members(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Rsa(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
                vec![("e", encode(&public.e)), ("kty", "RSA".into()), ("n", encode(&public.n))]
            }
            Self::Ec(pair) => {
                // An uncompressed point: 4, x, y (SEC 1, 2.3.3).
                let point = pair.public_key().as_ref();
                let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
                vec![
                    ("crv", "P-256".into()),
                    ("kty", "EC".into()),
                    ("x", encode(&point[1..33])),
                    ("y", encode(&point[33..])),
                ]
            }
        }
    }

    /// The public half in PEM (`SubjectPublicKeyInfo`, RFC 5280 4.1).
    pub(super) fn public_pem(&self) -> String {
        let der = match self {
            Self::Rsa(pair) => pair.public_key().as_der(),
            Self::Ec(pair) => pair.public_key().as_der(),
        };
        let der: PublicKeyX509Der<'_> = der.expect("a key that was read has a public form");
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()))
    }

    /// The public half, for checking signatures.
    pub(super) fn public(&self) -> Result<DecodingKey, KeyError> {
        let members = self.public_members();
        let member = |name: &str| members.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value.as_str());
        match self {
            Self::Rsa(_) => DecodingKey::from_rsa_components(member("n"), member("e")),
            Self::Ec(_) => DecodingKey::from_ec_components(member("x"), member("y")),
        }
        .map_err(|_| KeyError::Unreadable)
    }

    /// The signature over these bytes, as a JWS has it. The pair is kept, an RSA one with its blinding:
    /// `jsonwebtoken::encode` reads the key anew for each signature, which costs several times the signature itself.
    pub(super) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature)
                    .expect("a key that was read signs");
                signature
            }
            Self::Ec(pair) => {
                pair.sign(&SystemRandom::new(), bytes).expect("a key that was read signs").as_ref().to_vec()
            }
        }
    }
}
