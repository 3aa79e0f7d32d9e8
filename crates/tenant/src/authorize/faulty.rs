//! Where the lab changes an authorization response: once it is ready, before it is sent.

use super::answer::ResponseMode;
use super::checks::Flow;
use super::issue::Issued;
use super::refusal::Refusal;
use crate::Tenant;
use crate::clock::iso;
use crate::decisions::Decision;
use crate::lab::faults::{Asked, Endpoint, Fired, Has, How, Mark, Scene, Trouble, claims_of, forge};
use crate::secret::{Hash, random_text};

/// Applies the fault that is for this answer, if there is one; gives what is left to do on its way.
pub(super) async fn tamper(
    tenant: &Tenant,
    flow: &Flow<'_>,
    issued: &mut Result<Issued<'_>, Refusal>,
    decision: &mut Decision,
) -> Option<Trouble> {
    let lab = tenant.lab()?;
    let mark = Mark::of(flow.params);
    let parameter = |name: &str| {
        let parameters = &issued.as_ref().ok()?.parameters;
        parameters.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    };
    if let Some(code) = parameter("code").filter(|_| !mark.is_empty()) {
        lab.faults.remember(Hash::of(code), mark.clone());
    }
    if lab.faults.is_idle() && mark.fault.is_none() {
        return None;
    }
    let by_message = |address: &super::ReturnAddress| matches!(address.mode(), ResponseMode::WebMessage { .. });
    let has = Has {
        success: issued.is_ok(),
        id_token: parameter("id_token").and_then(claims_of),
        web_message: issued.is_ok() && flow.address.as_ref().is_some_and(by_message),
        ..Has::default()
    };
    let asked = Asked {
        endpoint: Endpoint::Authorize,
        clients: &flow.params.get("client_id").into_iter().collect::<Vec<_>>(),
        user_id: flow.known_session().map(|known| known.user.user_id.as_str()),
        mark: &mark,
    };
    let chosen = lab.faults.choose(&asked, &has)?;
    let other_state = other_state(tenant, flow.params.get("state"));
    let scene = Scene { now: flow.now.as_second(), other_state: &other_state };
    let (trouble, did) = match (chosen.fault.how, issued) {
        (How::Response(change), Ok(issued)) => (None, change(&mut issued.parameters, &scene)),
        (How::IdToken(change), Ok(issued)) => {
            let (_, token) = issued.parameters.iter_mut().find(|(name, _)| *name == "id_token")?;
            let (forged, did) = forge(tenant, lab, flow.client().ok()?, token, change, &scene).await?;
            forged.expose().clone_into(token);
            (None, did)
        }
        _ => chosen.trouble().map(|(trouble, did)| (Some(trouble), did))?,
    };
    decision.fault = Some(chosen.fault.name);
    lab.faults.fired(Fired {
        name: chosen.fault.name,
        endpoint: Endpoint::Authorize,
        state: decision.state.clone(),
        client_id: decision.client_id.clone(),
        at: iso(flow.now),
        did,
    });
    trouble
}

/// The state of the latest other request; one that is made up, if there was none.
fn other_state(tenant: &Tenant, own: Option<&str>) -> String {
    let latest = tenant.decisions().latest(None, Some("/authorize"), 20);
    let other = latest.into_iter().filter_map(|decision| decision.state).find(|state| Some(state.as_str()) != own);
    other.unwrap_or_else(random_text::<16>)
}
