//! The shape of a call: who is called, with which parameters, or is it a definition?

use super::language::Language;
use super::lexer::Kind;
use super::scanner::Token;
use super::signs::plain;
use crate::AddOn;

/// How a function's name stands in the code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Use {
    Called,
    Defined,
    /// An object of this type is made.
    Constructed,
    /// Neither: it is passed on, imported, or something else has this name.
    #[default]
    Named,
}

/// A name and what stands around it.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub used: Use,
    /// What stands before it, with dots between and in lower case: `auth0.client`; empty without one.
    pub receiver: String,
    pub arguments: Parameters,
    /// It is given to something that shows a page of the program's own.
    pub of_a_page: bool,
}

impl Shape {
    /// Reads what stands before and after a name.
    pub(super) fn read(before: &[&Token], after: &[&Token], language: Language) -> Self {
        let receiver = receiver(before, language);
        let arguments = arguments(before, after, language);
        let used = if before.last().is_some_and(|token| token.text == "new") {
            Use::Constructed
        } else if is_definition(before, after, &receiver, arguments, language) {
            Use::Defined
        } else if arguments.is_some() {
            Use::Called
        } else {
            Use::Named
        };
        let mut read = arguments.map(|(inside, _)| Parameters::read(inside, Reading::Strict)).unwrap_or_default();
        if let Some((inside, _)) = arguments
            && !read.id_token
            && !read.refresh_token
        {
            read = Parameters::read(inside, Reading::Loose);
        }
        Self { used, receiver, arguments: read, of_a_page: is_of_a_page(before) }
    }
}

/// The tokens between the parentheses, and those after them.
type Arguments<'a, 't> = Option<(&'a [&'t Token], &'a [&'t Token])>;

fn arguments<'a, 't>(before: &[&Token], after: &'a [&'t Token], language: Language) -> Arguments<'a, 't> {
    let mut rest = after;
    // A type in angle brackets, or the question mark of an optional call.
    if rest.first()?.is("<") {
        let end = rest.iter().take(12).position(|token| token.is(">"))?;
        rest = &rest[end + 1..];
    } else if rest.first()?.is("?") && rest.get(1)?.is(".") {
        rest = &rest[2..];
    }
    let first = rest.first()?;
    if first.is("(") {
        return Some(inside(&rest[1..], "(", ")"));
    }
    if language.selectors && first.is(":") {
        return Some(inside(&rest[1..], "[", "]"));
    }
    // Ruby and Python's kin call a method without parentheses, in one line.
    let is_method = before.last().is_some_and(|token| token.is("."));
    if language.hash && !language.slashes && is_method && matches!(first.kind, Kind::Word | Kind::Text) {
        let line = rest.iter().position(|token| token.line != first.line).unwrap_or(rest.len());
        return Some(rest.split_at(line));
    }
    None
}

/// What follows the argument list that these tokens begin with, if they do.
pub(super) fn after_arguments<'a, 't>(tokens: &'a [&'t Token]) -> &'a [&'t Token] {
    match tokens.split_first() {
        Some((first, rest)) if first.is("(") => inside(rest, "(", ")").1,
        _ => tokens,
    }
}

fn inside<'a, 't>(tokens: &'a [&'t Token], open: &str, close: &str) -> (&'a [&'t Token], &'a [&'t Token]) {
    let mut depth = 0u32;
    for (at, token) in tokens.iter().enumerate() {
        if token.is(open) {
            depth += 1;
        } else if token.is(close) {
            if depth == 0 {
                return (&tokens[..at], &tokens[at + 1..]);
            }
            depth -= 1;
        }
    }
    (tokens, &[])
}

fn receiver(before: &[&Token], language: Language) -> String {
    let mut words = Vec::new();
    let mut rest = before;
    loop {
        match rest {
            [start @ .., question, dot] if dot.is(".") && ["?", "!", "&"].iter().any(|mark| question.is(mark)) => {
                rest = start;
            }
            [start @ .., dot] if dot.is(".") => rest = start,
            [start @ .., first, second] if (first.is("-") && second.is(">")) || (first.is(":") && second.is(":")) => {
                rest = start;
            }
            // `[client fetch…:` in Objective-C: a blank is the connector, once.
            [.., word] if language.selectors && words.is_empty() && word.kind == Kind::Word => {}
            _ => break,
        }
        if let [start @ .., last] = rest
            && (last.is(")") || last.is("]"))
        {
            let (open, close) = if last.is(")") { ("(", ")") } else { ("[", "]") };
            let mut depth = 0u32;
            let opened = start.iter().rposition(|token| {
                if token.is(close) {
                    depth += 1;
                    return false;
                }
                depth -= u32::from(depth > 0 && token.is(open));
                depth == 0 && token.is(open)
            });
            rest = &start[..opened.unwrap_or(0)];
        }
        let [start @ .., word] = rest else { break };
        if word.kind != Kind::Word || words.len() == 6 {
            break;
        }
        words.push(plain(&word.text));
        rest = start;
    }
    words.reverse();
    words.join(".")
}

/// Whether a path is written for a router or a link: `path="…"`, `navigate('…')`, `app.get('…')`.
fn is_of_a_page(before: &[&Token]) -> bool {
    const PAGES: &[&str] = &["path", "to", "href", "route", "link", "navigate", "push", "replace", "get", "use"];
    let marks = before.iter().rev().take_while(|token| token.kind == Kind::Mark).count();
    let word = before.iter().rev().nth(marks).filter(|token| token.kind == Kind::Word);
    (1..=3).contains(&marks) && word.is_some_and(|word| PAGES.contains(&plain(&word.text).as_str()))
}

fn is_definition(
    before: &[&Token],
    after: &[&Token],
    receiver: &str,
    arguments: Arguments<'_, '_>,
    language: Language,
) -> bool {
    const DEFINE: &[&str] = &["function", "def", "fun", "func", "fn", "sub", "class", "override", "async", "static"];
    const RUN: &[&str] =
        &["return", "await", "new", "throw", "else", "yield", "in", "case", "try", "do", "then", "and"];
    let last = before.last();
    let word = last.filter(|token| token.kind == Kind::Word).map(|token| token.text.as_str());
    if word.is_some_and(|word| DEFINE.contains(&word)) {
        return true;
    }
    // `name = function`, `name: async (…)`, `name: (…) =>`
    if let [mark, next, ..] = after
        && (mark.is(":") || mark.is("="))
        && language.script
        && (matches!(next.text.as_str(), "function" | "async") || next.is("("))
    {
        return true;
    }
    let Some((_, rest)) = arguments else { return false };
    if !receiver.is_empty() && !language.selectors {
        return false;
    }
    if language.typed {
        let of_type = last.is_some_and(|token| token.is(">") || token.is("]") || token.is("?"));
        return of_type || word.is_some_and(|word| !RUN.contains(&word));
    }
    // A method of a class, or of a type.
    let is_value = last.is_some_and(|token| token.is("=") || token.is("(") || token.is("?") || token.is("|"));
    let body = rest.first().is_some_and(|token| token.is("{") || token.is(":"));
    language.script && body && !is_value && word.is_none_or(|word| !RUN.contains(&word))
}

/// What `api_type` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ApiType {
    #[default]
    Absent,
    /// `app` or `auth0`: an ID token.
    IdToken,
    AddOn(AddOn),
    /// Something that the code does not show.
    Hidden,
}

/// The parameters of a delegation request, or of another that looks like one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a parameter that is there or not")]
pub(super) struct Parameters {
    pub any: bool,
    pub id_token: bool,
    pub refresh_token: bool,
    pub target: bool,
    pub grant_type: bool,
    pub api_type: ApiType,
    /// RFC 7523's `assertion`: the grant type of the same name at other providers.
    pub assertion: bool,
    /// `/oauth/ro` takes the same grant type.
    pub sign_in: bool,
    /// Other grant types are named: it is a list of them.
    pub listed: bool,
    /// The first argument is written as an object.
    pub object: bool,
}

/// Whether `answer.id_token` and `fetch('id_token')` count: in an argument list they may be the value, near a request
/// they are its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Strict,
    Loose,
}

impl Parameters {
    /// Reads the tokens of an argument list, or of what is near. Of several values of `api_type` the first counts.
    pub(super) fn read(tokens: &[&Token], reading: Reading) -> Self {
        let mut found = Self { any: !tokens.is_empty(), ..Self::default() };
        found.object = tokens.first().is_some_and(|token| token.is("{"));
        let code = tokens.iter().filter(|token| !matches!(token.kind, Kind::Comment | Kind::Prose));
        let parts: Vec<(&str, bool)> = code
            .flat_map(|token| {
                let whole = token.kind == Kind::Text;
                let parts = token.text.split(|c: char| !c.is_alphanumeric() && c != '_');
                let parts = parts.filter(|part| !part.is_empty()).map(|part| (part, false));
                let exact = whole && AddOn::from_name(&token.text).is_some();
                let mark = (token.kind == Kind::Mark).then_some((token.text.as_str(), false));
                let parts = parts.map(move |(part, _)| (part, exact));
                parts.chain(mark)
            })
            .collect();
        for (at, (part, is_whole_text)) in parts.iter().enumerate() {
            let mark = |at: Option<usize>| at.and_then(|at| parts.get(at)).map_or("", |(part, _)| *part);
            let (last, next) = (mark(at.checked_sub(1)), mark(Some(at + 1)));
            let is_member = last == "." || matches!((last, next), ("[", "]") | ("(", ")"));
            match plain(part).as_str() {
                "idtoken" | "refreshtoken" if is_member && reading == Reading::Strict => {}
                "idtoken" => found.id_token = true,
                "refreshtoken" => found.refresh_token = true,
                "target" | "targetclientid" => found.target = true,
                "granttype" => found.grant_type = true,
                "assertion" | "requestedtokenuse" => found.assertion = true,
                "ro" => found.sign_in = true,
                "authorizationcode" | "clientcredentials" => found.listed = true,
                "apitype" | "a0parameterapitype" | "setapitype" | "withapitype" => {
                    found.read_api_type(&parts[at + 1..]);
                }
                "api" if matches!(next, ":" | "=") => {
                    found.read_api_type(&parts[at + 1..]);
                }
                _ if *is_whole_text && found.api_type == ApiType::Absent => {
                    found.api_type = AddOn::from_name(part).map_or(ApiType::Absent, ApiType::AddOn);
                }
                _ => {}
            }
        }
        found
    }

    fn read_api_type(&mut self, rest: &[(&str, bool)]) {
        if self.api_type != ApiType::Absent {
            return;
        }
        let mut words =
            rest.iter().map(|(part, _)| *part).filter(|part| part.starts_with(|c: char| c.is_alphanumeric()));
        let value = words.find(|word| *word != "value");
        self.api_type = match value {
            Some("app" | "auth0") => ApiType::IdToken,
            Some(name) => AddOn::from_name(name).map_or(ApiType::Hidden, ApiType::AddOn),
            None => ApiType::Hidden,
        };
    }

    /// Both together; where they differ, the first counts.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            any: self.any || other.any,
            id_token: self.id_token || other.id_token,
            refresh_token: self.refresh_token || other.refresh_token,
            target: self.target || other.target,
            grant_type: self.grant_type || other.grant_type,
            api_type: if self.api_type == ApiType::Absent { other.api_type } else { self.api_type },
            assertion: self.assertion || other.assertion,
            sign_in: self.sign_in || other.sign_in,
            listed: self.listed || other.listed,
            object: self.object,
        }
    }

    /// Whether this is a delegation request beyond doubt: a token, and what only such a request has beside it.
    pub(super) fn are_of_delegation(self) -> bool {
        let token = self.id_token || self.refresh_token;
        token && (self.api_type != ApiType::Absent || (self.target && self.grant_type))
    }
}
