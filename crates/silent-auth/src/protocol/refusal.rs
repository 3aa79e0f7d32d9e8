//! The tenant's own error codes, each with the error that it stands for.

use super::error::{AuthError, Code};

/// The codes that mean the same wherever a tenant says them.
///
/// | said by | source |
/// |---|---|
/// | both endpoints | RFC 6749, sections 4.1.2.1 and 5.2 |
/// | the authorization endpoint | OpenID Connect Core, section 3.1.2.6; OpenID Connect Core Unmet Authentication Requirements 1.0 |
/// | both, for APIs | RFC 8707, section 2; RFC 9470, section 3 |
/// | the token endpoint | RFC 7009, section 2.2.1; RFC 9449, sections 5 and 8 |
/// | either | Auth0's Authentication API, "Standard error responses" |
const KNOWN: &[(&str, Code)] = &[
    ("login_required", Code::LoginRequired),
    ("consent_required", Code::ConsentRequired),
    ("interaction_required", Code::InteractionRequired),
    ("account_selection_required", Code::AccountSelectionRequired),
    ("mfa_required", Code::MfaRequired),
    ("unmet_authentication_requirements", Code::AuthenticationUnmet),
    ("insufficient_user_authentication", Code::AuthenticationUnmet),
    ("access_denied", Code::AccessDenied),
    ("unauthorized", Code::AccessDenied),
    ("invalid_user_password", Code::AccessDenied),
    ("password_leaked", Code::AccessDenied),
    ("invalid_client", Code::ClientRefused),
    ("unauthorized_client", Code::ClientRefused),
    ("invalid_request", Code::RequestInvalid),
    ("invalid_request_uri", Code::RequestInvalid),
    ("invalid_request_object", Code::RequestInvalid),
    ("unsupported_response_type", Code::RequestUnsupported),
    ("unsupported_grant_type", Code::RequestUnsupported),
    ("unsupported_token_type", Code::RequestUnsupported),
    ("request_not_supported", Code::RequestUnsupported),
    ("request_uri_not_supported", Code::RequestUnsupported),
    ("registration_not_supported", Code::RequestUnsupported),
    ("endpoint_disabled", Code::RequestUnsupported),
    ("method_not_allowed", Code::RequestUnsupported),
    ("invalid_scope", Code::ScopeRefused),
    ("insufficient_scope", Code::ScopeRefused),
    ("invalid_target", Code::TargetRefused),
    ("invalid_dpop_proof", Code::DpopProofRefused),
    ("use_dpop_nonce", Code::DpopNonceRequired),
    ("too_many_requests", Code::TooManyRequests),
    ("too_many_attempts", Code::TooManyRequests),
    ("too_many_logins", Code::TooManyRequests),
    ("server_error", Code::TenantUnavailable),
    ("temporarily_unavailable", Code::TenantUnavailable),
];

/// A list and no `match`, which would be a comparison in code for each of them.
fn known(error: &str) -> Option<Code> {
    KNOWN.iter().find(|(known, _)| *known == error).map(|(_, code)| *code)
}

impl AuthError {
    /// The error that an answer of the authorization endpoint stands for: its `error` and `error_description`.
    /// A code that no specification has is [`Code::AuthorizationRefused`].
    #[must_use]
    pub fn from_authorization_response(error: &str, description: Option<&str>) -> Self {
        Self::new(known(error).unwrap_or(Code::AuthorizationRefused)).found(described(error, description))
    }

    /// The error that a refusal of the token endpoint stands for. `invalid_grant` (RFC 6749, section 5.2), and a code that no
    /// specification has, is [`Code::ExchangeRefused`].
    #[must_use]
    pub fn from_token_response(error: &str, description: Option<&str>) -> Self {
        Self::new(known(error).unwrap_or(Code::ExchangeRefused)).found(described(error, description))
    }
}

/// The tenant's own words, bounded, since they come from outside.
fn described(error: &str, description: Option<&str>) -> String {
    let words = description.map_or_else(|| error.to_owned(), |text| format!("{error}: {text}"));
    words.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::super::error::NextStep;
    use super::*;

    /// Every error code, by the document that defines it.
    const DEFINED: &[(&str, &[&str])] = &[
        (
            "RFC 6749, section 4.1.2.1",
            &[
                "invalid_request",
                "unauthorized_client",
                "access_denied",
                "unsupported_response_type",
                "invalid_scope",
                "server_error",
                "temporarily_unavailable",
            ],
        ),
        (
            "RFC 6749, section 5.2, but for invalid_grant",
            &["invalid_request", "invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"],
        ),
        (
            "OpenID Connect Core, section 3.1.2.6",
            &[
                "interaction_required",
                "login_required",
                "account_selection_required",
                "consent_required",
                "invalid_request_uri",
                "invalid_request_object",
                "request_not_supported",
                "request_uri_not_supported",
                "registration_not_supported",
            ],
        ),
        ("OpenID Connect Core Unmet Authentication Requirements 1.0", &["unmet_authentication_requirements"]),
        ("RFC 9470, section 3", &["insufficient_user_authentication"]),
        ("RFC 6750, section 3.1", &["insufficient_scope"]),
        ("RFC 7009, section 2.2.1", &["unsupported_token_type"]),
        ("RFC 8707, section 2", &["invalid_target"]),
        ("RFC 9449, sections 5 and 8", &["invalid_dpop_proof", "use_dpop_nonce"]),
        (
            "Auth0",
            &[
                "mfa_required",
                "unauthorized",
                "endpoint_disabled",
                "method_not_allowed",
                "too_many_requests",
                "too_many_attempts",
                "too_many_logins",
                "invalid_user_password",
                "password_leaked",
            ],
        ),
    ];

    #[test]
    fn every_code_that_a_document_defines_has_an_error_of_its_own_kind() {
        for (document, codes) in DEFINED {
            for error in *codes {
                let authorization = AuthError::from_authorization_response(error, None).code;
                let token = AuthError::from_token_response(error, None).code;
                assert_ne!(authorization, Code::AuthorizationRefused, "{document}: {error}");
                assert_eq!(authorization, token, "{document}: {error}");
            }
        }
    }

    #[test]
    fn a_code_of_nobodys_is_the_endpoints_own_refusal() {
        for error in ["", "invalid_grant ", "LOGIN_REQUIRED", "x"] {
            assert_eq!(AuthError::from_authorization_response(error, None).code, Code::AuthorizationRefused, "{error}");
            assert_eq!(AuthError::from_token_response(error, None).code, Code::ExchangeRefused, "{error}");
        }
        assert_eq!(AuthError::from_token_response("invalid_grant", None).code, Code::ExchangeRefused);
    }

    #[test]
    fn what_to_do_follows_from_what_the_tenant_said() {
        for (error, next, retryable, interaction) in [
            ("login_required", NextStep::SignIn, false, true),
            ("consent_required", NextStep::Interact, false, true),
            ("interaction_required", NextStep::Interact, false, true),
            ("account_selection_required", NextStep::Interact, false, true),
            ("mfa_required", NextStep::Interact, false, true),
            ("unmet_authentication_requirements", NextStep::Interact, false, true),
            ("access_denied", NextStep::SignIn, false, true),
            ("invalid_request", NextStep::FixApp, false, false),
            ("invalid_scope", NextStep::FixApp, false, false),
            ("invalid_target", NextStep::FixApp, false, false),
            ("invalid_client", NextStep::FixTenant, false, false),
            ("unsupported_grant_type", NextStep::FixTenant, false, false),
            ("endpoint_disabled", NextStep::FixTenant, false, false),
            ("invalid_dpop_proof", NextStep::SetClock, false, false),
            ("use_dpop_nonce", NextStep::Wait, true, false),
            ("too_many_requests", NextStep::Wait, true, false),
            ("server_error", NextStep::Wait, true, false),
            ("temporarily_unavailable", NextStep::Wait, true, false),
        ] {
            let code = AuthError::from_authorization_response(error, None).code;
            assert_eq!(
                (code.next_step(), code.is_retryable(), code.needs_interaction()),
                (next, retryable, interaction),
                "{error}"
            );
        }
    }

    #[test]
    fn the_tenants_words_are_kept_and_bounded() {
        let error = AuthError::from_token_response("invalid_scope", Some("no such scope"));
        assert_eq!(error.found.as_deref(), Some("invalid_scope: no such scope"));
        let error = AuthError::from_authorization_response("x", Some(&"y".repeat(5_000)));
        assert_eq!(error.found.map(|text| text.len()), Some(300));
    }
}
