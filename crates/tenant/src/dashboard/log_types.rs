//! What the types of log entries mean (Auth0 documentation: Log Event Type Codes).

/// The type in words; empty for one that this tenant does not write.
pub(super) fn in_words(code: &str) -> &'static str {
    match code {
        "s" => "Login succeeded",
        "f" => "Login failed",
        "fp" => "Wrong password",
        "fu" => "Unknown user",
        "limit_wc" => "Too many failed logins",
        "limit_mu" => "Too many failed logins from one network",
        "ssa" => "Silent authentication succeeded",
        "fsa" => "Silent authentication failed",
        "seacft" => "Code exchanged",
        "feacft" => "Code exchange failed",
        "sepft" => "Password exchanged",
        "fepft" => "Password exchange failed",
        "seccft" => "Client credentials exchanged",
        "feccft" => "Client credentials exchange failed",
        "sertft" => "Refresh token exchanged",
        "fertft" => "Refresh token exchange failed",
        "ferrt" => "Refresh token reused",
        "srrt" => "Refresh token revoked",
        "sd" => "Delegation succeeded",
        "fd" => "Delegation failed",
        "limit_delegation" => "Too many delegation calls",
        "depnote" => "Deprecation notice",
        "slo" => "Logout succeeded",
        "flo" => "Logout failed",
        "oidc_backchannel_logout_succeeded" => "Application told of a logout",
        "oidc_backchannel_logout_failed" => "Application not told of a logout",
        "fco" => "Origin refused",
        "sapi" => "Change by an administrator or script",
        "fapi" => "Change refused",
        "mgmt_api_read" => "Secrets read",
        _ => "",
    }
}
