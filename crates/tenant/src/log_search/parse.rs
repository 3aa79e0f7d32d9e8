//! Reads the query syntax; what cannot be read is refused with the place and what was expected there.

use super::matching::{Bound, Pattern, Range};
use super::{Expr, Test};

/// Longer searches are refused, in characters.
const LONGEST: usize = 2048;
/// Parentheses and NOTs within each other.
const DEEPEST: u32 = 32;

/// Why a search cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SearchError {
    /// It has too many characters.
    #[error("The search has {0} characters; {LONGEST} is the most. Leave something out.")]
    TooLong(usize),
    /// It is not in the query syntax.
    #[error("At character {at} of the search: expected {expected}, found {found}.")]
    Syntax {
        /// The place, counted from 1.
        at: usize,
        /// What belongs there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
}

/// Reads a whole search.
pub(super) fn search(text: &str) -> Result<Expr, SearchError> {
    let text: Vec<char> = text.chars().collect();
    if text.len() > LONGEST {
        return Err(SearchError::TooLong(text.len()));
    }
    let mut reader = Reader { text, at: 0, depth: 0 };
    reader.skip_spaces();
    if reader.peek().is_none() {
        return Ok(Expr::Everything);
    }
    let expr = reader.alternatives(None)?;
    match reader.peek() {
        None => Ok(expr),
        Some(_) => Err(reader.expected("AND, OR or another term")),
    }
}

/// What an operator in front of a term makes of it among its neighbours.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    None,
    Plus,
    Minus,
}

struct Reader {
    text: Vec<char>,
    at: usize,
    depth: u32,
}

impl Reader {
    /// `a OR b`, `a || b`. `field` is what a value belongs to inside `field:( … )`.
    fn alternatives(&mut self, field: Option<&str>) -> Result<Expr, SearchError> {
        let mut all = vec![self.neighbours(field)?];
        while self.operator("OR", "||") {
            all.push(self.neighbours(field)?);
        }
        Ok(one_or(all, Expr::Any))
    }

    /// `a b`: either, unless a `+` or `-` (or NOT) says what must and must not be.
    fn neighbours(&mut self, field: Option<&str>) -> Result<Expr, SearchError> {
        let (mut may, mut must, mut signed) = (Vec::new(), Vec::new(), false);
        loop {
            let (sign, expr) = self.both(field)?;
            signed |= sign != Sign::None;
            if sign == Sign::None {
                may.push(expr);
            } else {
                must.push(expr);
            }
            self.skip_spaces();
            if matches!(self.peek(), None | Some(')')) || self.operator_is_next("OR", "||") {
                break;
            }
        }
        if signed && !may.is_empty() && must.iter().all(|expr| matches!(expr, Expr::Not(_))) {
            must.push(one_or(std::mem::take(&mut may), Expr::Any));
        }
        Ok(if signed { one_or(must, Expr::All) } else { one_or(may, Expr::Any) })
    }

    /// `a AND b`, `a && b`.
    fn both(&mut self, field: Option<&str>) -> Result<(Sign, Expr), SearchError> {
        let (sign, first) = self.signed(field)?;
        let mut all = vec![first];
        while self.operator("AND", "&&") {
            all.push(self.signed(field)?.1);
        }
        let sign = if all.len() == 1 { sign } else { Sign::None };
        Ok((sign, one_or(all, Expr::All)))
    }

    fn signed(&mut self, field: Option<&str>) -> Result<(Sign, Expr), SearchError> {
        self.skip_spaces();
        let negated = self.operator("NOT", "!") || self.eat('-');
        if !negated && !self.eat('+') {
            return Ok((Sign::None, self.term(field)?));
        }
        self.deeper()?;
        let (_, expr) = self.signed(field)?;
        self.depth -= 1;
        Ok(if negated { (Sign::Minus, Expr::Not(Box::new(expr))) } else { (Sign::Plus, expr) })
    }

    fn term(&mut self, field: Option<&str>) -> Result<Expr, SearchError> {
        self.skip_spaces();
        if self.eat('(') {
            self.deeper()?;
            let expr = self.alternatives(field)?;
            self.depth -= 1;
            self.skip_spaces();
            return if self.eat(')') { Ok(expr) } else { Err(self.expected("a closing parenthesis")) };
        }
        let began = self.at;
        if let Some(name) = field {
            return self.value(name);
        }
        if self.peek() == Some('"') {
            return Ok(Expr::Bare(Pattern::new(vec![self.quoted()?])));
        }
        if let Some(name) = self.field_name() {
            self.skip_spaces();
            if self.eat('(') {
                self.deeper()?;
                let expr = self.alternatives(Some(&name))?;
                self.depth -= 1;
                self.skip_spaces();
                return if self.eat(')') { Ok(expr) } else { Err(self.expected("a closing parenthesis")) };
            }
            return self.value(&name);
        }
        self.at = began;
        let pattern = self.word()?;
        Ok(if pattern == any_text() { Expr::Everything } else { Expr::Bare(pattern) })
    }

    /// What follows `field:`.
    fn value(&mut self, name: &str) -> Result<Expr, SearchError> {
        let test = match self.peek() {
            Some('"') => Test::Matches(Pattern::new(vec![self.quoted()?])),
            Some('[' | '{') => Test::Within(self.range()?),
            Some('<' | '>') => Test::Within(self.comparison()?),
            _ => match self.word()? {
                pattern if pattern == any_text() => Test::Exists,
                pattern => Test::Matches(pattern),
            },
        };
        Ok(match (name, test) {
            ("*", Test::Exists) => Expr::Everything,
            ("_exists_", Test::Matches(pattern)) => {
                let path = pattern.exact().ok_or_else(|| self.expected("the name of a field after _exists_"))?;
                Expr::Field { path: path.to_owned(), test: Test::Exists }
            }
            (name, test) => Expr::Field { path: name.to_owned(), test },
        })
    }

    /// `name` of `name:`, or nothing if no colon follows the next word. Leaves the position after the colon.
    fn field_name(&mut self) -> Option<String> {
        let length = self.text[self.at..].iter().take_while(|c| is_name(**c)).count();
        let end = self.at + length;
        if length == 0 || self.text.get(end) != Some(&':') {
            return None;
        }
        let name = self.text[self.at..end].iter().collect();
        self.at = end + 1;
        Some(name)
    }

    /// A value without quotes: stars are wildcards, a backslash takes the next character as it is.
    fn word(&mut self) -> Result<Pattern, SearchError> {
        let began = self.at;
        let mut parts = vec![String::new()];
        while let Some(c) = self.peek().filter(|c| !ends_word(*c)) {
            self.at += 1;
            match c {
                '*' => parts.push(String::new()),
                '?' => {
                    self.at -= 1;
                    return Err(self.expected("* as the only wildcard; write \\? for a question mark"));
                }
                '\\' => {
                    let escaped = self.peek().ok_or_else(|| self.expected("a character after the backslash"))?;
                    self.at += 1;
                    last(&mut parts).push(escaped);
                }
                other => last(&mut parts).push(other),
            }
        }
        let word: String = self.text[began..self.at].iter().collect();
        let literal: usize = parts.iter().map(|part| part.chars().count()).sum();
        self.check_word(began, &word)?;
        // Two stars side by side are one.
        let outer = parts.len() - 1;
        let mut index = 0;
        parts.retain(|part| {
            index += 1;
            !part.is_empty() || index == 1 || index == outer + 1
        });
        let only_at_the_end = parts.len() == 2 && parts[1].is_empty();
        if parts.len() > 1 && !only_at_the_end && literal < 3 && literal > 0 {
            self.at = began;
            return Err(self.expected("at least three characters beside a * that is not at the end"));
        }
        Ok(Pattern::new(parts))
    }

    fn check_word(&mut self, began: usize, word: &str) -> Result<(), SearchError> {
        if word.is_empty() {
            return Err(self.expected("a value"));
        }
        if matches!(word, "AND" | "OR" | "NOT" | "&&" | "||") {
            self.at = began;
            return Err(self.expected("a value; put an operator's name into quotes to search for it"));
        }
        Ok(())
    }

    /// A value in quotes: exact, stars too.
    fn quoted(&mut self) -> Result<String, SearchError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let c = self.peek().ok_or_else(|| self.expected("a closing quote"))?;
            self.at += 1;
            match c {
                '"' => return Ok(text),
                '\\' => {
                    text.push(self.peek().ok_or_else(|| self.expected("a character after the backslash"))?);
                    self.at += 1;
                }
                other => text.push(other),
            }
        }
    }

    /// `[a TO b]`, `{a TO b}`, each end with its own bracket; `*` leaves an end open.
    fn range(&mut self) -> Result<Range, SearchError> {
        let from_inclusive = self.peek() == Some('[');
        self.at += 1;
        let from = self.bound()?;
        if !self.operator("TO", "TO") {
            return Err(self.expected("TO between the ends of a range"));
        }
        let to = self.bound()?;
        self.skip_spaces();
        let to_inclusive = match self.peek() {
            Some(']') => true,
            Some('}') => false,
            _ => return Err(self.expected("] or } at the end of a range")),
        };
        self.at += 1;
        Ok(Range {
            from: from.map(|value| Bound { value, inclusive: from_inclusive }),
            to: to.map(|value| Bound { value, inclusive: to_inclusive }),
        })
    }

    /// `>a`, `>=a`, `<a`, `<=a`.
    fn comparison(&mut self) -> Result<Range, SearchError> {
        let greater = self.peek() == Some('>');
        self.at += 1;
        let inclusive = self.eat('=');
        let value = self.bound()?.ok_or_else(|| self.expected("a value to compare with"))?;
        let bound = Some(Bound { value, inclusive });
        Ok(if greater { Range { from: bound, to: None } } else { Range { from: None, to: bound } })
    }

    fn bound(&mut self) -> Result<Option<String>, SearchError> {
        self.skip_spaces();
        if self.peek() == Some('"') {
            return self.quoted().map(Some);
        }
        let length = self.text[self.at..].iter().take_while(|c| !ends_word(**c)).count();
        let text: String = self.text[self.at..self.at + length].iter().collect();
        if text.is_empty() {
            return Err(self.expected("an end of the range, or * for none"));
        }
        self.at += length;
        Ok((text != "*").then_some(text))
    }

    /// Takes an operator, by word (which ends where the word ends) or by sign.
    fn operator(&mut self, word: &str, sign: &str) -> bool {
        self.skip_spaces();
        let found = self.operator_is_next(word, sign);
        if found {
            self.at += if self.starts_with(word) { word.len() } else { sign.len() };
        }
        found
    }

    fn operator_is_next(&self, word: &str, sign: &str) -> bool {
        let after = self.text.get(self.at + word.len());
        let is_word = self.starts_with(word) && after.is_none_or(|c| c.is_whitespace() || "()\"".contains(*c));
        is_word || (sign != word && self.starts_with(sign))
    }

    fn starts_with(&self, wanted: &str) -> bool {
        let mut rest = self.text[self.at..].iter();
        wanted.chars().all(|c| rest.next() == Some(&c))
    }

    fn deeper(&mut self) -> Result<(), SearchError> {
        self.depth += 1;
        if self.depth > DEEPEST { Err(self.expected("fewer parentheses and NOTs within each other")) } else { Ok(()) }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn expected(&self, expected: &'static str) -> SearchError {
        let rest: String = self.text[self.at.min(self.text.len())..].iter().take(20).collect();
        let found = if rest.is_empty() { "the end".to_owned() } else { format!("{rest:?}") };
        SearchError::Syntax { at: self.at + 1, expected, found }
    }
}

fn one_or(mut all: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    if all.len() == 1 { all.swap_remove(0) } else { many(all) }
}

fn last(parts: &mut [String]) -> &mut String {
    parts.last_mut().expect("there is always a part")
}

/// The pattern of a lone star.
fn any_text() -> Pattern {
    Pattern::new(vec![String::new(), String::new()])
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '*' | '$')
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | '"')
}
