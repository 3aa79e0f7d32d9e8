//! TLS without an account or a purchase: a certificate authority of the tenant's own, good for its own names alone.

use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, date_time_ymd,
};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{RootCertStore, ServerConfig};

use crate::clock::Timestamp;
use crate::store::Data;

/// The authority's certificate: what browsers and tools have to trust.
pub(crate) const CERTIFICATE: &str = "ca.pem";
/// Its key. Nobody else on the machine may read it.
const KEY: &str = "ca-key.pem";
const CA_YEARS: i64 = 10;
const LEAF_DAYS: i64 = 90;
/// A server certificate with less than this left is replaced.
const RENEW_DAYS: i64 = 30;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file of the authority cannot be read or written.
    #[error(
        "{file}, which TLS needs, cannot be used: {source}. Change who may read and write there, or leave TLS out."
    )]
    File {
        /// The file.
        file: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The authority is damaged, expired, or was made for other names.
    #[error(
        "the certificate authority {place} cannot vouch for {name}: {reason}. Remove ca.pem and ca-key.pem there: \
         the next start makes new ones, which have to be trusted anew."
    )]
    Unusable {
        /// Where its files are.
        place: String,
        /// The name that it was to vouch for.
        name: String,
        /// Why it cannot.
        reason: String,
    },
}

/// The authority that signs the tenant's server certificates.
pub(crate) struct Authority {
    /// Where its files are, for errors.
    place: String,
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    names: Vec<String>,
}

/// A server certificate, ready to serve with.
pub(crate) struct Leaf {
    pub config: Arc<ServerConfig>,
    expires_at: Timestamp,
}

impl Leaf {
    /// Whether its end is near enough to replace it.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.expires_at.duration_since(now) < SignedDuration::from_hours(24 * RENEW_DAYS)
    }
}

impl Authority {
    /// The authority of the data folder, made at the first start; in memory, a new one each time. It can vouch for
    /// `names` and what is below them, and for nothing else (RFC 5280, 4.2.1.10).
    pub(crate) fn open(data: &Data, names: Vec<String>, now: Timestamp) -> Result<Self, TlsError> {
        let Data::Folder(folder) = data else {
            let (certificate, key) = make(&names, now);
            return Self::read("in memory".into(), names, &certificate, &key);
        };
        let place = format!("in {}", folder.display());
        let read = |name: &str| {
            let file = folder.join(name);
            std::fs::read_to_string(&file).map_err(|source| TlsError::File { file, source })
        };
        if !folder.join(CERTIFICATE).exists() {
            let (certificate, key) = make(&names, now);
            // The certificate last: as long as it is missing, the next start begins anew.
            write(&folder.join(KEY), &key, 0o600)?;
            write(&folder.join(CERTIFICATE), &certificate, 0o644)?;
        }
        Self::read(place, names, &read(CERTIFICATE)?, &read(KEY)?)
    }

    fn read(place: String, names: Vec<String>, certificate: &str, key: &str) -> Result<Self, TlsError> {
        let unusable = |reason: String| TlsError::Unusable { place: place.clone(), name: names.join(", "), reason };
        let key = KeyPair::from_pem(key).map_err(|error| unusable(error.to_string()))?;
        let issuer = Issuer::from_ca_cert_pem(certificate, key).map_err(|error| unusable(error.to_string()))?;
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes())
            .map_err(|error| unusable(error.to_string()))?
            .into_owned();
        Ok(Self { place, certificate, issuer, names })
    }

    /// A new server certificate for all names, good for 90 days. It is checked as a client would check it, so that
    /// what cannot be trusted is an error here and not in somebody's browser.
    pub(crate) fn issue(&self, now: Timestamp) -> Result<Leaf, TlsError> {
        let expires_at = now + SignedDuration::from_hours(24 * LEAF_DAYS);
        let mut params = CertificateParams::new(self.names.clone()).map_err(|error| self.unusable("", &error))?;
        params.distinguished_name = name("Silent Auth tenant");
        set_life(&mut params, now, expires_at);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().map_err(|error| self.unusable("", &error))?;
        let leaf = params.signed_by(&key, &self.issuer).map_err(|error| self.unusable("", &error))?;
        let chain = vec![leaf.der().clone()];
        self.check(&chain[0], now)?;

        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key.into()))
            .map_err(|error| self.unusable("", &error))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Leaf { config: Arc::new(config), expires_at })
    }

    /// Checks a certificate for every name as a client does that trusts this authority alone.
    fn check(&self, leaf: &CertificateDer<'_>, now: Timestamp) -> Result<(), TlsError> {
        // Not every client looks at the end of what it was told to trust, but browsers do.
        let (_, own) =
            x509_parser::parse_x509_certificate(&self.certificate).map_err(|error| self.unusable("", &error))?;
        if own.validity().not_after.timestamp() <= now.as_second() {
            return Err(self.unusable("", &format!("it expired on {}", own.validity().not_after)));
        }
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).map_err(|error| self.unusable("", &error))?;
        let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider())
            .build()
            .map_err(|error| self.unusable("", &error))?;
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        for name in &self.names {
            let server = ServerName::try_from(name.as_str()).map_err(|error| self.unusable(name, &error))?;
            verifier.verify_server_cert(leaf, &[], &server, &[], now).map_err(|error| self.unusable(name, &error))?;
        }
        Ok(())
    }

    fn unusable(&self, name: &str, reason: &dyn std::fmt::Display) -> TlsError {
        let name = if name.is_empty() { self.names.join(", ") } else { name.to_owned() };
        TlsError::Unusable { place: self.place.clone(), name, reason: reason.to_string() }
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// A new authority: certificate and key, as PEM.
fn make(names: &[String], now: Timestamp) -> (String, String) {
    let mut params = CertificateParams::default();
    params.distinguished_name = name("Silent Auth local authority (for this machine's demo names alone)");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: names.iter().cloned().map(GeneralSubtree::DnsName).collect(),
        // A constraint on names leaves addresses open, so they are closed by one of their own.
        excluded_subtrees: vec![
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(Ipv4Addr::UNSPECIFIED.into(), 0)),
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(Ipv6Addr::UNSPECIFIED.into(), 0)),
        ],
    });
    let end = now.to_zoned(TimeZone::UTC).saturating_add(CA_YEARS.years());
    set_life(&mut params, now, end.timestamp());
    let key = KeyPair::generate().expect("the operating system gives random bytes");
    let certificate = params.self_signed(&key).expect("our own parameters make a certificate");
    (certificate.pem(), key.serialize_pem())
}

fn name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

/// Certificates here begin and end at midnight: a day early, for clocks that are behind.
fn set_life(params: &mut CertificateParams, from: Timestamp, to: Timestamp) {
    let midnight = |at: Timestamp| {
        let date = at.to_zoned(TimeZone::UTC).date();
        date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    params.not_before = midnight(from - SignedDuration::from_hours(24));
    params.not_after = midnight(to);
}

/// Writes a file that only its owner may change, with these permissions from its first byte on.
fn write(file: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let unusable = |source| TlsError::File { file: file.to_owned(), source };
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unusable(error)),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    let mut open = options.open(file).map_err(unusable)?;
    open.write_all(text.as_bytes()).and_then(|()| open.sync_all()).map_err(unusable)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn now() -> Timestamp {
        Timestamp::from_second(1_795_392_000).expect("in range")
    }

    #[test]
    fn a_server_certificate_is_renewed_a_month_before_its_end() {
        let authority = Authority::open(&Data::Memory, vec!["localhost".into()], now()).expect("made");
        let leaf = authority.issue(now()).expect("issued");
        assert!(!leaf.is_due(now() + DAY * 59));
        assert!(leaf.is_due(now() + DAY * 61));
        assert!(!authority.issue(now() + DAY * 61).expect("renewed").is_due(now() + DAY * 61));
    }

    #[test]
    fn an_authority_past_its_end_vouches_for_nothing() {
        let authority = Authority::open(&Data::Memory, vec!["localhost".into()], now()).expect("made");
        let late = now() + DAY * 3660;
        let Err(TlsError::Unusable { name, reason, .. }) = authority.issue(late) else { panic!("it is too old") };
        assert_eq!(name, "localhost");
        assert!(reason.contains("it expired on"), "{reason}");
    }
}
