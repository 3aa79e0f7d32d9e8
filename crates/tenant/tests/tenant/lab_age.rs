//! `POST /lab/age`: what is stored gets older, ends when it would, and the clock and the tokens stay true.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::common::lab::change;
use crate::common::on_disk::OnDisk;
use crate::common::{Harness, TENANT, authorize, claims};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
const SCOPE: &str = "openid read:notes offline_access";

async fn age(browser: &mut Harness, seconds: u64) -> Value {
    let answer = change(browser, "age", &json!({ "seconds": seconds })).await;
    assert!(answer.status.is_success(), "{answer:?}");
    answer.json()
}

fn counts(sessions: u64, codes: u64, logins: u64, refresh_families: u64, access_tokens: u64) -> Value {
    json!({ "sessions": sessions, "codes": codes, "logins": logins,
            "refresh_families": refresh_families, "access_tokens": access_tokens })
}

/// Signs Ada in for the client with rotation; its first refresh token.
async fn rotating(browser: &mut Harness) -> String {
    let url = authorize(&[("client_id", Some("demo-spa-rotating")), ("scope", Some(SCOPE))]);
    let code = browser.log_in_at(&url, "ada@example.com", "ada-password").await.parameters()["code"].clone();
    let body = browser.exchange_with(&code, &[("client_id", Some("demo-spa-rotating"))]).await.json();
    body["refresh_token"].as_str().expect("one").to_owned()
}

async fn refresh(browser: &mut Harness, token: &str) -> Result<String, String> {
    let form = [("grant_type", "refresh_token"), ("client_id", "demo-spa-rotating"), ("refresh_token", token)];
    let answer = browser.token(&form).await;
    match answer.json()["refresh_token"].as_str() {
        Some(next) => Ok(next.to_owned()),
        None => Err(browser.decision().await["checks"].as_array().expect("a list").last().expect("one")["name"]
            .as_str()
            .expect("a text")
            .to_owned()),
    }
}

#[tokio::test]
async fn a_session_ends_by_its_idle_limit_and_by_its_absolute_limit() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    // Three days idle by default; used in between, seven in all.
    assert_eq!(age(&mut browser, 72 * HOUR - 1).await["ended"]["sessions"], 0);
    assert!(browser.silent(&[]).await.parameters().contains_key("code"));
    assert_eq!(age(&mut browser, 72 * HOUR - 1).await["ended"]["sessions"], 0);
    assert!(browser.silent(&[]).await.parameters().contains_key("code"), "the use counted from then on");
    let told = age(&mut browser, 24 * HOUR + 2).await;
    assert_eq!((&told["aged"]["sessions"], &told["ended"]["sessions"]), (&json!(1), &json!(1)));
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required");
    assert_eq!(browser.decision().await["cause"], "session_absolute_limit");

    let mut browser = Harness::new().await;
    browser.sign_in().await;
    assert_eq!(age(&mut browser, 72 * HOUR).await["ended"]["sessions"], 1);
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required");
    assert_eq!(browser.decision().await["cause"], "session_idle_limit");
}

#[tokio::test]
async fn a_code_expires_and_a_login_page_too() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    assert_eq!(age(&mut browser, 59).await["ended"], counts(0, 0, 0, 0, 0));
    let second = browser.silent(&[]).await.parameters()["code"].clone();
    assert_eq!(age(&mut browser, 1).await["ended"]["codes"], 1, "the first one");
    assert_eq!(browser.exchange(&code).await.error(), "invalid_grant");
    assert_eq!(
        browser.decision().await["checks"].as_array().expect("a list").last().expect("one")["name"],
        "check_code_lifetime"
    );
    assert!(browser.exchange(&second).await.status.is_success());

    browser.cookies.clear();
    let page = browser.get(&authorize(&[])).await.header("location").to_owned();
    assert!(browser.get(&page).await.status.is_success());
    let told = age(&mut browser, HOUR).await;
    assert_eq!((&told["aged"]["logins"], &told["ended"]["logins"]), (&json!(1), &json!(1)));
    assert!(browser.get(&page).await.body.contains("login_expired"));
}

#[tokio::test]
async fn refresh_tokens_expire_by_idleness_and_in_the_end() {
    // As the built-in client has it: 15 days idle, 30 days in all.
    let mut browser = Harness::new().await;
    let mut token = rotating(&mut browser).await;
    let (mut days, limit) = (0, 1_296_000);
    while days < 28 {
        assert_eq!(age(&mut browser, 14 * DAY).await["ended"]["refresh_families"], 0, "{days} days");
        token = refresh(&mut browser, &token).await.expect("it is used in time");
        days += 14;
    }
    assert_eq!(age(&mut browser, 2 * DAY).await["ended"]["refresh_families"], 1, "30 days in all");
    assert_eq!(refresh(&mut browser, &token).await.expect_err("over"), "check_refresh_token_lifetime");

    let mut browser = Harness::new().await;
    let token = rotating(&mut browser).await;
    assert_eq!(age(&mut browser, limit - 1).await["ended"]["refresh_families"], 0);
    assert_eq!(age(&mut browser, 1).await["ended"]["refresh_families"], 1, "15 days idle");
    assert_eq!(refresh(&mut browser, &token).await.expect_err("over"), "check_refresh_token_lifetime");
}

/// A spent token brings its successor again for ten seconds, by the same ageing.
#[tokio::test]
async fn the_leeway_of_a_rotation_passes_too() {
    for (seconds, again) in [(9, true), (10, false)] {
        let mut browser = Harness::new().await;
        let token = rotating(&mut browser).await;
        let next = refresh(&mut browser, &token).await.expect("the first exchange");
        age(&mut browser, seconds).await;
        let repeated = refresh(&mut browser, &token).await;
        assert_eq!(repeated.as_ref() == Ok(&next), again, "{seconds} s: {repeated:?}");
    }
}

#[tokio::test]
async fn the_clock_and_what_tokens_say_stay_true() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    let body = browser.exchange(&code).await.json();
    let (token, now) = (body["access_token"].as_str().expect("one").to_owned(), browser.tenant.now());
    assert!(browser.get_as("/userinfo", &token).await.status.is_success());
    let told = age(&mut browser, 60).await;
    assert_eq!((&told["seconds"], &told["ended"]), (&json!(60), &counts(0, 0, 0, 0, 1)));
    assert_eq!(told["aged"], counts(1, 0, 0, 0, 1));
    assert_eq!(browser.get_as("/userinfo", &token).await.status, StatusCode::UNAUTHORIZED, "the store says it is over");
    // An API that reads the token alone still takes it: its own time is not over.
    assert!(browser.get_as("/lab/notes", &token).await.status.is_success());
    assert_eq!(browser.tenant.now(), now);
    let code = browser.silent(&[]).await.parameters()["code"].clone();
    let id_token = browser.exchange(&code).await.json()["id_token"].as_str().expect("one").to_owned();
    assert_eq!(claims(&id_token)["iat"], now.as_second());
}

#[tokio::test]
async fn what_cannot_pass_is_refused() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    for body in [
        json!({}),
        json!({ "seconds": 0 }),
        json!({ "seconds": -1 }),
        json!({ "seconds": 1.5 }),
        json!({ "seconds": "60" }),
        json!({ "seconds": 315_360_001_u64 }),
        json!({ "seconds": 60, "days": 3 }),
    ] {
        let answer = change(&mut browser, "age", &body).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_request"), "{body}");
    }
    let answer = browser.post_form(&format!("{TENANT}/lab/age"), &[("seconds", "60")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    for _ in 0..3 {
        age(&mut browser, 315_360_000).await;
    }
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required", "thirty years");
}

#[tokio::test]
async fn what_passed_is_still_passed_after_a_restart() {
    let disk = OnDisk::new();
    let mut browser = Harness::with(|settings| settings.data = disk.data()).await;
    browser.sign_in().await;
    age(&mut browser, 72 * HOUR).await;
    let cookies = browser.cookies.clone();
    browser.tenant.close().await;
    let mut browser = Harness { cookies, ..Harness::with(|settings| settings.data = disk.data()).await };
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required");
    assert_eq!(browser.decision().await["cause"], "session_idle_limit");
}
