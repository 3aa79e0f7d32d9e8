//! What tabs of the same client tell each other.

use serde::{Deserialize, Serialize};

use super::super::error::AuthError;
use super::super::jose::Compact;
use super::super::secret::{AccessToken, IdToken};
use super::super::session::Tokens;
use super::super::time::Timestamp;

/// A word to the other tabs. It stays within one origin of one browser, where every tab could read every other's memory anyway.
#[derive(Serialize, Deserialize)]
#[serde(tag = "word", rename_all = "snake_case")]
pub(super) enum Word {
    /// New tokens.
    Tokens { access_token: String, id_token: String, scope: String, received_at: Timestamp, expires_at: Timestamp },
    /// A renewal failed.
    Failure { error: AuthError },
    /// The person signed out.
    SignedOut,
}

impl Word {
    /// The word that shares `tokens`.
    pub(super) fn tokens(tokens: &Tokens) -> Self {
        Self::Tokens {
            access_token: tokens.access_token.expose().to_owned(),
            id_token: tokens.id_token.expose().to_owned(),
            scope: tokens.scope.clone(),
            received_at: tokens.received_at,
            expires_at: tokens.expires_at,
        }
    }

    /// As it travels.
    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// As it arrived; `None` for anything that no tab of this version says.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// The tokens of a word. The tab that sent them checked the ID token; here it is only read again.
pub(super) fn received(
    access_token: String,
    id_token: String,
    scope: String,
    received_at: Timestamp,
    expires_at: Timestamp,
) -> Option<Tokens> {
    let claims = Compact::parse(&id_token).ok()?.claims;
    Some(Tokens {
        access_token: AccessToken::new(access_token),
        id_token: IdToken::new(id_token),
        claims,
        scope,
        received_at,
        expires_at,
    })
}
