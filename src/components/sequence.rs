//! The sequence diagram of one flight, drawn from its records: an ordered list that also reads as text.

use leptos::prelude::*;
use silent_auth::protocol::record::{Outcome, Party};

use super::parameters::Parameters;
use crate::clock;
use crate::model::duration::took;
use crate::model::flight::{Flight, Row, lane, name};

/// The steps of a flight between page, hidden frame, tenant and, if one takes part, another tab.
#[component]
pub fn Sequence(
    /// The flight; `None` before the first.
    #[prop(into)]
    flight: Signal<Option<Flight>>,
) -> impl IntoView {
    let lanes = Memo::new(move |_| {
        flight.with(|flight| if flight.as_ref().is_some_and(Flight::has_other_tab) { 4 } else { 3 })
    });
    let parties = move || {
        [Party::Page, Party::Frame, Party::Tenant, Party::OtherTab]
            .into_iter()
            .take(lanes.get())
            .map(|party| view! { <span class="sequence__party">{name(party)}</span> })
            .collect_view()
    };
    let rows = move || flight.get().map(|flight| flight.rows).unwrap_or_default();
    let summary = move || {
        flight.with(|flight| {
            flight.as_ref().map(|flight| {
                format!(
                    "Flight {} began at {}, {} after {}.",
                    flight.number,
                    clock::time(flight.began),
                    flight.state.in_words(),
                    took(flight.took)
                )
            })
        })
    };
    let empty = move || flight.with(Option::is_none);

    view! {
        <div class="sequence" style=("--lanes", move || lanes.get().to_string())>
            <p class="sequence__summary">{summary}</p>
            <div class="sequence__parties" aria-hidden="true">{parties}</div>
            <ol class="sequence__rows">
                <For each=rows key=|row| row.id let:row>
                    <Step row />
                </For>
            </ol>
            <Show when=empty>
                <p class="empty">"Nothing has travelled yet. The first silent request is drawn here while it happens."</p>
            </Show>
        </div>
    }
}

#[component]
fn Step(row: Row) -> impl IntoView {
    let (from, to) = (lane(row.from), lane(row.to));
    let direction = match from.cmp(&to) {
        core::cmp::Ordering::Less => "right",
        core::cmp::Ordering::Greater => "left",
        core::cmp::Ordering::Equal => "self",
    };
    let who = if from == to { name(row.from).to_owned() } else { format!("{} to {}", name(row.from), name(row.to)) };
    let outcome = match row.outcome {
        Outcome::Done => "done",
        Outcome::Ignored => "ignored",
        Outcome::Failed => "failed",
    };
    let count = row.parameters.len();
    let parameters = (count > 0).then(|| {
        let label = if count == 1 { "1 parameter".to_owned() } else { format!("{count} parameters") };
        view! {
            <details class="more">
                <summary>{label}</summary>
                <Parameters parameters=row.parameters />
            </details>
        }
    });
    view! {
        <li
            class="step"
            data-direction=direction
            data-outcome=outcome
            data-tone=row.stop.map(crate::model::phase::Tone::as_str)
            style=("--low", from.min(to).to_string())
            style=("--high", from.max(to).to_string())
        >
            <span class="step__drawing" aria-hidden="true"><span class="step__arrow"></span></span>
            <div class="step__words">
                <p class="step__what">
                    <span class="visually-hidden">{who}": "</span>
                    {row.sentence}
                    {row.took.map(|time| view! { <span class="step__took">{took(time)}" later"</span> })}
                </p>
                {(!row.detail.is_empty()).then(|| view! { <p class="step__detail">{row.detail}</p> })}
                {(row.outcome == Outcome::Failed).then(|| view! { <p class="step__stop">"Stopped here."</p> })}
                {parameters}
            </div>
        </li>
    }
}
