//! Something to try in the lab: what will happen, the button, and what did.

use std::sync::Arc;

use leptos::prelude::*;

use super::element::{Element, Follow, el, key, optional, part};
use super::icon::icon;
use super::notice::error_facts;
use crate::model::remedy::remedy;
use crate::model::trial::{Judged, Trial, Way};

/// How a trial stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Whether it can be made now.
    pub ready: bool,
    /// Whether it is under way.
    pub running: bool,
    /// Whether it is what the tenant does at present, for what lasts.
    pub on: bool,
    /// What came of it the last time, and how many trials were made up to then.
    pub judged: Option<(u64, Judged)>,
    /// What the tenant says of the last time, where this page does not know.
    pub fired: String,
}

/// One trial; `run` makes it.
pub fn trial(trial: Trial, standing: Arc<dyn Follow<Standing>>, run: impl Fn() + 'static) -> Element {
    let stands = |look: fn(&Standing) -> bool| {
        let standing = Arc::clone(&standing);
        move || look(&standing())
    };
    let what = if trial.way() == Way::Reload { "Arm it and reload" } else { "Try it" };
    let (ready, is_ready) = (stands(|it| it.ready), stands(|it| it.ready));
    let button = el("button")
        .class("button button--small")
        .attribute("type", "button")
        // Not `disabled`, so that the focus stays where it is.
        .follows("aria-disabled", move || (!ready()).then(|| "true".to_owned()))
        .on_click(move || {
            if untrack(&is_ready) {
                run();
            }
        })
        .child(what)
        .child(el("span").class("visually-hidden").child(format!(": {}", trial.text("title"))));
    let control: Element = match trial.way() {
        Way::Elsewhere => el("p").class("hint").child("For other clients: this page's renewals lack what it needs."),
        Way::Renewal | Way::Reload => button,
    };
    let expects = trial.expects();
    let expected =
        (!expects.is_empty()).then(|| el("p").class("hint").child("Expected: ").child(el("code").child(expects)));
    let fired = {
        let standing = Arc::clone(&standing);
        move || {
            let Standing { judged, running, fired, .. } = standing();
            let known = judged.is_some() || running || fired.is_empty();
            (!known).then(|| part(key(&fired), move || el("p").class("hint").child(fired)))
        }
    };
    let last = Arc::clone(&standing);
    let judged = move || {
        let Standing { judged, running, .. } = last();
        judged.filter(|_| !running).map(|(number, judged)| part(number, move || outcome(judged)))
    };
    let running = el("p").class("hint trial__running").child("The tenant is told, and the renewal is under way.");
    let title = el("h4").child(trial.text("title")).child(el("span").class("badge trial__on").child("on now"));
    let outcome = el("div").class("trial__outcome").attribute("aria-live", "polite").child(running);
    // The style sheet shows what belongs to a mark.
    el("li")
        .class("trial")
        .attribute("data-trial", trial.name())
        .follows("data-running", mark(stands(|it| it.running)))
        .follows("data-on", mark(stands(|it| it.on)))
        .child(title)
        .child(el("p").child(trial.text("will")))
        .child(expected)
        .child(control)
        .child(outcome.child(optional(fired)).child(optional(judged)))
}

/// The value of an attribute that is there or not.
fn mark(is: impl Follow<bool>) -> impl Follow<Option<String>> {
    move || is().then(String::new)
}

/// What came of a trial: the comparison first, then what each side did.
fn outcome(judged: Judged) -> Element {
    let (tone, word) = judged.headline();
    let session = judged.session();
    let did = (!judged.did.is_empty()).then(|| el("p").child(el("b").child("The tenant: ")).child(judged.did));
    let (words, facts) = match &judged.error {
        Some(error) => {
            let help = if judged.is_in { "" } else { remedy(error) };
            (format!("{} {session} {help}", error.code.sentence()), Some(error_facts(error)))
        }
        None => (session.to_owned(), None),
    };
    el("div")
        .class("outcome")
        .attribute("data-tone", tone.as_str())
        .child(el("p").class("outcome__word").child(icon(move || tone)).child(word))
        .child(did)
        .child(el("p").child(el("b").child("This page: ")).child(words))
        .child(facts)
}
