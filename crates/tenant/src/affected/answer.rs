//! The answer of `tenant affected`, as it is printed.

use std::collections::BTreeMap;
use std::path::Path;

use migration::Replacement;
use migration::code::{Finding, Findings};
use migration::logs::{Report, Tally};
use serde::Serialize;

/// Problems that are told of one file; further ones are counted.
pub(super) const MOST_PROBLEMS: u64 = 5;

/// Everything that was found, and what could not be read.
#[derive(Debug, Default, Serialize)]
pub(super) struct Answer {
    /// Whether anything ends with the migration.
    pub affected: bool,
    /// Whether everything that was named could be read. Only then does `affected: false` mean "not affected".
    pub complete: bool,
    pub logs: Logs,
    pub code: Code,
    pub problems: Vec<Problem>,
    pub skipped: Skipped,
    #[serde(skip)]
    pub tally: Tally,
    #[serde(skip)]
    unreadable: bool,
}

/// What log entries say.
#[derive(Debug, Default, Serialize)]
pub(super) struct Logs {
    /// How many files of log entries were read.
    pub files: u64,
    #[serde(flatten)]
    pub report: Report,
}

/// What programs say.
#[derive(Debug, Default, Serialize)]
pub(super) struct Code {
    /// How many files were read.
    pub files: u64,
    pub findings: Vec<InFile>,
    /// Findings beyond the first thousand of a file.
    pub left_out: u64,
}

/// A finding and its file.
#[derive(Debug, Serialize)]
pub(super) struct InFile {
    pub file: String,
    #[serde(flatten)]
    pub finding: Finding,
    /// Whether it makes the answer "affected".
    pub affected: bool,
    pub replacement: Replacement,
}

/// What could not be read, or not as it is.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    /// The file, with line and column where there are any.
    pub place: String,
    pub what: String,
}

/// What was left out on purpose.
#[derive(Debug, Default, Serialize)]
pub(super) struct Skipped {
    /// Folders that hold other people's programs or what was built, by name.
    pub folders: BTreeMap<String, u64>,
    pub binary_files: u64,
    pub symbolic_links: u64,
    /// Sockets, devices and the like.
    pub special_files: u64,
}

impl Answer {
    /// Notes what makes the answer incomplete.
    pub(super) fn cannot_read(&mut self, place: &Path, what: impl Into<String>) {
        self.unreadable = true;
        self.remark(shown(place), what);
    }

    /// Notes what should be known, and changes nothing.
    pub(super) fn remark(&mut self, place: String, what: impl Into<String>) {
        self.problems.push(Problem { place, what: what.into() });
    }

    pub(super) fn take(&mut self, path: &Path, findings: Findings) {
        let file = shown(path);
        self.code.left_out += findings.left_out;
        self.code.findings.extend(findings.found.into_iter().map(|finding| InFile {
            file: file.clone(),
            affected: finding.counts(),
            replacement: finding.replacement(),
            finding,
        }));
    }

    pub(super) fn finish(mut self) -> Self {
        self.logs.report = std::mem::take(&mut self.tally).finish();
        self.affected = self.logs.report.affected() || self.code.findings.iter().any(|one| one.affected);
        self.complete = !self.unreadable && self.logs.files + self.code.files > 0;
        self
    }

    pub(super) fn exit_status(&self) -> u8 {
        match (self.affected, self.complete) {
            (true, _) => 1,
            (false, true) => 0,
            (false, false) => 2,
        }
    }
}

/// A path as it may be printed: a file's name can hold what a terminal would obey.
pub(super) fn shown(path: &Path) -> String {
    path.to_string_lossy().replace(|c: char| c.is_control(), "\u{fffd}")
}
