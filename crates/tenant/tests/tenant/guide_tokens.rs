//! What the migration guide says of the tokens that replace delegation, each statement under its row's number.

use axum::http::StatusCode;
use serde_json::Value;

use crate::common::{Answer, CALLBACK, Harness, NOTES, TENANT, VERIFIER, authorize, claims};

const NATIVE_CALLBACK: &str = "http://127.0.0.1:8765/callback";

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

/// Signs Ada in for the confidential client, without PKCE, and exchanges the code with the secret.
async fn regular_web(browser: &mut Harness, scope: &str, audience: &str) -> Answer {
    let changes = [
        ("client_id", Some("regular-web")),
        ("scope", Some(scope)),
        ("audience", Some(audience)),
        ("code_challenge", None),
        ("code_challenge_method", None),
    ];
    browser.cookies.clear();
    let code =
        browser.log_in_at(&authorize(&changes), "ada@example.com", "ada-password").await.parameters()["code"].clone();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "regular-web"),
        ("client_secret", "regular-web-secret"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
    ];
    browser.token(&form).await
}

/// Signs Ada in for the native client, with PKCE and a loopback redirect, and exchanges the code.
async fn native(browser: &mut Harness, scope: &str) -> Answer {
    let changes = [("client_id", Some("native-app")), ("redirect_uri", Some(NATIVE_CALLBACK)), ("scope", Some(scope))];
    browser.cookies.clear();
    let code =
        browser.log_in_at(&authorize(&changes), "ada@example.com", "ada-password").await.parameters()["code"].clone();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "native-app"),
        ("code", &code),
        ("redirect_uri", NATIVE_CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    browser.token(&form).await
}

async fn trusted(browser: &mut Harness, scope: &str) -> Answer {
    let more = [("audience", NOTES), ("scope", scope)];
    browser.token_for_password(&more).await
}

const OFFLINE: &str = "openid read:notes offline_access";

#[tokio::test]
async fn guide_13_a_confidential_or_native_client_gets_a_refresh_token_during_authentication() {
    let mut browser = Harness::new().await;
    for answer in [regular_web(&mut browser, OFFLINE, NOTES).await, native(&mut browser, OFFLINE).await] {
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let body = answer.json();
        assert!(!text(&body, "refresh_token").is_empty());
        assert_eq!(body["scope"], OFFLINE);
    }
    for answer in
        [regular_web(&mut browser, "openid read:notes", NOTES).await, native(&mut browser, "openid read:notes").await]
    {
        assert!(answer.json().get("refresh_token").is_none(), "only for the scope offline_access");
    }
}

#[tokio::test]
async fn guide_14_it_brings_a_new_id_token_and_access_token_without_the_user() {
    let mut browser = Harness::new().await;
    let first = native(&mut browser, OFFLINE).await.json();
    browser.cookies.clear();
    browser.advance(30 * 86_400);
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "native-app"),
        ("refresh_token", &text(&first, "refresh_token")),
    ];
    let body = browser.token(&form).await.json();
    let id_token = claims(&text(&body, "id_token"));
    assert_eq!((id_token["sub"].as_str(), id_token["aud"].as_str()), (Some("auth0|ada"), Some("native-app")));
    let access_token = text(&body, "access_token");
    assert_eq!(browser.get_as("/lab/notes", &access_token).await.status, StatusCode::OK);
    assert_eq!(browser.get_as("/lab/notes", &text(&first, "access_token")).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn guide_15_refresh_tokens_come_by_code_code_with_pkce_and_password_alone() {
    let mut browser = Harness::new().await;
    for answer in [
        regular_web(&mut browser, OFFLINE, NOTES).await,
        native(&mut browser, OFFLINE).await,
        trusted(&mut browser, OFFLINE).await,
    ] {
        assert!(answer.json()["refresh_token"].is_string(), "{answer:?}");
    }
    // By the implicit grant never, though the client has the grant refresh_token; and the request succeeds.
    for response_type in ["token", "token id_token", "id_token"] {
        for mode in ["fragment", "form_post", "web_message"] {
            let changes = [
                ("client_id", Some("legacy-spa")),
                ("response_type", Some(response_type)),
                ("response_mode", Some(mode)),
                ("scope", Some(OFFLINE)),
            ];
            let answer = browser.get(&authorize(&changes)).await;
            let tokens = match mode {
                "fragment" => answer.fragment(),
                "form_post" => answer.form().1,
                _ => answer.message().1,
            };
            assert!(tokens.contains_key("access_token") || tokens.contains_key("id_token"), "{tokens:?}");
            assert!(!tokens.contains_key("refresh_token"), "{tokens:?}");
            assert!(!tokens.get("scope").is_some_and(|scope| scope.contains("offline_access")), "{tokens:?}");
        }
    }
    let machine = [
        ("grant_type", "client_credentials"),
        ("client_id", "machine"),
        ("client_secret", "machine-secret"),
        ("audience", "https://localhost:4000/api/v2/"),
    ];
    assert!(browser.token(&machine).await.json().get("refresh_token").is_none());
}

#[tokio::test]
async fn guide_16_a_highly_trusted_client_needs_one_request_and_no_redirect() {
    let mut browser = Harness::new().await;
    let answer = trusted(&mut browser, OFFLINE).await;
    assert_eq!(answer.status, StatusCode::OK);
    let body = answer.json();
    assert!(["access_token", "id_token", "refresh_token"].iter().all(|name| body[name].is_string()), "{body}");
    assert!(answer.header("location").is_empty() && browser.cookies.is_empty());

    let third_party = "    client_id: trusted-app\n    is_first_party: false\n";
    let mut browser = Harness::with_replaced("    client_id: trusted-app\n", third_party).await;
    let refused = trusted(&mut browser, OFFLINE).await;
    assert_eq!((refused.status, refused.error().as_str()), (StatusCode::FORBIDDEN, "unauthorized_client"));
}

#[tokio::test]
async fn guide_17_without_an_api_of_ones_own_the_audience_is_userinfo() {
    let mut browser = Harness::new().await;
    for audience in ["", "http://localhost:4000/userinfo"] {
        let body = regular_web(&mut browser, "openid email", audience).await.json();
        let access_token = text(&body, "access_token");
        assert!(!access_token.contains('.'), "opaque: nobody else can read it");
        assert_eq!(claims(&text(&body, "id_token"))["email"], "ada@example.com", "with openid an ID token comes too");
        assert_eq!(browser.get_as("/userinfo", &access_token).await.json()["email"], "ada@example.com");
        let elsewhere =
            [browser.get_as("/lab/notes", &access_token).await, browser.get_as("/api/v2/clients", &access_token).await];
        assert!(elsewhere.iter().all(|answer| answer.status == StatusCode::UNAUTHORIZED), "{elsewhere:?}");
    }
}

#[tokio::test]
async fn guide_18_the_api_has_to_allow_offline_access() {
    let from = "allow_offline_access: true";
    let mut with = Harness::new().await;
    let mut without = Harness::with_replaced(from, &from.replace("true", "false")).await;
    for (browser, expected) in [(&mut with, true), (&mut without, false)] {
        for answer in [
            regular_web(browser, OFFLINE, NOTES).await,
            native(browser, OFFLINE).await,
            trusted(browser, OFFLINE).await,
        ] {
            assert_eq!(answer.status, StatusCode::OK, "the request succeeds either way");
            let body = answer.json();
            assert_eq!(body.get("refresh_token").is_some(), expected, "{body}");
            assert_eq!(text(&body, "scope").contains("offline_access"), expected);
            assert!(body["access_token"].is_string() && body["id_token"].is_string());
        }
    }
    let records = without.get(&format!("{TENANT}/lab/decisions?endpoint=/authorize&limit=1")).await.body;
    assert!(records.contains("offline_access (the API does not allow offline access)"), "the record says why");
}

#[tokio::test]
async fn guide_19_the_refresh_exchange_gives_an_access_token_or_an_id_token() {
    let mut browser = Harness::new().await;
    let token = text(&regular_web(&mut browser, OFFLINE, NOTES).await.json(), "refresh_token");
    let mut refresh = async |scope: &str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", "regular-web"),
            ("client_secret", "regular-web-secret"),
            ("refresh_token", token.as_str()),
            ("scope", scope),
        ];
        browser.token(&form).await.json()
    };
    let access_alone = refresh("read:notes").await;
    assert!(access_alone["access_token"].is_string() && access_alone.get("id_token").is_none());
    let both = refresh("openid read:notes").await;
    assert!(both["access_token"].is_string() && both["id_token"].is_string());
}

/// The half with an API object; the half with a client in its place is among the tests of delegation.
#[tokio::test]
async fn guide_20_an_api_modelled_as_a_client_becomes_an_api() {
    let mut browser = Harness::new().await;
    let body = regular_web(&mut browser, "openid read:notes", NOTES).await.json();
    let access_token = text(&body, "access_token");
    let says = claims(&access_token);
    assert_eq!(says["aud"][0], NOTES, "the audience is an API, not a client");
    assert_eq!(says["azp"], "regular-web", "and who asked is told apart from whom it is for");
    assert_eq!(says["scope"], "openid read:notes");
    assert_eq!(browser.get_as("/lab/notes", &access_token).await.json()["owner"], "auth0|ada");
    let id_token = text(&body, "id_token");
    assert_eq!(browser.get_as("/lab/notes", &id_token).await.status, StatusCode::UNAUTHORIZED, "ID tokens open no API");
}
