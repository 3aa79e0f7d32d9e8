//! Reads the members of a body that changes the lab, each with a sentence for what it must be.

use serde_json::Value;

use crate::error::ApiError;
use crate::tenant_file::Object;

/// Refuses members of any other name.
pub(super) fn only(body: &Object, known: &[&str]) -> Result<(), ApiError> {
    match body.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(other) => {
            let known = known.join(", ");
            Err(ApiError::invalid_request(format!("{other:?} is no member here; what there is: {known}")))
        }
    }
}

/// A text of 1 to 200 bytes, if it is there.
pub(super) fn text(body: &Object, name: &str) -> Result<Option<String>, ApiError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if (1..=200).contains(&text.len()) => Ok(Some(text.clone())),
        Some(_) => Err(ApiError::invalid_request(format!("{name} must be a text of 1 to 200 bytes"))),
    }
}

/// A whole number from 1 to `most`, if it is there.
pub(super) fn number(body: &Object, name: &str, most: u64) -> Result<Option<u64>, ApiError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64().filter(|number| (1..=most).contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(ApiError::invalid_request(format!("{name} must be a whole number from 1 to {most}"))),
        },
    }
}
