//! Where the lab changes an answer of the token endpoint: once it is decided, before it is recorded and sent.

use serde_json::Value;

use super::{Exchange, Grant, code, refresh};
use crate::clock::iso;
use crate::error::ApiError;
use crate::lab::faults::{Asked, Endpoint, Fired, Has, How, Mark, Scene, Trouble, claims_of, forge};
use crate::params::Params;
use crate::secret::Hash;

/// What an exchange comes to.
type Answer = Result<Value, ApiError>;

/// Applies the fault that is for this answer, if there is one; gives what is left to do on its way.
pub(super) async fn tamper(exchange: &mut Exchange<'_>, params: &Params, answer: &mut Answer) -> Option<Trouble> {
    let tenant = exchange.tenant;
    let lab = tenant.lab()?;
    let remembered = params.get("code").and_then(|code| lab.faults.recall(&Hash::of(code)));
    let mark = Mark::of(params).or(remembered.unwrap_or_default());
    if lab.faults.is_idle() && mark.fault.is_none() {
        return None;
    }
    let text = |name: &str| answer.as_ref().ok().and_then(|body| body[name].as_str());
    let has = Has {
        success: answer.is_ok(),
        id_token: text("id_token").and_then(claims_of),
        code_grant: answer.is_ok() && exchange.grant == Grant::AuthorizationCode,
        refresh_grant: answer.is_ok() && exchange.grant == Grant::RefreshToken,
        web_message: false,
    };
    let client_id = exchange.client.as_ref().map(|client| client.client_id.clone());
    let asked = Asked {
        endpoint: Endpoint::Token,
        clients: &client_id.as_deref().into_iter().collect::<Vec<_>>(),
        user_id: exchange.about.user_id.as_deref(),
        mark: &mark,
    };
    let chosen = lab.faults.choose(&asked, &has)?;
    let now = tenant.now();
    let (trouble, did) = match (chosen.fault.how, &mut *answer) {
        (How::IdToken(change), Ok(body)) => {
            let scene = Scene { now: now.as_second(), other_state: "" };
            let token = body["id_token"].as_str()?;
            let (forged, did) = forge(tenant, lab, exchange.client.as_ref()?, token, change, &scene).await?;
            body["id_token"] = forged.expose().into();
            (None, did)
        }
        (How::Tokens(change), Ok(body)) => (None, change(body.as_object_mut()?)),
        (How::Spent, _) => match spent(exchange, params).await {
            Ok((error, did)) => {
                *answer = Err(error);
                (None, did)
            }
            Err(error) => {
                *answer = Err(error);
                return None;
            }
        },
        _ => chosen.trouble().map(|(trouble, did)| (Some(trouble), did))?,
    };
    exchange.decision.fault = Some(chosen.fault.name);
    lab.faults.fired(Fired {
        name: chosen.fault.name,
        endpoint: Endpoint::Token,
        state: exchange.decision.state.clone(),
        client_id,
        at: iso(now),
        did,
    });
    trouble
}

/// Presents once more what has just bought tokens, as a thief would: what it bought is revoked.
async fn spent(exchange: &mut Exchange<'_>, params: &Params) -> Result<(ApiError, String), ApiError> {
    let (store, now) = (exchange.tenant.store(), exchange.tenant.now());
    let (error, check, did) = if exchange.grant == Grant::RefreshToken {
        let presented = Hash::of(params.get("refresh_token").unwrap_or_default());
        let client_id = exchange.client.as_ref().map_or("", |client| &client.client_id);
        store.revoke_token(&presented, client_id, false, now).await?;
        exchange.about.reused = true;
        let did = "the refresh token counts as used before, and its family is revoked";
        (refresh::invalid_token(), "check_refresh_token_unused", did)
    } else {
        store.redeem_code(&Hash::of(params.get("code").unwrap_or_default()), None, None, now).await?;
        (code::invalid_code(), "check_code_unused", "the code counts as used before, and what it bought is revoked")
    };
    exchange.decision.check(check, false, format!("by a fault of the lab, {did}"));
    Ok((error, did.to_owned()))
}
