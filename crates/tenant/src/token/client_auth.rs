//! Client authentication at the token endpoint (RFC 6749 2.3): by a secret, by a signed assertion, or not at all.

use std::num::NonZeroU32;

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::client_assertion;
use crate::Tenant;
use crate::attempts::network;
use crate::cors;
use crate::decisions::Decision;
use crate::error::ApiError;
use crate::model::{AuthMethod, Client};
use crate::params::Params;
use crate::rate_limit::retry_after;
use crate::visit::Visit;

/// The client that sends this request: authenticated, and on a page of an origin of its own if on a page. `caller` is
/// set as soon as it is known, since it decides who may read a refusal.
pub(super) async fn admit(
    tenant: &Tenant,
    visit: &Visit,
    headers: &HeaderMap,
    params: &Params,
    decision: &mut Decision,
    caller: &mut Option<Client>,
) -> Result<Client, ApiError> {
    decision.about(params.get("client_id"), params.get("state"));
    // RFC 6749 3.2.
    if let Some(name) = params.repeated(|_| true) {
        return Err(ApiError::invalid_request(format!("{name} appears more than once")));
    }
    let client = authenticate(tenant, visit, headers, params, decision).await?;
    decision.about(Some(&client.client_id), params.get("state"));
    decision.check("check_client", true, format!("{} is registered and authenticated", client.client_id));
    *caller = Some(client.clone());
    cors::check_origin(visit, &client)?;
    decision.check("check_origin", true, visit.origin.clone().unwrap_or_else(|| "no Origin came".into()));
    Ok(client)
}

/// So many proofs of one client may fail from one network in a minute; then one more every two seconds.
const FAILURES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(30).unwrap();

/// What a request brings to prove who sends it.
enum Proof {
    Nothing,
    /// A secret, in the body or in the header.
    Secret(String),
    /// A signed assertion.
    Assertion(String),
}

/// The client that sends this request, proven by the one method it is registered for.
async fn authenticate(
    tenant: &Tenant,
    visit: &Visit,
    headers: &HeaderMap,
    params: &Params,
    decision: &mut Decision,
) -> Result<Client, ApiError> {
    let (id, proof) = proof(headers, params)?;
    let (failures, now) = (tenant.client_failures(), tenant.now());
    // A page in somebody's browser must not use up what programs at the same address have.
    let sender = if visit.origin.is_some() { "page" } else { "program" };
    let from = format!("{sender} at {}", network(&visit.ip));
    if let Some(wait) = failures.wait(&from, &id, FAILURES_PER_MINUTE, now) {
        let why =
            format!("{FAILURES_PER_MINUTE} proofs in a minute failed from here; the next is looked at in {wait:#}");
        decision.check("check_client_attempts", false, why);
        let sentence = "Too many requests failed to authenticate this client. Wait, then try again.";
        let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", sentence);
        return Err(error.retrying_after(retry_after(wait)));
    }
    let proven = prove(tenant, visit, &id, proof, decision).await;
    if proven.as_ref().is_err_and(|error| error.status == StatusCode::UNAUTHORIZED) {
        failures.take(&from, &id, FAILURES_PER_MINUTE, now);
    }
    proven
}

/// The client of this id, if the proof is its own.
async fn prove(
    tenant: &Tenant,
    visit: &Visit,
    id: &str,
    proof: Proof,
    decision: &mut Decision,
) -> Result<Client, ApiError> {
    let found = tenant.store().client(id, tenant.addresses()).await?;
    let (check, code, why) = match (found, proof) {
        (None, _) => ("check_client", "invalid_client", "no client has this client_id".to_owned()),
        (Some(client), proof) => match (client.auth_method(), proof) {
            (AuthMethod::None, Proof::Nothing) => return Ok(client),
            (AuthMethod::PrivateKeyJwt, Proof::Assertion(assertion)) => {
                match client_assertion::check(tenant, visit, &client, &assertion).await? {
                    Ok(()) => return Ok(client),
                    Err(why) => {
                        let why = format!("the client_assertion is no good: {why}");
                        ("check_client_assertion", "invalid_client", why)
                    }
                }
            }
            // A proof of another kind than the one it is registered for proves nothing.
            (AuthMethod::None, _) => ("check_client", "invalid_client", "a public client proves nothing".to_owned()),
            (AuthMethod::PrivateKeyJwt, _) => {
                ("check_client", "invalid_client", "the client is registered for a signed assertion alone".to_owned())
            }
            (_, Proof::Assertion(_)) => {
                ("check_client", "invalid_client", "the client is registered for a secret alone".to_owned())
            }
            (_, Proof::Secret(secret)) if client.has_secret(&secret) => return Ok(client),
            (_, Proof::Secret(_)) => ("check_client", "access_denied", "the secret is not the client's".to_owned()),
            (_, Proof::Nothing) => {
                ("check_client", "access_denied", "no secret came, and the client has one".to_owned())
            }
        },
    };
    decision.check(check, false, why);
    Err(ApiError::new(StatusCode::UNAUTHORIZED, code, "Unauthorized").challenging("Basic realm=\"tenant\""))
}

/// Who a request says sends it, and the one proof that it brings (RFC 6749 2.3).
fn proof(headers: &HeaderMap, params: &Params) -> Result<(String, Proof), ApiError> {
    let differ = |place| ApiError::invalid_request(format!("client_id in the body and in the {place} differ"));
    let in_body = params.get("client_id");
    let is_another = |id: &str| in_body.is_some_and(|in_body| in_body != id);
    match (basic_credentials(headers)?, params.get("client_secret"), params.get("client_assertion")) {
        (Some(_), Some(_), None) => {
            Err(ApiError::invalid_request("client_secret came in the body and in the header; send it once"))
        }
        (Some((id, _)), None, None) if is_another(&id) => Err(differ("header")),
        (Some((id, secret)), None, None) => Ok((id, Proof::Secret(secret))),
        (None, None, Some(assertion)) => {
            if params.get("client_assertion_type") != Some(client_assertion::TYPE) {
                let sentence = format!("client_assertion_type must be {}", client_assertion::TYPE);
                return Err(ApiError::invalid_request(sentence));
            }
            let subject = client_assertion::subject(assertion);
            let id = subject.ok_or_else(|| ApiError::invalid_request("client_assertion is not a JWT with a sub"))?;
            if is_another(&id) { Err(differ("client_assertion")) } else { Ok((id, Proof::Assertion(assertion.into()))) }
        }
        (_, _, Some(_)) => Err(ApiError::invalid_request("client_assertion came beside a client_secret; send one")),
        (None, secret, None) => {
            let id = in_body.ok_or_else(|| ApiError::missing("client_id"))?;
            Ok((id.to_owned(), secret.map_or(Proof::Nothing, |secret| Proof::Secret(secret.to_owned()))))
        }
    }
}

/// Id and secret of a Basic header, both form-decoded (RFC 6749 2.3.1). Another scheme is no credential.
fn basic_credentials(headers: &HeaderMap) -> Result<Option<(String, String)>, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let malformed = || ApiError::invalid_request("the Authorization header is not Basic with id and secret");
    let encoded = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
    if !encoded.0.eq_ignore_ascii_case("basic") {
        return Err(malformed());
    }
    let decoded = STANDARD.decode(encoded.1.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = decoded.ok_or_else(malformed)?;
    let (id, secret) = decoded.split_once(':').ok_or_else(malformed)?;
    let decode = |text: &str| {
        url::form_urlencoded::parse(format!("v={text}").as_bytes())
            .next()
            .map_or_else(String::new, |(_, value)| value.into_owned())
    };
    Ok(Some((decode(id), decode(secret))))
}
