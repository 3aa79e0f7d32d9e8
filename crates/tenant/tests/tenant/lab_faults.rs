//! `/lab/faults`: what can be armed, for whom, how often it fires, and that nobody else notices.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::common::lab::{arm, change, faults};
use crate::common::{Answer, Changes, Harness, TENANT, authorize, claims};

/// A silent request at `client`, with these parameters, and what its code is exchanged for.
async fn renew(browser: &mut Harness, client: &str, changes: Changes<'_>) -> Answer {
    let mut all = vec![("client_id", Some(client))];
    all.extend(changes);
    let answer = browser.silent(&all).await;
    let code = answer.parameters().remove("code").unwrap_or_else(|| panic!("no code: {answer:?}"));
    browser.exchange_with(&code, &[("client_id", Some(client))]).await
}

fn issuer(answer: &Answer) -> String {
    claims(answer.json()["id_token"].as_str().expect("an ID token"))["iss"].as_str().expect("a text").to_owned()
}

fn is_wrong(answer: &Answer) -> bool {
    issuer(answer) == "https://another.example/"
}

#[tokio::test]
async fn the_catalogue_says_what_will_happen() {
    let mut browser = Harness::new().await;
    let told = faults(&mut browser).await;
    let all = told["faults"].as_array().expect("a list");
    assert!(all.len() > 50, "{}", all.len());
    for fault in all {
        for name in ["name", "title", "group", "endpoint", "will", "expect"] {
            assert!(fault[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {fault}");
        }
    }
    let needs = |name: &str| all.iter().find(|fault| fault["name"] == name).expect("there")["needs"].clone();
    assert_eq!((needs("auth_time_missing"), needs("refresh_token_reused")), (json!("max_age"), json!("refresh_token")));
    assert_eq!(
        (needs("keys_empty"), needs("wrong_iss"), needs("nonce_removed")),
        (json!("keys"), json!(null), json!(null))
    );
    assert_eq!((&told["armed"], &told["fired"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn a_fault_is_for_its_client_its_user_and_its_tab_alone() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let mut grace = Harness { cookies: Default::default(), ..browser.clone() };
    grace.log_in_at(&authorize(&[]), "grace@example.com", "grace-password").await;

    arm(&mut browser, json!({ "name": "wrong_iss", "client_id": "demo-spa-rotating" })).await;
    assert!(!is_wrong(&renew(&mut browser, "demo-spa", &[]).await), "another client");
    assert!(is_wrong(&renew(&mut browser, "demo-spa-rotating", &[]).await));
    assert!(!is_wrong(&renew(&mut browser, "demo-spa-rotating", &[]).await), "used up");

    let armed = arm(&mut browser, json!({ "name": "wrong_iss", "user": "GRACE@example.com" })).await;
    assert_eq!(armed["armed"][0]["user"], "auth0|grace", "by her address, kept by her id");
    assert!(!is_wrong(&renew(&mut browser, "demo-spa", &[]).await), "another user");
    assert!(is_wrong(&renew(&mut grace, "demo-spa", &[]).await));

    arm(&mut browser, json!({ "name": "wrong_iss", "tab": "second", "client_id": "demo-spa", "user": "auth0|ada" }))
        .await;
    assert!(!is_wrong(&renew(&mut browser, "demo-spa", &[]).await), "no tab");
    assert!(!is_wrong(&renew(&mut browser, "demo-spa", &[("lab_tab", Some("first"))]).await), "another tab");
    assert!(!is_wrong(&renew(&mut grace, "demo-spa", &[("lab_tab", Some("second"))]).await), "another user in it");
    assert!(is_wrong(&renew(&mut browser, "demo-spa", &[("lab_tab", Some("second"))]).await));
}

/// The tab is known at `/authorize`, and a token request is matched by its code, or by the same field.
#[tokio::test]
async fn a_request_alone_can_ask_for_a_fault() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    assert!(is_wrong(&renew(&mut browser, "demo-spa", &[("lab_fault", Some("wrong_iss"))]).await), "with the code");
    assert!(!is_wrong(&renew(&mut browser, "demo-spa", &[]).await));
    for unknown in ["no_such_fault", "state_removed,", "WRONG_ISS"] {
        assert!(!is_wrong(&renew(&mut browser, "demo-spa", &[("lab_fault", Some(unknown))]).await), "{unknown}");
    }
    let answer = browser.silent(&[("lab_fault", Some("state_removed"))]).await;
    assert_eq!(answer.parameters().get("state"), None);
    let code = answer.parameters()["code"].clone();
    let answer = browser.exchange_with(&code, &[("lab_fault", Some("wrong_iss"))]).await;
    assert!(is_wrong(&answer), "as a form field");
    assert_eq!(faults(&mut browser).await["fired"].as_array().expect("a list").len(), 3);
}

#[tokio::test]
async fn it_fires_as_often_as_was_said_however_many_ask_at_once() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    arm(&mut browser, json!({ "name": "state_removed", "client_id": "demo-spa", "uses": 7 })).await;
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..40 {
        let mut browser = browser.clone();
        asking.spawn(async move {
            let client = if number % 2 == 0 { "demo-spa" } else { "demo-spa-rotating" };
            let answer = browser.silent(&[("client_id", Some(client))]).await;
            (client, answer.parameters().contains_key("state"))
        });
    }
    let answers = asking.join_all().await;
    let without = |client: &str| answers.iter().filter(|(of, has)| *of == client && !has).count();
    assert_eq!((without("demo-spa"), without("demo-spa-rotating")), (7, 0));
    let told = faults(&mut browser).await;
    assert_eq!((told["armed"].clone(), told["fired"].as_array().map(Vec::len)), (json!([]), Some(7)));
}

#[tokio::test]
async fn the_ones_that_fired_are_told_newest_first_and_fifty_at_most() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    arm(&mut browser, json!({ "name": "foreign_iss", "uses": 60 })).await;
    for number in 0..55 {
        browser.silent(&[("state", Some(&format!("state {number}")))]).await;
    }
    let told = faults(&mut browser).await;
    let fired = told["fired"].as_array().expect("a list");
    assert_eq!((fired.len(), &fired[0]["state"], &fired[49]["state"]), (50, &json!("state 54"), &json!("state 5")));
    assert_eq!(fired[0]["did"], "iss is https://another.example/");
    assert_eq!((&fired[0]["client_id"], &fired[0]["endpoint"]), (&json!("demo-spa"), &json!("/authorize")));
    assert_eq!(told["armed"][0]["used"], 55);
    change(&mut browser, "faults", &json!({ "clear": true })).await;
    let told = faults(&mut browser).await;
    assert_eq!((told["armed"].clone(), told["fired"].as_array().map(Vec::len)), (json!([]), Some(50)));
    assert!(browser.silent(&[]).await.parameters()["iss"].starts_with(TENANT), "disarmed");
}

#[tokio::test]
async fn what_cannot_be_armed_is_refused_in_a_sentence() {
    let mut browser = Harness::new().await;
    for (body, word) in [
        (json!({}), "name"),
        (json!({ "name": "no_such" }), "no_such"),
        (json!({ "name": "wrong_iss", "client_id": "nobody" }), "nobody"),
        (json!({ "name": "wrong_iss", "user": "nobody@example.com" }), "nobody@example.com"),
        (json!({ "name": "wrong_iss", "tab": "" }), "tab"),
        (json!({ "name": "wrong_iss", "tab": 7 }), "tab"),
        (json!({ "name": "wrong_iss", "uses": 0 }), "uses"),
        (json!({ "name": "wrong_iss", "uses": 1001 }), "uses"),
        (json!({ "name": "wrong_iss", "uses": 1.5 }), "uses"),
        (json!({ "name": "wrong_iss", "milliseconds": 5 }), "milliseconds"),
        (json!({ "name": "token_slow", "milliseconds": 60_001 }), "milliseconds"),
        (json!({ "name": "keys_empty", "tab": "first" }), "tab"),
        (json!({ "name": "keys_empty", "user": "auth0|ada" }), "user"),
        (json!({ "name": "wrong_iss", "client": "demo-spa" }), "client"),
        (json!({ "clear": false }), "clear"),
        (json!({ "clear": true, "name": "wrong_iss" }), "clear"),
    ] {
        let answer = change(&mut browser, "faults", &body).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_request"), "{body}");
        let words = answer.json()["error_description"].as_str().expect("a sentence").to_owned();
        assert!(words.contains(word), "{body}: {words}");
    }
    assert_eq!(faults(&mut browser).await["armed"], json!([]));
    for _ in 0..100 {
        arm(&mut browser, json!({ "name": "wrong_iss" })).await;
    }
    let answer = change(&mut browser, "faults", &json!({ "name": "wrong_iss" })).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "a hundred are armed");
}

#[tokio::test]
async fn only_the_apps_own_pages_may_arm() {
    let mut browser = Harness::new().await;
    let url = format!("{TENANT}/lab/faults");
    for (origin, kind, expected) in [
        (None, "application/json", StatusCode::FORBIDDEN),
        (Some("http://evil.example"), "application/json", StatusCode::FORBIDDEN),
        (Some(TENANT), "application/json", StatusCode::FORBIDDEN),
        (Some("http://localhost:3000"), "text/plain", StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        let mut headers = vec![("content-type", kind)];
        headers.extend(origin.map(|origin| ("origin", origin)));
        let body = json!({ "name": "wrong_iss" }).to_string();
        let answer = browser.browse(axum::http::Method::POST, &url, &headers, body).await;
        assert_eq!(answer.status, expected, "{origin:?} {kind}");
    }
    assert_eq!(faults(&mut browser).await["armed"], json!([]));
}

#[tokio::test]
async fn without_the_lab_there_is_nothing_of_it() {
    let mut browser = Harness::with(|settings| settings.lab = false).await;
    browser.sign_in().await;
    for path in ["faults", "age", "cookies", "decisions/stream"] {
        assert_eq!(browser.get(&format!("{TENANT}/lab/{path}")).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(change(&mut browser, path, &json!({})).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let answer = renew(&mut browser, "demo-spa", &[("lab_fault", Some("wrong_iss"))]).await;
    assert!(!is_wrong(&answer), "an unknown parameter like any other");
    let answer = browser.silent(&[("lab_fault", Some("state_removed"))]).await;
    assert_eq!(answer.parameters()["state"], "the-state");
}

#[tokio::test]
async fn a_decision_with_a_fault_shows_it_and_no_secret() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    renew(&mut browser, "demo-spa", &[("lab_fault", Some("nonce_replaced"))]).await;
    let decision: Value = browser.decision().await;
    assert_eq!((&decision["fault"], &decision["outcome"]), (&json!("nonce_replaced"), &json!("tokens")));
    assert!(!faults(&mut browser).await.to_string().contains("the-nonce"));
}
