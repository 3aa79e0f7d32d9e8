//! Links to the sections of specifications.

use leptos::prelude::*;

use crate::model::spec::references;

/// The references in a text such as `RFC 6749, section 5.1; RFC 7636, section 4.5`, each a link if its address is known.
#[component]
pub fn Spec(
    /// The references, separated by semicolons.
    names: &'static str,
) -> impl IntoView {
    let links = references(names).into_iter().map(|reference| match reference.url {
        Some(url) => view! {
            <a class="spec" href=url title=reference.name target="_blank" rel="noreferrer">{reference.short}</a>
        }
        .into_any(),
        None => view! { <span class="spec">{reference.name}</span> }.into_any(),
    });
    links.collect_view()
}
