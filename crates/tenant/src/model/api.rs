//! An API (`resourceServers`): what an access token can be for.

use serde::Deserialize;

/// An API with the fields that this version uses, named as in the Management API.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Api {
    /// What people call it.
    #[serde(default)]
    pub(crate) name: String,
    /// The audience of its access tokens.
    pub(crate) identifier: String,
    /// Whether a first-party client needs no consent for it. Default false.
    #[serde(default)]
    pub(crate) skip_consent_for_verifiable_first_party_clients: bool,
    /// How long its access tokens live, in seconds. Default 86,400.
    #[serde(default = "one_day")]
    pub(crate) token_lifetime: i64,
    /// The scopes it knows.
    #[serde(default)]
    pub(crate) scopes: Vec<ApiScope>,
}

/// A scope of an API.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ApiScope {
    /// The scope as requested.
    pub(crate) value: String,
}

const fn one_day() -> i64 {
    86_400
}

impl Api {
    /// Whether the API knows this scope.
    #[must_use]
    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|known| known.value == scope)
    }
}
