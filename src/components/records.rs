//! The list of everything that happened: numbered, append-only, newest first, filtered by kind.

use std::sync::Arc;

use leptos::prelude::*;
use silent_auth::leptos::Watched;
use silent_auth::protocol::error::Code;
use silent_auth::protocol::record::{Outcome, Record, Step};
use silent_auth::protocol::time::Timestamp;

use super::decisions::{Decisions, decision};
use super::element::{Element, el, list, optional, part, shown_when, text};
use super::icon::icon;
use super::notice::error_facts;
use super::parameters::{more, parameters};
use super::spec::links;
use crate::clock;
use crate::model::duration::offset;
use crate::model::flight::{Kind, lane, name};
use crate::model::phase::Tone;
use crate::model::remedy::remedy;

/// How many records are shown before somebody asks for all. In 64 bits, as other signals of the page are: each type of
/// signal is code of its own in the download.
const AT_FIRST: u64 = 24;

/// The list with its filter. Where a [`Decisions`] context is, the tenant's own account stands beside its answers.
#[component]
pub fn RecordList(
    /// Oldest first.
    #[prop(into)]
    records: Watched<Vec<Arc<Record>>>,
) -> impl IntoView {
    let decisions = use_context::<Decisions>();
    let kind = RwSignal::new(Kind::Everything);
    let limit = RwSignal::new(AT_FIRST);
    let count = move || records.with(|all| all.iter().filter(|record| kind.get().holds(record)).count() as u64);
    let entries = move || {
        let (kind, limit) = (kind.get(), limit.get());
        let keyed = |start, record: Arc<Record>| part(record.id, move || entry(&record, start, decisions));
        records.with(|all| {
            let start = all.first().map(|record| record.at).unwrap_or_default();
            let of_kind =
                all.iter().rev().filter(|record| kind.holds(record)).zip(0..limit).map(|(record, _)| record.clone());
            of_kind.map(|record| keyed(start, record)).collect()
        })
    };
    let filter = |each: Kind| {
        el("button")
            .class("chip")
            .attribute("type", "button")
            .follows("aria-pressed", move || Some((kind.get() == each).to_string()))
            .on_click(move || kind.set(each))
            .child(each.name())
    };
    let filters: Vec<_> = Kind::ALL.into_iter().map(filter).collect();
    let show_all = move || {
        el("button")
            .class("button button--small")
            .attribute("type", "button")
            .on_click(move || limit.set(u64::MAX))
            .child(text(move || format!("Show all {} records", count())))
    };
    el("div")
        .class("records")
        .child(
            el("div")
                .class("chips")
                .attribute("role", "group")
                .attribute("aria-label", "Show records of this kind")
                .child(filters),
        )
        .child(el("ol").class("records__list").attribute("reversed", "").child(list(entries)))
        .child(shown_when(move || count() > limit.get(), show_all))
        .child(shown_when(move || count() == 0, || el("p").class("empty").child("No record of this kind yet.")))
        .view()
}

fn entry(record: &Arc<Record>, start: Timestamp, decisions: Option<Decisions>) -> Element {
    let (from, to) = record.step.parties();
    let who = if lane(from) == lane(to) { name(from).to_owned() } else { format!("{} → {}", name(from), name(to)) };
    let (tone, outcome) = match (record.outcome, &record.error) {
        (Outcome::Done, _) => (Tone::Good, "done"),
        (Outcome::Ignored, _) => (Tone::Waiting, "ignored"),
        (Outcome::Failed, error) => (error.as_ref().map_or(Tone::Trouble, Tone::of), "failed"),
    };
    let error = record.error.as_ref().map(|error| {
        el("div")
            .class("record__error")
            .attribute("data-tone", tone.as_str())
            .child(el("p").child(format!("{} {}", error.code.sentence(), remedy(error))))
            .child(error_facts(error))
    });
    let what = el("p")
        .class("record__what")
        .child(icon(move || tone))
        .child(el("span").class("visually-hidden").child(format!("{outcome}: ")))
        .child(record.step.sentence());
    let detail = (!record.detail.is_empty()).then(|| el("p").class("record__detail").child(record.detail.clone()));
    let travelled = record.parameters.clone();
    let body = el("div")
        .class("record__body")
        .child(what)
        .child(detail)
        .child(error)
        .child((!travelled.is_empty()).then(|| more("Parameters", parameters(travelled))));
    let body = match decisions.zip(record.state.clone()) {
        Some((decisions, state)) => body.child(account(decisions, state, endpoint(record))),
        None => body,
    };
    let file = ["crates/silent-auth/src/", "src/"].iter().find_map(|folder| record.source.strip_prefix(folder));
    let source = el("p")
        .class("record__source")
        .child(el("span").child(who))
        .child(links(record.step.spec()))
        .child(el("code").attribute("title", record.source).child(file.unwrap_or(record.source)));
    let time = el("span")
        .class("record__time")
        .child(clock::exact_time(record.at))
        .child(el("span").class("record__offset").child(offset(record.at, start)));
    el("li")
        .class("record")
        .attribute("data-step", record.step.as_str())
        .attribute("data-outcome", outcome)
        .child(el("span").class("record__number").child(record.id.to_string()))
        .child(time)
        .child(body)
        .child(source)
}

/// The tenant's own account of the answer with `state`, as soon as the tenant has told.
fn account(decisions: Decisions, state: String, endpoint: &'static str) -> AnyView {
    decisions.ask(&state, endpoint);
    optional(move || {
        let told = decisions.about(&state, endpoint);
        told.map(|told| part(0, move || decision(told, false)))
    })
}

/// Which of the tenant's endpoints gave the answer that a record is about.
fn endpoint(record: &Record) -> &'static str {
    let refused = record.error.as_ref().is_some_and(|error| error.code == Code::ExchangeRefused);
    if record.step == Step::TokensReceived || refused { "/oauth/token" } else { "/authorize" }
}
