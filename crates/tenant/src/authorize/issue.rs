//! Makes what a request that passed every check is answered with: a code, tokens, or both.

use jiff::SignedDuration;
use tokio::time::Instant;

use super::ReturnAddress;
use super::checks::Flow;
use super::facts::by;
use super::refusal::Refusal;
use super::response_type::ResponseType;
use crate::Tenant;
use crate::model::{Client, UserAuthentication};
use crate::partitioned_sessions::is_offered;
use crate::secret::Secret;
use crate::session_management::session_state;
use crate::store::{CodeRecord, NewCode, SessionClient, SessionWithUser};
use crate::token::{AccessToken, Authorization};

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
    if client.is_told_of_logouts() {
        let issuer = flow.visit.address.issuer.clone();
        let known_by = SessionClient { client_id: client.client_id.clone(), issuer };
        let stored = by(deadline, tenant.store().add_session_client(&known.session.sid, &known_by)).await;
        stored.map_err(|error| Refusal::server_error(error.to_string()))?;
    }
    let code = response_type.code.then(Secret::random);
    let record = code_record(flow, address, client, known);
    let to_store = code.as_ref().map(|code| NewCode {
        hash: code.hash(),
        record: &record,
        expires_at: flow.now + SignedDuration::from_secs(CODE_LIFETIME),
    });
    let tokens = tokens(tenant, flow, response_type, client, known, code.as_ref());
    let access_token = tokens.access_token.as_ref().map(AccessToken::to_store);
    let stored = tenant.store().issue(to_store.as_ref(), access_token.as_ref(), &known.session.sid, flow.now);
    by(deadline, stored).await.map_err(|error| Refusal::server_error(error.to_string()))?;

    let (outcome, summary) = match (response_type.code, response_type.has_tokens()) {
        (_, false) => ("code", "Every check passed: a code was issued."),
        (false, true) => ("tokens", "Every check passed: tokens were issued by the implicit grant."),
        (true, true) => ("tokens", "Every check passed: a code and tokens were issued by the hybrid flow."),
    };
    let mut parameters: Vec<_> = code.iter().map(|code| ("code", code.expose().to_owned())).collect();
    parameters.extend(tokens.parameters(flow));
    if flow.scope.iter().any(|scope| scope == "openid")
        && let Some(origin) = address.origin()
    {
        let session_state = session_state(tenant, &client.client_id, &origin, &known.session.sid);
        parameters.push(("session_state", session_state));
    }
    if code.is_some()
        && !record.partitioned
        && address.origin().is_some_and(|origin| is_offered(client, &flow.visit.address, &origin))
    {
        parameters.push(("partitioned_session", "true".to_owned()));
    }
    parameters.push(("state", address.state().unwrap_or_default().to_owned()));
    parameters.push(("iss", flow.visit.address.issuer.clone()));
    Ok(Issued { address, parameters, outcome, summary })
}

/// What a code is bound to.
fn code_record(flow: &Flow<'_>, address: &ReturnAddress, client: &Client, known: &SessionWithUser) -> CodeRecord {
    let text = |name: &str| flow.params.get(name).map(ToOwned::to_owned);
    CodeRecord {
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
        claims: flow.claims.clone(),
        authentication: authentication(known),
        partitioned: flow.facts.by_partition(),
        dpop_jkt: text("dpop_jkt"),
    }
}

/// The tokens of the answer itself (OpenID Connect Core 1.0, 3.2.2.5 and 3.3.2.5). There is no refresh token among them
/// (RFC 6749 4.2.2).
#[derive(Default)]
struct Tokens {
    access_token: Option<AccessToken>,
    id_token: Option<Secret>,
}

impl Tokens {
    fn parameters(self, flow: &Flow<'_>) -> Vec<(&'static str, String)> {
        let mut parameters = Vec::new();
        if let Some(access_token) = self.access_token {
            parameters.extend([
                ("access_token", access_token.secret.expose().to_owned()),
                ("expires_in", access_token.lifetime.to_string()),
                ("token_type", "Bearer".to_owned()),
                ("scope", flow.scope.join(" ")),
            ]);
        }
        parameters.extend(self.id_token.map(|id_token| ("id_token", id_token.expose().to_owned())));
        parameters
    }
}

fn tokens(
    tenant: &Tenant,
    flow: &Flow<'_>,
    response_type: ResponseType,
    client: &Client,
    known: &SessionWithUser,
    code: Option<&Secret>,
) -> Tokens {
    if !response_type.has_tokens() {
        return Tokens::default();
    }
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
        claims: &flow.claims,
        authentication: authentication(known),
        act: None,
        jkt: None,
    };
    let access_token = response_type.token.then(|| authorization.access_token(tenant, flow.now, true));
    // Clients of the time before OpenID conformance got an ID token beside the access token for the scope openid
    // alone (Auth0: OIDC-conformant adoption, implicit grant).
    let id_token = (response_type.id_token || (code.is_none() && !client.oidc_conformant))
        .then(|| authorization.id_token(tenant, flow.now, access_token.as_ref(), code))
        .flatten();
    Tokens { access_token, id_token }
}

/// When the user signed in, in seconds since 1970, if the request asked to be told.
fn auth_time(flow: &Flow<'_>, known: &SessionWithUser) -> Option<i64> {
    let asked = flow.params.get("max_age").is_some() || flow.prompts("login") || flow.claims.asks_for_auth_time();
    asked.then(|| known.session.authenticated_at.as_second())
}

/// How the user of a session signed in.
fn authentication(known: &SessionWithUser) -> UserAuthentication {
    UserAuthentication::with_code(known.session.second_factor_at.is_some())
}
