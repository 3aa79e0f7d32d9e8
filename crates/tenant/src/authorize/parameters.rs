//! The checks of parameters that ask in another way: request objects, and single claims.

use super::checks::Flow;
use super::refusal::Refusal;
use crate::model::RequestedClaims;

/// Ways to pass a request that this tenant does not take, and the error that OpenID Connect Core 1.0 (3.1.2.6) has for each.
const NOT_SUPPORTED: [(&str, &str); 3] = [
    ("request", "request_not_supported"),
    ("request_uri", "request_uri_not_supported"),
    ("registration", "registration_not_supported"),
];

/// Ignoring one of these would answer another request than the one that was made.
pub(super) fn request_object(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    match NOT_SUPPORTED.into_iter().find(|(name, _)| flow.params.get(name).is_some()) {
        Some((name, code)) => Err(Refusal::travels(
            code,
            format!("The parameter {name} is not supported. Send the request's parameters themselves"),
            format!("{name} came, and discovery says that it is not supported"),
        )),
        None => Ok("the parameters are the request itself".into()),
    }
}

/// A third party gets the claims of the scopes that its user consented to, and no others.
pub(super) fn claims(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let Some(text) = flow.params.get("claims") else { return Ok("no single claims are asked for".into()) };
    let claims = RequestedClaims::parse(text).map_err(Refusal::invalid_request)?;
    if !flow.client()?.is_first_party {
        flow.claims = RequestedClaims { subject: claims.subject, ..RequestedClaims::default() };
        return Ok("a third party gets the claims of its scopes alone".into());
    }
    let detail = format!("userinfo: {}; ID token: {}", claims.userinfo.join(" "), claims.id_token.join(" "));
    flow.claims = claims;
    Ok(detail)
}
