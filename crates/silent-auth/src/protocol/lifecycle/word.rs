//! What tabs of the same client tell each other.

use super::super::json::Value;

use super::super::audience::TokenRequest;
use super::super::error::AuthError;
use super::super::jose::Compact;
use super::super::json;
use super::super::secret::{AccessToken, IdToken, RefreshToken};
use super::super::session::Tokens;
use super::super::time::Timestamp;
#[cfg(feature = "audiences")]
use super::audience::Extra;
use super::ladder::Held;

/// A word to the other tabs. It stays within one origin of one browser, where every tab could read every other's memory anyway.
pub(super) enum Word {
    /// New tokens, and the refresh token if the tabs share one. The tab that sends them checked the ID token; who hears them only reads it.
    Tokens(Box<Tokens>, Option<Held>),
    /// A token for another API, whose it is, and the refresh token.
    #[cfg(feature = "audiences")]
    Extra(Box<Extra>, String, Option<Held>),
    /// A renewal failed; or such a request, if one is named. The session is over for tokens that are no younger than the date, if there is one.
    Failure(AuthError, Option<TokenRequest>, Option<Timestamp>),
    /// A page starts, and asks for tokens.
    Ask,
    /// A tab waits for the lock.
    Waiting,
    /// The session at the provider, as its frame is asked about it.
    #[cfg(feature = "session-monitor")]
    SessionState(String),
    /// The person signed out.
    SignedOut,
}

/// How tokens are said.
pub(super) fn say_tokens(tokens: &Tokens, held: Option<&Held>) -> String {
    let members = [
        ("word", "tokens".into()),
        ("access_token", tokens.access_token.expose().into()),
        ("id_token", tokens.id_token.expose().into()),
        ("scope", tokens.scope.as_str().into()),
        ("received_at", tokens.received_at.as_millis().into()),
        ("expires_at", tokens.expires_at.as_millis().into()),
        ("refresh_token", held.map(|held| held.token.expose().to_owned()).into()),
    ];
    json::object(members).to_string()
}

/// How a failure is said.
pub(super) fn say_failure(error: &AuthError, request: Option<&TokenRequest>, ended: Option<Timestamp>) -> String {
    let request = request.map_or(Value::Null, TokenRequest::to_json);
    let ended = ended.map_or(Value::Null, |at| at.as_millis().into());
    json::object([("word", "failure".into()), ("error", error.to_json()), ("request", request), ("ended", ended)])
        .to_string()
}

/// How a token for another API is said.
#[cfg(feature = "audiences")]
pub(super) fn say_extra(extra: &Extra, subject: &str, held: Option<&Held>) -> String {
    let members = [
        ("word", "token".into()),
        ("request", extra.request.to_json()),
        ("access_token", extra.access_token.expose().into()),
        ("scope", extra.scope.as_str().into()),
        ("received_at", extra.received_at.as_millis().into()),
        ("expires_at", extra.expires_at.as_millis().into()),
        ("subject", subject.into()),
        ("refresh_token", held.map(|held| held.token.expose().to_owned()).into()),
    ];
    json::object(members).to_string()
}

/// How tokens are asked for.
pub(super) fn say_ask() -> String {
    json::object([("word", "ask".into())]).to_string()
}

/// How it is said that a tab waits for the lock.
pub(super) fn say_waiting() -> String {
    json::object([("word", "waiting".into())]).to_string()
}

/// How the session at the provider is said.
#[cfg(feature = "session-monitor")]
pub(super) fn say_session_state(state: &str) -> String {
    json::object([("word", "session_state".into()), ("session_state", state.into())]).to_string()
}

/// How a sign-out is said.
pub(super) fn say_signed_out() -> String {
    json::object([("word", "signed_out".into())]).to_string()
}

impl Word {
    /// As it arrived; `None` for anything that no tab of this version says.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let said = Value::Object(json::read(text)?);
        match json::text(&said, "word")? {
            "tokens" => {
                let tokens = tokens(&said)?;
                let subject = tokens.subject().to_owned();
                Some(Self::Tokens(Box::new(tokens), held(&said, &subject)))
            }
            #[cfg(feature = "audiences")]
            "token" => {
                let subject = json::text(&said, "subject")?.to_owned();
                let held = held(&said, &subject);
                Some(Self::Extra(Box::new(extra(&said)?), subject, held))
            }
            "failure" => {
                let request = said.get("request").filter(|request| **request != Value::Null);
                let ended = json::time(&said, "ended");
                Some(Self::Failure(
                    AuthError::from_json(said.get("error")?)?,
                    request.map(TokenRequest::from_json),
                    ended,
                ))
            }
            "signed_out" => Some(Self::SignedOut),
            "ask" => Some(Self::Ask),
            "waiting" => Some(Self::Waiting),
            #[cfg(feature = "session-monitor")]
            "session_state" => Some(Self::SessionState(json::text(&said, "session_state")?.to_owned())),
            _ => None,
        }
    }
}

fn held(said: &Value, subject: &str) -> Option<Held> {
    let token = RefreshToken::new(json::text(said, "refresh_token")?);
    Some(Held { token, subject: subject.to_owned() })
}

#[cfg(feature = "audiences")]
fn extra(said: &Value) -> Option<Extra> {
    Some(Extra {
        request: TokenRequest::from_json(said.get("request")?),
        access_token: AccessToken::new(json::text(said, "access_token")?),
        scope: json::text(said, "scope")?.to_owned(),
        received_at: json::time(said, "received_at")?,
        expires_at: json::time(said, "expires_at")?,
    })
}

fn tokens(said: &Value) -> Option<Tokens> {
    let id_token = json::text(said, "id_token")?;
    Some(Tokens {
        access_token: AccessToken::new(json::text(said, "access_token")?),
        id_token: IdToken::new(id_token),
        claims: Compact::parse(id_token).ok()?.claims,
        scope: json::text(said, "scope")?.to_owned(),
        received_at: json::time(said, "received_at")?,
        expires_at: json::time(said, "expires_at")?,
    })
}
