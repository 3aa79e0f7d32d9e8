//! The lifecycle bar.

use leptos::prelude::*;
use silent_auth::protocol::session::Generation;
use silent_auth_app::components::bar::LifecycleBar;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{attribute, mount, property, settle, text_of};
use crate::values::{NOW, generation};

#[wasm_bindgen_test]
async fn now_moves_along_the_bar() {
    let now = RwSignal::new(NOW);
    let page = mount(move || view! { <LifecycleBar generations=Signal::stored(vec![generation()]) now /> }).await;
    assert_eq!(property(&page.one(".bar__now"), "--at"), "500");
    let segment = page.one(".bar__segment--current");
    assert_eq!(
        (property(&segment, "--from"), property(&segment, "--renew"), property(&segment, "--to")),
        ("0".into(), "800".into(), "1000".into())
    );
    assert_eq!(property(&segment, "--lived"), "500");
    now.set(NOW.shifted(6_000));
    settle().await;
    assert_eq!(property(&page.one(".bar__now"), "--at"), "600");
    assert_eq!(property(&page.one(".bar__segment--current"), "--lived"), "600");
}

#[wasm_bindgen_test]
async fn a_renewal_keeps_the_old_segment_as_a_shadow() {
    let generations = RwSignal::new(vec![generation()]);
    let page = mount(move || view! { <LifecycleBar generations now=Signal::stored(NOW) /> }).await;
    let old = Generation { ended_at: Some(NOW), ..generation() };
    let new = Generation {
        number: 4,
        issued_at: NOW,
        renew_at: NOW.shifted(48_000),
        expires_at: NOW.shifted(60_000),
        ..generation()
    };
    generations.set(vec![old, new]);
    settle().await;
    let numbers: Vec<_> = page.all(".bar__number").iter().map(text_of).collect();
    assert_eq!(numbers, ["3", "4"]);
    assert_eq!(text_of(&page.one(".bar__segment--current .bar__number")), "4");
    assert!(page.text().contains("Generation 4"));
}

#[wasm_bindgen_test]
async fn before_a_sign_in_the_bar_is_an_example_and_says_so() {
    let page =
        mount(|| view! { <LifecycleBar generations=Signal::stored(Vec::new()) now=Signal::stored(NOW) /> }).await;
    assert_eq!(page.all(".bar--example").len(), 1);
    assert!(page.text().contains("An example"), "{}", page.text());
    assert!(attribute(&page.one("[role=img]"), "aria-label").starts_with("An example"));
}
