//! Who calls the Management API: the bearer token that must come with every request, and what it allows.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::PREFIX;
use super::error::ManagementError;
use crate::Tenant;
use crate::logs::{LogEntry, LogType};
use crate::model::Client;
use crate::visit::Visit;

/// A caller whose access token is good for the Management API.
pub(super) struct Access {
    pub tenant: Tenant,
    visit: Visit,
    client: Option<Client>,
    scopes: Vec<String>,
    method: Method,
    path: String,
}

impl Access {
    /// The issuer that was asked.
    pub(super) fn issuer(&self) -> &str {
        &self.visit.address.issuer
    }

    /// Goes on if the token has one of these scopes.
    pub(super) fn require(&self, any_of: &[&str]) -> Result<(), ManagementError> {
        if any_of.iter().any(|scope| self.has(scope)) {
            return Ok(());
        }
        Err(ManagementError::new(
            StatusCode::FORBIDDEN,
            "insufficient_scope",
            format!("Insufficient scope, expected any of: {}", any_of.join(",")),
        ))
    }

    pub(super) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| own == scope)
    }

    /// Logs what came of a change (`sapi`, `fapi`). `fields` names what was sent; values may be secrets.
    pub(super) fn logged<T>(
        &self,
        what: &str,
        fields: &[String],
        outcome: Result<T, ManagementError>,
    ) -> Result<T, ManagementError> {
        let (kind, response) = match &outcome {
            Ok(_) => (LogType::ManagementSucceeded, json!({})),
            Err(error) => {
                let response = json!({
                    "statusCode": error.status.as_u16(),
                    "body": { "errorCode": error.code, "message": error.message },
                });
                (LogType::ManagementFailed, response)
            }
        };
        self.log(kind, what, json!({ "fields": fields }), response);
        outcome
    }

    /// Logs that secrets were read (`mgmt_api_read`).
    pub(super) fn log_secrets_read(&self, what: &str) {
        self.log(LogType::ManagementSecretsRead, what, json!({}), json!({}));
    }

    fn log(&self, kind: LogType, what: &str, mut request: Value, response: Value) {
        request["method"] = json!(self.method.as_str().to_lowercase());
        request["path"] = json!(self.path);
        request["channel"] = json!("api");
        let details = json!({ "request": request, "response": response });
        let entry = LogEntry::new(kind, &self.visit, what).client(self.client.as_ref());
        self.tenant.log(entry.details(details));
    }
}

impl FromRequestParts<Tenant> for Access {
    type Rejection = ManagementError;

    async fn from_request_parts(parts: &mut Parts, tenant: &Tenant) -> Result<Self, ManagementError> {
        let visit = parts.extensions.get::<Visit>().cloned().ok_or_else(invalid)?;
        let token = bearer(parts)?;
        let claims = tenant.keys().verify(&token).map_err(|_| invalid())?;
        if claims.get("iss").and_then(Value::as_str) != Some(&visit.address.issuer) {
            return Err(invalid());
        }
        let expires = claims.get("exp").and_then(Value::as_i64).unwrap_or_default();
        if expires <= tenant.now().as_second() {
            return Err(ManagementError::unauthorized("Expired token received for JSON Web Token validation"));
        }
        let audiences = texts(claims.get("aud"));
        let own = tenant.store().system_apis(tenant.addresses()).await?;
        if !audiences.iter().any(|audience| own.contains(audience)) {
            let message = format!("Bad audience: {}, expected {}", audiences.join(" "), own.join(" or "));
            return Err(ManagementError::unauthorized(message));
        }
        let client_id = claims.get("azp").and_then(Value::as_str).unwrap_or_default();
        let scope = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
        Ok(Self {
            client: tenant.store().client(client_id, tenant.addresses()).await?,
            scopes: scope.split_whitespace().map(ToOwned::to_owned).collect(),
            tenant: tenant.clone(),
            visit,
            method: parts.method.clone(),
            path: format!("{PREFIX}{}", parts.uri.path()),
        })
    }
}

fn invalid() -> ManagementError {
    ManagementError::unauthorized("Invalid token")
}

fn bearer(parts: &Parts) -> Result<String, ManagementError> {
    let value = parts.headers.get(header::AUTHORIZATION);
    let value = value.ok_or_else(|| ManagementError::unauthorized("Missing authentication"))?;
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(invalid)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim().to_owned()) } else { Err(invalid()) }
}

/// `aud` is one text or a list of them (RFC 7519 4.1.3).
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
        _ => Vec::new(),
    }
}
