//! The page for an address that the app does not have.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::lab;

/// Says so, and leads home.
#[component]
pub fn NotFound() -> impl IntoView {
    lab::set_title("No such page");
    view! {
        <section class="card">
            <h1>"No such page"</h1>
            <p>"This app has no page at this address."</p>
            <p><A href="/">"Go to the session"</A></p>
        </section>
    }
}
