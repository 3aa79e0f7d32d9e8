//! A signing key's certificate: its public half in the form that some libraries want it (RFC 7517 4.7, 4.8).

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, SerialNumber, date_time_ymd};

use super::{KeyAlg, KeyError};
use crate::clock::Timestamp;
use crate::secret::{Secret, sha256};

/// Years that a certificate says it holds. Nobody checks: what counts is that the key is published.
const YEARS: i16 = 10;

/// A self-signed certificate (DER). The same key always has the same one, so that it needs no storing.
#[derive(Clone, Debug)]
pub(crate) struct Certificate(Vec<u8>);

impl Certificate {
    /// The certificate of this private key, if it is of a kind that has one.
    pub(super) fn of_key(
        alg: KeyAlg,
        private_key: &Secret,
        kid: &str,
        created_at: Timestamp,
    ) -> Result<Option<Self>, KeyError> {
        match alg {
            KeyAlg::Rs256 => Self::of(private_key, kid, created_at).map(Some),
            KeyAlg::Es256 => Ok(None),
        }
    }

    /// The certificate of this private RSA key (PKCS #8, PEM).
    fn of(private_key: &Secret, kid: &str, created_at: Timestamp) -> Result<Self, KeyError> {
        let unreadable = |_| KeyError::Unreadable;
        let pair = KeyPair::from_pkcs8_pem_and_sign_algo(private_key.expose(), &PKCS_RSA_SHA256).map_err(unreadable)?;
        let made = created_at.to_zoned(jiff::tz::TimeZone::UTC).date();
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "Silent Auth signing key");
        params.serial_number = Some(SerialNumber::from_slice(&sha256(kid.as_bytes())[..16]));
        params.not_before = date_time_ymd(made.year().into(), made.month().unsigned_abs(), made.day().unsigned_abs());
        params.not_after = date_time_ymd((made.year() + YEARS).into(), 1, 1);
        Ok(Self(params.self_signed(&pair).map_err(unreadable)?.der().to_vec()))
    }

    /// As `x5c` of a JWK has it: base64, not base64url.
    pub(super) fn x5c(&self) -> String {
        STANDARD.encode(&self.0)
    }

    /// As `x5t` of a JWK has it.
    pub(super) fn x5t(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.sha1())
    }

    /// As PEM, for files.
    pub(crate) fn pem(&self) -> String {
        let text = STANDARD.encode(&self.0);
        let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }

    /// Its SHA-1 in hexadecimal digits, with `separator` between bytes.
    pub(crate) fn thumbprint(&self, separator: &str) -> String {
        self.sha1().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(separator)
    }

    /// SHA-1 as the formats above ask for it; nothing rests on its strength.
    fn sha1(&self) -> Vec<u8> {
        digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.0).as_ref().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::generate;

    #[test]
    fn a_key_always_has_the_same_certificate() {
        let (key, at) = (generate(), Timestamp::UNIX_EPOCH);
        let certificate = Certificate::of(&key, "kid", at).expect("a fresh key is readable");
        assert_eq!(certificate.0, Certificate::of(&key, "kid", at).expect("readable").0);
        assert_ne!(certificate.0, Certificate::of(&generate(), "kid", at).expect("readable").0);
        assert!(certificate.pem().lines().all(|line| line.len() <= 64));
        assert_eq!((certificate.thumbprint("").len(), certificate.thumbprint(":").len()), (40, 59));
        assert!(Certificate::of(&Secret::from("x".to_owned()), "kid", at).is_err());
    }
}
