//! The `claims` parameter: single claims for userinfo and the ID token, and whom the request is about.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::common;
use crate::common::oidcc::{CLIENT, SECRET, asks_for_login, at_callback, browser, request};
use crate::common::{NOTES, TENANT, authorize};

const SINGLE: &str = r#"{"userinfo":{"email":null,"address":null,"password_hash":null,"blocked":null},
    "id_token":{"given_name":{"essential":true},"auth_time":{"essential":true}}}"#;

#[tokio::test]
async fn each_place_gets_the_claims_that_were_asked_of_it() {
    let mut browser = browser().await;
    let tokens = browser.signed_in(&[("claims", Some(SINGLE))]).await;
    assert_eq!(tokens.claims["given_name"], "Ada");
    assert_eq!(tokens.claims["auth_time"], tokens.claims["iat"], "asked for by name, without max_age");
    assert_eq!(tokens.claims.get("email"), None);
    let said = browser.userinfo(&tokens).await;
    assert_eq!((said["email"].as_str(), said["address"]["country"].as_str()), (Some("ada@example.com"), Some("GB")));
    assert_eq!(said.as_object().map(serde_json::Map::len), Some(3), "nothing that no scope gives out: {said}");
}

#[tokio::test]
async fn renewed_tokens_have_the_same_claims() {
    let mut browser = browser().await;
    let asked = [("claims", Some(SINGLE)), ("scope", Some("openid offline_access")), ("audience", Some(NOTES))];
    let tokens = browser.signed_in(&asked).await;
    let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{SECRET}")));
    let refresh_token = tokens.body["refresh_token"].as_str().expect("one");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    let answer = browser.post_form_with(&format!("{TENANT}/oauth/token"), &fields, &[("authorization", &basic)]).await;
    let renewed = browser.examined(&answer, CLIENT, None).await;
    assert_eq!(renewed.claims["given_name"], "Ada");
    assert_eq!(browser.userinfo(&renewed).await["email"], "ada@example.com");
}

/// Its user was asked about scopes, and said nothing of single claims.
#[tokio::test]
async fn a_third_party_gets_the_claims_of_its_scopes_alone() {
    let mut browser = common::Harness::new().await;
    let third = [
        ("client_id", Some("third-party-app")),
        ("scope", Some("openid")),
        ("audience", None),
        ("claims", Some(SINGLE)),
    ];
    let page = browser.log_in_at(&authorize(&third), "ada@example.com", "ada-password").await;
    let consent = browser.get(page.header("location")).await;
    let (action, fields) = consent.form();
    let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("decision", "accept"));
    let answer = browser.post_form(&format!("{TENANT}{action}"), &fields).await;
    let tokens = browser.exchange_with(&answer.parameters()["code"], &[("client_id", Some("third-party-app"))]).await;
    let tokens = tokens.json();
    let said = browser.get_as("/userinfo", tokens["access_token"].as_str().expect("one")).await.json();
    assert_eq!(said, serde_json::json!({ "sub": "auth0|ada" }));
    let id_token = common::claims(tokens["id_token"].as_str().expect("one"));
    assert_eq!(id_token.get("given_name").or(id_token.get("auth_time")), None);
}

#[tokio::test]
async fn a_request_about_another_user_is_not_answered_for_this_one() {
    let mut browser = browser().await;
    browser.signed_in(&[]).await;
    for (subject, error) in [("auth0|grace", Some("login_required")), ("auth0|ada", None)] {
        let claims = format!(r#"{{"id_token":{{"sub":{{"value":"{subject}"}}}}}}"#);
        let silent = request(&[("claims", Some(&claims)), ("prompt", Some("none"))]);
        let response = at_callback(&browser.get(&silent).await);
        assert_eq!(response.get("error").map(String::as_str), error, "{subject}");
    }
    let claims = r#"{"userinfo":{"sub":{"value":"auth0|grace"}}}"#;
    assert!(asks_for_login(&browser.get(&request(&[("claims", Some(claims))])).await));
}

#[tokio::test]
async fn claims_that_cannot_be_read_are_refused() {
    let mut browser = browser().await;
    for claims in
        ["x", "[]", r#"{"userinfo":5}"#, r#"{"id_token":{"name":"Ada"}}"#, "{\"userinfo\":{},\"userinfo\":{}}"]
    {
        let response = at_callback(&browser.get(&request(&[("claims", Some(claims))])).await);
        assert_eq!(response["error"], "invalid_request", "{claims}");
    }
}
