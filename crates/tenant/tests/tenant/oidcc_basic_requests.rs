//! The conformance suite's plan for the basic profile, module by module: what a request may ask of the tenant.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

use crate::common::oidcc::{
    CLIENT, ISSUER, NONCE, SECOND, SECRET, STATE, asks_for_login, at_callback, browser, form, request,
};
use crate::common::{CALLBACK, Changes, Harness, NOTES, TENANT};

fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

/// A request with this parameter more must do what it does without it.
async fn succeeds_with(name: &str, value: &str) -> Harness {
    let mut browser = browser().await;
    let page = browser.get(&request(&[(name, Some(value))])).await;
    assert!(asks_for_login(&page), "{page:?}");
    let shown = browser.get(page.header("location")).await;
    assert!(shown.body.contains(r#"name="password""#), "{shown:?}");
    browser.signed_in(&[(name, Some(value))]).await;
    browser
}

#[tokio::test]
async fn oidcc_display_page() {
    succeeds_with("display", "page").await;
}

#[tokio::test]
async fn oidcc_display_popup() {
    succeeds_with("display", "popup").await;
}

/// The user is asked again although there is a session, and the second sign-in is later.
#[tokio::test]
async fn oidcc_prompt_login() {
    let mut browser = browser().await;
    let first = browser.signed_in(&[("max_age", Some("10000"))]).await;
    browser.clock.advance(seconds(5));
    let page = browser.get(&request(&[("prompt", Some("login"))])).await;
    assert!(asks_for_login(&page), "{page:?}");
    let second = browser.signed_in(&[("prompt", Some("login"))]).await;
    let at = |claims: &serde_json::Value| claims["auth_time"].as_i64().expect("auth_time");
    assert_eq!(at(&second.claims) - at(&first.claims), 5);
    assert_eq!(first.claims["sub"], second.claims["sub"]);
}

#[tokio::test]
async fn oidcc_prompt_none_not_logged_in() {
    let mut browser = browser().await;
    let response = at_callback(&browser.get(&request(&[("prompt", Some("none"))])).await);
    assert_eq!(response["error"], "login_required");
}

#[tokio::test]
async fn oidcc_prompt_none_logged_in() {
    let mut browser = browser().await;
    let first = browser.signed_in(&[("max_age", Some("10000"))]).await;
    browser.clock.advance(seconds(5));
    let silent = request(&[("prompt", Some("none")), ("max_age", Some("10000"))]);
    let response = at_callback(&browser.get(&silent).await);
    let answer = browser.redeem(CLIENT, &response["code"]).await;
    let second = browser.examined(&answer, CLIENT, Some(NONCE)).await;
    for name in ["sub", "auth_time"] {
        assert!(first.claims.get(name).is_some(), "{name}");
        assert_eq!(first.claims[name], second.claims[name], "{name}");
    }
}

/// After more than a second the sign-in is too old, and the user is asked again.
#[tokio::test]
async fn oidcc_max_age_1() {
    let mut browser = browser().await;
    let first = browser.signed_in(&[("max_age", Some("10000"))]).await;
    browser.clock.advance(seconds(2));
    let page = browser.get(&request(&[("max_age", Some("1"))])).await;
    assert!(asks_for_login(&page), "{page:?}");
    let second = browser.signed_in(&[("max_age", Some("1"))]).await;
    assert!(second.claims["auth_time"].as_i64() > first.claims["auth_time"].as_i64());
    assert_eq!(second.claims["auth_time"], second.claims["iat"]);
}

#[tokio::test]
async fn oidcc_max_age_10000() {
    let mut browser = browser().await;
    let first = browser.signed_in(&[("max_age", Some("10000"))]).await;
    browser.clock.advance(seconds(2));
    let page = browser.get(&request(&[("max_age", Some("10000"))])).await;
    let response = at_callback(&page);
    let answer = browser.redeem(CLIENT, &response["code"]).await;
    let second = browser.examined(&answer, CLIENT, Some(NONCE)).await;
    assert_eq!(
        (&first.claims["sub"], &first.claims["auth_time"]),
        (&second.claims["sub"], &second.claims["auth_time"])
    );
}

#[tokio::test]
async fn oidcc_ensure_request_with_unknown_parameter_succeeds() {
    succeeds_with("extra", "foobar").await;
}

/// A silent request with the user's own ID token as a hint gets a code; another user's gets none.
#[tokio::test]
async fn oidcc_id_token_hint() {
    let mut browser = browser().await;
    let first = browser.signed_in(&[]).await;
    let hinted = [("prompt", Some("none")), ("id_token_hint", Some(first.id_token.as_str()))];
    let response = at_callback(&browser.get(&request(&hinted)).await);
    let answer = browser.redeem(CLIENT, &response["code"]).await;
    assert_eq!(browser.examined(&answer, CLIENT, Some(NONCE)).await.claims["sub"], first.claims["sub"]);
    browser.cookies.clear();
    browser.log_in_at(&request(&[]), "grace@example.com", "grace-password").await;
    let response = at_callback(&browser.get(&request(&hinted)).await);
    assert_eq!(response["error"], "login_required");
}

#[tokio::test]
async fn oidcc_login_hint() {
    let mut browser = succeeds_with("login_hint", "ada@example.com").await;
    browser.cookies.clear();
    let page = browser.get(&request(&[("login_hint", Some("ada@example.com"))])).await;
    let shown = browser.get(page.header("location")).await;
    assert!(shown.body.contains(r#"value="ada@example.com""#), "the field is filled in: {shown:?}");
}

#[tokio::test]
async fn oidcc_ui_locales() {
    succeeds_with("ui_locales", "se fr en").await;
}

#[tokio::test]
async fn oidcc_claims_locales() {
    succeeds_with("claims_locales", "se fr en").await;
}

#[tokio::test]
async fn oidcc_ensure_request_with_acr_values_succeeds() {
    let mut browser = browser().await;
    let tokens = browser.signed_in(&[("acr_values", Some("1 2"))]).await;
    assert!(tokens.claims.get("acr").is_none_or(serde_json::Value::is_string));
}

/// A code is good once: the second use is refused, and takes back what the first one bought.
async fn code_reused_after(pause: Duration) {
    let mut browser = browser().await;
    let code = browser.authorized(&[]).await["code"].clone();
    let answer = browser.redeem(CLIENT, &code).await;
    let tokens = browser.examined(&answer, CLIENT, Some(NONCE)).await;
    browser.clock.advance(pause);
    browser.userinfo(&tokens).await;
    let again = browser.redeem(CLIENT, &code).await;
    assert!(again.status.is_client_error(), "{again:?}");
    assert_eq!(again.error(), "invalid_grant");
    assert_eq!(browser.get_as("/userinfo", &tokens.access_token).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn oidcc_codereuse() {
    code_reused_after(seconds(0)).await;
}

#[tokio::test]
async fn oidcc_codereuse_30seconds() {
    code_reused_after(seconds(30)).await;
}

/// An address that is not registered is never answered to.
#[tokio::test]
async fn oidcc_ensure_registered_redirect_uri() {
    let mut browser = browser().await;
    for elsewhere in ["http://localhost:3000/callback/GXPQ", "https://evil.example/callback"] {
        let answer = browser.get(&request(&[("redirect_uri", Some(elsewhere))])).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{answer:?}");
        answer.assert_stays();
    }
}

#[tokio::test]
async fn oidcc_ensure_post_request_succeeds() {
    let mut browser = browser().await;
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let page = browser.browse(Method::POST, &format!("{TENANT}/authorize"), &headers, form(&[])).await;
    let response = browser.signed_in_at(&page).await;
    let answer = browser.redeem(CLIENT, &response["code"]).await;
    browser.examined(&answer, CLIENT, Some(NONCE)).await;
}

/// The suite's request object without a signature, with these members changed.
fn unsigned(changes: &[(&str, &str)]) -> String {
    let mut object = json!({
        "iss": CLIENT,
        "aud": ISSUER,
        "client_id": CLIENT,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
        "state": STATE,
        "nonce": "another-nonce",
    });
    for (name, value) in changes {
        object[*name] = json!(value);
    }
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.", part(r#"{"alg":"none"}"#), part(&object.to_string()))
}

/// Refused by its own name at the callback, and not advertised.
async fn assert_not_supported(changes: Changes<'_>, error: &str, metadata_field: &str) {
    let mut browser = browser().await;
    let metadata = browser.get(&format!("{TENANT}/.well-known/openid-configuration")).await.json();
    assert_eq!(metadata[metadata_field], false);
    let response = at_callback(&browser.get(&request(changes)).await);
    assert_eq!(response["error"], error);
    assert!(!response.contains_key("code"));
}

#[tokio::test]
async fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported() {
    let by_reference = [("request_uri", Some("https://app.example/request.jwt"))];
    assert_not_supported(&by_reference, "request_uri_not_supported", "request_uri_parameter_supported").await;
}

#[tokio::test]
async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported() {
    let object = unsigned(&[]);
    assert_not_supported(&[("request", Some(&object))], "request_not_supported", "request_parameter_supported").await;
}

/// The address beside the object is not registered: an error page is one of the two right answers.
#[tokio::test]
async fn oidcc_ensure_request_object_with_redirect_uri() {
    let object = unsigned(&[]);
    let mut browser = browser().await;
    let elsewhere = Some("https://evil.example/callback");
    let answer = browser.get(&request(&[("request", Some(&object)), ("redirect_uri", elsewhere)])).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    answer.assert_stays();
    let object = unsigned(&[("redirect_uri", "https://evil.example/callback")]);
    let response = at_callback(&browser.get(&request(&[("request", Some(&object))])).await);
    assert_eq!(response["error"], "request_not_supported", "and the object's own address counts for nothing");
}

/// A refresh token brings new tokens about the same sign-in, and is of no use to the suite's second client.
#[tokio::test]
async fn oidcc_refresh_token() {
    let mut browser = browser().await;
    let scope = Some("openid offline_access read:notes");
    let consent = [("scope", scope), ("audience", Some(NOTES)), ("max_age", Some("10000"))];
    let first = browser.signed_in(&consent).await;
    let refresh_token = first.body["refresh_token"].as_str().expect("a refresh token").to_owned();
    browser.clock.advance(seconds(30));
    let basic = |client: &str| format!("Basic {}", STANDARD.encode(format!("{client}:{SECRET}")));
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &*refresh_token)];
    let address = format!("{TENANT}/oauth/token");
    let stolen = browser.post_form_with(&address, &fields, &[("authorization", &basic(SECOND))]).await;
    assert_eq!((stolen.status.is_client_error(), stolen.error()), (true, "invalid_grant".to_owned()));
    let answer = browser.post_form_with(&address, &fields, &[("authorization", &basic(CLIENT))]).await;
    let second = browser.examined(&answer, CLIENT, None).await;
    // OpenID Connect Core 1.0, 12.2.
    for name in ["iss", "sub", "aud", "auth_time"] {
        assert_eq!(first.claims[name], second.claims[name], "{name}");
    }
    assert_eq!(second.claims["iat"].as_i64(), first.claims["iat"].as_i64().map(|at| at + 30));
    browser.userinfo(&second).await;
}
