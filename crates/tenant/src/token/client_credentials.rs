//! The grant `client_credentials` (RFC 6749 4.4): a confidential client acts for itself, at an API that it was granted.

use axum::http::StatusCode;
use serde_json::Value;

use super::{Exchange, issue::Authorization};
use crate::error::ApiError;
use crate::model::{Client, RequestedClaims, UserAuthentication};
use crate::params::Params;

pub(super) async fn exchange(exchange: &mut Exchange<'_>, client: &Client, params: &Params) -> Result<Value, ApiError> {
    let tenant = exchange.tenant;
    let (now, store) = (tenant.now(), tenant.store());
    let audience = exchange.audience(params).await?.ok_or_else(|| ApiError::missing("audience"))?;
    exchange.about.audience = Some(audience.clone());
    let refused = |sentence: String| ApiError::new(StatusCode::FORBIDDEN, "access_denied", sentence);
    let Some(api) = store.api(&audience, tenant.addresses()).await? else {
        exchange.decision.check("check_audience", false, format!("no API of the tenant has the identifier {audience}"));
        return Err(refused(format!("Service not enabled within domain: {audience}")));
    };
    let Some(allowed) = store.client_grant(&client.client_id, &audience, tenant.addresses()).await? else {
        exchange.decision.check(
            "check_client_grant",
            false,
            format!("no client grant lets {} call {audience}", client.client_id),
        );
        return Err(refused(format!(
            "Client is not authorized to access \"{audience}\". Create a client grant for this API."
        )));
    };
    let asked: Vec<_> = params.get("scope").unwrap_or_default().split(' ').filter(|scope| !scope.is_empty()).collect();
    if let Some(other) = asked.iter().find(|asked| !allowed.iter().any(|allowed| allowed == *asked)) {
        exchange.decision.check("check_client_grant", false, format!("the client grant does not have {other}"));
        return Err(refused(format!("Client has not been granted scopes: {other}")));
    }
    let scope: Vec<String> =
        allowed.into_iter().filter(|scope| asked.is_empty() || asked.contains(&scope.as_str())).collect();
    exchange.decision.check("check_client_grant", true, format!("granted: {}", scope.join(" ")));
    exchange.about.scope = Some(scope.join(" "));

    let binding = exchange.binding(client, Some(&api))?;
    let authorization = Authorization {
        client,
        issuer: &exchange.visit.address.issuer,
        user: None,
        api: Some(&api),
        scope: &scope,
        sid: None,
        auth_time: None,
        nonce: None,
        gty: Some("client-credentials"),
        claims: &RequestedClaims::default(),
        authentication: UserAuthentication::default(),
        act: None,
        jkt: binding.as_deref(),
    };
    let issued = authorization.tokens(tenant, now);
    store.add_tokens(&issued.bought(), now).await?;
    Ok(issued.body)
}
