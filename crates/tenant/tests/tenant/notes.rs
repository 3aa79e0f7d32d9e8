//! `/lab/notes` checks access tokens as an API should: signature, issuer, audience, lifetime, scope.

use axum::http::StatusCode;

use crate::common;
use crate::common::{Harness, TENANT};

/// An access token of Ada's for this audience and scope, by silent authentication.
async fn token(browser: &mut Harness, audience: Option<&str>, scope: &str) -> serde_json::Value {
    let changes = [("audience", audience), ("scope", Some(scope))];
    let code = browser.silent(&changes).await.parameters()["code"].clone();
    browser.exchange(&code).await.json()
}

#[tokio::test]
async fn a_good_token_reads_the_notes_of_its_owner() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    for scope in ["read:notes", "openid read:notes"] {
        let tokens = token(&mut browser, Some(common::NOTES), scope).await;
        let answer = browser.get_as("/lab/notes", tokens["access_token"].as_str().expect("one")).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert_eq!(answer.json()["owner"], "auth0|ada");
        assert!(!answer.json()["notes"].as_array().expect("notes").is_empty());
    }
}

#[tokio::test]
async fn every_other_token_is_refused_by_name() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let get = |tokens: &serde_json::Value, name: &str| tokens[name].as_str().expect("a token").to_owned();
    let good = token(&mut browser, Some(common::NOTES), "openid read:notes").await;
    let without_scope = token(&mut browser, Some(common::NOTES), "openid write:notes").await;
    let other_api = token(&mut browser, Some("https://reports.example.com"), "openid read:reports").await;
    let opaque = token(&mut browser, None, "openid").await;
    let (signed, signature) =
        get(&good, "access_token").rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).expect("dots");
    let forged = format!("{signed}.{}", signature.chars().rev().collect::<String>());
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", signed.split('.').nth(1).expect("claims"));

    for (token, status, words) in [
        (get(&without_scope, "access_token"), 403, "insufficient_scope"),
        (get(&other_api, "access_token"), 401, "the audience must be"),
        (get(&good, "id_token"), 401, "the audience must be"),
        (get(&opaque, "access_token"), 401, "not a JWT signed by this tenant"),
        (forged, 401, "not a JWT signed by this tenant"),
        (unsigned, 401, "not a JWT signed by this tenant"),
        ("x".into(), 401, "not a JWT signed by this tenant"),
    ] {
        let answer = browser.get_as("/lab/notes", &token).await;
        assert_eq!(answer.status.as_u16(), status, "{answer:?}");
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("Bearer realm=") && challenge.contains(words), "{challenge}");
        assert!(!answer.body.contains(&token) || token == "x");
    }
    let elsewhere = "http://tenant.localhost:4000/lab/notes";
    let bearer = format!("Bearer {}", get(&good, "access_token"));
    let answer = browser.get_with(elsewhere, &[("authorization", &bearer)]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "another issuer's API");
    assert!(answer.header("www-authenticate").contains("the issuer must be http://tenant.localhost:4000/"));

    browser.advance(59);
    assert_eq!(browser.get_as("/lab/notes", &get(&good, "access_token")).await.status, StatusCode::OK);
    browser.advance(1);
    let answer = browser.get_as("/lab/notes", &get(&good, "access_token")).await;
    assert!(answer.header("www-authenticate").contains("the token has expired"), "{answer:?}");
}

#[tokio::test]
async fn without_a_token_there_is_a_challenge_and_no_error() {
    let mut browser = Harness::new().await;
    for header in [None, Some("Basic eDp5"), Some("x")] {
        let headers: Vec<_> = header.map(|value| ("authorization", value)).into_iter().collect();
        let answer = browser.get_with(&format!("{TENANT}/lab/notes"), &headers).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        // RFC 6750 3.1: nothing is wrong with a token that did not come.
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"https://notes.example.com\"");
    }
}

#[tokio::test]
async fn the_apps_pages_may_read_it_and_others_not() {
    let mut browser = Harness::new().await;
    let url = format!("{TENANT}/lab/notes");
    let app = browser.get_with(&url, &[("origin", "http://localhost:3000")]).await;
    assert_eq!(app.header("access-control-allow-origin"), "http://localhost:3000", "errors too");
    let preflight = [
        ("origin", "http://localhost:3000"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization"),
    ];
    let answer = browser.browse(axum::http::Method::OPTIONS, &url, &preflight, axum::body::Body::empty()).await;
    assert_eq!(answer.header("access-control-allow-headers"), "authorization");
    let other = browser.get_with(&url, &[("origin", "https://evil.test")]).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
    assert!(!other.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn there_are_no_notes_without_the_lab() {
    let mut browser = Harness::with(|settings| settings.lab = false).await;
    assert_eq!(browser.get(&format!("{TENANT}/lab/notes")).await.status, StatusCode::NOT_FOUND);
}
