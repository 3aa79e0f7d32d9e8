//! The grant `authorization_code` (RFC 6749 4.1.3, RFC 7636 4.6).

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{
    Exchange,
    issue::{Authorization, Issued},
};
use crate::error::ApiError;
use crate::model::Client;
use crate::params::Params;
use crate::partitioned_sessions;
use crate::secret::{Hash, Secret, sha256};
use crate::store::{Bought, CodeRecord, NewPartitionedSession, Redemption};

pub(super) async fn exchange(exchange: &mut Exchange<'_>, client: &Client, params: &Params) -> Result<Value, ApiError> {
    let required = |name: &'static str| params.get(name).ok_or_else(|| ApiError::missing(name));
    let presented = Hash::of(required("code")?);
    let redirect_uri = required("redirect_uri")?;
    let tenant = exchange.tenant;
    let (now, store) = (tenant.now(), tenant.store());
    let Some((code, expires_at, used)) = store.code(&presented).await? else {
        exchange.decision.check("check_code", false, "no such code: it was never issued, or its session has ended");
        return Err(invalid_code());
    };
    exchange.decision.about(Some(&client.client_id), code.state.as_deref());
    exchange.about.user_id = Some(code.user_id.clone());
    exchange.about.audience.clone_from(&code.audience);
    exchange.about.scope = Some(code.scope.join(" "));
    exchange.about.details = json!({ "session_id": code.sid });

    let misused = [
        ("check_code_client", code.client_id == client.client_id, "the code was issued to the client that presents it"),
        (
            "check_code_issuer",
            code.issuer == exchange.visit.address.issuer,
            "the code is presented at the issuer that made it",
        ),
        ("check_code_redirect_uri", code.redirect_uri == redirect_uri, "redirect_uri is the one of the request"),
        ("check_code_lifetime", now < expires_at, "the code has not expired"),
        (
            "check_dpop_jkt",
            key_fits(&code, exchange.proven.as_deref()),
            "the client holds the key that dpop_jkt announced",
        ),
        ("check_pkce", verifier_fits(&code, params.get("code_verifier")), "code_verifier fits the code_challenge"),
    ];
    for (name, holds, claim) in misused {
        exchange.decision.check(name, holds, if holds { claim.to_owned() } else { format!("not so: {claim}") });
        if !holds {
            // A code that was presented wrongly is spent: nobody gets a second guess.
            redeem(exchange, &presented, None, None).await?;
            return Err(if name == "check_pkce" { wrong_verifier() } else { invalid_code() });
        }
    }
    let Some(user) = store.user(&code.user_id).await?.filter(|user| !user.blocked) else {
        exchange.decision.check("check_user", false, "the user is gone or blocked");
        redeem(exchange, &presented, None, None).await?;
        return Err(invalid_code());
    };
    exchange.decision.check("check_user", true, "the user is there and not blocked");

    let api = exchange.api(code.audience.as_deref()).await?;
    let (binding, proven) = (exchange.binding(client, api.as_ref())?, exchange.proven.clone());
    let authorization = Authorization {
        client,
        issuer: &code.issuer,
        user: Some(&user),
        api: api.as_ref(),
        scope: &code.scope,
        sid: Some(&code.sid),
        auth_time: code.auth_time,
        nonce: code.nonce.as_deref(),
        gty: None,
        claims: &code.claims,
        authentication: code.authentication,
        act: None,
        jkt: binding.as_deref(),
    };
    // Whoever replays a code makes the tenant sign nothing.
    let issued = (!used).then(|| authorization.renewable_tokens(tenant, now, proven.as_deref()));
    let bought = issued.as_ref().map(Issued::bought);
    let partitioned = partitioned_sessions::Bought::by(&code, client, exchange.visit);
    let to_store = partitioned.as_ref().map(|partitioned| partitioned.to_store(&code.sid));
    if let Redemption::Replayed { revoked } = redeem(exchange, &presented, bought.as_ref(), to_store).await? {
        exchange.decision.check(
            "check_code_unused",
            false,
            format!("the code was used before; {revoked} access tokens it bought are revoked"),
        );
        return Err(invalid_code());
    }
    exchange.decision.check("check_code_unused", true, "the code was not used before, and is spent now");
    if let Some(partitioned) = partitioned {
        exchange.partitioned = Some((partitioned, store.tenant_settings().await?.absolute_limit()));
    }
    issued.map(|issued| issued.body).ok_or_else(invalid_code)
}

async fn redeem(
    exchange: &Exchange<'_>,
    code: &Hash,
    bought: Option<&Bought<'_>>,
    partitioned: Option<NewPartitionedSession>,
) -> Result<Redemption, ApiError> {
    Ok(exchange.tenant.store().redeem_code(code, bought, partitioned, exchange.tenant.now()).await?)
}

pub(super) fn invalid_code() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "invalid_grant", "Invalid authorization code")
}

fn wrong_verifier() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "invalid_grant", "Failed to verify code verifier")
}

/// RFC 9449 10. A code that was bound to no key may be redeemed with any, or none.
fn key_fits(code: &CodeRecord, proven: Option<&str>) -> bool {
    code.dpop_jkt.is_none() || code.dpop_jkt.as_deref() == proven
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
