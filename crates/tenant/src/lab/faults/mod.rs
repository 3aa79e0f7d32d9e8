//! Faults: one thing wrong with one otherwise good answer, armed beforehand or asked for by the request itself.

mod armed;
mod catalogue;
mod endpoint;
mod id_token;
mod published;
mod wire;

pub(crate) use armed::{Asked, Faults, Fired, Mark};
pub(crate) use endpoint::{get, post};
pub(crate) use id_token::{IdToken, claims_of, forge};
pub(crate) use published::of_keys;
pub(crate) use wire::{Trouble, deliver};

use serde::Serialize;
use serde_json::Value;

use crate::tenant_file::Object;
use wire::Wire;

/// An endpoint whose answers the lab can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Endpoint {
    #[serde(rename = "/authorize")]
    Authorize,
    #[serde(rename = "/oauth/token")]
    Token,
    #[serde(rename = "/.well-known/jwks.json")]
    Keys,
}

/// One fault of the catalogue.
#[derive(Debug, Serialize)]
pub(crate) struct Fault {
    /// Its name in requests and records.
    pub name: &'static str,
    /// A few words for a list.
    pub title: &'static str,
    /// The heading it stands under.
    pub group: &'static str,
    pub endpoint: Endpoint,
    /// What the tenant will do, and what a correct client does about it.
    pub will: &'static str,
    /// The error that this project's client ends a silent renewal with; `none` where it must survive.
    pub expect: &'static str,
    /// What an answer must have for the fault to be about it.
    pub needs: Needs,
    #[serde(skip)]
    pub how: How,
}

/// What an answer must have for a fault to be about it. Where a client has to do something for it, it is told which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "Option<&'static str>")]
pub(crate) enum Needs {
    /// Any answer.
    Nothing,
    /// A code or tokens.
    Success,
    /// An ID token with this claim.
    Claim(&'static str),
    /// Tokens for a code.
    Code,
    /// Tokens for a refresh token.
    RefreshToken,
    /// A page that posts a message.
    WebMessage,
    /// Whoever asks must not have the keys yet.
    Keys,
}

impl From<Needs> for Option<&'static str> {
    fn from(needs: Needs) -> Self {
        match needs {
            Needs::Claim("auth_time") => Some("max_age"),
            Needs::RefreshToken => Some("refresh_token"),
            Needs::Keys => Some("keys"),
            _ => None,
        }
    }
}

/// What an answer has.
#[derive(Debug, Default)]
pub(crate) struct Has {
    /// A code or tokens.
    pub success: bool,
    /// The claims of its ID token.
    pub id_token: Option<Object>,
    /// Tokens for a code.
    pub code_grant: bool,
    /// Tokens for a refresh token.
    pub refresh_grant: bool,
    /// It is posted as a message.
    pub web_message: bool,
}

impl Needs {
    fn met_by(self, has: &Has) -> bool {
        match self {
            Self::Nothing | Self::Keys => true,
            Self::Success => has.success,
            Self::Claim(claim) => has.id_token.as_ref().is_some_and(|claims| claims.contains_key(claim)),
            Self::Code => has.code_grant,
            Self::RefreshToken => has.refresh_grant,
            Self::WebMessage => has.web_message,
        }
    }
}

/// The parameters of an authorization response.
pub(crate) type Parameters = Vec<(&'static str, String)>;

/// The one place where a fault changes an answer, and how; each says in words what it did.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    /// The ID token, before it is signed anew.
    IdToken(fn(&mut IdToken, &Scene<'_>) -> String),
    /// The authorization response, before it is sent in whatever mode.
    Response(fn(&mut Parameters, &Scene<'_>) -> String),
    /// The body of a token response.
    Tokens(fn(&mut Object) -> String),
    /// What was exchanged counts as used before.
    Spent,
    /// The published keys.
    Keys(fn(&mut Value) -> String),
    /// The answer's way to the client.
    Wire(Wire),
}

/// What the words of a fault are about.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    /// In seconds since 1970.
    pub now: i64,
    /// The state of another request.
    pub other_state: &'a str,
}
