//! JSON by hand. Derived readers and writers of a handful of small objects would be larger than the rest of the core.

use serde_json::{Map, Value};

use super::time::Timestamp;

/// An object of these members.
pub(super) fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    // One by one: collecting would bring a whole sorting algorithm into the download.
    let mut object = Map::new();
    for (name, value) in members {
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}

/// Reads `text` as an object; `None` for everything else.
pub(super) fn read(text: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Some(object),
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
