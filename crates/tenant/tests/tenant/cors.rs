//! Which pages may call the tenant, and what they may read.

use axum::body::Body;
use axum::http::{Method, StatusCode};

use crate::common::{Answer, CALLBACK, Harness, TENANT, VERIFIER};

const APP: &str = "http://localhost:3000";

/// Two clients with an origin each.
const TWO: &str = "
clients:
  - { name: one, client_id: one, app_type: spa, callbacks: ['https://one.example/cb'], allowed_origins: ['https://api.one.example'], web_origins: ['https://web.one.example'] }
  - { name: two, client_id: two, app_type: spa, callbacks: ['https://two.example/cb'] }
";

fn form(client: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("code", "x"),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]
}

fn allowed(answer: &Answer) -> Option<&str> {
    answer.headers.get("access-control-allow-origin").map(|value| value.to_str().expect("readable"))
}

#[tokio::test]
async fn a_preflight_is_answered_for_registered_origins() {
    let mut browser = Harness::new().await;
    for path in
        ["/oauth/token", "/userinfo", "/delegation", "/.well-known/openid-configuration", "/.well-known/jwks.json"]
    {
        let url = format!("{TENANT}{path}");
        let headers = [
            ("origin", APP),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "auth0-client,content-type"),
        ];
        let answer = browser.browse(Method::OPTIONS, &url, &headers, Body::empty()).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{path}");
        assert_eq!(allowed(&answer), Some(APP));
        assert_eq!(answer.header("access-control-allow-headers"), "auth0-client,content-type");
        assert!(answer.header("access-control-allow-methods").contains("POST"));
        assert!(answer.headers.get("access-control-allow-credentials").is_none());

        for origin in ["https://evil.test", "null", "http://localhost:3001"] {
            let headers = [("origin", origin), ("access-control-request-method", "POST")];
            let answer = browser.browse(Method::OPTIONS, &url, &headers, Body::empty()).await;
            assert_eq!((answer.status, allowed(&answer)), (StatusCode::FORBIDDEN, None), "{path} {origin}");
        }
    }
}

#[tokio::test]
async fn successes_and_errors_can_be_read_by_registered_pages() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    let headers = [("origin", APP)];
    let token = format!("{TENANT}/oauth/token");
    let mut good = form("demo-spa");
    good.retain(|(name, _)| *name != "code");
    good.push(("code", &code));
    let answers = [
        browser.post_form_with(&token, &good, &headers).await,
        browser.post_form_with(&token, &form("demo-spa"), &headers).await,
        browser.post_form_with(&token, &form("nobody"), &headers).await,
        browser.post_form_with(&token, &[], &headers).await,
        browser.browse(Method::POST, &token, &[("origin", APP), ("content-type", "text/plain")], "x").await,
        browser.browse(Method::PUT, &token, &headers, Body::empty()).await,
        browser.get_with(&format!("{TENANT}/userinfo"), &headers).await,
        browser.get_with(&format!("{TENANT}/.well-known/jwks.json"), &headers).await,
    ];
    assert_eq!(answers[0].status, StatusCode::OK);
    for answer in answers {
        assert_eq!(allowed(&answer), Some(APP), "{answer:?}");
        assert!(answer.header("access-control-expose-headers").starts_with("Date, "));
        assert_eq!(answer.header("vary"), "Origin");
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_refused_and_logged() {
    let mut browser = Harness::new().await;
    for origin in
        ["https://evil.test", "null", "http://app.localhost:4000", "http://localhost:3000/", "http://LOCALHOST:3000"]
    {
        for path in ["/oauth/token", "/userinfo", "/delegation"] {
            let answer =
                browser.post_form_with(&format!("{TENANT}{path}"), &form("demo-spa"), &[("origin", origin)]).await;
            assert_eq!((answer.status, allowed(&answer)), (StatusCode::FORBIDDEN, None), "{origin} {path}");
            assert!(
                answer.json()["error_description"]
                    .as_str()
                    .expect("words")
                    .starts_with(&format!("Origin {origin} is not allowed."))
            );
        }
    }
    assert_eq!(browser.logs("fco").await.len(), 15);
}

#[tokio::test]
async fn each_client_has_its_own_origins() {
    let mut browser = Harness::with_file(TWO).await;
    let token = format!("{TENANT}/oauth/token");
    for (origin, client, expected) in [
        ("https://one.example", "one", Some("https://one.example")),
        ("https://api.one.example", "one", Some("https://api.one.example")),
        ("https://web.one.example", "one", Some("https://web.one.example")),
        ("https://two.example", "two", Some("https://two.example")),
        ("https://two.example", "one", None),
        ("https://api.one.example", "two", None),
    ] {
        let answer = browser.post_form_with(&token, &form(client), &[("origin", origin)]).await;
        assert_eq!(allowed(&answer), expected, "{origin} {client}");
        let refused = answer.error() == "access_denied";
        assert_eq!(refused, expected.is_none(), "{origin} {client}");
        let fields = [
            ("client_id", client),
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("refresh_token", "some-refresh-token"),
        ];
        let delegation = browser.post_form_with(&format!("{TENANT}/delegation"), &fields, &[("origin", origin)]).await;
        let refused = delegation.error() == "access_denied";
        assert_eq!(refused, expected.is_none(), "delegation, {origin} {client}");
        assert_eq!(allowed(&delegation), expected, "delegation, {origin} {client}");
    }
}

/// The origin is checked before the code is: a page of another client cannot spend it.
#[tokio::test]
async fn a_refused_page_does_not_spend_the_code() {
    let yaml = include_str!("../../tenant.yaml").replace(
        "clients:\n",
        "clients:\n  - { name: other, client_id: other, app_type: spa, callbacks: ['https://other.example/cb'] }\n",
    );
    let mut browser = Harness::with_file(&yaml).await;
    let code = browser.sign_in().await;
    let mut fields = form("demo-spa");
    fields.retain(|(name, _)| *name != "code");
    fields.push(("code", &code));
    let answer =
        browser.post_form_with(&format!("{TENANT}/oauth/token"), &fields, &[("origin", "https://other.example")]).await;
    assert_eq!(answer.error(), "access_denied");
    assert_eq!(browser.exchange(&code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_date_is_the_tenants_own() {
    let mut browser = Harness::new().await;
    browser.advance(3600);
    let answer = browser.get(&format!("{TENANT}/.well-known/jwks.json")).await;
    assert_eq!(answer.header("date"), "Mon, 23 Nov 2026 01:00:00 GMT");
}
