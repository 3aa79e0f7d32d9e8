//! A JSON object in which each name comes once.

use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use crate::tenant_file::Object;

/// Reads a JSON object. A name that comes twice is refused: which of its values counts would be anybody's guess
/// (RFC 8259 4), and no request parameter may be repeated (RFC 6749 3.1, 3.2).
pub(crate) fn read(bytes: &[u8]) -> Result<Object, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let object = reader.deserialize_map(Once)?;
    reader.end()?;
    Ok(object)
}

struct Once;

impl<'de> Visitor<'de> for Once {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Object, A::Error> {
        let mut object = Object::new();
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format_args!("{name} appears more than once")));
            }
            object.insert(name, value);
        }
        Ok(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_name_is_no_object() {
        assert_eq!(read(br#"{"b":1,"a":{"b":2}}"#).expect("an object").len(), 2);
        let error = read(br#"{"a":1,"b":2,"\u0061":3}"#).expect_err("repeated").to_string();
        assert!(error.starts_with("a appears more than once"), "{error}");
        for other in ["", "[]", "null", "5", "{", "{} {}", "\"a\""] {
            assert!(read(other.as_bytes()).is_err(), "{other}");
        }
    }
}
