//! The claims of an ID token with their meaning, and what changed since the token before it.

use silent_auth::protocol::json::Value;
use silent_auth::protocol::session::Claims;
use silent_auth::protocol::time::Timestamp;

/// What is known of a claim.
struct Entry {
    name: &'static str,
    meaning: &'static str,
    spec: &'static str,
}

const fn entry(name: &'static str, meaning: &'static str, spec: &'static str) -> Entry {
    Entry { name, meaning, spec }
}

const ID_TOKEN: &str = "OpenID Connect Core 1.0, section 2";
const STANDARD: &str = "OpenID Connect Core 1.0, section 5.1";

/// In the order in which they are shown: who, for whom, until when, then about the person.
const DICTIONARY: &[Entry] = &[
    entry("iss", "Who made this token: the tenant's issuer address.", ID_TOKEN),
    entry("sub", "Who is signed in: the person's id at the tenant, which never changes.", ID_TOKEN),
    entry("aud", "For whom it is made: this app's client id.", ID_TOKEN),
    entry("azp", "Which app asked for it.", ID_TOKEN),
    entry("iat", "When it was made.", ID_TOKEN),
    entry("exp", "When it ends: refused from then on.", ID_TOKEN),
    entry("nbf", "Not valid before.", "RFC 7519, section 4.1.5"),
    entry("auth_time", "When the person last typed a password or another proof.", ID_TOKEN),
    entry("nonce", "Ties the token to the one request that asked for it.", ID_TOKEN),
    entry("sid", "The person's session at the tenant.", "OpenID Connect Front-Channel Logout 1.0, section 3"),
    entry(
        "at_hash",
        "Ties the token to the access token that came with it.",
        "OpenID Connect Core 1.0, section 3.1.3.6",
    ),
    entry("c_hash", "Ties the token to the authorization code.", "OpenID Connect Core 1.0, section 3.3.2.11"),
    entry("acr", "How strong the sign-in was.", ID_TOKEN),
    entry("amr", "By which methods the person signed in.", ID_TOKEN),
    entry("act", "Who acts for the person.", "RFC 8693, section 4.1"),
    entry("name", "The person's full name.", STANDARD),
    entry("given_name", "The person's first name.", STANDARD),
    entry("family_name", "The person's last name.", STANDARD),
    entry("nickname", "What the person is called.", STANDARD),
    entry("email", "The person's e-mail address.", STANDARD),
    entry("email_verified", "Whether the tenant has checked that address.", STANDARD),
    entry("picture", "Where a picture of the person is.", STANDARD),
    entry("locale", "The person's language.", STANDARD),
    entry("updated_at", "When the person's data last changed.", STANDARD),
];

/// The claims whose numbers are dates, in seconds since 1970 (RFC 7519, section 2).
const DATES: &[&str] = &["iat", "exp", "nbf", "auth_time", "updated_at"];

/// What became of a claim since the generation before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// There is no generation before to compare with.
    Unknown,
    /// The same value.
    Same,
    /// Another value.
    Changed,
    /// Was not there before.
    New,
}

/// A claim's value as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A date.
    Date(Timestamp),
    /// Text; JSON for what is neither text nor a date.
    Text(String),
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The claim's name.
    pub name: String,
    /// What it means.
    pub meaning: &'static str,
    /// Its value.
    pub value: Shown,
    /// The specification's section that defines it; empty for none.
    pub spec: &'static str,
    /// Whether it changed.
    pub change: Change,
}

/// The claims as lines: the known ones in a fixed order, then the others as they came.
#[must_use]
pub fn lines(claims: &Claims, before: Option<&Claims>) -> Vec<Line> {
    let known = DICTIONARY.iter().filter_map(|entry| {
        let value = claims.get(entry.name)?;
        Some(line(entry.name, value, entry.meaning, entry.spec, before))
    });
    let others = claims.iter().filter(|(name, _)| DICTIONARY.iter().all(|entry| entry.name != name.as_str()));
    let others = others.map(|(name, value)| {
        line(name, value, "A claim of the tenant's own; no specification defines it.", "", before)
    });
    known.chain(others).collect()
}

/// The names of the claims that the token before had and this one has not.
#[must_use]
pub fn gone(claims: &Claims, before: Option<&Claims>) -> Vec<String> {
    let Some(before) = before else { return Vec::new() };
    before.keys().filter(|name| !claims.contains_key(name)).cloned().collect()
}

/// The claims as they came, indented JSON.
#[must_use]
pub fn raw(claims: &Claims) -> String {
    format!("{:#}", Value::Object(claims.clone()))
}

/// What the page calls the person: the given name, the name, the e-mail address, or the subject.
#[must_use]
pub fn person(claims: &Claims) -> Option<&str> {
    ["given_name", "name", "email", "sub"]
        .iter()
        .find_map(|claim| claims.get(claim).and_then(Value::as_str).filter(|name| !name.is_empty()))
}

fn line(name: &str, value: &Value, meaning: &'static str, spec: &'static str, before: Option<&Claims>) -> Line {
    let change = match before.map(|before| before.get(name)) {
        None => Change::Unknown,
        Some(None) => Change::New,
        Some(Some(old)) if old == value => Change::Same,
        Some(Some(_)) => Change::Changed,
    };
    Line { name: name.to_owned(), meaning, value: shown(name, value), spec, change }
}

fn shown(name: &str, value: &Value) -> Shown {
    match value {
        Value::Number(_) if DATES.contains(&name) => match value.as_i64() {
            Some(seconds) => Shown::Date(Timestamp::from_secs(seconds)),
            None => Shown::Text(value.to_string()),
        },
        Value::String(text) => Shown::Text(text.clone()),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            Shown::Text(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
        }
        other => Shown::Text(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: serde_json::Value) -> Claims {
        Value::read(&value.to_string()).and_then(|value| value.as_object().cloned()).expect("an object")
    }

    #[test]
    fn a_date_is_never_shown_as_a_bare_number() {
        let lines = lines(&claims(json!({"exp": 1_700_000_060, "iat": 1_700_000_000, "n": 7})), None);
        let value = |name| lines.iter().find(|line| line.name == name).map(|line| line.value.clone());
        assert_eq!(value("exp"), Some(Shown::Date(Timestamp::from_secs(1_700_000_060))));
        assert_eq!(value("n"), Some(Shown::Text("7".to_owned())), "another number is no date");
    }

    #[test]
    fn known_claims_come_first_and_unknown_ones_are_kept() {
        let lines = lines(&claims(json!({"https://x.example/role": "a", "sub": "ada", "iss": "https://t/"})), None);
        let names: Vec<_> = lines.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["iss", "sub", "https://x.example/role"]);
        assert!(lines.iter().all(|line| line.meaning.ends_with('.')));
    }

    #[test]
    fn what_changed_is_marked() {
        let before = claims(json!({"sub": "ada", "iat": 1, "acr": "0"}));
        let now = claims(json!({"sub": "ada", "iat": 2, "nonce": "n"}));
        let change =
            |name| lines(&now, Some(&before)).into_iter().find(|line| line.name == name).map(|line| line.change);
        assert_eq!(change("sub"), Some(Change::Same));
        assert_eq!(change("iat"), Some(Change::Changed));
        assert_eq!(change("nonce"), Some(Change::New));
        assert_eq!(gone(&now, Some(&before)), ["acr"]);
        assert!(lines(&now, None).iter().all(|line| line.change == Change::Unknown));
    }

    #[test]
    fn a_person_has_the_friendliest_name_there_is() {
        assert_eq!(
            person(&claims(json!({"sub": "auth0|1", "name": "Ada Lovelace", "given_name": "Ada"}))),
            Some("Ada")
        );
        assert_eq!(person(&claims(json!({"sub": "auth0|1", "name": ""}))), Some("auth0|1"));
        assert_eq!(person(&Claims::new()), None);
    }

    #[test]
    fn lists_and_structures_are_readable() {
        let lines = lines(&claims(json!({"aud": ["a", "b"], "act": {"sub": "x"}})), None);
        let values: Vec<_> = lines.into_iter().map(|line| line.value).collect();
        assert_eq!(values, [Shown::Text("a, b".to_owned()), Shown::Text("{\"sub\":\"x\"}".to_owned())]);
    }
}
