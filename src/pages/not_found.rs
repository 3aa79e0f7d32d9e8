//! The page for an address that the app does not have.

use leptos::prelude::*;

use crate::components::element::el;
use crate::lab;

/// Says so, and leads home.
#[component]
pub fn NotFound() -> impl IntoView {
    lab::set_title("No such page");
    el("section")
        .class("card")
        .child(el("h1").child("No such page"))
        .child(el("p").child("This app has no page at this address."))
        .child(el("p").child(el("a").attribute("href", "/").child("Go to the session")))
        .view()
}
