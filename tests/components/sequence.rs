//! The sequence diagram and the peek at the hidden frame.

use std::sync::Arc;

use leptos::prelude::*;
use silent_auth::protocol::record::Record;
use silent_auth_app::components::peek::Peek;
use silent_auth_app::components::sequence::Sequence;
use silent_auth_app::model::flight;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Mounted, attribute, mount, property, settle, text_of};
use crate::values::refused_flight;

async fn diagram(records: Signal<Vec<Arc<Record>>>) -> Mounted {
    mount(move || view! { <Sequence records after=RwSignal::new(0) pick=flight::latest /> }).await
}

#[wasm_bindgen_test]
async fn each_record_is_an_arrow_between_its_parties() {
    let page = diagram(Signal::stored(refused_flight())).await;
    let directions: Vec<_> = page.all(".step").iter().map(|step| attribute(step, "data-direction")).collect();
    assert_eq!(directions, ["right", "left", "self"]);
    let lanes: Vec<_> =
        page.all(".step").iter().map(|step| property(step, "--low") + &property(step, "--high")).collect();
    assert_eq!(lanes, ["12", "01", "00"]);
    assert_eq!(page.all(".sequence__party").len(), 3, "no lane for another tab that takes no part");
    assert!(page.text().contains("Hidden frame to Tenant:") && page.text().contains("12 ms later"), "{}", page.text());
}

#[wasm_bindgen_test]
async fn a_refused_step_ends_in_a_marked_stop() {
    let page = diagram(Signal::stored(refused_flight())).await;
    let stop = page.one(".step[data-outcome=failed]");
    assert_eq!(attribute(&stop, "data-tone"), "act");
    assert!(text_of(&stop).contains("Stopped here."));
}

#[wasm_bindgen_test]
async fn real_parameters_are_shown_and_secrets_are_not() {
    let page = diagram(Signal::stored(refused_flight())).await;
    assert!(page.text().contains("prompt") && page.text().contains("none"));
    assert!(!page.text().contains("a-secret-state"));
    assert_eq!(page.all(".fingerprint").len(), 1);
}

#[wasm_bindgen_test]
async fn steps_are_drawn_as_they_come() {
    let records = RwSignal::new(refused_flight()[..1].to_vec());
    let page = diagram(records.into()).await;
    assert_eq!(page.all(".step").len(), 1);
    records.set(refused_flight());
    settle().await;
    assert_eq!(page.all(".step").len(), 3);
}

#[wasm_bindgen_test]
async fn without_a_request_the_diagram_says_what_will_be_there() {
    let page = diagram(Signal::stored(Vec::new())).await;
    assert!(page.text().contains("Nothing has travelled yet."));
}

#[wasm_bindgen_test]
async fn peek_shows_what_the_frame_loaded_and_said() {
    let records = Signal::stored(refused_flight());
    let page = mount(move || view! { <Peek peeking=RwSignal::new(false) records /> }).await;
    assert_eq!(page.all("[data-peek]").len(), 0);
    page.press("Peek at the hidden frame").await;
    assert_eq!(page.all("[data-peek]").len(), 1, "the style sheet shows the frame by this attribute");
    let text = page.text();
    assert!(text.contains("GET https://tenant.example/authorize") && text.contains("login_required"), "{text}");
    assert!(text.contains("It was in the page for 12 ms."), "{text}");
    page.press("Peek at the hidden frame").await;
    assert_eq!(page.all("[data-peek]").len(), 0);
}

#[wasm_bindgen_test]
async fn a_flight_of_before_is_not_drawn() {
    let after = RwSignal::new(1);
    let page = mount(move || {
        view! { <Sequence records=Signal::stored(refused_flight()) after pick=flight::latest_silent /> }
    })
    .await;
    assert_eq!(page.all(".step").len(), 0);
    after.set(0);
    settle().await;
    assert_eq!(page.all(".step").len(), 3);
}
