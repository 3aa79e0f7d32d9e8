//! The token endpoint: exchanging a code (RFC 6749, section 4.1.3) or a refresh token (section 6), and judging the answer (sections 5.1, 5.2).
//!
//! ```
//! use silent_auth::protocol::config::ClientConfig;
//! use silent_auth::protocol::error::Code;
//! use silent_auth::protocol::http::Response;
//! use silent_auth::protocol::token;
//!
//! # fn main() -> Result<(), silent_auth::protocol::error::AuthError> {
//! let config = ClientConfig::new("https://tenant.example/", "my-app", "https://app.example/callback")?;
//! let body = r#"{"error": "invalid_grant", "error_description": "Invalid authorization code"}"#;
//! let refused = Response { status: 403, body: body.to_owned(), ..Response::default() };
//! assert_eq!(token::process_response(&config, &refused).expect_err("refused").code, Code::ExchangeRefused);
//! # Ok(())
//! # }
//! ```

use core::time::Duration;

use super::json::Value;

use super::authorization::Authorized;
use super::config::ClientConfig;
use super::discovery::Endpoints;
use super::error::{AuthError, Code};
use super::http::{Request, Response};
use super::secret::{AccessToken, IdToken, RefreshToken};

/// The life of an access token whose answer does not say how long it lives.
pub const DEFAULT_LIFE: Duration = Duration::from_secs(300);

/// The longest life that is believed: 30 days, Auth0's own maximum.
pub const MAX_LIFE: Duration = Duration::from_secs(2_592_000);

/// An answer of the token endpoint that has the right form. Its ID token is not checked yet.
#[derive(Clone, Debug)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: AccessToken,
    /// The ID token. A refresh may come without one (OpenID Connect Core, section 12.2).
    pub id_token: Option<IdToken>,
    /// The refresh token. At a refresh it takes the place of the one that was used; without one that stays good (RFC 6749, section 6).
    pub refresh_token: Option<RefreshToken>,
    /// How long the access token lives, counted from the answer's arrival.
    pub expires_in: Duration,
    /// The scopes that were granted; what was asked, if the answer does not say (RFC 6749, section 5.1).
    pub scope: String,
}

/// Exchanges a code. A public client proves itself by the verifier alone (RFC 7636, section 4.5).
#[must_use]
pub fn exchange_request(config: &ClientConfig, endpoints: &Endpoints, authorized: &Authorized) -> Request {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut form = vec![
        pair("grant_type", "authorization_code"),
        pair("client_id", config.client_id()),
        pair("code", authorized.code.expose()),
        pair("redirect_uri", &authorized.redirect_uri),
        pair("code_verifier", authorized.uniques.code_verifier.expose()),
    ];
    form.extend(config.resource().map(|resource| pair("resource", resource)));
    // Its answer brings the cookie of a partitioned session, and none that this browser has is looked at.
    let credentials = authorized.partitioned_session || config.partitioned_session();
    Request { credentials, ..Request::post(endpoints.token.clone(), form) }
}

/// Exchanges a refresh token. The scopes are those of its grant (RFC 6749, section 6).
#[must_use]
pub fn refresh_request(config: &ClientConfig, endpoints: &Endpoints, refresh_token: &RefreshToken) -> Request {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut form = vec![
        pair("grant_type", "refresh_token"),
        pair("client_id", config.client_id()),
        pair("refresh_token", refresh_token.expose()),
    ];
    form.extend(config.resource().map(|resource| pair("resource", resource)));
    Request::post(endpoints.token.clone(), form)
}

/// Takes a refresh token back, at tenants that let clients do so (RFC 7009, section 2.1).
#[must_use]
pub fn revocation_request(
    config: &ClientConfig,
    endpoints: &Endpoints,
    refresh_token: &RefreshToken,
) -> Option<Request> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Some(Request::post(
        endpoints.revocation.clone()?,
        vec![
            pair("token", refresh_token.expose()),
            pair("token_type_hint", "refresh_token"),
            pair("client_id", config.client_id()),
        ],
    ))
}

/// Judges the answer to a refresh: as [`process_response`], but a tenant in trouble has not refused the token, whatever its page says.
///
/// # Errors
///
/// `refresh_token_refused`, `tenant_unavailable`, or as [`process_response`].
pub fn process_refresh_response(config: &ClientConfig, response: &Response) -> Result<TokenResponse, AuthError> {
    if response.status >= 500 || response.status == 429 {
        let code = if response.status == 429 { Code::TooManyRequests } else { Code::TenantUnavailable };
        return Err(AuthError::new(code).because("status 200", format!("status {}", response.status)));
    }
    process_response(config, response).map_err(|error| match error.code {
        Code::ExchangeRefused => AuthError { code: Code::RefreshTokenRefused, ..error },
        _ => error,
    })
}

/// Judges the answer.
///
/// # Errors
///
/// The tenant's refusal, or `token_response_invalid` naming the member that cannot be used.
pub fn process_response(config: &ClientConfig, response: &Response) -> Result<TokenResponse, AuthError> {
    let invalid = |expected: &str, found: String| AuthError::new(Code::TokenResponseInvalid).because(expected, found);
    if response.status != 200 {
        let body = response.json_object(Code::TokenResponseInvalid)?;
        let text = |name| body.get(name).and_then(Value::as_str);
        let error =
            text("error").ok_or_else(|| invalid("status 200, or an error", format!("status {}", response.status)))?;
        return Err(AuthError::from_token_response(error, text("error_description")));
    }
    let body = response.json_object(Code::TokenResponseInvalid)?;
    let text = |name: &'static str| match body.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.as_str()),
        other => Err(invalid(&format!("a text as {name}"), kind(other).to_owned())),
    };
    let optional = |name: &'static str| body.get(name).map(|_| text(name)).transpose();

    let token_type = text("token_type")?;
    let wanted = wanted_type(config);
    if !token_type.eq_ignore_ascii_case(wanted) {
        return Err(invalid(&["token_type ", wanted].concat(), token_type.chars().take(30).collect()));
    }
    let expires_in = match body.get("expires_in") {
        None => DEFAULT_LIFE,
        Some(value) => match value.as_u64() {
            Some(seconds) if seconds > 0 => Duration::from_secs(seconds).min(MAX_LIFE),
            _ => {
                return Err(invalid(
                    "a positive whole number as expires_in",
                    value.to_string().chars().take(30).collect(),
                ));
            }
        },
    };
    let scope = match body.get("scope") {
        None => config.scope().to_owned(),
        Some(Value::String(scope)) => scope.clone(),
        other => return Err(invalid("a text as scope", kind(other).to_owned())),
    };
    Ok(TokenResponse {
        access_token: AccessToken::new(text("access_token")?),
        id_token: optional("id_token")?.map(IdToken::new),
        refresh_token: optional("refresh_token")?.map(RefreshToken::new),
        expires_in,
        scope,
    })
}

/// The type of token that this client uses. One that is bound to no key in place of one that is would be a downgrade (RFC 9449, section 5).
#[cfg(feature = "dpop")]
pub(super) fn wanted_type(config: &ClientConfig) -> &'static str {
    if config.dpop() { "DPoP" } else { "Bearer" }
}

/// The type of token that this client uses.
#[cfg(not(feature = "dpop"))]
#[inline]
pub(super) const fn wanted_type(_: &ClientConfig) -> &'static str {
    "Bearer"
}

/// The kind of a JSON value, which may be shown where the value itself may not.
pub(super) fn kind(value: Option<&Value>) -> &'static str {
    match value {
        None => "nothing",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "true or false",
        Some(Value::Number(_)) => "a number",
        Some(Value::String(_)) => "a text",
        Some(Value::Array(_)) => "a list",
        Some(Value::Object(_)) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn answer(status: u16, change: impl FnOnce(&mut Value)) -> Result<TokenResponse, AuthError> {
        let config = ClientConfig::new("https://tenant.example/", "spa", "https://app.example/cb").expect("valid");
        let mut body =
            serde_json::json!({"access_token": "a", "id_token": "i", "token_type": "bearer", "expires_in": 60});
        change(&mut body);
        process_response(&config, &Response { status, body: body.to_string(), ..Response::default() })
    }

    #[test]
    fn a_good_answer_is_taken() {
        let response = answer(200, |_| ()).expect("valid");
        assert_eq!(response.expires_in, Duration::from_secs(60));
        assert_eq!(response.scope, "openid profile email");
        assert_eq!(answer(200, |b| b["scope"] = "openid".into()).expect("valid").scope, "openid");
    }

    #[test]
    fn a_life_is_never_endless() {
        assert_eq!(
            answer(200, |b| {
                b.as_object_mut().expect("object").remove("expires_in");
            })
            .expect("valid")
            .expires_in,
            DEFAULT_LIFE
        );
        assert_eq!(answer(200, |b| b["expires_in"] = u64::MAX.into()).expect("valid").expires_in, MAX_LIFE);
    }

    #[test]
    fn every_unusable_member_is_named() {
        for (name, value) in [
            ("access_token", serde_json::json!(7)),
            ("id_token", Value::Null),
            ("refresh_token", "".into()),
            ("token_type", "mac".into()),
            ("token_type", serde_json::json!(["Bearer"])),
            ("expires_in", 0.into()),
            ("expires_in", (-1).into()),
            ("expires_in", "60".into()),
            ("expires_in", serde_json::json!(1e300)),
            ("scope", 7.into()),
        ] {
            let error = answer(200, |b| b[name] = value.clone()).expect_err("refused");
            assert_eq!(error.code, Code::TokenResponseInvalid);
            assert!(error.expected.as_deref().is_some_and(|expected| expected.contains(name)), "{name}: {error}");
        }
    }

    #[cfg(feature = "dpop")]
    #[test]
    fn a_bearer_token_is_no_answer_to_a_proof_and_a_bound_one_none_without() {
        for (dpop, kind, good) in [(true, "DPoP", true), (true, "Bearer", false), (false, "DPoP", false)] {
            let config = ClientConfig::new("https://tenant.example/", "spa", "https://app.example/cb").expect("valid");
            let body = format!(r#"{{"access_token":"a","token_type":"{kind}"}}"#);
            let response = Response { status: 200, body, ..Response::default() };
            let judged = process_response(&config.with_dpop(dpop), &response).map(drop).map_err(|error| error.code);
            assert_eq!(judged, if good { Ok(()) } else { Err(Code::TokenResponseInvalid) }, "{dpop}, {kind}");
        }
    }

    #[test]
    fn a_refusal_keeps_the_tenants_words() {
        let error = answer(403, |b| {
            *b = serde_json::json!({"error": "invalid_grant", "error_description": "Invalid authorization code"});
        });
        let error = error.expect_err("refused");
        assert_eq!(error.code, Code::ExchangeRefused);
        assert_eq!(error.found.as_deref(), Some("invalid_grant: Invalid authorization code"));
        assert_eq!(answer(500, |b| *b = serde_json::json!({})).expect_err("refused").code, Code::TokenResponseInvalid);
        assert_eq!(
            answer(503, |b| *b = serde_json::json!({"error": "server_error"})).expect_err("refused").code,
            Code::TenantUnavailable
        );
    }
}
