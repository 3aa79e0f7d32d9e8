//! A trial of the lab: said before the click, made by it, and judged afterwards.

use std::sync::Arc;

use leptos::prelude::*;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::json::Value;
use silent_auth_app::components::trial::{Standing, trial};
use silent_auth_app::model::trial::{Judged, Kind, Trial, Verdict};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Mounted, attribute, mount, settle, text_of};

const FAULT: &str =
    r#"{"name":"wrong_iss","title":"Another issuer","will":"The tenant lies.","expect":"id_token.iss"}"#;

fn judged(verdict: Verdict, is_in: bool) -> Judged {
    let error = AuthError::new(Code::IdTokenIss).because("https://mine/", "https://another/");
    Judged { verdict, did: "iss is https://another/".to_owned(), error: Some(error), is_in }
}

async fn shown(what: &str, standing: RwSignal<Standing>) -> (Mounted, RwSignal<u32>) {
    let (what, runs) = (Trial(Kind::Fault, Value::read(what).expect("JSON")), RwSignal::new(0));
    let page =
        mount(move || trial(what, Arc::new(move || standing.get()), move || runs.update(|runs| *runs += 1)).view());
    (page.await, runs)
}

#[wasm_bindgen_test]
async fn what_will_happen_and_what_is_expected_stand_there_before_the_click() {
    let standing = RwSignal::new(Standing { ready: true, ..Standing::default() });
    let (page, runs) = shown(FAULT, standing).await;
    for part in ["Another issuer", "The tenant lies.", "Expected: id_token.iss"] {
        assert!(page.text().contains(part), "{part} in {}", page.text());
    }
    assert!(page.all(".outcome").is_empty(), "nothing has happened");
    page.press("Try it: Another issuer").await;
    assert_eq!(runs.get_untracked(), 1);
}

#[wasm_bindgen_test]
async fn a_trial_that_is_not_ready_keeps_the_focus_and_does_nothing() {
    let standing = RwSignal::new(Standing { running: true, ..Standing::default() });
    let (page, runs) = shown(FAULT, standing).await;
    let button = page.button("Try it: Another issuer").expect("a button");
    button.focus().expect("focused");
    page.press("Try it: Another issuer").await;
    assert_eq!(runs.get_untracked(), 0);
    assert_eq!(attribute(&button, "aria-disabled"), "true");
    assert!(document().active_element().is_some_and(|focus| *focus == **button), "not `disabled`");
    assert!(page.one(".trial").has_attribute("data-running"));
}

#[wasm_bindgen_test]
async fn what_happened_names_both_sides_and_compares() {
    let standing = RwSignal::new(Standing { ready: true, ..Standing::default() });
    let (page, _) = shown(FAULT, standing).await;
    let with = |number, verdict, is_in| {
        standing.update(|it| it.judged = Some((number, judged(verdict, is_in))));
    };
    with(1, Verdict::AsExpected, true);
    settle().await;
    assert_eq!(attribute(&page.one(".outcome"), "data-tone"), "good");
    let outcome = text_of(&page.one(".outcome"));
    for part in ["As expected", "The tenant: iss is https://another/", "id_token.iss", "https://mine/", "are kept."] {
        assert!(outcome.contains(part), "{part} in {outcome}");
    }
    with(2, Verdict::Otherwise, false);
    settle().await;
    assert_eq!(attribute(&page.one(".outcome"), "data-tone"), "act");
    let outcome = text_of(&page.one(".outcome"));
    assert!(outcome.contains("Not as expected") && outcome.contains("The session is over here."), "{outcome}");
    standing.update(|it| it.running = true);
    settle().await;
    assert!(page.all(".outcome").is_empty(), "what came of the last time is not taken for this one");
}

#[wasm_bindgen_test]
async fn the_tenants_word_stands_in_until_the_page_knows_itself() {
    let fired = "Used last at 2026-11-23T00:00:00Z: empty.".to_owned();
    let standing = RwSignal::new(Standing { ready: true, fired: fired.clone(), ..Standing::default() });
    let needs_keys = FAULT.replace("}", r#","needs":"keys"}"#);
    let (page, _) = shown(&needs_keys, standing).await;
    assert!(page.button("Arm it and reload: Another issuer").is_some());
    assert!(page.text().contains(&fired));
    standing.update(|it| it.judged = Some((1, judged(Verdict::AsExpected, true))));
    settle().await;
    assert!(!page.text().contains(&fired), "{}", page.text());
}

#[wasm_bindgen_test]
async fn a_trial_for_other_clients_has_no_button() {
    let (page, _) = shown(&FAULT.replace("}", r#","needs":"refresh_token"}"#), RwSignal::default()).await;
    assert!(page.all("button").is_empty() && page.text().contains("For other clients"), "{}", page.text());
}
