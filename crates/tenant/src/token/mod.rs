//! `POST /oauth/token`: exchanges an authorization code for tokens (RFC 6749 4.1.3, RFC 7636 4.6).

mod client_auth;
mod issue;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::Tenant;
use crate::body::{self, Accepts};
use crate::cors;
use crate::decisions::Decision;
use crate::error::ApiError;
use crate::logs::{LogEntry, LogType};
use crate::model::Client;
use crate::params::Params;
use crate::secret::{Hash, Secret, sha256};
use crate::store::{CodeRecord, NewAccessToken, Redemption};
use crate::visit::Visit;

/// `POST /oauth/token`, as a form (RFC 6749 3.2) or, as Auth0 allows, as JSON.
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut exchange = Exchange {
        decision: Decision::begin("/oauth/token", &visit, tenant.now()),
        tenant: &tenant,
        visit: &visit,
        client: None,
        code: None,
    };
    let answer = match body::parameters(&headers, body, Accepts::FormOrJson).await {
        Ok(params) => exchange.run(&headers, params).await,
        Err(error) => Err(error),
    };
    exchange.conclude(answer)
}

/// One exchange on its way, with the record it leaves.
struct Exchange<'a> {
    tenant: &'a Tenant,
    visit: &'a Visit,
    decision: Decision,
    client: Option<Client>,
    code: Option<CodeRecord>,
}

impl Exchange<'_> {
    async fn run(&mut self, headers: &HeaderMap, params: Params) -> Result<Response, ApiError> {
        self.decision.about(params.get("client_id"), None);
        if let Some(name) = params.repeated(|_| true) {
            return Err(ApiError::invalid_request(format!("{name} appears more than once")));
        }
        let required = |name: &'static str| params.get(name).ok_or_else(|| ApiError::missing(name));
        let grant_type = required("grant_type")?;

        let client = client_auth::authenticate(self.tenant, headers, &params).await?;
        self.decision.about(Some(&client.client_id), None);
        self.decision.check("check_client", true, format!("{} is registered and authenticated", client.client_id));
        let client = &*self.client.insert(client);
        cors::check_origin(self.visit, client)?;
        self.decision.check("check_origin", true, self.visit.origin.clone().unwrap_or_else(|| "no Origin came".into()));

        if grant_type != "authorization_code" {
            return Err(ApiError::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", "Grant type not supported"));
        }
        if !client.may_use(grant_type) {
            let sentence = format!("Grant type '{grant_type}' not allowed for the client.");
            return Err(ApiError::new(StatusCode::FORBIDDEN, "unauthorized_client", sentence));
        }
        self.decision.check("check_grant_type", true, "authorization_code is allowed for the client");

        let presented = Hash::of(required("code")?);
        let redirect_uri = required("redirect_uri")?;
        let now = self.tenant.now();
        let store = self.tenant.store();
        let Some((code, expires_at)) = store.code(&presented).await? else {
            self.decision.check("check_code", false, "no such code: it was never issued, or its session has ended");
            return Err(invalid_code());
        };
        self.decision.about(Some(&client.client_id), code.state.as_deref());
        let code = &*self.code.insert(code);

        let misused = [
            (
                "check_code_client",
                code.client_id == client.client_id,
                "the code was issued to the client that presents it",
            ),
            (
                "check_code_issuer",
                code.issuer == self.visit.address.issuer,
                "the code is presented at the issuer that made it",
            ),
            ("check_code_redirect_uri", code.redirect_uri == redirect_uri, "redirect_uri is the one of the request"),
            ("check_code_lifetime", now < expires_at, "the code has not expired"),
            ("check_pkce", verifier_fits(code, params.get("code_verifier")), "code_verifier fits the code_challenge"),
        ];
        for (name, holds, claim) in misused {
            self.decision.check(name, holds, if holds { claim.to_owned() } else { format!("not so: {claim}") });
            if !holds {
                // A code that was presented wrongly is spent: nobody gets a second guess.
                self.redeem(&presented, None).await?;
                return Err(if name == "check_pkce" { wrong_verifier() } else { invalid_code() });
            }
        }
        let user = store.user(&code.user_id).await?.filter(|user| !user.blocked);
        let Some(user) = user else {
            self.decision.check("check_user", false, "the user is gone or blocked");
            self.redeem(&presented, None).await?;
            return Err(invalid_code());
        };
        self.decision.check("check_user", true, "the user is there and not blocked");

        let issued = issue::tokens(self.tenant, client, code, &user, now).await?;
        let bought =
            NewAccessToken { hash: issued.access_token.hash(), record: &issued.record, expires_at: issued.expires_at };
        if let Redemption::Replayed { revoked } = self.redeem(&presented, Some(bought)).await? {
            self.decision.check(
                "check_code_unused",
                false,
                format!("the code was used before; {revoked} access tokens it bought are revoked"),
            );
            return Err(invalid_code());
        }
        self.decision.check("check_code_unused", true, "the code was not used before, and is spent now");
        Ok(Json(issued.body).into_response())
    }

    async fn redeem(&self, code: &Hash, bought: Option<NewAccessToken<'_>>) -> Result<Redemption, ApiError> {
        Ok(self.tenant.store().redeem_code(code, bought, self.tenant.now()).await?)
    }

    /// Writes the record and the log entry, and answers.
    fn conclude(mut self, answer: Result<Response, ApiError>) -> Response {
        let (kind, description) = match &answer {
            Ok(_) => {
                self.decision.outcome = "tokens".into();
                self.decision.summary = "The code was exchanged for tokens.".into();
                (LogType::CodeExchanged, "Authorization Code for Access Token".to_owned())
            }
            Err(error) => {
                let why = self.decision.checks.last().filter(|check| !check.passed).map(|check| check.detail.clone());
                let why = why.unwrap_or_else(|| error.description.clone());
                self.decision.outcome = error.code.into();
                self.decision.summary = format!("{}: {why}.", error.code);
                (LogType::CodeExchangeFailed, error.description.clone())
            }
        };
        let mut entry = LogEntry::new(kind, self.visit, description).client(self.client.as_ref());
        if let Some(code) = &self.code {
            entry = entry
                .user(&code.user_id, "")
                .audience_and_scope(code.audience.as_deref(), Some(&code.scope.join(" ")))
                .details(json!({ "session_id": code.sid }));
        }
        self.tenant.log(entry);
        self.tenant.decisions().add(self.decision);
        let mut response = answer.unwrap_or_else(IntoResponse::into_response);
        if let Some(client) = self.client {
            cors::answers_for(&mut response, client);
        }
        response
    }
}

fn invalid_code() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "invalid_grant", "Invalid authorization code")
}

fn wrong_verifier() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "invalid_grant", "Failed to verify code verifier")
}

/// RFC 7636 4.6. A verifier for a code without challenge is refused too: somebody took the challenge out
/// (RFC 9700 2.1.1).
fn verifier_fits(code: &CodeRecord, verifier: Option<&str>) -> bool {
    match (&code.code_challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            let computed = URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()));
            (43..=128).contains(&verifier.len()) && Secret::from(computed).matches(challenge)
        }
        _ => false,
    }
}
