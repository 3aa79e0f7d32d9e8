//! The tenant's switches: shown as they are, and turned by asking the tenant.

use leptos::prelude::*;
use silent_auth_app::components::switches::switch_board;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Mounted, attribute, mount, settle};

const PAST: &str = r#"{"allow_legacy_delegation_grant_types":true,"mandatory_date":"2018-02-01","ended":false,"exchanges":[
    {"in_words":"an ID token for another ID token","status":404,"error":"endpoint_disabled","why":"the mandatory date has passed"},
    {"in_words":"an ID token for a third party's token","status":200,"error":null,"why":"old enough"}]}"#;

async fn board(body: RwSignal<String>, refused: RwSignal<String>) -> (Mounted, ArcRwSignal<Vec<String>>) {
    let turned = ArcRwSignal::new(Vec::new());
    let outbox = turned.clone();
    let turn = move |change| outbox.update(|turned| turned.push(change));
    (mount(move || switch_board(body, refused, turn).view()).await, turned)
}

#[wasm_bindgen_test]
async fn each_switch_is_shown_as_it_is_and_each_exchange_with_its_reason() {
    let body = RwSignal::new(PAST.to_owned());
    let (page, _) = board(body, RwSignal::new(String::new())).await;
    let checked = || page.all("[role=switch]").iter().map(|it| attribute(it, "aria-checked")).collect::<Vec<_>>();
    let pressed = || page.all("[aria-pressed]").iter().map(|it| attribute(it, "aria-pressed")).collect::<Vec<_>>();
    assert_eq!(
        (checked(), pressed()),
        (vec!["false".into(), "false".into()], vec!["false".into(), "true".into(), "false".into()])
    );
    for part in ["404 endpoint_disabled", "the mandatory date has passed", "200 works"] {
        assert!(page.text().contains(part), "{part} in {}", page.text());
    }
    body.set(
        PAST.replace("types\":true", "types\":false")
            .replace("\"2018-02-01\"", "null")
            .replace("ended\":false", "ended\":true"),
    );
    settle().await;
    assert_eq!(
        (checked(), pressed()),
        (vec!["true".into(), "true".into()], vec!["true".into(), "false".into(), "false".into()])
    );
}

#[wasm_bindgen_test]
async fn a_click_asks_the_tenant_and_changes_nothing_by_itself() {
    let refused = RwSignal::new(String::new());
    let (page, turned) = board(RwSignal::new(PAST.to_owned()), refused).await;
    page.press("Disable Legacy Delegation (ID Tokens)").await;
    page.press("1 January 2100, to come").await;
    page.press("Delegation has ended altogether").await;
    assert_eq!(
        turned.get_untracked(),
        [r#"{"allow_legacy_delegation_grant_types":false}"#, r#"{"mandatory_date":"2100-01-01"}"#, r#"{"ended":true}"#]
    );
    assert_eq!(attribute(&page.all("[role=switch]")[0], "aria-checked"), "false", "until the tenant says so");
    refused.set("The date has passed.".to_owned());
    settle().await;
    assert!(page.one("[role=status]").text_content().is_some_and(|said| said == "The date has passed."));
}
