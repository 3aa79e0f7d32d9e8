//! Which access token is wanted: for which API, with which scopes.

use super::config::ClientConfig;
#[cfg(feature = "audiences")]
use super::config::RefreshTokens;
use super::json::{self, Value};

/// An access token that is wanted. What is not named is as in the client's settings.
///
/// ```
/// use silent_auth::protocol::audience::TokenRequest;
///
/// let reports = TokenRequest::for_audience("https://reports.example.com").with_scope("read:reports");
/// assert!(reports.covers(&reports));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRequest {
    /// The API, in Auth0's words.
    pub audience: Option<String>,
    /// The API, in the standard's words (RFC 8707).
    pub resource: Option<String>,
    /// The scopes, separated by spaces. `openid` goes along, since the answer has to say whom it is for.
    pub scope: Option<String>,
}

impl TokenRequest {
    /// A token for the API `audience` (Auth0's parameter).
    #[must_use]
    pub fn for_audience(audience: impl Into<String>) -> Self {
        Self { audience: Some(audience.into()), ..Self::default() }
    }

    /// A token for the API `resource` (RFC 8707, section 2).
    #[must_use]
    pub fn for_resource(resource: impl Into<String>) -> Self {
        Self { resource: Some(resource.into()), ..Self::default() }
    }

    /// With these scopes, separated by spaces.
    #[must_use]
    pub fn with_scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// With everything named.
    #[must_use]
    pub fn in_full(&self, config: &ClientConfig) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let (audience, resource) = match (&self.audience, &self.resource) {
            (None, None) => (text(config.audience()), text(config.resource())),
            named => (named.0.clone(), named.1.clone()),
        };
        let scope = self.scope.clone().unwrap_or_else(|| config.scope().to_owned());
        Self { audience, resource, scope: Some(scope) }
    }

    /// Whether a token of this request serves `other`: the same API, and all of its scopes.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let scopes = |request: &Self| request.scope.clone().unwrap_or_default();
        self.is_for(other) && holds_scopes(&scopes(self), &scopes(other))
    }

    /// Whether both are for the same API.
    pub(super) fn is_for(&self, other: &Self) -> bool {
        self.audience == other.audience && self.resource == other.resource
    }

    /// The client's settings with what this request names in their place. The session's refresh token stays what it is.
    #[cfg(feature = "audiences")]
    pub(super) fn settings(&self, config: &ClientConfig) -> ClientConfig {
        let scope = self.scope.clone().unwrap_or_default();
        let scope = if holds_scopes(&scope, "openid") { scope } else { format!("openid {scope}") };
        config
            .clone()
            .with_audience(self.audience.clone())
            .with_resource(self.resource.clone())
            .with_scope(scope)
            .with_refresh_tokens(RefreshTokens::Never)
    }

    /// As it travels between tabs.
    pub(super) fn to_json(&self) -> Value {
        json::object([
            ("audience", self.audience.clone().into()),
            ("resource", self.resource.clone().into()),
            ("scope", self.scope.clone().into()),
        ])
    }

    /// As it arrives from another tab.
    pub(super) fn from_json(value: &Value) -> Self {
        let text = |name| json::text(value, name).map(str::to_owned);
        Self { audience: text("audience"), resource: text("resource"), scope: text("scope") }
    }

    /// In words, for a record.
    #[cfg(feature = "audiences")]
    pub(super) fn in_words(&self) -> String {
        [&self.audience, &self.resource, &self.scope]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Whether every one of the scopes `wanted` is among `held` (RFC 6749, section 3.3: names separated by spaces, in any order).
pub(super) fn holds_scopes(held: &str, wanted: &str) -> bool {
    wanted.split(' ').all(|name| name.is_empty() || held.split(' ').any(|other| other == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(scope: &str) -> TokenRequest {
        TokenRequest::for_audience("https://notes.example").with_scope(scope)
    }

    #[test]
    fn more_scopes_serve_fewer_in_any_order() {
        assert!(asks("read write").covers(&asks("write")));
        assert!(asks("read write").covers(&asks("write  read")));
        assert!(asks("read write").covers(&asks("")));
        assert!(!asks("read").covers(&asks("read write")));
        assert!(!asks("read:notes").covers(&asks("read")), "a name is compared whole");
        assert!(!asks("read").covers(&TokenRequest::for_audience("https://reports.example").with_scope("read")));
        assert!(!asks("read").covers(&TokenRequest::for_resource("https://notes.example").with_scope("read")));
    }

    #[test]
    fn what_is_not_named_is_the_clients_own() {
        let config = ClientConfig::new("https://tenant.example/", "spa", "https://app.example/cb")
            .expect("valid")
            .with_resource(Some("https://notes.example".into()))
            .with_scope("openid read".into());
        let full = TokenRequest::default().in_full(&config);
        assert_eq!(full, TokenRequest::for_resource("https://notes.example").with_scope("openid read"));
        let other = TokenRequest::for_audience("https://reports.example").in_full(&config);
        assert_eq!(other.resource, None, "one API is named in place of the other");
    }

    #[cfg(feature = "audiences")]
    #[test]
    fn the_answer_must_say_whom_it_is_for() {
        let config = ClientConfig::new("https://tenant.example/", "spa", "https://app.example/cb").expect("valid");
        let config = config.with_refresh_tokens(RefreshTokens::InMemory);
        assert_eq!(asks("read").settings(&config).scope_on_the_wire(), "openid read");
        assert_eq!(asks("read openid").settings(&config).scope_on_the_wire(), "read openid");
    }
}
