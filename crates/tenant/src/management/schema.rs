//! What a body may hold: known fields of the right type, and nothing else.

use std::fmt;

use axum::body::Body;
use axum::http::HeaderMap;
use serde_json::Value;

use super::error::ManagementError;
use crate::body;
use crate::tenant_file::Object;

/// The type of a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text,
    Flag,
    /// A number from the first to the second, both included.
    Number(i64, i64),
    /// A number of any kind, above zero.
    Positive,
    Texts,
    Objects,
    Object,
    OneOf(&'static [&'static str]),
}

/// A field by its name.
pub(super) type Field = (&'static str, Kind);

/// What is wrong with a value, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The field; empty if the body as a whole is meant.
    pub property: String,
    /// What was expected and what was found.
    pub sentence: String,
}

impl Problem {
    pub(super) fn at(property: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { property: property.into(), sentence: sentence.into() }
    }

    pub(super) fn missing(property: &str) -> Self {
        Self::at("", format!("Missing required property: {property}"))
    }

    pub(super) fn unknown(property: &str) -> Self {
        Self::at("", format!("Additional properties not allowed: {property}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.sentence)?;
        if !self.property.is_empty() {
            write!(f, " on property {}", self.property)?;
        }
        f.write_str(".")
    }
}

/// Reads a body that must be a JSON object.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Object, ManagementError> {
    body::json_object(headers, body).await.map_err(|error| ManagementError {
        status: error.status,
        code: Some("invalid_body"),
        message: format!("Payload validation error: '{}'.", error.description),
    })
}

/// Passes a body whose fields are all among `fields` and of their type. Null is no type: it unsets a field.
pub(super) fn check(body: &Object, fields: &[Field]) -> Result<(), Problem> {
    for (name, value) in body {
        let (_, kind) = fields.iter().find(|(known, _)| known == name).ok_or_else(|| Problem::unknown(name))?;
        if !value.is_null() {
            kind.check(name, value)?;
        }
    }
    Ok(())
}

impl Kind {
    fn check(self, name: &str, value: &Value) -> Result<(), Problem> {
        let wrong =
            |expected: &str| Err(Problem::at(name, format!("Expected {expected} but found {}", in_words(value))));
        match (self, value) {
            (Self::Text, Value::String(text)) if text.chars().all(|c| !c.is_control() || c == '\n') => Ok(()),
            (Self::Text, Value::String(_)) => Err(Problem::at(name, "Expected a text without control characters")),
            (Self::Flag, Value::Bool(_)) | (Self::Object, Value::Object(_)) => Ok(()),
            (Self::Number(least, most), value) if value.as_i64().is_some_and(|n| (least..=most).contains(&n)) => Ok(()),
            (Self::Positive, Value::Number(number)) if number.as_f64().is_some_and(|number| number > 0.0) => Ok(()),
            (Self::Texts, Value::Array(items)) => match items.iter().position(|item| !item.is_string()) {
                None => Ok(()),
                Some(at) => Err(Problem::at(
                    format!("{name}[{at}]"),
                    format!("Expected a text but found {}", in_words(&items[at])),
                )),
            },
            (Self::Objects, Value::Array(items)) if items.iter().all(Value::is_object) => Ok(()),
            (Self::OneOf(values), Value::String(text)) if values.contains(&text.as_str()) => Ok(()),
            (Self::Text, _) => wrong("a text"),
            (Self::Flag, _) => wrong("true or false"),
            (Self::Object, _) => wrong("an object"),
            (Self::Number(least, most), _) => wrong(&format!("a number from {least} to {most}")),
            (Self::Positive, _) => wrong("a number above 0"),
            (Self::Texts, _) => wrong("a list of texts"),
            (Self::Objects, _) => wrong("a list of objects"),
            (Self::OneOf(values), _) => wrong(&format!("one of {}", values.join(", "))),
        }
    }
}

/// The value if it is short, else its type: a long one may be a secret in the wrong place.
pub(super) fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) if text.len() <= 20 => format!("the text {text}"),
        Value::String(_) => "a text".into(),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
    }
}

/// Puts a change over an object: null unsets a field, `merged` fields are changed key by key.
pub(super) fn merge(object: &mut Object, change: Object, merged: &[&str]) {
    for (name, value) in change {
        match (value, object.get_mut(&name)) {
            (Value::Null, _) => {
                object.shift_remove(&name);
            }
            (Value::Object(part), Some(Value::Object(own))) if merged.contains(&name.as_str()) => {
                merge(own, part, &[]);
            }
            (value, _) => {
                object.insert(name, value);
            }
        }
    }
}
