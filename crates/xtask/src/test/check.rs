//! One check of a test run: what it needs, what it does, how it came out.

use std::ops::AddAssign;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::problem::Problem;
use crate::process;
use crate::setup::{Need, Toolbox};

/// Test functions by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) ignored: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

impl Counts {
    /// Reads a harness's closing line, `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    pub(super) fn from_line(line: &str) -> Option<Self> {
        let (_, numbers) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
        let number = |word: &str| -> Option<u64> {
            let part = numbers.split(';').find(|part| part.trim().ends_with(word))?;
            part.split_whitespace().next()?.parse().ok()
        };
        Some(Self { passed: number("passed")?, failed: number("failed")?, ignored: number("ignored").unwrap_or(0) })
    }
}

/// How a check came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// All of it is well.
    Passed(Counts),
    /// Something is not, and why.
    Failed(Counts, String),
    /// It could not run, and why.
    Missing(String),
}

impl Outcome {
    /// For the table.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Passed(Counts { passed: 0, .. }) => "passed".to_owned(),
            Self::Passed(Counts { passed, ignored: 0, .. }) => format!("passed: {passed} tests"),
            Self::Passed(Counts { passed, ignored, .. }) => format!("passed: {passed} tests, {ignored} ignored"),
            Self::Failed(_, why) => format!("FAILED: {why}"),
            Self::Missing(why) => format!("MISSING: {why}"),
        }
    }
}

/// What a check does.
pub(super) enum Work {
    /// Runs a program that succeeds or fails.
    Succeeds(Command),
    /// Runs a test harness.
    Tests(Command),
    /// Runs code of ours.
    Holds(Box<dyn FnOnce() -> Result<(), Problem>>),
    /// Cannot run here, and why.
    Absent(String),
}

/// One check.
pub(super) struct Check {
    pub(super) name: String,
    pub(super) needs: &'static [Need],
    pub(super) work: Work,
}

impl Check {
    /// A check by a program.
    pub(super) fn succeeds(name: impl Into<String>, needs: &'static [Need], command: Command) -> Self {
        Self { name: name.into(), needs, work: Work::Succeeds(command) }
    }

    /// A check by a test harness.
    pub(super) fn tests(name: impl Into<String>, needs: &'static [Need], command: Command) -> Self {
        Self { name: name.into(), needs, work: Work::Tests(command) }
    }

    /// A check by code.
    pub(super) fn holds(
        name: impl Into<String>,
        needs: &'static [Need],
        work: impl FnOnce() -> Result<(), Problem> + 'static,
    ) -> Self {
        Self { name: name.into(), needs, work: Work::Holds(Box::new(work)) }
    }

    /// Runs it. `filtered`: a filter chose among the tests, so finding none of them is no failure.
    pub(super) fn run(self, toolbox: &Toolbox, filtered: bool) -> Result<(Outcome, Duration), Problem> {
        let start = Instant::now();
        let lacking = toolbox.lacking(self.needs);
        if !lacking.is_empty() {
            return Ok((Outcome::Missing(lacking.join("; ")), start.elapsed()));
        }
        let outcome = match self.work {
            Work::Absent(why) => Outcome::Missing(why),
            Work::Succeeds(mut command) => from_result(process::run(&self.name, &mut command))?,
            Work::Holds(holds) => from_result(holds())?,
            Work::Tests(mut command) => {
                let mut counts = Counts::default();
                let status = process::run_with_lines(&mut command, |line| {
                    counts += Counts::from_line(line).unwrap_or_default();
                })?;
                judge(counts, status.success(), &process::in_words(status), filtered)
            }
        };
        Ok((outcome, start.elapsed()))
    }
}

fn from_result(result: Result<(), Problem>) -> Result<Outcome, Problem> {
    match result {
        Ok(()) => Ok(Outcome::Passed(Counts::default())),
        Err(Problem::Interrupted) => Err(Problem::Interrupted),
        Err(problem) => Ok(Outcome::Failed(Counts::default(), problem.to_string())),
    }
}

/// A harness that succeeds without having run one test proves nothing, so it failed.
fn judge(counts: Counts, success: bool, status: &str, filtered: bool) -> Outcome {
    match (success, counts.failed) {
        (true, 0) if counts.passed > 0 || filtered => Outcome::Passed(counts),
        (true, 0) => Outcome::Failed(counts, "no test ran".to_owned()),
        (_, 0) => Outcome::Failed(counts, status.to_owned()),
        (_, failed) => Outcome::Failed(counts, format!("{failed} failed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u64, failed: u64, ignored: u64) -> Counts {
        Counts { passed, failed, ignored }
    }

    #[test]
    fn closing_lines_of_both_harnesses_are_read() {
        let cases = [
            (
                "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s",
                Some(counts(3, 0, 1)),
            ),
            (
                "test result: FAILED. 12 passed; 2 failed; 0 ignored; 0 filtered out; finished in 1s",
                Some(counts(12, 2, 0)),
            ),
            ("test result: ok", None),
            ("test protocol::result ... ok", None),
            ("3 passed; 0 failed", None),
        ];
        for (line, expected) in cases {
            assert_eq!(Counts::from_line(line), expected, "{line}");
        }
    }

    #[test]
    fn a_harness_that_ran_nothing_has_failed() {
        assert!(matches!(judge(counts(0, 0, 0), true, "", false), Outcome::Failed(..)));
        assert!(matches!(judge(counts(0, 0, 4), true, "", false), Outcome::Failed(..)));
        assert!(matches!(judge(counts(0, 0, 0), true, "", true), Outcome::Passed(_)));
        assert!(matches!(judge(counts(1, 0, 0), true, "", false), Outcome::Passed(_)));
    }

    #[test]
    fn a_harness_that_failed_without_a_failing_test_has_failed() {
        let outcome = judge(counts(5, 0, 0), false, "exit status 101", true);
        assert_eq!(outcome, Outcome::Failed(counts(5, 0, 0), "exit status 101".to_owned()));
        assert!(matches!(judge(counts(5, 1, 0), true, "", true), Outcome::Failed(..)));
    }
}
