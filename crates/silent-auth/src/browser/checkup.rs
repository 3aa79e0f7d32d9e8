//! Checks a provider from this page: its discovery document, and one silent request in a hidden frame.

use core::time::Duration;
use std::cell::Cell;
use std::rc::Rc;

use futures_channel::oneshot;
use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::SecurityPolicyViolationEvent;

use super::{Driver, WakeUp, fetch, now};
use crate::protocol::checkup::{Finding, Verdict, of_discovery, of_frame};
use crate::protocol::config::{ClientConfig, RefreshTokens};
use crate::protocol::discovery;
use crate::protocol::ladder::Rung;
use crate::protocol::session::Phase;

/// How long after a request that failed the browser may take to say that this page's policy was why. It is a matter of its next task.
const VIOLATION_LIMIT: Duration = Duration::from_millis(500);

/// What the provider of `config` has of what silent authentication needs. Nobody is asked anything, and nothing is left behind; a
/// lifecycle of the same client in this page, or another tab, hears of tokens that came as of any others.
///
/// The silent request is only sent where nothing is missing before.
pub async fn check(config: ClientConfig) -> Vec<Finding> {
    let (tell, told) = oneshot::channel();
    let tell = Rc::new(Cell::new(Some(tell)));
    let say = move |forbidden| {
        if let Some(tell) = tell.take() {
            // Nobody listens where the answer came.
            drop(tell.send(forbidden));
        }
    };
    let document = web_sys::window().and_then(|window| window.document());
    let _listener = document.map(|document| {
        let (origin, say) = (config.issuer().origin().to_owned(), say.clone());
        EventListener::new(&document, "securitypolicyviolation", move |event| {
            let event: &SecurityPolicyViolationEvent = event.unchecked_ref();
            if event.blocked_uri().starts_with(&origin) {
                say(event.effective_directive());
            }
        })
    });
    let answer = fetch::send(discovery::request(&config)).await;
    let mut forbidden = String::new();
    if answer.is_err() {
        let _wake = WakeUp::at(now() + VIOLATION_LIMIT, move || say(String::new()));
        forbidden = told.await.unwrap_or_default();
    }
    let mut findings = of_discovery(&config, &answer, &forbidden);
    if findings.iter().all(|finding| finding.verdict != Verdict::Bad) {
        let framed = config.clone().with_refresh_tokens(RefreshTokens::Never).with_ladder(vec![Rung::Frame]);
        findings.extend(first_phase(framed).await.map(|phase| of_frame(&config, phase)));
    }
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
