//! Something tried in the lab: what is changed at the tenant before a renewal, what was expected of it, and what came of it.

use silent_auth::protocol::error::AuthError;
use silent_auth::protocol::json::Value;

use super::faults::arm;
use super::member::text;
use super::phase::Tone;
use super::weather;

/// What an expectation is called where the client survives.
const SURVIVES: &str = "none";

/// What is changed at the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A fault is armed, once for this client.
    Fault,
    /// Everything there gets older.
    Age,
    /// The cookie weather changes.
    Weather,
}

/// How a trial is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The tenant is told, then the token is renewed.
    Renewal,
    /// The tenant is told, then the page is loaded anew: the key set is asked for once in a page's life.
    Reload,
    /// This page's requests lack what the trial needs.
    Elsewhere,
}

/// Something to try, as the lab or the guide's file has it: an object with `title`, `will` and more.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial(pub Kind, pub Value);

impl Trial {
    /// One of its texts: `title`; `will`, said before the click; `expect`, the code of the error that the client should end
    /// with, `none` if it should survive, or empty if that depends.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        text(&self.1, name)
    }

    /// Its name: no two trials have the same.
    #[must_use]
    pub fn name(&self) -> String {
        self.text(if self.0 == Kind::Age { "seconds" } else { "name" })
    }

    /// What is expected, in words; empty if that depends.
    #[must_use]
    pub fn expects(&self) -> String {
        let expect = self.text("expect");
        if expect == SURVIVES { "new tokens, as ever".to_owned() } else { expect }
    }

    /// Which of the tenant's addresses is told, and what (JSON).
    #[must_use]
    pub fn change(&self, client_id: &str) -> (&'static str, String) {
        let name = self.name();
        match self.0 {
            Kind::Fault => ("/lab/faults", arm(&name, client_id)),
            Kind::Age => ("/lab/age", format!("{{\"seconds\":{name}}}")),
            Kind::Weather => ("/lab/cookies", weather::set(&name)),
        }
    }

    /// How it is made.
    #[must_use]
    pub fn way(&self) -> Way {
        match self.text("needs").as_str() {
            "" => Way::Renewal,
            "keys" => Way::Reload,
            _ => Way::Elsewhere,
        }
    }

    /// What came of it: `answer` is what the tenant said when it was told, `error` what the client ended with (`None` for new
    /// tokens), `fired` what the tenant did when the fault was used, `is_in` whether somebody is still signed in.
    #[must_use]
    pub fn judge(&self, answer: &Value, error: Option<AuthError>, fired: Option<String>, is_in: bool) -> Judged {
        let code = error.as_ref().map_or(SURVIVES, |error| error.code.as_str());
        let expect = self.text("expect");
        let verdict = if self.0 == Kind::Fault && fired.is_none() {
            Verdict::Waits
        } else if expect.is_empty() {
            Verdict::Open
        } else if expect == code {
            Verdict::AsExpected
        } else {
            Verdict::Otherwise
        };
        Judged { verdict, did: fired.unwrap_or_else(|| aged(answer)), error, is_in }
    }
}

/// How what happened compares with what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is what was expected.
    AsExpected,
    /// It is not.
    Otherwise,
    /// Nothing was expected.
    Open,
    /// The fault has not fired: it waits for a request that it can be applied to.
    Waits,
}

/// What came of a trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The comparison.
    pub verdict: Verdict,
    /// What the tenant did, in words; may be empty.
    pub did: String,
    /// What the client ended with; `None` if it got new tokens.
    pub error: Option<AuthError>,
    /// Whether somebody is still signed in.
    pub is_in: bool,
}

impl Judged {
    /// The comparison in words, and how it looks.
    #[must_use]
    pub const fn headline(&self) -> (Tone, &'static str) {
        match self.verdict {
            Verdict::AsExpected => (Tone::Good, "As expected"),
            Verdict::Otherwise => (Tone::Act, "Not as expected"),
            Verdict::Open => (Tone::Waiting, "What happened"),
            Verdict::Waits => (Tone::Waiting, "Not used yet"),
        }
    }

    /// What became of the session, in one sentence.
    #[must_use]
    pub const fn session(&self) -> &'static str {
        match (&self.error, self.is_in) {
            (None, _) => "New tokens are in use.",
            (Some(_), true) => "The session and its token are kept.",
            (Some(_), false) => "The session is over here.",
        }
    }
}

/// What a `POST /lab/age` answer says, in words: `Aged: sessions 1, access tokens 4. Over now: sessions 1.` Empty for others.
fn aged(answer: &Value) -> String {
    let counted = |heading: &str, key: &str| {
        let counts = answer.get(key)?.as_object()?;
        let counts = counts.iter().filter(|(_, count)| count.as_i64() != Some(0));
        let counts: Vec<_> = counts.map(|(name, count)| format!("{} {count}", name.replace('_', " "))).collect();
        let counts = if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
        Some(format!("{heading}: {counts}. "))
    };
    [counted("Aged", "aged"), counted("Over now", "ended")].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use silent_auth::protocol::error::Code;

    use super::*;

    fn trial(kind: Kind, text: &str) -> Trial {
        Trial(kind, Value::read(text).expect("JSON"))
    }

    fn fault(expect: &str, needs: &str) -> Trial {
        trial(Kind::Fault, &format!("{{\"name\":\"wrong_iss\",\"expect\":\"{expect}\",\"needs\":{needs}}}"))
    }

    fn refused(code: Code) -> Option<AuthError> {
        Some(AuthError::new(code))
    }

    #[test]
    fn a_fault_ends_as_expected_if_the_code_is_the_one_it_names() {
        let fired = || Some("iss is x".to_owned());
        let verdict = |expect, error| fault(expect, "null").judge(&Value::Null, error, fired(), true).verdict;
        assert_eq!(verdict("id_token.iss", refused(Code::IdTokenIss)), Verdict::AsExpected);
        assert_eq!(verdict("id_token.iss", refused(Code::IdTokenAud)), Verdict::Otherwise);
        assert_eq!(verdict("id_token.iss", None), Verdict::Otherwise, "the client took what it had to refuse");
        assert_eq!(verdict("none", None), Verdict::AsExpected);
        assert_eq!(verdict("none", refused(Code::TimedOut)), Verdict::Otherwise);
    }

    #[test]
    fn a_fault_that_did_not_fire_proves_nothing() {
        let judge =
            |fired: Option<&str>| fault("none", "null").judge(&Value::Null, None, fired.map(str::to_owned), true);
        assert_eq!((judge(None).verdict, judge(None).headline().1), (Verdict::Waits, "Not used yet"));
        assert_eq!((judge(Some("x")).verdict, judge(Some("x")).did.as_str()), (Verdict::AsExpected, "x"));
    }

    #[test]
    fn what_a_fault_needs_says_how_it_is_tried() {
        assert_eq!(fault("x", "null").way(), Way::Renewal);
        assert_eq!(fault("x", "\"keys\"").way(), Way::Reload);
        assert_eq!(fault("x", "\"max_age\"").way(), Way::Elsewhere);
        let (path, body) = fault("x", "null").change("demo-spa");
        assert_eq!((path, body.as_str()), ("/lab/faults", r#"{"name":"wrong_iss","client_id":"demo-spa"}"#));
    }

    #[test]
    fn ageing_says_what_got_older_and_what_is_over() {
        let trial = trial(Kind::Age, r#"{"what":"age","seconds":"259200","title":"Later","expect":"login_required"}"#);
        assert_eq!(trial.change("x"), ("/lab/age", r#"{"seconds":259200}"#.to_owned()));
        let answer = r#"{"seconds":259200,"aged":{"access_tokens":4,"codes":0,"refresh_families":1,"sessions":1},
            "ended":{"access_tokens":0,"refresh_families":2,"sessions":1}}"#;
        let judged = trial.judge(&Value::read(answer).expect("JSON"), refused(Code::LoginRequired), None, false);
        assert_eq!(judged.verdict, Verdict::AsExpected);
        assert_eq!(
            judged.did,
            "Aged: access tokens 4, refresh families 1, sessions 1. Over now: refresh families 2, sessions 1. "
        );
        assert_eq!(judged.session(), "The session is over here.");
        let nothing = Value::read(r#"{"aged":{"sessions":0},"ended":{}}"#).expect("JSON");
        assert_eq!(aged(&nothing), "Aged: nothing. Over now: nothing. ");
    }

    #[test]
    fn weather_expects_nothing_of_itself() {
        let trial = trial(Kind::Weather, r#"{"name":"partitioned","title":"t","will":"w"}"#);
        assert_eq!(trial.change("x"), ("/lab/cookies", r#"{"weather":"partitioned"}"#.to_owned()));
        let judged = trial.judge(&Value::Null, refused(Code::LoginRequired), None, true);
        assert_eq!((judged.verdict, judged.did.as_str()), (Verdict::Open, ""));
        assert_eq!(judged.session(), "The session and its token are kept.");
    }

    #[test]
    fn what_is_expected_is_said_in_words() {
        assert_eq!(fault("none", "null").expects(), "new tokens, as ever");
        assert_eq!(fault("timeout", "null").expects(), "timeout");
    }
}
