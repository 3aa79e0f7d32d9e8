//! What is found and what is refused, by tables, and that nothing makes the parser panic.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Search;

fn notice() -> Value {
    json!({
        "date": "2026-11-23T10:15:00.000Z",
        "type": "depnote",
        "description": "Legacy Delegation (ID Tokens): This feature is being deprecated. See details.feature for the replacement.",
        "client_id": "legacy-app-a",
        "client_name": "Legacy app A",
        "ip": "127.0.0.1",
        "user_id": "auth0|ada",
        "user_name": "ada@example.com",
        "hostname": "localhost:4000",
        "isMobile": false,
        "scope": null,
        "details": { "size_exceeded": true, "count": 7, "feature": { "id": "legacy_delegation_id_tokens" }, "list": ["a", "b"] },
    })
}

fn finds(text: &str) -> bool {
    Search::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).finds(&notice())
}

#[test]
fn every_documented_search_is_read() {
    for text in [
        "type:depnote",
        "type:\"depnote\"",
        "type: depnote",
        "type:depnote AND description:*Custom*claims*",
        "type:depnote AND description:*logs*",
        "type:depnote AND description:*Long*state*expirations*",
        "type:depnote AND description:*Unpaginated* AND details.size_exceeded:true",
        r"type:depnote AND description:Legacy\ Management\ of\ Connection's\ Enabled\ Clients*",
        "description:\"Username invalid\"",
        "user_name:j*",
        "user_name:jane*smith",
        "user_name:*usa",
        "date:[2018-12-18 TO 2018-12-19]",
        "log_id:[900 TO *}",
        "type:(sd OR fd) AND NOT client_id:\"abc\"",
    ] {
        Search::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

#[test]
fn what_is_found() {
    for text in [
        "",
        "  ",
        "*",
        "*:*",
        "type:depnote",
        "type: \"depnote\"",
        "depnote",
        "127.0.0.1",
        r"description:Legacy\ Delegation*",
        "description:*Legacy*deprecated*",
        "description:*replacement.",
        "user_id:auth0|ada",
        "user_id:\"auth0|ada\"",
        "hostname:localhost:4000",
        "details.size_exceeded:true",
        "details.feature.id:legacy_delegation*",
        "details.list:b",
        "details.count:7",
        "details.count:[6 TO 10]",
        "details.count:>=7",
        "isMobile:false",
        "_exists_:client_id",
        "client_id:*",
        "details:*",
        "NOT _exists_:nowhere",
        "date:2026-11-23*",
        "date:[2026-11-23 TO 2026-11-23]",
        "date:[2026-11-22 TO *]",
        "date:{2026-11-22 TO 2026-11-24}",
        "date:>2026-11-22",
        "type:sd OR type:depnote",
        "type:sd type:depnote",
        "type:(sd OR depnote)",
        "(type:sd OR type:depnote) AND client_id:legacy-app-a",
        "type:sd AND client_id:nobody OR type:depnote",
        "type:depnote NOT client_id:nobody",
        "+type:depnote -client_id:nobody",
        "type:depnote && !client_id:nobody",
        "type:sd || type:depnote",
        "+type:depnote client_id:nobody",
        "ada@example.com",
        "\"ada@example.com\"",
    ] {
        assert!(finds(text), "{text}");
    }
}

#[test]
fn what_is_not_found() {
    for text in [
        "type:sd",
        "type:DEPNOTE",
        "Type:depnote",
        "type:depnot",
        "deprecated",
        "description:Legacy",
        "description:\"Legacy Delegation*\"",
        "description:*deprecated*Legacy*",
        "scope:*",
        "_exists_:scope",
        "nowhere:*",
        "details.nowhere:true",
        "details.feature:x",
        "type.deeper:depnote",
        "type:depnote AND client_id:nobody",
        "NOT type:depnote",
        "-type:depnote",
        "type:depnote NOT client_id:legacy-app-a",
        "date:{2026-11-23 TO *]",
        "date:[* TO 2026-11-23}",
        "date:<2026-11-23",
        "details.count:[70 TO 100]",
        "type:(sd OR fd)",
        "+type:sd client_id:legacy-app-a",
        "legacy-app-a",
    ] {
        assert!(!finds(text), "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_at_its_place() {
    for (text, place, expected) in [
        ("type:", 6, "a value"),
        ("type:depnote AND", 17, "a value"),
        ("AND type:depnote", 1, "operator"),
        ("type:depnote )", 14, "AND, OR"),
        ("(type:depnote", 14, "closing parenthesis"),
        ("type:(sd OR", 12, "a value"),
        ("type:\"depnote", 14, "closing quote"),
        ("description:*sa", 13, "three characters"),
        ("description:a*b", 13, "three characters"),
        ("description:wh?t", 15, "wildcard"),
        ("date:[2018-01-01 2018-01-02]", 18, "TO"),
        ("date:[2018-01-01 TO 2018-01-02", 31, "] or }"),
        ("date:[ TO x]", 11, "TO"),
        ("type:depnote\\", 14, "backslash"),
        ("[a TO b]", 1, "a value"),
        ("()", 2, "a value"),
        ("NOT", 4, "a value"),
    ] {
        let error = Search::parse(text).expect_err(text).to_string();
        assert!(error.contains(&format!("character {place} ")) && error.contains(expected), "{text}: {error}");
    }
    assert!(Search::parse(&"x".repeat(2049)).expect_err("too long").to_string().contains("2049"));
    assert!(Search::parse(&"(".repeat(2000)).is_err() && Search::parse(&"NOT ".repeat(500)).is_err());
    assert!(Search::parse(&"-".repeat(2000)).is_err());
}

#[test]
fn a_type_that_all_have_is_known() {
    for (text, expected) in [
        ("type:depnote", Some("depnote")),
        ("client_id:x AND type:depnote", Some("depnote")),
        ("type:sd OR type:fd", None),
        ("type:dep*", None),
        ("NOT type:sd", None),
        ("depnote", None),
    ] {
        assert_eq!(Search::parse(text).expect(text).only_type(), expected, "{text}");
    }
}

#[test]
fn a_text_that_all_have_is_known() {
    for (text, expected) in [
        ("description:*Custom*claim*", Some("Custom")),
        ("type:depnote AND client_id:legacy-app-a", Some("legacy-app-a")),
        (r#"description:"say \"hello\" loudly""#, Some(" loudly")),
        ("100%_!", Some("100%_!")),
        ("details.count:7", Some("7")),
        ("type:sd OR type:fd", None),
        ("NOT type:sd", None),
        ("client_id:*", None),
        ("date:[2018-01-01 TO *]", None),
    ] {
        assert_eq!(Search::parse(text).expect(text).literal(), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_found_has_the_text_that_all_have(value in "\\PC{1,30}", prefix in 0usize..30) {
        let prefix: String = value.chars().take(prefix).collect();
        let escaped: String = prefix.chars().flat_map(|c| ['\\', c]).collect();
        let entry = json!({ "client_name": value });
        let search = Search::parse(&format!("client_name:{escaped}*")).expect("every character is escaped");
        prop_assert!(search.finds(&entry));
        prop_assert!(search.literal().is_none_or(|literal| entry.to_string().contains(literal)));
    }

    #[test]
    fn no_text_makes_it_panic(text in "(?s).{0,200}") {
        if let Ok(search) = Search::parse(&text) {
            let _ = search.finds(&notice());
        }
    }

    #[test]
    fn nothing_made_of_its_own_signs_makes_it_panic(
        parts in proptest::collection::vec(
            prop::sample::select(vec![
                "type:", "depnote", "(", ")", "[", "]", "{", "}", "\"", "\\", "*", ":", " ", "AND", "OR", "NOT", "TO",
                "+", "-", "!", "&&", "||", "<", ">", "=", "?", "é", "details.count", "_exists_:",
            ]),
            0..40,
        ),
    ) {
        if let Ok(search) = Search::parse(&parts.concat()) {
            let _ = search.finds(&notice());
        }
    }

    #[test]
    fn a_quoted_value_is_found_as_it_is(value in "[^\\p{C}]{1,40}") {
        let quoted = value.replace('\\', r"\\").replace('"', "\\\"");
        let search = Search::parse(&format!("client_name:\"{quoted}\"")).expect("a quoted value is readable");
        let (same, longer) = (json!({ "client_name": value.clone() }), json!({ "client_name": format!("{value}x") }));
        prop_assert!(search.finds(&same));
        prop_assert!(!search.finds(&longer));
    }
}
