//! HTTP requests and responses as plain values, so that making and judging them needs no network.
//!
//! ```
//! use silent_auth::protocol::error::Code;
//! use silent_auth::protocol::http::{Request, Response};
//!
//! let request = Request::post("https://tenant.example/oauth/token", vec![("code".to_owned(), "a b".to_owned())]);
//! assert_eq!(request.body(), "code=a+b");
//! let answer = Response { status: 200, body: r#"{"ok": true}"#.to_owned(), ..Response::default() };
//! assert!(answer.json_object(Code::TokenResponseInvalid).is_ok());
//! ```

use super::error::{AuthError, Code};
use super::json;
use super::secret::AccessToken;
use super::time::Timestamp;

/// The largest answer that is read, in bytes. Real ones are a few kilobytes.
pub const MAX_BODY: usize = 1_000_000;

/// A request's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST with a form body (RFC 6749, appendix B).
    Post,
}

/// A request to send: without following redirects, without a referrer, and without cookies unless it says otherwise.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub url: String,
    /// The body of a POST.
    pub form: Vec<(String, String)>,
    /// The access token for the `Authorization` header (RFC 6750, section 2.1).
    pub bearer: Option<AccessToken>,
    /// Whether cookies go with it and those of the answer are kept (Fetch Standard, credentials mode `include`). Whoever answers must
    /// allow that by name (`Access-Control-Allow-Credentials`), or the page may not read the answer.
    pub credentials: bool,
}

impl Request {
    /// A GET of `url`.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: Method::Get, url: url.into(), form: Vec::new(), bearer: None, credentials: false }
    }

    /// A POST of `form` to `url`.
    #[must_use]
    pub fn post(url: impl Into<String>, form: Vec<(String, String)>) -> Self {
        Self { method: Method::Post, url: url.into(), form, bearer: None, credentials: false }
    }

    /// The body of a POST, form-encoded.
    #[must_use]
    pub fn body(&self) -> String {
        encode(&self.form)
    }
}

/// An answer, as far as judging it needs.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The body, at most [`MAX_BODY`] bytes.
    pub body: String,
    /// The `Content-Type`.
    pub content_type: Option<String>,
    /// The `Date`, if the server lets pages read it.
    pub date: Option<Timestamp>,
    /// The `DPoP-Nonce`, if the server lets pages read it.
    #[cfg(feature = "dpop")]
    pub dpop_nonce: Option<String>,
}

impl Response {
    /// The body as a JSON object.
    ///
    /// # Errors
    ///
    /// `code`, if it is anything else, with what came instead.
    pub fn json_object(&self, code: Code) -> Result<super::json::Map, AuthError> {
        json::read(&self.body).ok_or_else(|| {
            let kind = self.content_type.as_deref().unwrap_or("no content type");
            AuthError::new(code).because("a JSON object", format!("status {}, {kind}", self.status))
        })
    }
}

/// Whether a header's value has this word somewhere. (`str::contains` is 2,000 bytes of a page's download.)
pub(super) fn has(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part == word.as_bytes())
}

/// Encodes names and values as `application/x-www-form-urlencoded`, which is also how queries are written here.
#[must_use]
pub fn encode<N: AsRef<str>, V: AsRef<str>>(pairs: &[(N, V)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_encoded_as_browsers_do() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let request = Request::post("https://tenant.example/oauth/token", vec![pair("a b", "c&d=e"), pair("f", "é+")]);
        assert_eq!(request.body(), "a+b=c%26d%3De&f=%C3%A9%2B");
    }
}
