//! JSON (RFC 8259) as values: read strictly, written compactly.
//!
//! `serde_json` was in here first. Its floating-point numbers, its readers and its errors were a fifteenth of the page's download, and
//! the protocol needs none of them. `tests/json.rs` holds the two readings against each other.
//!
//! ```
//! use silent_auth::protocol::json::Value;
//!
//! let claims = Value::read(r#"{"sub": "auth0|ada", "email_verified": true}"#).expect("JSON");
//! assert_eq!(claims["sub"].as_str(), Some("auth0|ada"));
//! assert_eq!(claims["email_verified"].as_bool(), Some(true));
//! // The same name twice could be read in two ways, so it is not read at all.
//! assert_eq!(Value::read(r#"{"sub": "ada", "sub": "eve"}"#), None);
//! ```

mod read;
mod write;

use core::fmt;

use super::time::Timestamp;
use read::Reader;

/// How deep lists and objects may be nested.
const DEPTH: u32 = 64;

/// A JSON value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, in the characters that were sent: nothing is rounded.
    Number(String),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<Value>),
    /// An object.
    Object(Map),
}

/// The members of an object, in the order of their names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Map(Vec<(String, Value)>);

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Map {
    /// No members.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The member of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        Some(&self.0.get(self.place(name).ok()?)?.1)
    }

    /// Whether there is a member of this name.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    /// Sets a member, and returns the value that it had.
    pub fn insert(&mut self, name: String, value: Value) -> Option<Value> {
        match self.place(&name) {
            Ok(place) => Some(core::mem::replace(&mut self.0[place].1, value)),
            Err(place) => {
                self.0.insert(place, (name, value));
                None
            }
        }
    }

    /// Takes a member out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.place(name).ok().map(|place| self.0.remove(place).1)
    }

    /// The members.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// The names.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|(name, _)| name)
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.as_str().cmp(name))
    }
}

impl Value {
    /// Reads a text. Strict: nothing before or after the value but white space, no name twice in an object (two values for one name is how two
    /// parsers come to read two meanings), at most 64 levels.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Reader::of(text).whole(DEPTH)
    }

    /// The member of an object.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is a whole one of 64 bits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// The number, if it is a whole one of 64 bits and not negative.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// Whether it is true, if it is `true` or `false`.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(it) => Some(*it),
            _ => None,
        }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn as_array(&self) -> Option<&Vec<Self>> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The members, if it is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&Map> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Whether it is a text.
    #[must_use]
    pub fn is_string(&self) -> bool {
        matches!(self, Self::String(_))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(it: bool) -> Self {
        Self::Bool(it)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number.to_string())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number.to_string())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(it: Option<T>) -> Self {
        it.map_or(Self::Null, Into::into)
    }
}

impl core::ops::Index<&str> for Map {
    type Output = Value;

    /// The member of this name; `null` if there is none.
    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }
}

impl core::ops::Index<&str> for Value {
    type Output = Self;

    /// The member of an object; `null` if there is none.
    fn index(&self, name: &str) -> &Self {
        self.get(name).unwrap_or(&Self::Null)
    }
}

impl PartialEq<&str> for Value {
    fn eq(&self, text: &&str) -> bool {
        self.as_str() == Some(*text)
    }
}

/// An object of these members.
pub(crate) fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let mut object = Map::new();
    for (name, value) in members {
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}

/// Reads `text` as an object; `None` for everything else.
pub(super) fn read(text: &str) -> Option<Map> {
    match Value::read(text)? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// A member that is a text.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

/// A member that is a point in time, in milliseconds.
pub(super) fn time(value: &Value, name: &str) -> Option<Timestamp> {
    value.get(name)?.as_i64().map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_is_read_and_written() {
        let text = "\u{8}\u{c}\n\r\t\"\\/\u{1}é";
        let written = Value::from(text).to_string();
        assert_eq!(written, r#""\b\f\n\r\t\"\\/\u0001é""#);
        assert_eq!(Value::read(&written), Some(Value::from(text)));
        assert_eq!(Value::read(r#""\/\u00e9\ud83d\ude00""#), Some(Value::from("/é😀")));
    }

    #[test]
    fn the_members_of_an_object_can_be_counted_and_taken_out() {
        let mut object = Map::new();
        assert!(object.is_empty());
        object.insert("a".to_owned(), true.into());
        assert_eq!((object.len(), object.remove("b"), object.remove("a")), (1, None, Some(Value::Bool(true))));
        assert!(Value::from("a").is_string() && !Value::Null.is_string());
        assert_eq!(Value::from("a").as_array(), None);
    }
}
