//! AWS: temporary credentials for a role, by AssumeRoleWithWebIdentity with an ID token of the target.

use std::time::Duration;

use axum::http::StatusCode;
use migration::AddOn;
use roxmltree::{Document, Node};
use serde::Deserialize;
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;
use url::{Host, Url};

use super::misconfigured;
use crate::Tenant;
use crate::delegation::id_token;
use crate::delegation::proof::Subject;
use crate::delegation::request::DelegationRequest;
use crate::error::ApiError;

/// How long STS may take: less than the 8 s after which auth0.js 7.6.1 gives up.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// More of an answer than this is not read.
const LONGEST_ANSWER: usize = 64 * 1024;

/// `addons.aws`. A caller may send another `role`; whether it may have it is for the role's trust policy to say.
#[derive(Deserialize)]
pub(super) struct Aws {
    role: Option<String>,
    /// 900 to 43,200 (STS says no to more than the role allows). Default 3600.
    #[serde(default = "one_hour")]
    lifetime_in_seconds: u32,
    /// An addition to the vendor's fields: whom to ask. Default: AWS itself.
    #[serde(default = "aws_itself")]
    sts_endpoint: String,
}

const fn one_hour() -> u32 {
    3600
}

fn aws_itself() -> String {
    "https://sts.amazonaws.com/".into()
}

/// `{ "Credentials": { "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration" } }`.
///
/// # Errors
/// `access_denied` with the words of STS if it refuses; `sts_unavailable` if it cannot be reached or answers
/// something else than STS does.
pub(super) async fn answer(
    tenant: &Tenant,
    issuer: &str,
    add_on: &Aws,
    request: &DelegationRequest,
    subject: &Subject,
) -> Result<Value, ApiError> {
    let unusable = |why: &str| misconfigured(&request.target, AddOn::Aws, why);
    let role = request.role.as_ref().or(add_on.role.as_ref()).ok_or_else(|| unusable("role is missing"))?;
    let endpoint = tenant.addresses().expand(&add_on.sts_endpoint).swap_remove(0);
    let endpoint = Url::parse(&endpoint).map_err(|_| unusable("sts_endpoint is not an address"))?;
    // AWS knows the tenant by its published keys, so the token is RS256 whatever the target's own tokens are.
    let token = tenant.keys().sign("JWT", &id_token::claims(tenant, issuer, request, subject));
    let form = Serializer::new(String::new())
        .append_pair("Action", "AssumeRoleWithWebIdentity")
        .append_pair("Version", "2011-06-15")
        .append_pair("RoleArn", role)
        .append_pair("RoleSessionName", &session_name(&subject.user.user_id))
        .append_pair("DurationSeconds", &add_on.lifetime_in_seconds.to_string())
        .append_pair("WebIdentityToken", token.expose())
        .finish();
    let (status, body) = send(&endpoint, form).await.map_err(|why| unavailable(&endpoint, &why))?;
    read(&body).map_err(|why| unavailable(&endpoint, &format!("{why} (status {status})")))?
}

/// The user's id with what STS does not take in a name replaced: 2 to 64 of letters, digits and `_=,.@-`.
fn session_name(user_id: &str) -> String {
    let taken = |c: char| c.is_ascii_alphanumeric() || "_=,.@-".contains(c);
    let name: String = user_id.chars().map(|c| if taken(c) { c } else { '-' }).take(64).collect();
    format!("{name:->2}")
}

async fn send(endpoint: &Url, form: String) -> Result<(u16, String), String> {
    let words = |error: reqwest::Error| match error.is_timeout() {
        true => format!("it did not answer within {} s", ANSWER_WITHIN.as_secs()),
        false => error.without_url().to_string(),
    };
    let mut client = reqwest::Client::builder().timeout(ANSWER_WITHIN).redirect(reqwest::redirect::Policy::none());
    if is_loopback(endpoint) {
        client = client.no_proxy();
    }
    let mut response = client
        .build()
        .map_err(words)?
        .post(endpoint.clone())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .map_err(words)?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(words)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            return Err(format!("its answer is longer than {LONGEST_ANSWER} bytes"));
        }
    }
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

/// Proxies are for what is far away.
fn is_loopback(endpoint: &Url) -> bool {
    match endpoint.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Credentials or a refusal; the outer error says why it is neither.
fn read(body: &str) -> Result<Result<Value, ApiError>, &'static str> {
    let document = Document::parse(body).map_err(|_| "its answer is not XML")?;
    let text = |parent: Node<'_, '_>, name: &str| {
        parent.children().find(|child| child.tag_name().name() == name)?.text().map(|text| text.trim().to_owned())
    };
    let find = |name: &str| document.descendants().find(|node| node.tag_name().name() == name);
    if let Some(error) = find("Error") {
        let code = text(error, "Code").ok_or("its error has no Code")?;
        let message = text(error, "Message").unwrap_or_default();
        return Ok(Err(refusal(&code, &message)));
    }
    let credentials = find("Credentials").ok_or("its answer has neither Credentials nor Error")?;
    let mut fields = serde_json::Map::new();
    for name in ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"] {
        let value = text(credentials, name).ok_or("its Credentials are not complete")?;
        fields.insert(name.into(), json!(value));
    }
    Ok(Ok(json!({ "Credentials": fields })))
}

/// The errors of AssumeRoleWithWebIdentity (AWS STS API Reference): what the caller sent, or what the role does not
/// allow.
fn refusal(code: &str, message: &str) -> ApiError {
    let words = format!("AWS STS refused ({code}): {message}");
    match code {
        "ValidationError" | "MissingParameter" | "MalformedPolicyDocument" | "PackedPolicyTooLarge" => {
            ApiError::invalid_request(words)
        }
        "IDPCommunicationError" | "ServiceUnavailable" | "InternalFailure" | "Throttling" => {
            ApiError::new(StatusCode::BAD_GATEWAY, "sts_unavailable", words)
        }
        _ => ApiError::new(StatusCode::FORBIDDEN, "access_denied", words),
    }
}

fn unavailable(endpoint: &Url, why: &str) -> ApiError {
    let sentence = format!(
        "The STS endpoint {endpoint} gave no usable answer: {why}. It is addons.aws.sts_endpoint of the target client; \
         the tenant's own stand-in answers when it is started with --lab."
    );
    ApiError::new(StatusCode::BAD_GATEWAY, "sts_unavailable", sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_name_is_one_that_sts_takes() {
        for (user_id, name) in [("auth0|ada", "auth0-ada"), ("x", "-x"), ("", "--"), ("é", "--")] {
            assert_eq!(session_name(user_id), name);
        }
        assert_eq!(session_name(&"a".repeat(100)).len(), 64);
    }

    #[test]
    fn what_is_no_answer_of_sts_is_told_apart() {
        for body in [
            "",
            "not XML",
            "<html/>",
            "<a><Credentials/></a>",
            "<Error/>",
            "<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>",
        ] {
            assert!(read(body).is_err(), "{body}");
        }
    }
}
