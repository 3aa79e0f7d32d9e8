//! What is seen at the callback address when it is opened on its own: an explanation and the way home.

use leptos::prelude::*;

use crate::components::element::el;
use crate::lab;

/// The page at `/callback`. After a sign-in nobody sees it: the client has replaced the address by then.
#[component]
pub fn CallbackPage() -> impl IntoView {
    lab::set_title("Callback");
    el("section")
        .class("card")
        .child(el("h1").child("The callback address"))
        .child(el("p").child(
            "The tenant sends people back here after a sign-in, with a code in the address. The page takes the answer out of the \
             address and goes on to where you were, so this text is only seen by someone who opens it by hand.",
        ))
        .child(el("p").child(el("a").attribute("href", "/").child("Go to the session")))
        .view()
}
