//! The claims of the ID token: a table with their meaning, and the raw view one click away.

use leptos::prelude::*;
use silent_auth::protocol::session::Claims;
use silent_auth::protocol::time::Timestamp;

use super::spec::Spec;
use crate::clock;
use crate::model::claims::{Change, Line, Shown, gone, lines, raw};
use crate::model::duration::relative;

/// The claims with meaning, value and what changed since the generation before.
#[component]
pub fn ClaimsTable(
    /// The claims; `None` while nobody is signed in.
    #[prop(into)]
    claims: Signal<Option<Claims>>,
    /// Those of the generation before.
    #[prop(into)]
    previous: Signal<Option<Claims>>,
    /// The page's one clock.
    #[prop(into)]
    now: Signal<Timestamp>,
) -> impl IntoView {
    let drawn = Memo::new(move |_| {
        let (claims, previous) = (claims.read(), previous.read());
        claims.as_ref().map(|claims| (lines(claims, previous.as_ref()), gone(claims, previous.as_ref()), raw(claims)))
    });
    move || match drawn.get() {
        None => view! { <p class="empty">"The claims of the ID token stand here once somebody is signed in."</p> }
            .into_any(),
        Some((lines, gone, raw)) => view! {
            <ul class="claims">
                {lines.into_iter().map(|line| view! { <Claim line now /> }).collect_view()}
            </ul>
            {(!gone.is_empty()).then(|| format!("No longer there: {}.", gone.join(", ")))}
            <details class="more">
                <summary>"Raw claims"</summary>
                <pre class="raw" tabindex="0">{raw}</pre>
            </details>
        }
        .into_any(),
    }
}

#[component]
fn Claim(line: Line, now: Signal<Timestamp>) -> impl IntoView {
    let change = match line.change {
        Change::Changed => Some("changed"),
        Change::New => Some("new"),
        Change::Same | Change::Unknown => None,
    };
    let value = match line.value {
        Shown::Date(at) => view! {
            {clock::date_and_time(at)}
            " · "
            <span class="claim__relative">{move || relative(at, now.get())}</span>
        }
        .into_any(),
        Shown::Text(text) => text.into_any(),
    };
    view! {
        <li class="claim">
            <span class="claim__name">
                <code>{line.name}</code>
                {change.map(|word| view! { <span class="badge">{word}</span> })}
            </span>
            <span class="claim__value">{value}</span>
            <span class="claim__meaning">{line.meaning}" "<Spec names=line.spec /></span>
        </li>
    }
}
