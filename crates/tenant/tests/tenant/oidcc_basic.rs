//! The conformance suite's plan for the basic profile, module by module: the code flow and userinfo.

use axum::http::StatusCode;
use serde_json::Value;
use tenant::TenantFile;

use crate::common::oidcc::{self, BY_POST, CLIENT, NONCE, SECRET, asks_for_login, at_callback, browser, request};
use crate::common::{CALLBACK, CHALLENGE, Harness, TENANT, VERIFIER};

async fn metadata(browser: &mut Harness) -> Value {
    browser.get(&format!("{TENANT}/.well-known/openid-configuration")).await.json()
}

/// Claims of a userinfo answer beside `sub`.
fn names(said: &Value) -> Vec<&str> {
    let mut names: Vec<_> = said.as_object().expect("an object").keys().map(String::as_str).collect();
    names.retain(|name| *name != "sub");
    names.sort_unstable();
    names
}

#[tokio::test]
async fn oidcc_server() {
    let mut browser = browser().await;
    let tokens = browser.signed_in(&[]).await;
    assert_eq!(names(&browser.userinfo(&tokens).await), Vec::<&str>::new(), "openid alone says who, and no more");
}

#[tokio::test]
async fn oidcc_response_type_missing() {
    let mut browser = browser().await;
    let response = at_callback(&browser.get(&request(&[("response_type", None)])).await);
    assert_eq!(response["error"], "invalid_request");
}

#[tokio::test]
async fn oidcc_idtoken_signature() {
    let mut browser = browser().await;
    let tokens = browser.signed_in(&[]).await;
    let header = jsonwebtoken::decode_header(&tokens.id_token).expect("a header");
    assert_eq!(header.alg, jsonwebtoken::Algorithm::RS256);
    let keys = browser.get(&format!("{TENANT}/.well-known/jwks.json")).await.json();
    let named =
        keys["keys"].as_array().expect("keys").iter().filter(|key| key["kid"].as_str() == header.kid.as_deref());
    assert_eq!(named.count(), 1, "exactly one key has the token's kid");
}

/// `none` is not offered, so the suite leaves the module out; and nobody can be configured for it.
#[tokio::test]
async fn oidcc_idtoken_unsigned() {
    let offered = metadata(&mut browser().await).await["id_token_signing_alg_values_supported"].clone();
    assert!(offered.as_array().is_some_and(|offered| !offered.contains(&"none".into())), "{offered}");
    let secret = "client_secret: regular-web-secret\n";
    let none = format!("{secret}    jwt_configuration: {{ alg: none }}\n");
    let refused = TenantFile::parse(&include_str!("../../tenant.yaml").replace(secret, &none), None);
    assert!(refused.is_err_and(|error| error.to_string().contains("jwt_configuration.alg")));
}

#[tokio::test]
async fn oidcc_userinfo_get() {
    let mut browser = browser().await;
    let tokens = browser.signed_in(&[]).await;
    assert_eq!(browser.userinfo(&tokens).await["sub"], "auth0|ada");
}

#[tokio::test]
async fn oidcc_userinfo_post_header() {
    let mut browser = browser().await;
    let tokens = browser.signed_in(&[]).await;
    let bearer = format!("Bearer {}", tokens.access_token);
    let answer = browser.post_form_with(&format!("{TENANT}/userinfo"), &[], &[("authorization", &bearer)]).await;
    assert_eq!((answer.status, answer.json()["sub"].as_str()), (StatusCode::OK, tokens.claims["sub"].as_str()));
}

#[tokio::test]
async fn oidcc_userinfo_post_body() {
    let mut browser = browser().await;
    let tokens = browser.signed_in(&[]).await;
    let answer = browser.post_form(&format!("{TENANT}/userinfo"), &[("access_token", &tokens.access_token)]).await;
    assert_eq!((answer.status, answer.json()["sub"].as_str()), (StatusCode::OK, tokens.claims["sub"].as_str()));
}

#[tokio::test]
async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow() {
    let tokens = browser().await.signed_in(&[("nonce", None)]).await;
    assert_eq!(tokens.claims.get("nonce"), None);
}

const PROFILE: [&str; 14] = [
    "birthdate",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
];

#[tokio::test]
async fn oidcc_scope_profile() {
    let mut browser = browser().await;
    let tokens = browser.signed_in(&[("scope", Some("openid profile"))]).await;
    let said = browser.userinfo(&tokens).await;
    assert_eq!(names(&said), PROFILE);
    assert!(said["updated_at"].is_i64(), "seconds since 1970 (Core 1.0, 5.1), as the tenant file has them");
    assert_eq!((said["given_name"].as_str(), said["birthdate"].as_str()), (Some("Ada"), Some("1815-12-10")));
}

#[tokio::test]
async fn oidcc_scope_email() {
    let mut browser = browser().await;
    let tokens = browser.signed_in(&[("scope", Some("openid email"))]).await;
    let said = browser.userinfo(&tokens).await;
    assert_eq!(names(&said), ["email", "email_verified"]);
    assert_eq!((said["email"].as_str(), said["email_verified"].as_bool()), (Some("ada@example.com"), Some(true)));
}

#[tokio::test]
async fn oidcc_scope_address() {
    let mut browser = browser().await;
    let tokens = browser.signed_in(&[("scope", Some("openid address"))]).await;
    let said = browser.userinfo(&tokens).await;
    assert_eq!(names(&said), ["address"]);
    assert_eq!(said["address"]["country"], "GB");
}

#[tokio::test]
async fn oidcc_scope_phone() {
    let mut browser = browser().await;
    let tokens = browser.signed_in(&[("scope", Some("openid phone"))]).await;
    let said = browser.userinfo(&tokens).await;
    assert_eq!(names(&said), ["phone_number", "phone_number_verified"]);
    assert_eq!(said["phone_number_verified"], true);
}

#[tokio::test]
async fn oidcc_scope_all() {
    let mut browser = browser().await;
    let tokens = browser.signed_in(&[("scope", Some("openid profile email address phone"))]).await;
    assert_eq!(tokens.body["scope"], "openid profile email address phone");
    let others = ["address", "email", "email_verified", "phone_number", "phone_number_verified"];
    let mut all: Vec<_> = PROFILE.iter().chain(&others).copied().collect();
    all.sort_unstable();
    assert_eq!(names(&browser.userinfo(&tokens).await), all);
}

/// Scopes in the reverse order, and the parameters of the request in another.
#[tokio::test]
async fn oidcc_alternate_happy_flow() {
    let mut browser = browser().await;
    let query = oidcc::form(&[("scope", Some("email openid"))]);
    let reversed: Vec<_> = query.split('&').rev().collect();
    let page = browser.get(&format!("{TENANT}/authorize?{}", reversed.join("&"))).await;
    let response = browser.signed_in_at(&page).await;
    let answer = browser.redeem(CLIENT, &response["code"]).await;
    let tokens = browser.examined(&answer, CLIENT, Some(NONCE)).await;
    assert_eq!(names(&browser.userinfo(&tokens).await), ["email", "email_verified"]);
}

#[tokio::test]
async fn oidcc_claims_essential() {
    let mut browser = browser().await;
    let claims = r#"{"userinfo":{"name":{"essential":true}}}"#;
    let tokens = browser.signed_in(&[("claims", Some(claims))]).await;
    let said = browser.userinfo(&tokens).await;
    assert_eq!((names(&said), said["name"].as_str()), (vec!["name"], Some("Ada Lovelace")));
    assert_eq!(tokens.claims.get("name"), None, "it was asked of userinfo");
}

#[tokio::test]
async fn oidcc_server_client_secret_post() {
    let mut browser = browser().await;
    let code = browser.authorized(&[("client_id", Some(BY_POST))]).await["code"].clone();
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", BY_POST),
        ("client_secret", SECRET),
        ("code", &code),
        ("redirect_uri", CALLBACK),
    ];
    let answer = browser.token(&fields).await;
    browser.examined(&answer, BY_POST, Some(NONCE)).await;
}

#[tokio::test]
async fn oidcc_ensure_request_with_valid_pkce_succeeds() {
    let mut browser = browser().await;
    let pkce = [("code_challenge", Some(CHALLENGE)), ("code_challenge_method", Some("S256"))];
    let code = browser.authorized(&[&pkce[..], &[("client_id", Some(BY_POST))]].concat()).await["code"].clone();
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", BY_POST),
        ("client_secret", SECRET),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let answer = browser.token(&fields).await;
    browser.examined(&answer, BY_POST, Some(NONCE)).await;
}

/// The verifier is checked too: without the check the module above could not fail.
#[tokio::test]
async fn a_code_with_a_challenge_needs_its_verifier() {
    let mut browser = browser().await;
    let pkce = [("code_challenge", Some(CHALLENGE)), ("code_challenge_method", Some("S256"))];
    let code = browser.authorized(&pkce).await["code"].clone();
    assert_eq!(browser.redeem(CLIENT, &code).await.error(), "invalid_grant");
    assert!(!asks_for_login(&browser.get(&request(&[])).await));
}
