//! A client (`clients`): who may ask, and where answers may go.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::credential::{AuthenticationMethods, Credential};
use super::logout::OidcLogout;
use super::refresh::RefreshSettings;
use super::registered::{RedirectUri, callback_is_registered, is_secure_origin, origin_is_registered, origin_of};
use crate::addresses::Addresses;
use crate::secret::Secret;
use crate::tenant_file::Object;

/// How a client proves at the token endpoint that it is itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AuthMethod {
    /// Not at all: a public client.
    None,
    /// Its secret in the body.
    ClientSecretPost,
    /// Its secret by Basic authentication.
    ClientSecretBasic,
    /// An assertion signed with its private key; configured by `client_authentication_methods`.
    #[serde(skip)]
    PrivateKeyJwt,
}

/// A client with the fields that this version uses, named as in the Management API.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Client {
    /// The id on the wire.
    pub(crate) client_id: String,
    /// What people call it.
    #[serde(default)]
    pub(crate) name: String,
    /// The secret of a confidential client.
    #[serde(default)]
    client_secret: Option<Secret>,
    /// `spa`, `native`, `regular_web` or `non_interactive`.
    #[serde(default)]
    app_type: Option<String>,
    #[serde(default)]
    token_endpoint_auth_method: Option<AuthMethod>,
    #[serde(default)]
    client_authentication_methods: AuthenticationMethods,
    /// Its keys, enabled by `client_authentication_methods` or not.
    #[serde(default)]
    credentials: Vec<Credential>,
    /// Whether the tenant's owner runs it. Default true.
    #[serde(default = "yes")]
    pub(crate) is_first_party: bool,
    /// Whether it follows OpenID Connect to the letter and gave the legacy ways up. Default true.
    #[serde(default = "yes")]
    pub(crate) oidc_conformant: bool,
    #[serde(default)]
    grant_types: Option<Vec<String>>,
    #[serde(default)]
    callbacks: Vec<String>,
    #[serde(default)]
    web_origins: Vec<String>,
    #[serde(default)]
    allowed_origins: Vec<String>,
    /// Where `/v2/logout` may lead for this client.
    #[serde(default)]
    pub(crate) allowed_logout_urls: Vec<String>,
    /// Who may exchange tokens for this client's.
    #[serde(default)]
    allowed_clients: Vec<String>,
    /// The add-ons it has, by name.
    #[serde(default)]
    pub(crate) addons: Object,
    /// How it is told of the end of a session (Auth0: `oidc_logout`).
    #[serde(default)]
    pub(crate) oidc_logout: OidcLogout,
    /// The address to load in a frame at a logout, where the tenant file's placeholder gives one for each app address.
    #[serde(default, rename = "frontchannel_logout_uri", deserialize_with = "one")]
    pub(crate) frontchannel_logout_uris: Vec<String>,
    /// Whether that address is told which session ended. Default true.
    #[serde(default = "yes")]
    pub(crate) frontchannel_logout_session_required: bool,
    /// Whether it takes no tokens but those that are bound to a key of its own. Default false.
    #[serde(default)]
    pub(crate) require_proof_of_possession: bool,
    #[serde(default)]
    jwt_configuration: JwtConfiguration,
    /// Whether its frames may have a session of their own where third-party cookies are blocked. Default false.
    #[serde(default)]
    pub(crate) partitioned_session: bool,
    /// How its refresh tokens live.
    #[serde(default)]
    pub(crate) refresh_token: RefreshSettings,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct JwtConfiguration {
    lifetime_in_seconds: Option<i64>,
    /// `HS256`, or anything else for RS256.
    #[serde(default)]
    alg: Option<String>,
    /// Whether the client's secret is base64url of the HS256 key, as it was for clients of before 2016.
    #[serde(default)]
    secret_encoded: bool,
}

fn one<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    String::deserialize(deserializer).map(|text| vec![text])
}

const fn yes() -> bool {
    true
}

impl Client {
    /// Fills the placeholders of its addresses.
    #[must_use]
    pub(crate) fn at(mut self, addresses: &Addresses) -> Self {
        for list in [
            &mut self.callbacks,
            &mut self.web_origins,
            &mut self.allowed_origins,
            &mut self.allowed_logout_urls,
            &mut self.frontchannel_logout_uris,
        ] {
            *list = list.iter().flat_map(|entry| addresses.expand(entry)).collect();
        }
        self.oidc_logout.at(addresses);
        self
    }

    /// Whether it is to be told when a session ends that it got something in.
    #[must_use]
    pub(crate) fn is_told_of_logouts(&self) -> bool {
        !self.frontchannel_logout_uris.is_empty() || !self.oidc_logout.backchannel_urls().is_empty()
    }

    /// How it authenticates: by its keys, if it is configured for them. Default: not at all for `spa` and `native`, else
    /// by its secret in the body.
    #[must_use]
    pub(crate) fn auth_method(&self) -> AuthMethod {
        if self.client_authentication_methods.private_key_jwt.is_some() {
            return AuthMethod::PrivateKeyJwt;
        }
        self.token_endpoint_auth_method.unwrap_or(match self.app_type.as_deref() {
            Some("spa" | "native") => AuthMethod::None,
            _ => AuthMethod::ClientSecretPost,
        })
    }

    /// Whether it cannot keep a secret (RFC 6749 2.1).
    #[must_use]
    pub(crate) fn is_public(&self) -> bool {
        self.auth_method() == AuthMethod::None
    }

    /// The public keys that it proves itself with. One that is merely named, and that it does not have, is without a key.
    pub(crate) fn credentials(&self) -> impl Iterator<Item = &Credential> {
        let enabled = self.client_authentication_methods.private_key_jwt.iter().flat_map(|keys| &keys.credentials);
        enabled.map(|enabled| self.credentials.iter().find(|own| own.is(enabled)).unwrap_or(enabled))
    }

    /// Whether `secret` is its secret.
    #[must_use]
    pub(crate) fn has_secret(&self, secret: &str) -> bool {
        self.client_secret.as_ref().is_some_and(|own| own.matches(secret))
    }

    /// Whether it may use this grant type. Default grants: those the vendor gives a new client of its kind.
    #[must_use]
    pub(crate) fn may_use(&self, grant_type: &str) -> bool {
        match &self.grant_types {
            Some(own) => own.iter().any(|own| own == grant_type),
            None if self.is_public() => matches!(grant_type, "authorization_code" | "implicit" | "refresh_token"),
            None => matches!(grant_type, "authorization_code" | "implicit" | "refresh_token" | "client_credentials"),
        }
    }

    /// The migration guide's word for this kind of client.
    #[must_use]
    pub(crate) fn kind(&self) -> migration::ClientType {
        match self.app_type.as_deref() {
            Some("spa") => migration::ClientType::SinglePageApp,
            Some("native") => migration::ClientType::Native,
            _ if self.may_use("password") => migration::ClientType::HighlyTrusted,
            _ => migration::ClientType::Confidential,
        }
    }

    /// Whether `source` may exchange tokens for this client's at `/delegation`: everybody may where
    /// `allowed_clients` is empty, and a client always may for itself.
    #[must_use]
    pub(crate) fn takes_delegation_from(&self, source: &str) -> bool {
        self.allowed_clients.is_empty()
            || source == self.client_id
            || self.allowed_clients.iter().any(|allowed| allowed == source)
    }

    /// Whether it is configured for ID tokens signed with its secret. Default: with the tenant's key (RS256).
    #[must_use]
    pub(crate) fn wants_hs256(&self) -> bool {
        self.jwt_configuration.alg.as_deref() == Some("HS256")
    }

    /// The key of its ID tokens, if they are signed with its secret: it is configured for that and confidential.
    #[must_use]
    pub(crate) fn hs256_key(&self) -> Option<Vec<u8>> {
        let secret = self.client_secret.as_ref().filter(|_| self.wants_hs256() && !self.is_public())?;
        if self.jwt_configuration.secret_encoded {
            return URL_SAFE_NO_PAD.decode(secret.expose().trim_end_matches('=')).ok();
        }
        Some(secret.expose().as_bytes().to_vec())
    }

    /// How long its ID tokens live, in seconds. Default 36,000.
    #[must_use]
    pub(crate) fn id_token_lifetime(&self) -> i64 {
        self.jwt_configuration.lifetime_in_seconds.unwrap_or(36_000)
    }

    /// Whether an authorization response may go to this address.
    #[must_use]
    pub(crate) fn has_callback(&self, uri: &RedirectUri) -> bool {
        callback_is_registered(&self.callbacks, uri, self.is_first_party)
    }

    /// The origins of its pages, wildcards and all.
    pub(crate) fn web_origins(&self) -> &[String] {
        &self.web_origins
    }

    /// Whether pages of this origin may receive web messages (`web_origins`).
    #[must_use]
    pub(crate) fn has_web_origin(&self, origin: &str) -> bool {
        origin_is_registered(&self.web_origins, origin, self.is_first_party)
    }

    /// Whether exactly this origin is among its web origins, and is one that cookies may be set for: https, or loopback. What is
    /// given to pages with the user's cookies is given to no wildcard.
    #[must_use]
    pub(crate) fn names_web_origin(&self, origin: &str) -> bool {
        self.web_origins.iter().any(|own| own == origin) && is_secure_origin(origin)
    }

    /// Whether pages of this origin may call the tenant: `allowed_origins`, `web_origins`, and the
    /// origins of callbacks.
    #[must_use]
    pub(crate) fn may_call_from(&self, origin: &str) -> bool {
        origin_is_registered(&self.allowed_origins, origin, self.is_first_party)
            || self.has_web_origin(origin)
            || self.callbacks.iter().any(|callback| origin_of(callback).as_deref() == Some(origin))
    }
}
