//! The list of records and its filter.

use std::sync::Arc;

use leptos::prelude::*;
use silent_auth::protocol::record::Step;
use silent_auth_app::components::records::RecordList;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Mounted, attribute, mount, settle, text_of};
use crate::values::{record, refused_flight};

fn numbers(page: &Mounted) -> Vec<String> {
    page.all(".record__number").iter().map(text_of).collect()
}

#[wasm_bindgen_test]
async fn the_list_is_numbered_newest_first_and_grows() {
    let records = RwSignal::new(refused_flight());
    let page = mount(move || view! { <RecordList records /> }).await;
    assert_eq!(numbers(&page), ["3", "2", "1"]);
    records.update(|all| all.push(Arc::new(record(4, Step::RenewalDue))));
    settle().await;
    assert_eq!(numbers(&page), ["4", "3", "2", "1"]);
}

#[wasm_bindgen_test]
async fn a_filter_shows_one_kind_alone() {
    let page = mount(move || view! { <RecordList records=Signal::stored(refused_flight()) /> }).await;
    page.press("Problems").await;
    assert_eq!(numbers(&page), ["3"]);
    assert_eq!(attribute(&page.button("Problems").expect("a filter").into(), "aria-pressed"), "true");
    assert_eq!(attribute(&page.button("Everything").expect("a filter").into(), "aria-pressed"), "false");
    page.press("Hidden frame").await;
    assert_eq!(numbers(&page), ["2", "1"]);
    page.press("Other tabs").await;
    assert_eq!(numbers(&page), Vec::<String>::new());
    assert!(page.text().contains("No record of this kind yet."));
    page.press("Everything").await;
    assert_eq!(numbers(&page), ["3", "2", "1"]);
}

#[wasm_bindgen_test]
async fn a_failure_stands_with_code_expected_found_and_remedy() {
    let page = mount(move || view! { <RecordList records=Signal::stored(refused_flight()) /> }).await;
    let error = text_of(&page.one(".record__error"));
    for part in
        ["login_required", "a code", "login_required: Login required", "Sign in by full page", "the tenant said no"]
    {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[wasm_bindgen_test]
async fn a_record_links_to_its_specification_and_names_its_source() {
    let page =
        mount(move || view! { <RecordList records=Signal::stored(vec![Arc::new(record(1, Step::TokensReceived))]) /> })
            .await;
    assert_eq!(attribute(&page.one(".record a"), "href"), "https://www.rfc-editor.org/rfc/rfc6749#section-5.1");
    assert!(text_of(&page.one(".record__source")).ends_with("protocol/lifecycle/frame.rs"));
    assert_eq!(attribute(&page.one(".record__source code"), "title"), "src/protocol/lifecycle/frame.rs");
}
