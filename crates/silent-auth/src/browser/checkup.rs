//! Checks a provider from this page: its discovery document, and one silent request in a hidden frame.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::oneshot;
use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::SecurityPolicyViolationEvent;

use super::{Driver, fetch};
use crate::protocol::checkup::{Finding, of_discovery, of_frame};
use crate::protocol::config::{ClientConfig, RefreshTokens};
use crate::protocol::discovery;
use crate::protocol::error::Code;
use crate::protocol::ladder::Rung;
use crate::protocol::session::Phase;

/// What the provider of `config` has of what silent authentication needs. Nobody is asked anything, and nothing is left behind; a
/// lifecycle of the same client in this page, or another tab, hears of tokens that came as of any others.
pub async fn check(config: ClientConfig) -> Vec<Finding> {
    let forbidden = Rc::new(RefCell::new(None));
    let document = web_sys::window().and_then(|window| window.document());
    let _listener = document.map(|document| {
        let (origin, forbidden) = (config.issuer().origin().to_owned(), Rc::clone(&forbidden));
        EventListener::new(&document, "securitypolicyviolation", move |event| {
            let event: &SecurityPolicyViolationEvent = event.unchecked_ref();
            if event.blocked_uri().starts_with(&origin) {
                *forbidden.borrow_mut() = Some(event.effective_directive());
            }
        })
    });
    let answer = fetch::send(discovery::request(&config)).await;
    // A violation may be told after the request has failed; by the end of the silent request it has been.
    let phase =
        first_phase(config.clone().with_refresh_tokens(RefreshTokens::Never).with_ladder(vec![Rung::Frame])).await;
    let mut findings = of_discovery(&config, &answer, forbidden.borrow().as_deref());
    let not_asked = [Code::TenantUnreachable, Code::DiscoveryInvalid, Code::DiscoveryIssuerMismatch];
    let was_asked = |phase: &Phase| match phase {
        Phase::SignedOut { reason: Some(error) } | Phase::Undetermined { error, .. } => {
            !not_asked.contains(&error.code)
        }
        _ => true,
    };
    findings.extend(phase.filter(was_asked).map(|phase| of_frame(&config, phase)));
    findings
}

/// Where a lifecycle stands after its first request.
async fn first_phase(config: ClientConfig) -> Option<Phase> {
    let (tell, told) = oneshot::channel();
    let tell = Cell::new(Some(tell));
    let _driver = Driver::start(config, move |lifecycle| {
        if lifecycle.flight().is_none()
            && let Some(tell) = tell.take()
        {
            // Whoever asked may be gone.
            drop(tell.send(lifecycle.phase()));
        }
    });
    told.await.ok()
}
