//! `GET /lab/notes` (only with `--lab`): a protected API, which checks access tokens as an API should (RFC 9068 4, RFC 6750 3).

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::error::ApiError;
use crate::tenant_file::Object;
use crate::visit::Visit;
use crate::{Tenant, access_tokens};

/// The API's identifier: the audience that its access tokens are for.
const AUDIENCE: &str = "https://notes.example.com";
/// The scope that reading takes.
const SCOPE: &str = "read:notes";

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
enum Refused {
    /// No token came: there is nothing to say about it.
    Missing,
    /// The token is not one that this API takes.
    Invalid(String),
    /// The token is good, but not for this.
    Insufficient,
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
    match check(&headers, verify, &visit.address.issuer, tenant.now()) {
        Ok(subject) => Json(notes(&subject)).into_response(),
        Err(refused) => refused.into_response(),
    }
}

/// The subject of a token that may read, or the first thing that is wrong.
fn check(
    headers: &HeaderMap,
    verify: impl Fn(&str) -> Result<Object, String>,
    issuer: &str,
    now: Timestamp,
) -> Result<String, Refused> {
    let invalid = |why: &str| Refused::Invalid(why.to_owned());
    let value = headers.get(header::AUTHORIZATION).ok_or(Refused::Missing)?;
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Refused::Missing)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refused::Missing);
    }
    let claims = verify(token.trim()).map_err(|_| invalid("the token is not a JWT signed by this tenant"))?;
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
    Ok(subject.to_owned())
}

fn notes(subject: &str) -> Value {
    let notes = ["Tokens live for a minute here.", "A silent renewal brings the next one.", "Nobody was interrupted."];
    let notes: Vec<_> = notes.iter().zip(1..).map(|(text, id)| json!({ "id": id, "text": text })).collect();
    json!({ "owner": subject, "notes": notes })
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
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
            Self::Insufficient => (
                StatusCode::FORBIDDEN,
                format!("{realm}, error=\"insufficient_scope\", scope=\"{SCOPE}\""),
                "insufficient_scope",
                format!("the token lacks the scope {SCOPE}"),
            ),
        };
        let mut response = (status, Json(json!({ "error": code, "error_description": description }))).into_response();
        if let Ok(challenge) = HeaderValue::from_str(&challenge) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
