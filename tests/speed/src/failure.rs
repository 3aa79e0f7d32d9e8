//! What can go wrong while measuring, each with what to do.

use std::io;

/// Why there is no measurement.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A program that is needed could not be started.
    #[error("`{program}` could not be started: {source}. Install it, or put it on the PATH")]
    NotStarted {
        /// Its name.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// A server ended, or said something else, before it was ready.
    #[error("{server} was not ready: it said {said:?}. Start it by hand to see why")]
    NotReady {
        /// Which.
        server: &'static str,
        /// What it said in place of `ready`.
        said: String,
    },
    /// A connection broke, or an answer is no HTTP that this program reads.
    #[error("{server} did not answer: {source}. Did it end? Start it by hand to see why")]
    Connection {
        /// Which server.
        server: &'static str,
        /// Why.
        source: io::Error,
    },
    /// An answer in a phase that is not measured is not the one expected.
    #[error("{server}: expected {expected}, found {found}")]
    Answer {
        /// Which server.
        server: &'static str,
        /// What should have come.
        expected: &'static str,
        /// What came.
        found: String,
    },
    /// A file or folder cannot be used.
    #[error("{path}: {source}")]
    File {
        /// Its path.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Some answers were wrong: the figures mean nothing.
    #[error("{0} answers were wrong, so the figures mean nothing; the first of each kind is above")]
    WrongAnswers(usize),
    /// Memory grew during the soak.
    #[error("memory was not flat: {0}")]
    Grew(String),
}
