//! The checks of parameters that ask in another way: request objects, and single claims.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::checks::Flow;
use super::refusal::Refusal;
use crate::dpop;
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

/// The key that a code is bound to is named by its thumbprint (RFC 9449 10). A token in the answer itself is bound to none, so where
/// a bound one is wanted there is none to give.
pub(super) fn proof_of_possession(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let in_answer = flow.response_type.is_some_and(|asked| asked.token);
    if in_answer && dpop::required(flow.client()?, flow.api()) {
        return Err(Refusal::invalid_request(
            "Tokens of this client or API are bound to a key: use response_type code",
        ));
    }
    let Some(jkt) = flow.params.get("dpop_jkt") else { return Ok("the code is bound to no key".into()) };
    let is_thumbprint = URL_SAFE_NO_PAD.decode(jkt).is_ok_and(|hash| hash.len() == 32);
    if !is_thumbprint {
        return Err(Refusal::invalid_request("dpop_jkt must be the base64url SHA-256 thumbprint of a JWK"));
    }
    Ok(format!("the code is bound to the key {jkt}"))
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
