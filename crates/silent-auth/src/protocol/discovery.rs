//! The tenant's addresses: by OpenID Connect Discovery 1.0, or by Auth0's fixed paths.
//!
//! ```
//! use silent_auth::protocol::config::{ClientConfig, Provider};
//! use silent_auth::protocol::discovery;
//! use silent_auth::protocol::error::Code;
//! use silent_auth::protocol::http::Response;
//!
//! # fn main() -> Result<(), silent_auth::protocol::error::AuthError> {
//! let config = ClientConfig::new("https://tenant.example", "my-app", "https://app.example/callback")?
//!     .with_provider(Provider::Discovered);
//! assert_eq!(discovery::request(&config).url, "https://tenant.example/.well-known/openid-configuration");
//! let html = Response { status: 200, body: "<html>".to_owned(), ..Response::default() };
//! let error = discovery::process_response(&config, &html).expect_err("no document");
//! assert_eq!(error.code, Code::DiscoveryInvalid);
//! # Ok(())
//! # }
//! ```

use core::time::Duration;

use super::json::{Map, Value};

use super::config::{ClientConfig, Provider, Transport};
use super::error::{AuthError, Code};
use super::http::{Request, Response};

/// How long discovered addresses are used before they are asked for again. (Within that time the browser's own cache answers a new
/// page, as far as the tenant lets it.)
pub const LIFE: Duration = Duration::from_secs(3_600);

/// The tenant's addresses, and what it says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Where authorization requests go.
    pub authorization: String,
    /// Where codes are exchanged.
    pub token: String,
    /// Where the signing keys are.
    pub keys: String,
    /// Where refresh tokens are taken back (RFC 7009), if the tenant lets clients do so.
    pub revocation: Option<String>,
    /// Where the person's session ends: OpenID Connect RP-Initiated Logout 1.0, section 2, or Auth0's `/v2/logout`.
    pub end_session: Option<String>,
    /// The frame that says whether the session has changed (OpenID Connect Session Management 1.0, section 3.3).
    #[cfg(feature = "session-monitor")]
    pub check_session: Option<String>,
    /// How the hidden frame answers.
    pub transport: Transport,
    /// Where a redirect carries its answer: `query`, or `fragment` at a tenant that has no other way.
    pub redirect_mode: &'static str,
    /// Whether every authorization response names its issuer (RFC 9207, section 3).
    pub names_issuer: bool,
}

impl Endpoints {
    /// Auth0's fixed paths. Auth0 does not promise to name its issuer, so a missing name is no error.
    #[must_use]
    pub fn auth0(config: &ClientConfig) -> Self {
        let at = |path| config.issuer().at(path);
        Self {
            authorization: at("/authorize"),
            token: at("/oauth/token"),
            keys: at("/.well-known/jwks.json"),
            revocation: Some(at("/oauth/revoke")),
            end_session: Some(at("/v2/logout")),
            #[cfg(feature = "session-monitor")]
            check_session: None,
            transport: config.transport().unwrap_or(Transport::WebMessage),
            redirect_mode: "query",
            names_issuer: false,
        }
    }

    /// What is known before any request: everything for Auth0, nothing otherwise.
    #[must_use]
    pub fn known(config: &ClientConfig) -> Option<Self> {
        (config.provider() == Provider::Auth0).then(|| Self::auth0(config))
    }
}

/// Asks for the discovery document (OpenID Connect Discovery 1.0, section 4.1).
#[must_use]
pub fn request(config: &ClientConfig) -> Request {
    Request::get(config.issuer().at("/.well-known/openid-configuration"))
}

/// Judges the discovery document (OpenID Connect Discovery 1.0, section 4.3).
///
/// # Errors
///
/// `tenant_unavailable` for a status of 429 or 500 and above; `discovery_invalid` for another answer that is none, or that lacks an address or
/// PKCE by S256 (RFC 9700, section 2.1.1); `discovery_issuer_mismatch` if it speaks of another issuer.
pub fn process_response(config: &ClientConfig, response: &Response) -> Result<Endpoints, AuthError> {
    let document = document(response)?;
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let lists = |name: &str, wanted: &str| lists(&document, name, wanted);

    let issuer = text("issuer").unwrap_or("none");
    if issuer != config.issuer().as_str() {
        return Err(AuthError::new(Code::DiscoveryIssuerMismatch).because(config.issuer().as_str(), issuer));
    }
    let address = |name: &str| {
        text(name)
            .filter(|address| address.starts_with("https://") || address.starts_with("http://"))
            .map(str::to_owned)
            .ok_or_else(|| {
                AuthError::new(Code::DiscoveryInvalid)
                    .because(format!("an address as {name}"), text(name).unwrap_or("none"))
            })
    };
    if lists("code_challenge_methods_supported", "S256") != Some(true) {
        return Err(
            AuthError::new(Code::DiscoveryInvalid).because("code_challenge_methods_supported with S256", "none")
        );
    }
    let answers_in = |mode| lists("response_modes_supported", mode);
    let chosen = if answers_in("web_message") == Some(true) { Transport::WebMessage } else { Transport::CallbackPage };
    // Who does not list the modes has both (OpenID Connect Discovery 1.0, section 3).
    let redirect_mode = if answers_in("query") == Some(false) { "fragment" } else { "query" };
    Ok(Endpoints {
        authorization: address("authorization_endpoint")?,
        token: address("token_endpoint")?,
        keys: address("jwks_uri")?,
        revocation: address("revocation_endpoint").ok(),
        end_session: address("end_session_endpoint").ok(),
        #[cfg(feature = "session-monitor")]
        check_session: address("check_session_iframe").ok(),
        transport: config.transport().unwrap_or(chosen),
        redirect_mode,
        names_issuer: document.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
    })
}

/// The document, whatever it says.
pub(super) fn document(response: &Response) -> Result<Map, AuthError> {
    if response.status != 200 {
        let waits = response.status == 429 || response.status >= 500;
        let code = if waits { Code::TenantUnavailable } else { Code::DiscoveryInvalid };
        return Err(AuthError::new(code).because("status 200", format!("status {}", response.status)));
    }
    response.json_object(Code::DiscoveryInvalid)
}

/// Whether the list of this name has this item; `None` if there is no such list.
#[inline(never)]
pub(super) fn lists(document: &Map, name: &str, wanted: &str) -> Option<bool> {
    Some(document.get(name)?.as_array()?.iter().any(|item| item.as_str() == Some(wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn config() -> ClientConfig {
        ClientConfig::new("https://tenant.example", "spa", "https://app.example/cb")
            .expect("valid")
            .with_provider(Provider::Discovered)
    }

    fn document(change: impl FnOnce(&mut Value)) -> Response {
        let mut document = serde_json::json!({
            "issuer": "https://tenant.example",
            "authorization_endpoint": "https://tenant.example/auth",
            "token_endpoint": "https://tenant.example/token",
            "jwks_uri": "https://tenant.example/keys",
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        });
        change(&mut document);
        Response { status: 200, body: document.to_string(), ..Response::default() }
    }

    #[test]
    fn a_provider_without_web_message_answers_through_the_callback_page() {
        let endpoints = process_response(&config(), &document(|_| ())).expect("valid");
        assert_eq!(endpoints.transport, Transport::CallbackPage);
        assert!(endpoints.names_issuer);
        assert_eq!(endpoints.revocation, None);
        let endpoints = process_response(
            &config(),
            &document(|d| d["response_modes_supported"] = serde_json::json!(["query", "web_message"])),
        );
        assert_eq!(endpoints.expect("valid").transport, Transport::WebMessage);
    }

    #[test]
    fn a_provider_is_asked_for_the_fragment_only_where_it_has_no_query() {
        let mode =
            |change: fn(&mut Value)| process_response(&config(), &document(change)).expect("valid").redirect_mode;
        assert_eq!(mode(|_| ()), "query");
        assert_eq!(mode(|d| d["response_modes_supported"] = serde_json::json!(["fragment", "query"])), "query");
        assert_eq!(mode(|d| d["response_modes_supported"] = serde_json::json!(["fragment", "form_post"])), "fragment");
    }

    #[test]
    fn a_provider_in_trouble_is_asked_again_and_one_that_has_no_document_is_not() {
        for (status, again) in [(429, true), (500, true), (503, true), (404, false), (302, false)] {
            let error = process_response(&config(), &Response { status, ..document(|_| ()) }).expect_err("refused");
            assert_eq!(error.code.is_retryable(), again, "{status}");
        }
    }

    #[test]
    fn a_document_that_cannot_be_used_is_refused_by_name() {
        let code = |response| process_response(&config(), &response).expect_err("refused").code;
        assert_eq!(code(document(|d| d["issuer"] = "https://tenant.example/".into())), Code::DiscoveryIssuerMismatch);
        assert_eq!(code(document(|d| d["token_endpoint"] = Value::Null)), Code::DiscoveryInvalid);
        assert_eq!(code(document(|d| d["jwks_uri"] = "javascript:0".into())), Code::DiscoveryInvalid);
        assert_eq!(code(document(|d| d["code_challenge_methods_supported"] = Value::Null)), Code::DiscoveryInvalid);
        assert_eq!(
            code(Response { status: 200, body: "<html>".into(), ..Response::default() }),
            Code::DiscoveryInvalid
        );
        assert_eq!(code(Response { status: 404, ..document(|_| ()) }), Code::DiscoveryInvalid);
    }
}
