//! `GET /lab/notes` (only with `--lab`): a protected API, which checks access tokens as an API should (RFC 9068 4, RFC 6750 3).

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::dpop::{self, Asked, Credentials};
use crate::error::ApiError;
use crate::tenant_file::Object;
use crate::visit::Visit;
use crate::{Tenant, access_tokens};

/// The API's identifier: the audience that its access tokens are for.
const AUDIENCE: &str = "https://notes.example.com";
/// The scope that reading takes.
const SCOPE: &str = "read:notes";

/// Why a request is refused.
#[derive(Debug)]
enum Refused {
    /// No token came: there is nothing to say about it.
    Missing,
    /// The token is not one that this API takes.
    Invalid(String),
    /// The token is good, but not for this.
    Insufficient,
    /// The token is good, and does not come as it is bound (RFC 9449 7).
    Unproven(dpop::Refused),
}

/// Answers with the user's notes. The API knows the tenant's public keys, or the secret that it shares with it, and its
/// own name, nothing else: no list of tokens is asked, so a token is good until it expires.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
) -> Response {
    let api = match tenant.store().api(AUDIENCE, tenant.addresses()).await {
        Ok(api) => api,
        Err(error) => return ApiError::from(error).into_response(),
    };
    let verify = |token: &str| match &api {
        Some(api) => access_tokens::verify(&tenant, api, token),
        None => Err(format!("the tenant has no API {AUDIENCE}")),
    };
    let credentials = Credentials::of(&headers);
    let checked = match check(credentials.as_ref(), verify, &visit.address.issuer, tenant.now()) {
        Ok((subject, jkt)) => {
            let uri = format!("{}lab/notes", visit.address.issuer);
            // This API wants to know that a proof was made just now, so it asks for a nonce (RFC 9449 9).
            let asked = Asked { headers: &headers, method: "GET", uri: &uri, access_token: None, wants_nonce: true };
            let credentials = credentials.expect("a token was checked");
            match credentials.check(&tenant, asked, jkt.as_deref()).await {
                Ok(bound) => bound.map(|()| subject).map_err(Refused::Unproven),
                Err(error) => return error.into_response(),
            }
        }
        Err(refused) => Err(refused),
    };
    let wants_nonce = match &checked {
        Err(Refused::Unproven(refused)) => refused.wants_nonce,
        // The next proof needs no second try then (RFC 9449 8.2).
        Ok(_) => headers.contains_key("dpop"),
        Err(_) => false,
    };
    let mut response = match checked {
        Ok(subject) => Json(notes(&subject)).into_response(),
        Err(refused) => refused.into_response(),
    };
    if wants_nonce {
        response.headers_mut().insert(dpop::NONCE_HEADER, dpop::nonce(&tenant));
    }
    response
}

/// The subject of a token that may read with the key that the token is bound to, or the first thing that is wrong.
fn check(
    credentials: Option<&Credentials>,
    verify: impl Fn(&str) -> Result<Object, String>,
    issuer: &str,
    now: Timestamp,
) -> Result<(String, Option<String>), Refused> {
    let invalid = |why: &str| Refused::Invalid(why.to_owned());
    let token = &credentials.ok_or(Refused::Missing)?.token;
    let claims = verify(token).map_err(|_| invalid("the token is not a JWT signed by this tenant"))?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(issuer) {
        return Err(Refused::Invalid(format!("the issuer must be {issuer}")));
    }
    let is_ours = match claims.get("aud") {
        Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience == AUDIENCE),
        Some(audience) => audience == AUDIENCE,
        None => false,
    };
    if !is_ours {
        return Err(Refused::Invalid(format!("the audience must be {AUDIENCE}")));
    }
    if claims.get("exp").and_then(Value::as_i64).is_none_or(|expires| expires <= now.as_second()) {
        return Err(invalid("the token has expired"));
    }
    let subject = text("sub").ok_or_else(|| invalid("the token names no subject"))?;
    if !text("scope").unwrap_or_default().split(' ').any(|scope| scope == SCOPE) {
        return Err(Refused::Insufficient);
    }
    let jkt = claims.get("cnf").and_then(|cnf| cnf["jkt"].as_str());
    Ok((subject.to_owned(), jkt.map(ToOwned::to_owned)))
}

fn notes(subject: &str) -> Value {
    let notes = ["Tokens live for a minute here.", "A silent renewal brings the next one.", "Nobody was interrupted."];
    let notes: Vec<_> = notes.iter().zip(1..).map(|(text, id)| json!({ "id": id, "text": text })).collect();
    json!({ "owner": subject, "notes": notes })
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let by_dpop = match &self {
            Self::Missing => Some(dpop::challenge(AUDIENCE, None)),
            Self::Unproven(refused) => Some(dpop::challenge(AUDIENCE, Some((refused.code(), &refused.why)))),
            _ => None,
        };
        let realm = format!("Bearer realm=\"{AUDIENCE}\"");
        let (status, challenge, code, description) = match self {
            Self::Missing => (
                StatusCode::UNAUTHORIZED,
                realm,
                "unauthorized",
                "Send an access token: Authorization: Bearer …".into(),
            ),
            Self::Invalid(why) => (
                StatusCode::UNAUTHORIZED,
                format!("{realm}, error=\"invalid_token\", error_description=\"{why}\""),
                "invalid_token",
                why,
            ),
            Self::Unproven(refused) => (StatusCode::UNAUTHORIZED, String::new(), refused.code(), refused.why),
            Self::Insufficient => (
                StatusCode::FORBIDDEN,
                format!("{realm}, error=\"insufficient_scope\", scope=\"{SCOPE}\""),
                "insufficient_scope",
                format!("the token lacks the scope {SCOPE}"),
            ),
        };
        let mut response = (status, Json(json!({ "error": code, "error_description": description }))).into_response();
        let challenge = Some(challenge).filter(|text| !text.is_empty());
        for challenge in challenge.and_then(|text| HeaderValue::from_str(&text).ok()).into_iter().chain(by_dpop) {
            response.headers_mut().append(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
