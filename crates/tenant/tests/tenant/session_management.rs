//! `session_state`, the browser-state cookie and `check_session_iframe`.

use std::time::Duration;

use serde_json::json;

use crate::common::frame::{Message, ask, check_session};
use crate::common::oidcc::{CLIENT, SECOND, browser, request};
use crate::common::{Answer, Harness, TENANT, authorize};

const ORIGIN: &str = "http://localhost:3000";
const COOKIE: &str = "__Host-tenant-browser-state";

/// What this answer makes of the browser-state cookie, if anything.
fn state_cookie(answer: &Answer) -> Option<String> {
    let cookies = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().expect("readable"));
    cookies.map(ToOwned::to_owned).find(|cookie| cookie.starts_with(COOKIE))
}

#[tokio::test]
async fn the_cookie_is_readable_for_the_frame_and_sent_in_it() {
    let mut browser = browser().await;
    let answer = browser.log_in_at(&request(&[]), "ada@example.com", "ada-password").await;
    let cookie = state_cookie(&answer).expect("a cookie");
    assert!(cookie.ends_with("; Path=/; Secure; SameSite=None; Max-Age=604800"), "{cookie}");
    let session = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .find(|cookie| cookie.as_bytes().starts_with(b"__Host-tenant-session"));
    assert!(session.is_some_and(|session| session.to_str().is_ok_and(|session| session.contains("HttpOnly"))));
    let again = browser.get(&request(&[("prompt", Some("none"))])).await;
    assert_eq!(state_cookie(&again), None, "the browser has it already");
    browser.cookies.remove(&("localhost".to_owned(), COOKIE.to_owned()));
    let again = browser.get(&request(&[("prompt", Some("none"))])).await;
    assert_eq!(state_cookie(&again), Some(cookie), "it is made again from the session");
}

#[tokio::test]
async fn each_answer_has_a_session_state_of_its_own_salt() {
    let mut browser = browser().await;
    let first = browser.authorized(&[]).await;
    let second = browser.authorized(&[("prompt", Some("none"))]).await;
    assert_ne!(first["session_state"], second["session_state"]);
    for session_state in [&first["session_state"], &second["session_state"]] {
        assert!(!session_state.contains(' '));
        assert_eq!(check_session(&mut browser, CLIENT, ORIGIN, session_state).await, "unchanged");
        // It was made for one client's pages at one origin.
        assert_eq!(check_session(&mut browser, SECOND, ORIGIN, session_state).await, "changed");
        assert_eq!(check_session(&mut browser, CLIENT, "http://app.localhost:3000", session_state).await, "changed");
    }
    let posted = browser.silent(&[("response_mode", Some("web_message"))]).await;
    let (_, message) = posted.message();
    assert_eq!(check_session(&mut browser, "demo-spa", ORIGIN, &message["session_state"]).await, "unchanged");
}

#[tokio::test]
async fn what_is_no_openid_request_or_has_no_origin_gets_none() {
    let mut browser = browser().await;
    browser.authorized(&[]).await;
    let plain = browser.authorized(&[("scope", Some("profile"))]).await;
    assert!(plain.contains_key("code") && !plain.contains_key("session_state"), "{plain:?}");
    let refused = browser.authorized(&[("prompt", Some("none")), ("max_age", Some("0"))]).await;
    assert!(refused["error"] == "login_required" && !refused.contains_key("session_state"), "{refused:?}");
    let file = include_str!("../../tenant.yaml").replace("http://127.0.0.1:8765/callback", "com.example.app:/callback");
    let mut phone = Harness::with_file(&file).await;
    let callback = Some("com.example.app:/callback");
    let native = [("client_id", Some("native-app")), ("redirect_uri", callback), ("audience", None)];
    let answer = phone.log_in_at(&authorize(&native), "ada@example.com", "ada-password").await;
    let response = answer.parameters();
    assert!(response.contains_key("code") && !response.contains_key("session_state"), "{response:?}");
}

#[tokio::test]
async fn another_user_in_the_same_browser_is_a_change() {
    let mut browser = browser().await;
    let session_state = browser.authorized(&[]).await["session_state"].clone();
    let again = request(&[("prompt", Some("login"))]);
    browser.log_in_at(&again, "grace@example.com", "grace-password").await;
    assert_eq!(check_session(&mut browser, CLIENT, ORIGIN, &session_state).await, "changed");
}

/// A session can end without this browser: the next request to the tenant makes the state follow.
#[tokio::test]
async fn the_state_follows_a_session_that_ended_elsewhere() {
    let mut browser = browser().await;
    let session_state = browser.authorized(&[]).await["session_state"].clone();
    browser.clock.advance(Duration::from_secs(8 * 86_400));
    assert!(!browser.is_signed_in().await);
    assert_eq!(check_session(&mut browser, CLIENT, ORIGIN, &session_state).await, "changed");
    let quiet = browser.get(&request(&[("prompt", Some("none"))])).await;
    assert_eq!(state_cookie(&quiet), None, "nothing is left to take back");
}

#[tokio::test]
async fn a_malformed_message_is_an_error() {
    let mut browser = browser().await;
    let session_state = browser.authorized(&[]).await["session_state"].clone();
    let (hash, salt) = session_state.split_once('.').expect("a salt");
    let good = format!("{CLIENT} {session_state}");
    let malformed = [
        json!(null),
        json!(5),
        json!({ "client_id": CLIENT }),
        json!([good]),
        json!(""),
        json!(" "),
        json!(CLIENT),
        json!(session_state),
        json!(format!(" {session_state}")),
        json!(format!("{CLIENT} {hash}")),
        json!(format!("{CLIENT} {hash}.")),
        json!(format!("{CLIENT} .{salt}")),
        json!(format!("{good} ")),
        json!(format!("{good} x")),
        json!(format!("{CLIENT} {}.{salt}", "x".repeat(44))),
        json!(format!("{} {session_state}", "x".repeat(257))),
    ];
    let messages: Vec<_> =
        malformed.iter().map(|data| Message { data: data.clone(), origin: ORIGIN, by_framer: true }).collect();
    let answers = ask(&mut browser, true, &messages).await;
    for (answer, data) in answers.iter().zip(&malformed) {
        assert_eq!(answer.as_ref().map(|(text, _)| text.as_str()), Some("error"), "{data}");
    }
    assert_eq!(answers.len(), malformed.len());
}

#[tokio::test]
async fn only_the_framer_with_an_origin_is_answered() {
    let mut browser = browser().await;
    let session_state = browser.authorized(&[]).await["session_state"].clone();
    let data = json!(format!("{CLIENT} {session_state}"));
    let messages = [
        Message { data: data.clone(), origin: ORIGIN, by_framer: false },
        Message { data: data.clone(), origin: "null", by_framer: true },
        Message { data, origin: ORIGIN, by_framer: true },
    ];
    let answers = ask(&mut browser, true, &messages).await;
    assert_eq!(answers, [None, None, Some(("unchanged".to_owned(), ORIGIN.to_owned()))]);
}

/// `changed` would send the app to a silent request that finds no session either: it would sign its user out.
#[tokio::test]
async fn a_browser_that_keeps_the_cookie_back_is_an_error_and_no_change() {
    let mut browser = browser().await;
    let session_state = browser.authorized(&[]).await["session_state"].clone();
    let data = json!(format!("{CLIENT} {session_state}"));
    let answers = ask(&mut browser, false, &[Message { data, origin: ORIGIN, by_framer: true }]).await;
    assert_eq!(answers[0].as_ref().map(|(text, _)| text.as_str()), Some("error"));
}

#[tokio::test]
async fn registered_web_origins_alone_may_frame_it_and_its_script_has_a_hash() {
    let mut browser = Harness::new().await;
    let page = browser.get(&format!("{TENANT}/oidc/check_session")).await;
    let policy = page.header("content-security-policy");
    let ancestors = policy.split("frame-ancestors ").nth(1).expect("ancestors");
    assert_eq!(ancestors, "http://app.demo.localhost:3000 http://app.localhost:3000 http://localhost:3000");
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-") && !policy.contains("unsafe"));
    assert_eq!(page.headers.get("x-frame-options"), None);
    assert!(!page.body.contains("localhost"), "the page is the same for everybody");
}
