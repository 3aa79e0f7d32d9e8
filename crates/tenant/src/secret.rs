//! Secrets as types: random, printed as a redaction, compared in constant time, stored as hashes.

use std::fmt;

use aws_lc_rs::{constant_time, digest, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// A value that whoever holds it may use: a code, a session id, an access token, a client secret.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// 256 random bits as base64url (RFC 6749 10.10 asks for at least 128).
    pub(crate) fn random() -> Self {
        Self(random_text::<32>())
    }

    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the store keeps in its place.
    pub(crate) fn hash(&self) -> Hash {
        Hash::of(&self.0)
    }

    /// Compares without telling by the time taken where the two differ.
    pub(crate) fn matches(&self, other: &str) -> bool {
        constant_time::verify_slices_are_equal(self.0.as_bytes(), other.as_bytes()).is_ok()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The SHA-256 of a secret, as base64url. It finds the secret's row and cannot be turned back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hash(String);

impl Hash {
    /// The hash of what somebody presented.
    pub(crate) fn of(text: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(sha256(text.as_bytes())))
    }

    /// A hash as it came from the store.
    pub(crate) fn stored(hash: String) -> Self {
        Self(hash)
    }

    /// The hash as text, for a query.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A key for telling our own values from made-up ones (forms that we rendered).
pub(crate) struct StampKey(hmac::Key);

impl StampKey {
    /// A key of this text.
    pub(crate) fn new(secret: &Secret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes()))
    }

    /// The stamp over `parts`; their boundaries count.
    pub(crate) fn stamp(&self, parts: &[&str]) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, framed(parts).as_bytes()))
    }

    /// Whether `stamp` is ours, over exactly these parts.
    pub(crate) fn is_ours(&self, parts: &[&str], stamp: &str) -> bool {
        URL_SAFE_NO_PAD.decode(stamp).is_ok_and(|stamp| hmac::verify(&self.0, framed(parts).as_bytes(), &stamp).is_ok())
    }
}

impl fmt::Debug for StampKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StampKey(…)")
    }
}

fn framed(parts: &[&str]) -> String {
    parts.iter().map(|part| format!("{}:{part}", part.len())).collect()
}

/// `N` random bytes as base64url.
pub(crate) fn random_text<const N: usize>() -> String {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the operating system gives random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints_itself() {
        let secret = Secret::random();
        assert!(!format!("{secret:?}").contains(secret.expose()));
    }

    #[test]
    fn ten_thousand_secrets_do_not_repeat() {
        let all: std::collections::HashSet<_> = (0..10_000).map(|_| random_text::<32>()).collect();
        assert_eq!(all.len(), 10_000);
        assert!(all.iter().all(|secret| secret.len() == 43));
    }

    #[test]
    fn a_stamp_holds_for_its_own_parts_alone() {
        let key = StampKey::new(&Secret::random());
        let stamp = key.stamp(&["login", "ab", "c"]);
        assert!(key.is_ours(&["login", "ab", "c"], &stamp));
        assert!(!key.is_ours(&["login", "a", "bc"], &stamp), "the boundary moved");
        assert!(!key.is_ours(&["login", "ab", "c"], ""));
        assert!(!StampKey::new(&Secret::random()).is_ours(&["login", "ab", "c"], &stamp));
    }
}
