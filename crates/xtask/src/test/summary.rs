//! The end of a test run: what passed, what failed, what could not run, and one closing line.

use std::time::Duration;

use super::check::{Counts, Outcome};
use crate::problem::Problem;
use crate::step::seconds;

/// All outcomes so far.
#[derive(Default)]
pub(super) struct Summary {
    rows: Vec<Row>,
}

struct Row {
    part: &'static str,
    name: String,
    outcome: Outcome,
    took: Duration,
}

impl Summary {
    /// Adds one outcome.
    pub(super) fn add(&mut self, part: &'static str, name: String, outcome: Outcome, took: Duration) {
        self.rows.push(Row { part, name, outcome, took });
    }

    /// The table, with the closing line `N passed, M failed` last. Checks that failed without a failing test
    /// (a lint, a build) count as one failure each.
    pub(super) fn table(&self) -> String {
        let width = self.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
        let mut text = String::from("\n");
        for Row { part, name, outcome, took } in &self.rows {
            let words = outcome.in_words();
            text += &format!("{part:<7} {name:<width$}  {:>12}  {words}\n", seconds(*took));
        }
        text + "\n" + &self.closing_line()
    }

    fn closing_line(&self) -> String {
        let (counts, missing) = self.totals();
        let mut line = format!("{} passed, {} failed", counts.passed, counts.failed);
        if counts.ignored > 0 {
            line += &format!(", {} ignored", counts.ignored);
        }
        if missing > 0 {
            line += &format!(", {missing} could not run");
        }
        line
    }

    fn totals(&self) -> (Counts, usize) {
        let mut counts = Counts::default();
        let mut missing = 0;
        for row in &self.rows {
            match &row.outcome {
                Outcome::Passed(found) => counts += *found,
                Outcome::Failed(found, _) => {
                    counts += Counts { failed: found.failed.max(1), ..*found };
                }
                Outcome::Missing(_) => missing += 1,
            }
        }
        (counts, missing)
    }

    /// True if no test ran and no lint did: what a filter that fits nothing leaves.
    pub(super) fn found_nothing(&self) -> bool {
        self.rows.iter().all(|row| row.part != "lint" && row.outcome == Outcome::Passed(Counts::default()))
    }

    /// An error if anything failed, or if something could not run and that was not allowed.
    pub(super) fn verdict(&self, allow_missing: bool) -> Result<(), Problem> {
        let (counts, missing) = self.totals();
        let failed = self.rows.iter().filter(|row| matches!(row.outcome, Outcome::Failed(..)));
        let names: Vec<String> = failed.map(|row| format!("{}: {}", row.part, row.name)).collect();
        if counts.failed > 0 {
            return Err(Problem::TestsFailed(format!("failed: {}", names.join(", "))));
        }
        if missing > 0 && !allow_missing {
            return Err(Problem::TestsFailed(
                "some checks could not run; the table says what to install. --allow-missing accepts that".to_owned(),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(outcomes: &[Outcome]) -> Summary {
        let mut summary = Summary::default();
        for outcome in outcomes {
            summary.add("native", "a check".to_owned(), outcome.clone(), Duration::from_secs(1));
        }
        summary
    }

    fn passed(passed: u64) -> Outcome {
        Outcome::Passed(Counts { passed, ..Counts::default() })
    }

    #[test]
    fn the_closing_line_sums_tests_and_comes_last() {
        let table = summary(&[passed(3), passed(0), passed(4)]).table();
        assert_eq!(table.lines().last(), Some("7 passed, 0 failed"));
    }

    #[test]
    fn a_failed_check_without_a_failing_test_counts_as_one() {
        let lint = Outcome::Failed(Counts::default(), "exit status 1".to_owned());
        let tests = Outcome::Failed(Counts { passed: 5, failed: 2, ignored: 0 }, "2 failed".to_owned());
        let summary = summary(&[passed(3), lint, tests]);
        assert_eq!(summary.closing_line(), "8 passed, 3 failed");
        assert!(summary.table().contains("FAILED: exit status 1"));
        assert!(summary.verdict(true).is_err());
    }

    #[test]
    fn what_could_not_run_fails_the_run_unless_allowed() {
        let summary = summary(&[passed(1), Outcome::Missing("install Firefox".to_owned())]);
        assert_eq!(summary.closing_line(), "1 passed, 0 failed, 1 could not run");
        assert!(summary.table().contains("MISSING: install Firefox"));
        assert_eq!(summary.verdict(false).unwrap_err().code(), "tests_failed");
        assert!(summary.verdict(true).is_ok());
    }

    #[test]
    fn a_good_run_is_no_problem() {
        assert!(summary(&[passed(1)]).verdict(false).is_ok());
    }

    #[test]
    fn a_filter_that_fits_nothing_is_noticed() {
        assert!(summary(&[]).found_nothing());
        assert!(summary(&[passed(0), passed(0)]).found_nothing());
        assert!(!summary(&[passed(0), passed(1)]).found_nothing());
        assert!(!summary(&[Outcome::Missing("install Firefox".to_owned())]).found_nothing());
    }

    #[test]
    fn ignored_tests_are_said() {
        let summary = summary(&[Outcome::Passed(Counts { passed: 1, failed: 0, ignored: 2 })]);
        assert_eq!(summary.closing_line(), "1 passed, 0 failed, 2 ignored");
    }
}
