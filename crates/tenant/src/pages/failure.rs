//! A request of a page that cannot go on, as another page: what went wrong, and what to do next.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::{Framing, problem};
use crate::error::ApiError;
use crate::store::StoreError;

/// A page with a status, a sentence and a way on.
pub(crate) struct Failure {
    status: StatusCode,
    code: String,
    sentence: String,
    next: &'static str,
}

impl Failure {
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<String>,
        sentence: impl Into<String>,
        next: &'static str,
    ) -> Self {
        Self { status, code: code.into(), sentence: sentence.into(), next }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::new(error.status, error.code, error.description, "")
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        ApiError::from(error).into()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        problem(self.status, &self.code, &self.sentence, self.next, Framing::Never)
    }
}
