//! The guide's file: its pages by path, written as markup in JSON (JsonML: `["p", {"class": "lead"}, "text", ["code", "x"]]`).

use silent_auth::protocol::json::Value;

/// Whether the address belongs to the guide; which pages there are is known once its file is there.
#[must_use]
pub fn has(path: &str) -> bool {
    SECTIONS.iter().any(|section| section_of(path) == *section)
}

const SECTIONS: [&str; 3] = ["/delegation", "/clients", "/learn"];

/// The first part of a path: `/clients` for `/clients/native`.
#[must_use]
pub fn section_of(path: &str) -> &str {
    let end = path.char_indices().skip(1).find(|(_, letter)| *letter == '/');
    end.map_or(path, |(end, _)| path.get(..end).unwrap_or(path))
}

/// A node of a page.
#[derive(Clone, Copy, Debug)]
pub enum Node<'a> {
    /// Text.
    Text(&'a str),
    /// An element: its name, its attributes, its children.
    Element(&'a str, &'a Value, &'a [Value]),
}

/// Reads a node; `None` for what is none.
#[must_use]
pub fn node(value: &Value) -> Option<Node<'_>> {
    if let Some(text) = value.as_str() {
        return Some(Node::Text(text));
    }
    let (name, rest) = value.as_array()?.split_first()?;
    let (attributes, children) = match rest.split_first() {
        Some((first, children)) if first.as_object().is_some() => (first, children),
        _ => (&Value::Null, rest),
    };
    Some(Node::Element(name.as_str()?, attributes, children))
}

/// Elements that a page may have. What can run or load something is not among them.
pub const ELEMENTS: &[&str] = &[
    "a", "b", "code", "div", "h1", "h2", "h3", "li", "ol", "p", "pre", "section", "span", "table", "tbody", "td", "th",
    "thead", "time", "tr", "ul",
];

/// Attributes that they may have.
pub const ATTRIBUTES: &[&str] =
    &["aria-label", "aria-labelledby", "class", "datetime", "href", "id", "scope", "tabindex"];

/// Things that follow the session: `["live", {"what": …}]`.
pub const LIVE: &[&str] = &[
    "address",
    "age",
    "checkup",
    "claims",
    "decisions",
    "faults",
    "id-token",
    "lab",
    "renewal",
    "session",
    "setting",
    "situation",
    "switches",
    "use",
    "weather",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use migration::{ClientType, Exchange, LEGACY_DELEGATION, replacement};
    use silent_auth::protocol::json::Map;

    use super::*;
    use crate::model::call::{Call, call};

    fn guide() -> Value {
        Value::read(include_str!("../../public/guide.json")).expect("the guide is JSON")
    }

    fn pages(guide: &Value) -> Vec<(&str, &Value)> {
        guide.as_object().expect("pages").iter().map(|(path, page)| (path.as_str(), page)).collect()
    }

    /// Calls `see` with each element of a page.
    fn each<'a>(value: &'a Value, see: &mut dyn FnMut(&'a str, &'a Value, &'a [Value])) {
        match node(value).unwrap_or_else(|| panic!("a node expected, found {value}")) {
            Node::Text(text) => assert!(!text.is_empty()),
            Node::Element(name, attributes, children) => {
                see(name, attributes, children);
                children.iter().for_each(|child| each(child, see));
            }
        }
    }

    fn walk<'a>(guide: &'a Value, see: &mut dyn FnMut(&'a str, &'a Value, &'a [Value])) {
        for (path, page) in pages(guide) {
            assert!(
                (has(path) || path.starts_with("/lab") || path == "/settings") && page["title"].is_string(),
                "{path}"
            );
            page["body"].as_array().expect("a body").iter().for_each(|value| each(value, see));
        }
    }

    fn text_of(value: &Value) -> String {
        match node(value) {
            Some(Node::Text(text)) => text.to_owned(),
            Some(Node::Element(_, _, children)) => children.iter().map(text_of).collect(),
            None => String::new(),
        }
    }

    fn text(guide: &Value, path: &str) -> String {
        guide[path]["body"].as_array().expect(path).iter().map(text_of).collect::<Vec<_>>().join("\n")
    }

    fn calls(guide: &Value) -> Vec<Call> {
        let mut calls = Vec::new();
        walk(guide, &mut |name, attributes, _| {
            if name == "call" {
                calls.push(call(attributes).unwrap_or_else(|| panic!("a call expected, found {attributes}")));
            }
        });
        calls
    }

    #[test]
    fn every_element_of_the_guide_is_one_that_can_be_drawn() {
        let guide = guide();
        walk(&guide, &mut |name, attributes, children| match name {
            "live" => assert!(LIVE.iter().any(|live| attributes["what"] == *live), "{attributes}"),
            "call" => assert!(children.is_empty(), "{attributes}"),
            _ => {
                assert!(ELEMENTS.contains(&name), "{name}");
                for attribute in attributes.as_object().into_iter().flat_map(Map::keys) {
                    assert!(ATTRIBUTES.contains(&attribute.as_str()), "{name} {attribute}");
                }
            }
        });
    }

    #[test]
    fn every_link_of_the_guide_leads_somewhere() {
        let guide = guide();
        let mut links = Vec::new();
        walk(&guide, &mut |_, attributes, _| links.extend(attributes["href"].as_str()));
        for link in &links {
            let is_page = *link == "/" || guide.get(link).is_some();
            assert!(is_page || link.starts_with("https://"), "{link}");
        }
        let linked: BTreeSet<_> = links.into_iter().collect();
        for (path, _) in pages(&guide) {
            assert!(
                ["/delegation", "/clients", "/learn", "/lab", "/lab/off", "/settings"].contains(&path)
                    || linked.contains(path),
                "{path} is linked from somewhere"
            );
        }
    }

    #[test]
    fn every_call_of_the_guide_can_get_the_tokens_that_it_sends() {
        let calls = calls(&guide());
        assert!(calls.len() > 12, "{}", calls.len());
        let kept: BTreeSet<_> = calls.iter().filter_map(|call| call.keep.as_deref()).collect();
        for call in &calls {
            for token in call.needs() {
                let (holder, kind) = token.split_once('.').expect("holder.kind");
                assert!(holder == "session" || kept.contains(holder), "{}: {token}", call.button);
                assert!(["id_token", "access_token", "refresh_token"].contains(&kind), "{token}");
                assert!(!call.first.is_empty(), "{}: says what comes first", call.button);
            }
        }
    }

    #[test]
    fn a_path_belongs_to_its_section() {
        assert_eq!((section_of("/clients/native"), section_of("/learn"), section_of("/")), ("/clients", "/learn", "/"));
        assert!(has("/delegation") && has("/learn/id-tokens") && !has("/") && !has("/delegations"));
    }

    #[test]
    fn guide_03_the_page_says_why_it_ends() {
        let page = text(&guide(), "/delegation");
        for reason in ["simpler for developers", "closer to the specifications", "more secure"] {
            assert!(page.contains(reason), "{reason}");
        }
    }

    #[test]
    fn guide_04_beside_each_old_call_stands_the_one_that_replaces_it() {
        let guide = guide();
        let page = text(&guide, "/delegation");
        for exchange in [Exchange::IdToken, Exchange::RefreshToken, Exchange::AddOn] {
            assert!(page.contains(exchange.in_words()), "{}", exchange.in_words());
        }
        let sentence = |exchange, client| replacement(exchange, client).sentence;
        assert!(page.contains(sentence(Exchange::IdToken, ClientType::SinglePageApp)));
        assert!(page.contains(sentence(Exchange::RefreshToken, ClientType::Confidential)));
        assert!(page.contains(sentence(Exchange::AddOn, ClientType::Confidential)));
        assert!(page.contains("getDelegationToken") && page.contains("auth.renew()"), "the code of both");
        assert!(page.contains(LEGACY_DELEGATION.name));
    }

    #[test]
    fn guide_10_each_kind_of_client_is_led_to_its_replacement() {
        let guide = guide();
        for (path, client) in [
            ("/clients/single-page-app", ClientType::SinglePageApp),
            ("/clients/native", ClientType::Native),
            ("/clients/confidential", ClientType::Confidential),
            ("/clients/highly-trusted", ClientType::HighlyTrusted),
            ("/clients/api-modelled-as-client", ClientType::ApiModelledAsClient),
        ] {
            let advice = replacement(Exchange::IdToken, client);
            assert!(text(&guide, path).contains(advice.sentence), "{path}");
        }
        let spa = text(&guide, "/clients/single-page-app");
        assert!(spa.contains("never a refresh token") && !spa.contains("offline_access"), "{spa}");
        for (path, example) in
            [("native", "native_cli"), ("confidential", "regular_web"), ("highly-trusted", "trusted_password")]
        {
            let command = format!("cargo run -p examples --example {example}");
            assert!(text(&guide, &format!("/clients/{path}")).contains(&command), "{command}");
        }
    }

    #[test]
    fn guide_23_each_link_of_more_info_is_a_page_with_something_live() {
        let guide = guide();
        for page in ["why-access-tokens", "calling-apis", "id-tokens", "access-tokens", "refresh-tokens"] {
            let body = guide[format!("/learn/{page}").as_str()]["body"].as_array().expect(page);
            let mut live = 0;
            body.iter()
                .for_each(|value| each(value, &mut |name, _, _| live += usize::from(["live", "call"].contains(&name))));
            assert!(live > 1, "{page}");
            assert!(text(&guide, &format!("/learn/{page}")).len() < 4000, "{page} is short");
        }
    }
}
