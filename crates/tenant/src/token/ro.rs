//! `POST /oauth/ro`: the password exchange from before `/oauth/token` took passwords (Auth0: Resource Owner, legacy).

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::Value;

use super::scope::Granted;
use super::{Exchange, Grant};
use crate::Tenant;
use crate::body::FormOrJson;
use crate::credentials::{self, Rejected};
use crate::error::ApiError;
use crate::model::{CONNECTION, Client};
use crate::params::Params;
use crate::visit::Visit;

/// The grant type that lets a client use it.
const GRANT: &str = "http://auth0.com/oauth/legacy/grant-type/ro";

/// Takes a form (auth0.js up to version 8) or JSON.
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    FormOrJson(sent): FormOrJson,
) -> Response {
    let mut exchange = Exchange::begin("/oauth/ro", &tenant, &visit);
    exchange.grant = Grant::Password;
    let answer = match sent {
        Ok(params) => run(&mut exchange, &headers, &params).await,
        Err(error) => Err(error),
    };
    exchange.conclude(answer)
}

async fn run(exchange: &mut Exchange<'_>, headers: &HeaderMap, params: &Params) -> Result<Value, ApiError> {
    let client = exchange.admit(headers, params).await?;
    may_use_it(exchange, &client).await?;

    let required = |name: &'static str| params.get(name).ok_or_else(|| ApiError::missing(name));
    if required("grant_type")? != "password" {
        return Err(ApiError::invalid_request("grant_type must be password"));
    }
    if required("connection")? != CONNECTION {
        return Err(ApiError::invalid_request(format!("Unknown connection; this tenant has {CONNECTION} alone")));
    }
    let (username, password) = (required("username")?, required("password")?);
    // The old refresh tokens were one for each device, so its name had to be given.
    let renewable = params.get("device").is_some();
    let granted = Granted::of(params.get("scope").unwrap_or_default(), &client, None, renewable);
    exchange.decision.check("check_scope", true, granted.to_string());
    exchange.about.scope = Some(granted.scope.join(" "));

    let user = exchange.user_with_password(&client, username, password, refused).await?;
    exchange.no_second_factor(&user, None)?;
    exchange.tokens_for_password(&client, &user, None, &granted.scope).await
}

/// Whether tenant and client still have the endpoint: both must, and clients that are OIDC-conformant never do.
async fn may_use_it(exchange: &mut Exchange<'_>, client: &Client) -> Result<(), ApiError> {
    let flag = exchange.tenant.store().tenant_settings().await?.flags.allow_legacy_ro_grant_types;
    exchange.decision.check("check_tenant_flag", flag, format!("flags.allow_legacy_ro_grant_types is {flag}"));
    if !flag {
        let sentence = "The endpoint /oauth/ro is disabled for this tenant. Use /oauth/token.";
        return Err(ApiError::new(StatusCode::NOT_FOUND, "endpoint_disabled", sentence));
    }
    let allowed = client.may_use(GRANT) && client.is_first_party && !client.oidc_conformant;
    let found = format!(
        "{} {} the grant type, oidc_conformant is {}, is_first_party is {}",
        client.client_id,
        if client.may_use(GRANT) { "has" } else { "lacks" },
        client.oidc_conformant,
        client.is_first_party
    );
    exchange.decision.check("check_grant_type", allowed, found);
    if allowed {
        return Ok(());
    }
    let sentence = format!("Grant type '{GRANT}' not allowed for the client.");
    Err(ApiError::new(StatusCode::FORBIDDEN, "unauthorized_client", sentence))
}

fn refused(rejected: Rejected) -> ApiError {
    let (status, code, sentence) = match rejected {
        Rejected::Wrong => (StatusCode::UNAUTHORIZED, "invalid_user_password", credentials::WRONG),
        Rejected::Blocked => (StatusCode::UNAUTHORIZED, "unauthorized", "user is blocked"),
        Rejected::TooManyAttempts(refused) => return refused.into_error("too_many_attempts"),
        Rejected::Failed(error) => return error,
    };
    ApiError::new(status, code, sentence)
}
