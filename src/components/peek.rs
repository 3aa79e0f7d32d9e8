//! The hidden frame made visible: a switch that outlines it, and what it loaded and said when it was last there.

use std::sync::Arc;

use leptos::prelude::*;
use silent_auth::leptos::Watched;
use silent_auth::protocol::record::Record;

use super::element::{Element, el, optional, part, shown_when};
use super::parameters::parameters;
use crate::model::duration::took;
use crate::model::flight::{FrameVisit, last_visit};

/// The switch and the account of the latest visit.
#[component]
pub fn Peek(
    /// Whether the frame is shown while it is there.
    peeking: RwSignal<bool>,
    /// What happened, oldest first.
    #[prop(into)]
    records: Watched<Vec<Arc<Record>>>,
) -> impl IntoView {
    let visit = move || records.with(|all| last_visit(all));
    let visits = move || {
        let key = |visit: &FrameVisit| visit.flight * 2 + u64::from(visit.stayed.is_some());
        visit().map(|visit| part(key(&visit), move || account(visit)))
    };
    let account = move || {
        let hint = "From now on the frame is outlined in the corner while it is in the page. Look closely: it is blank, and \
                    gone in a moment.";
        let none = "No hidden frame has been in this page yet.";
        el("div")
            .child(el("p").class("peek__hint").child(hint))
            .child(optional(visits))
            .child(shown_when(move || visit().is_none(), move || el("p").class("empty").child(none)))
    };
    el("div")
        .class("peek")
        .follows("data-peek", move || peeking.get().then(String::new))
        .child(
            el("button")
                .class("button button--small")
                .attribute("type", "button")
                .follows("aria-pressed", move || Some(peeking.get().to_string()))
                .on_click(move || peeking.update(|on| *on = !*on))
                .child("Peek at the hidden frame"),
        )
        .child(shown_when(move || peeking.get(), account))
        .view()
}

fn account(visit: FrameVisit) -> Element {
    let stayed = match visit.stayed {
        Some(time) => format!("It was in the page for {}.", took(time)),
        None => "It is in the page now.".to_owned(),
    };
    let account = el("div")
        .child(el("p").child(stayed))
        .child(el("h3").child("The address it loaded"))
        .child(el("p").class("peek__address").child(visit.address))
        .child(parameters(visit.asked));
    match visit.message {
        Some(message) => account.child(el("h3").child("The message it sent to this page")).child(parameters(message)),
        None => account.child(el("p").child("It has sent no message.")),
    }
}
