//! Requests to protected APIs (RFC 6750): which origins may see the token, and which answers ask for another one.
//!
//! ```
//! use silent_auth::protocol::config::ClientConfig;
//! use silent_auth::protocol::error::Code;
//! use silent_auth::protocol::resource::{ApiRequest, check_origin};
//!
//! # fn main() -> Result<(), silent_auth::protocol::error::AuthError> {
//! let config = ClientConfig::new("https://tenant.example/", "my-app", "https://app.example/callback")?
//!     .with_api_origins(vec!["https://api.example.com".to_owned()]);
//! let request = ApiRequest::json("POST", "https://api.example.com/notes", r#"{"text": "hello"}"#);
//! assert_eq!(request.method, "POST");
//! assert!(check_origin(&config, "https://api.example.com").is_ok());
//! // The token goes nowhere else.
//! let error = check_origin(&config, "https://elsewhere.example").expect_err("not named");
//! assert_eq!(error.code, Code::OriginNotNamed);
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "audiences")]
use super::audience::TokenRequest;
use super::config::ClientConfig;
use super::error::{AuthError, Code};
use super::http::has;

/// A request to an API, to which the token is added.
#[derive(Clone, Debug)]
pub struct ApiRequest {
    /// The method, as it goes on the wire.
    pub method: String,
    /// The address; a relative one is of the page's own origin.
    pub url: String,
    /// Headers. `Authorization` is set by the client and not taken from here.
    pub headers: Vec<(String, String)>,
    /// The body, as text.
    pub body: Option<String>,
    /// Which token goes along; `None` for the session's own.
    #[cfg(feature = "audiences")]
    pub token: Option<TokenRequest>,
}

impl ApiRequest {
    /// A GET of `url`.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: "GET".to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: None,
            #[cfg(feature = "audiences")]
            token: None,
        }
    }

    /// A request with a JSON body.
    #[must_use]
    pub fn json(method: impl Into<String>, url: impl Into<String>, body: impl Into<String>) -> Self {
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        Self {
            method: method.into(),
            url: url.into(),
            headers,
            body: Some(body.into()),
            #[cfg(feature = "audiences")]
            token: None,
        }
    }

    /// With this token in place of the session's own.
    #[must_use]
    #[cfg(feature = "audiences")]
    pub fn with_token(mut self, token: TokenRequest) -> Self {
        self.token = Some(token);
        self
    }
}

/// Whether the token may go to `origin`, as the browser reads it from the address.
///
/// # Errors
///
/// `origin_not_named`: a token sent to the wrong place is a token given away.
pub fn check_origin(config: &ClientConfig, origin: &str) -> Result<(), AuthError> {
    if config.api_origins().iter().any(|named| named == origin) {
        return Ok(());
    }
    let named = config.api_origins().join(", ");
    let expected = if named.is_empty() { "an origin named by with_api_origins".to_owned() } else { named };
    Err(AuthError::new(Code::OriginNotNamed).because(expected, origin.chars().take(200).collect::<String>()))
}

/// Whether an answer asks for another token: 401, with a challenge for a bearer token or none that a page may read (RFC 6750, section 3).
/// `insufficient_scope` wants another grant, which no renewal brings.
#[must_use]
pub fn wants_another_token(status: u16, challenge: Option<&str>) -> bool {
    let challenge = challenge.map(str::to_ascii_lowercase);
    status == 401
        && challenge.is_none_or(|text| {
            let bearer = text.split([' ', ',']).any(|word| matches!(word, "bearer" | "dpop"));
            bearer && !has(&text, "insufficient_scope")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_origins_see_the_token() {
        let config = ClientConfig::new("https://tenant.example/", "spa", "https://app.example/cb").expect("valid");
        let refused = |config: &ClientConfig, origin| check_origin(config, origin).map_err(|error| error.code);
        assert_eq!(refused(&config, "https://api.example"), Err(Code::OriginNotNamed), "none is named");
        assert_eq!(refused(&config, "https://tenant.example"), Err(Code::OriginNotNamed), "nor is the tenant");
        let config = config.with_api_origins(vec!["https://api.example".into()]);
        assert_eq!(refused(&config, "https://api.example"), Ok(()));
        for other in ["https://api.example.evil.example", "https://api.example:8443", "http://api.example", "null", ""]
        {
            assert_eq!(refused(&config, other), Err(Code::OriginNotNamed), "{other}");
        }
    }

    #[test]
    fn only_a_401_about_the_token_asks_for_another() {
        for (status, challenge, wants) in [
            (401, None, true),
            (401, Some("Bearer"), true),
            (401, Some(r#"Bearer realm="notes", error="invalid_token""#), true),
            (401, Some(r#"Basic realm="x", Bearer error="invalid_token""#), true),
            (401, Some(r#"Basic realm="x""#), false),
            (401, Some(r#"Bearer error="insufficient_scope", scope="write:notes""#), false),
            (403, Some(r#"Bearer error="insufficient_scope""#), false),
            (200, None, false),
            (500, Some("Bearer"), false),
        ] {
            assert_eq!(wants_another_token(status, challenge), wants, "{status} {challenge:?}");
        }
    }

    #[test]
    fn requests_say_what_they_are() {
        let request = ApiRequest::get("https://api.example.com/notes");
        assert_eq!((request.method.as_str(), request.body), ("GET", None));
        let request = ApiRequest::json("PUT", "https://api.example.com/notes/1", "{}");
        assert_eq!(request.headers, [("Content-Type".to_owned(), "application/json".to_owned())]);
        assert_eq!((request.method.as_str(), request.body.as_deref()), ("PUT", Some("{}")));
    }
}
