//! Where the lab changes the published keys. Whoever asks for them names no client, so their origin tells which it can be.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::{Asked, Endpoint, Fired, Has, How, Mark};
use crate::Tenant;
use crate::clock::iso;
use crate::decisions::Decision;
use crate::visit::Visit;

/// The answer by the fault that is for it, if there is one. No cache keeps it: the next one is to be good.
pub(crate) async fn of_keys(tenant: &Tenant, visit: &Visit, keys: &Value) -> Option<Response> {
    let lab = tenant.lab()?;
    if lab.faults.is_idle() {
        return None;
    }
    let clients = tenant.store().clients(tenant.addresses()).await.ok()?;
    let origin = visit.origin.as_deref();
    let may_ask = clients.iter().filter(|client| origin.is_some_and(|origin| client.may_call_from(origin)));
    let asked = Asked {
        endpoint: Endpoint::Keys,
        clients: &may_ask.map(|client| client.client_id.as_str()).collect::<Vec<_>>(),
        user_id: None,
        mark: &Mark::default(),
    };
    let chosen = lab.faults.choose(&asked, &Has::default())?;
    let mut keys = keys.clone();
    let (trouble, did) = match chosen.fault.how {
        How::Keys(change) => (None, change(&mut keys)),
        _ => chosen.trouble().map(|(trouble, did)| (Some(trouble), did))?,
    };
    let name = chosen.fault.name;
    let mut decision = Decision::begin("/.well-known/jwks.json", visit, tenant.now());
    decision.outcome = "keys".into();
    decision.summary = format!("By a fault of the lab, {did}.");
    decision.fault = Some(name);
    tenant.decisions().add(decision);
    let at = iso(tenant.now());
    lab.faults.fired(Fired { name, endpoint: Endpoint::Keys, state: None, client_id: None, at, did });
    let response = ([(header::CACHE_CONTROL, "no-store")], Json(keys)).into_response();
    Some(match trouble {
        Some(trouble) => trouble.befall(response).await,
        None => response,
    })
}
