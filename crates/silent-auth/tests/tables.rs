//! The tables of `docs/` name a test for each cell of ours: the tests are there, and no row twice.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The folder that a letter of the tables stands for.
fn folder(letter: &str) -> PathBuf {
    let client = Path::new(env!("CARGO_MANIFEST_DIR"));
    match letter {
        "T" => client.join("tests"),
        "S" => client.join("src"),
        "R" => client.join("../../tests/round-trip/tests"),
        "E" => client.join("../../tests/e2e/tests"),
        other => panic!("no folder is called {other}"),
    }
}

/// Whether a source declares this function and has it run as a test: by an attribute, or in a browser's list of claims.
fn has_test(source: &str, name: &str) -> bool {
    let declared = [format!("fn {name}()"), format!("fn {name}(mode: Mode")];
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    lines.iter().enumerate().any(|(at, line)| {
        let here = declared.iter().any(|declared| line.contains(declared.as_str()));
        let attribute = at > 0 && lines[at - 1].starts_with("#[") && lines[at - 1].contains("test");
        let claimed = source.split("claims!(").skip(1).any(|claim| {
            let names = claim.split(");").next().unwrap_or_default();
            names.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == name)
        });
        here && (attribute || claimed)
    })
}

/// The rows of a table, without its head and ruler.
fn rows(document: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = document.lines().filter(|line| line.starts_with("| ")).skip(1);
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
}

fn assert_there(row: &str, cell: &str) {
    let words: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
    assert!(words.len().is_multiple_of(2) && !words.is_empty(), "{row}: files and tests in pairs: {cell}");
    for pair in words.chunks(2) {
        let (letter, file) = pair[0].split_once('/').expect("a letter and a file");
        let source =
            std::fs::read_to_string(folder(letter).join(file)).unwrap_or_else(|error| panic!("{row}: {file}: {error}"));
        assert!(has_test(&source, pair[1]), "{row}: {file} has no test {}", pair[1]);
    }
}

#[test]
fn every_feature_that_is_claimed_has_its_test() {
    let mut seen = HashSet::new();
    for cells in rows(include_str!("../docs/peers.md")) {
        assert_eq!(cells.len(), 8, "{cells:?}");
        assert!(seen.insert(cells[0]), "{} is there twice", cells[0]);
        assert!(cells.iter().enumerate().all(|(at, cell)| at == 2 || !cell.is_empty()), "{cells:?}");
        match cells[1] {
            "no" => assert_eq!(cells[2], "", "{}: nothing is shown of what is not there", cells[0]),
            _ => assert_there(cells[0], cells[2]),
        }
    }
    assert!(seen.len() > 50, "{} features", seen.len());
}

#[test]
fn every_bad_answer_has_its_number_and_its_test() {
    let mut numbers = Vec::new();
    for cells in rows(include_str!("../docs/negatives.md")) {
        assert_eq!(cells.len(), 4, "{cells:?}");
        numbers.push(cells[0].to_owned());
        assert_there(cells[0], cells[3]);
    }
    assert_eq!(numbers, (22..=35).map(|number| format!("N{number}")).collect::<Vec<_>>());
}

#[test]
fn a_name_that_is_no_test_is_found_out() {
    assert!(has_test("#[test]\nfn one() {}", "one"));
    assert!(has_test("claims!(chromium in A at B: zero, one);\nasync fn one(mode: Mode, _: Pair) {}", "one"));
    for (source, name) in
        [("fn one() {}", "one"), ("#[test]\nfn one_more() {}", "one"), ("claims!(a in A at B: one);", "one")]
    {
        assert!(!has_test(source, name), "{source}");
    }
}
