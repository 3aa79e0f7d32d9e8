//! `POST /oauth/token`: exchanges a code, a refresh token, a password or a client's own secret for tokens (RFC 6749 3.2).

mod client_assertion;
mod client_auth;
mod client_credentials;
mod code;
pub(crate) mod exchange;
mod faulty;
pub(crate) mod introspect;
mod issue;
pub(crate) mod mfa_otp;
mod password;
mod presented;
mod refresh;
pub(crate) mod revoke;
pub(crate) mod ro;
mod scope;

pub(crate) use issue::{AccessToken, Authorization};
pub(crate) use scope::Granted;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jiff::SignedDuration;
use serde_json::Value;

use crate::body::FormOrJson;
use crate::cors;
use crate::decisions::Decision;
use crate::dpop;
use crate::error::ApiError;
use crate::logs::{LogEntry, LogType};
use crate::model::{Api, Client};
use crate::params::Params;
use crate::visit::Visit;
use crate::{Tenant, partitioned_sessions};

/// What a client may exchange for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grant {
    AuthorizationCode,
    RefreshToken,
    Password,
    PasswordRealm,
    MfaOtp,
    ClientCredentials,
    TokenExchange,
}

impl Grant {
    /// What is exchanged, in words for people and as Auth0's log has it.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::AuthorizationCode => ("The code", "Authorization Code"),
            Self::RefreshToken => ("The refresh token", "Refresh Token"),
            Self::Password | Self::PasswordRealm => ("The password", "Password"),
            Self::MfaOtp => ("The one-time code", "Password and One-time Code"),
            Self::ClientCredentials => ("The client's own secret", "Client Credentials"),
            Self::TokenExchange => ("The user's token", "Subject Token"),
        }
    }
}

/// Every grant with its name on the wire and what the log calls its success and its failure.
const GRANTS: [(Grant, &str, LogType, LogType); 7] = [
    (Grant::MfaOtp, mfa_otp::GRANT, LogType::PasswordExchanged, LogType::PasswordExchangeFailed),
    (Grant::TokenExchange, exchange::GRANT, LogType::TokenExchanged, LogType::TokenExchangeFailed),
    (Grant::AuthorizationCode, "authorization_code", LogType::CodeExchanged, LogType::CodeExchangeFailed),
    (Grant::RefreshToken, "refresh_token", LogType::RefreshTokenExchanged, LogType::RefreshTokenExchangeFailed),
    (Grant::Password, "password", LogType::PasswordExchanged, LogType::PasswordExchangeFailed),
    (
        Grant::PasswordRealm,
        "http://auth0.com/oauth/grant-type/password-realm",
        LogType::PasswordExchanged,
        LogType::PasswordExchangeFailed,
    ),
    (
        Grant::ClientCredentials,
        "client_credentials",
        LogType::ClientCredentialsExchanged,
        LogType::ClientCredentialsExchangeFailed,
    ),
];

/// `POST /oauth/token`, as a form (RFC 6749 3.2) or, as Auth0 allows, as JSON.
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    FormOrJson(sent): FormOrJson,
) -> Response {
    let mut exchange = Exchange::begin("/oauth/token", &tenant, &visit);
    let (answer, trouble) = match sent {
        Ok(params) => {
            let mut answer = exchange.run(&headers, &params).await;
            let trouble = faulty::tamper(&mut exchange, &params, &mut answer).await;
            (answer, trouble)
        }
        Err(error) => (Err(error), None),
    };
    let response = exchange.conclude(answer);
    match trouble {
        Some(trouble) => trouble.befall(response).await,
        None => response,
    }
}

/// One exchange on its way, with the record it leaves.
struct Exchange<'a> {
    tenant: &'a Tenant,
    visit: &'a Visit,
    decision: Decision,
    client: Option<Client>,
    /// As far as the request got; a code until it says otherwise.
    grant: Grant,
    about: About,
    /// A partitioned session that came with the tokens, and how long its cookie lasts.
    partitioned: Option<(partitioned_sessions::Bought, SignedDuration)>,
    /// The thumbprint of the key that the client proved to hold, if it did (RFC 9449).
    proven: Option<String>,
    /// The nonce for the client's next proof.
    nonce: Option<HeaderValue>,
}

/// What the log tells of an exchange, as far as it is known.
#[derive(Default)]
struct About {
    user_id: Option<String>,
    user_name: String,
    audience: Option<String>,
    scope: Option<String>,
    details: Value,
    /// A spent refresh token came.
    reused: bool,
}

impl<'a> Exchange<'a> {
    fn begin(endpoint: &'static str, tenant: &'a Tenant, visit: &'a Visit) -> Self {
        Self {
            decision: Decision::begin(endpoint, visit, tenant.now()),
            tenant,
            visit,
            client: None,
            grant: Grant::AuthorizationCode,
            about: About::default(),
            partitioned: None,
            proven: None,
            nonce: None,
        }
    }

    async fn run(&mut self, headers: &HeaderMap, params: &Params) -> Result<Value, ApiError> {
        self.decision.about(params.get("client_id"), None);
        let grant_type = params.get("grant_type").ok_or_else(|| ApiError::missing("grant_type"))?;
        let known = GRANTS.iter().find(|(_, name, ..)| *name == grant_type);
        self.grant = known.map_or(self.grant, |(grant, ..)| *grant);

        let client = self.admit(headers, params).await?;

        let Some((grant, name, ..)) = known else {
            return Err(ApiError::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", "Grant type not supported"));
        };
        self.check_grant(&client, *grant, name)?;
        self.check_proof(&client, headers).await?;
        match grant {
            Grant::AuthorizationCode => code::exchange(self, &client, params).await,
            Grant::RefreshToken => refresh::exchange(self, &client, params).await,
            Grant::Password | Grant::PasswordRealm => password::exchange(self, &client, params, *grant).await,
            Grant::MfaOtp => mfa_otp::exchange(self, &client, params).await,
            Grant::ClientCredentials => client_credentials::exchange(self, &client, params).await,
            Grant::TokenExchange => exchange::exchange(self, &client, params).await,
        }
    }

    /// The client that sends the request.
    async fn admit(&mut self, headers: &HeaderMap, params: &Params) -> Result<Client, ApiError> {
        let (tenant, visit) = (self.tenant, self.visit);
        client_auth::admit(tenant, visit, headers, params, &mut self.decision, &mut self.client).await
    }

    /// Whether the client was given this grant, and may have been: neither passwords for third parties, nor a secret
    /// of its own or an exchange for a client that has none (Auth0: Application Grant Types).
    fn check_grant(&mut self, client: &Client, grant: Grant, name: &str) -> Result<(), ApiError> {
        let never = match grant {
            Grant::Password | Grant::PasswordRealm | Grant::MfaOtp if !client.is_first_party => {
                Some("and is never for third parties")
            }
            Grant::ClientCredentials | Grant::TokenExchange if client.is_public() => {
                Some("and is never for public clients")
            }
            Grant::TokenExchange if !client.is_first_party => Some("and is never for third parties"),
            _ => None,
        };
        if let Some(why) = never.or((!client.may_use(name)).then_some("and is not among its grant_types")) {
            self.decision.check("check_grant_type", false, format!("{name} is not allowed for the client, {why}"));
            let sentence = format!("Grant type '{name}' not allowed for the client.");
            return Err(ApiError::new(StatusCode::FORBIDDEN, "unauthorized_client", sentence));
        }
        self.decision.check("check_grant_type", true, format!("{name} is allowed for the client"));
        Ok(())
    }

    /// The key that the client proves to hold, if it does. Public clients need a nonce for it (Auth0: DPoP).
    async fn check_proof(&mut self, client: &Client, headers: &HeaderMap) -> Result<(), ApiError> {
        let asked = dpop::Asked {
            headers,
            method: "POST",
            uri: &format!("{}oauth/token", self.visit.address.issuer),
            access_token: None,
            wants_nonce: client.is_public(),
        };
        let proven = dpop::check(self.tenant, &asked).await?;
        if client.is_public() && !matches!(proven, Ok(None)) {
            self.nonce = Some(dpop::nonce(self.tenant));
        }
        match proven {
            Ok(None) => Ok(()),
            Ok(Some(jkt)) => {
                self.decision.check("check_dpop_proof", true, format!("the client holds the key {jkt}"));
                self.proven = Some(jkt);
                Ok(())
            }
            Err(refused) => {
                let code = refused.code();
                self.decision.check(refused.check, false, refused.why.clone());
                Err(ApiError::new(StatusCode::BAD_REQUEST, code, refused.why))
            }
        }
    }

    /// What the access token for this API is bound to.
    fn binding(&mut self, client: &Client, api: Option<&Api>) -> Result<Option<String>, ApiError> {
        let binding = dpop::binding(client, api, self.proven.as_deref());
        match &binding {
            Err(error) => self.decision.check("check_proof_of_possession", false, error.description.clone()),
            Ok(Some(_)) => {
                self.decision.check("check_proof_of_possession", true, "the access token is bound to the key");
            }
            Ok(None) if self.proven.is_some() => {
                let why = "the API's proof_of_possession is not dpop, so its access tokens are bound to no key";
                self.decision.check("check_proof_of_possession", true, why);
            }
            Ok(None) => {}
        }
        binding
    }

    /// The API that a request names, or the tenant's default; none if the tokens are for `/userinfo` alone.
    async fn audience(&self, params: &Params) -> Result<Option<String>, ApiError> {
        let asked = match params.get("audience") {
            Some(asked) => Some(asked.to_owned()),
            None => self.tenant.store().tenant_settings().await?.default_audience,
        };
        Ok(asked.filter(|asked| *asked != format!("{}userinfo", self.visit.address.issuer)))
    }

    /// The API that something was granted for, which may have been removed since.
    async fn api(&self, audience: Option<&str>) -> Result<Option<Api>, ApiError> {
        let Some(audience) = audience else { return Ok(None) };
        let api = self.tenant.store().api(audience, self.tenant.addresses()).await?;
        let gone = || ApiError::new(StatusCode::FORBIDDEN, "access_denied", format!("Service not found: {audience}"));
        api.ok_or_else(gone).map(Some)
    }

    /// Writes the record and the log entry, and answers.
    fn conclude(mut self, answer: Result<Value, ApiError>) -> Response {
        let (_, _, succeeded, failed) =
            *GRANTS.iter().find(|(grant, ..)| *grant == self.grant).expect("every grant is in the table");
        let (kind, description) = match &answer {
            Ok(_) => {
                self.decision.outcome = "tokens".into();
                let (in_words, for_log) = self.grant.names();
                self.decision.summary = format!("{in_words} was exchanged for tokens.");
                (succeeded, format!("{for_log} for Access Token"))
            }
            Err(error) => {
                self.decision.conclude_with(error);
                (if self.about.reused { LogType::RefreshTokenReused } else { failed }, error.description.clone())
            }
        };
        let About { user_id, user_name, audience, scope, details, .. } = self.about;
        let mut entry = LogEntry::new(kind, self.visit, description).client(self.client.as_ref());
        if let Some(user_id) = user_id {
            entry = entry.user(&user_id, &user_name);
        }
        if audience.is_some() || scope.is_some() {
            entry = entry.audience_and_scope(audience.as_deref(), scope.as_deref());
        }
        self.tenant.log(if details.is_null() { entry } else { entry.details(details) });
        self.tenant.decisions().add(self.decision);
        let partitioned = self.partitioned.filter(|_| answer.is_ok());
        let mut response = match answer {
            // RFC 6749 5.1; Cache-Control is on every answer.
            Ok(body) => ([("pragma", "no-cache")], Json(body)).into_response(),
            Err(error) => error.into_response(),
        };
        if let Some((bought, lasts)) = partitioned {
            bought.set_cookie(&mut response, lasts);
        }
        if let Some(nonce) = self.nonce {
            response.headers_mut().insert(dpop::NONCE_HEADER, nonce);
        }
        if let Some(client) = self.client {
            cors::answers_for(&mut response, client);
        }
        response
    }
}
