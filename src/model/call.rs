//! A request that a page of the guide sends when it is asked to, and its answer, as values.

use core::fmt;

use silent_auth::protocol::http::{Method, Response};
use silent_auth::protocol::jose::Compact;
use silent_auth::protocol::json::Value;
use silent_auth::protocol::record::{Parameter, Shown};
use silent_auth::protocol::secret::fingerprint;

/// A token of any kind: prints as redacted.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Takes ownership of the token's text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The token itself. Every place that calls this is a place to look at in a review.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Its claims, indented JSON; `None` for a token that is no JWT.
    #[must_use]
    pub fn claims(&self) -> Option<String> {
        Compact::parse(&self.0).ok().map(|token| super::claims::raw(&token.claims))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token([redacted])")
    }
}

/// Where the value of a parameter comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It stands in the guide.
    Fixed(String),
    /// It stands in the guide, and is shown as a fingerprint, as a real one would have to be (`!` in the guide).
    Secret(String),
    /// The token that is held under this name, for instance `session.id_token` (`$` in the guide).
    Held(String),
    /// The person types it; this is what stands in the field before (`?` in the guide).
    Typed(String),
}

impl Source {
    fn read(text: &str) -> Self {
        let rest = text.get(1..).unwrap_or_default().to_owned();
        match text.as_bytes().first() {
            Some(b'!') => Self::Secret(rest),
            Some(b'$') => Self::Held(rest),
            Some(b'?') => Self::Typed(rest),
            _ => Self::Fixed(text.to_owned()),
        }
    }
}

/// A request of the guide.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name of the button that sends it.
    pub button: String,
    /// Its method.
    pub method: Method,
    /// Its path at the tenant.
    pub path: String,
    /// The parameters of its form.
    pub form: Vec<(String, Source)>,
    /// The name under which the token for its `Authorization` header is held.
    pub bearer: Option<String>,
    /// The name under which the tokens of its answer are held.
    pub keep: Option<String>,
    /// What has to be done first, as long as a token that it sends is not held.
    pub first: String,
    /// What it means that the tenant gave what was asked.
    pub granted: String,
}

/// Reads a call of the guide; `None` if it has no button or no request line.
#[must_use]
pub fn call(value: &Value) -> Option<Call> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let (method, path) = value.get("send")?.as_str()?.split_once(' ')?;
    let pair = |pair: &Value| {
        let [name, source] = pair.as_array()?.as_slice() else { return None };
        Some((name.as_str()?.to_owned(), Source::read(source.as_str()?)))
    };
    let form = value.get("form").and_then(Value::as_array);
    Some(Call {
        button: text("button")?,
        method: if method == "POST" { Method::Post } else { Method::Get },
        path: path.to_owned(),
        form: form.map_or(Vec::new(), |form| form.iter().filter_map(pair).collect()),
        bearer: text("bearer"),
        keep: text("keep"),
        first: text("first").unwrap_or_default(),
        granted: text("granted").unwrap_or_default(),
    })
}

impl Call {
    /// The names of the tokens that it sends.
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        let in_form = self.form.iter().filter_map(|(_, source)| match source {
            Source::Held(name) => Some(name.as_str()),
            _ => None,
        });
        in_form.chain(self.bearer.as_deref())
    }

    /// The client that it says it is.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.form.iter().find_map(|(name, source)| match source {
            Source::Fixed(value) if name == "client_id" => Some(value.as_str()),
            _ => None,
        })
    }

    /// The request as it may be shown: tokens and secrets as fingerprints.
    #[must_use]
    pub fn shown(&self, held: impl Fn(&str) -> Option<Token>) -> Vec<Parameter> {
        let token = |name: &str| match held(name) {
            Some(token) => Shown::Fingerprint(fingerprint(token.expose())),
            None => Shown::Plain("(not there yet)".to_owned()),
        };
        let header =
            self.bearer.iter().map(|name| Parameter { name: "Authorization: Bearer".to_owned(), value: token(name) });
        let form = self.form.iter().map(|(name, source)| Parameter {
            name: name.clone(),
            value: match source {
                Source::Fixed(value) => Shown::Plain(value.clone()),
                Source::Secret(value) => Shown::Fingerprint(fingerprint(value)),
                Source::Held(name) => token(name),
                Source::Typed(_) => Shown::Plain("(as typed above)".to_owned()),
            },
        });
        header.chain(form).collect()
    }
}

/// What the tenant answered, as it may be shown.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The error code, for instance `endpoint_disabled`; empty for a success, or if the answer names none.
    pub error: String,
    /// The tenant's own words about the error.
    pub description: String,
    /// What it gave: secrets as fingerprints.
    pub given: Vec<Parameter>,
    /// The tokens it gave, by name.
    pub tokens: Vec<(String, Token)>,
}

impl Answer {
    /// Whether the tenant gave what was asked.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The members of answers that are tokens of the tenant.
const TOKENS: [&str; 3] = ["id_token", "access_token", "refresh_token"];

/// Reads the tenant's answer.
#[must_use]
pub fn answer(response: &Response) -> Answer {
    let status = response.status;
    let (error, description) = super::decision::refusal(&response.body).unwrap_or_default();
    let mut answer = Answer { status, error, description, given: Vec::new(), tokens: Vec::new() };
    if !answer.is_success() {
        if answer.error.is_empty() {
            answer.description = response.body.chars().take(200).collect();
        }
        return answer;
    }
    let body: Value = Value::read(&response.body).unwrap_or_default();
    collect(&mut answer.given, "", &body);
    for name in TOKENS {
        if let Some(token) = body.get(name).and_then(Value::as_str) {
            answer.tokens.push((name.to_owned(), Token::new(token)));
        }
    }
    answer
}

/// Adds the members of `value` under their names, those of inner objects as `outer.inner`.
fn collect(given: &mut Vec<Parameter>, name: &str, value: &Value) {
    if let Value::Object(members) = value {
        for (member, value) in members.iter() {
            let name = if name.is_empty() { member.clone() } else { format!("{name}.{member}") };
            collect(given, &name, value);
        }
        return;
    }
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let value = if is_secret(name) { Shown::Fingerprint(fingerprint(&text)) } else { Shown::Plain(text) };
    given.push(Parameter { name: name.to_owned(), value });
}

/// Whether a member of this name opens something: tokens, keys, signatures.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name != "token_type" && ["token", "key", "secret", "sas"].iter().any(|part| contains(&name, part))
}

/// As `str::contains`, whose search in linear time is a download of its own.
fn contains(text: &str, part: &str) -> bool {
    text.as_bytes().windows(part.len()).any(|window| window == part.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! json {
        ($($json:tt)+) => {
            Value::read(&serde_json::json!($($json)+).to_string()).expect("JSON")
        };
    }

    fn response(status: u16, body: &str) -> Response {
        Response { status, body: body.to_owned(), ..Response::default() }
    }

    fn refresh() -> Call {
        call(&json!({
            "button": "Send", "send": "POST /oauth/token", "keep": "legacy", "bearer": "session.access_token",
            "form": [["client_id", "a"], ["client_secret", "!s3cret"], ["refresh_token", "$legacy.refresh_token"], ["username", "?ada"]],
        }))
        .expect("a call")
    }

    #[test]
    fn a_call_names_the_tokens_that_it_needs() {
        let call = refresh();
        assert_eq!((call.method, call.path.as_str(), call.client_id()), (Method::Post, "/oauth/token", Some("a")));
        assert_eq!(call.needs().collect::<Vec<_>>(), ["legacy.refresh_token", "session.access_token"]);
        assert!(call_of_nothing().is_none());
    }

    fn call_of_nothing() -> Option<Call> {
        call(&json!({"send": "GET /x"})).or_else(|| call(&json!({"button": "b"})))
    }

    #[test]
    fn what_is_shown_of_a_call_holds_no_secret() {
        let held = |name: &str| (name == "legacy.refresh_token").then(|| Token::new("open-sesame"));
        let shown = format!("{:?}", refresh().shown(held));
        for secret in ["s3cret", "open-sesame"] {
            assert!(!shown.contains(secret), "{shown}");
            assert!(shown.contains(&fingerprint(secret)), "{shown}");
        }
        assert!(shown.contains("not there yet"), "{shown}");
    }

    #[test]
    fn a_refusal_keeps_the_tenants_words() {
        let refused = answer(&response(404, r#"{"error":"endpoint_disabled","error_description":"off"}"#));
        assert_eq!(
            (refused.status, refused.error.as_str(), refused.description.as_str()),
            (404, "endpoint_disabled", "off")
        );
        let plain = answer(&response(401, "Unauthorized"));
        assert_eq!((plain.error.as_str(), plain.description.as_str()), ("", "Unauthorized"));
        assert!(!plain.is_success() && plain.given.is_empty() && plain.tokens.is_empty());
    }

    #[test]
    fn what_is_shown_of_an_answer_holds_no_secret() {
        let body = r#"{"id_token":"open-1","token_type":"Bearer","expires_in":60,"azure_blob_sas":"open-2",
            "Credentials":{"AccessKeyId":"open-3","SecretAccessKey":"open-4","SessionToken":"open-5","Expiration":"2026"}}"#;
        let granted = answer(&response(200, body));
        let shown = format!("{granted:?}");
        assert!(!shown.contains("open-"), "{shown}");
        for part in ["Credentials.SecretAccessKey", "Bearer", "60", "2026"] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        let kept: Vec<_> = granted.tokens.iter().map(|(name, token)| (name.as_str(), token.expose())).collect();
        assert_eq!(kept, [("id_token", "open-1")]);
    }

    #[test]
    fn the_claims_of_a_jwt_can_be_read_and_an_opaque_token_has_none() {
        // {"alg":"none"}.{"aud":"legacy-api-c"}.
        let token = Token::new("eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJsZWdhY3ktYXBpLWMifQ.c2ln");
        assert!(token.claims().is_some_and(|claims| claims.contains("\"aud\": \"legacy-api-c\"")));
        assert_eq!(Token::new("opaque").claims(), None);
    }
}
