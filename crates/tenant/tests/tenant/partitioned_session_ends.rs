//! A partitioned session is over with the session it belongs to, and whenever somebody ends it alone.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::common::Harness;
use crate::common::admin::Admin;
use crate::common::lab::change;
use crate::common::management::Script;
use crate::common::on_disk::OnDisk;
use crate::common::partition::{
    APP, CLIENT, FRAME, TENANT, exchange, framed, load, outcome, partitioned, request, sign_in, signed_in,
};

async fn with_session() -> Harness {
    let mut browser = Harness::new().await;
    signed_in(&mut browser).await;
    assert_eq!(framed(&browser).await, "code");
    browser
}

/// What the frame gets now, and the cause in the record.
async fn ended(browser: &mut Harness) -> (String, String) {
    let outcome = framed(browser).await;
    (outcome, browser.decision().await["cause"].as_str().unwrap_or_default().to_owned())
}

fn over(cause: &str) -> (String, String) {
    ("login_required".into(), cause.into())
}

#[tokio::test]
async fn signing_out_ends_it() {
    let mut browser = with_session().await;
    browser.get(&format!("{TENANT}/v2/logout?client_id={CLIENT}")).await;
    assert_eq!(ended(&mut browser).await, over("session_unknown"));
    let answer = load(&browser, &request(&[("prompt", Some("none"))]), &partitioned(&browser), &FRAME).await;
    assert!(!answer.parameters().contains_key("sec_fetch_storage_access"), "no cookie was kept back: {answer:?}");
    // Nor does a later sign-in revive it.
    sign_in(&mut browser, "ada").await;
    assert_eq!(ended(&mut browser).await, over("session_unknown"));
}

#[tokio::test]
async fn another_users_sign_in_ends_it_and_the_same_users_does_not() {
    let mut browser = with_session().await;
    sign_in(&mut browser, "ada").await;
    assert_eq!(framed(&browser).await, "code", "the session goes on, so does what belongs to it");
    sign_in(&mut browser, "grace").await;
    assert_eq!(ended(&mut browser).await, over("session_unknown"));
}

#[tokio::test]
async fn the_sessions_limits_are_its_own() {
    let mut browser = with_session().await;
    browser.advance(72 * 3600 - 1);
    assert_eq!(framed(&browser).await, "code", "and this counts as use of the session");
    browser.advance(72 * 3600);
    assert_eq!(ended(&mut browser).await, over("session_idle_limit"));

    let mut browser = with_session().await;
    for _ in 0..3 {
        browser.advance(2 * 86_400);
        assert_eq!(framed(&browser).await, "code");
    }
    browser.advance(86_400 - 1);
    assert_eq!(framed(&browser).await, "code");
    browser.advance(1);
    assert_eq!(ended(&mut browser).await, over("session_absolute_limit"));
}

#[tokio::test]
async fn a_replayed_code_ends_what_it_bought() {
    let mut browser = Harness::new().await;
    let code = sign_in(&mut browser, "ada").await;
    exchange(&mut browser, &code, APP, &[]).await;
    assert_eq!(framed(&browser).await, "code");
    let again = exchange(&mut browser, &code, APP, &[]).await;
    assert_eq!(again.error(), "invalid_grant");
    assert_eq!(ended(&mut browser).await, over("session_unknown"));
}

/// A code that was presented wrongly brings nothing, then or later.
#[tokio::test]
async fn a_spent_code_begins_none() {
    let mut browser = Harness::new().await;
    let code = sign_in(&mut browser, "ada").await;
    exchange(&mut browser, &code, APP, &[("code_verifier", Some(&"x".repeat(43)))]).await;
    exchange(&mut browser, &code, APP, &[]).await;
    assert!(partitioned(&browser).is_empty());
}

#[tokio::test]
async fn the_dashboard_shows_and_ends_it_alone_or_with_its_session() {
    let mut admin = Admin::at(with_session().await).await;
    let page = "users/auth0%7Cada";
    let shown = admin.open(page).await;
    assert!(shown.body.contains("Partitioned session of") && shown.body.contains(APP), "{}", shown.body);
    let (_, form) = shown.body.split_once("/end-partitioned-session").expect("a form");
    let field = |name: &str| {
        let (_, rest) = form.split_once(&format!("name=\"{name}\" value=\"")).expect("a field");
        rest.split('"').next().expect("an end").to_owned()
    };
    let names = ["sid", "client_id", "issuer", "origin"];
    let values = names.map(field);
    let fields: Vec<_> = names.iter().zip(&values).map(|(name, value)| (*name, value.as_str())).collect();
    let action = format!("{page}/end-partitioned-session");
    let another = "users/auth0%7Cgrace/end-partitioned-session";
    admin.refused(page, another, &fields, "gone already").await;
    for wrong in 0..names.len() {
        let mut fields = fields.clone();
        fields[wrong].1 = "x";
        admin.refused(page, &action, &fields, "gone already").await;
    }
    assert_eq!(framed(&admin.harness).await, "code", "none of these ended anything");
    let shown = admin.done(page, &action, &fields).await;
    assert!(!shown.body.contains("Partitioned session of") && shown.body.contains("End this session"));
    assert_eq!(ended(&mut admin.harness).await, over("session_unknown"));
    let own = admin.harness.get(&request(&[("prompt", Some("none"))])).await;
    assert_eq!(outcome(&own), "code", "the session goes on");

    let mut admin = Admin::at(with_session().await).await;
    let shown = admin.open(page).await;
    admin.done(page, &format!("{page}/end-session"), &[("sid", &shown.field("sid"))]).await;
    assert_eq!(ended(&mut admin.harness).await, over("session_unknown"));
}

#[tokio::test]
async fn the_setting_and_the_web_origins_count_at_once() {
    let mut script = Script::of(with_session().await, "").await;
    let path = format!("/clients/{CLIENT}");
    assert_eq!(script.get(&path).await.json()["partitioned_session"], true);
    assert_eq!(script.get("/clients/demo-spa").await.json()["partitioned_session"], false);
    for (off, on, why) in [
        (json!({ "partitioned_session": false }), json!({ "partitioned_session": true }), "turned off"),
        (json!({ "web_origins": [] }), json!({ "web_origins": [APP] }), "not among the web origins"),
    ] {
        assert_eq!(script.patch(&path, off.clone()).await.status, StatusCode::OK);
        assert_eq!(ended(&mut script.harness).await, over("no_session_cookie"), "{off}");
        let summary = script.harness.decision().await["summary"].as_str().expect("words").to_owned();
        assert!(summary.contains(why), "{summary}");
        let answer = script.harness.get(&request(&[])).await;
        assert!(!answer.parameters().contains_key("partitioned_session"), "{answer:?}");
        script.patch(&path, on).await;
        assert_eq!(framed(&script.harness).await, "code");
    }
    let wrong = script.patch(&path, json!({ "partitioned_session": "yes" })).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

/// Whoever registers the client's name again begins with nothing; nor does a sign-out leave anything behind.
#[tokio::test]
async fn it_ends_with_its_client() {
    let disk = OnDisk::new();
    let mut browser = Harness::with(|settings| settings.data = disk.data()).await;
    let rows = async || -> i64 {
        let count = sqlx::query_scalar("SELECT COUNT(*) FROM partitioned_sessions");
        count.fetch_one(&mut disk.connection().await).await.expect("a number")
    };
    signed_in(&mut browser).await;
    let before = rows().await;
    browser.get(&format!("{TENANT}/v2/logout?client_id={CLIENT}")).await;
    assert_eq!((before, rows().await), (1, 0));
    signed_in(&mut browser).await;
    let before = rows().await;
    Script::of(browser, "").await.call(Method::DELETE, &format!("/clients/{CLIENT}"), None).await;
    assert_eq!((before, rows().await), (1, 0));
}

#[tokio::test]
async fn the_dashboard_turns_it_on_and_off() {
    let mut admin = Admin::new().await;
    let page = "applications/demo-spa";
    let checked = |body: &str| body.contains("name=\"partitioned_session\" value=\"true\" checked");
    let body = admin.open(page).await.body;
    assert!(!checked(&body) && checked(&admin.open(&format!("applications/{CLIENT}")).await.body));
    let fields = [
        ("name", "Demo SPA"),
        ("oidc_conformant", "true"),
        ("grant_types", "authorization_code"),
        ("callbacks", "http://app.localhost:3000/callback"),
        ("web_origins", APP),
    ];
    let on = [&fields[..], &[("partitioned_session", "true")]].concat();
    assert!(checked(&admin.done(page, page, &on).await.body));
    let url = request(&[("client_id", Some("demo-spa"))]);
    let answer = admin.harness.log_in_at(&url, "ada@example.com", "ada-password").await;
    assert_eq!(answer.parameters()["partitioned_session"], "true");
    assert!(!checked(&admin.done(page, page, &fields).await.body));
}

#[tokio::test]
async fn a_user_who_is_blocked_or_gone_is_let_in_nowhere() {
    let disk = OnDisk::new();
    let mut browser = Harness::with(|settings| settings.data = disk.data()).await;
    signed_in(&mut browser).await;
    disk.change("UPDATE users SET body = json_set(body, '$.blocked', json('true')) WHERE user_id = 'auth0|ada'").await;
    browser.tenant.reread();
    assert_eq!(ended(&mut browser).await, ("access_denied".into(), "user_blocked".into()));
    disk.change("DELETE FROM users WHERE user_id = 'auth0|ada'").await;
    browser.tenant.reread();
    assert_eq!(ended(&mut browser).await, over("session_unknown"));
}

/// The lab's weathers tell the two kinds of browsers apart: those that partition, and those that keep nothing.
#[tokio::test]
async fn the_weathers_show_the_difference() {
    for (weather, client, expected) in [
        ("partitioned", CLIENT, "code"),
        ("partitioned", "demo-spa", "login_required"),
        ("third_party_blocked", CLIENT, "login_required"),
    ] {
        let mut browser = Harness::new().await;
        change(&mut browser, "cookies", &json!({ "weather": weather })).await;
        let client = [("client_id", Some(client))];
        let signed = browser.log_in_at(&request(&client), "ada@example.com", "ada-password").await;
        exchange(&mut browser, &signed.parameters()["code"], APP, &client).await;
        let silent = request(&[&[("prompt", Some("none"))][..], &client].concat());
        let answer = browser.get_with(&silent, &FRAME[..3]).await;
        assert_eq!(outcome(&answer), expected, "{weather} {client:?}");
        let told = answer.parameters().get("sec_fetch_storage_access").cloned();
        assert_eq!(told.as_deref() == Some("none"), expected != "code", "{weather}");
    }
}
