//! Names and values that travelled: real values, and fingerprints of secret ones.

use leptos::prelude::*;
use silent_auth::protocol::record::{Parameter, Shown};

/// A list of names and values.
#[component]
pub fn Parameters(
    /// What travelled.
    parameters: Vec<Parameter>,
) -> impl IntoView {
    let rows = parameters.into_iter().map(|parameter| {
        let value = match parameter.value {
            Shown::Plain(value) => view! { <dd>{value}</dd> }.into_any(),
            Shown::Fingerprint(print) => view! { <dd><Fingerprint print /></dd> }.into_any(),
        };
        view! {
            <dt>{parameter.name}</dt>
            {value}
        }
    });
    view! { <dl class="parameters">{rows.collect_view()}</dl> }
}

/// Stands for a secret: equal secrets have equal fingerprints, so one can be followed through the page.
#[component]
pub fn Fingerprint(
    /// The first digits of the secret's hash.
    print: String,
) -> impl IntoView {
    view! {
        <span class="fingerprint" title="A secret. These are the first digits of its SHA-256 hash.">
            <span class="visually-hidden">"secret with fingerprint "</span>
            {print}
        </span>
    }
}
