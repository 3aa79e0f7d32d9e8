//! Errors as the Authentication API answers them: a status, `error` and `error_description`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::secret::Secret;
use crate::store::StoreError;

/// An error answer. The words are public; what is not for everyone goes to the decision record.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub status: StatusCode,
    /// Stable, for programs.
    pub code: &'static str,
    /// One sentence, for people.
    pub description: String,
    challenge: Option<&'static str>,
    retry_after: Option<HeaderValue>,
    /// Boxed: few errors have one, and all are as large as it.
    mfa_token: Option<Box<Secret>>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, description: impl Into<String>) -> Self {
        Self { status, code, description: description.into(), challenge: None, retry_after: None, mfa_token: None }
    }

    pub(crate) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        Self::invalid_request(format!("Missing required parameter: {parameter}"))
    }

    /// The same with a `WWW-Authenticate` header.
    pub(crate) fn challenging(mut self, challenge: &'static str) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// The same with what a one-time code is to be sent with.
    pub(crate) fn with_mfa_token(mut self, token: Secret) -> Self {
        self.mfa_token = Some(Box::new(token));
        self
    }

    /// The same with a `Retry-After` header.
    pub(crate) fn retrying_after(mut self, seconds: HeaderValue) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        // Only the operator can do something about it, so the words go there and not to the caller.
        eprintln!("tenant: {error}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "The tenant could not reach its store. Try again.")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({ "error": self.code, "error_description": self.description });
        if let Some(token) = self.mfa_token {
            body["mfa_token"] = json!(token.expose());
        }
        let mut response = (self.status, Json(body)).into_response();
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}
