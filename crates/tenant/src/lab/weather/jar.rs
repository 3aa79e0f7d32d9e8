//! Jars of cookies within the browser's one jar, told apart by the names of the cookies.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use url::Url;

use crate::secret::Hash;
use crate::session_management::BROWSER_STATE_COOKIE;
use crate::{partitioned_sessions, visit};

/// What the names of the tenant's cookies begin with.
const OURS: &str = "__Host-tenant-";
/// The same for those of another jar, whose name follows.
const JAR: &str = "__Host-tenant-jar-";

/// The cookies that a request sees and an answer sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Jar {
    /// Those that the browser has.
    Usual,
    /// None.
    None,
    /// None, and these go from the browser.
    Cleared(Vec<String>),
    /// Those of a jar of this name.
    Named(String),
    /// The same, gone with the browser. The browser state stays where the tenant's script looks for it: it follows whichever
    /// session is the one here.
    Private(String),
}

impl Jar {
    /// The name that a cookie of this jar has in the browser.
    fn name_of(&self, cookie: &str) -> Option<String> {
        match self {
            Self::Named(jar) => Some(format!("{JAR}{jar}.{}", cookie.strip_prefix(OURS)?)),
            Self::Private(_) if cookie == BROWSER_STATE_COOKIE => Some(cookie.to_owned()),
            Self::Private(jar) => Some(format!("{JAR}{jar}.{}", cookie.strip_prefix(OURS)?)),
            Self::Usual | Self::Cleared(_) => Some(cookie.to_owned()),
            Self::None => None,
        }
    }

    /// Keeps the cookies of an answer in this jar.
    pub(super) fn keep(&self, headers: &mut HeaderMap) {
        if *self == Self::Usual {
            return;
        }
        let set: Vec<_> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
        headers.remove(header::SET_COOKIE);
        if let Self::Cleared(names) = self {
            for name in names {
                let partitioned = if name.starts_with(partitioned_sessions::COOKIE) { " Partitioned;" } else { "" };
                add(headers, &format!("{name}=; Path=/; Secure; SameSite=None;{partitioned} Max-Age=0"));
            }
        }
        for cookie in set.iter().filter_map(|cookie| cookie.to_str().ok()) {
            let Some((name, rest)) = cookie.split_once('=') else { continue };
            let Some(name) = self.name_of(name) else { continue };
            let attributes = rest.split("; ").filter(|attribute| {
                let lasts = attribute.starts_with("Max-Age=") && *attribute != "Max-Age=0";
                !(lasts && matches!(self, Self::Private(_)))
            });
            add(headers, &format!("{name}={}", attributes.collect::<Vec<_>>().join("; ")));
        }
    }
}

fn add(headers: &mut HeaderMap, cookie: &str) {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        headers.append(header::SET_COOKIE, cookie);
    }
}

/// The cookies of a request.
pub(super) struct Cookies(Vec<(String, String)>);

impl Cookies {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self(visit::cookies(headers))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.retain(|(key, _)| key != name);
    }

    /// The names of the tenant's own.
    pub(super) fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name).filter(|name| name.starts_with(OURS)).cloned().collect()
    }

    /// Whether the tenant's own are among them.
    pub(super) fn has_ours(&self) -> bool {
        self.0.iter().any(|(name, _)| name.starts_with(OURS))
    }

    /// Leaves the tenant's cookies that are in this jar, under their usual names; whether that changed anything.
    pub(super) fn seen_from(&mut self, jar: &Jar) -> bool {
        let usual = |name: &str| match jar {
            Jar::Usual => Some(name.to_owned()),
            Jar::None | Jar::Cleared(_) => None,
            Jar::Private(_) if name == BROWSER_STATE_COOKIE => Some(name.to_owned()),
            Jar::Named(jar) | Jar::Private(jar) => {
                let own = name.strip_prefix(JAR)?.strip_prefix(jar.as_str())?.strip_prefix('.')?;
                Some(format!("{OURS}{own}"))
            }
        };
        let seen = self.0.iter().filter_map(|(name, value)| {
            let name = if name.starts_with(OURS) { usual(name)? } else { name.clone() };
            Some((name, value.clone()))
        });
        let seen: Vec<_> = seen.collect();
        let changed = seen != self.0;
        self.0 = seen;
        changed
    }

    pub(super) fn put_into(&self, headers: &mut HeaderMap) {
        let pairs: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        headers.remove(header::COOKIE);
        if let Some(line) = HeaderValue::from_str(&pairs.join("; ")).ok().filter(|line| !line.is_empty()) {
            headers.insert(header::COOKIE, line);
        }
    }
}

/// The name of the jar for the site that causes a request: by `Origin`, else `Referer`, else the address that it is to be
/// answered at, whose origin alone may frame the answer.
pub(super) fn partition(request: &Request) -> String {
    let named = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).and_then(site_of);
    let asked = || {
        let query = request.uri().query().unwrap_or_default();
        let (_, uri) = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "redirect_uri")?;
        site_of(&uri)
    };
    let site = named(header::ORIGIN).or_else(|| named(header::REFERER)).or_else(asked);
    format!("site-{}", &Hash::of(&site.unwrap_or_default()).as_str()[..16])
}

/// Scheme and the last two labels of the host, which is a site at loopback names.
fn site_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let mut labels: Vec<_> = url.host_str()?.rsplit('.').take(2).collect();
    labels.reverse();
    Some(format!("{}://{}", url.scheme(), labels.join(".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(line: &str) -> Cookies {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, line.parse().expect("a header"));
        Cookies::of(&headers)
    }

    fn kept(jar: &Jar, cookie: &str) -> Vec<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::SET_COOKIE, cookie.parse().expect("a header"));
        jar.keep(&mut headers);
        headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().expect("text").to_owned()).collect()
    }

    #[test]
    fn a_jar_gives_back_what_it_kept_and_nothing_of_another() {
        let (first, second) = (Jar::Named("site-a".into()), Jar::Private("window-1".into()));
        let set = "__Host-tenant-session=x; Path=/; Secure; HttpOnly; SameSite=None; Max-Age=60";
        let in_first = kept(&first, set);
        assert_eq!(
            in_first,
            ["__Host-tenant-jar-site-a.session=x; Path=/; Secure; HttpOnly; SameSite=None; Max-Age=60"]
        );
        let in_second = kept(&second, set);
        assert_eq!(in_second, ["__Host-tenant-jar-window-1.session=x; Path=/; Secure; HttpOnly; SameSite=None"]);
        assert!(kept(&second, "__Host-tenant-session=; Path=/; Max-Age=0")[0].ends_with("Max-Age=0"), "an end is one");
        assert!(kept(&Jar::None, set).is_empty());

        let line = "other=o; __Host-tenant-session=usual; __Host-tenant-jar-site-a.session=x; __Host-tenant-jar-site-ab.session=y";
        for (jar, expected) in [
            (first, Some("x")),
            (Jar::Named("site-ab".into()), Some("y")),
            (second, None),
            (Jar::None, None),
            (Jar::Usual, Some("usual")),
        ] {
            let mut cookies = cookies(line);
            assert_eq!(cookies.seen_from(&jar), jar != Jar::Usual);
            assert_eq!(cookies.get("__Host-tenant-session"), expected, "{jar:?}");
            assert_eq!(cookies.get("other"), Some("o"), "what is not the tenant's stays");
        }
    }

    #[test]
    fn a_site_is_the_end_of_a_name() {
        let site = |address| site_of(address).expect("a site");
        assert_eq!(site("http://app.localhost:3000/callback"), "http://app.localhost");
        assert_eq!(site("http://app.demo.localhost:3000"), site("http://login.demo.localhost:4000/"));
        assert_ne!(site("http://app.localhost:3000"), site("http://tenant.localhost:4000"));
        assert_eq!(site_of("null"), None);
    }
}
