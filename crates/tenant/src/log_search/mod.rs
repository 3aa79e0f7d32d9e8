//! Searches in tenant logs, in Auth0's query syntax: a subset of Lucene's, case-sensitive, values not taken apart.
//!
//! `type:depnote AND description:Legacy\ Delegation*` finds entries by field; a word without a field is looked for
//! in the fields of [`BARE_FIELDS`]. `AND`, `OR`, `NOT` and parentheses combine, words side by side are
//! alternatives, `*` stands for any text, quotes make a value exact, `[a TO b]` and `{a TO b}` are ranges
//! with and without their ends. (Auth0 documentation: Log Search Query Syntax.)

mod matching;
mod parse;

pub(crate) use parse::SearchError;

use matching::{Pattern, Range};

/// The fields that the documentation names as searchable. Others (`details.target`, `audience`) work too.
pub(crate) const FIELDS: [&str; 16] = [
    "client_id",
    "client_name",
    "connection",
    "connection_id",
    "date",
    "description",
    "hostname",
    "ip",
    "log_id",
    "organization_id",
    "strategy",
    "strategy_type",
    "type",
    "user_agent",
    "user_id",
    "user_name",
];

/// Where a word without a field is looked for.
const BARE_FIELDS: [&str; 7] = ["client_name", "connection", "description", "ip", "log_id", "type", "user_name"];

/// A search that was read and can be asked of entries.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Search(Expr);

#[derive(Clone, Debug, PartialEq)]
enum Expr {
    Everything,
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
    /// One of the [`BARE_FIELDS`] has such a value.
    Bare(Pattern),
    Field {
        path: String,
        test: Test,
    },
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Exists,
    Matches(Pattern),
    Within(Range),
}

impl Search {
    /// Reads a search; an empty one finds everything.
    pub(crate) fn parse(text: &str) -> Result<Self, SearchError> {
        parse::search(text).map(Self)
    }

    /// Whether this entry is among what is searched for.
    pub(crate) fn finds(&self, entry: &serde_json::Value) -> bool {
        self.0.holds(entry)
    }

    /// A text that is in the JSON of every entry found, if the search says so: it lets the store skip the others
    /// without reading them.
    pub(crate) fn literal(&self) -> Option<&str> {
        self.0.literal()
    }

    /// The one `type` that every entry found has, if the search says so: it lets the store skip the others.
    pub(crate) fn only_type(&self) -> Option<&str> {
        self.0.only_type()
    }
}

impl Expr {
    fn literal(&self) -> Option<&str> {
        match self {
            Self::Bare(pattern) | Self::Field { test: Test::Matches(pattern), .. } => pattern.literal(),
            Self::All(parts) => parts.iter().filter_map(Self::literal).max_by_key(|literal| literal.len()),
            _ => None,
        }
    }

    fn only_type(&self) -> Option<&str> {
        match self {
            Self::Field { path, test: Test::Matches(pattern) } if path == "type" => pattern.exact(),
            Self::All(parts) => parts.iter().find_map(Self::only_type),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
