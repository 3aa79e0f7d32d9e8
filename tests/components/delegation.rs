//! The old request beside the new one.

use leptos::prelude::*;
use silent_auth_app::components::delegation::{Comparison, OldWay};
use silent_auth_app::lab::OldRun;
use silent_auth_app::model::decision::{LogEntry, decisions};
use silent_auth_app::model::delegation::Answer;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Mounted, attribute, mount};
use crate::values::{refused_flight, tokens};

fn refused() -> OldRun {
    let body = r#"{"decisions":[{"endpoint":"/delegation","outcome":"endpoint_disabled","cause":"mandatory_date_passed","summary":"The mandatory date has passed."}]}"#;
    OldRun {
        answer: Ok(Answer::Refused {
            status: 404,
            error: "endpoint_disabled".to_owned(),
            description: "Off.".to_owned(),
        }),
        decision: decisions(body).and_then(|decisions| decisions.into_iter().next()),
        log: vec![LogEntry {
            date: "2026-01-02T03:04:05.000Z".to_owned(),
            kind: "fd".to_owned(),
            description: "endpoint disabled".to_owned(),
            client_id: "demo-spa".to_owned(),
            details: String::new(),
        }],
    }
}

async fn old_way(signed_in: bool, run: Option<OldRun>, send: impl Fn() + Send + Sync + 'static) -> Mounted {
    let held = Signal::stored(signed_in.then(|| tokens("{}")));
    mount(move || {
        let (address, client_id) = ("https://t/delegation".to_owned(), "demo-spa".to_owned());
        let (times, pending, run) = (RwSignal::new(1), RwSignal::new(false), RwSignal::new(run));
        view! { <OldWay address client_id tokens=held times pending run send=move |()| send() /> }
    })
    .await
}

#[wasm_bindgen_test]
async fn the_old_request_is_sent_on_a_click_alone_and_covers_the_token() {
    let sent = ArcRwSignal::new(0);
    let count = sent.clone();
    let page = old_way(true, None, move || count.update(|sent| *sent += 1)).await;
    let text = page.text();
    assert!(text.contains(&tokens("{}").id_token.fingerprint()) && text.contains("legacy-api-c"), "{text}");
    assert!(!text.contains("the-id-token"), "{text}");
    assert_eq!(sent.get_untracked(), 0);
    page.press("Send the old request").await;
    assert_eq!(sent.get_untracked(), 1);
}

#[wasm_bindgen_test]
async fn signed_out_there_is_nothing_to_send() {
    let page = old_way(false, None, || {}).await;
    assert!(page.one("button").has_attribute("disabled"));
}

#[wasm_bindgen_test]
async fn a_refusal_stands_with_its_reason_and_its_log_entry() {
    let page = old_way(true, Some(refused()), || {}).await;
    for part in ["404", "endpoint_disabled", "The mandatory date has passed.", "failed delegation"] {
        assert!(page.text().contains(part), "{part} in {}", page.text());
    }
    assert_eq!(attribute(&page.one(".log__entry"), "data-type"), "fd");
}

#[wasm_bindgen_test]
async fn both_answers_stand_side_by_side() {
    let page = mount(|| {
        let (run, records) = (RwSignal::new(Some(refused())), Signal::stored(refused_flight()));
        view! { <Comparison run records after=RwSignal::new(0) /> }
    })
    .await;
    assert!(
        page.text().contains("404 endpoint_disabled") && page.text().contains("Refused or failed"),
        "{}",
        page.text()
    );
}
