//! The tenant's own account beside the page's: asked for once per answer, and only where the tenant's lab is on.

use leptos::prelude::*;
use leptos::task::spawn_local;
use silent_auth::protocol::config::ClientConfig;

use super::element::{Element, all, el};
use super::parameters::{facts, more};
use crate::lab;
use crate::model::decision::{Check, Decision};

/// One answer of the tenant that was asked about; the decision comes later, or never.
struct Known {
    state: String,
    endpoint: &'static str,
    decision: Option<Decision>,
}

impl Known {
    fn is(&self, state: &str, endpoint: &str) -> bool {
        self.state == state && self.endpoint == endpoint
    }
}

/// What the tenant said about the requests of this page, by their `state`.
#[derive(Clone, Copy)]
pub struct Decisions {
    config: StoredValue<ClientConfig>,
    enabled: bool,
    known: RwSignal<Vec<Known>>,
}

impl Decisions {
    /// Nothing known yet. Unless `enabled`, nothing is ever asked.
    #[must_use]
    pub fn new(config: ClientConfig, enabled: bool) -> Self {
        Self { config: StoredValue::new(config), enabled, known: RwSignal::new(Vec::new()) }
    }

    /// What `endpoint` said to the request with `state`; `None` until the tenant has told.
    #[must_use]
    pub fn about(self, state: &str, endpoint: &'static str) -> Option<Decision> {
        self.known.with(|known| known.iter().find(|known| known.is(state, endpoint))?.decision.clone())
    }

    /// Asks the tenant what `endpoint` said to the request with `state`, unless that was asked before.
    pub fn ask(self, state: &str, endpoint: &'static str) {
        let asked = self.known.with_untracked(|known| known.iter().any(|known| known.is(state, endpoint)));
        if !self.enabled || asked {
            return;
        }
        let (config, state) = (self.config.get_value(), state.to_owned());
        self.known.update(|known| known.push(Known { state: state.clone(), endpoint, decision: None }));
        spawn_local(async move {
            // Without an answer there is nothing to show beside the record; the record stands by itself.
            let Ok(decisions) = lab::decisions_of(&config, &state).await else { return };
            let decision = decisions.into_iter().find(|decision| decision.endpoint == endpoint);
            let _page_is_gone = self.known.try_update(|known| {
                if let Some(kept) = known.iter_mut().find(|known| known.is(&state, endpoint)) {
                    kept.decision = decision;
                }
            });
        });
    }
}

/// One decision: the sentence first, then the checks and what the browser said, which are seen without a click if `open`.
pub fn decision(decision: Decision, open: bool) -> Element {
    let check = |check: Check| {
        let (class, word) = if check.passed { ("check", "passed") } else { ("check check--refused", "refused") };
        let detail = if check.detail.is_empty() { String::new() } else { format!(": {}", check.detail) };
        el("li").class(class).child(el("code").child(check.name)).child(" ").child(el("b").child(word)).child(detail)
    };
    let answer = el("code").child(format!("{} → {}", decision.endpoint, decision.outcome));
    let cause = (!decision.cause.is_empty()).then(|| ("cause", el("code").child(decision.cause).into()));
    let fault = (!decision.fault.is_empty()).then(|| ("fault of the lab", el("code").child(decision.fault).into()));
    let browser = decision.browser.into_iter().map(|(name, value)| (name, value.into()));
    let facts = facts([("answer", answer.into())].into_iter().chain(cause).chain(fault).chain(browser));
    let checks: Vec<_> = decision.checks.into_iter().map(check).collect();
    let account = more("Its checks, in order", all([facts.into(), el("ol").class("checks").child(checks).into()]));
    let account = if open { account.attribute("open", "") } else { account };
    let summary = el("p").class("decision__summary").child(el("b").child("The tenant says: ")).child(decision.summary);
    el("div").class("decision").child(summary).child(account)
}
