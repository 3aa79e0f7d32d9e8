//! Compares addresses with the ones a client registered (RFC 9700 2.1 and 4.1.3; Auth0's wildcard rules).

use std::net::Ipv4Addr;

use url::{Host, Url};

/// A redirect URI that could be one: absolute, without fragment, user name or response parameters.
/// It keeps the text as sent, since what is compared must be byte for byte what is answered to.
#[derive(Clone, Debug)]
pub(crate) struct RedirectUri {
    text: String,
    url: Url,
}

impl RedirectUri {
    /// Reads a redirect URI; the error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| "it is not an absolute URI")?;
        if text.contains('#') {
            return Err("it has a fragment (RFC 6749 3.1.2)");
        }
        if names_a_user(text) {
            return Err("it names a user");
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err("it contains a space or a control character");
        }
        // The URL standard lets more through, and a content policy would read it as its own syntax.
        if url.host_str().is_some_and(|host| !host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b)))
        {
            return Err("its host is no name and no address");
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err("plain http is for loopback addresses alone (RFC 9700 2.6)"),
            "javascript" | "data" | "blob" | "file" | "about" | "vbscript" | "ftp" | "ws" | "wss" => {
                return Err("its scheme cannot take an answer");
            }
            // The private-use schemes of native apps (RFC 8252 7.1).
            _ => {}
        }
        let reserved = ["code", "state", "iss", "error", "error_description", "access_token", "id_token"];
        if url.query_pairs().any(|(name, _)| reserved.contains(&name.as_ref())) {
            return Err("it already holds a response parameter");
        }
        Ok(Self { text: text.to_owned(), url })
    }

    /// The text as sent.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Its origin, if browsers give it one.
    pub(crate) fn origin(&self) -> Option<String> {
        self.url.origin().is_tuple().then(|| self.url.origin().ascii_serialization())
    }

    /// What a content policy calls the place it leads to: the origin, or the scheme of a native app.
    pub(crate) fn policy_source(&self) -> String {
        self.origin().unwrap_or_else(|| format!("{}:", self.url.scheme()))
    }

    /// Whether it is on this machine, where any program can answer (RFC 8252 8.6).
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// Whether the tenant's owner alone can answer there: https, and no loopback address (Auth0: User Consent and
    /// Third-Party Applications).
    pub(crate) fn is_verifiable(&self) -> bool {
        self.url.scheme() == "https" && !self.is_loopback()
    }

    /// The address with response parameters added to its query.
    pub(crate) fn with(&self, parameters: &[(&str, &str)]) -> String {
        let separator = if self.text.contains('?') { '&' } else { '?' };
        format!("{}{separator}{}", self.text, encoded(parameters))
    }

    /// The address with response parameters as its fragment; it has none of its own.
    pub(crate) fn with_fragment(&self, parameters: &[(&str, &str)]) -> String {
        format!("{}#{}", self.text, encoded(parameters))
    }
}

fn encoded(parameters: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback() && address != Ipv4Addr::UNSPECIFIED,
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The origin of an address, if it has one.
pub(crate) fn origin_of(text: &str) -> Option<String> {
    let origin = Url::parse(text).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// Whether it is an origin, as browsers write them, of https or of this machine.
pub(crate) fn is_secure_origin(text: &str) -> bool {
    let url = Url::parse(text).ok().filter(|url| url.origin().ascii_serialization() == text && !text.contains('*'));
    url.is_some_and(|url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)))
}

/// Exact match, or one `*` in the left-most host label for first-party clients.
pub(crate) fn callback_is_registered(registered: &[String], uri: &RedirectUri, first_party: bool) -> bool {
    registered.iter().any(|entry| entry == uri.as_str() || (first_party && matches_wildcard(entry, uri.as_str())))
}

/// Exact match: an entry with a path or a trailing slash matches nothing.
pub(crate) fn origin_is_registered(registered: &[String], origin: &str, first_party: bool) -> bool {
    origin != "null"
        && registered.iter().any(|entry| entry == origin || (first_party && matches_wildcard(entry, origin)))
}

/// Scheme and host without letter case, path with it; query and fragment do not count.
pub(crate) fn logout_is_registered(registered: &[String], url: &str) -> bool {
    let plain = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        (matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none())
            .then_some(url)
    };
    let Some(wanted) = plain(url) else { return false };
    registered.iter().any(|entry| plain(entry).as_ref() == Some(&wanted))
}

/// Whether there is an `@` before the host. The URL standard drops one with nothing before it, and with that whatever came of it.
fn names_a_user(text: &str) -> bool {
    let after_scheme = text.split_once(':').map_or(text, |(_, rest)| rest).trim_start_matches(['/', '\\']);
    after_scheme.split(['/', '\\', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

/// One `*`, in the left-most label of an http(s) host that has at least two more labels; it stands for
/// part of that one label.
fn matches_wildcard(entry: &str, text: &str) -> bool {
    let Some((before, after)) = entry.split_once('*') else { return false };
    let in_host = before.split_once("://").is_some_and(|(scheme, label)| {
        matches!(scheme, "http" | "https") && !label.contains(['.', '/', '?', '#', '@', ':'])
    });
    let host_rest = after.split(['/', '?', '#']).next().unwrap_or_default();
    if !in_host || after.contains('*') || host_rest.matches('.').count() < 2 {
        return false;
    }
    let middle = text.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    middle.is_some_and(|middle| !middle.is_empty() && middle.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_uri_that_could_mislead_is_refused() {
        for bad in [
            "/callback",
            "callback",
            "http://localhost:3000/callback#",
            "http://localhost:3000/callback#a",
            "http://app.localhost:3000@evil.test/",
            "http://user@localhost/",
            "http://@localhost/",
            "http:\\\\:@localhost/",
            "com.example://@",
            "http://app.example/cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "http://localhost:3000/callback?code=x&state=y",
            "http://localhost:3000/call back",
            "http://localhost:3000/\ncallback",
            "https://a;script-src.example/",
            "https://a,b.example/",
            "https://'none'.example/",
            "",
        ] {
            assert!(RedirectUri::parse(bad).is_err(), "{bad}");
        }
        for good in
            ["http://localhost:3000/callback", "http://127.0.0.1:1/x?y=1", "https://a.example/b", "com.example:/cb"]
        {
            assert!(RedirectUri::parse(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_secure_origin_is_https_or_on_this_machine() {
        for (origin, expected) in [
            ("https://app.example", true),
            ("https://app.example:8443", true),
            ("http://app.localhost:3000", true),
            ("http://127.0.0.1:3000", true),
            ("http://app.example", false),
            ("https://*.app.example", false),
            ("https://app.example/", false),
            ("https://app.example:443", false),
            ("https://App.example", false),
            ("com.example:", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(is_secure_origin(origin), expected, "{origin}");
        }
    }

    #[test]
    fn only_the_very_text_is_registered() {
        let registered = ["http://localhost:3000/callback".to_owned()];
        let check = |text: &str| callback_is_registered(&registered, &RedirectUri::parse(text).expect("parses"), true);
        assert!(check("http://localhost:3000/callback"));
        for other in [
            "http://localhost:3000/callback/",
            "http://localhost:3000/CALLBACK",
            "http://localhost:3000/callback?x=1",
            "http://localhost:3001/callback",
            "http://localhost:3000/callback/../callback",
            "http://localhost:3000/%63allback",
            "https://localhost:3000/callback",
        ] {
            assert!(!check(other), "{other}");
        }
    }

    #[test]
    fn a_wildcard_stands_for_part_of_one_label() {
        for (entry, text, expected) in [
            ("https://*.shop.example/cb", "https://a.shop.example/cb", true),
            ("https://pre-*.shop.example/cb", "https://pre-1.shop.example/cb", true),
            ("https://*.shop.example/cb", "https://a.b.shop.example/cb", false),
            ("https://*.shop.example/cb", "https://evil.test/.shop.example/cb", false),
            ("https://*.shop.example/cb", "https://.shop.example/cb", false),
            ("https://*.example/cb", "https://a.example/cb", false),
            ("https://*.com", "https://evil.com", false),
            ("https://a.*.shop.example/", "https://a.b.shop.example/", false),
            ("https://shop.example/*", "https://shop.example/x", false),
            ("*://a.shop.example/", "https://a.shop.example/", false),
        ] {
            assert_eq!(matches_wildcard(entry, text), expected, "{entry} {text}");
        }
    }

    #[test]
    fn a_logout_address_is_compared_without_its_query() {
        let registered = ["http://localhost:3000/".to_owned()];
        for (url, expected) in [
            ("http://localhost:3000", true),
            ("http://LOCALHOST:3000/?x=1#y", true),
            ("http://localhost:3000/other", false),
            ("http://localhost:3000@evil.test/", false),
            ("//localhost:3000/", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(logout_is_registered(&registered, url), expected, "{url}");
        }
    }

    #[test]
    fn an_answer_is_added_to_the_query_without_touching_the_rest() {
        let uri = RedirectUri::parse("http://localhost/cb?a=%20b").expect("parses");
        assert_eq!(uri.with(&[("code", "x y"), ("state", "1&2")]), "http://localhost/cb?a=%20b&code=x+y&state=1%262");
        assert_eq!(
            uri.with_fragment(&[("access_token", "x"), ("state", "#")]),
            "http://localhost/cb?a=%20b#access_token=x&state=%23"
        );
    }
}
