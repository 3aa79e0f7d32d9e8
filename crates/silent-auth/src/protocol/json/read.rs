//! Reads JSON by hand, by the grammar of RFC 8259.

use super::{Map, Value};

/// What is left of a text; each part takes itself off its front.
pub(super) struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    pub(super) const fn of(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// The only value of the text, nested at most `depth` levels.
    pub(super) fn whole(mut self, depth: u32) -> Option<Value> {
        let value = self.value(depth)?;
        self.skip_space();
        self.rest.is_empty().then_some(value)
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    /// Takes `byte` if it comes next.
    fn take(&mut self, byte: u8) -> bool {
        let comes = self.rest.as_bytes().first() == Some(&byte);
        if comes {
            self.rest = &self.rest[1..];
        }
        comes
    }

    fn value(&mut self, depth: u32) -> Option<Value> {
        self.skip_space();
        match self.rest.as_bytes().first()? {
            b'"' => self.string().map(Value::String),
            b'{' => self.object(depth.checked_sub(1)?),
            b'[' => self.array(depth.checked_sub(1)?),
            b'-' | b'0'..=b'9' => self.number(),
            _ => [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))]
                .into_iter()
                .find_map(|(word, value)| {
                    self.rest = self.rest.strip_prefix(word)?;
                    Some(value)
                }),
        }
    }

    fn object(&mut self, depth: u32) -> Option<Value> {
        self.take(b'{');
        let mut members = Map::new();
        self.skip_space();
        if self.take(b'}') {
            return Some(Value::Object(members));
        }
        loop {
            self.skip_space();
            let name = self.string()?;
            self.skip_space();
            if !self.take(b':') || members.insert(name, self.value(depth)?).is_some() {
                return None;
            }
            self.skip_space();
            if self.take(b'}') {
                return Some(Value::Object(members));
            }
            if !self.take(b',') {
                return None;
            }
        }
    }

    fn array(&mut self, depth: u32) -> Option<Value> {
        self.take(b'[');
        let mut items = Vec::new();
        self.skip_space();
        if self.take(b']') {
            return Some(Value::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            self.skip_space();
            if self.take(b']') {
                return Some(Value::Array(items));
            }
            if !self.take(b',') {
                return None;
            }
        }
    }

    /// RFC 8259, section 6.
    fn number(&mut self) -> Option<Value> {
        let whole = self.rest;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _either_sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Some(Value::Number(whole[..whole.len() - self.rest.len()].to_owned()))
    }

    fn digits(&mut self) -> Option<()> {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let any = rest.len() < self.rest.len();
        self.rest = rest;
        any.then_some(())
    }

    /// RFC 8259, section 7.
    fn string(&mut self) -> Option<String> {
        if !self.take(b'"') {
            return None;
        }
        let mut text = String::new();
        loop {
            let plain = self.rest.bytes().position(|byte| byte < b' ' || byte == b'"' || byte == b'\\')?;
            let (before, rest) = self.rest.split_at(plain);
            text.push_str(before);
            self.rest = rest;
            if self.take(b'"') {
                return Some(text);
            }
            if !self.take(b'\\') {
                return None;
            }
            text.push(self.escaped()?);
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = &self.rest[letter.len_utf8()..];
        Some(match letter {
            '"' | '\\' | '/' => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.unit()?;
                // A character beyond the first 65,536 is written as two halves.
                let both = if first & 0xfc00 == 0xd800 {
                    self.rest = self.rest.strip_prefix("\\u")?;
                    let second = self.unit()?;
                    if second & 0xfc00 != 0xdc00 {
                        return None;
                    }
                    0x1_0000 + ((first & 0x3ff) << 10) + (second & 0x3ff)
                } else {
                    first
                };
                char::from_u32(both)?
            }
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.rest = rest;
        u32::from_str_radix(digits, 16).ok()
    }
}
