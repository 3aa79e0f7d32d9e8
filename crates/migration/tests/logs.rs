//! Who is affected, from log entries; and how a file of them is cut into entries whatever it looks like.

use migration::logs::{Kind, MOST_APPLICATIONS, Piece, Report, Splitter, Tally, Why, is_entry, report};
use migration::{AddOn, ClientType, LEGACY_DELEGATION, grant_type};
use serde_json::{Value, json};

fn exchange(kind: &str, day: u32, client: &str, details: Value) -> Value {
    json!({
        "type": kind, "date": format!("2018-01-{day:02}T10:00:00.000Z"), "client_id": client,
        "client_name": format!("The {client}"), "log_id": "900", "details": details,
    })
}

fn kinds(report: &Report) -> Vec<(Kind, u64, u64)> {
    let uses = report.applications.iter().flat_map(|application| &application.uses);
    uses.map(|used| (used.kind, used.succeeded, used.failed)).collect()
}

#[test]
fn each_application_is_told_what_it_does() {
    let refused = json!({
        "type": "fd", "date": "2018-01-07T10:00:00.000Z", "client_id": "shop", "client_name": "Shop",
        "description": format!("Grant type '{}' not allowed for the client.", grant_type::DELEGATION_REFRESH_TOKEN),
        "details": { "api_type": "app", "target": "shop" },
    });
    let entries = [
        exchange("sd", 5, "shop", json!({ "api_type": "app", "target": "orders" })),
        exchange("sd", 2, "shop", json!({ "api_type": "auth0", "target": "billing" })),
        exchange("fd", 9, "shop", json!({ "api_type": "app", "target": "orders" })),
        refused,
        exchange("sd", 3, "push", json!({ "api_type": "firebase", "target": "push" })),
        exchange("sd", 4, "odd", json!({ "api_type": null, "target": "" })),
        exchange("s", 1, "shop", json!({})),
        exchange("depnote", 6, "old", json!({ "path": "/oauth/ro" })),
        json!({ "type": "limit_delegation", "date": "2018-01-08T10:00:00.000Z", "user_id": "auth0|1" }),
    ];
    let report = report(&entries);
    assert_eq!(report.entries, 9);
    let period = report.period.as_ref().expect("dates");
    assert_eq!((&period.first[..10], &period.last[..10]), ("2018-01-01", "2018-01-09"));
    assert_eq!(report.rate_limited, 1);
    assert!(report.affected());
    let ids: Vec<_> = report.applications.iter().map(|app| (app.client_id.as_deref(), app.affected())).collect();
    assert_eq!(ids, [(Some("shop"), true), (Some("odd"), true), (Some("push"), false)]);
    assert_eq!(
        kinds(&report),
        [
            (Kind::RefreshToken, 0, 1),
            (Kind::IdOrRefreshToken, 2, 1),
            (Kind::NoApiType, 1, 0),
            (Kind::AddOn(AddOn::Firebase), 1, 0)
        ]
    );
    let used = &report.applications[0].uses[1];
    assert_eq!(used.targets, ["billing", "orders"]);
    let period = used.period.as_ref().expect("dates");
    assert_eq!((&period.first[8..10], &period.last[8..10]), ("02", "09"));
}

#[test]
fn a_notice_makes_an_application_affected_however_it_is_recognised() {
    for (description, details) in [
        (LEGACY_DELEGATION.text, json!({})),
        ("Something else", json!({ "feature": { "id": LEGACY_DELEGATION.id } })),
        ("Legacy: This feature is being deprecated.", json!({ "path": "/delegation" })),
    ] {
        let mut entry = exchange("depnote", 1, "a", details);
        entry["description"] = json!(description);
        let report = report([&entry]);
        assert!(report.affected(), "{description}");
        assert_eq!(report.applications[0].notices.as_ref().expect("a notice").count, 1);
    }
    let other = exchange("depnote", 1, "a", json!({ "feature": { "id": "legacy_custom_claims" } }));
    assert!(!report([&other]).affected());
}

#[test]
fn third_party_tokens_alone_affect_nobody_yet() {
    let entries = [exchange("sd", 1, "push", json!({ "api_type": "aws" }))];
    let report = report(&entries);
    assert!(!report.affected());
    let kind = report.applications[0].uses[0].kind;
    assert_eq!(kind, Kind::AddOn(AddOn::Aws));
    assert_eq!(kind.replacement(ClientType::SinglePageApp).title, "Third-party tokens stay for now");
    assert_eq!(Kind::NoApiType.replacement(ClientType::SinglePageApp).title, "Silent authentication");
}

#[test]
fn an_entry_is_found_in_its_envelope() {
    let entry = exchange("sd", 1, "a", json!({ "api_type": "app" }));
    for envelope in [
        entry.clone(),
        json!({ "log_id": "900", "data": entry }),
        json!({ "detail-type": "Auth0 log", "detail": { "data": entry } }),
    ] {
        assert!(is_entry(&envelope) && report([&envelope]).affected(), "{envelope}");
    }
    for other in [json!({}), json!([]), json!({ "type": "sd" }), json!({ "type": 5, "date": "2018" }), json!("sd")] {
        assert!(!is_entry(&other), "{other}");
        assert_eq!(report([&other]).entries, 0);
    }
}

#[test]
fn made_up_ids_take_no_more_than_a_bounded_memory() {
    let mut tally = Tally::default();
    for number in 0..3 * MOST_APPLICATIONS {
        let details = json!({ "api_type": "app", "target": format!("t{number}") });
        assert!(tally.add(&exchange("sd", 1, &format!("c{number}"), details)));
    }
    let report = tally.finish();
    assert_eq!(report.applications.len(), MOST_APPLICATIONS + 1);
    assert_eq!(kinds(&report).iter().map(|(_, succeeded, _)| succeeded).sum::<u64>(), 3 * MOST_APPLICATIONS as u64);
}

/// What the splitter makes of a text, in parts of `size` characters: `line:column object` or `line:column !why`.
fn split(text: &str, size: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut each = |place: migration::logs::Place, piece| {
        let at = format!("{}:{}", place.line, place.column);
        found.push(match piece {
            Piece::Object(text) => format!("{at} {}", text.split_whitespace().collect::<String>()),
            Piece::Broken { why, excerpt } => format!("{at} !{why:?} {excerpt}"),
        });
    };
    let mut splitter = Splitter::default();
    let characters: Vec<char> = text.chars().collect();
    for part in characters.chunks(size) {
        splitter.push(&part.iter().collect::<String>(), &mut each);
    }
    splitter.finish(&mut each);
    found
}

#[test]
fn every_shape_of_file_is_cut_into_its_entries_and_the_rest_goes_on() {
    let table: &[(&str, &[&str])] = &[
        ("", &[]),
        ("[]", &[]),
        (r#"[{"a":1},{"b":[1,{"c":"}"}]}]"#, &[r#"1:2 {"a":1}"#, r#"1:10 {"b":[1,{"c":"}"}]}"#]),
        ("{\"a\":1}\n{\"b\":2}\r\n", &[r#"1:1 {"a":1}"#, r#"2:1 {"b":2}"#]),
        (r#"{"a":1}{"b":2}"#, &[r#"1:1 {"a":1}"#, r#"1:8 {"b":2}"#]),
        ("\u{feff}[\n  {\n    \"a\": \"é\"\n  }\n]", &[r#"2:3 {"a":"é"}"#]),
        (r#"{"a":"\"}{\\"}{"b":2}"#, &[r#"1:1 {"a":"\"}{\\"}"#, r#"1:15 {"b":2}"#]),
        (
            r#"{"start":0,"logs":[{"a":1},{"b":2}],"length":2,"x":"}"} {"c":3}"#,
            &[r#"1:20 {"a":1}"#, r#"1:28 {"b":2}"#, r#"1:57 {"c":3}"#],
        ),
        ("nonsense\n{\"a\":1}", &["1:1 !NoObject nonsense", r#"2:1 {"a":1}"#]),
        (r#"[1, "a{b", {"c":3}]"#, &["1:2 !NoObject 1", "1:5 !NoObject \"a{b\"", r#"1:12 {"c":3}"#]),
        ("{\"a\":1\n{\"b\":2}\n", &[r#"1:1 !Unfinished {"a":1"#, r#"2:1 {"b":2}"#]),
        ("{\"a\":\"x\n{\"b\":2}\n", &[r#"1:1 !Unfinished {"a":"x"#, r#"2:1 {"b":2}"#]),
        ("[\n  {\n    \"a\": [\n  {\n    \"b\": 2\n  }\n]", &["2:3 !Unfinished {\n    \"a\": [", r#"4:3 {"b":2}"#]),
        (r#"{"a":1"#, &[r#"1:1 !Unfinished {"a":1"#]),
        (r#"[{"a":1]"#, &[r#"1:2 !Unfinished {"a":1]"#]),
        (
            "date,type\n2018,sd\n",
            &["1:1 !NoObject date", "1:6 !NoObject type", "2:1 !NoObject 2018", "2:6 !NoObject sd"],
        ),
    ];
    for (text, expected) in table {
        for size in [1, 2, 3, 7, 1000] {
            assert_eq!(split(text, size), *expected, "{text:?} in parts of {size}");
        }
    }
}

#[test]
fn one_huge_entry_is_named_and_the_next_one_read() {
    let text = format!("[{{\"a\":\"{}\"}},{{\"b\":2}}]", "x".repeat(3 * 1024 * 1024));
    let pieces = split(&text, 4096);
    assert_eq!(pieces.len(), 2);
    assert!(pieces[0].starts_with("1:2 !TooLarge {\"a\":\"xxx") && pieces[0].len() < 100, "{}", pieces[0].len());
    assert!(pieces[1].ends_with(r#"{"b":2}"#));
    assert_eq!(Why::TooLarge.to_string(), "is larger than 1 MiB, and no log entry is");
}

#[test]
fn no_nesting_is_too_deep() {
    let text = format!("{}{}", "{\"a\":[".repeat(200_000), "]}".repeat(200_000));
    let mut objects = 0;
    let mut splitter = Splitter::default();
    splitter.push(&text, |_, piece| objects += usize::from(matches!(piece, Piece::Object(_) | Piece::Broken { .. })));
    assert_eq!(objects, 1);
}
