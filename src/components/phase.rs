//! The phase in words, with its icon and the countdown: what alone must make sense on a telephone.

use leptos::prelude::*;
use silent_auth::protocol::session::{Generation, Phase};
use silent_auth::protocol::time::Timestamp;

use super::icon::Icon;
use crate::clock;
use crate::model::duration::countdown;
use crate::model::phase::{counts_to, headline, milestone};

/// What is, what comes next, and how long until then.
#[component]
pub fn PhaseBanner(
    /// The phase.
    #[prop(into)]
    phase: Signal<Phase>,
    /// The generation in use.
    #[prop(into)]
    current: Signal<Option<Generation>>,
    /// What the page calls the person.
    #[prop(into)]
    name: Signal<Option<String>>,
    /// The page's one clock.
    #[prop(into)]
    now: Signal<Timestamp>,
) -> impl IntoView {
    // Memos, so that a tick redraws only what reads differently afterwards.
    let headline = Memo::new(move |_| {
        let (phase, current, name) = (phase.read(), current.read(), name.read());
        headline(&phase, current.as_ref(), name.as_deref(), now.get())
    });
    let counts = Memo::new(move |_| counts_to(&phase.read(), current.read().as_ref()));
    let left = Memo::new(move |_| counts.get().map(|counts| countdown(counts.left(now.get()))));
    let said = Memo::new(move |before: Option<&String>| {
        milestone(&phase.read(), current.read().as_ref(), now.get())
            .unwrap_or_else(|| before.cloned().unwrap_or_default())
    });
    let tone = Signal::derive(move || headline.with(|headline| headline.tone));

    view! {
        <div class="phase" data-tone=move || tone.get().as_str()>
            <Icon tone />
            <div class="phase__words">
                <h1 class="phase__word">{move || headline.with(|headline| headline.word)}</h1>
                <p class="phase__is">{move || headline.with(|headline| headline.is.clone())}</p>
                <p class="phase__next">{move || headline.with(|headline| headline.next.clone())}</p>
            </div>
            <ShowLet some=move || counts.get() let:counts>
                <p class="countdown" role="timer">
                    <span class="countdown__label">{counts.label}</span>
                    <span class="countdown__left">{left}</span>
                    <span class="countdown__at">"at "{clock::time(counts.at)}</span>
                </p>
            </ShowLet>
            <p class="visually-hidden" aria-live="polite">{said}</p>
        </div>
    }
}
