//! Whether an entry has what a search asks for.

use serde_json::Value;

use super::{BARE_FIELDS, Expr, Test};

/// Text with stars in it: what stands between them, in order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern(Vec<String>);

impl Pattern {
    /// A pattern of these parts; one part is the exact text.
    pub(super) fn new(parts: Vec<String>) -> Self {
        Self(parts)
    }

    /// The text, if there is no star in it.
    pub(super) fn exact(&self) -> Option<&str> {
        match self.0.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The longest text that must be there, in letters that JSON writes as they are.
    pub(super) fn literal(&self) -> Option<&str> {
        let plain = |c: char| !c.is_control() && !matches!(c, '"' | '\\');
        self.0
            .iter()
            .flat_map(|part| part.split(|c| !plain(c)))
            .filter(|text| !text.is_empty())
            .max_by_key(|text| text.len())
    }

    fn matches(&self, text: &str) -> bool {
        let Some((first, rest)) = self.0.split_first() else { return false };
        let Some((last, middle)) = rest.split_last() else { return first == text };
        let Some(mut text) = text.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            // The earliest place leaves the most room for what follows.
            let Some(at) = text.find(part.as_str()) else { return false };
            text = &text[at + part.len()..];
        }
        text.ends_with(last.as_str())
    }
}

/// From one value to another.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Range {
    pub(super) from: Option<Bound>,
    pub(super) to: Option<Bound>,
}

/// One end of a range.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bound {
    pub(super) value: String,
    pub(super) inclusive: bool,
}

impl Range {
    fn contains(&self, value: &str) -> bool {
        self.from.as_ref().is_none_or(|from| from.allows(value, std::cmp::Ordering::Greater))
            && self.to.as_ref().is_none_or(|to| to.allows(value, std::cmp::Ordering::Less))
    }
}

impl Bound {
    /// Whether `value` is on the `wanted` side of this bound, or at it. A bound is as precise as it is written:
    /// the day 2026-11-23 includes all of its hours.
    fn allows(&self, value: &str, wanted: std::cmp::Ordering) -> bool {
        let order = match (value.parse::<f64>(), self.value.parse::<f64>()) {
            (Ok(value), Ok(bound)) => value.total_cmp(&bound),
            _ => value.chars().take(self.value.chars().count()).cmp(self.value.chars()),
        };
        order == wanted || (self.inclusive && order.is_eq())
    }
}

impl Expr {
    pub(super) fn holds(&self, entry: &Value) -> bool {
        match self {
            Self::Everything => true,
            Self::All(parts) => parts.iter().all(|part| part.holds(entry)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(entry)),
            Self::Not(part) => !part.holds(entry),
            Self::Bare(pattern) => BARE_FIELDS
                .iter()
                .any(|field| entry.get(field).and_then(Value::as_str).is_some_and(|text| pattern.matches(text))),
            Self::Field { path, test } => values(entry, path, &|value| test.holds(value)),
        }
    }
}

impl Test {
    fn holds(&self, value: &str) -> bool {
        match self {
            Self::Exists => true,
            Self::Matches(pattern) => pattern.matches(value),
            Self::Within(range) => range.contains(value),
        }
    }
}

/// Whether `wanted` holds for a value at `path`, whose dots lead into objects; of a list, for one of its values.
fn values(at: &Value, path: &str, wanted: &dyn Fn(&str) -> bool) -> bool {
    match at {
        Value::Array(items) => items.iter().any(|item| values(item, path, wanted)),
        Value::Object(fields) => {
            let (name, rest) = path.split_once('.').unwrap_or((path, ""));
            match fields.get(name) {
                Some(value) if rest.is_empty() => leaves(value, wanted),
                Some(value) => values(value, rest, wanted),
                None => false,
            }
        }
        _ => false,
    }
}

fn leaves(value: &Value, wanted: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => wanted(text),
        Value::Bool(_) | Value::Number(_) => wanted(&value.to_string()),
        Value::Array(items) => items.iter().any(|item| leaves(item, wanted)),
        // An object is there; that is all that can be asked of it.
        Value::Object(_) => wanted(""),
    }
}
