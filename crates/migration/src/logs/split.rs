//! Cuts a file of JSON values into its entries as its text comes in, so that no more than one is in memory.

use std::fmt;

/// The largest entry that is read, in bytes. Real ones have a few kilobytes.
const LARGEST: usize = 1024 * 1024;

/// How much of what is no entry is kept, to show it.
const SHOWN: usize = 60;

/// A part of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The text of a JSON object.
    Object(String),
    /// What is none: how it begins, and why it was not taken.
    Broken {
        /// Its first characters.
        excerpt: String,
        /// Why it is no object.
        why: Why,
    },
}

/// Why a part of the file is no JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is text, a number, or something else that is no JSON object.
    NoObject,
    /// The object is not closed before the next one begins or the file ends.
    Unfinished,
    /// The object is larger than 1 MiB.
    TooLarge,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoObject => "is no JSON object",
            Self::Unfinished => "is an object that is not closed",
            Self::TooLarge => "is larger than 1 MiB, and no log entry is",
        })
    }
}

/// A place in a file, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: u64,
    /// The character in the line.
    pub column: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    /// Between entries.
    Nothing,
    Object {
        depth: u32,
    },
    /// What should not be there, up to the next comma, bracket or line.
    Junk,
    /// What follows `"logs": […]` in an answer of the Management API: counts, up to the closing brace.
    Totals,
}

/// Takes the text of a file in parts of any size: a JSON array of objects, one object a line (NDJSON), objects one
/// after the other, or an answer of the Management API (`{"start": 0, …, "logs": […]}`).
#[derive(Debug)]
pub struct Splitter {
    inside: Inside,
    /// In a JSON text, and whether the next character is escaped.
    quoted: Option<bool>,
    held: String,
    too_large: bool,
    /// The array of entries is inside an object.
    wrapped: bool,
    at: Place,
    started: Place,
    /// Nothing but blanks so far in this line.
    blank: bool,
    /// What is being read began its line: then another object at the same column is a new one.
    began_line: bool,
}

impl Default for Splitter {
    fn default() -> Self {
        let start = Place { line: 1, column: 1 };
        Self {
            inside: Inside::Nothing,
            quoted: None,
            held: String::new(),
            too_large: false,
            wrapped: false,
            at: start,
            started: start,
            blank: true,
            began_line: true,
        }
    }
}

impl Splitter {
    /// Takes the next part and hands on each piece that it completes.
    pub fn push(&mut self, text: &str, mut each: impl FnMut(Place, Piece)) {
        for character in text.chars() {
            self.take(character, &mut each);
            if character == '\n' {
                self.at = Place { line: self.at.line + 1, column: 1 };
                self.blank = true;
            } else {
                self.at.column += 1;
                self.blank &= character.is_whitespace();
            }
        }
    }

    /// Ends the file.
    pub fn finish(mut self, mut each: impl FnMut(Place, Piece)) {
        match self.inside {
            Inside::Object { .. } => self.give(false, &mut each),
            Inside::Junk => self.give_broken(Why::NoObject, &mut each),
            Inside::Nothing | Inside::Totals => {}
        }
    }

    fn take(&mut self, character: char, each: &mut impl FnMut(Place, Piece)) {
        if character == '\n' && self.quoted.take().is_some() {
            // No JSON text holds a line's end: the line is broken, and the next one is not.
            if self.inside != Inside::Totals {
                self.hold(character);
                self.give_broken(Why::Unfinished, each);
            }
            return;
        }
        if let Some(escaped) = self.quoted {
            self.quoted = if escaped { Some(false) } else { (character != '"').then_some(character == '\\') };
            self.hold(character);
            return;
        }
        match self.inside {
            Inside::Nothing => self.begin(character),
            Inside::Object { depth } => self.take_in_object(character, depth, each),
            Inside::Junk if matches!(character, '{' | '[' | ']' | ',' | '\n') => {
                self.give_broken(Why::NoObject, each);
                self.begin(character);
            }
            Inside::Junk => {
                self.quoted = (character == '"').then_some(false);
                self.hold(character);
            }
            Inside::Totals if character == '}' => self.inside = Inside::Nothing,
            Inside::Totals => self.quoted = (character == '"').then_some(false),
        }
    }

    fn begin(&mut self, character: char) {
        match character {
            ']' if self.wrapped => (self.inside, self.wrapped) = (Inside::Totals, false),
            '[' | ']' | ',' | '\u{feff}' => {}
            blank if blank.is_whitespace() => {}
            _ => {
                (self.started, self.began_line) = (self.at, self.blank);
                self.inside = if character == '{' { Inside::Object { depth: 1 } } else { Inside::Junk };
                self.quoted = (character == '"').then_some(false);
                self.hold(character);
            }
        }
    }

    fn take_in_object(&mut self, character: char, depth: u32, each: &mut impl FnMut(Place, Piece)) {
        if character == '{' && self.blank && self.began_line && self.at.column == self.started.column {
            self.give(false, each);
            self.begin(character);
            return;
        }
        self.hold(character);
        match character {
            '"' => self.quoted = Some(false),
            '[' if depth == 1 && holds_the_logs(&self.held) => {
                self.held.clear();
                (self.inside, self.wrapped) = (Inside::Nothing, true);
            }
            '{' | '[' => self.inside = Inside::Object { depth: depth + 1 },
            '}' | ']' if depth == 1 => self.give(character == '}', each),
            '}' | ']' => self.inside = Inside::Object { depth: depth - 1 },
            _ => {}
        }
    }

    fn hold(&mut self, character: char) {
        let most = if matches!(self.inside, Inside::Object { .. }) { LARGEST } else { SHOWN * 4 };
        if self.inside == Inside::Totals || self.too_large {
            return;
        }
        if self.held.len() < most {
            self.held.push(character);
        } else if most == LARGEST {
            self.too_large = true;
            self.held = excerpt(&self.held);
        }
    }

    fn give(&mut self, finished: bool, each: &mut impl FnMut(Place, Piece)) {
        if self.too_large {
            self.give_broken(Why::TooLarge, each);
        } else if finished {
            self.inside = Inside::Nothing;
            each(self.started, Piece::Object(std::mem::take(&mut self.held)));
        } else {
            self.give_broken(Why::Unfinished, each);
        }
    }

    fn give_broken(&mut self, why: Why, each: &mut impl FnMut(Place, Piece)) {
        let why = if self.inside == Inside::Junk { Why::NoObject } else { why };
        each(self.started, Piece::Broken { excerpt: excerpt(&self.held), why });
        (self.inside, self.too_large) = (Inside::Nothing, false);
        self.held.clear();
    }
}

/// Whether the object that is held so far ends in `"logs": [`.
fn holds_the_logs(held: &str) -> bool {
    let before = held.strip_suffix('[').unwrap_or(held).trim_end();
    before.strip_suffix(':').is_some_and(|name| name.trim_end().ends_with("\"logs\""))
}

fn excerpt(text: &str) -> String {
    text.trim().chars().take(SHOWN).collect()
}
