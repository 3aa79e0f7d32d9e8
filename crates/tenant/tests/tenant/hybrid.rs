//! The hybrid flow (OpenID Connect Core 1.0, 3.3): a code and tokens in one answer, for clients registered for both.

use axum::http::StatusCode;
use base64::Engine;

use crate::common::{Answer, CALLBACK, Changes, Harness, TENANT, authorize, claims};

/// A good hybrid request of `legacy-spa`, which has both grants, with these parameters changed.
fn hybrid(changes: Changes<'_>) -> String {
    let mut all: Vec<(&str, Option<&str>)> =
        vec![("client_id", Some("legacy-spa")), ("response_type", Some("code id_token token"))];
    all.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    all.extend(changes);
    authorize(&all)
}

async fn exchange(browser: &mut Harness, code: &str) -> Answer {
    browser.exchange_with(code, &[("client_id", Some("legacy-spa"))]).await
}

fn half_hash(text: &str) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
}

#[tokio::test]
async fn each_combination_brings_what_it_names() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    for (response_type, access_token, id_token) in [
        ("code token", true, false),
        ("code id_token", false, true),
        ("code id_token token", true, true),
        ("token id_token code", true, true),
    ] {
        let changes = [("response_type", Some(response_type)), ("prompt", Some("none"))];
        let answer = browser.get(&hybrid(&changes)).await;
        assert!(answer.header("location").starts_with(&format!("{CALLBACK}#")), "{answer:?}");
        let front = answer.fragment();
        assert_eq!((front["state"].as_str(), front["iss"].as_str()), ("the-state", "http://localhost:4000/"));
        assert_eq!(front.contains_key("access_token"), access_token, "{response_type}: {front:?}");
        assert_eq!(front.contains_key("token_type"), access_token, "{response_type}");
        assert_eq!(front.contains_key("id_token"), id_token, "{response_type}");
        assert!(!front.contains_key("refresh_token"));
        let summary = browser.decision().await["summary"].clone();
        assert_eq!(summary, "Every check passed: a code and tokens were issued by the hybrid flow.");

        let answer = exchange(&mut browser, &front["code"]).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let back = claims(answer.json()["id_token"].as_str().expect("an ID token"));
        if let Some(token) = front.get("id_token") {
            let said = claims(token);
            assert_eq!(said["c_hash"], half_hash(&front["code"]), "{response_type}");
            assert_eq!(said.get("at_hash").is_some(), access_token, "{response_type}");
            assert_eq!(said["nonce"], "the-nonce");
            // 3.3.3.6: both are about the same user of the same issuer.
            assert_eq!((&said["iss"], &said["sub"]), (&back["iss"], &back["sub"]));
            if let Some(access_token) = front.get("access_token") {
                assert_eq!(said["at_hash"], half_hash(access_token));
            }
        }
        assert!(back.get("c_hash").is_none() && back["nonce"] == "the-nonce");
        if let Some(access_token) = front.get("access_token") {
            assert_eq!(browser.get_as("/userinfo", access_token).await.json()["sub"], "auth0|ada");
        }
    }
}

#[tokio::test]
async fn a_refresh_token_comes_with_the_code_alone() {
    let mut browser = Harness::new().await;
    let url = hybrid(&[("scope", Some("openid offline_access read:notes"))]);
    let front = browser.log_in_at(&url, "ada@example.com", "ada-password").await.fragment();
    assert!(front.contains_key("access_token") && !front.contains_key("refresh_token"));
    let body = exchange(&mut browser, &front["code"]).await.json();
    assert!(body["refresh_token"].is_string(), "{body}");
}

/// A code that comes twice was stolen, and so may have been what came beside it.
#[tokio::test]
async fn a_replayed_code_revokes_the_access_token_beside_it() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let front = browser.get(&hybrid(&[])).await.fragment();
    assert_eq!(exchange(&mut browser, &front["code"]).await.status, StatusCode::OK);
    assert_eq!(browser.get_as("/userinfo", &front["access_token"]).await.status, StatusCode::OK);
    assert_eq!(exchange(&mut browser, &front["code"]).await.error(), "invalid_grant");
    assert_eq!(browser.get_as("/userinfo", &front["access_token"]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_answer_goes_into_a_fragment_or_a_form() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let (action, form) = browser.get(&hybrid(&[("response_mode", Some("form_post"))])).await.form();
    assert_eq!(action, CALLBACK);
    assert!(["code", "access_token", "id_token"].iter().all(|name| form.contains_key(*name)), "{form:?}");
    for (mode, words) in [
        ("query", "response_mode query is not for tokens: servers log queries"),
        ("web_message", "response_mode web_message is not for a code beside tokens, only fragment and form_post"),
    ] {
        let answer = browser.get(&hybrid(&[("response_mode", Some(mode))])).await;
        let refused = answer.fragment();
        assert_eq!((refused["error"].as_str(), refused["error_description"].as_str()), ("invalid_request", words));
        assert!(!answer.header("location").contains("code="));
    }
}

#[tokio::test]
async fn it_takes_both_grants_a_nonce_and_a_challenge() {
    let implicit_too = Harness::with_replaced(
        "is_first_party: false\n    token_endpoint_auth_method: none\n    grant_types: [authorization_code]",
        "is_first_party: false\n    token_endpoint_auth_method: none\n    grant_types: [authorization_code, implicit]",
    );
    let mut browser = implicit_too.await;
    browser.sign_in().await;
    let implicit = "Grant type 'implicit' not allowed for the client.";
    for (changes, error, words) in [
        (vec![("client_id", Some("demo-spa"))], "unauthorized_client", implicit),
        (vec![("client_id", Some("third-party-app"))], "unauthorized_client", implicit),
        (vec![("nonce", None)], "invalid_request", "Missing required parameter: nonce"),
        (
            vec![("response_type", Some("code id_token")), ("nonce", None)],
            "invalid_request",
            "Missing required parameter: nonce",
        ),
        (vec![("code_challenge", None)], "invalid_request", "code_challenge is required"),
        (vec![("code_challenge_method", Some("plain"))], "invalid_request", "code_challenge_method must be S256"),
        (vec![("scope", Some("read:notes"))], "invalid_scope", "response_type id_token needs the scope openid"),
    ] {
        let refused = browser.get(&hybrid(&changes)).await.fragment();
        assert_eq!((&*refused["error"], &*refused["error_description"]), (error, words), "{changes:?}");
        assert_eq!(refused["state"], "the-state");
    }
    let without = [("response_type", Some("code token")), ("nonce", None)];
    assert!(browser.get(&hybrid(&without)).await.fragment().contains_key("code"), "no ID token, no nonce");

    let grants = "    grant_types: &legacy_spa_grants\n      - implicit\n      - authorization_code\n";
    let mut browser = Harness::with_replaced(grants, "    grant_types: &legacy_spa_grants\n      - implicit\n").await;
    browser.sign_in().await;
    let refused = browser.get(&hybrid(&[])).await.fragment();
    let words = "Grant type 'authorization_code' not allowed for the client.";
    assert_eq!((&*refused["error"], &*refused["error_description"]), ("unauthorized_client", words));
    let metadata = browser.get(&format!("{TENANT}/.well-known/openid-configuration")).await.json();
    assert_eq!(metadata["response_types_supported"].as_array().map(Vec::len), Some(7));
}
