//! The tenant's own account beside the page's: asked for once per answer, and only where the tenant's lab is on.

use leptos::prelude::*;
use leptos::task::spawn_local;
use silent_auth::protocol::config::ClientConfig;

use crate::lab;
use crate::model::decision::Decision;

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

    /// Whether the tenant's lab can be asked.
    #[must_use]
    pub fn are_enabled(self) -> bool {
        self.enabled
    }

    /// What `endpoint` said to the request with `state`; asks the tenant the first time. `None` until it answered.
    #[must_use]
    pub fn about(self, state: String, endpoint: &'static str) -> Signal<Option<Decision>> {
        let asked = self.known.with_untracked(|known| known.iter().any(|known| known.is(&state, endpoint)));
        if self.enabled && !asked {
            self.known.update(|known| known.push(Known { state: state.clone(), endpoint, decision: None }));
            let (config, state) = (self.config.get_value(), state.clone());
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
        Signal::derive(move || {
            self.known.with(|known| known.iter().find(|known| known.is(&state, endpoint))?.decision.clone())
        })
    }
}

/// One decision: the sentence first, then the checks and what the browser said.
#[component]
pub fn DecisionView(
    /// The decision.
    decision: Decision,
    /// Whether the checks are seen without a click.
    #[prop(optional)]
    open: bool,
) -> impl IntoView {
    let checks = decision.checks.into_iter().map(|check| {
        let (class, word) = if check.passed { ("check", "passed") } else { ("check check--refused", "refused") };
        view! {
            <li class=class>
                <code>{check.name}</code>" "<b>{word}</b>
                {(!check.detail.is_empty()).then(|| format!(": {}", check.detail))}
            </li>
        }
    });
    let browser = decision.browser.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> });
    let cause = (!decision.cause.is_empty()).then(|| view! { <dt>"cause"</dt><dd><code>{decision.cause}</code></dd> });
    view! {
        <div class="decision">
            <p class="decision__summary"><b>"The tenant says: "</b>{decision.summary}</p>
            <details class="more" open=open>
                <summary>"Its checks, in order"</summary>
                <dl class="facts">
                    <dt>"answer"</dt>
                    <dd><code>{decision.endpoint}</code>" → "<code>{decision.outcome}</code></dd>
                    {cause}
                    {browser.collect_view()}
                </dl>
                <ol class="checks">{checks.collect_view()}</ol>
            </details>
        </div>
    }
}
