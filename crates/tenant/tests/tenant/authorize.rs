//! `/authorize` with a person in front of it: what leads to the login page, to the client, or nowhere.

use axum::http::{Method, StatusCode};

use crate::common::{CALLBACK, CHALLENGE, Changes, Harness, TENANT, authorize, authorize_at};

#[tokio::test]
async fn a_sign_in_brings_a_code_with_state_and_issuer() {
    let mut browser = Harness::new().await;
    let answer = browser.log_in_at(&authorize(&[]), "ada@example.com", "ada-password").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "the password is not sent on");
    assert!(answer.header("location").starts_with(&format!("{CALLBACK}?code=")));
    let parameters = answer.parameters();
    assert_eq!(parameters["state"], "the-state");
    assert_eq!(parameters["iss"], "http://localhost:4000/");
    assert!(parameters.contains_key("session_state"));
    assert_eq!(parameters.len(), 4, "{parameters:?}");
}

#[tokio::test]
async fn post_is_served_as_get_is() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let url = authorize(&[]);
    let query = url.split_once('?').expect("a query").1.to_owned();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let answer = browser.browse(Method::POST, &format!("{TENANT}/authorize"), &headers, query).await;
    assert!(answer.parameters().contains_key("code"));
}

/// What is not known good gets no answer at its address, whatever the prompt.
#[tokio::test]
async fn an_unknown_client_or_address_is_never_redirected_to() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let cases: &[(Changes<'_>, StatusCode, &str)] = &[
        (&[("client_id", None)], StatusCode::BAD_REQUEST, "Missing required parameter: client_id"),
        (&[("client_id", Some("nobody"))], StatusCode::BAD_REQUEST, "Unknown client: nobody"),
        (&[("redirect_uri", None)], StatusCode::BAD_REQUEST, "Missing required parameter: redirect_uri"),
        (&[("redirect_uri", Some("http://localhost:3000/callback/"))], StatusCode::FORBIDDEN, "Callback URL mismatch"),
        (&[("redirect_uri", Some("http://localhost:3000/CALLBACK"))], StatusCode::FORBIDDEN, "Callback URL mismatch"),
        (
            &[("redirect_uri", Some("http://localhost:3000/callback?x=1"))],
            StatusCode::FORBIDDEN,
            "Callback URL mismatch",
        ),
        (&[("redirect_uri", Some("http://localhost:3001/callback"))], StatusCode::FORBIDDEN, "Callback URL mismatch"),
        (&[("redirect_uri", Some("http://localhost:3000/callback#"))], StatusCode::FORBIDDEN, "Callback URL mismatch"),
        (
            &[("redirect_uri", Some("http://localhost:3000@evil.test/callback"))],
            StatusCode::FORBIDDEN,
            "Callback URL mismatch",
        ),
        (&[("redirect_uri", Some("https://evil.test/"))], StatusCode::FORBIDDEN, "Callback URL mismatch"),
        (&[("redirect_uri", Some("javascript:alert(1)"))], StatusCode::FORBIDDEN, "Callback URL mismatch"),
    ];
    for prompt in [None, Some("none"), Some("login")] {
        for mode in [None, Some("query"), Some("web_message")] {
            for (changes, status, words) in cases {
                let mut all = changes.to_vec();
                all.extend([("prompt", prompt), ("response_mode", mode)]);
                let answer = browser.get(&authorize(&all)).await;
                assert_eq!(answer.status, *status, "{all:?}");
                answer.assert_stays();
                assert!(answer.body.contains(words), "{all:?} {}", answer.body);
            }
        }
    }
}

#[tokio::test]
async fn a_repeated_address_stays_and_another_repeat_travels() {
    let mut browser = Harness::new().await;
    for name in ["client_id", "redirect_uri"] {
        let answer = browser.get(&format!("{}&{name}=x", authorize(&[]))).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        answer.assert_stays();
        assert!(answer.body.contains(&format!("{name} appears more than once")));
    }
    for name in ["scope", "state", "prompt", "foo"] {
        let answer = browser.get(&format!("{}&{name}=x&{name}=y", authorize(&[(name, None)]))).await;
        let parameters = answer.parameters();
        assert_eq!(parameters["error"], "invalid_request", "{name}");
        assert_eq!(parameters["error_description"], format!("{name} appears more than once"));
    }
}

#[tokio::test]
async fn every_refusal_of_a_known_client_travels_with_state_and_issuer() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let short = &CHALLENGE[1..];
    let padded = format!("{short}=");
    let cases: &[(Changes<'_>, &str)] = &[
        (&[("response_type", None)], "invalid_request"),
        (&[("response_type", Some(""))], "invalid_request"),
        (&[("response_type", Some("banana"))], "unsupported_response_type"),
        (&[("response_mode", Some("banana"))], "invalid_request"),
        (&[("code_challenge", None)], "invalid_request"),
        (&[("code_challenge", Some(""))], "invalid_request"),
        (&[("code_challenge", None), ("code_challenge_method", None)], "invalid_request"),
        (&[("code_challenge_method", Some("plain"))], "invalid_request"),
        (&[("code_challenge_method", Some("S512"))], "invalid_request"),
        (&[("code_challenge_method", None)], "invalid_request"),
        (&[("code_challenge", Some(short))], "invalid_request"),
        (&[("code_challenge", Some(&padded))], "invalid_request"),
        (&[("prompt", Some("none login"))], "invalid_request"),
        (&[("prompt", Some("banana"))], "invalid_request"),
        (&[("max_age", Some("-1"))], "invalid_request"),
        (&[("max_age", Some("soon"))], "invalid_request"),
        (&[("audience", Some("https://nobody.example"))], "access_denied"),
        (&[("id_token_hint", Some("not a token"))], "invalid_request"),
        (&[("client_id", Some("third-party-app")), ("prompt", Some("none"))], "consent_required"),
    ];
    for (changes, error) in cases {
        let answer = browser.get(&authorize(changes)).await;
        let parameters = answer.parameters();
        assert_eq!(&parameters["error"], error, "{changes:?}");
        assert_eq!(parameters["state"], "the-state", "{changes:?}");
        assert_eq!(parameters["iss"], "http://localhost:4000/", "{changes:?}");
        assert!(!parameters.contains_key("code"), "{changes:?}");
    }
    let unknown = browser.get(&authorize(&[("audience", Some("https://nobody.example"))])).await;
    assert_eq!(unknown.parameters()["error_description"], "Service not found: https://nobody.example");
}

#[tokio::test]
async fn a_client_without_the_code_grant_is_refused() {
    let mut browser = Harness::with_file(
        "clients: [{name: x, client_id: x, app_type: spa, grant_types: [implicit], callbacks: ['http://localhost:3000/callback']}]",
    )
    .await;
    let answer = browser.get(&authorize(&[("client_id", Some("x"))])).await;
    assert_eq!(answer.parameters()["error"], "unauthorized_client");
}

#[tokio::test]
async fn unknown_and_empty_parameters_change_nothing() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let answer =
        browser.get(&format!("{}&foo=1&web_message_uri=https://evil.test&max_age=&login_hint=", authorize(&[]))).await;
    assert!(answer.parameters().contains_key("code"));
}

#[tokio::test]
async fn a_confidential_client_may_leave_pkce_out() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let without = [("client_id", Some("regular-web")), ("code_challenge", None), ("code_challenge_method", None)];
    assert!(browser.get(&authorize(&without)).await.parameters().contains_key("code"));
}

#[tokio::test]
async fn a_session_answers_without_a_page_until_a_new_sign_in_is_asked_for() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    browser.advance(10);
    assert!(browser.get(&authorize(&[])).await.parameters().contains_key("code"));
    assert!(browser.get(&authorize(&[("max_age", Some("10"))])).await.parameters().contains_key("code"));
    for again in [("prompt", "login"), ("max_age", "9"), ("max_age", "0")] {
        let answer = browser.get(&authorize(&[(again.0, Some(again.1))])).await;
        assert!(answer.header("location").starts_with("http://localhost:4000/u/login?"), "{again:?}");
    }
}

#[tokio::test]
async fn what_asks_for_a_new_sign_in_is_satisfied_by_one() {
    for again in [("prompt", "login"), ("max_age", "0")] {
        let mut browser = Harness::new().await;
        let answer =
            browser.log_in_at(&authorize(&[(again.0, Some(again.1))]), "ada@example.com", "ada-password").await;
        assert!(answer.parameters().contains_key("code"), "{again:?}");
    }
}

#[tokio::test]
async fn an_abandoned_new_sign_in_leaves_the_session_as_it_was() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let page = browser.get(&authorize(&[("prompt", Some("login"))])).await;
    browser.get(page.header("location")).await;
    assert!(browser.silent(&[]).await.parameters().contains_key("code"));
}

/// Cookies of another host do not come along, and a code remembers where it was asked for.
#[tokio::test]
async fn each_address_is_an_issuer_of_its_own() {
    let mut browser = Harness::new().await;
    let callback = ("redirect_uri", Some("http://app.localhost:3000/callback"));
    let url = authorize_at("http://tenant.localhost:4000", &[callback]);
    let answer = browser.log_in_at(&url, "ada@example.com", "ada-password").await;
    assert_eq!(answer.parameters()["iss"], "http://tenant.localhost:4000/");
    let elsewhere = browser.silent(&[]).await;
    assert_eq!(elsewhere.parameters()["error"], "login_required");
}

#[tokio::test]
async fn no_page_may_read_the_authorization_endpoint() {
    let mut browser = Harness::new().await;
    let answer = browser.get_with(&authorize(&[]), &[("origin", "http://localhost:3000")]).await;
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")));
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_host_that_is_not_listed_is_misdirected() {
    let mut browser = Harness::new().await;
    for host in ["http://evil.test:4000", "http://localhost:3000", "http://127.0.0.1:4000", "http://x.localhost:4000"] {
        for path in ["/authorize", "/.well-known/openid-configuration", "/nowhere", "/oauth/token"] {
            let answer = browser.get(&format!("{host}{path}")).await;
            assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host}{path}");
            assert_eq!(answer.error(), "misdirected_request");
        }
    }
}
