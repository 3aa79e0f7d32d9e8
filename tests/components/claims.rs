//! The claims with their meaning.

use leptos::prelude::*;
use silent_auth_app::components::claims::ClaimsTable;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Mounted, attribute, mount, settle, text_of};
use crate::values::{NOW, claims, tokens};

async fn table(now: &'static str, before: Option<&'static str>) -> Mounted {
    let (tokens, previous) = (Signal::stored(Some(tokens(now))), Signal::stored(before.map(claims)));
    mount(move || view! { <ClaimsTable tokens previous now=Signal::stored(NOW) /> }).await
}

#[wasm_bindgen_test]
async fn a_claim_stands_with_meaning_value_and_specification() {
    let now = RwSignal::new(NOW);
    let page = mount(move || {
        let tokens = Signal::stored(Some(tokens(r#"{"sub":"auth0|ada","exp":1700000060}"#)));
        view! { <ClaimsTable tokens previous=Signal::stored(None) now /> }
    })
    .await;
    let lines: Vec<_> = page.all(".claim").iter().map(text_of).collect();
    assert!(lines[0].contains("auth0|ada") && lines[0].contains("Who is signed in"), "{lines:?}");
    assert!(lines[1].contains("Nov 2023") && lines[1].contains("in 60 s"), "a date in words, not seconds: {lines:?}");
    assert!(!lines[1].contains("1700000060"), "{lines:?}");
    assert!(page.all(".claim a").iter().all(|link| attribute(link, "href").starts_with("https://openid.net/")));
    now.set(NOW.shifted(20_000));
    settle().await;
    assert!(page.text().contains("in 40 s"), "{}", page.text());
}

#[wasm_bindgen_test]
async fn what_changed_since_the_generation_before_is_marked() {
    let page = table(r#"{"sub":"ada","iat":2,"sid":"s"}"#, Some(r#"{"sub":"ada","iat":1,"acr":"x"}"#)).await;
    let marked: Vec<_> = page.all(".claim__name").iter().map(text_of).collect();
    assert_eq!(marked, ["sub", "iatchanged", "sidnew"]);
    assert!(page.text().contains("No longer there: acr."));
}

#[wasm_bindgen_test]
async fn the_raw_view_is_one_click_away_and_stays_open() {
    let held = RwSignal::new(Some(tokens(r#"{"sub":"ada"}"#)));
    let page =
        mount(move || view! { <ClaimsTable tokens=held previous=Signal::stored(None) now=Signal::stored(NOW) /> })
            .await;
    assert_eq!(text_of(&page.one("details summary")), "Raw claims");
    page.one("details").set_attribute("open", "").expect("opens");
    let mut next = tokens(r#"{"sub":"grace"}"#);
    next.received_at = NOW.shifted(48_000);
    held.set(Some(next));
    settle().await;
    assert!(text_of(&page.one("details[open] pre")).contains("\"sub\": \"grace\""), "after a renewal too");
    assert!(text_of(&page.one(".claim__value")).contains("grace"));
}
