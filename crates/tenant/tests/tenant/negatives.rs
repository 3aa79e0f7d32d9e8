//! Bad requests by their numbers in docs/security.md: each with its answer, and with the check that the decision record names.

use axum::http::{Method, StatusCode};
use serde_json::Value;

use crate::common::{Answer, CALLBACK, Changes, Harness, TENANT, VERIFIER, authorize};

const EVIL: &str = "https://evil.test";

/// The outcome of the latest decision at an endpoint, the check that did not pass (or none), and the sentence.
async fn decided(browser: &mut Harness, endpoint: &str) -> (String, String, String) {
    let url = format!("{TENANT}/lab/decisions?limit=1&endpoint={endpoint}");
    let record = browser.get(&url).await.json()["decisions"][0].clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let failed = record["checks"].as_array().into_iter().flatten().find(|check| check["passed"] == false);
    let failed = failed.map_or_else(String::new, |check| text(&check["name"]));
    (text(&record["outcome"]), failed, text(&record["summary"]))
}

/// The latest decision at an endpoint has this outcome, this failed check, and these words.
async fn named(browser: &mut Harness, endpoint: &str, outcome: &str, check: &str, words: &str) {
    let (found, failed, summary) = decided(browser, endpoint).await;
    assert_eq!((found.as_str(), failed.as_str()), (outcome, check), "{endpoint}: {summary}");
    assert!(summary.contains(words), "{words}: {summary}");
}

/// A request that must not travel: a page says so, and nothing is sent to anybody.
async fn stays(changes: Changes<'_>, status: StatusCode, outcome: &str, check: &str, words: &str) {
    let mut browser = Harness::new().await;
    let answer = browser.get(&authorize(changes)).await;
    assert_eq!(answer.status, status, "{answer:?}");
    answer.assert_stays();
    named(&mut browser, "/authorize", outcome, check, words).await;
}

/// A request whose refusal travels to the client.
async fn travels(changes: Changes<'_>, error: &str, check: &str, words: &str) {
    let mut browser = Harness::new().await;
    let answer = browser.get(&authorize(changes)).await;
    assert_eq!(answer.parameters()["error"], error, "{answer:?}");
    named(&mut browser, "/authorize", error, check, words).await;
}

#[tokio::test]
async fn n01_a_callback_with_a_slash_more() {
    let uri = format!("{CALLBACK}/");
    stays(
        &[("redirect_uri", Some(&uri))],
        StatusCode::FORBIDDEN,
        "unauthorized_client",
        "check_redirect_uri",
        "letter for letter",
    )
    .await;
}

#[tokio::test]
async fn n02_a_user_name_that_looks_like_a_host() {
    let uri = "http://app.localhost:8101@evil.test/callback";
    stays(
        &[("redirect_uri", Some(uri))],
        StatusCode::FORBIDDEN,
        "unauthorized_client",
        "check_redirect_uri",
        "it names a user",
    )
    .await;
}

#[tokio::test]
async fn n03_a_client_id_twice() {
    let mut browser = Harness::new().await;
    let answer = browser.get(&format!("{}&client_id=demo-spa", authorize(&[]))).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    answer.assert_stays();
    named(&mut browser, "/authorize", "invalid_request", "check_address_given_once", "may come once").await;
}

#[tokio::test]
async fn n04_tokens_in_the_front_channel() {
    let changes = [("response_type", Some("token"))];
    let mut browser = Harness::new().await;
    let answer = browser.get(&authorize(&changes)).await;
    assert_eq!(answer.fragment()["error"], "unauthorized_client", "{answer:?}");
    named(
        &mut browser,
        "/authorize",
        "unauthorized_client",
        "check_grant_type",
        "implicit is not among the grant_types",
    )
    .await;
}

#[tokio::test]
async fn n05_no_challenge() {
    travels(&[("code_challenge", None)], "invalid_request", "check_pkce", "code_challenge is required").await;
}

#[tokio::test]
async fn n06_a_plain_challenge() {
    travels(
        &[("code_challenge_method", Some("plain"))],
        "invalid_request",
        "check_pkce",
        "code_challenge_method must be S256",
    )
    .await;
}

#[tokio::test]
async fn n07_silent_without_a_session() {
    let mut browser = Harness::new().await;
    let headers = [("sec-fetch-storage-access", "none"), ("sec-fetch-site", "cross-site")];
    let answer = browser.get_with(&authorize(&[("prompt", Some("none"))]), &headers).await;
    assert_eq!(answer.parameters()["error"], "login_required");
    named(&mut browser, "/authorize", "login_required", "check_session", "no session cookie came with the request; the browser says that it sends this frame no cookies (Sec-Fetch-Storage-Access: none)").await;
}

#[tokio::test]
async fn n08_silent_and_a_page() {
    travels(
        &[("prompt", Some("none login"))],
        "invalid_request",
        "check_prompt",
        "prompt none cannot be combined with another value",
    )
    .await;
}

#[tokio::test]
async fn n09_a_message_for_nobody() {
    // `native-app` has a callback and no web origin.
    let uri = "http://127.0.0.1:8765/callback";
    let client = [("client_id", Some("native-app")), ("redirect_uri", Some(uri))];
    let changes = [&client[..], &[("response_mode", Some("web_message")), ("prompt", Some("none"))]].concat();
    let words = "its origin is not one of the web_origins of native-app";
    stays(&changes, StatusCode::BAD_REQUEST, "invalid_request", "check_response_mode", words).await;
}

/// A code of `demo-spa`, and the answer to an exchange of it with these changes.
async fn exchanged(changes: Changes<'_>) -> (Harness, String, Answer) {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    let answer = browser.exchange_with(&code, changes).await;
    (browser, code, answer)
}

#[track_caller]
fn is(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, error), "{answer:?}");
}

#[tokio::test]
async fn n10_a_wrong_verifier_and_then_the_right_one() {
    let other = "a".repeat(43);
    let (mut browser, code, answer) = exchanged(&[("code_verifier", Some(&other))]).await;
    is(&answer, 403, "invalid_grant");
    named(&mut browser, "/oauth/token", "invalid_grant", "check_pkce", "not so: code_verifier fits the code_challenge")
        .await;
    is(&browser.exchange(&code).await, 403, "invalid_grant");
    named(&mut browser, "/oauth/token", "invalid_grant", "check_code_unused", "the code was used before").await;
}

#[tokio::test]
async fn n11_a_code_twice() {
    let (mut browser, code, first) = exchanged(&[]).await;
    let token = first.json()["access_token"].as_str().expect("a token").to_owned();
    is(&browser.exchange(&code).await, 403, "invalid_grant");
    named(&mut browser, "/oauth/token", "invalid_grant", "check_code_unused", "1 access tokens it bought are revoked")
        .await;
    let form = [("client_id", "notes-api"), ("client_secret", "notes-api-secret"), ("token", &*token)];
    let told = browser.post_form(&format!("{TENANT}/oauth/introspect"), &form).await.json();
    assert_eq!(told["active"], false);
    named(&mut browser, "/oauth/introspect", "inactive", "check_token", "was revoked").await;
}

#[tokio::test]
async fn n12_another_clients_code() {
    let (mut browser, code, answer) = exchanged(&[("client_id", Some("demo-spa-rotating"))]).await;
    is(&answer, 403, "invalid_grant");
    named(
        &mut browser,
        "/oauth/token",
        "invalid_grant",
        "check_code_client",
        "not so: the code was issued to the client that presents it",
    )
    .await;
    is(&browser.exchange(&code).await, 403, "invalid_grant");
}

#[tokio::test]
async fn n13_another_redirect_uri() {
    let other = CALLBACK.replace("localhost", "app.localhost");
    let (mut browser, _, answer) = exchanged(&[("redirect_uri", Some(&other))]).await;
    is(&answer, 403, "invalid_grant");
    named(
        &mut browser,
        "/oauth/token",
        "invalid_grant",
        "check_code_redirect_uri",
        "not so: redirect_uri is the one of the request",
    )
    .await;
}

#[tokio::test]
async fn n14_another_method_body_or_place() {
    let mut browser = Harness::new().await;
    let url = format!("{TENANT}/oauth/token");
    assert_eq!(browser.get(&url).await.status, StatusCode::METHOD_NOT_ALLOWED);
    let multipart = [("content-type", "multipart/form-data; boundary=x")];
    is(&browser.browse(Method::POST, &url, &multipart, "--x--").await, 415, "invalid_request");
    named(&mut browser, "/oauth/token", "invalid_request", "", "not \"multipart/form-data\"").await;
    let query = "grant_type=refresh_token&client_id=demo-spa-rotating&refresh_token=x";
    is(&browser.post_form(&format!("{url}?{query}"), &[]).await, 400, "invalid_request");
    named(&mut browser, "/oauth/token", "invalid_request", "", "Missing required parameter: grant_type").await;
}

#[tokio::test]
async fn n15_a_password_of_a_client_without_the_grant() {
    let mut browser = Harness::new().await;
    let user = [("username", "ada@example.com"), ("password", "ada-password")];
    let form = [&[("grant_type", "password"), ("client_id", "demo-spa")], &user[..]].concat();
    is(&browser.token(&form).await, 403, "unauthorized_client");
    named(
        &mut browser,
        "/oauth/token",
        "unauthorized_client",
        "check_grant_type",
        "password is not allowed for the client",
    )
    .await;
}

/// A refresh token of `demo-spa-rotating`.
async fn rotating() -> (Harness, String) {
    let mut browser = Harness::new().await;
    let spa = [("client_id", Some("demo-spa-rotating")), ("scope", Some("openid read:notes offline_access"))];
    let code =
        browser.log_in_at(&authorize(&spa), "ada@example.com", "ada-password").await.parameters()["code"].clone();
    let body = browser.exchange_with(&code, &spa[..1]).await.json();
    (browser, body["refresh_token"].as_str().expect("a refresh token").to_owned())
}

async fn refresh(browser: &mut Harness, token: &str, more: &[(&str, &str)]) -> Answer {
    let form = [("grant_type", "refresh_token"), ("client_id", "demo-spa-rotating"), ("refresh_token", token)];
    browser.token(&[&form[..], more].concat()).await
}

#[tokio::test]
async fn n16_a_replaced_refresh_token() {
    let (mut browser, first) = rotating().await;
    let second = refresh(&mut browser, &first, &[]).await.json()["refresh_token"].as_str().expect("one").to_owned();
    browser.advance(11);
    is(&refresh(&mut browser, &first, &[]).await, 403, "invalid_grant");
    named(&mut browser, "/oauth/token", "invalid_grant", "check_refresh_token_unused", "so the family is revoked")
        .await;
    is(&refresh(&mut browser, &second, &[]).await, 403, "invalid_grant");
    assert_eq!(browser.logs("ferrt").await.len(), 1);
}

#[tokio::test]
async fn n17_a_scope_that_was_never_granted() {
    let (mut browser, token) = rotating().await;
    is(&refresh(&mut browser, &token, &[("scope", "write:notes")]).await, 400, "invalid_scope");
    named(&mut browser, "/oauth/token", "invalid_scope", "check_scope", "granted: , of what the sign-in granted").await;
    assert_eq!(refresh(&mut browser, &token, &[]).await.status, StatusCode::OK, "it was not spent");
}

#[tokio::test]
async fn n18_a_return_address_that_is_not_registered() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    for path in ["v2/logout?client_id=demo-spa&returnTo=", "oidc/logout?client_id=demo-spa&post_logout_redirect_uri="] {
        let answer = browser.get(&format!("{TENANT}/{path}{EVIL}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
        answer.assert_stays();
        assert!(browser.silent(&[]).await.parameters().contains_key("code"), "still signed in");
    }
    // Signing out leaves no decision record; the log names the address.
    let logs = browser.logs("flo").await;
    assert_eq!(logs.len(), 2);
    assert!(logs.iter().all(|entry| entry["description"].as_str().is_some_and(|why| why.contains(EVIL))), "{logs:?}");
}

#[tokio::test]
async fn n19_introspection_by_nobody() {
    let (mut browser, _, answer) = exchanged(&[]).await;
    let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
    let url = format!("{TENANT}/oauth/introspect");
    for (client, outcome, check, words) in [
        ("notes-api", "access_denied", "check_client", "no secret came"),
        ("demo-spa", "invalid_client", "check_client_confidential", "a public client proves nothing"),
        ("nobody", "invalid_client", "check_client", "no client has this client_id"),
    ] {
        let answer = browser.post_form(&url, &[("token", &token), ("client_id", client)]).await;
        is(&answer, 401, outcome);
        assert!(!answer.body.contains("active") && !answer.body.contains("auth0|ada"), "{answer:?}");
        named(&mut browser, "/oauth/introspect", outcome, check, words).await;
    }
}

#[tokio::test]
async fn n20_revocation_of_another_clients_token() {
    let (mut browser, token) = rotating().await;
    let form = [("client_id", "demo-spa"), ("token", &*token)];
    let answer = browser.post_form(&format!("{TENANT}/oauth/revoke"), &form).await;
    is(&answer, 400, "invalid_request");
    named(
        &mut browser,
        "/oauth/revoke",
        "invalid_request",
        "check_token_client",
        "the token was issued to another client",
    )
    .await;
    assert_eq!(refresh(&mut browser, &token, &[]).await.status, StatusCode::OK, "it is alive");
}

#[tokio::test]
async fn n21_an_origin_of_nobody() {
    for origin in ["null", EVIL] {
        let mut browser = Harness::new().await;
        let code = browser.sign_in().await;
        let form = [
            ("client_id", "demo-spa"),
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("token", "x"),
        ];
        for path in ["/oauth/token", "/userinfo", "/oauth/revoke"] {
            let answer = browser.post_form_with(&format!("{TENANT}{path}"), &form, &[("origin", origin)]).await;
            is(&answer, 403, "access_denied");
            assert!(answer.headers.get("access-control-allow-origin").is_none(), "{path}: {answer:?}");
        }
        // Refused before anything is decided: the log has it, and the code is as good as it was.
        let logs = browser.logs("fco").await;
        assert_eq!(logs.len(), 3);
        assert!(logs.iter().all(|entry| entry["description"].as_str().is_some_and(|why| why.contains(origin))));
        assert_eq!(browser.exchange(&code).await.status, StatusCode::OK);
    }
}
