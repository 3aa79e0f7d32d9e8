//! Am I affected? Read from source code: where a program asks `POST /delegation` for a token, by an SDK or itself.
//!
//! ```
//! let found = migration::code::scan("app.js", "auth0.renewIdToken(idToken, done);");
//! assert_eq!((found[0].line, found[0].column), (1, 7));
//! assert!(found[0].counts());
//! assert_eq!(found[0].replacement().title, "Silent authentication");
//! ```
//!
//! A small tokenizer tells code from comments and texts, and what stands around a name decides how sure a finding
//! is: no program is parsed, and no value is followed further than a few lines. What is put together at run time
//! (`client[name](…)`, `'/' + 'delegation'`) is not seen.

mod call;
mod judge;
mod language;
mod lexer;
mod scanner;
mod signs;

use serde::Serialize;

use crate::{ClientType, Exchange, Replacement, replacement};
pub use scanner::Scanner;

/// Findings that are kept of one file; further ones are counted. Bounds the memory that a file can take.
pub const MOST_FINDINGS: usize = 1000;

/// What a finding is a sign of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// A call of an SDK's function for delegation.
    SdkCall,
    /// A request to the address `/delegation`.
    Request,
    /// The grant type that a delegation request carries ([`crate::grant_type::JWT_BEARER`]).
    GrantType,
    /// A client's permission to delegate, in an export of a tenant or in what sets one up.
    Permission,
    /// The tenant's own switch (`allow_legacy_delegation_grant_types`), on.
    TenantFlag,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// It has the look of delegation and, by its reason, is something else.
    LooksLikeIt,
    /// It is delegation unless another function has the same name, or it is never used.
    Likely,
    /// It is delegation.
    Certain,
}

impl Confidence {
    /// In words.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::LooksLikeIt => "only looks like it",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

/// A place in a file that is, or looks like, delegation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The line, from 1.
    pub line: u64,
    /// The character in the line, from 1.
    pub column: u64,
    /// The line, or what is near in a long one.
    pub excerpt: String,
    /// What it is a sign of.
    pub sign: Sign,
    /// What is exchanged, where that can be seen.
    pub exchange: Option<Exchange>,
    /// How sure it is.
    pub confidence: Confidence,
    /// Why it is so sure, or what it is instead.
    pub reason: String,
    /// What programs in this language usually are. It decides the replacement.
    pub client: ClientType,
}

impl Finding {
    /// Whether it makes the program affected: it does more than look like delegation, and what it exchanges ends with
    /// the migration or cannot be seen.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.confidence > Confidence::LooksLikeIt && self.exchange.is_none_or(Exchange::ends_with_the_migration)
    }

    /// What takes its place.
    #[must_use]
    pub const fn replacement(&self) -> Replacement {
        match self.exchange {
            Some(exchange) => replacement(exchange, self.client),
            None => replacement(Exchange::IdToken, self.client),
        }
    }
}

/// What is in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// In the order of the file.
    pub found: Vec<Finding>,
    /// How many more there were.
    pub left_out: u64,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A program.
    Program,
    /// Configuration or data: an export of a tenant, perhaps.
    Data,
    /// Words for people, or something unknown.
    Prose,
}

/// What a file with this name and beginning is for.
#[must_use]
pub fn file_kind(name: &str, beginning: &str) -> FileKind {
    language::language(name, beginning).kind()
}

/// Reads a file whose text is in memory. Its `name` tells the language.
#[must_use]
pub fn scan(name: &str, text: &str) -> Vec<Finding> {
    let mut scanner = Scanner::new(name);
    scanner.push(text);
    scanner.finish().found
}
