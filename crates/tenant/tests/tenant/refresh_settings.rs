//! A client's `refresh_token` settings: how long its families live, in use and in all; which settings are refused.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::common::admin;
use crate::common::management::Script;
use crate::common::{Answer, Harness, authorize};

const DAY: u64 = 86_400;
const ROTATING: &str = "refresh_token: { rotation_type: rotating, expiration_type: expiring, leeway: 10 }";

/// The built-in tenant with these settings for `demo-spa-rotating`.
async fn with(settings: &str) -> Harness {
    Harness::with_replaced(ROTATING, &format!("refresh_token: {settings}")).await
}

async fn sign_in(browser: &mut Harness) -> String {
    browser.cookies.clear();
    let url =
        authorize(&[("client_id", Some("demo-spa-rotating")), ("scope", Some("openid offline_access read:notes"))]);
    let code = browser.log_in_at(&url, "ada@example.com", "ada-password").await.parameters()["code"].clone();
    let answer = browser.exchange_with(&code, &[("client_id", Some("demo-spa-rotating"))]).await;
    answer.json()["refresh_token"].as_str().unwrap_or_else(|| panic!("no refresh token: {answer:?}")).to_owned()
}

async fn refresh(browser: &mut Harness, token: &str) -> Answer {
    let form = [("grant_type", "refresh_token"), ("client_id", "demo-spa-rotating"), ("refresh_token", token)];
    browser.token(&form).await
}

/// Uses the token after each of these pauses, in seconds, with its successors; how often that went well.
async fn uses(settings: &str, pauses: &[u64]) -> usize {
    let mut browser = with(settings).await;
    let mut token = sign_in(&mut browser).await;
    for (used, pause) in pauses.iter().enumerate() {
        browser.advance(*pause);
        let answer = refresh(&mut browser, &token).await;
        if answer.status != StatusCode::OK {
            assert_eq!((answer.status, answer.error().as_str()), (StatusCode::FORBIDDEN, "invalid_grant"));
            assert_eq!(browser.decision().await["summary"], "invalid_grant: not so: its family has time left.");
            return used;
        }
        if let Some(successor) = answer.json()["refresh_token"].as_str() {
            token = successor.to_owned();
        }
    }
    pauses.len()
}

/// Rows 111 and 112 of the control list: a use moves the idle limit and never the absolute one.
#[tokio::test]
async fn a_family_lives_as_long_as_its_client_says() {
    let rotating = "rotation_type: rotating, expiration_type: expiring";
    let expiring = "rotation_type: non-rotating, expiration_type: expiring";
    for (settings, pauses, expected) in [
        ("{}".to_owned(), vec![3650 * DAY, 3650 * DAY], 2),
        // A lifetime means nothing for tokens that do not expire.
        ("{ expiration_type: non-expiring, token_lifetime: 60 }".to_owned(), vec![61, 3650 * DAY], 2),
        (format!("{{ {rotating} }}"), vec![15 * DAY - 1, 15 * DAY - 1, 1, 1], 3),
        (format!("{{ {rotating} }}"), vec![15 * DAY], 0),
        (format!("{{ {expiring} }}"), vec![15 * DAY - 1, 15 * DAY - 1, 1, 1], 3),
        (format!("{{ {expiring} }}"), vec![15 * DAY], 0),
        (format!("{{ {rotating}, token_lifetime: 100, idle_token_lifetime: 40 }}"), vec![39, 39, 21, 1], 3),
        (format!("{{ {rotating}, token_lifetime: 100, idle_token_lifetime: 40 }}"), vec![39, 40], 1),
        (format!("{{ {expiring}, token_lifetime: 100, idle_token_lifetime: 40 }}"), vec![39, 39, 22], 2),
        (format!("{{ {rotating}, infinite_token_lifetime: true, idle_token_lifetime: 40 }}"), vec![39; 12], 12),
        (format!("{{ {rotating}, infinite_idle_token_lifetime: true, token_lifetime: 100 }}"), vec![99, 1], 1),
        (
            format!("{{ {expiring}, infinite_token_lifetime: true, infinite_idle_token_lifetime: true }}"),
            vec![3650 * DAY; 3],
            3,
        ),
    ] {
        assert_eq!(uses(&settings, &pauses).await, expected, "{settings} {pauses:?}");
    }
}

/// A change counts from the next use on, for families that are out there too.
#[tokio::test]
async fn a_change_counts_from_the_next_use_on() {
    let mut browser = with("{}").await;
    let token = sign_in(&mut browser).await;
    let mut script = Script::of(browser, "").await;
    let rotating = json!({ "refresh_token": {
        "rotation_type": "rotating", "expiration_type": "expiring", "token_lifetime": 1000, "idle_token_lifetime": 100,
    } });
    let answer = script.patch("/clients/demo-spa-rotating", rotating).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let answer = refresh(&mut script.harness, &token).await;
    let successor = answer.json()["refresh_token"].as_str().expect("it rotates now").to_owned();
    script.harness.advance(100);
    assert_eq!(refresh(&mut script.harness, &successor).await.error(), "invalid_grant");
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_with_its_place() {
    let mut script = Script::new().await;
    let before = script.get("/clients/demo-spa-rotating").await.json();
    for (settings, place) in [
        (json!({ "rotation_type": "rotating", "expiration_type": "non-expiring" }), "refresh_token.expiration_type"),
        (json!({ "leeway": -1 }), "refresh_token.leeway"),
        (json!({ "token_lifetime": 0 }), "refresh_token.token_lifetime"),
        (json!({ "token_lifetime": 31_557_601 }), "refresh_token.token_lifetime"),
        (json!({ "idle_token_lifetime": -5 }), "refresh_token.idle_token_lifetime"),
        (json!({ "token_lifetime": 60, "idle_token_lifetime": 61 }), "refresh_token.idle_token_lifetime"),
        (json!({ "rotation_type": "sometimes" }), "rotation_type"),
        (json!({ "infinite_token_lifetime": "yes" }), ""),
    ] {
        let answer = script.patch("/clients/demo-spa-rotating", json!({ "refresh_token": settings })).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{settings}: {answer:?}");
        let message = answer.json()["message"].as_str().expect("a sentence").to_owned();
        assert!(message.contains(place) || place == "rotation_type", "{settings}: {message}");
    }
    assert_eq!(script.get("/clients/demo-spa-rotating").await.json(), before, "nothing was written");
    for (text, expected) in [
        ("{ rotation_type: rotating, expiration_type: non-expiring }", "refresh_token.expiration_type"),
        ("{ token_lifetime: 60, idle_token_lifetime: 61 }", "refresh_token.idle_token_lifetime"),
        ("{ token_lifetime: 0 }", "refresh_token.token_lifetime"),
    ] {
        let yaml = format!("clients: [{{ name: A, refresh_token: {text} }}]");
        let error = tenant::TenantFile::parse(&yaml, None).expect_err("unusable").to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn what_counts_is_shown() {
    let mut script = Script::new().await;
    let shown = async |script: &mut Script, id: &str| -> Value {
        script.get(&format!("/clients/{id}")).await.json()["refresh_token"].clone()
    };
    let expected = json!({
        "rotation_type": "non-rotating", "expiration_type": "non-expiring", "leeway": 0,
        "token_lifetime": 2_592_000, "idle_token_lifetime": 1_296_000,
        "infinite_token_lifetime": true, "infinite_idle_token_lifetime": true,
    });
    assert_eq!(shown(&mut script, "regular-web").await, expected);
    let rotating = shown(&mut script, "demo-spa-rotating").await;
    assert_eq!((&rotating["rotation_type"], &rotating["leeway"]), (&json!("rotating"), &json!(10)));
    assert_eq!(rotating["infinite_token_lifetime"], false);
    admin::sign_in(&mut script.harness, "admin-password", "").await;
    let page = script.harness.get("http://localhost:4000/dashboard/applications/demo-spa-rotating").await.body;
    let words =
        "replaced by each use, with a leeway of 10 s; over: 2592000 s after it was issued, or 1296000 s without use";
    assert!(page.contains(words), "{page}");
}
