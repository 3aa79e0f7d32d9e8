//! A stand-in for AWS STS (only with `--lab`): checks the token as AWS would, and gives credentials that open nothing.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use maud::{Markup, html};
use serde_json::Value;

use crate::Tenant;
use crate::body::Form;
use crate::params::Params;
use crate::secret::random_text;
use crate::tenant_file::Object;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// An error in the shape that STS gives it.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

fn refuse<T>(status: u16, code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    let status = StatusCode::from_u16(status).expect("one of ours");
    Err(Refusal { status, code, message: message.into() })
}

/// `POST /lab/sts`, the form of AssumeRoleWithWebIdentity (AWS STS API Reference, 2011-06-15).
///
/// The role's trust policy is played by the tenant file: a role is trusted for a client whose add-on `aws` names it.
pub(crate) async fn post(State(tenant): State<Tenant>, Form(sent): Form) -> Response {
    let answer = match sent {
        Ok(params) => assume(&tenant, &params).await,
        Err(error) => Err(Refusal { status: error.status, code: "ValidationError", message: error.description }),
    };
    let (status, document) = match answer {
        Ok(document) => (StatusCode::OK, document),
        Err(refusal) => (
            refusal.status,
            html! {
                ErrorResponse xmlns=(NAMESPACE) {
                    Error { Type { "Sender" } Code { (refusal.code) } Message { (refusal.message) } }
                    RequestId { (random_text::<16>()) }
                }
            },
        ),
    };
    (status, [(header::CONTENT_TYPE, "text/xml")], document.into_string()).into_response()
}

async fn assume(tenant: &Tenant, params: &Params) -> Result<Markup, Refusal> {
    if let Some(name) = params.repeated(|_| true) {
        return refuse(400, "ValidationError", format!("{name} appears more than once"));
    }
    let required = |name: &str| match params.get(name) {
        Some(value) => Ok(value),
        None => refuse(400, "ValidationError", format!("{name} is missing")),
    };
    if required("Action")? != "AssumeRoleWithWebIdentity" || required("Version")? != "2011-06-15" {
        return refuse(400, "InvalidAction", "Only AssumeRoleWithWebIdentity of version 2011-06-15 is played here");
    }
    let (role, session) = (required("RoleArn")?, required("RoleSessionName")?);
    let seconds = match params.get("DurationSeconds").unwrap_or("3600").parse() {
        Ok(seconds @ 900..=43_200) => seconds,
        _ => return refuse(400, "ValidationError", "DurationSeconds must be a number from 900 to 43200"),
    };
    let claims = verified(tenant, required("WebIdentityToken")?)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let client = tenant.store().client(text("aud"), tenant.addresses()).await;
    let trusted = client.ok().flatten().is_some_and(|client| {
        client.addons.get("aws").and_then(|aws| aws.get("role")).and_then(Value::as_str) == Some(role)
    });
    if !trusted {
        return refuse(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
    }
    let expires = tenant.now() + SignedDuration::from_secs(seconds);
    Ok(html! {
        AssumeRoleWithWebIdentityResponse xmlns=(NAMESPACE) {
            AssumeRoleWithWebIdentityResult {
                SubjectFromWebIdentityToken { (text("sub")) }
                Audience { (text("aud")) }
                Provider { (text("iss")) }
                AssumedRoleUser { Arn { (role) "/" (session) } AssumedRoleId { "STANDIN:" (session) } }
                Credentials {
                    AccessKeyId { "ASIASTANDINOPENSNOTHING" }
                    SecretAccessKey { "stand-in-" (random_text::<20>()) }
                    SessionToken { "stand-in-" (random_text::<32>()) }
                    Expiration { (expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()) }
                }
            }
            ResponseMetadata { RequestId { (random_text::<16>()) } }
        }
    })
}

/// The claims of a token that one of the tenant's published keys signed, for one of its issuers, and that is still
/// good. AWS reads the same documents from outside.
fn verified(tenant: &Tenant, token: &str) -> Result<Object, Refusal> {
    const INVALID: &str = "InvalidIdentityToken";
    let keys: JwkSet = serde_json::from_value(tenant.keys().jwks()).expect("our own key set is one");
    let kid = jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid);
    let Some(jwk) = kid.as_deref().and_then(|kid| keys.find(kid)) else {
        return refuse(400, INVALID, "No OpenIDConnect provider's key signed the token");
    };
    let key = DecodingKey::from_jwk(jwk).expect("our own keys are usable");
    let mut validation = Validation::new(Algorithm::RS256);
    // The tenant's clock says what has expired, and the caller which audience is right.
    (validation.validate_exp, validation.validate_aud) = (false, false);
    let issuers: Vec<_> = tenant.addresses().tenant_origins().iter().map(|origin| format!("{origin}/")).collect();
    validation.set_issuer(&issuers);
    let claims = match jsonwebtoken::decode::<Object>(token, &key, &validation) {
        Ok(token) => token.claims,
        Err(error) => return refuse(400, INVALID, format!("Couldn't verify the token: {error}")),
    };
    let expires = claims.get("exp").and_then(Value::as_i64).unwrap_or(0);
    if expires <= tenant.now().as_second() {
        return refuse(400, "ExpiredTokenException", format!("Token expired: {expires}"));
    }
    Ok(claims)
}
