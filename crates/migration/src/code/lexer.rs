//! Tells code, texts and comments apart: a small tokenizer that knows families of languages.

use super::language::Language;

/// A longer comment or text comes in parts of this many bytes.
pub(super) const LONGEST: usize = 16 * 1024;

/// What a stretch of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Blank,
    /// A name, a number, a keyword; in languages of bare words also an address.
    Word,
    /// What stands between quotes.
    Text,
    Comment,
    /// Words for people, outside of any code.
    Prose,
    Mark,
}

/// A stretch of text: how many bytes it takes up, and where among these its content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lexeme {
    pub kind: Kind,
    pub length: usize,
    pub content: (usize, usize),
}

/// What ends a text or comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Until {
    end: &'static str,
    kind: Kind,
    /// A backslash takes the next character with it.
    escapes: bool,
    /// The end of the line ends it, too.
    line: bool,
    /// `${` leads back into code.
    template: bool,
}

const LINE_COMMENT: Until = Until { end: "\n", kind: Kind::Comment, escapes: false, line: true, template: false };
const BLOCK_COMMENT: Until = Until { end: "*/", line: false, ..LINE_COMMENT };
const MARKUP_COMMENT: Until = Until { end: "-->", line: false, ..LINE_COMMENT };
const TEMPLATE: Until = Until { end: "`", kind: Kind::Text, escapes: true, line: false, template: true };

/// Where the tokenizer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    Code,
    Prose,
    /// In a text or comment whose beginning was handed out already.
    Part(Until),
}

/// Cuts text into lexemes, one at a time. Knows no more of the text than it is shown.
#[derive(Debug)]
pub(super) struct Lexer {
    language: Language,
    inside: Inside,
    /// The code is in a `<script>`.
    in_script: bool,
    /// For each open template text: how many braces are open in its `${`.
    templates: Vec<u32>,
    /// A slash after this would be a division.
    after_value: bool,
}

impl Lexer {
    pub(super) fn new(language: Language) -> Self {
        let inside = if language.markup { Inside::Prose } else { Inside::Code };
        Self { language, inside, in_script: false, templates: Vec::new(), after_value: false }
    }

    /// The next lexeme of `rest`, which is not empty; `None` if more text is needed to know its end.
    pub(super) fn next(&mut self, rest: &str, is_all: bool) -> Option<Lexeme> {
        let lexeme = match self.inside {
            Inside::Code => self.code(rest, is_all)?,
            Inside::Prose => self.prose(rest, is_all)?,
            Inside::Part(until) => self.until(until, 0, rest, is_all)?,
        };
        if !matches!(lexeme.kind, Kind::Blank | Kind::Comment) {
            let content = &rest[lexeme.content.0..lexeme.content.1];
            self.after_value = match lexeme.kind {
                Kind::Word => !matches!(content, "return" | "typeof" | "case" | "in" | "of" | "do" | "else" | "void"),
                // After `<` comes a closing tag of JSX more often than a regular expression.
                Kind::Mark => matches!(content, ")" | "]" | "<"),
                _ => true,
            };
        }
        Some(lexeme)
    }

    fn code(&mut self, rest: &str, is_all: bool) -> Option<Lexeme> {
        let language = self.language;
        let first = rest.as_bytes()[0];
        // The longest mark that must be seen as a whole.
        if rest.len() < "</script".len() && !is_all {
            return None;
        }
        if first.is_ascii_whitespace() {
            return run(rest, is_all, Kind::Blank, |byte| byte.is_ascii_whitespace());
        }
        if self.in_script && starts_with(rest, "</script") {
            (self.inside, self.in_script) = (Inside::Prose, false);
            self.templates.clear();
            return Some(mark(rest));
        }
        if language.slashes && rest.starts_with("//") {
            return self.until(LINE_COMMENT, 2, rest, is_all);
        }
        if language.slashes && rest.starts_with("/*") {
            return self.until(BLOCK_COMMENT, 2, rest, is_all);
        }
        if language.hash && first == b'#' {
            return self.until(LINE_COMMENT, 1, rest, is_all);
        }
        if language.script && first == b'`' {
            return self.until(TEMPLATE, 1, rest, is_all);
        }
        if language.script && first == b'/' && !self.after_value {
            if let Some(length) = regular_expression(rest) {
                return Some(Lexeme { kind: Kind::Mark, length, content: (0, 1) });
            }
            if !is_all && !rest.contains('\n') && rest.len() < LONGEST {
                return None;
            }
        }
        if matches!(first, b'"' | b'\'') {
            let (end, triple) = match (first, language.triple) {
                (b'"', true) if rest.starts_with("\"\"\"") => ("\"\"\"", true),
                (b'\'', true) if rest.starts_with("'''") => ("'''", true),
                (b'"', _) => ("\"", false),
                _ => ("'", false),
            };
            let line = !triple && !language.multiline;
            let escapes = !(language.bare && first == b'\'');
            return self.until(
                Until { end, kind: Kind::Text, escapes, line, template: false },
                end.len(),
                rest,
                is_all,
            );
        }
        if let Some(open) = self.templates.last_mut() {
            match first {
                b'{' => *open += 1,
                b'}' if *open == 0 => {
                    self.templates.pop();
                    return self.until(TEMPLATE, 1, rest, is_all);
                }
                b'}' => *open -= 1,
                _ => {}
            }
        }
        let part_of_word = if language.bare { part_of_bare_word } else { part_of_name };
        if part_of_word(first) { run(rest, is_all, Kind::Word, part_of_word) } else { Some(mark(rest)) }
    }

    /// Prose comes line by line; in markup a comment and a script are something else.
    fn prose(&mut self, rest: &str, is_all: bool) -> Option<Lexeme> {
        let markup = self.language.slashes;
        if rest.len() < "<script".len() && !is_all {
            return None;
        }
        if markup && rest.starts_with("<!--") {
            return self.until(MARKUP_COMMENT, 4, rest, is_all);
        }
        if markup && starts_with(rest, "<script") {
            let Some(end) = rest.find('>') else { return (is_all || rest.len() > LONGEST).then(|| mark(rest)) };
            (self.inside, self.in_script, self.after_value) = (Inside::Code, true, false);
            return Some(Lexeme { kind: Kind::Prose, length: end + 1, content: (0, end + 1) });
        }
        let from = rest.chars().next().map_or(1, char::len_utf8);
        let end = rest[from..].find(|c| c == '\n' || (markup && c == '<')).map(|at| from + at);
        match end {
            Some(end) => Some(Lexeme { kind: Kind::Prose, length: end, content: (0, end) }),
            None if is_all || rest.len() > LONGEST => {
                let length = if is_all { rest.len() } else { rest.floor_char_boundary(LONGEST) };
                Some(Lexeme { kind: Kind::Prose, length, content: (0, length) })
            }
            None => None,
        }
    }

    /// A text or comment from its content at `from` to its end, or a part of it if it is long.
    fn until(&mut self, until: Until, from: usize, rest: &str, is_all: bool) -> Option<Lexeme> {
        let bytes = rest.as_bytes();
        let outside = if self.language.markup && !self.in_script { Inside::Prose } else { Inside::Code };
        let mut at = from;
        while at < bytes.len() {
            let here = &bytes[at..];
            let lexeme = |length| Lexeme { kind: until.kind, length, content: (from, at) };
            if here.starts_with(until.end.as_bytes()) {
                self.inside = outside;
                return Some(lexeme(at + until.end.len()));
            }
            if until.line && here[0] == b'\n' {
                self.inside = outside;
                return Some(lexeme(at + 1));
            }
            if until.template && here.starts_with(b"${") {
                self.inside = outside;
                self.templates.push(0);
                return Some(lexeme(at + 2));
            }
            if at >= LONGEST && rest.is_char_boundary(at) {
                self.inside = Inside::Part(until);
                return Some(lexeme(at));
            }
            at += if until.escapes && here[0] == b'\\' { 2 } else { 1 };
        }
        if !is_all {
            return None;
        }
        self.inside = outside;
        Some(Lexeme { kind: until.kind, length: rest.len(), content: (from.min(rest.len()), rest.len()) })
    }
}

fn starts_with(rest: &str, tag: &str) -> bool {
    rest.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag))
}

fn part_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

fn part_of_bare_word(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'`' | b',' | b';' | b'(' | b')' | b'<' | b'>' | b'=')
}

/// The longest run of such bytes. Continued characters belong to one run: all their bytes are beyond ASCII.
fn run(rest: &str, is_all: bool, kind: Kind, belongs: impl Fn(u8) -> bool) -> Option<Lexeme> {
    let length = match rest.bytes().position(|byte| !belongs(byte)) {
        Some(length) => length,
        None if is_all || rest.len() > LONGEST => rest.len(),
        None => return None,
    };
    Some(Lexeme { kind, length, content: (0, length) })
}

fn mark(rest: &str) -> Lexeme {
    let length = rest.chars().next().map_or(1, char::len_utf8);
    Lexeme { kind: Kind::Mark, length, content: (0, length) }
}

/// The length of the regular expression that begins here, if one ends in this line.
fn regular_expression(rest: &str) -> Option<usize> {
    let mut in_class = false;
    let mut bytes = rest.bytes().enumerate().skip(1).take(LONGEST);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\n' => return None,
            b'\\' => drop(bytes.next()),
            b'[' => in_class = true,
            b']' => in_class = false,
            b'/' if !in_class => return Some(at + 1),
            _ => {}
        }
    }
    None
}
