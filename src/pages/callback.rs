//! What is seen at the callback address when it is opened on its own: an explanation and the way home.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::lab;

/// The page at `/callback`. After a sign-in nobody sees it: the client has replaced the address by then.
#[component]
pub fn CallbackPage() -> impl IntoView {
    lab::set_title("Callback");
    view! {
        <section class="card">
            <h1>"The callback address"</h1>
            <p>
                "The tenant sends people back here after a sign-in, with a code in the address. "
                "The page takes the answer out of the address and goes on to where you were, so this text is only seen by someone who opens it by hand."
            </p>
            <p><A href="/">"Go to the session"</A></p>
        </section>
    }
}
