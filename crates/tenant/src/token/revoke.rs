//! `POST /oauth/revoke`: a client gives up a token that it holds (RFC 7009; Auth0: Revoke Refresh Tokens).

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::client_auth;
use crate::Tenant;
use crate::body::FormOrJson;
use crate::cors;
use crate::decisions::Decision;
use crate::error::ApiError;
use crate::logs::{LogEntry, LogType};
use crate::model::Client;
use crate::params::Params;
use crate::secret::Hash;
use crate::store::Revoked;
use crate::visit::Visit;

/// `POST /oauth/revoke`, as a form or as JSON. 200 says that the token is good no more, whether it ever was or not.
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    FormOrJson(sent): FormOrJson,
) -> Response {
    let mut decision = Decision::begin("/oauth/revoke", &visit, tenant.now());
    let mut client = None;
    let answer = match sent {
        Ok(params) => revoke(&tenant, &visit, &headers, &params, &mut decision, &mut client).await,
        Err(error) => Err(error),
    };
    let mut response = match answer {
        Ok(summary) => {
            decision.outcome = "revoked".into();
            decision.summary = summary;
            StatusCode::OK.into_response()
        }
        Err(error) => {
            decision.conclude_with(&error);
            match error.status {
                // The token may still be good: the client has to come again (RFC 7009 2.2.1).
                status if status.is_server_error() => {
                    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", error.description)
                }
                _ => error,
            }
            .into_response()
        }
    };
    tenant.decisions().add(decision);
    if let Some(client) = client {
        cors::answers_for(&mut response, client);
    }
    response
}

async fn revoke(
    tenant: &Tenant,
    visit: &Visit,
    headers: &HeaderMap,
    params: &Params,
    decision: &mut Decision,
    caller: &mut Option<Client>,
) -> Result<String, ApiError> {
    let client = client_auth::admit(tenant, visit, headers, params, decision, caller).await?;
    // token_type_hint only says where to look first, and every token is found by its hash (RFC 7009 2.1).
    let token = Hash::of(params.get("token").ok_or_else(|| ApiError::missing("token"))?);
    let store = tenant.store();
    let whole_grant = store.tenant_settings().await?.flags.revoke_refresh_token_grant;
    let revoked = store.revoke_token(&token, &client.client_id, whole_grant, tenant.now()).await?;
    let (own, words) = match &revoked {
        Revoked::Nothing => (true, "nobody knows the token, or it was over already: nothing to do".to_owned()),
        Revoked::NotTheirs => (false, "the token was issued to another client".to_owned()),
        Revoked::AccessToken => (true, "the access token was the client's own, and is revoked".to_owned()),
        Revoked::Families { families, access_tokens, .. } => (
            true,
            format!("revoked: {families} families of refresh tokens, with {access_tokens} access tokens they bought"),
        ),
    };
    decision.check("check_token_client", own, words.clone());
    match revoked {
        // Words that tell whoever found a token no more than they knew.
        Revoked::NotTheirs => return Err(ApiError::invalid_request("The token was issued to another client.")),
        Revoked::Families { user_id, family_id, .. } => {
            let user_name = store.user(&user_id).await.ok().flatten().map_or_else(String::new, |user| user.email);
            let entry = LogEntry::new(LogType::RefreshTokenRevoked, visit, "Refresh token revoked");
            let details = json!({ "familyId": family_id, "revoke_refresh_token_grant": whole_grant });
            tenant.log(entry.client(Some(&client)).user(&user_id, &user_name).details(details));
        }
        Revoked::Nothing | Revoked::AccessToken => {}
    }
    Ok(format!("The answer is 200: {words}."))
}
