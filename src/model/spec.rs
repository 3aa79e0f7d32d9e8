//! Links from the name of a specification's section to the section itself.

/// A specification's section: its name, and its address if it has a known one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The name, as `OpenID Connect Core 1.0, section 3.1.3.7`.
    pub name: String,
    /// The same in short, as `Core §3.1.3.7`.
    pub short: String,
    /// The address to open.
    pub url: Option<String>,
}

/// Where the specifications that are not RFCs live; the second is whether `#rfc.section.N` leads to a section.
const PLACES: &[(&str, &str, bool)] = &[
    ("OpenID Connect Core 1.0", "https://openid.net/specs/openid-connect-core-1_0.html", true),
    ("OpenID Connect Discovery 1.0", "https://openid.net/specs/openid-connect-discovery-1_0.html", true),
    ("OpenID Connect Session Management 1.0", "https://openid.net/specs/openid-connect-session-1_0.html", true),
    ("OpenID Connect RP-Initiated Logout 1.0", "https://openid.net/specs/openid-connect-rpinitiated-1_0.html", true),
    ("OpenID Connect Front-Channel Logout 1.0", "https://openid.net/specs/openid-connect-frontchannel-1_0.html", true),
    ("OAuth 2.0 Web Message Response Mode", "https://datatracker.ietf.org/doc/html/draft-sakimura-oauth-wmrm", false),
    ("Content Security Policy Level 3", "https://www.w3.org/TR/CSP3/", false),
    ("Web Locks API", "https://www.w3.org/TR/web-locks/", false),
    ("HTML Standard", "https://html.spec.whatwg.org/multipage/iframe-embed-object.html", false),
    ("Auth0 Authentication API", "https://auth0.com/docs/api/authentication", false),
];

/// The references in `text`, which are separated by semicolons. Empty for an empty text.
#[must_use]
pub fn references(text: &str) -> Vec<Reference> {
    text.split(';')
        .map(str::trim_ascii_start)
        .filter(|name| !name.is_empty())
        .map(|name| Reference { name: name.to_owned(), short: short(name), url: address(name) })
        .collect()
}

/// The name of the document, and what follows on the comma.
fn parts(name: &str) -> (&str, Option<&str>) {
    name.split_once(',').map_or((name, None), |(document, rest)| (document, Some(rest.trim_ascii_start())))
}

/// The numbers after `section` or `sections`.
fn sections(rest: &str) -> Option<&str> {
    rest.strip_prefix("section ").or_else(|| rest.strip_prefix("sections "))
}

fn short(name: &str) -> String {
    let (document, rest) = parts(name);
    let document =
        ["OpenID Connect ", "OAuth 2.0 "].iter().find_map(|maker| document.strip_prefix(maker)).unwrap_or(document);
    let document = match document {
        "Content Security Policy Level 3" => "CSP",
        _ => document.strip_suffix(" 1.0").unwrap_or(document),
    };
    match (rest, rest.and_then(sections)) {
        (_, Some(sections)) => format!("{document} §{sections}"),
        (Some(rest), None) => format!("{document}, {rest}"),
        (None, None) => document.to_owned(),
    }
}

fn address(name: &str) -> Option<String> {
    let (document, rest) = parts(name);
    let section = rest.and_then(sections).map(|rest| rest.split(' ').next().unwrap_or(rest));
    if let Some(number) = document.strip_prefix("RFC ").filter(|number| number.bytes().all(|b| b.is_ascii_digit())) {
        let anchor = section.map_or(String::new(), |section| format!("#section-{section}"));
        return Some(format!("https://www.rfc-editor.org/rfc/rfc{number}{anchor}"));
    }
    let &(_, place, numbered) = PLACES.iter().find(|(prefix, ..)| document.starts_with(prefix))?;
    match section.filter(|_| numbered) {
        Some(section) => Some(format!("{place}#rfc.section.{section}")),
        None => Some(place.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(name: &str) -> Option<String> {
        references(name).first().and_then(|reference| reference.url.clone())
    }

    #[test]
    fn a_section_of_an_rfc_has_an_address() {
        assert_eq!(
            url("RFC 6749, section 4.1.3").as_deref(),
            Some("https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3")
        );
        assert_eq!(url("RFC 9207").as_deref(), Some("https://www.rfc-editor.org/rfc/rfc9207"));
        assert_eq!(
            url("RFC 6749, sections 4.1 and 6").as_deref(),
            Some("https://www.rfc-editor.org/rfc/rfc6749#section-4.1")
        );
    }

    #[test]
    fn a_short_name_keeps_document_and_section() {
        let short = |name| references(name).first().map(|reference| reference.short.clone()).unwrap_or_default();
        assert_eq!(short("OpenID Connect Core 1.0, section 3.1.3.7"), "Core §3.1.3.7");
        assert_eq!(short("RFC 6749, section 5.1"), "RFC 6749 §5.1");
        assert_eq!(short("RFC 6749, sections 4.1 and 6"), "RFC 6749 §4.1 and 6");
        assert_eq!(short("Content Security Policy Level 3, section 5.4"), "CSP §5.4");
        assert_eq!(short("HTML Standard, iframe load event"), "HTML Standard, iframe load event");
        assert_eq!(short("OAuth 2.0 Web Message Response Mode (draft)"), "Web Message Response Mode (draft)");
    }

    #[test]
    fn two_references_are_two_links() {
        let names: Vec<_> =
            references("RFC 6749, section 4.1.3; RFC 7636, section 4.5").into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["RFC 6749, section 4.1.3", "RFC 7636, section 4.5"]);
        assert!(references("").is_empty());
    }

    #[test]
    fn every_specification_that_a_record_names_has_an_address() {
        for name in [
            "Web Locks API, section 3",
            "OpenID Connect Core 1.0, section 3.1.2.1",
            "HTML Standard, iframe load event",
            "OAuth 2.0 Web Message Response Mode (draft)",
            "Content Security Policy Level 3, section 5.4",
            "Auth0 Authentication API, GET /v2/logout",
        ] {
            assert!(url(name).is_some_and(|url| url.starts_with("https://")), "{name}");
        }
        assert_eq!(url("Delegation migration guide, first note"), None);
    }
}
