//! An API (`resourceServers`): what an access token can be for.

use serde::Deserialize;

use super::Client;
use crate::keys::KeyAlg;
use crate::secret::Secret;

/// An API with the fields that this version uses, named as in the Management API.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Api {
    /// What people call it.
    #[serde(default)]
    pub(crate) name: String,
    /// The audience of its access tokens.
    pub(crate) identifier: String,
    /// Whether it is the tenant's own: its scopes are for clients that have a grant, and no user brings them. Default false.
    #[serde(default)]
    pub(crate) is_system: bool,
    /// Whether a first-party client needs no consent for it. Default false.
    #[serde(default)]
    pub(crate) skip_consent_for_verifiable_first_party_clients: bool,
    /// Whether callbacks at loopback addresses are verifiable too, so that clients skip consent on the developer's own
    /// machine (an addition: at the vendor, any `localhost` callback asks). Default false.
    #[serde(default)]
    pub(crate) loopback_callbacks_are_verifiable: bool,
    /// Whether its users need a second factor (an addition). Default false.
    #[serde(default)]
    pub(crate) require_mfa: bool,
    /// Whether its users may be given refresh tokens. Default false.
    #[serde(default)]
    pub(crate) allow_offline_access: bool,
    /// How long its access tokens live, in seconds. Default 86,400.
    #[serde(default = "one_day")]
    pub(crate) token_lifetime: i64,
    /// The same for tokens that `/authorize` itself answers with. Default 7,200; never more than `token_lifetime`.
    #[serde(default = "two_hours")]
    token_lifetime_for_web: i64,
    /// What its access tokens are signed with, as the file has it; see [`Self::hs256_key`] and [`Self::key_alg`].
    #[serde(default)]
    signing_alg: Option<String>,
    /// The key for HS256, which the API knows too.
    #[serde(default)]
    signing_secret: Option<Secret>,
    /// What its access tokens look like: `rfc9068_profile`, or anything else for Auth0's own form.
    #[serde(default)]
    token_dialect: Option<String>,
    /// The client that the API itself is: it may ask whether tokens for the API are good. Default: none.
    #[serde(default)]
    pub(crate) client_id: Option<String>,
    /// Whether its access tokens are bound to a key of whoever gets them. Default: they are not.
    #[serde(default)]
    proof_of_possession: Option<ProofOfPossession>,
    /// The scopes it knows.
    #[serde(default)]
    pub(crate) scopes: Vec<ApiScope>,
}

/// How access tokens are bound (Management API: `proof_of_possession`).
#[derive(Clone, Debug, Deserialize)]
struct ProofOfPossession {
    /// `dpop`; by anything else this tenant binds nothing.
    #[serde(default)]
    mechanism: Option<String>,
    /// Whether no token is given that is not. Default false.
    #[serde(default)]
    required: bool,
}

/// A scope of an API.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ApiScope {
    /// The scope as requested.
    pub(crate) value: String,
    /// What it allows, in words for the user.
    #[serde(default)]
    pub(crate) description: Option<String>,
}

/// The algorithm of a `signing_secret`.
pub(crate) const HS256: &str = "HS256";

/// The shortest that a `signing_secret` may be, in characters (Auth0: resource servers).
pub(crate) const SHORTEST_SECRET: usize = 16;

const fn one_day() -> i64 {
    86_400
}

const fn two_hours() -> i64 {
    7_200
}

/// The most that `token_lifetime` may be, in seconds (Auth0: API Settings).
const LONGEST_LIFE: i64 = 2_592_000;

/// What a client may do at an API for itself (`clientGrants`).
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ClientGrant {
    /// The scopes it may have.
    #[serde(default)]
    pub(crate) scope: Vec<String>,
}

impl Api {
    /// How long an access token lives, in seconds: one that a page got from `/authorize`, or any other.
    #[must_use]
    pub(crate) fn lifetime(&self, from_authorize: bool) -> i64 {
        let longest = self.token_lifetime.clamp(0, LONGEST_LIFE);
        if from_authorize { self.token_lifetime_for_web.clamp(0, longest) } else { longest }
    }

    /// The same API with tokens that live no longer than this, in seconds.
    #[must_use]
    pub(crate) fn with_tokens_of_at_most(mut self, seconds: i64) -> Self {
        self.token_lifetime = self.token_lifetime.min(seconds);
        self
    }

    /// Whether the user has to consent before this client gets a token for it, wherever the answer goes.
    #[must_use]
    pub(crate) fn asks_consent_for(&self, client: &Client) -> bool {
        !client.is_first_party || !self.skip_consent_for_verifiable_first_party_clients
    }

    /// The key of its access tokens, if they are signed with a secret that it shares with the tenant: it asks for HS256
    /// and has one.
    #[must_use]
    pub(crate) fn hs256_key(&self) -> Option<&[u8]> {
        let secret = self.signing_secret.as_ref().filter(|_| self.signing_alg.as_deref() == Some(HS256))?;
        Some(secret.expose().as_bytes())
    }

    /// Whether its access tokens are good at `/userinfo` too, where the scope is. Those with a secret of its own are not
    /// (Auth0: Access Tokens).
    #[must_use]
    pub(crate) fn shares_with_userinfo(&self) -> bool {
        self.hs256_key().is_none()
    }

    /// What its access tokens are signed with, where not by its own secret: ES256 if it asks for that. Default, and for whatever the tenant has no key
    /// for: RS256.
    #[must_use]
    pub(crate) fn key_alg(&self) -> KeyAlg {
        self.signing_alg.as_deref().and_then(KeyAlg::of).unwrap_or(KeyAlg::Rs256)
    }

    /// Whether its access tokens are made by RFC 9068. Default: by Auth0's own form.
    #[must_use]
    pub(crate) fn follows_rfc_9068(&self) -> bool {
        self.token_dialect.as_deref() == Some("rfc9068_profile")
    }

    /// Whether its access tokens are bound to a key if whoever asks proves to hold one (RFC 9449).
    #[must_use]
    pub(crate) fn binds_by_dpop(&self) -> bool {
        self.proof_of_possession.as_ref().is_some_and(|policy| policy.mechanism.as_deref() == Some("dpop"))
    }

    /// Whether it takes no tokens but those.
    #[must_use]
    pub(crate) fn requires_dpop(&self) -> bool {
        self.binds_by_dpop() && self.proof_of_possession.as_ref().is_some_and(|policy| policy.required)
    }

    /// Whether the API knows this scope.
    #[must_use]
    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        self.scope(scope).is_some()
    }

    /// The scope of this value.
    #[must_use]
    pub(crate) fn scope(&self, scope: &str) -> Option<&ApiScope> {
        self.scopes.iter().find(|known| known.value == scope)
    }
}
