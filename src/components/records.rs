//! The list of everything that happened: numbered, append-only, newest first, filtered by kind.

use std::sync::Arc;

use leptos::prelude::*;
use silent_auth::protocol::error::Code;
use silent_auth::protocol::record::{Outcome, Record, Step};
use silent_auth::protocol::time::Timestamp;

use super::decisions::{DecisionView, Decisions};
use super::icon::Icon;
use super::notice::ErrorFacts;
use super::parameters::Parameters;
use super::spec::Spec;
use crate::clock;
use crate::model::duration::offset;
use crate::model::flight::{Kind, lane, name};
use crate::model::phase::Tone;
use crate::model::remedy::remedy;

/// How many records are shown before somebody asks for all.
const AT_FIRST: usize = 24;

/// The list with its filter. Where a [`Decisions`] context is, the tenant's own account stands beside its answers.
#[component]
pub fn RecordList(
    /// Oldest first.
    #[prop(into)]
    records: Signal<Vec<Arc<Record>>>,
) -> impl IntoView {
    let kind = RwSignal::new(Kind::Everything);
    let all_of_them = RwSignal::new(false);
    let start = Memo::new(move |_| records.with(|all| all.first().map(|record| record.at)).unwrap_or_default());
    let count = Memo::new(move |_| records.with(|all| all.iter().filter(|record| kind.get().holds(record)).count()));
    let shown = move || {
        let (kind, limit) = (kind.get(), if all_of_them.get() { usize::MAX } else { AT_FIRST });
        let of_kind = |all: &Vec<Arc<Record>>| {
            all.iter().rev().filter(|record| kind.holds(record)).take(limit).cloned().collect::<Vec<_>>()
        };
        records.with(of_kind)
    };
    let more = move || !all_of_them.get() && count.get() > AT_FIRST;
    let none = move || count.get() == 0;
    let filters = Kind::ALL.map(|each| {
        view! {
            <button
                type="button"
                class="chip"
                aria-pressed=move || (kind.get() == each).to_string()
                on:click=move |_| kind.set(each)
            >
                {each.name()}
            </button>
        }
    });

    view! {
        <div class="records">
            <div class="chips" role="group" aria-label="Show records of this kind">{filters.to_vec()}</div>
            <ol class="records__list" reversed>
                <For each=shown key=|record| record.id let:record>
                    <Entry record start=start.get_untracked() />
                </For>
            </ol>
            <Show when=more>
                <button type="button" class="button button--small" on:click=move |_| all_of_them.set(true)>
                    "Show all "{count}" records"
                </button>
            </Show>
            <Show when=none>
                <p class="empty">"No record of this kind yet."</p>
            </Show>
        </div>
    }
}

#[component]
fn Entry(record: Arc<Record>, start: Timestamp) -> impl IntoView {
    let (from, to) = record.step.parties();
    let who = if lane(from) == lane(to) { name(from).to_owned() } else { format!("{} → {}", name(from), name(to)) };
    let (tone, word) = match (record.outcome, &record.error) {
        (Outcome::Done, _) => (Tone::Good, "done"),
        (Outcome::Ignored, _) => (Tone::Waiting, "ignored"),
        (Outcome::Failed, error) => (error.as_ref().map_or(Tone::Trouble, Tone::of), "failed"),
    };
    let error = record.error.clone().map(|error| {
        view! {
            <div class="record__error" data-tone=tone.as_str()>
                <p>{error.code.sentence()}" "{remedy(&error)}</p>
                <ErrorFacts error />
            </div>
        }
    });
    let parameters = (!record.parameters.is_empty()).then(|| {
        view! {
            <details class="more">
                <summary>"Parameters"</summary>
                <Parameters parameters=record.parameters.clone() />
            </details>
        }
    });
    let file = record.source.split_once("src/").map_or(record.source, |(_, file)| file);
    view! {
        <li class="record" id=format!("record-{}", record.id) data-step=record.step.as_str() data-outcome=word>
            <span class="record__number">{record.id}</span>
            <span class="record__time">
                {clock::exact_time(record.at)}
                <span class="record__offset">{offset(record.at, start)}</span>
            </span>
            <div class="record__body">
                <p class="record__what">
                    <Icon tone=Signal::stored(tone) />
                    <span class="visually-hidden">{word}": "</span>
                    {record.step.sentence()}
                </p>
                {(!record.detail.is_empty()).then(|| view! { <p class="record__detail">{record.detail.clone()}</p> })}
                {error}
                {parameters}
                <BesideIt record=record.clone() />
            </div>
            <p class="record__source">
                <span>{who}</span>
                <Spec names=record.step.spec() />
                <code title=record.source>{file}</code>
            </p>
        </li>
    }
}

/// The tenant's own account of the answer that a record is about, if it is about one.
#[component]
fn BesideIt(record: Arc<Record>) -> impl IntoView {
    let decisions = use_context::<Decisions>().filter(|decisions| decisions.are_enabled());
    let decision =
        decisions.zip(record.state.clone()).map(|(decisions, state)| decisions.about(state, endpoint(&record)));
    move || decision.and_then(|decision| decision.get()).map(|decision| view! { <DecisionView decision /> })
}

/// Which of the tenant's endpoints gave the answer that a record is about.
fn endpoint(record: &Record) -> &'static str {
    let refused = record.error.as_ref().is_some_and(|error| error.code == Code::ExchangeRefused);
    if record.step == Step::TokensReceived || refused { "/oauth/token" } else { "/authorize" }
}
