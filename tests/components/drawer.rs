//! The drawer: closed, opened over the page, closed by its button and by the page.

use js_sys::Promise;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::json::Value;
use silent_auth::protocol::session::Phase;
use silent_auth_app::components::drawer::{drawer, weather_warning};
use silent_auth_app::components::element::{Child, el};
use silent_auth_app::components::faults::{armed, catalogue};
use silent_auth_app::lab;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Mounted, attribute, mount, settle, text_of};

struct Shown {
    page: Mounted,
    opened: RwSignal<String>,
    phase: RwSignal<Phase>,
    signs_in: RwSignal<u32>,
}

async fn shown() -> Shown {
    let (opened, phase, signs_in) = (RwSignal::new(String::new()), RwSignal::new(Phase::SignedIn), RwSignal::new(0));
    let sign_in = move || signs_in.update(|times| *times += 1);
    let content = |path: &str| Child::from(format!("what is in it: {path}"));
    let page = mount(move || drawer(phase.into(), opened, sign_in, lab::close_drawer, content).view()).await;
    Shown { page, opened, phase, signs_in }
}

impl Shown {
    async fn open(&self) {
        let opened = self.opened;
        opened.set(lab::DRAWER.to_owned());
        lab::open_drawer(move || opened.set(String::new()));
        settle().await;
    }

    /// Closes it by its button. The browser tells of that in a task of its own.
    async fn close(&self) {
        let dialog = self.page.one("dialog");
        let closed = Promise::new(&mut |resolve, _| {
            dialog.add_event_listener_with_callback("close", &resolve).expect("a listener");
        });
        self.page.press("Close").await;
        JsFuture::from(closed).await.expect("closed");
        settle().await;
    }
}

#[wasm_bindgen_test]
async fn nothing_is_in_it_before_it_is_opened_and_the_focus_goes_in_and_back() {
    let shown = shown().await;
    assert!(!shown.page.text().contains("what is in it"));
    let before: HtmlElement = document().create_element("button").expect("an element").unchecked_into();
    document().body().expect("a body").append_child(&before).expect("room");
    before.focus().expect("focused");
    document().set_title("The page below");
    shown.open().await;
    document().set_title("The drawer");
    assert!(shown.page.text().contains("what is in it"));
    let dialog = shown.page.one("dialog");
    assert!(dialog.matches(":modal").expect("a selector"), "what is behind it cannot be reached");
    assert!(document().active_element().is_some_and(|focus| dialog.contains(Some(&focus))));
    shown.close().await;
    assert!(!dialog.has_attribute("open") && !shown.page.text().contains("what is in it"));
    assert!(document().active_element().is_some_and(|focus| *focus == **before), "given back");
    assert_eq!(document().title(), "The page below");
    before.remove();
}

#[wasm_bindgen_test]
async fn its_name_is_that_of_what_is_in_it() {
    let shown = shown().await;
    shown.open().await;
    assert_eq!(text_of(&shown.page.one("h2")), "Lab");
    assert!(shown.page.text().contains("what is in it: /lab"));
    shown.opened.set(lab::SETTINGS.to_owned());
    settle().await;
    assert_eq!(text_of(&shown.page.one("h2")), "Settings");
    assert!(shown.page.text().contains("what is in it: /settings") && !shown.page.text().contains("/lab"));
    shown.close().await;
}

#[wasm_bindgen_test]
async fn it_says_where_the_session_stands_and_offers_to_sign_in() {
    let shown = shown().await;
    assert!(text_of(&shown.page.one("[role=status]")).contains("Signed in"));
    assert!(shown.page.button("Sign in").is_none());
    let over = AuthError::new(Code::LoginRequired);
    shown.phase.set(Phase::SignedOut { reason: Some(over) });
    settle().await;
    assert_eq!(attribute(&shown.page.one("[role=status]"), "data-tone"), "act");
    shown.page.press("Sign in").await;
    assert_eq!(shown.signs_in.get_untracked(), 1);
}

#[wasm_bindgen_test]
async fn the_weather_is_named_and_leads_to_the_drawer() {
    let page = mount(|| weather_warning("Partitioned".to_owned()).view()).await;
    let link = page.one("a");
    assert_eq!((text_of(&link).as_str(), attribute(&link, "href").as_str()), ("Cookie weather: Partitioned", "/lab"));
}

#[wasm_bindgen_test]
async fn faults_stand_under_their_headings_and_the_armed_ones_can_be_disarmed() {
    let answer = r#"{"faults":[{"name":"a","group":"One"},{"name":"b","group":"One"},{"name":"c","group":"Two"}]}"#;
    let answer = Value::read(answer).expect("JSON");
    let draw = |fault: &Value| el("li").child(fault.get("name").and_then(Value::as_str).unwrap_or_default().to_owned());
    let page = mount(move || catalogue(&answer, draw).view()).await;
    assert_eq!(page.all("summary").iter().map(text_of).collect::<Vec<_>>(), ["One (2)", "Two (1)"]);
    assert_eq!(page.all("li").iter().map(text_of).collect::<Vec<_>>(), ["a", "b", "c"]);

    let (titles, disarmed) = (RwSignal::new(String::new()), RwSignal::new(0));
    let page = mount(move || armed(move || titles.get(), move || disarmed.update(|times| *times += 1))).await;
    assert!(page.text().is_empty());
    titles.set("Another issuer".to_owned());
    settle().await;
    assert!(page.text().contains("waiting for a request: Another issuer"));
    page.press("Disarm all").await;
    assert_eq!(disarmed.get_untracked(), 1);
}
