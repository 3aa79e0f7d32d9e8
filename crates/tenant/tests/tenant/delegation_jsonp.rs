//! `GET /delegation` as a script: for pages of the time that had no CORS.

use serde_json::Value;

use crate::common::delegation::{JWT_BEARER, SOME_JWT, URL, before_the_date, id_token_of};
use crate::common::{Answer, Harness, claims};

async fn script(browser: &mut Harness, parameters: &[(&str, &str)]) -> Answer {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    browser.get(&format!("{URL}?{query}")).await
}

/// What the page's function is called with.
fn argument(answer: &Answer, callback: &str) -> Value {
    let call = answer.body.strip_prefix(&format!("/**/{callback}(")).and_then(|rest| rest.strip_suffix(");"));
    serde_json::from_str(call.unwrap_or_else(|| panic!("no call: {answer:?}"))).expect("JSON")
}

/// The parameters in the order of auth0.js 7.6.1.
fn call<'a>(token: &'a str, callback: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", JWT_BEARER),
        ("client_id", "legacy-spa"),
        ("target", "legacy-api-c"),
        ("api_type", ""),
        ("id_token", token),
        ("scope", "openid"),
        ("cbx", callback),
    ]
}

#[tokio::test]
async fn a_success_calls_the_function_with_the_answer() {
    let mut browser = before_the_date().await;
    let token = id_token_of(&mut browser, "legacy-spa").await;
    let answer = script(&mut browser, &call(&token, "__auth0jp0")).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(answer.header("content-type"), "application/javascript; charset=utf-8");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin", "a page elsewhere may run it");
    assert_eq!(answer.header("x-ratelimit-remaining"), "9");
    let body = argument(&answer, "__auth0jp0");
    assert_eq!(body.get("error"), None, "the SDK takes any object that has it as a failure");
    assert_eq!(claims(body["id_token"].as_str().expect("a token"))["aud"], "legacy-api-c");
    assert_eq!(browser.logs("sd").await.len(), 1);
    assert_eq!(browser.logs("depnote").await[0]["details"]["method"], "GET");
}

#[tokio::test]
async fn a_failure_carries_error_and_status_since_a_page_cannot_see_the_status_of_a_script() {
    let mut browser = Harness::new().await;
    let answer = script(&mut browser, &call(SOME_JWT, "__auth0jp7")).await;
    assert_eq!(answer.status.as_u16(), 200, "a script that fails is not run");
    let body = argument(&answer, "__auth0jp7");
    assert_eq!((body["error"].as_str(), body["status"].as_u64()), (Some("endpoint_disabled"), Some(404)));
    assert_eq!(body["error_description"], "Legacy Delegation (ID Tokens) is disabled for this tenant.");
    assert_eq!(browser.logs("fd").await.len(), 1);

    let nobody = [("client_id", "</script><script>alert(1)"), ("cbx", "cb")];
    let answer = script(&mut browser, &nobody).await;
    assert!(!answer.body.contains('<'), "{}", answer.body);
    assert_eq!(argument(&answer, "cb")["status"], 401);
}

#[tokio::test]
async fn a_callback_that_is_more_than_a_name_is_refused_as_json() {
    let mut browser = Harness::new().await;
    for bad in ["", "alert(1)//", "a.b", "a b", "1a", "a;b", "window['x']", "é", "\u{2028}", &"a".repeat(65)] {
        let answer = script(&mut browser, &call(SOME_JWT, bad)).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_request"), "{bad}");
        assert!(answer.header("content-type").starts_with("application/json"));
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
    }
    let answer = script(&mut browser, &[call(SOME_JWT, "a"), vec![("cbx", "b")]].concat()).await;
    assert_eq!(answer.status.as_u16(), 400, "two names");
    assert!(browser.logs("fd").await.is_empty(), "no exchange was asked for");
}
