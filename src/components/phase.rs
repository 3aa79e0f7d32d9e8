//! The phase in words, with its icon and the countdown: what alone must make sense on a telephone.

use leptos::prelude::*;
use silent_auth::leptos::Watched;
use silent_auth::protocol::session::{Generation, Phase, Tokens};
use silent_auth::protocol::time::Timestamp;

use super::element::{el, optional, part, text};
use super::icon::icon;
use crate::clock;
use crate::model::claims::person;
use crate::model::duration::countdown;
use crate::model::phase::{Headline, counts_to, headline, milestone};

/// What is, what comes next, and how long until then.
#[component]
pub fn PhaseBanner(
    /// The phase.
    #[prop(into)]
    phase: Watched<Phase>,
    /// The generations, oldest first; the one in use has no end.
    #[prop(into)]
    generations: Watched<Vec<Generation>>,
    /// The tokens in use, which know what the person is called.
    #[prop(into)]
    tokens: Watched<Option<Tokens>>,
    /// The page's one clock.
    #[prop(into)]
    now: Watched<Timestamp>,
) -> impl IntoView {
    let current = move || in_use(&generations.get());
    let words = move || {
        let tokens = tokens.get();
        let name = tokens.as_ref().and_then(|tokens| person(&tokens.claims));
        headline(&phase.get(), current().as_ref(), name, now.get())
    };
    let counts = move || counts_to(&phase.get(), current().as_ref());
    // What was said stands until there is something else to say.
    let said = StoredValue::new(String::new());
    let say = move || {
        if let Some(news) = milestone(&phase.get(), current().as_ref(), now.get()) {
            said.set_value(news);
        }
        said.get_value()
    };
    let sentence = move |class, pick: fn(Headline) -> String| el("p").class(class).child(text(move || pick(words())));
    let count = move || {
        let counts = counts()?;
        let at = u64::try_from(counts.at.as_millis()).unwrap_or(0);
        Some(part(at, move || {
            el("p")
                .class("countdown")
                .attribute("role", "timer")
                .child(el("span").class("countdown__label").child(counts.label))
                .child(el("span").class("countdown__left").child(text(move || countdown(counts.left(now.get())))))
                .child(el("span").class("countdown__at").child(format!("at {}", clock::time(counts.at))))
        }))
    };
    el("div")
        .class("phase")
        .follows("data-tone", move || Some(words().tone.as_str().to_owned()))
        .child(icon(move || words().tone))
        .child(
            el("div")
                .class("phase__words")
                .child(el("h1").class("phase__word").child(text(move || words().word.to_owned())))
                .child(sentence("phase__is", |headline| headline.is))
                .child(sentence("phase__next", |headline| headline.next)),
        )
        .child(optional(count))
        .child(el("p").class("visually-hidden").attribute("aria-live", "polite").child(text(say)))
        .view()
}

/// The generation in use, if there is one.
#[must_use]
pub fn in_use(generations: &[Generation]) -> Option<Generation> {
    generations.last().filter(|newest| newest.ended_at.is_none()).cloned()
}
