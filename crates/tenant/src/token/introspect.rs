//! `POST /oauth/introspect`: an API asks whether an access token that it was sent is good (RFC 7662).
//!
//! Whoever may ask is the client that the API names in `client_id` (Management API: resource servers), with its own
//! credentials. Of tokens for other audiences, of opaque ones, which are for `/userinfo` alone, and of whatever else it
//! learns that they are not active, and nothing more.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::{client_auth, presented};
use crate::Tenant;
use crate::body::Form;
use crate::decisions::Decision;
use crate::error::ApiError;
use crate::params::Params;
use crate::tenant_file::Object;
use crate::visit::Visit;

/// `POST /oauth/introspect`, as a form (RFC 7662 2.1).
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    Form(sent): Form,
) -> Response {
    let mut decision = Decision::begin("/oauth/introspect", &visit, tenant.now());
    let answer = match sent {
        Ok(params) => introspect(&tenant, &visit, &headers, &params, &mut decision).await,
        Err(error) => Err(error),
    };
    let response = match answer {
        Ok(body) => {
            let active = body.contains_key("sub");
            decision.outcome = if active { "active" } else { "inactive" }.into();
            let why = decision.checks.last().map(|check| check.detail.as_str()).unwrap_or_default();
            decision.summary = format!("{}: {why}.", decision.outcome);
            Json(body).into_response()
        }
        Err(error) => {
            decision.conclude_with(&error);
            error.into_response()
        }
    };
    tenant.decisions().add(decision);
    response
}

async fn introspect(
    tenant: &Tenant,
    visit: &Visit,
    headers: &HeaderMap,
    params: &Params,
    decision: &mut Decision,
) -> Result<Object, ApiError> {
    let client = client_auth::admit(tenant, visit, headers, params, decision, &mut None).await?;
    // Anybody can say that they are a public client, and introspection must not help to try tokens out (RFC 7662 2.1).
    if client.is_public() {
        decision.check("check_client_confidential", false, "a public client proves nothing by its client_id");
        let error = ApiError::new(StatusCode::UNAUTHORIZED, "invalid_client", "Unauthorized");
        return Err(error.challenging("Basic realm=\"tenant\""));
    }
    let token = params.get("token").ok_or_else(|| ApiError::missing("token"))?;
    let found = presented::look_up(tenant, &visit.address.issuer, token).await?;
    let not_theirs = "it is for an API that is not the client's (client_id of the API)";
    match found.and_then(|found| if found.is_for(&client) { Ok(found.claims) } else { Err(not_theirs) }) {
        Ok(mut claims) => {
            decision.check("check_token", true, "the token is good, and for an API of the client");
            claims.shift_insert(0, "active".into(), json!(true));
            claims.insert("token_type".into(), json!(if claims.contains_key("cnf") { "DPoP" } else { "Bearer" }));
            let issued_to = claims.get("azp").cloned().unwrap_or_default();
            claims.insert("client_id".into(), issued_to);
            Ok(claims)
        }
        Err(why) => {
            decision.check("check_token", false, why);
            Ok(Object::from_iter([("active".to_owned(), Value::Bool(false))]))
        }
    }
}
