//! The implicit grant, for the clients that still have it: tokens in the answer itself, and never a refresh token.

use axum::http::StatusCode;
use base64::Engine;

use crate::common::{CALLBACK, Changes, Harness, NOTES, START_MS, authorize, claims};

const START: i64 = START_MS / 1000;

/// A good implicit request of `legacy-spa`, with these parameters changed.
fn implicit(changes: Changes<'_>) -> String {
    let mut all: Vec<(&str, Option<&str>)> = vec![
        ("client_id", Some("legacy-spa")),
        ("response_type", Some("token id_token")),
        ("code_challenge", None),
        ("code_challenge_method", None),
    ];
    all.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    all.extend(changes);
    authorize(&all)
}

#[tokio::test]
async fn tokens_come_in_the_fragment_after_a_sign_in() {
    let mut browser = Harness::new().await;
    let answer = browser.log_in_at(&implicit(&[]), "ada@example.com", "ada-password").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.header("location").starts_with(&format!("{CALLBACK}#access_token=")), "{answer:?}");
    let tokens = answer.fragment();
    assert_eq!((tokens["token_type"].as_str(), tokens["expires_in"].as_str()), ("Bearer", "60"));
    assert_eq!(tokens["scope"], "openid profile email read:notes");
    assert_eq!((tokens["state"].as_str(), tokens["iss"].as_str()), ("the-state", "http://localhost:4000/"));
    assert!(tokens.contains_key("session_state"));
    assert_eq!(tokens.len(), 8, "{tokens:?}");

    let id_token = claims(&tokens["id_token"]);
    assert_eq!((id_token["nonce"].as_str(), id_token["aud"].as_str()), (Some("the-nonce"), Some("legacy-spa")));
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, tokens["access_token"].as_bytes());
    let half = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]);
    assert_eq!(id_token["at_hash"], half.as_str());
    assert!(id_token["sid"].is_string());
    let access = claims(&tokens["access_token"]);
    assert_eq!((&access["aud"][0], &access["azp"]), (&NOTES.into(), &"legacy-spa".into()));
    assert_eq!(browser.get_as("/userinfo", &tokens["access_token"]).await.json()["sub"], "auth0|ada");
    assert_eq!(browser.decision().await["summary"], "Every check passed: tokens were issued by the implicit grant.");
}

#[tokio::test]
async fn each_type_brings_what_it_names() {
    let mut browser = Harness::with_replaced("oidc_conformant: false", "oidc_conformant: true").await;
    browser.sign_in().await;
    for (response_type, access_token, id_token) in [
        ("token", true, false),
        ("id_token", false, true),
        ("token id_token", true, true),
        ("id_token token", true, true),
    ] {
        let changes = [("response_type", Some(response_type)), ("prompt", Some("none"))];
        let tokens = browser.get(&implicit(&changes)).await.fragment();
        assert_eq!(tokens.contains_key("access_token"), access_token, "{response_type} {tokens:?}");
        assert_eq!(tokens.contains_key("id_token"), id_token, "{response_type} {tokens:?}");
        assert_eq!(tokens.contains_key("token_type"), access_token, "{response_type}");
        if id_token {
            assert_eq!(claims(&tokens["id_token"]).get("at_hash").is_some(), access_token, "{response_type}");
        }
    }
}

/// Before OpenID conformance `token` with the scope `openid` brought an ID token too, without a nonce.
#[tokio::test]
async fn a_client_of_the_time_gets_an_id_token_for_the_scope_alone() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let mut ask = async |scope: &str| {
        let changes = [("response_type", Some("token")), ("nonce", None), ("scope", Some(scope))];
        browser.get(&implicit(&[&changes[..], &[("prompt", Some("none"))]].concat())).await.fragment()
    };
    assert!(claims(&ask("openid").await["id_token"]).get("nonce").is_none());
    assert!(!ask("read:notes").await.contains_key("id_token"));
}

#[tokio::test]
async fn an_id_token_needs_a_nonce_and_openid() {
    let mut browser = Harness::with_replaced("oidc_conformant: false", "oidc_conformant: true").await;
    browser.sign_in().await;
    for response_type in ["id_token", "token id_token"] {
        for (name, value, error, words) in [
            ("nonce", None, "invalid_request", "Missing required parameter: nonce"),
            ("nonce", Some(""), "invalid_request", "Missing required parameter: nonce"),
            ("scope", Some("read:notes"), "invalid_scope", "response_type id_token needs the scope openid"),
            ("scope", None, "invalid_scope", "response_type id_token needs the scope openid"),
        ] {
            let answer = browser.get(&implicit(&[("response_type", Some(response_type)), (name, value)])).await;
            let parameters = answer.fragment();
            assert_eq!((parameters["error"].as_str(), parameters["error_description"].as_str()), (error, words));
        }
    }
    let answer = browser.get(&implicit(&[("response_type", Some("token")), ("nonce", None)])).await;
    assert!(answer.fragment().contains_key("access_token"), "an access token alone needs none");
}

#[tokio::test]
async fn tokens_never_go_into_a_query() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    for response_type in ["token", "id_token", "token id_token", "code token"] {
        let answer =
            browser.get(&implicit(&[("response_type", Some(response_type)), ("response_mode", Some("query"))])).await;
        assert!(!answer.header("location").contains("?"), "{answer:?}");
        assert_eq!(answer.fragment()["error"], "invalid_request");
    }
}

#[tokio::test]
async fn web_message_and_form_post_carry_the_same_answer() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let (origin, message) = browser.get(&implicit(&[("response_mode", Some("web_message"))])).await.message();
    assert_eq!(origin, "http://localhost:3000");
    assert!(message.contains_key("access_token") && message.contains_key("id_token"));

    let page = browser.get(&implicit(&[("response_mode", Some("form_post")), ("state", Some("\"><b>&'"))])).await;
    let (action, form) = page.form();
    assert_eq!((action.as_str(), form["state"].as_str()), (CALLBACK, "\"><b>&'"));
    assert!(form.contains_key("access_token") && form["iss"] == "http://localhost:4000/");
    assert!(!page.body.contains("<b>"), "what was sent is data");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'sha256-") && policy.ends_with("frame-ancestors http://localhost:3000"));
    assert_eq!(page.header("cache-control"), "no-store");

    // A code may come in these ways too.
    for mode in ["fragment", "form_post"] {
        let answer = browser.silent(&[("response_mode", Some(mode))]).await;
        let code = if mode == "fragment" { answer.fragment() } else { answer.form().1 }["code"].clone();
        assert_eq!(browser.exchange(&code).await.status, StatusCode::OK, "{mode}");
    }
}

#[tokio::test]
async fn only_first_party_clients_that_are_registered_for_it() {
    let mut browser = Harness::with_replaced(
        "is_first_party: false\n    token_endpoint_auth_method: none\n    grant_types: [authorization_code]",
        "is_first_party: false\n    token_endpoint_auth_method: none\n    grant_types: [authorization_code, implicit]",
    )
    .await;
    browser.sign_in().await;
    for client in ["demo-spa", "regular-web", "third-party-app"] {
        let parameters = browser.get(&implicit(&[("client_id", Some(client))])).await.fragment();
        assert_eq!(parameters["error"], "unauthorized_client", "{client}");
        assert_eq!(parameters["error_description"], "Grant type 'implicit' not allowed for the client.");
    }
}

/// `token_lifetime_for_web`, two hours where there is no API, and never more than `token_lifetime`.
#[tokio::test]
async fn a_token_for_a_page_lives_as_its_api_says_for_the_web() {
    let lifetime = async |from: &str, to: &str, audience| {
        let mut browser = Harness::with_replaced(from, to).await;
        browser.sign_in().await;
        let tokens = browser.get(&implicit(&[("audience", audience)])).await.fragment();
        tokens["expires_in"].parse::<i64>().expect("a number")
    };
    let own = "token_lifetime: 60\n    token_lifetime_for_web: 60";
    assert_eq!(lifetime(own, "token_lifetime: 600\n    token_lifetime_for_web: 61", Some(NOTES)).await, 61);
    assert_eq!(lifetime(own, "token_lifetime: 60\n    token_lifetime_for_web: 61", Some(NOTES)).await, 60);
    assert_eq!(lifetime(own, "token_lifetime: 86400", Some(NOTES)).await, 7200);
    assert_eq!(lifetime(own, own, None).await, 7200);
    assert_eq!(lifetime(own, own, Some("https://reports.example.com")).await, 7200);
}

#[tokio::test]
async fn an_implicit_request_uses_the_session() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let silent = implicit(&[("prompt", Some("none")), ("max_age", Some("1000000"))]);
    for _ in 0..2 {
        browser.advance(2 * 86_400);
        let tokens = browser.get(&silent).await.fragment();
        assert_eq!(claims(&tokens["id_token"])["auth_time"], START, "max_age asks for it");
    }
    assert_eq!(browser.logs("ssa").await.len(), 2);
}
