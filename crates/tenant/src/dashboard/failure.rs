//! What the dashboard says when a request cannot go on.

use axum::http::StatusCode;

use crate::management::ManagementError;
pub(super) use crate::pages::Failure;

impl Failure {
    /// The form does not come from a page of this session.
    pub(super) fn forged() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "invalid_csrf_token",
            "This form was not filled in on a page of this dashboard session.",
            "Open the dashboard again and repeat what you wanted to do there. Nothing was changed.",
        )
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("There is no such {what}."),
            "It may have been deleted. The list in the dashboard shows what there is.",
        )
    }
}

impl From<ManagementError> for Failure {
    fn from(error: ManagementError) -> Self {
        Self::new(error.status, error.code.unwrap_or("error"), error.message, "")
    }
}
