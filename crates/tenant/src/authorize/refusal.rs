//! Why a request is refused: what the client may know, what only the record says, and whether it may travel.

use axum::http::StatusCode;

use crate::decisions::Cause;
use crate::interaction::Step;

/// What SDKs know a missing second factor by.
pub(crate) const MFA_REQUIRED: &str = "Multifactor authentication required";

/// A refused authorization request.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// The `error` on the wire.
    pub code: &'static str,
    /// The `error_description` on the wire.
    pub public: String,
    /// For the decision record and, unless the fault is ours, the tenant's own page; never sent to the client.
    pub detail: String,
    /// The status of the tenant's own page.
    pub status: StatusCode,
    /// Whether it may go to the redirect URI, once that is known good (RFC 6749 4.1.2.1).
    pub travels: bool,
    /// What decided it, where the code alone does not tell.
    pub cause: Option<Cause>,
    /// The page that would help, unless the request is silent.
    pub step: Option<Step>,
}

impl Refusal {
    /// An error that is never sent to the redirect URI, because client or address is not known good.
    pub(crate) fn stays(
        status: StatusCode,
        code: &'static str,
        public: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self { code, public: public.into(), detail: detail.into(), status, travels: false, cause: None, step: None }
    }

    /// An error for the client.
    pub(crate) fn travels(code: &'static str, public: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            code,
            public: public.into(),
            detail: detail.into(),
            status: StatusCode::BAD_REQUEST,
            travels: true,
            cause: None,
            step: None,
        }
    }

    /// The client sent something that is not allowed.
    pub(crate) fn invalid_request(public: impl Into<String>) -> Self {
        let public = public.into();
        Self::travels("invalid_request", public.clone(), public)
    }

    /// The user has to sign in: an error if the request is silent, a login page if not.
    pub(crate) fn login_required(cause: Cause, detail: impl Into<String>) -> Self {
        let step = Some(Step::SignIn);
        Self { cause: Some(cause), step, ..Self::travels("login_required", "Login required", detail) }
    }

    /// The user has to give the second factor: at the vendor, silent requests learn it as `login_required` too.
    pub(crate) fn second_factor_required(detail: impl Into<String>) -> Self {
        Self {
            cause: Some(Cause::SecondFactorMissing),
            step: Some(Step::SecondFactor),
            ..Self::travels("login_required", MFA_REQUIRED, detail)
        }
    }

    /// The user is asked for the account, which no silent request can be about.
    pub(crate) fn account_selection_required(cause: Cause, detail: impl Into<String>) -> Self {
        let (code, step) = ("account_selection_required", Some(Step::ChooseAccount));
        Self { cause: Some(cause), step, ..Self::travels(code, "Account selection required", detail) }
    }

    /// The user has to consent: an error if the request is silent, a page if not.
    pub(crate) fn consent_required(cause: Cause, detail: impl Into<String>) -> Self {
        let step = Some(Step::Consent);
        Self { cause: Some(cause), step, ..Self::travels("consent_required", "Consent required", detail) }
    }

    /// The tenant itself failed.
    pub(crate) fn server_error(detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..Self::travels("server_error", "The tenant failed while answering. Try again.", detail)
        }
    }

    /// Whether the fault is the tenant's own.
    pub(crate) fn is_ours(&self) -> bool {
        self.code == "server_error"
    }
}
