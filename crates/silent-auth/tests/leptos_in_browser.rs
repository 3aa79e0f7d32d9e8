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

/// An app's own test, with a tenant that is in the page.
#[cfg(feature = "mock")]
#[wasm_bindgen_test]
async fn an_app_is_tested_without_a_network() {
    use silent_auth::leptos::provide_mock_auth;
    use silent_auth::mock::MockProvider;

    let (section, tenant) = (section(), MockProvider::new("auth0|ada").with_claim("name", "Ada"));
    let provided = tenant.clone();
    let _mounted = mount_to(section.clone(), move || {
        let auth = provide_mock_auth(nowhere("mock"), &provided);
        let name = move || {
            auth.tokens.with(|tokens| {
                tokens.as_ref().and_then(|tokens| tokens.claims["name"].as_str().map(str::to_owned)).unwrap_or_default()
            })
        };
        view! {
            <button on:click=move |_| auth.sign_in("/notes")>"in"</button>
            <button on:click=move |_| auth.renew()>"renew"</button>
            <p>{move || auth.phase.with(Phase::as_str)} " " {name}</p>
        }
    });
    let shown =
        || section.query_selector("p").expect("valid").and_then(|shown| shown.text_content()).unwrap_or_default();
    let press = |index: u32| {
        let buttons = section.get_elements_by_tag_name("button");
        buttons.item(index).expect("a button").unchecked_into::<HtmlElement>().click();
    };
    tick().await;
    assert_eq!(shown(), "signed-out ");
    press(0);
    tick().await;
    assert_eq!(shown(), "signed-in Ada");
    assert_eq!(tenant.path().as_deref(), Some("/notes"));
    tenant.refuse("consent_required");
    press(1);
    tick().await;
    assert_eq!(shown(), "renewal-failed Ada");
    tenant.relent();
    tenant.end_session();
    press(1);
    tick().await;
    assert_eq!(shown(), "signed-out ");
}
