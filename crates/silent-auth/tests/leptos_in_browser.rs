//! The Leptos half in a real browser: the guard's third state, and an end with its owner.
#![cfg(all(target_arch = "wasm32", feature = "leptos"))]

use futures_channel::oneshot;
use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos::task::tick;
use silent_auth::leptos::{Guard, provide_auth, use_auth};
use silent_auth::protocol::config::ClientConfig;
use silent_auth::protocol::session::Phase;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::HtmlElement;

wasm_bindgen_test_configure!(run_in_browser);

fn section() -> HtmlElement {
    let section: HtmlElement = document().create_element("section").expect("a section").unchecked_into();
    document().body().expect("a body").append_child(&section).expect("appended");
    section
}

fn nowhere(client_id: &str) -> ClientConfig {
    ClientConfig::new("http://localhost:49151/", client_id, "http://localhost:3000/callback").expect("valid")
}

/// Shows the phase and a guard; tells once when the first answer is known.
#[component]
fn Page(known: oneshot::Sender<()>) -> impl IntoView {
    let auth = provide_auth(nowhere("guard"));
    let known = StoredValue::new_local(Some(known));
    Effect::new(move || {
        if auth.phase.with(|phase| *phase != Phase::Checking)
            && let Some(known) = known.try_update_value(Option::take).flatten()
        {
            known.send(()).expect("somebody waits");
        }
    });
    let phase = move || use_auth().phase.with(Phase::as_str);
    view! {
        <p>{phase}</p>
        <Guard signed_out=|| "signed out" checking=|| "not known yet">"signed in"</Guard>
    }
}

#[wasm_bindgen_test]
async fn what_is_not_known_is_not_called_signed_out() {
    let section = section();
    let (known, is_known) = oneshot::channel();
    let _mounted = mount_to(section.clone(), move || view! { <Page known /> });
    tick().await;
    assert_eq!(section.text_content().as_deref(), Some("checkingnot known yet"));
    is_known.await.expect("an answer");
    tick().await;
    assert_eq!(section.text_content().as_deref(), Some("undeterminednot known yet"));
}
