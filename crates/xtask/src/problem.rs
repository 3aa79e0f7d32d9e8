//! What can go wrong, each with a stable code and a sentence that says what to do.

use std::io;
use std::path::PathBuf;

/// A failure that ends the command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// The machine lacks something that could not be installed; one sentence each.
    #[error("this machine lacks what the command needs:\n{}", list(.0))]
    Missing(Vec<String>),

    /// A program ran and said no.
    #[error("{step} failed ({status}){}", after_colon(.output))]
    Failed {
        /// What was being done.
        step: String,
        /// How the program ended, in words.
        status: String,
        /// The end of what it printed, and what to do; empty if it was shown as it ran.
        output: String,
    },

    /// A program could not be started at all.
    #[error("`{program}` could not be started: {source}. Install it, or put it on the PATH")]
    NotStarted {
        /// The program's name.
        program: String,
        /// Why.
        source: io::Error,
    },

    /// An address to listen on is taken.
    #[error(
        "{address} is in use by another program. Stop that program, or choose another port: \
         cargo xtask serve {flag} localhost:{free}"
    )]
    PortInUse {
        /// The address asked for.
        address: String,
        /// The option that changes it.
        flag: &'static str,
        /// A port to try instead.
        free: u16,
    },

    /// An address to listen on is no `HOST:PORT`.
    #[error("{flag}: expected HOST:PORT (for example localhost:4000), found `{found}`")]
    NotAnAddress {
        /// The option that carried it.
        flag: &'static str,
        /// What it carried.
        found: String,
    },

    /// The tenant ended before it was ready, or while it was serving.
    #[error("the tenant stopped ({status}); its own words are above. cargo xtask serve starts it again")]
    TenantStopped {
        /// How it ended, in words.
        status: String,
    },

    /// A file could not be read or written.
    #[error("{path}: {source}", path = .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },

    /// A file or an answer is not in the form it must have.
    #[error("{what}: expected {expected}, found {found}")]
    Unexpected {
        /// The file or the answer.
        what: String,
        /// What it should have been.
        expected: String,
        /// What it was.
        found: String,
    },

    /// A first visit downloads more than the budget allows.
    #[error(
        "a first visit of {page} downloads {found} bytes (brotli), the budget is {budget}. Find what grew with cargo xtask size"
    )]
    OverBudget {
        /// Which page.
        page: &'static str,
        /// Bytes of brotli in all.
        found: u64,
        /// Bytes allowed.
        budget: u64,
    },

    /// Some part of the tests failed or could not run; the summary has named it.
    #[error("{0}")]
    TestsFailed(String),

    /// Ctrl-C, or a request to end.
    #[error("interrupted")]
    Interrupted,
}

impl Problem {
    /// A stable word for scripts.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing",
            Self::Failed { .. } => "step_failed",
            Self::NotStarted { .. } => "not_started",
            Self::PortInUse { .. } => "port_in_use",
            Self::NotAnAddress { .. } => "not_an_address",
            Self::TenantStopped { .. } => "tenant_stopped",
            Self::File { .. } => "file",
            Self::Unexpected { .. } => "unexpected",
            Self::OverBudget { .. } => "over_budget",
            Self::TestsFailed(_) => "tests_failed",
            Self::Interrupted => "interrupted",
        }
    }

    /// 2 for a wrong argument, 130 for an interruption as shells have it, 1 for the rest.
    pub(crate) fn exit_status(&self) -> u8 {
        match self {
            Self::NotAnAddress { .. } => 2,
            Self::Interrupted => 130,
            _ => 1,
        }
    }

    /// For `map_err` on file operations.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}

fn list(sentences: &[String]) -> String {
    sentences.iter().map(|sentence| format!("  - {sentence}")).collect::<Vec<_>>().join("\n")
}

fn after_colon(output: &str) -> String {
    if output.is_empty() { String::new() } else { format!(":\n{output}") }
}
