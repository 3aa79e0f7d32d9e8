//! The client's reading and writing of JSON beside serde_json's: the same texts, the same values, the same characters.
#![cfg(not(target_arch = "wasm32"))]

use proptest::prelude::*;
use silent_auth::protocol::json::Value;

/// What serde_json makes of a value, by way of the text.
fn same(text: &str) {
    let (ours, theirs) = (Value::read(text), serde_json::from_str::<serde_json::Value>(text).ok());
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => assert_eq!(
            serde_json::from_str::<serde_json::Value>(&ours.to_string()).expect("what is written can be read"),
            theirs,
            "{text}"
        ),
        (None, None) => {}
        (ours, theirs) => panic!("{text}: {ours:?}, {theirs:?}"),
    }
}

fn documents() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_read_is_written_as_it_was(document in documents()) {
        let read = Value::read(&document.to_string()).expect("valid JSON");
        prop_assert_eq!(read.to_string(), document.to_string());
        prop_assert_eq!(format!("{read:#}"), format!("{document:#}"));
    }

    #[test]
    fn damaged_texts_are_read_as_serde_json_reads_them(document in documents(), at in any::<prop::sample::Index>(), put in r#"[\[\]{}",:\\0-9eE.+\-utrfn \n\u{1}é]{0,3}"#) {
        let text: Vec<char> = document.to_string().chars().collect();
        let at = at.index(text.len() + 1);
        let damaged: String = text[..at].iter().copied().chain(put.chars()).chain(text[at..].iter().skip(1).copied()).collect();
        // An exponent out of every range and a name that stands twice are the two cases that are meant to differ; see below.
        let out_of_range = damaged.contains(['e', 'E']);
        if !out_of_range {
            match Value::read(&damaged) {
                Some(_) => same(&damaged),
                None => prop_assert!(
                    serde_json::from_str::<serde_json::Value>(&damaged).is_err() || repeats_a_name(&damaged),
                    "{}", damaged
                ),
            }
        }
    }
}

/// Whether reading drops a member: then a name stood there twice.
fn repeats_a_name(text: &str) -> bool {
    let value: serde_json::Value = serde_json::from_str(text).expect("valid for serde_json");
    let names = |text: &str| text.matches("\":").count();
    names(&value.to_string()) < names(&text.replace(['\n', ' '], ""))
}

#[test]
fn the_corners_of_the_grammar_are_read_as_serde_json_reads_them() {
    for text in [
        "",
        " ",
        "nul",
        "nulll",
        "true false",
        "[]",
        "[ ]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "01",
        "-",
        "-0",
        "-01",
        "+1",
        "1.",
        ".5",
        "1.5",
        "1e",
        "1e5",
        "1E+5",
        "1e-5",
        "0x10",
        "NaN",
        "Infinity",
        "\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\u+123\"",
        "\"\\u00e9\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\ud83dx\"",
        "\"\\ud83d\\u0041\"",
        "\"\\ude00\"",
        "\"\n\"",
        "\"\u{7f}\"",
        "\"\\/\"",
        "\u{feff}1",
        "\u{a0}1",
        " \t\r\n1 \t\r\n",
        "\u{c}1",
        "[[[[]]]]",
        "\"é\"",
        "/**/1",
        "'a'",
        "9007199254740993",
        "18446744073709551615",
    ] {
        same(text);
    }
}

#[test]
fn a_name_that_stands_twice_is_refused() {
    assert_eq!(Value::read(r#"{"a":1,"a":2}"#), None);
    assert_eq!(Value::read(r#"{"x":[{"a":1,"\u0061":2}]}"#), None);
    assert!(Value::read(r#"{"a":{"a":1}}"#).is_some());
}

#[test]
fn nesting_has_an_end() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(Value::read(&nested(64)).is_some());
    assert_eq!(Value::read(&nested(65)), None);
    assert_eq!(Value::read(&"[".repeat(1_000_000)), None);
}

#[test]
fn numbers_keep_their_digits() {
    let number = |text: &str| Value::read(text).expect("a number");
    assert_eq!(number("1e400").to_string(), "1e400");
    assert_eq!(number("1.10").to_string(), "1.10");
    assert_eq!(number("9007199254740993").as_i64(), Some(9_007_199_254_740_993));
    assert_eq!(number("-1").as_u64(), None);
    assert_eq!(number("60.0").as_i64(), None);
    assert_eq!(number("9223372036854775808").as_i64(), None);
}
