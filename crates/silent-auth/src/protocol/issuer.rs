//! Issuers and origins, compared as text.

use core::fmt;

/// An issuer identifier: an https address without query or fragment (OpenID Connect Core, section 1.2).
///
/// The text is kept as given, since every specification compares it exactly.
#[derive(Clone, PartialEq, Eq)]
pub struct Issuer {
    pub(super) text: String,
    pub(super) origin: String,
}

impl Issuer {
    /// The issuer as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port: what `MessageEvent.origin` says of its pages.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The address of a path at this issuer; `path` begins with a slash.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.text.trim_end_matches('/'))
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The origin of an address without user, query or fragment; `None` if it has one, or is not http or https.
pub(super) fn origin_of(address: &str, any_http: bool) -> Option<String> {
    let (scheme, rest) = parts(address)?;
    let authority = rest.split('/').next().filter(|authority| !authority.is_empty())?;
    let clean = |c: u8| c.is_ascii_graphic() && !b"?#@\\\"<>".contains(&c);
    if !address.bytes().all(clean) {
        return None;
    }
    let origin = format!("{scheme}://{}", authority.to_ascii_lowercase());
    let host = host_of(&origin);
    let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost");
    match scheme {
        "https" => Some(origin.strip_suffix(":443").map_or(origin.clone(), str::to_owned)),
        "http" if loopback || any_http => Some(origin.strip_suffix(":80").map_or(origin.clone(), str::to_owned)),
        _ => None,
    }
}

/// The scheme of an address, and what follows on `://`.
fn parts(address: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = address.split_once(':')?;
    Some((scheme, rest.strip_prefix("//")?))
}

/// The host of an origin, without its port.
pub(super) fn host_of(origin: &str) -> &str {
    let authority = parts(origin).map_or(origin, |(_, authority)| authority);
    if let Some(end) = authority.find(']') {
        return &authority[..=end];
    }
    authority.split(':').next().unwrap_or(authority)
}
