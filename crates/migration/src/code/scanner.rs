//! Reads a file in parts of any size, and looks at each sign together with what stands around it.

use std::collections::VecDeque;

use super::call::{Parameters, Reading, Shape, Use, after_arguments};
use super::judge::{Evidence, judge};
use super::language::{Language, language};
use super::lexer::{Kind, Lexer};
use super::signs::{FLAG, Function, Name, address, function_named, permission};
use super::{Findings, MOST_FINDINGS, Sign};
use crate::{Exchange, grant_type};

/// How many tokens around a sign are looked at, on each side.
const AROUND: usize = 64;

/// The text that must follow what is read, so that excerpts and ends of words are seen whole.
const AHEAD: usize = 1024;

/// The text that is kept of what was read, for excerpts.
const BEHIND: usize = 512;

/// A word, text or mark of the file.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub text: String,
    pub line: u64,
}

impl Token {
    pub(super) fn is(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }
}

/// What was seen, before it is judged.
#[derive(Clone, Copy)]
pub(super) enum Seen {
    Function(&'static Function),
    Request {
        /// The host is one of Auth0's.
        at_auth0: bool,
        /// The address ends with it, or with its query.
        ends: bool,
        /// It is nothing but this path.
        alone: bool,
        /// It leads to a text about it.
        to_documentation: bool,
    },
    GrantType,
    Permission(Exchange),
    TenantFlag,
    /// Named in a comment, or in words for people.
    Mention {
        in_comment: bool,
        sign: Sign,
        exchange: Option<Exchange>,
    },
}

/// A sign and all that is needed to judge it once the whole file was read.
pub(super) struct Candidate {
    /// The number of its token in the file.
    pub number: u64,
    pub line: u64,
    pub column: u64,
    pub excerpt: String,
    pub seen: Seen,
    pub shape: Shape,
    /// What stands before it, up to the call or request before.
    pub before: Parameters,
    /// What stands near, on both sides.
    pub near: Parameters,
    /// The tenant's flag is followed by `true`.
    pub on: bool,
}

/// Reads one file.
pub struct Scanner {
    name: String,
    started: Option<(Language, Lexer)>,
    buffer: String,
    /// How much of the buffer was read.
    at: usize,
    line: u64,
    column: u64,
    window: VecDeque<Token>,
    /// The number of the token that comes next.
    next: u64,
    waiting: VecDeque<Candidate>,
    examined: Vec<Candidate>,
    left_out: u64,
    evidence: Evidence,
}

impl Scanner {
    /// Begins a file; its name tells the language.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            started: None,
            buffer: String::new(),
            at: 0,
            line: 1,
            column: 1,
            window: VecDeque::new(),
            next: 0,
            waiting: VecDeque::new(),
            examined: Vec::new(),
            left_out: 0,
            evidence: Evidence::default(),
        }
    }

    /// Takes the next part of the text.
    pub fn push(&mut self, text: &str) {
        self.evidence.take(text);
        self.buffer.push_str(text);
        self.read(false);
    }

    /// Ends the file and judges what was seen in it.
    #[must_use]
    pub fn finish(mut self) -> Findings {
        self.read(true);
        while self.examine() {}
        let Some((language, _)) = self.started else { return Findings::default() };
        Findings { found: judge(&self.examined, &self.evidence, language), left_out: self.left_out }
    }

    fn read(&mut self, is_all: bool) {
        while self.at < self.buffer.len() && (is_all || self.buffer.len() - self.at > AHEAD) {
            let rest = &self.buffer[self.at..];
            let (language, lexer) = self.started.get_or_insert_with(|| {
                let language = language(&self.name, rest);
                (language, Lexer::new(language))
            });
            let Some(lexeme) = lexer.next(rest, is_all) else { break };
            if lexeme.kind != Kind::Blank {
                let (from, to) = lexeme.content;
                let text = rest[from..to].to_owned();
                if let Some((at, seen)) = spot(lexeme.kind, &text, *language)
                    && may_be_used(seen, &rest[lexeme.length..], *language)
                {
                    self.meet(from + at, seen);
                }
                self.window.push_back(Token { kind: lexeme.kind, text, line: self.line });
                self.next += 1;
            }
            (self.line, self.column) = self.place_after(lexeme.length);
            self.at += lexeme.length;
            while self.waiting.front().is_some_and(|first| first.number + (AROUND as u64) < self.next) {
                self.examine();
            }
            while self.window.len() > 2 * AROUND + 2 && self.waiting.is_empty() {
                self.window.pop_front();
            }
        }
        if self.at > 64 * 1024 {
            let kept = self.buffer.floor_char_boundary(self.at - BEHIND);
            self.buffer.drain(..kept);
            self.at -= kept;
        }
    }

    /// Line and column after the next `length` bytes.
    fn place_after(&self, length: usize) -> (u64, u64) {
        let text = &self.buffer[self.at..self.at + length];
        let characters = |text: &str| text.chars().count() as u64;
        match text.rfind('\n') {
            None => (self.line, self.column + characters(text)),
            Some(last) => (self.line + text.matches('\n').count() as u64, 1 + characters(&text[last + 1..])),
        }
    }

    /// Notes a sign that begins `at` bytes further on.
    fn meet(&mut self, at: usize, seen: Seen) {
        if self.examined.len() + self.waiting.len() >= MOST_FINDINGS {
            self.left_out += 1;
            return;
        }
        let (line, column) = self.place_after(at);
        self.waiting.push_back(Candidate {
            number: self.next,
            line,
            column,
            excerpt: excerpt(&self.buffer, self.at + at),
            seen,
            shape: Shape::default(),
            before: Parameters::default(),
            near: Parameters::default(),
            on: false,
        });
    }

    /// Looks at what stands around the sign that waits longest.
    fn examine(&mut self) -> bool {
        let (Some(mut candidate), Some((language, _))) = (self.waiting.pop_front(), &self.started) else {
            return false;
        };
        let first = self.next - self.window.len() as u64;
        let here = usize::try_from(candidate.number - first).unwrap_or_default();
        let tokens: Vec<&Token> = self.window.iter().collect();
        let before = &tokens[here.saturating_sub(AROUND)..here];
        let after = &tokens[here + 1..tokens.len().min(here + 1 + AROUND)];
        candidate.shape = Shape::read(before, after, *language);
        // What belongs to the call before, or to the one after, says nothing of this one.
        let begins = |other: &Candidate| matches!(other.seen, Seen::Function(_) | Seen::Request { .. });
        let distance = |other: &Candidate| usize::try_from(other.number.abs_diff(candidate.number)).unwrap_or(AROUND);
        let called = |other: &&Candidate| match other.seen {
            Seen::Function(_) => other.shape.used != Use::Named,
            _ => begins(other),
        };
        let own_before = self.examined.iter().rev().find(called).map_or(AROUND, distance);
        let own_after = self.waiting.iter().find(|one| begins(one)).map_or(AROUND, distance);
        let before = after_arguments(&before[before.len() - before.len().min(own_before.saturating_sub(1))..]);
        let after = &after[..after.len().min(own_after.saturating_sub(1))];
        let read = |tokens| Parameters::read(tokens, Reading::Strict);
        candidate.before = read(before);
        candidate.near = read(&tokens[here..=here]).and(read(after)).and(candidate.before);
        candidate.on = after.iter().take(3).any(|token| token.text.trim() == "true" || token.text == ":true");
        self.examined.push(candidate);
        let keep_from = here.saturating_sub(AROUND);
        self.window.drain(..keep_from);
        true
    }
}

/// The sign that a token shows, and where in it.
fn spot(kind: Kind, text: &str, language: Language) -> Option<(usize, Seen)> {
    match kind {
        Kind::Blank | Kind::Mark => None,
        Kind::Comment | Kind::Prose => mention(kind, text),
        Kind::Word if !language.bare => {
            if text == FLAG {
                return Some((0, Seen::TenantFlag));
            }
            function_named(text).map(|function| (0, Seen::Function(function)))
        }
        Kind::Word | Kind::Text => in_text(text),
    }
}

/// Whether what follows a function's name lets it be called or defined. Most of the common names are variables.
fn may_be_used(seen: Seen, rest: &str, language: Language) -> bool {
    let Seen::Function(function) = seen else { return true };
    let next = rest.trim_start().chars().next();
    match function.says {
        Name::Unmistakable | Name::Known => true,
        Name::Common => language.hash || matches!(next, Some('(' | '<' | '?' | ':' | '=')),
        Name::Everyday | Name::ByParameters => next == Some('('),
    }
}

fn in_text(text: &str) -> Option<(usize, Seen)> {
    if let Some((at, exchange)) = permission(text) {
        return Some((at, Seen::Permission(exchange)));
    }
    if let Some(at) = address(text) {
        let (host, rest) = (&text[..at], &text[at + "/delegation".len()..]);
        let host = host.trim_start_matches("https://").trim_start_matches("http://");
        let at_auth0 = host.ends_with(".auth0.com") && !host.contains('/');
        let ends = rest.is_empty() || rest.starts_with(['?', '"', '\'', ' ']);
        return Some((at, Seen::Request { at_auth0, ends, alone: at == 0, to_documentation: host.contains("/docs") }));
    }
    if let Some(at) = text.find(grant_type::JWT_BEARER) {
        return Some((at, Seen::GrantType));
    }
    text.find(FLAG).map(|at| (at, Seen::TenantFlag))
}

/// What comments and prose name without doing it.
fn mention(kind: Kind, text: &str) -> Option<(usize, Seen)> {
    const NAMES: &[&str] = &[
        "getDelegationToken",
        "GetDelegationToken",
        "get_delegation_token",
        "delegationWithIdToken",
        "delegationWithRefreshToken",
        "renewIdToken",
        "auth0.com/delegation",
    ];
    let in_comment = kind == Kind::Comment;
    let seen = |sign, exchange| Seen::Mention { in_comment, sign, exchange };
    if let Some((at, exchange)) = permission(text) {
        return Some((at, seen(Sign::Permission, Some(exchange))));
    }
    let named = NAMES.iter().find_map(|name| Some((text.find(name)?, *name)));
    if let Some((at, name)) = named {
        let sign = if name.contains('/') { Sign::Request } else { Sign::SdkCall };
        return Some((at, seen(sign, None)));
    }
    text.find(grant_type::JWT_BEARER).map(|at| (at, seen(Sign::GrantType, None)))
}

/// The line around a place, or what is near in a long one.
fn excerpt(text: &str, at: usize) -> String {
    let from = text.floor_char_boundary(at.saturating_sub(60));
    let from = text[from..at].rfind('\n').map_or(from, |line| from + line + 1);
    let to = text.ceil_char_boundary((at + 100).min(text.len()));
    let to = text[at..to].find('\n').map_or(to, |line| at + line);
    text[from..to].trim().replace(|c: char| c.is_control(), " ")
}
