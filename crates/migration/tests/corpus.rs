//! What is found in a corpus of programs, line by line, and how often that is wrong.
//!
//! `corpus/expected.txt` says for each place whether it is `real` (a program that delegates, or a client that may) or
//! `other` (it only looks like it), and what the scanner makes of it. To see what it makes now:
//! `cargo test -p migration --test corpus -- --nocapture`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use migration::Exchange;
use migration::code::{Confidence, Finding, Scanner, Sign, scan};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// Every program: its path in the corpus, and its text.
fn programs() -> Vec<(String, String)> {
    let mut programs = Vec::new();
    for folder in ["calls", "lookalikes", "permissions"] {
        for entry in fs::read_dir(corpus().join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = format!("{folder}/{}", path.file_name().expect("a name").to_string_lossy());
            programs.push((name, fs::read_to_string(&path).expect("text")));
        }
    }
    programs.sort();
    programs
}

fn shown(finding: &Finding) -> String {
    let sign = match finding.sign {
        Sign::SdkCall => "call",
        Sign::Request => "request",
        Sign::GrantType => "grant_type",
        Sign::Permission => "permission",
        Sign::TenantFlag => "flag",
    };
    let exchange = match finding.exchange {
        Some(Exchange::IdToken) => "id_token",
        Some(Exchange::RefreshToken) => "refresh_token",
        Some(Exchange::AddOn) => "add_on",
        None => "unseen",
    };
    let confidence = match finding.confidence {
        Confidence::Certain => "certain",
        Confidence::Likely => "likely",
        Confidence::LooksLikeIt => "looks_like_it",
    };
    format!("{sign} {exchange} {confidence}")
}

/// What is found, by place.
fn found() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (name, text) in programs() {
        for finding in scan(&name, &text) {
            let place = format!("{name}:{}:{}", finding.line, finding.column);
            assert_eq!(found.insert(place.clone(), shown(&finding)), None, "two findings at {place}");
        }
    }
    found
}

/// The table: place, `real` or `other`, and what is found there or `missed`.
fn expected() -> BTreeMap<String, (bool, String)> {
    let table = fs::read_to_string(corpus().join("expected.txt")).expect("the table");
    let mut expected = BTreeMap::new();
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut parts = line.split_whitespace();
        let (place, truth) = (parts.next().expect("a place"), parts.next().expect("real or other"));
        assert!(matches!(truth, "real" | "other"), "{line}");
        let rest = parts.collect::<Vec<_>>().join(" ");
        assert_eq!(expected.insert(place.to_owned(), (truth == "real", rest)), None, "{place} twice");
    }
    expected
}

#[test]
fn every_place_is_judged_as_the_table_says() {
    let (found, expected) = (found(), expected());
    for (place, now) in &found {
        println!("{place} {} {now}", expected.get(place).map_or("?", |(real, _)| if *real { "real" } else { "other" }));
    }
    let now: BTreeSet<String> = found.iter().map(|(place, shown)| format!("{place} {shown}")).collect();
    let table: BTreeSet<String> = expected
        .iter()
        .filter(|(_, (_, shown))| shown != "missed")
        .map(|(place, (_, shown))| format!("{place} {shown}"))
        .collect();
    let new: Vec<_> = now.difference(&table).collect();
    let gone: Vec<_> = table.difference(&now).collect();
    assert!(new.is_empty() && gone.is_empty(), "found and not in the table: {new:#?}\nnot found: {gone:#?}");
}

/// False positives and negatives, counted: a change of either is a change of what people are told.
#[test]
fn errors_are_counted() {
    let (found, expected) = (found(), expected());
    let counts = |place: &str| found.get(place).is_some_and(|shown| !shown.ends_with("looks_like_it"));
    let real = expected.values().filter(|(real, _)| *real).count();
    let false_positives: Vec<_> = expected.iter().filter(|(place, (real, _))| !real && counts(place)).collect();
    let false_negatives: Vec<_> = expected.iter().filter(|(place, (real, _))| *real && !counts(place)).collect();
    println!(
        "{} programs, {real} real places, {} that look like it: {} false positives, {} false negatives",
        programs().len(),
        expected.len() - real,
        false_positives.len(),
        false_negatives.len()
    );
    assert_eq!((programs().len(), real, expected.len() - real), (69, 56, 44));
    assert_eq!(false_positives.len(), 1, "{false_positives:#?}");
    assert_eq!(false_negatives.len(), 3, "{false_negatives:#?}");
}

/// What is found does not depend on how the text comes in.
#[test]
fn parts_of_any_size_give_the_same_findings() {
    for (name, text) in programs() {
        let whole = scan(&name, &text);
        for size in [1, 7, 100, 1500] {
            let mut scanner = Scanner::new(&name);
            let characters: Vec<char> = text.chars().collect();
            for part in characters.chunks(size) {
                scanner.push(&part.iter().collect::<String>());
            }
            assert_eq!(scanner.finish().found, whole, "{name} in parts of {size}");
        }
    }
}

/// Half a program, another language's rules, and bytes that are no program: no text stops the scanner.
#[test]
fn no_text_is_too_odd() {
    let programs = programs();
    for (name, text) in &programs {
        for length in (0..text.len()).step_by(13).map(|length| text.floor_char_boundary(length)) {
            let _ = scan(name, &text[..length]);
        }
        for (other, _) in programs.iter().step_by(5) {
            let _ = scan(other, text);
        }
    }
    for odd in [
        "\u{0}\u{1}\u{fffd}",
        "`${`${`${",
        "/[",
        "\"\\",
        "'''",
        "<script",
        "<!--",
        "{{{{",
        "\u{feff}",
        "é\\é\"é",
        "getDelegationToken((((((",
        "))))getDelegationToken",
    ] {
        for name in ["a.js", "a.html", "a.py", "a.sh", "a.m", "a.md", "a"] {
            let _ = scan(name, odd);
            let _ = scan(name, &odd.repeat(3000));
        }
    }
}

/// One line of several megabytes is read like any other, and a flood of findings is counted.
#[test]
fn a_huge_line_is_read_to_its_end() {
    let mut scanner = Scanner::new("bundle.js");
    for _ in 0..200 {
        scanner.push(&"var a=/x/g,b=`${a}`;".repeat(1000));
    }
    scanner.push("auth0.renewIdToken(token,done);");
    let found = scanner.finish().found;
    assert_eq!((found.len(), found[0].line, found[0].column), (1, 1, 4_000_007));
    assert!(found[0].excerpt.len() < 200 && found[0].excerpt.contains("auth0.renewIdToken(token,done);"));

    let mut scanner = Scanner::new("flood.js");
    scanner.push(&"auth0.renewIdToken(token, done);\n".repeat(5000));
    let findings = scanner.finish();
    assert_eq!((findings.found.len(), findings.left_out), (migration::code::MOST_FINDINGS, 4000));
}
