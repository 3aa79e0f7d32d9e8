//! The sequence diagram of one flight, drawn from its records: an ordered list that also reads as text.

use core::cmp::Ordering;
use std::sync::Arc;

use leptos::prelude::*;
use silent_auth::leptos::Watched;
use silent_auth::protocol::record::{Outcome, Party, Record};

use super::element::{Element, el, list, part, shown_when, text};
use super::parameters::{more, parameters};
use crate::clock;
use crate::model::duration::took;
use crate::model::flight::{Flight, Row, lane, name};

/// The steps of a flight between page, hidden frame, tenant and, if one takes part, another tab.
#[component]
pub fn Sequence(
    /// What happened, oldest first.
    #[prop(into)]
    records: Watched<Vec<Arc<Record>>>,
    /// The number of the last flight that is not of interest any more; 0 for none.
    after: RwSignal<u64>,
    /// Which flight of the records is drawn.
    pick: fn(&[Arc<Record>]) -> Option<Flight>,
) -> impl IntoView {
    let flight = move || records.with(|all| pick(all)).filter(|flight| flight.number > after.get());
    let lanes = move || {
        let parties = [Party::Page, Party::Frame, Party::Tenant, Party::OtherTab];
        parties.into_iter().take(if flight().is_some_and(|flight| flight.has_other_tab()) { 4 } else { 3 })
    };
    let parties = move || {
        let party =
            |party| part(u64::from(lane(party)), move || el("span").class("sequence__party").child(name(party)));
        lanes().map(party).collect()
    };
    let rows = move || {
        let rows = flight().map(|flight| flight.rows).unwrap_or_default();
        rows.into_iter().map(|row| part(row.id, move || step(row))).collect()
    };
    let summary = move || flight().as_ref().map(summary).unwrap_or_default();
    let nothing = "Nothing has travelled yet. The first silent request is drawn here while it happens.";
    el("div")
        .class("sequence")
        .property("--lanes", move || lanes().count().to_string())
        .child(el("p").class("sequence__summary").child(text(summary)))
        .child(el("div").class("sequence__parties").attribute("aria-hidden", "true").child(list(parties)))
        .child(el("ol").class("sequence__rows").child(list(rows)))
        .child(shown_when(move || flight().is_none(), move || el("p").class("empty").child(nothing)))
        .view()
}

fn summary(flight: &Flight) -> String {
    let (began, state, took) = (clock::time(flight.began), flight.state.in_words(), took(flight.took));
    format!("Request {} began at {began}, {state} after {took}.", flight.number)
}

fn step(row: Row) -> Element {
    let (from, to) = (lane(row.from), lane(row.to));
    let direction = match from.cmp(&to) {
        Ordering::Less => "right",
        Ordering::Greater => "left",
        Ordering::Equal => "self",
    };
    let who =
        if from == to { format!("{}: ", name(row.from)) } else { format!("{} to {}: ", name(row.from), name(row.to)) };
    let outcome = match row.outcome {
        Outcome::Done => "done",
        Outcome::Ignored => "ignored",
        Outcome::Failed => "failed",
    };
    let what = el("p")
        .class("step__what")
        .child(el("span").class("visually-hidden").child(who))
        .child(row.sentence)
        .child(row.took.map(|time| el("span").class("step__took").child(format!("{} later", took(time)))));
    let words = el("div")
        .class("step__words")
        .child(what)
        .child((!row.detail.is_empty()).then(|| el("p").class("step__detail").child(row.detail)))
        .child((row.outcome == Outcome::Failed).then(|| el("p").class("step__stop").child("Stopped here.")))
        .child((!row.parameters.is_empty()).then(|| {
            let count = row.parameters.len();
            more(format!("{count} parameter{}", if count == 1 { "" } else { "s" }), parameters(row.parameters))
        }));
    let step = el("li").class("step").attribute("data-direction", direction).attribute("data-outcome", outcome);
    let step = match row.stop {
        Some(tone) => step.attribute("data-tone", tone.as_str()),
        None => step,
    };
    let drawing = el("span").class("step__drawing").attribute("aria-hidden", "true");
    step.property("--low", move || from.min(to).to_string())
        .property("--high", move || from.max(to).to_string())
        .child(drawing.child(el("span").class("step__arrow")))
        .child(words)
}
