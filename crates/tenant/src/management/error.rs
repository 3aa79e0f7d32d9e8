//! Errors as the Management API answers them: `statusCode`, `error`, `message` and, mostly, `errorCode`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::store::StoreError;

/// What messages about a body begin with.
const BODY: &str = "Payload validation error: ";

/// An error answer of the Management API.
#[derive(Debug)]
pub(crate) struct ManagementError {
    pub status: StatusCode,
    /// Stable, for programs; authentication errors have none.
    pub code: Option<&'static str>,
    /// One sentence, for people.
    pub message: String,
}

impl ManagementError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code: Some(code), message: message.into() }
    }

    /// The message for people who filled in a form and sent no payload.
    pub(crate) fn in_words(&self) -> &str {
        self.message.strip_prefix(BODY).unwrap_or(&self.message)
    }

    /// 401: who asks is not known.
    pub(super) fn unauthorized(message: impl Into<String>) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code: None, message: message.into() }
    }

    /// 400: the body does not have the shape it should.
    pub(super) fn body(problem: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_body", format!("{BODY}{problem}"))
    }

    /// 400: the query does not have the shape it should.
    pub(super) fn query(problem: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_query_string", format!("Query validation error: {problem}"))
    }

    pub(super) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    pub(super) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }
}

impl From<StoreError> for ManagementError {
    fn from(error: StoreError) -> Self {
        // Only the operator can do something about it, so the words go there and not to the caller.
        eprintln!("tenant: {error}");
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code: None,
            message: "The tenant could not reach its store. Try again.".into(),
        }
    }
}

impl IntoResponse for ManagementError {
    fn into_response(self) -> Response {
        let mut body = json!({
            "statusCode": self.status.as_u16(),
            "error": self.status.canonical_reason().unwrap_or("Error"),
            "message": self.message,
        });
        if let Some(code) = self.code {
            body["errorCode"] = json!(code);
        }
        (self.status, Json(body)).into_response()
    }
}
