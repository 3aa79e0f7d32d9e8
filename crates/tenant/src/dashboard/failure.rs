//! What the dashboard says when a request cannot go on.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::management::ManagementError;
use crate::pages::{Framing, problem};
use crate::store::StoreError;

/// A page with a status, a sentence and a way on.
pub(super) struct Failure {
    status: StatusCode,
    code: String,
    sentence: String,
    next: &'static str,
}

impl Failure {
    /// The form does not come from a page of this session.
    pub(super) fn forged() -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            code: "invalid_csrf_token".into(),
            sentence: "This form was not filled in on a page of this dashboard session.".into(),
            next: "Open the dashboard again and repeat what you wanted to do there. Nothing was changed.",
        }
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            code: "not_found".into(),
            sentence: format!("There is no such {what}."),
            next: "It may have been deleted. The list in the dashboard shows what there is.",
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self { status: error.status, code: error.code.into(), sentence: error.description, next: "" }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        ApiError::from(error).into()
    }
}

impl From<ManagementError> for Failure {
    fn from(error: ManagementError) -> Self {
        Self { status: error.status, code: error.code.unwrap_or("error").into(), sentence: error.message, next: "" }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        problem(self.status, &self.code, &self.sentence, self.next, Framing::Never)
    }
}
