//! `POST /oauth/ro`: behind its grant and its flag, for clients of the time, with the refresh token of the time.

use axum::http::StatusCode;

use crate::common::{Answer, Harness, TENANT, claims};

const GRANT: &str = "http://auth0.com/oauth/legacy/grant-type/ro";

/// The built-in tenant with the flag on and the grant given to `legacy-spa`.
fn yaml() -> String {
    let flag = "    allow_legacy_delegation_grant_types: true\n";
    include_str!("../../tenant.yaml")
        .replace(flag, &format!("{flag}    allow_legacy_ro_grant_types: true\n"))
        .replace("      - implicit\n", &format!("      - implicit\n      - {GRANT}\n"))
}

async fn with_grant() -> Harness {
    Harness::with_file(&yaml()).await
}

/// A good request as auth0.js 7.6.1 sends it, with these parameters changed (or left out).
async fn ro(browser: &mut Harness, changes: &[(&str, Option<&str>)]) -> Answer {
    let form = [
        ("scope", "openid email"),
        ("response_type", "token"),
        ("connection", "Username-Password-Authentication"),
        ("username", "ada@example.com"),
        ("password", "ada-password"),
        ("sso", "false"),
        ("client_id", "legacy-spa"),
        ("grant_type", "password"),
    ];
    let mut all: Vec<_> =
        form.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name)).copied().collect();
    all.extend(changes.iter().filter_map(|(name, value)| Some((*name, (*value)?))));
    browser.post_form(&format!("{TENANT}/oauth/ro"), &all).await
}

#[tokio::test]
async fn a_password_buys_an_id_token_and_an_access_token() {
    let mut browser = with_grant().await;
    let answer = ro(&mut browser, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let body = answer.json();
    assert_eq!(claims(body["id_token"].as_str().expect("an ID token"))["aud"], "legacy-spa");
    assert_eq!(
        browser.get_as("/userinfo", body["access_token"].as_str().expect("one")).await.json()["sub"],
        "auth0|ada"
    );
    assert!(body.get("refresh_token").is_none());
}

#[tokio::test]
async fn a_refresh_token_needs_offline_access_and_a_device() {
    let mut browser = with_grant().await;
    for (scope, device, expected) in [
        ("openid offline_access", Some("my phone"), true),
        ("openid offline_access", None, false),
        ("openid", Some("my phone"), false),
    ] {
        let body = ro(&mut browser, &[("scope", Some(scope)), ("device", device)]).await.json();
        assert_eq!(body.get("refresh_token").is_some(), expected, "{scope} {device:?}");
        if let Some(token) = body["refresh_token"].as_str() {
            let form = [("grant_type", "refresh_token"), ("client_id", "legacy-spa"), ("refresh_token", token)];
            assert!(browser.token(&form).await.json()["id_token"].is_string());
        }
    }
}

#[tokio::test]
async fn every_switch_has_to_be_on() {
    let yaml = yaml();
    let built_in = ro(&mut Harness::new().await, &[]).await;
    assert_eq!((built_in.status, built_in.error().as_str()), (StatusCode::NOT_FOUND, "endpoint_disabled"));
    for (from, to, status, error) in [
        ("allow_legacy_ro_grant_types: true", "allow_legacy_ro_grant_types: false", 404, "endpoint_disabled"),
        ("      - http://auth0.com/oauth/legacy/grant-type/ro\n", "", 403, "unauthorized_client"),
        ("oidc_conformant: false", "oidc_conformant: true", 403, "unauthorized_client"),
        ("oidc_conformant: false", "oidc_conformant: false\n    is_first_party: false", 403, "unauthorized_client"),
    ] {
        assert!(yaml.contains(from));
        let mut browser = Harness::with_file(&yaml.replace(from, to)).await;
        let answer = ro(&mut browser, &[]).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, error), "{to}");
        if status == 403 {
            let words = format!("Grant type '{GRANT}' not allowed for the client.");
            assert_eq!(answer.json()["error_description"], words, "{to}");
        }
    }
}

#[tokio::test]
async fn it_has_its_own_words_for_what_is_wrong() {
    let mut browser = with_grant().await;
    for (changes, status, error) in [
        (vec![("password", Some("x"))], 401, "invalid_user_password"),
        (vec![("username", Some("nobody@example.com"))], 401, "invalid_user_password"),
        (vec![("username", Some("blocked@example.com")), ("password", Some("blocked-password"))], 401, "unauthorized"),
        (vec![("password", None)], 400, "invalid_request"),
        (vec![("connection", None)], 400, "invalid_request"),
        (vec![("connection", Some("github"))], 400, "invalid_request"),
        (vec![("grant_type", Some("urn:ietf:params:oauth:grant-type:jwt-bearer"))], 400, "invalid_request"),
        (vec![("client_id", Some("nobody"))], 401, "invalid_client"),
    ] {
        let answer = ro(&mut browser, &changes).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, error), "{changes:?}");
    }
    for _ in 0..10 {
        ro(&mut browser, &[("password", Some("x"))]).await;
    }
    let answer = ro(&mut browser, &[]).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts"));
}
