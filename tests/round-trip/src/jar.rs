//! A browser's cookies: by host, without ports (RFC 6265, section 8.5).

use std::collections::BTreeMap;

/// The cookies of one browser.
#[derive(Debug, Default)]
pub(crate) struct Jar(BTreeMap<(String, String), Cookie>);

#[derive(Debug)]
struct Cookie {
    value: String,
    /// Whether it goes along with requests that other sites cause.
    for_other_sites: bool,
}

impl Jar {
    /// Takes the value of one `Set-Cookie` header from `host`.
    pub(crate) fn take(&mut self, host: &str, header: &str) {
        let mut parts = header.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        let attributes: Vec<String> = parts.map(str::to_ascii_lowercase).collect();
        let has = |attribute: &str| attributes.iter().any(|other| other == attribute);
        // Browsers drop what the prefix forbids (RFC 6265bis, section 4.1.3.2), and `SameSite=None` without `Secure`.
        let for_other_sites = has("samesite=none");
        let host_only = has("path=/") && has("secure") && !attributes.iter().any(|other| other.starts_with("domain="));
        if (name.starts_with("__Host-") && !host_only) || (for_other_sites && !has("secure")) {
            return;
        }
        let key = (host.to_owned(), name.to_owned());
        if has("max-age=0") {
            self.0.remove(&key);
        } else {
            self.0.insert(key, Cookie { value: value.to_owned(), for_other_sites });
        }
    }

    /// The `Cookie` header for a request to `host`; `None` for no cookies.
    pub(crate) fn header(&self, host: &str, from_other_site: bool) -> Option<String> {
        let fitting = self
            .0
            .iter()
            .filter(|((cookie_host, _), cookie)| cookie_host == host && (cookie.for_other_sites || !from_other_site));
        let pairs: Vec<String> = fitting.map(|((_, name), cookie)| format!("{name}={}", cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_goes_back_to_its_host_alone_and_until_it_is_removed() {
        let mut jar = Jar::default();
        jar.take("tenant.localhost", "__Host-a=1; Path=/; Secure; SameSite=None");
        assert_eq!(jar.header("tenant.localhost", true).as_deref(), Some("__Host-a=1"));
        assert_eq!(jar.header("localhost", false), None);
        jar.take("tenant.localhost", "__Host-a=; Path=/; Secure; SameSite=None; Max-Age=0");
        assert_eq!(jar.header("tenant.localhost", false), None);
    }

    #[test]
    fn what_browsers_drop_is_dropped() {
        let mut jar = Jar::default();
        jar.take("localhost", "__Host-a=1; Path=/");
        jar.take("localhost", "__Host-b=1; Path=/; Secure; Domain=localhost");
        jar.take("localhost", "c=1; SameSite=None");
        assert_eq!(jar.header("localhost", false), None);
        jar.take("localhost", "d=1; Path=/; Secure; SameSite=Lax");
        assert_eq!(jar.header("localhost", true), None, "Lax stays at home");
        assert_eq!(jar.header("localhost", false).as_deref(), Some("d=1"));
    }
}
