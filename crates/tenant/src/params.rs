//! Request parameters: an empty value counts as absent, a repeated name is remembered (RFC 6749 3.1, 3.2).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::json_object;

/// The parameters of a request in the order they came.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query string or a form body.
    pub(crate) fn from_form(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    /// Reads a JSON object; numbers and booleans count as their text.
    pub(crate) fn from_json(text: &[u8]) -> Result<Self, String> {
        let object = json_object::read(text).map_err(|error| format!("the body is not a JSON object: {error}"))?;
        let mut pairs = Vec::new();
        for (name, value) in object {
            match value {
                Value::Null => {}
                Value::String(text) => pairs.push((name, text)),
                Value::Bool(_) | Value::Number(_) => pairs.push((name, value.to_string())),
                Value::Array(_) | Value::Object(_) => return Err(format!("{name} must be a text")),
            }
        }
        Ok(Self(pairs))
    }

    /// The first value of this name, unless it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Every value of this name.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The names, in the order they came.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The first name for which `which` holds and that came more than once.
    pub(crate) fn repeated(&self, which: impl Fn(&str) -> bool) -> Option<&str> {
        let mut names = std::collections::HashSet::new();
        self.0.iter().map(|(name, _)| name.as_str()).filter(|name| which(name)).find(|name| !names.insert(*name))
    }
}

impl std::fmt::Debug for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be codes, tokens or passwords.
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_is_absent_and_a_repeated_name_is_seen() {
        let params = Params::from_form(b"a=1&b=&c=2&a=3");
        assert_eq!(params.get("a"), Some("1"));
        assert_eq!(params.get("b"), None);
        assert_eq!(params.repeated(|_| true), Some("a"));
        assert_eq!(params.repeated(|name| name != "a"), None);
    }

    #[test]
    fn json_must_be_an_object_of_texts() {
        assert!(Params::from_json(b"[]").is_err());
        assert!(Params::from_json(br#"{"a":{"b":1}}"#).is_err());
        assert!(Params::from_json(b"{").is_err());
        let params = Params::from_json(br#"{"a":"x","b":3,"c":null}"#).expect("an object");
        assert_eq!((params.get("a"), params.get("b"), params.get("c")), (Some("x"), Some("3"), None));
    }
}
