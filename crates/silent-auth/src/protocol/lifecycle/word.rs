//! What tabs of the same client tell each other.

use super::super::json::Value;

use super::super::error::AuthError;
use super::super::jose::Compact;
use super::super::json;
use super::super::secret::{AccessToken, IdToken, RefreshToken};
use super::super::session::Tokens;
use super::ladder::Held;

/// A word to the other tabs. It stays within one origin of one browser, where every tab could read every other's memory anyway.
pub(super) enum Word {
    /// New tokens, and the refresh token if the tabs share one. The tab that sends them checked the ID token; who hears them only reads it.
    Tokens(Box<Tokens>, Option<Held>),
    /// A renewal failed.
    Failure(AuthError),
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
pub(super) fn say_failure(error: &AuthError) -> String {
    json::object([("word", "failure".into()), ("error", error.to_json())]).to_string()
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
                let token = json::text(&said, "refresh_token").map(RefreshToken::new);
                Some(Self::Tokens(Box::new(tokens), token.map(|token| Held { token, subject })))
            }
            "failure" => AuthError::from_json(said.get("error")?).map(Self::Failure),
            "signed_out" => Some(Self::SignedOut),
            _ => None,
        }
    }
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
