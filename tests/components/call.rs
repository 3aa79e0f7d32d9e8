//! A request of the guide: sent on a click alone, its secrets covered, its answer with reason and log entry.

use leptos::prelude::*;
use silent_auth::protocol::json::Value;
use silent_auth::protocol::secret::fingerprint;
use silent_auth_app::components::call::{Progress, Purse, call_box};
use silent_auth_app::lab::Run;
use silent_auth_app::model::call::{Token, answer, call};
use silent_auth_app::model::decision::{LogEntry, decisions};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Mounted, attribute, mount, settle};
use crate::values::tokens;

type Form = Vec<(String, String)>;

/// A call as the guide has them, mounted in a session; what it sends arrives in the signal.
async fn mounted(value: serde_json::Value, purse: Purse, progress: Progress) -> (Mounted, ArcRwSignal<Vec<Form>>) {
    let sent = ArcRwSignal::new(Vec::new());
    let outbox = sent.clone();
    let call = Value::read(&value.to_string()).as_ref().and_then(call).expect("a call");
    let page = mount(move || {
        let send = move |form| outbox.update(|sent| sent.push(form));
        call_box(call, "https://t/delegation".to_owned(), purse, progress, send).view()
    })
    .await;
    (page, sent)
}

fn exchange() -> serde_json::Value {
    serde_json::json!({
        "button": "Send", "send": "POST /delegation", "first": "Sign in first.", "granted": "It gave one.",
        "form": [["client_id", "demo-spa"], ["client_secret", "!hidden"], ["id_token", "$session.id_token"], ["target", "legacy-api-c"]],
    })
}

fn run(status: u16, body: &str) -> Run {
    let told = r#"{"decisions":[{"endpoint":"/delegation","client_id":"demo-spa","outcome":"endpoint_disabled","cause":"mandatory_date_passed","summary":"The mandatory date has passed."}]}"#;
    let response = silent_auth::protocol::http::Response { status, body: body.to_owned(), ..Default::default() };
    let entry = |kind: &str| LogEntry {
        date: "2026-01-02T03:04:05.000Z".to_owned(),
        kind: kind.to_owned(),
        description: "said the tenant".to_owned(),
        client_id: "demo-spa".to_owned(),
        details: String::new(),
    };
    Run {
        answer: Ok(answer(&response)),
        decision: decisions(told).and_then(|decisions| decisions.into_iter().next()),
        log: vec![entry("fd"), entry("depnote")],
    }
}

#[wasm_bindgen_test]
async fn a_request_is_sent_on_a_click_alone_and_covers_its_secrets() {
    let purse = Purse::new(Signal::stored(Some(tokens("{}"))));
    let (page, sent) = mounted(exchange(), purse, Progress::new()).await;
    let text = page.text();
    for part in [fingerprint("the-id-token"), fingerprint("hidden"), "legacy-api-c".to_owned()] {
        assert!(text.contains(&part), "{part} in {text}");
    }
    assert!(!text.contains("the-id-token") && !text.contains("hidden"), "{text}");
    assert!(sent.get_untracked().is_empty());
    page.press("Send").await;
    // A second press while it is under way sends nothing.
    page.press("Send").await;
    let sent = sent.get_untracked();
    assert_eq!(sent.len(), 1);
    let values: Vec<_> = sent[0].iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(values, ["demo-spa", "hidden", "the-id-token", "legacy-api-c"]);
}

#[wasm_bindgen_test]
async fn without_its_token_a_request_cannot_be_sent_and_says_what_comes_first() {
    let (page, _) = mounted(exchange(), Purse::new(Signal::stored(None)), Progress::new()).await;
    assert!(page.one("button").has_attribute("disabled"));
    assert!(page.text().contains("Sign in first."), "{}", page.text());
}

#[wasm_bindgen_test]
async fn what_is_typed_is_what_is_sent() {
    let value = serde_json::json!({"button": "Send", "send": "POST /oauth/token", "form": [["username", "?ada"], ["password", "?secret"]]});
    let (page, sent) = mounted(value, Purse::new(Signal::stored(None)), Progress::new()).await;
    assert_eq!(attribute(&page.one("input[type=password]"), "value"), "secret");
    let name: leptos::web_sys::HtmlInputElement =
        leptos::wasm_bindgen::JsCast::unchecked_into(page.one("input[type=text]"));
    name.set_value("grace");
    page.press("Send").await;
    assert_eq!(sent.get_untracked()[0][0].1, "grace");
    assert!(page.text().contains("(as typed above)") && !page.text().contains("secret"), "{}", page.text());
}

#[wasm_bindgen_test]
async fn a_refusal_stands_with_its_reason_and_its_log_entries() {
    let progress = Progress::new();
    let (page, _) = mounted(exchange(), Purse::new(Signal::stored(None)), progress).await;
    progress.answered(run(404, r#"{"error":"endpoint_disabled","error_description":"Off."}"#));
    settle().await;
    for part in [
        "404",
        "endpoint_disabled",
        "Off.",
        "The mandatory date has passed.",
        "failed delegation",
        "deprecation notice",
    ] {
        assert!(page.text().contains(part), "{part} in {}", page.text());
    }
    assert_eq!(attribute(&page.one(".answer"), "data-tone"), "act");
    assert_eq!(attribute(&page.one(".log__entry:first-child"), "data-type"), "fd");
    assert!(!page.text().contains("It gave one."));
}

#[wasm_bindgen_test]
async fn a_success_says_what_came_and_shows_the_claims_but_not_the_token() {
    let progress = Progress::new();
    let (page, _) = mounted(exchange(), Purse::new(Signal::stored(None)), progress).await;
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJsZWdhY3ktYXBpLWMifQ.c2ln";
    progress.answered(run(200, &format!(r#"{{"id_token":"{token}","expires_in":36000}}"#)));
    settle().await;
    let text = page.text();
    for part in
        ["200", "It gave one.", "36000", &fingerprint(token), "What the id token says", "\"aud\": \"legacy-api-c\""]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains(token), "{text}");
}

#[wasm_bindgen_test]
fn a_purse_holds_the_latest_tokens_of_each_holder() {
    let purse = Purse::new(Signal::stored(Some(tokens("{}"))));
    let text = |name: &str| untrack(|| purse.get(name)).map(|token| token.expose().to_owned());
    purse.keep("legacy", &[("id_token".to_owned(), Token::new("1")), ("refresh_token".to_owned(), Token::new("2"))]);
    purse.keep("other", &[("id_token".to_owned(), Token::new("3"))]);
    purse.keep("legacy", &[("id_token".to_owned(), Token::new("4"))]);
    assert_eq!(text("legacy.id_token").as_deref(), Some("4"));
    assert_eq!(text("legacy.refresh_token"), None, "it went with the answer that brought it");
    assert_eq!(text("other.id_token").as_deref(), Some("3"));
    assert_eq!(text("session.access_token").as_deref(), Some("open-sesame"));
}
