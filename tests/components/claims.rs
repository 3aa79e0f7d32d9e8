//! The claims with their meaning.

use leptos::prelude::*;
use silent_auth_app::components::claims::ClaimsTable;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{attribute, mount, settle, text_of};
use crate::values::{NOW, claims};

#[wasm_bindgen_test]
async fn a_claim_stands_with_meaning_value_and_specification() {
    let now = RwSignal::new(NOW);
    let page = mount(move || {
        let some = Some(claims(r#"{"sub":"auth0|ada","exp":1700000060}"#));
        view! { <ClaimsTable claims=Signal::stored(some) previous=Signal::stored(None) now /> }
    })
    .await;
    let lines: Vec<_> = page.all(".claim").iter().map(text_of).collect();
    assert!(lines[0].contains("auth0|ada") && lines[0].contains("Who is signed in"), "{lines:?}");
    assert!(lines[1].contains("Nov 2023") && lines[1].contains("in 60 s"), "a date in words, not seconds: {lines:?}");
    assert!(!lines[1].contains("1700000060"), "{lines:?}");
    assert!(page.all(".claim a").iter().all(|link| attribute(link, "href").starts_with("https://openid.net/")));
    now.set(NOW.shifted(20_000));
    settle().await;
    assert!(page.text().contains("in 40 s"));
}

#[wasm_bindgen_test]
async fn what_changed_since_the_generation_before_is_marked() {
    let page = mount(|| {
        let some = |json| Signal::stored(Some(claims(json)));
        view! { <ClaimsTable claims=some(r#"{"sub":"ada","iat":2,"sid":"s"}"#) previous=some(r#"{"sub":"ada","iat":1,"acr":"x"}"#) now=Signal::stored(NOW) /> }
    })
    .await;
    let marked: Vec<_> = page.all(".claim__name").iter().map(text_of).collect();
    assert_eq!(marked, ["sub", "iatchanged", "sidnew"]);
    assert!(page.text().contains("No longer there: acr."));
}

#[wasm_bindgen_test]
async fn the_raw_view_is_one_click_away() {
    let page = mount(|| {
        let some = Some(claims(r#"{"sub":"ada"}"#));
        view! { <ClaimsTable claims=Signal::stored(some) previous=Signal::stored(None) now=Signal::stored(NOW) /> }
    })
    .await;
    assert_eq!(text_of(&page.one("details summary")), "Raw claims");
    assert!(text_of(&page.one("details pre")).contains("\"sub\": \"ada\""));
}
