//! `docs/security.md` names a test for each control: the tests are there, and no row is there twice.

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

#[test]
fn every_test_that_the_table_names_is_there() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = include_str!("../../../../docs/security.md");
    let mut rows = HashSet::new();
    for line in table.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let number = cells[0].trim_start_matches('N');
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        assert!(rows.insert(cells[0]), "row {} is there twice", cells[0]);
        assert_eq!(cells.len(), 4, "{line}");
        for (file, name) in named(cells[3]) {
            let folder =
                if file.starts_with("src/") { crate_folder.to_owned() } else { crate_folder.join("tests/tenant") };
            let path = folder.join(file);
            let source =
                std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("row {}: {file}: {error}", cells[0]));
            assert!(has_test(&source, name), "row {}: {file} has no test {name}", cells[0]);
        }
    }
    assert!(rows.len() > 100, "{} rows", rows.len());
}

/// And the other way round: a test that is written for a row is in the table.
#[test]
fn every_test_of_a_row_is_in_the_table() {
    let table = include_str!("../../../../docs/security.md");
    let source = include_str!("security_rows.rs");
    let names = source.lines().filter_map(|line| line.trim().split_once("fn row_")?.1.split('(').next());
    let missing: Vec<&str> = names.filter(|name| !table.contains(&format!("`row_{name}`"))).collect();
    assert_eq!(missing, Vec::<&str>::new());
}
