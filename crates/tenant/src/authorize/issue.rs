//! Makes what a request that passed every check is answered with: a code, or tokens by the implicit grant.

use jiff::SignedDuration;
use tokio::time::Instant;

use super::ReturnAddress;
use super::checks::Flow;
use super::facts::by;
use super::refusal::Refusal;
use super::response_type::ResponseType;
use crate::Tenant;
use crate::model::Client;
use crate::secret::Secret;
use crate::session_management::session_state;
use crate::store::{CodeRecord, SessionWithUser};
use crate::token::Authorization;

/// A code lives this long, in seconds (RFC 6749 4.1.2 allows at most ten minutes).
const CODE_LIFETIME: i64 = 60;

/// The answer of a request that passed every check.
pub(super) struct Issued<'a> {
    pub address: &'a ReturnAddress,
    pub parameters: Vec<(&'static str, String)>,
    /// For the decision record: `code` or `tokens`, and the sentence.
    pub outcome: &'static str,
    pub summary: &'static str,
}

/// Makes and stores what the request asked for.
pub(super) async fn issue<'a>(tenant: &Tenant, flow: &'a Flow<'_>, deadline: Instant) -> Result<Issued<'a>, Refusal> {
    let (Some(address), Ok(client), Some(known), Some(response_type)) =
        (flow.address.as_ref(), flow.client(), flow.known_session(), flow.response_type)
    else {
        return Err(Refusal::server_error("a check let a request through without client, address or session"));
    };
    let (mut parameters, outcome, summary) = if response_type == ResponseType::Code {
        let code = code(tenant, flow, address, client, known, deadline).await?;
        (vec![("code", code.expose().to_owned())], "code", "Every check passed: a code was issued.")
    } else {
        let tokens = tokens(tenant, flow, response_type, client, known, deadline).await?;
        (tokens, "tokens", "Every check passed: tokens were issued by the implicit grant.")
    };
    if flow.scope.iter().any(|scope| scope == "openid")
        && let Some(origin) = address.origin()
    {
        let session_state = session_state(tenant, &client.client_id, &origin, &known.session.sid);
        parameters.push(("session_state", session_state));
    }
    parameters.push(("state", address.state().unwrap_or_default().to_owned()));
    Ok(Issued { address, parameters, outcome, summary })
}

async fn code(
    tenant: &Tenant,
    flow: &Flow<'_>,
    address: &ReturnAddress,
    client: &Client,
    known: &SessionWithUser,
    deadline: Instant,
) -> Result<Secret, Refusal> {
    let code = Secret::random();
    let text = |name: &str| flow.params.get(name).map(ToOwned::to_owned);
    let record = CodeRecord {
        client_id: client.client_id.clone(),
        issuer: flow.visit.address.issuer.clone(),
        redirect_uri: address.uri().to_owned(),
        code_challenge: text("code_challenge"),
        user_id: known.user.user_id.clone(),
        sid: known.session.sid.clone(),
        scope: flow.scope.clone(),
        audience: flow.audience.clone(),
        nonce: text("nonce"),
        auth_time: auth_time(flow, known),
        state: text("state"),
    };
    let expires_at = flow.now + SignedDuration::from_secs(CODE_LIFETIME);
    let stored = by(deadline, tenant.store().issue_code(&code.hash(), &record, flow.now, expires_at)).await;
    stored.map_err(|error| Refusal::server_error(error.to_string()))?;
    Ok(code)
}

/// The tokens themselves (OpenID Connect Core 1.0, 3.2.2.5). There is no refresh token among them (RFC 6749 4.2.2).
async fn tokens(
    tenant: &Tenant,
    flow: &Flow<'_>,
    response_type: ResponseType,
    client: &Client,
    known: &SessionWithUser,
    deadline: Instant,
) -> Result<Vec<(&'static str, String)>, Refusal> {
    let authorization = Authorization {
        client,
        issuer: &flow.visit.address.issuer,
        user: Some(&known.user),
        api: flow.api(),
        scope: &flow.scope,
        sid: Some(&known.session.sid),
        auth_time: auth_time(flow, known),
        nonce: flow.params.get("nonce"),
        gty: None,
    };
    let access_token = response_type.has_access_token().then(|| authorization.access_token(tenant, flow.now, true));
    // Clients of the time before OpenID conformance got an ID token beside the access token for the scope openid
    // alone (Auth0: OIDC-conformant adoption, implicit grant).
    let id_token = (response_type.has_id_token() || !client.oidc_conformant)
        .then(|| authorization.id_token(tenant, flow.now, access_token.as_ref()))
        .flatten();
    let to_store = access_token.as_ref().map(|access_token| access_token.to_store());
    let stored = by(deadline, tenant.store().issue_directly(to_store.as_ref(), &known.session.sid, flow.now)).await;
    stored.map_err(|error| Refusal::server_error(error.to_string()))?;

    let mut parameters = Vec::new();
    if let Some(access_token) = access_token {
        parameters.extend([
            ("access_token", access_token.secret.expose().to_owned()),
            ("expires_in", access_token.lifetime.to_string()),
            ("token_type", "Bearer".to_owned()),
            ("scope", flow.scope.join(" ")),
        ]);
    }
    parameters.extend(id_token.map(|id_token| ("id_token", id_token.expose().to_owned())));
    Ok(parameters)
}

/// When the user signed in, in seconds since 1970, if the request asked to be told.
fn auth_time(flow: &Flow<'_>, known: &SessionWithUser) -> Option<i64> {
    let asked = flow.params.get("max_age").is_some() || flow.prompts("login");
    asked.then(|| known.session.authenticated_at.as_second())
}
