//! The settings of a client, checked once and then immutable.
//!
//! ```
//! use core::time::Duration;
//! use silent_auth::protocol::config::{ClientConfig, RefreshTokens};
//!
//! # fn main() -> Result<(), silent_auth::protocol::error::AuthError> {
//! let config = ClientConfig::new("https://tenant.example/", "my-app", "https://app.example/callback")?
//!     .with_audience(Some("https://api.example.com".to_owned()))
//!     .with_api_origins(vec!["https://api.example.com".to_owned()])
//!     .with_refresh_tokens(RefreshTokens::InMemory)
//!     .with_max_age(Some(Duration::from_secs(8 * 3600)));
//! assert_eq!(config.scope_on_the_wire(), "openid profile email offline_access");
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "session-monitor")]
mod monitor;

#[cfg(feature = "dpop")]
mod dpop;

use core::time::Duration;

use super::error::{AuthError, Code};
use super::issuer::{host_of, origin_of};
use super::ladder::{DEFAULT_LADDER, Rung};

pub use super::choice::{Provider, RefreshTokens, Transport};
pub use super::issuer::Issuer;

/// The settings of one client.
///
/// # Defaults
///
/// | setting | default |
/// |---|---|
/// | [`provider`](Self::provider) | [`Provider::Auth0`] |
/// | [`transport`](Self::transport) | [`Transport::WebMessage`] for Auth0, chosen by discovery otherwise |
/// | [`silent_redirect_uri`](Self::silent_redirect_uri) | `/silent-callback.html` at the redirect address's origin |
/// | [`scope`](Self::scope) | `openid profile email` |
/// | [`refresh_tokens`](Self::refresh_tokens) | [`RefreshTokens::Never`] |
/// | [`multi_resource_refresh_tokens`](Self::multi_resource_refresh_tokens) | no |
/// | [`partitioned_session`](Self::partitioned_session) | false: where the tenant offers one |
/// | [`api_origins`](Self::api_origins) | none |
/// | [`ladder`](Self::ladder) | [`DEFAULT_LADDER`]: refresh token, hidden frame |
/// | [`renew_before`](Self::renew_before) | 120 s |
/// | [`frame_grace`](Self::frame_grace) | 1 s |
/// | [`frame_timeout`](Self::frame_timeout) | 10 s |
/// | [`popup_timeout`](Self::popup_timeout) | 60 s |
/// | [`leeway`](Self::leeway) | 10 s |
#[derive(Clone, Debug)]
pub struct ClientConfig(Box<Settings>);

/// Behind a pointer: settings are handed on by value, and two hundred bytes are a lot to move.
#[derive(Clone, Debug)]
struct Settings {
    issuer: Issuer,
    client_id: String,
    redirect_uri: String,
    silent_redirect_uri: String,
    audience: Option<String>,
    resource: Option<String>,
    organization: Option<String>,
    acr_values: Option<String>,
    scope: String,
    max_age: Option<Duration>,
    provider: Provider,
    transport: Option<Transport>,
    refresh_tokens: RefreshTokens,
    multi_resource_refresh_tokens: bool,
    partitioned_session: bool,
    #[cfg(feature = "dpop")]
    dpop: dpop::Dpop,
    #[cfg(feature = "session-monitor")]
    session_monitor: bool,
    ladder: Vec<Rung>,
    api_origins: Vec<String>,
    renew_before: Duration,
    frame_grace: Duration,
    frame_timeout: Duration,
    popup_timeout: Duration,
    leeway: Duration,
}

/// The scope that asks for a refresh token (OpenID Connect Core, section 11).
const OFFLINE_ACCESS: &str = "offline_access";

impl ClientConfig {
    /// Settings for `client_id` at `issuer`, which sends people back to `redirect_uri`.
    ///
    /// # Errors
    ///
    /// `config.issuer`, `config.client_id` or `config.redirect_uri`, with what was expected and found.
    /// Plain http is refused but for loopback hosts (`localhost`, `*.localhost`, `127.0.0.1`, `[::1]`), which
    /// browsers treat as secure; [`dangerously_allow_http`](Self::dangerously_allow_http) is the other door.
    pub fn new(issuer: &str, client_id: &str, redirect_uri: &str) -> Result<Self, AuthError> {
        Self::build(issuer, client_id, redirect_uri, false)
    }

    /// As [`new`](Self::new), and lets every host use plain http. Anyone on the way can then read and change everything.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn dangerously_allow_http(issuer: &str, client_id: &str, redirect_uri: &str) -> Result<Self, AuthError> {
        Self::build(issuer, client_id, redirect_uri, true)
    }

    fn build(issuer: &str, client_id: &str, redirect_uri: &str, any_http: bool) -> Result<Self, AuthError> {
        let issuer_origin = origin_of(issuer, any_http).ok_or_else(|| {
            AuthError::new(Code::ConfigIssuer).because("an https address without query or fragment", issuer)
        })?;
        if client_id.is_empty() {
            return Err(AuthError::new(Code::ConfigClientId).because("a client id", "nothing"));
        }
        let app_origin = origin_of(redirect_uri, any_http).ok_or_else(|| {
            AuthError::new(Code::ConfigRedirectUri).because("an https address without query or fragment", redirect_uri)
        })?;
        Ok(Self(Box::new(Settings {
            issuer: Issuer { text: issuer.to_owned(), origin: issuer_origin },
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            silent_redirect_uri: format!("{app_origin}/silent-callback.html"),
            audience: None,
            resource: None,
            organization: None,
            acr_values: None,
            scope: "openid profile email".to_owned(),
            max_age: None,
            provider: Provider::Auth0,
            transport: None,
            refresh_tokens: RefreshTokens::Never,
            multi_resource_refresh_tokens: false,
            partitioned_session: false,
            #[cfg(feature = "dpop")]
            dpop: dpop::Dpop::default(),
            #[cfg(feature = "session-monitor")]
            session_monitor: false,
            ladder: DEFAULT_LADDER.to_vec(),
            api_origins: Vec::new(),
            renew_before: Duration::from_secs(120),
            frame_grace: Duration::from_secs(1),
            frame_timeout: Duration::from_secs(10),
            popup_timeout: Duration::from_secs(60),
            leeway: Duration::from_secs(10),
        })))
    }
}

/// Declares setters.
macro_rules! settings {
    ($($(#[doc = $doc:literal])* $name:ident / $with:ident: $type:ty;)+) => {
        impl ClientConfig {$(
            $(#[doc = $doc])*
            #[must_use]
            pub fn $with(mut self, value: $type) -> Self {
                self.0.$name = value;
                self
            }
        )+}
    };
}

settings! {
    /// The API that access tokens are for (Auth0's `audience`). Default: none, for the tenant's own `/userinfo`.
    audience / with_audience: Option<String>;
    /// The API that access tokens are for, in the standard's words (RFC 8707), for tenants that read those.
    resource / with_resource: Option<String>;
    /// The organization that people sign in to (Auth0's `organization`): its id, `org_…`, or its name. ID tokens must name the same.
    organization / with_organization: Option<String>;
    /// How people must have signed in (OpenID Connect Core, section 3.1.2.1), best first, separated by spaces. ID tokens must name one of these.
    acr_values / with_acr_values: Option<String>;
    /// The scopes that are asked, separated by spaces. Must contain `openid`.
    scope / with_scope: String;
    /// How long ago the person may have signed in (OpenID Connect Core, section 3.1.2.1). Default: any time.
    max_age / with_max_age: Option<Duration>;
    /// How the tenant's addresses are known.
    provider / with_provider: Provider;
    /// How the hidden frame's answer reaches the page. `None` chooses: see [`ClientConfig`].
    transport / with_transport: Option<Transport>;
    /// What becomes of refresh tokens.
    refresh_tokens / with_refresh_tokens: RefreshTokens;
    /// Whether the refresh token also brings tokens for other APIs (Auth0's multi-resource refresh tokens; RFC 8707, section 2.2). A tenant
    /// that does not know this may answer with a token for the wrong API, so by default those come through the frame.
    multi_resource_refresh_tokens / with_multi_resource_refresh_tokens: bool;
    /// Whether every code is exchanged with credentials, so that the tenant can set the cookie of a
    /// [partitioned session](super::authorization::Authorized::partitioned_session). Default false: only codes that the tenant offers one with.
    /// For tenants that set such a cookie and do not say so. One that does not allow credentials by CORS spends the code and
    /// the page may not read the answer, so the sign-in fails.
    partitioned_session / with_partitioned_session: bool;
    /// Which ways to fresh tokens are tried without a question to the person, first to last.
    ladder / with_ladder: Vec<Rung>;
    /// The origins that the access token may be sent to, as `https://api.example.com`, in the form in which browsers write them.
    api_origins / with_api_origins: Vec<String>;
    /// Where the hidden frame returns to with [`Transport::CallbackPage`]; at the page's own origin.
    silent_redirect_uri / with_silent_redirect_uri: String;
    /// How long before its expiry a token is replaced. Never more than a fifth of the token's life. Browsers let a hidden page's timers
    /// fire once a minute, so with less than that a hidden page's token may expire for a moment.
    renew_before / with_renew_before: Duration;
    /// How long a frame that has loaded may stay silent; starts again at each load. Measured answers come within 0.2 s.
    frame_grace / with_frame_grace: Duration;
    /// How long a whole silent request may take, in a hidden frame or a popup.
    frame_timeout / with_frame_timeout: Duration;
    /// How long a person may take to sign in in a popup.
    popup_timeout / with_popup_timeout: Duration;
    /// By how much dates in tokens may be off, after clocks were compared. At most 5 minutes is sensible.
    leeway / with_leeway: Duration;
}

/// Declares getters of settings that are copied.
macro_rules! copied {
    ($($(#[doc = $doc:literal])* $name:ident: $type:ty;)+) => {
        impl ClientConfig {$(
            $(#[doc = $doc])*
            #[must_use]
            pub fn $name(&self) -> $type {
                self.0.$name
            }
        )+}
    };
}

copied! {
    /// How long ago the person may have signed in.
    max_age: Option<Duration>;
    /// How the tenant's addresses are known.
    provider: Provider;
    /// How the hidden frame's answer reaches the page, if that was set.
    transport: Option<Transport>;
    /// What becomes of refresh tokens.
    refresh_tokens: RefreshTokens;
    /// Whether the refresh token also brings tokens for other APIs.
    multi_resource_refresh_tokens: bool;
    /// Whether every code is exchanged with credentials, whatever the tenant says.
    partitioned_session: bool;
    /// How long before its expiry a token is replaced.
    renew_before: Duration;
    /// How long a frame that has loaded may stay silent.
    frame_grace: Duration;
    /// How long a whole silent request may take.
    frame_timeout: Duration;
    /// How long a person may take to sign in in a popup.
    popup_timeout: Duration;
    /// By how much dates in tokens may be off.
    leeway: Duration;
}

impl ClientConfig {
    /// The issuer of the tenant.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.0.issuer
    }

    /// This app's id at the tenant.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// Where the tenant sends people back to.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.0.redirect_uri
    }

    /// The page that answers in the hidden frame with [`Transport::CallbackPage`].
    #[must_use]
    pub fn silent_redirect_uri(&self) -> &str {
        &self.0.silent_redirect_uri
    }

    /// The API that access tokens are for.
    #[must_use]
    pub fn audience(&self) -> Option<&str> {
        self.0.audience.as_deref()
    }

    /// The API that access tokens are for, in the standard's words.
    #[must_use]
    pub fn resource(&self) -> Option<&str> {
        self.0.resource.as_deref()
    }

    /// The organization that people sign in to.
    #[must_use]
    pub fn organization(&self) -> Option<&str> {
        self.0.organization.as_deref()
    }

    /// How people must have signed in.
    #[must_use]
    pub fn acr_values(&self) -> Option<&str> {
        self.0.acr_values.as_deref()
    }

    /// The scopes that are asked.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.0.scope
    }

    /// Which ways to fresh tokens are tried without a question to the person, first to last.
    #[must_use]
    pub fn ladder(&self) -> &[Rung] {
        &self.0.ladder
    }

    /// The origins that the access token may be sent to.
    #[must_use]
    pub fn api_origins(&self) -> &[String] {
        &self.0.api_origins
    }

    /// Whether refresh tokens are asked for and kept at all.
    pub(super) fn wants_refresh_tokens(&self) -> bool {
        self.0.refresh_tokens != RefreshTokens::Never
    }

    /// The scopes as they go to the tenant: with `offline_access` where a refresh token is wanted.
    #[must_use]
    pub fn scope_on_the_wire(&self) -> String {
        let scope = self.scope();
        let asked = scope.split(' ').any(|name| name == OFFLINE_ACCESS);
        if asked || !self.wants_refresh_tokens() {
            return scope.to_owned();
        }
        format!("{scope} {OFFLINE_ACCESS}")
    }

    /// The origin of the app, taken from its redirect address.
    #[must_use]
    pub fn app_origin(&self) -> String {
        origin_of(&self.0.redirect_uri, true).unwrap_or_default()
    }

    /// The app's own front page, where tenants return to after a sign-out.
    #[must_use]
    pub fn home(&self) -> String {
        format!("{}/", self.app_origin())
    }

    /// Whether app and tenant have the same host name, so that the tenant's cookie is surely no third-party cookie.
    /// (Related hosts, as `app.example.com` and `login.example.com`, can be the same site too; a page cannot be sure of that.)
    #[must_use]
    pub fn same_host(&self) -> bool {
        let app = self.app_origin();
        host_of(&app) == host_of(self.0.issuer.origin())
    }

    /// Names this client's storage, lock and channel, so that two clients on one origin never meet.
    #[must_use]
    pub fn namespace(&self) -> String {
        format!("silent-auth {} {}", self.0.issuer.as_str(), self.0.client_id)
    }
}

#[cfg(test)]
mod tests;
