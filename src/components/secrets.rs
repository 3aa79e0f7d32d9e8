//! The tokens themselves: covered, revealed one by one, and covered again when nobody can see the page.

use leptos::prelude::*;

use super::parameters::Fingerprint;

/// A secret value with its fingerprint.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// The secret text.
    pub text: String,
    /// What may always be shown of it.
    pub fingerprint: String,
}

/// One secret under its name, covered until it is asked for.
#[component]
pub fn Covered(
    /// What it is, as `access token`.
    name: &'static str,
    /// The secret.
    #[prop(into)]
    secret: Signal<Option<Secret>>,
    /// The fingerprint of the one secret that is revealed; `None` covers all. Shared, so that one at a time is seen, and
    /// a fingerprint, so that the token that takes its place is covered.
    revealed: RwSignal<Option<String>>,
) -> impl IntoView {
    let print = move || secret.with(|secret| secret.as_ref().map(|secret| secret.fingerprint.clone()));
    let is_revealed = Memo::new(move |_| print().is_some_and(|print| revealed.get() == Some(print)));
    let toggle = move |_| revealed.set(print().filter(|_| !is_revealed.get_untracked()));
    let label = move || if is_revealed.get() { format!("Cover {name}") } else { format!("Show {name}") };
    let shown = move || {
        secret.get().map(|secret| {
            if is_revealed.get() {
                view! { <code class="secret__text">{secret.text}</code> }.into_any()
            } else {
                view! { <span class="secret__cover">"covered, "<Fingerprint print=secret.fingerprint /></span> }
                    .into_any()
            }
        })
    };
    view! {
        <Show when=move || secret.with(Option::is_some)>
            <div class="secret">
                <span class="secret__name">{name}</span>
                <button type="button" class="button button--small" on:click=toggle>{label}</button>
                <div class="secret__value">{shown}</div>
            </div>
        </Show>
    }
}
