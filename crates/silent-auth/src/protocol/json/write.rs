//! Writes JSON: compact for programs, indented for people.

use core::fmt::{self, Write};

use super::Value;

/// Compact; with `{:#}` one member a line, for people.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let people = f.alternate();
        write(f, self, people.then_some(0))
    }
}

/// `level` is how deep the value is indented; `None` for no white space at all.
fn write(f: &mut fmt::Formatter<'_>, value: &Value, level: Option<usize>) -> fmt::Result {
    match value {
        Value::Null => f.write_str("null"),
        Value::Bool(true) => f.write_str("true"),
        Value::Bool(false) => f.write_str("false"),
        Value::Number(digits) => f.write_str(digits),
        Value::String(text) => write_text(f, text),
        Value::Array(items) => {
            f.write_char('[')?;
            for (index, item) in items.iter().enumerate() {
                separate(f, index, level)?;
                write(f, item, level.map(|level| level + 1))?;
            }
            end(f, ']', items.is_empty(), level)
        }
        Value::Object(members) => {
            f.write_char('{')?;
            for (index, (name, member)) in members.iter().enumerate() {
                separate(f, index, level)?;
                write_text(f, name)?;
                f.write_str(if level.is_some() { ": " } else { ":" })?;
                write(f, member, level.map(|level| level + 1))?;
            }
            end(f, '}', members.is_empty(), level)
        }
    }
}

fn separate(f: &mut fmt::Formatter<'_>, index: usize, level: Option<usize>) -> fmt::Result {
    if index > 0 {
        f.write_char(',')?;
    }
    level.map_or(Ok(()), |level| line(f, level + 1))
}

fn end(f: &mut fmt::Formatter<'_>, bracket: char, empty: bool, level: Option<usize>) -> fmt::Result {
    if let Some(level) = level.filter(|_| !empty) {
        line(f, level)?;
    }
    f.write_char(bracket)
}

fn line(f: &mut fmt::Formatter<'_>, level: usize) -> fmt::Result {
    f.write_char('\n')?;
    (0..level).try_for_each(|_| f.write_str("  "))
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '\u{8}' => f.write_str("\\b")?,
            '\u{c}' => f.write_str("\\f")?,
            '\0'..='\u{1f}' => write!(f, "\\u{:04x}", u32::from(character))?,
            _ => f.write_char(character)?,
        }
    }
    f.write_char('"')
}
