//! A browser's cookies: by host, without ports (RFC 6265, section 8.5).

use std::collections::BTreeMap;

/// The cookies of one browser.
#[derive(Debug, Default)]
pub(crate) struct Jar(BTreeMap<(String, String, Option<String>), Cookie>);

/// Which page a request belongs to, and what the browser gives to pages of other sites.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    /// The site of the page in the tab.
    pub(crate) top: String,
    /// Whether the request goes to another site than that.
    pub(crate) cross_site: bool,
    /// Whether such requests have the cookies of their host.
    pub(crate) third_party: bool,
    /// Whether they have those that their host set for this site alone (CHIPS).
    pub(crate) partitioned: bool,
}

#[derive(Debug)]
struct Cookie {
    value: String,
    /// Whether it goes along with requests that other sites cause.
    for_other_sites: bool,
}

impl Jar {
    /// Takes the value of one `Set-Cookie` header from `host`.
    pub(crate) fn take(&mut self, host: &str, header: &str, scene: &Scene) {
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
        let partition = has("partitioned").then(|| scene.top.clone());
        let kept = if partition.is_some() { scene.partitioned } else { scene.third_party };
        if (scene.cross_site && !kept) || (partition.is_some() && !has("secure")) {
            return;
        }
        let key = (host.to_owned(), name.to_owned(), partition);
        if has("max-age=0") {
            self.0.remove(&key);
        } else {
            self.0.insert(key, Cookie { value: value.to_owned(), for_other_sites });
        }
    }

    /// The `Cookie` header for a request to `host`; `None` for no cookies.
    pub(crate) fn header(&self, host: &str, scene: &Scene) -> Option<String> {
        let fits = |partition: &Option<String>, cookie: &Cookie| match partition {
            Some(site) => *site == scene.top && (scene.partitioned || !scene.cross_site),
            None => !scene.cross_site || (cookie.for_other_sites && scene.third_party),
        };
        let fitting = self.0.iter().filter(|((at, _, partition), cookie)| at == host && fits(partition, cookie));
        let pairs: Vec<String> = fitting.map(|((_, name, _), cookie)| format!("{name}={}", cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Scene {
        Scene { top: "localhost".into(), cross_site: false, third_party: true, partitioned: true }
    }

    fn elsewhere() -> Scene {
        Scene { top: "app.localhost".into(), cross_site: true, ..here() }
    }

    #[test]
    fn a_cookie_goes_back_to_its_host_alone_and_until_it_is_removed() {
        let mut jar = Jar::default();
        jar.take("tenant.localhost", "__Host-a=1; Path=/; Secure; SameSite=None", &here());
        assert_eq!(jar.header("tenant.localhost", &elsewhere()).as_deref(), Some("__Host-a=1"));
        assert_eq!(jar.header("localhost", &here()), None);
        jar.take("tenant.localhost", "__Host-a=; Path=/; Secure; SameSite=None; Max-Age=0", &here());
        assert_eq!(jar.header("tenant.localhost", &here()), None);
    }

    #[test]
    fn what_browsers_drop_is_dropped() {
        let mut jar = Jar::default();
        jar.take("localhost", "__Host-a=1; Path=/", &here());
        jar.take("localhost", "__Host-b=1; Path=/; Secure; Domain=localhost", &here());
        jar.take("localhost", "c=1; SameSite=None", &here());
        assert_eq!(jar.header("localhost", &here()), None);
        jar.take("localhost", "d=1; Path=/; Secure; SameSite=Lax", &here());
        assert_eq!(jar.header("localhost", &elsewhere()), None, "Lax stays at home");
        assert_eq!(jar.header("localhost", &here()).as_deref(), Some("d=1"));
    }

    #[test]
    fn a_partitioned_cookie_is_there_under_its_site_alone() {
        let blocking = Scene { third_party: false, ..elsewhere() };
        let mut jar = Jar::default();
        jar.take("tenant.localhost", "a=1; Path=/; Secure; SameSite=None; Partitioned", &blocking);
        jar.take("tenant.localhost", "b=1; Path=/; Secure; SameSite=None", &blocking);
        assert_eq!(jar.header("tenant.localhost", &blocking).as_deref(), Some("a=1"));
        assert_eq!(jar.header("tenant.localhost", &here()), None);
        assert_eq!(jar.header("tenant.localhost", &Scene { top: "other.localhost".into(), ..blocking.clone() }), None);
        let nothing = Scene { partitioned: false, ..blocking };
        assert_eq!(jar.header("tenant.localhost", &nothing), None);
        jar.take("tenant.localhost", "c=1; Path=/; Secure; SameSite=None; Partitioned", &nothing);
        assert_eq!(jar.header("tenant.localhost", &elsewhere()).as_deref(), Some("a=1"));
    }
}
