//! `/lab/cookies`: what each weather does to a silent request of an app at another site, and to one at the same site.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use crate::common::lab::change;
use crate::common::{Answer, Harness, TENANT, authorize, authorize_at};

const SESSION: &str = "__Host-tenant-session";
const TENANT_ELSEWHERE: &str = "http://tenant.localhost:4000";
const CALLBACK_ELSEWHERE: &str = "http://app.localhost:3000/callback";
const FRAME: [(&str, &str); 3] =
    [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")];
const TAB: [(&str, &str); 3] =
    [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];

async fn turn(browser: &mut Harness, weather: &str) -> Value {
    let answer = change(browser, "cookies", &json!({ "weather": weather })).await;
    assert!(answer.status.is_success(), "{answer:?}");
    answer.json()
}

fn elsewhere(prompt: Option<&str>) -> String {
    authorize_at(TENANT_ELSEWHERE, &[("redirect_uri", Some(CALLBACK_ELSEWHERE)), ("prompt", prompt)])
}

/// A browser with a session at both addresses, each begun in a tab.
async fn signed_in() -> Harness {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    browser.log_in_at(&elsewhere(None), "ada@example.com", "ada-password").await;
    browser
}

/// What a silent request across sites ends with, in a frame or in the tab.
async fn outcome(browser: &mut Harness, how: &[(&str, &str)]) -> String {
    let answer = browser.get_with(&elsewhere(Some("none")), how).await;
    let found = answer.parameters();
    if found.contains_key("code") { "code".into() } else { found["error"].clone() }
}

/// The weather that the latest decision names, and whether it saw a session cookie.
async fn decided(browser: &mut Harness) -> (Value, String) {
    let decision = browser.decision().await;
    let request = &decision["request"];
    (request["cookie_weather"].clone(), request["session_cookie"].as_str().expect("a text").to_owned())
}

fn set_cookies(answer: &Answer) -> Vec<String> {
    let all = answer.headers.get_all("set-cookie").iter();
    all.map(|cookie| cookie.to_str().expect("a text").to_owned()).collect()
}

#[tokio::test]
async fn the_weather_is_clear_until_somebody_turns_it() {
    let mut browser = signed_in().await;
    let told = browser.get(&format!("{TENANT}/lab/cookies")).await.json();
    assert_eq!(told["weather"], "clear");
    let all = told["weathers"].as_array().expect("a list");
    let names: Vec<_> = all.iter().map(|weather| weather["name"].as_str().expect("a text")).collect();
    assert_eq!(names, ["clear", "third_party_blocked", "partitioned", "seven_days", "cleared", "incognito"]);
    assert!(all.iter().all(|weather| weather["will"].as_str().is_some_and(|text| text.ends_with('.'))));
    for how in [FRAME, TAB] {
        assert_eq!(outcome(&mut browser, &how).await, "code");
        assert_eq!(decided(&mut browser).await, (Value::Null, "present".into()));
    }
    for (body, status) in [
        (json!({}), StatusCode::BAD_REQUEST),
        (json!({ "weather": "rain" }), StatusCode::BAD_REQUEST),
        (json!({ "weather": 1 }), StatusCode::BAD_REQUEST),
        (json!({ "weather": "clear", "wind": 1 }), StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(change(&mut browser, "cookies", &body).await.status, status, "{body}");
    }
    let url = format!("{TENANT}/lab/cookies");
    let evil = [("content-type", "application/json"), ("origin", "http://evil.example")];
    let body = Body::from(json!({ "weather": "cleared" }).to_string());
    assert_eq!(browser.browse(Method::POST, &url, &evil, body).await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.get(&url).await.json()["weather"], "clear");
}

#[tokio::test]
async fn third_party_cookies_are_ignored_in_frames_of_other_sites_alone() {
    let mut browser = signed_in().await;
    assert_eq!(turn(&mut browser, "third_party_blocked").await["weather"], "third_party_blocked");
    assert_eq!(outcome(&mut browser, &FRAME).await, "login_required");
    assert_eq!(decided(&mut browser).await, (json!("third_party_blocked"), "absent".into()));
    let decision = browser.decision().await;
    assert!(
        decision["summary"].as_str().expect("words").contains("cookie weather is third_party_blocked"),
        "{decision}"
    );
    assert_eq!(decision["cause"], "no_session_cookie");
    // As the browsers that do so say: the client then knows why.
    let answer = browser.get_with(&elsewhere(Some("none")), &FRAME).await;
    assert_eq!(answer.parameters()["sec_fetch_storage_access"], "none");
    // Where a page is about to open, a cookie goes out with it; here none is kept.
    let page = browser.get_with(&elsewhere(Some("login")), &FRAME).await;
    assert!(page.header("location").contains("/u/login") && set_cookies(&page).is_empty(), "{page:?}");
    let page = browser.get_with(&elsewhere(Some("login")), &TAB).await;
    let mut anew = Harness { cookies: Default::default(), ..browser.clone() };
    assert!(set_cookies(&page).is_empty() && !set_cookies(&anew.get(&elsewhere(None)).await).is_empty());

    assert_eq!(outcome(&mut browser, &TAB).await, "code", "the tab itself");
    assert_eq!(decided(&mut browser).await, (Value::Null, "present".into()));
    let same_site = [("sec-fetch-site", "same-site"), ("sec-fetch-dest", "iframe")];
    let answer = browser.get_with(&authorize(&[("prompt", Some("none"))]), &same_site).await;
    assert!(answer.parameters().contains_key("code"), "a frame of the same site: {answer:?}");
    // A credentialed fetch of a page elsewhere is third-party too.
    let fetch = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")];
    assert_eq!(outcome(&mut browser, &fetch).await, "login_required");
    turn(&mut browser, "clear").await;
    assert_eq!(outcome(&mut browser, &FRAME).await, "code", "the session was there all the time");
}

/// Signs in within a frame, which no browser shows; the jar is then that of its site.
#[tokio::test]
async fn a_partition_has_cookies_of_its_own() {
    let mut browser = signed_in().await;
    turn(&mut browser, "partitioned").await;
    assert_eq!(outcome(&mut browser, &FRAME).await, "login_required", "the tab's session is in another jar");
    assert_eq!(decided(&mut browser).await, (json!("partitioned"), "absent".into()));
    assert_eq!(outcome(&mut browser, &TAB).await, "code");

    let begun = browser.get_with(&elsewhere(None), &FRAME).await;
    let page = begun.header("location").to_owned();
    let in_app = [&FRAME[..], &[("referer", "http://app.localhost:3000/")]].concat();
    let form = browser.get_with(&page, &in_app).await;
    let fields = [
        ("state", form.field("state")),
        ("csrf", form.field("csrf")),
        ("username", "ada@example.com".into()),
        ("password", "ada-password".into()),
    ];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let action = Url::parse(&page).expect("absolute").join("/u/login").expect("a path");
    let answer = browser.post_form_with(action.as_str(), &fields, &in_app).await;
    assert!(answer.parameters().contains_key("code"), "{answer:?}");
    let set = set_cookies(&answer);
    assert!(set.iter().all(|cookie| cookie.starts_with("__Host-tenant-jar-site-")), "{set:?}");

    assert_eq!(outcome(&mut browser, &FRAME).await, "code", "in its own jar");
    assert_eq!(decided(&mut browser).await, (json!("partitioned"), "present".into()));
    let other_site = [&FRAME[..], &[("referer", "http://app.demo.localhost:3000/")]].concat();
    assert_eq!(outcome(&mut browser, &other_site).await, "login_required", "under another site");
    turn(&mut browser, "third_party_blocked").await;
    assert_eq!(outcome(&mut browser, &FRAME).await, "login_required");
}

#[tokio::test]
async fn a_session_cookie_is_gone_after_seven_days() {
    let long = ("session_lifetime: 168 # hours", "session_lifetime: 720 # hours");
    let yaml = include_str!("../../tenant.yaml")
        .replace(long.0, long.1)
        .replace("idle_session_lifetime: 72", "idle_session_lifetime: 720");
    let mut browser = Harness::with_file(&yaml).await;
    browser.sign_in().await;
    turn(&mut browser, "seven_days").await;
    change(&mut browser, "age", &json!({ "seconds": 7 * 86_400 - 1 })).await;
    assert!(browser.silent(&[]).await.parameters().contains_key("code"));
    assert_eq!(decided(&mut browser).await, (Value::Null, "present".into()));
    change(&mut browser, "age", &json!({ "seconds": 1 })).await;
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required");
    assert_eq!(decided(&mut browser).await, (json!("seven_days"), "absent".into()));
    turn(&mut browser, "clear").await;
    assert!(browser.silent(&[]).await.parameters().contains_key("code"), "the tenant would allow it");
}

#[tokio::test]
async fn cookies_are_cleared_once() {
    let mut browser = signed_in().await;
    let other = Harness { cookies: browser.cookies.clone(), ..browser.clone() };
    turn(&mut browser, "cleared").await;
    // What brings none of the tenant's cookies is no browser that could lose them.
    browser
        .send(axum::http::Request::get("/lab/logs").header("host", "localhost:4000").body(Body::empty()).expect("one"))
        .await;
    assert_eq!(browser.clone().get("http://login.demo.localhost:4000/lab/cookies").await.json()["weather"], "cleared");
    let answer = browser.get(&authorize(&[("prompt", Some("none"))])).await;
    assert_eq!(answer.parameters()["error"], "login_required");
    assert!(set_cookies(&answer).iter().any(|cookie| cookie.starts_with(&format!("{SESSION}=; "))), "{answer:?}");
    assert_eq!(decided(&mut browser).await, (json!("cleared"), "absent".into()));
    assert!(!browser.cookies.contains_key(&("localhost".into(), SESSION.into())), "the browser has it no more");
    assert_eq!(browser.get(&format!("{TENANT}/lab/cookies")).await.json()["weather"], "clear");
    // A browser that was elsewhere at the time still has its session.
    let mut other = other;
    assert!(other.silent(&[]).await.parameters().contains_key("code"));
    browser.sign_in().await;
    assert!(browser.silent(&[]).await.parameters().contains_key("code"), "and may sign in again");
}

#[tokio::test]
async fn a_private_window_begins_empty_and_is_forgotten() {
    let mut browser = signed_in().await;
    turn(&mut browser, "incognito").await;
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required");
    assert_eq!(decided(&mut browser).await, (json!("incognito"), "absent".into()));
    let answer = browser.log_in_at(&authorize(&[]), "grace@example.com", "grace-password").await;
    let set = set_cookies(&answer);
    let session = set.iter().find(|cookie| cookie.contains(".session=")).expect("a session cookie");
    assert!(session.starts_with("__Host-tenant-jar-window-1.session="), "{session}");
    assert!(!session.contains("Max-Age"), "it ends with the browser: {session}");
    assert!(browser.silent(&[]).await.parameters().contains_key("code"));
    assert_eq!(decided(&mut browser).await, (json!("incognito"), "present".into()));
    assert_eq!(outcome(&mut browser, &FRAME).await, "login_required", "no third-party cookies in it");

    turn(&mut browser, "clear").await;
    let code = browser.silent(&[]).await.parameters()["code"].clone();
    let id_token = browser.exchange(&code).await.json()["id_token"].as_str().expect("one").to_owned();
    assert_eq!(crate::common::claims(&id_token)["sub"], "auth0|ada", "the session from before");
    turn(&mut browser, "incognito").await;
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required", "another window");
}
