//! The grant `refresh_token` (RFC 6749 section 6, RFC 9700 4.14.2): new tokens without the user.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Exchange, issue::Authorization};
use crate::Tenant;
use crate::clock::Timestamp;
use crate::error::ApiError;
use crate::model::{Client, User};
use crate::params::Params;
use crate::secret::{Hash, Secret};
use crate::store::{NewAccessToken, RefreshToken, Renewal, Renewed};

pub(super) async fn exchange(exchange: &mut Exchange<'_>, client: &Client, params: &Params) -> Result<Value, ApiError> {
    let presented = params.get("refresh_token").ok_or_else(|| ApiError::missing("refresh_token"))?;
    let presented = Secret::from(presented.to_owned());
    let tenant = exchange.tenant;
    let now = tenant.now();
    let held = held(exchange, client, params, &presented.hash(), now).await?;
    let user = user(exchange, &held).await?;
    let scope = scope(exchange, &held, params.get("scope"))?;
    let api = exchange.api(held.terms.audience.as_deref()).await?;
    let binding = exchange.binding(client, api.as_ref())?;
    let authorization = Authorization {
        client,
        issuer: &held.terms.issuer,
        user: Some(&user),
        api: api.as_ref(),
        scope: &scope,
        sid: held.terms.sid.as_deref(),
        auth_time: held.terms.auth_time,
        // The nonce belongs to the request that the user signed in by (OpenID Connect Core 1.0, 12.2).
        nonce: None,
        gty: Some("refresh_token"),
        claims: &held.terms.claims,
        authentication: held.terms.authentication,
        act: None,
        jkt: binding.as_deref(),
    };
    let mut issued = authorization.tokens(tenant, now);
    let successor = client.refresh_token.rotates().then(|| successor(tenant, &held, &presented));
    let renewal = Renewal {
        // Renewed for the time without a session, whatever scope is left of it.
        access_token: NewAccessToken { sid: None, ..issued.access_token.to_store() },
        successor: successor.as_ref().map(Secret::hash),
        expires_at: client.refresh_token.expiry(held.issued_at, now),
        leeway: client.refresh_token.leeway(),
    };
    let renewed = tenant.store().renew(&presented.hash(), &held, &renewal, now).await?;
    let went_well = matches!(renewed, Renewed::First | Renewed::Again);
    let words = in_words(&renewed, &held, successor.is_some(), now);
    exchange.decision.check("check_refresh_token_unused", went_well, words);
    if let Renewed::Reused { latest } = renewed {
        exchange.about.reused = true;
        exchange.about.details["latestCounter"] = json!(latest);
    }
    if !went_well {
        return Err(invalid_token());
    }
    if let Some(successor) = successor {
        issued.body["refresh_token"] = json!(successor.expose());
    }
    Ok(issued.body)
}

/// The token that was presented, if it is this client's, was made here, and its family is alive.
async fn held(
    exchange: &mut Exchange<'_>,
    client: &Client,
    params: &Params,
    presented: &Hash,
    now: Timestamp,
) -> Result<RefreshToken, ApiError> {
    let Some(held) = exchange.tenant.store().refresh_token(presented).await? else {
        let why = "no such refresh token was ever issued, or it is long over";
        exchange.decision.check("check_refresh_token", false, why);
        return Err(invalid_token());
    };
    exchange.about.user_id = Some(held.user_id.clone());
    exchange.about.audience.clone_from(&held.terms.audience);
    exchange.about.details = json!({
        "familyId": held.family_id,
        "tokenCounter": held.counter,
        "requested_audience": params.get("audience"),
        "requested_scope": params.get("scope"),
    });
    let (own, here) = (held.client_id == client.client_id, held.terms.issuer == exchange.visit.address.issuer);
    let key = held.terms.jkt.is_none() || held.terms.jkt == exchange.proven;
    for (name, holds, claim) in [
        ("check_refresh_token_client", own, "it was issued to the client that presents it"),
        ("check_refresh_token_issuer", here, "it is presented at the issuer that made it"),
        ("check_refresh_token_key", key, "the client proved to hold the key that it is bound to, if to one"),
        ("check_refresh_token_revoked", !held.revoked, "its family is unrevoked"),
        ("check_refresh_token_lifetime", !held.has_expired(now), "its family has time left"),
    ] {
        exchange.decision.check(name, holds, if holds { claim.to_owned() } else { format!("not so: {claim}") });
        if !holds {
            return Err(invalid_token());
        }
    }
    match params.get("audience").filter(|asked| !is_its_audience(&held, asked)) {
        Some(other) => {
            Err(ApiError::invalid_request(format!("The refresh token is for another audience than {other}")))
        }
        None => Ok(held),
    }
}

/// The user it was issued for, if there still is one who may sign in. If not, the family is over for good: who is let in
/// again signs in again (RFC 9700 4.14.2).
async fn user(exchange: &mut Exchange<'_>, held: &RefreshToken) -> Result<User, ApiError> {
    let found = exchange.tenant.store().user(&held.user_id).await?;
    let (passes, words) = match &found {
        None => (false, "the user is gone, and the family with them"),
        Some(user) if user.blocked => (false, "the user is blocked, so the family is revoked"),
        Some(_) => (true, "the user is there and not blocked"),
    };
    exchange.decision.check("check_user", passes, words);
    if !passes {
        let (store, now) = (exchange.tenant.store(), exchange.tenant.now());
        store.revoke_family_of(&held.user_id, &held.family_id, now).await?;
    }
    match found {
        None => Err(invalid_token()),
        Some(user) if user.blocked => Err(ApiError::new(StatusCode::FORBIDDEN, "unauthorized", "user is blocked")),
        Some(user) => Ok(user),
    }
}

/// The scopes asked for, as far as the sign-in granted them (RFC 6749 section 6); all, if none are named.
fn scope(exchange: &mut Exchange<'_>, held: &RefreshToken, asked: Option<&str>) -> Result<Vec<String>, ApiError> {
    let all = &held.terms.scope;
    let is_asked = |scope: &&String| asked.is_none_or(|asked| asked.split(' ').any(|asked| asked == scope.as_str()));
    let scope: Vec<String> = all.iter().filter(is_asked).cloned().collect();
    let passes = !scope.is_empty() || all.is_empty();
    let words = format!("granted: {}, of what the sign-in granted: {}", scope.join(" "), all.join(" "));
    exchange.decision.check("check_scope", passes, words);
    if !passes {
        let sentence = "None of the requested scopes was granted when the user signed in.";
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid_scope", sentence));
    }
    exchange.about.scope = Some(scope.join(" "));
    Ok(scope)
}

/// What came of it, for the record.
fn in_words(renewed: &Renewed, held: &RefreshToken, rotates: bool, now: Timestamp) -> String {
    let counter = held.counter;
    match renewed {
        Renewed::First if rotates => format!("token {counter} of its family is the latest, and is spent now"),
        Renewed::First => "the client's refresh tokens do not rotate: it stays good".to_owned(),
        Renewed::Again => {
            let ago = held.replaced_at.map_or(0, |at| now.duration_since(at).as_secs());
            format!("token {counter} was spent {ago} s ago, within the leeway: the same successor goes out again")
        }
        Renewed::Reused { latest } => format!(
            "token {counter} was spent before, and token {latest} is the latest: somebody else has a copy, so the family is revoked"
        ),
        Renewed::Gone => "its family was revoked meanwhile".to_owned(),
    }
}

/// The next token of the family. Nobody without the tenant's key can tell it, and the tenant itself only while it is
/// shown the present one: so the same exchange brings the same successor, and the store holds hashes alone.
fn successor(tenant: &Tenant, held: &RefreshToken, presented: &Secret) -> Secret {
    let parts = ["refresh_token", &held.family_id, &(held.counter + 1).to_string(), presented.expose()];
    Secret::from(tenant.stamps().stamp(&parts))
}

fn is_its_audience(held: &RefreshToken, asked: &str) -> bool {
    match &held.terms.audience {
        Some(audience) => audience == asked,
        None => asked == format!("{}userinfo", held.terms.issuer),
    }
}

pub(super) fn invalid_token() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "invalid_grant", "Unknown or invalid refresh token.")
}
