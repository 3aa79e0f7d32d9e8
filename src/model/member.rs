//! Members of JSON objects as the tenant's lab writes them: what is absent reads as empty.

use silent_auth::protocol::json::Value;

/// The text of this member; empty if it is none.
#[must_use]
pub fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The items of this member; none if it is no list.
#[must_use]
pub fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether this member is that text.
#[must_use]
pub fn is(value: &Value, key: &str, text: &str) -> bool {
    value.get(key).and_then(Value::as_str) == Some(text)
}
