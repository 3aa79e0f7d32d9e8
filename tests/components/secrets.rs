//! Covered secrets.

use leptos::prelude::*;
use silent_auth_app::components::secrets::{Covered, Secret};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{mount, settle};

fn secret(text: &str) -> Option<Secret> {
    Some(Secret { text: text.to_owned(), fingerprint: format!("print-of-{}", text.len()) })
}

#[wasm_bindgen_test]
async fn a_secret_is_covered_until_it_is_asked_for() {
    let page = mount(|| view! { <Covered name="access token" secret=Signal::stored(secret("sesame")) revealed=RwSignal::new(None) /> }).await;
    assert!(!page.text().contains("sesame") && page.text().contains("print-of-6"));
    page.press("Show access token").await;
    assert!(page.text().contains("sesame"));
    page.press("Cover access token").await;
    assert!(!page.text().contains("sesame"));
}

#[wasm_bindgen_test]
async fn one_secret_at_a_time_is_revealed() {
    let page = mount(|| {
        let revealed = RwSignal::new(None);
        view! {
            <Covered name="access token" secret=Signal::stored(secret("sesame")) revealed />
            <Covered name="ID token" secret=Signal::stored(secret("open-up")) revealed />
        }
    })
    .await;
    page.press("Show access token").await;
    page.press("Show ID token").await;
    assert!(page.text().contains("open-up") && !page.text().contains("sesame"));
}

#[wasm_bindgen_test]
async fn the_secret_that_takes_its_place_is_covered() {
    let (held, revealed) = (RwSignal::new(secret("sesame")), RwSignal::new(None));
    let page = mount(move || view! { <Covered name="access token" secret=held revealed /> }).await;
    page.press("Show access token").await;
    held.set(secret("next-one"));
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
    let page =
        mount(|| view! { <Covered name="access token" secret=Signal::stored(None) revealed=RwSignal::new(None) /> })
            .await;
    assert_eq!(page.text(), "");
}
