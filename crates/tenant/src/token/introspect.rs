//! `POST /oauth/introspect`: an API asks whether an access token that it was sent is good (RFC 7662).
//!
//! Whoever may ask is the client that the API names in `client_id` (Management API: resource servers), with its own
//! credentials. Of tokens for other audiences, of opaque ones, which are for `/userinfo` alone, and of whatever else it
//! learns that they are not active, and nothing more.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::client_auth;
use crate::Tenant;
use crate::body::{self, Accepts};
use crate::decisions::Decision;
use crate::error::ApiError;
use crate::model::Client;
use crate::params::Params;
use crate::secret::Hash;
use crate::tenant_file::Object;
use crate::visit::Visit;

/// `POST /oauth/introspect`, as a form (RFC 7662 2.1).
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut decision = Decision::begin("/oauth/introspect", &visit, tenant.now());
    let answer = match body::parameters(&headers, body, Accepts::Form).await {
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
    match claims(tenant, visit, &client, token).await? {
        Ok(mut claims) => {
            decision.check("check_token", true, "the token is good, and for an API of the client");
            claims.shift_insert(0, "active".into(), json!(true));
            claims.insert("token_type".into(), json!("Bearer"));
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

/// What the token says, or why that does not count.
async fn claims(
    tenant: &Tenant,
    visit: &Visit,
    caller: &Client,
    token: &str,
) -> Result<Result<Object, &'static str>, ApiError> {
    let (store, addresses) = (tenant.store(), tenant.addresses());
    // Tokens are known by their hash, so one that is found is ours, letter for letter.
    let Some(record) = store.access_token(&Hash::of(token), tenant.now()).await? else {
        return Ok(Err("no such access token, or it has expired, was revoked or ended with its session"));
    };
    if record.issuer != visit.address.issuer {
        return Ok(Err("it was issued at another address of the tenant"));
    }
    let Some(audience) = &record.audience else {
        return Ok(Err("it is for /userinfo alone"));
    };
    let api = store.api(audience, addresses).await?;
    let Some(api) = api.filter(|api| api.client_id.as_ref() == Some(&caller.client_id)) else {
        return Ok(Err("it is for an API that is not the client's (client_id of the API)"));
    };
    if store.client(&record.client_id, addresses).await?.is_none() {
        return Ok(Err("the client it was issued to is gone"));
    }
    if record.user_id != format!("{}@clients", record.client_id)
        && store.user(&record.user_id).await?.is_none_or(|user| user.blocked)
    {
        return Ok(Err("its user is gone or blocked"));
    }
    Ok(api.verify(tenant.keys(), token).map_err(|_| "the key that signed it was revoked"))
}
