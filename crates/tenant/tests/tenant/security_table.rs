//! `docs/security.md` and `docs/peers.md` name a test for each control and feature: the tests are there, and no row twice.

use std::collections::HashSet;
use std::path::Path;

/// Where the attribute that makes a test may stand, above the line of its name.
const ATTRIBUTES: [&str; 2] = ["#[test]", "#[tokio::test"];

/// What stands in backticks in a cell, in pairs: the file and the test.
fn named(cell: &str) -> Vec<(&str, &str)> {
    let words: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
    assert!(words.len().is_multiple_of(2) && !words.is_empty(), "files and tests in pairs: {cell}");
    words.chunks(2).map(|pair| (pair[0], pair[1])).collect()
}

/// Whether this source has a test of this name.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    lines.iter().enumerate().any(|(at, line)| {
        let declared = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        declared.is_some_and(|rest| rest.strip_prefix(name).is_some_and(|rest| rest.starts_with("()")))
            && at > 0
            && ATTRIBUTES.iter().any(|attribute| lines[at - 1].starts_with(attribute))
    })
}

/// Every test that a cell names is there.
fn assert_there(row: &str, cell: &str) {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (file, name) in named(cell) {
        let folder = if file.starts_with("src/") { crate_folder.to_owned() } else { crate_folder.join("tests/tenant") };
        let path = folder.join(file);
        let source = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("row {row}: {file}: {error}"));
        assert!(has_test(&source, name), "row {row}: {file} has no test {name}");
    }
}

/// The cells of each row of a document's tables.
fn rows(document: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = document.lines().filter(|line| line.starts_with("| "));
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
}

#[test]
fn every_test_that_the_table_names_is_there() {
    let table = include_str!("../../../../docs/security.md");
    let mut seen = HashSet::new();
    for cells in rows(table) {
        let number = cells[0].trim_start_matches('N');
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        assert!(seen.insert(cells[0]), "row {} is there twice", cells[0]);
        assert_eq!(cells.len(), 4, "{cells:?}");
        assert_there(cells[0], cells[3]);
    }
    assert!(seen.len() > 100, "{} rows", seen.len());
}

/// A feature is there (Y), in part (P) with what it lacks, or not (N); whatever is there has a test.
#[test]
fn every_feature_that_is_claimed_has_its_test() {
    let mut seen = HashSet::new();
    for cells in rows(include_str!("../../../../docs/peers.md")).filter(|cells| cells[0] != "feature") {
        assert!(seen.insert(cells[0]), "{} is there twice", cells[0]);
        assert_eq!(cells.len(), 3, "{cells:?}");
        let (there, rest) = cells[1].split_at(1);
        match there {
            "Y" | "P" => assert_there(cells[0], cells[2]),
            "N" => assert_eq!(cells[2], "", "{}: nothing is shown of what is not there", cells[0]),
            other => panic!("{}: {other}{rest}", cells[0]),
        }
        assert_eq!(there == "P" || there == "N", !rest.is_empty(), "{}: what is lacking, or nothing", cells[0]);
    }
    assert!(seen.len() > 40, "{} features", seen.len());
}

/// And the other way round: a test that is written for a row is in the table.
#[test]
fn every_test_of_a_row_is_in_the_table() {
    let table = include_str!("../../../../docs/security.md");
    let source = include_str!("security_rows.rs");
    let names = source.lines().filter_map(|line| line.trim().split_once("fn row_")?.1.split('(').next());
    let missing: Vec<&str> = names.filter(|name| !table.contains(&format!("`row_{name}`"))).collect();
    assert_eq!(missing, Vec::<&str>::new());
    let negatives = include_str!("negatives.rs");
    let names: Vec<&str> =
        negatives.lines().filter_map(|line| line.trim().split_once("fn n")?.1.split('(').next()).collect();
    let numbered = names.iter().filter(|name| name.starts_with(|c: char| c.is_ascii_digit()));
    let missing: Vec<_> = numbered.filter(|name| !table.contains(&format!("`n{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for number in 1..=21 {
        assert!(names.iter().any(|name| name.starts_with(&format!("{number:02}_"))), "N{number:02} has no test");
    }
}
