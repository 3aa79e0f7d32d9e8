//! The grant `mfa-otp`: a one-time code completes what a password began (Auth0: Authenticate with ROPG Flow and MFA).

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::Value;

use super::Exchange;
use crate::error::ApiError;
use crate::model::{Client, User, UserAuthentication};
use crate::one_time_code::Asked;
use crate::params::Params;
use crate::secret::{Hash, Secret};
use crate::store::{MfaToken, Spent};

/// Its name on the wire.
pub(crate) const GRANT: &str = "http://auth0.com/oauth/grant-type/mfa-otp";

/// How long the user has for the code (Auth0: MFA API tokens).
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// The refusal of a password that is not enough, with what the code is to be sent with: to users who have a second factor,
/// since nobody else could go on.
pub(super) async fn required(
    exchange: &Exchange<'_>,
    client: &Client,
    user: &User,
    scope: &[String],
    error: ApiError,
) -> Result<ApiError, ApiError> {
    if user.mfa.is_none() {
        return Ok(error);
    }
    let token = Secret::random();
    let record = MfaToken {
        client_id: client.client_id.clone(),
        issuer: exchange.visit.address.issuer.clone(),
        user_id: user.user_id.clone(),
        audience: exchange.about.audience.clone(),
        scope: scope.to_vec(),
    };
    let expires_at = exchange.tenant.now() + LIFETIME;
    exchange.tenant.store().add_mfa_token(&token.hash(), &record, expires_at).await?;
    Ok(error.with_mfa_token(token))
}

pub(super) async fn exchange(exchange: &mut Exchange<'_>, client: &Client, params: &Params) -> Result<Value, ApiError> {
    let required = |name: &'static str| params.get(name).ok_or_else(|| ApiError::missing(name));
    let (token, code) = (Hash::of(required("mfa_token")?), required("otp")?);
    let (tenant, now) = (exchange.tenant, exchange.tenant.now());
    let (held, user) = held(exchange, client, &token).await?;
    let api = exchange.api(held.audience.as_deref()).await?;
    exchange.about.scope = Some(held.scope.join(" "));
    exchange.about.audience = held.audience;

    let asked = Asked { tenant, visit: exchange.visit, client: Some(client), user: &user };
    let step = asked.step_of(code).map_err(|refused| refused.into_error("too_many_requests"))?;
    let spent = match step {
        None => Spent::Before,
        Some(step) => {
            let with = UserAuthentication::PasswordAndCode;
            let issued = exchange.issued_for_password(client, &user, api.as_ref(), &held.scope, with)?;
            let spent = tenant.store().redeem_mfa_token(&token, &user.user_id, step, &issued.bought(), now).await?;
            if spent == Spent::Now {
                asked.conclude(true);
                exchange.decision.check("check_one_time_code", true, "it is the present one, and is spent now");
                return Ok(issued.body);
            }
            spent
        }
    };
    asked.conclude(false);
    if spent == Spent::PageUsed {
        exchange.decision.check("check_mfa_token", false, "the mfa_token was used meanwhile");
        return Err(malformed());
    }
    exchange.decision.check("check_one_time_code", false, "it is not the present code, or was spent before");
    Err(ApiError::new(StatusCode::FORBIDDEN, "invalid_grant", "Invalid otp_code."))
}

/// What the password began, and whose it was.
async fn held(exchange: &mut Exchange<'_>, client: &Client, token: &Hash) -> Result<(MfaToken, User), ApiError> {
    let store = exchange.tenant.store();
    let mut refused = |why: &str, error: ApiError| {
        exchange.decision.check("check_mfa_token", false, why);
        Err(error)
    };
    let Some((held, expires_at)) = store.mfa_token(token).await? else {
        return refused("no such mfa_token, or it was used", malformed());
    };
    if held.client_id != client.client_id {
        return refused("the mfa_token was issued to another client", malformed());
    }
    if held.issuer != exchange.visit.address.issuer {
        return refused("the mfa_token was issued at another address of the tenant", malformed());
    }
    if expires_at <= exchange.tenant.now() {
        return refused("the mfa_token has expired", expired());
    }
    exchange.about.user_id = Some(held.user_id.clone());
    let user = store.user(&held.user_id).await?.filter(|user| !user.blocked);
    let Some(user) = user else {
        exchange.decision.check("check_user", false, "the user is gone or blocked");
        return Err(ApiError::new(StatusCode::FORBIDDEN, "unauthorized", "user is blocked"));
    };
    exchange.about.user_name.clone_from(&user.email);
    exchange.decision.check("check_mfa_token", true, format!("it goes on for {}", user.user_id));
    Ok((held, user))
}

fn malformed() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "invalid_grant", "Malformed mfa_token")
}

fn expired() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "expired_token", "mfa_token is expired")
}
