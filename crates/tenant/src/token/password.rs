//! The grants `password` (RFC 6749 4.3) and password-realm: one request, no redirect, for highly trusted clients.

use axum::http::StatusCode;
use serde_json::Value;

use super::issue::{Authorization, Issued};
use super::scope::Granted;
use super::{Exchange, Grant, mfa_otp};
use crate::authorize::MFA_REQUIRED;
use crate::credentials::{self, Rejected};
use crate::error::ApiError;
use crate::model::{Api, CONNECTION, Client, RequestedClaims, User, UserAuthentication};
use crate::params::Params;

/// What a request for `openid` alone, or for nothing, is given where there is no API (Auth0: password grant).
const ALL_OF_OIDC: [&str; 5] = ["openid", "profile", "email", "address", "phone"];

pub(super) async fn exchange(
    exchange: &mut Exchange<'_>,
    client: &Client,
    params: &Params,
    grant: Grant,
) -> Result<Value, ApiError> {
    let required = |name: &'static str| params.get(name).ok_or_else(|| ApiError::missing(name));
    let (username, password) = (required("username")?, required("password")?);
    if grant == Grant::PasswordRealm && required("realm")? != CONNECTION {
        return Err(ApiError::invalid_request(format!(
            "Unknown realm; this tenant has the one connection {CONNECTION}"
        )));
    }
    let tenant = exchange.tenant;
    let audience = exchange.audience(params).await?;
    let api =
        match &audience {
            Some(audience) => {
                Some(tenant.store().api(audience, tenant.addresses()).await?.ok_or_else(|| {
                    ApiError::invalid_request("invalid audience specified for password grant exchange")
                })?)
            }
            None => None,
        };
    exchange.about.audience.clone_from(&audience);
    exchange.decision.check(
        "check_audience",
        true,
        api.as_ref().map_or("the access token is for /userinfo".into(), |api| {
            format!("the access token is for the API {}", api.name)
        }),
    );
    if api.as_ref().is_some_and(|api| api.asks_consent_for(client)) {
        exchange.decision.check(
            "check_consent",
            false,
            "the API asks for consent, which nobody can give without a page",
        );
        return Err(ApiError::new(StatusCode::FORBIDDEN, "consent_required", "Consent required"));
    }
    let scope = granted(exchange, client, api.as_ref(), params.get("scope").unwrap_or_default());
    exchange.about.scope = Some(scope.join(" "));

    let user = exchange.user_with_password(client, username, password, refused).await?;
    if let Err(error) = exchange.no_second_factor(&user, api.as_ref()) {
        return Err(mfa_otp::required(exchange, client, &user, &scope, error).await?);
    }
    exchange.tokens_for_password(client, &user, api.as_ref(), &scope).await
}

impl Exchange<'_> {
    /// The user with this password; record and log tell whose it was, or why nobody's.
    pub(super) async fn user_with_password(
        &mut self,
        client: &Client,
        username: &str,
        password: &str,
        refused: fn(Rejected) -> ApiError,
    ) -> Result<User, ApiError> {
        self.about.user_name = username.to_owned();
        let user = match credentials::verify(self.tenant, self.visit, Some(client), username, password).await {
            Ok(user) => user,
            Err(rejected) => {
                let error = refused(rejected);
                self.decision.check("check_password", false, error.description.clone());
                return Err(error);
            }
        };
        self.decision.check("check_password", true, format!("it is the password of {}", user.user_id));
        self.about.user_id = Some(user.user_id.clone());
        Ok(user)
    }

    /// A password alone is not enough for whoever has a second factor, nor for an API that wants one.
    pub(super) fn no_second_factor(&mut self, user: &User, api: Option<&Api>) -> Result<(), ApiError> {
        let needed = user.mfa.is_some() || api.is_some_and(|api| api.require_mfa);
        let words = if needed { "a second factor is needed beside the password" } else { "none is needed" };
        self.decision.check("check_second_factor", !needed, words);
        if needed { Err(ApiError::new(StatusCode::FORBIDDEN, "mfa_required", MFA_REQUIRED)) } else { Ok(()) }
    }

    /// Issues and stores what a password sent in one request buys: it begins no session in a browser.
    pub(super) async fn tokens_for_password(
        &mut self,
        client: &Client,
        user: &User,
        api: Option<&Api>,
        scope: &[String],
    ) -> Result<Value, ApiError> {
        let issued = self.issued_for_password(client, user, api, scope, UserAuthentication::Password)?;
        self.tenant.store().add_tokens(&issued.bought(), self.tenant.now()).await?;
        Ok(issued.body)
    }

    /// The same, not stored yet, for whoever gave the password and perhaps a one-time code.
    pub(super) fn issued_for_password(
        &mut self,
        client: &Client,
        user: &User,
        api: Option<&Api>,
        scope: &[String],
        authentication: UserAuthentication,
    ) -> Result<Issued, ApiError> {
        let binding = self.binding(client, api)?;
        let authorization = Authorization {
            client,
            issuer: &self.visit.address.issuer,
            user: Some(user),
            api,
            scope,
            sid: None,
            auth_time: None,
            nonce: None,
            gty: Some("password"),
            claims: &RequestedClaims::default(),
            authentication,
            act: None,
            jkt: binding.as_deref(),
        };
        Ok(authorization.renewable_tokens(self.tenant, self.tenant.now(), self.proven.as_deref()))
    }
}

/// Asking for nothing gets everything: all of the API's scopes, or all that OpenID Connect has.
fn granted(exchange: &mut Exchange<'_>, client: &Client, api: Option<&Api>, asked: &str) -> Vec<String> {
    let all: Vec<String> = match (asked.trim(), api) {
        ("", Some(api)) if !api.is_system => api.scopes.iter().map(|scope| scope.value.clone()).collect(),
        ("" | "openid", None) => ALL_OF_OIDC.map(ToOwned::to_owned).to_vec(),
        _ => {
            let granted = Granted::of(asked, client, api, true);
            exchange.decision.check("check_scope", true, granted.to_string());
            return granted.scope;
        }
    };
    exchange.decision.check("check_scope", true, format!("none was named, so all are granted: {}", all.join(" ")));
    all
}

fn refused(rejected: Rejected) -> ApiError {
    match rejected {
        Rejected::Wrong => ApiError::new(StatusCode::FORBIDDEN, "invalid_grant", credentials::WRONG),
        Rejected::Blocked => ApiError::new(StatusCode::FORBIDDEN, "unauthorized", "user is blocked"),
        Rejected::TooManyAttempts(refused) => refused.into_error("too_many_requests"),
        Rejected::Failed(error) => error,
    }
}
