//! Covered secrets.

use leptos::prelude::*;
use silent_auth::protocol::secret::AccessToken;
use silent_auth_app::components::secrets::CoveredTokens;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{mount, settle};
use crate::values::tokens;

#[wasm_bindgen_test]
async fn a_secret_is_covered_until_it_is_asked_for() {
    let held = Signal::stored(Some(tokens("{}")));
    let page = mount(move || view! { <CoveredTokens tokens=held revealed=RwSignal::new(None) /> }).await;
    let print = tokens("{}").access_token.fingerprint();
    assert!(!page.text().contains("open-sesame") && page.text().contains(&print), "{}", page.text());
    page.press("Show access token").await;
    assert!(page.text().contains("open-sesame"));
    page.press("Cover access token").await;
    assert!(!page.text().contains("open-sesame"));
}

#[wasm_bindgen_test]
async fn one_secret_at_a_time_is_revealed() {
    let held = Signal::stored(Some(tokens("{}")));
    let page = mount(move || view! { <CoveredTokens tokens=held revealed=RwSignal::new(None) /> }).await;
    page.press("Show access token").await;
    page.press("Show ID token").await;
    assert!(page.text().contains("the-id-token") && !page.text().contains("open-sesame"));
}

#[wasm_bindgen_test]
async fn the_secret_that_takes_its_place_is_covered() {
    let (held, revealed) = (RwSignal::new(Some(tokens("{}"))), RwSignal::new(None));
    let page = mount(move || view! { <CoveredTokens tokens=held revealed /> }).await;
    page.press("Show access token").await;
    let mut next = tokens("{}");
    next.access_token = AccessToken::new("next-one");
    held.set(Some(next));
    settle().await;
    assert!(!page.text().contains("next-one"));
    page.press("Show access token").await;
    assert!(page.text().contains("next-one"));
    revealed.set(None);
    settle().await;
    assert!(!page.text().contains("next-one"), "as when the page is hidden");
}

#[wasm_bindgen_test]
async fn without_a_token_nothing_is_offered() {
    let page = mount(|| view! { <CoveredTokens tokens=Signal::stored(None) revealed=RwSignal::new(None) /> }).await;
    assert_eq!(page.text(), "");
}
