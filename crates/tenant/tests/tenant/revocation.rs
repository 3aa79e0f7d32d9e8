//! `POST /oauth/revoke` (RFC 7009): what a client gives up is good no more, and nobody gives up what is another's.

use axum::http::StatusCode;

use crate::common::delegation::refresh_token_of;
use crate::common::{Answer, Harness, NOTES, TENANT, authorize};

const ROTATING: &str = "demo-spa-rotating";
const SCOPE: &str = "openid read:notes offline_access";

async fn revoke(browser: &mut Harness, form: &[(&str, &str)]) -> Answer {
    browser.post_form(&format!("{TENANT}/oauth/revoke"), form).await
}

/// The tokens of one sign-in of `demo-spa-rotating`: access token and refresh token.
async fn signed_in(browser: &mut Harness) -> (String, String) {
    browser.cookies.clear();
    let url = authorize(&[("client_id", Some(ROTATING)), ("scope", Some(SCOPE))]);
    let code = browser.log_in_at(&url, "ada@example.com", "ada-password").await.parameters()["code"].clone();
    tokens(&browser.exchange_with(&code, &[("client_id", Some(ROTATING))]).await)
}

fn tokens(answer: &Answer) -> (String, String) {
    let body = answer.json();
    let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name}: {answer:?}")).to_owned();
    (text("access_token"), text("refresh_token"))
}

async fn refresh(browser: &mut Harness, client: &str, token: &str) -> Answer {
    browser.token(&[("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)]).await
}

fn assert_done(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""), "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
}

/// Rows 128 and 130 of the control list: the family goes with all that it bought, whatever the hint says.
#[tokio::test]
async fn a_refresh_token_goes_with_its_family_and_the_access_tokens_it_bought() {
    let mut browser = Harness::new().await;
    for hint in [None, Some("refresh_token"), Some("access_token"), Some("nonsense")] {
        let (first_access, first) = signed_in(&mut browser).await;
        let (second_access, second) = tokens(&refresh(&mut browser, ROTATING, &first).await);
        // The spent token of the family does as well as the latest.
        let token = if hint.is_none() { &first } else { &second };
        let mut form = vec![("client_id", ROTATING), ("token", token)];
        form.extend(hint.map(|hint| ("token_type_hint", hint)));
        assert_done(&revoke(&mut browser, &form).await);
        assert_eq!(refresh(&mut browser, ROTATING, &second).await.error(), "invalid_grant");
        for access_token in [&first_access, &second_access] {
            assert_eq!(browser.get_as("/userinfo", access_token).await.status, StatusCode::UNAUTHORIZED);
        }
        assert_done(&revoke(&mut browser, &form).await);
    }
    let logged = browser.logs("srrt").await;
    assert_eq!(logged.len(), 4, "once for each family, and not again");
    assert_eq!((&logged[0]["client_id"], &logged[0]["user_id"]), (&ROTATING.into(), &"auth0|ada".into()));
    assert_eq!(logged[0]["user_name"], "ada@example.com");
}

#[tokio::test]
async fn an_access_token_goes_alone() {
    let mut browser = Harness::new().await;
    let (access_token, refresh_token) = signed_in(&mut browser).await;
    assert_eq!(browser.get_as("/userinfo", &access_token).await.status, StatusCode::OK);
    assert_done(&revoke(&mut browser, &[("client_id", ROTATING), ("token", &access_token)]).await);
    assert_eq!(browser.decision().await["checks"][2]["name"], "check_token_client");
    assert_eq!(browser.get_as("/userinfo", &access_token).await.status, StatusCode::UNAUTHORIZED);
    let (next, _) = tokens(&refresh(&mut browser, ROTATING, &refresh_token).await);
    assert_eq!(browser.get_as("/userinfo", &next).await.status, StatusCode::OK, "what renews it is as it was");
    assert!(browser.logs("srrt").await.is_empty());
}

/// Row 127: 200 for what nobody knows; what is another client's is refused and stays as good as it was.
#[tokio::test]
async fn only_the_owner_revokes_and_unknown_tokens_are_no_error() {
    let mut browser = Harness::new().await;
    for unknown in ["x", "null", &"x".repeat(5000), "a.b.c", "' OR 1=1 --", "é"] {
        assert_done(&revoke(&mut browser, &[("client_id", ROTATING), ("token", unknown)]).await);
    }
    let (access_token, refresh_token) = signed_in(&mut browser).await;
    for token in [&access_token, &refresh_token] {
        let answer = revoke(&mut browser, &[("client_id", "demo-spa"), ("token", token)]).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_request"));
        assert_eq!(answer.json()["error_description"], "The token was issued to another client.");
        let summary = browser.decision().await["summary"].clone();
        assert_eq!(summary, "invalid_request: the token was issued to another client.");
    }
    assert_eq!(browser.get_as("/userinfo", &access_token).await.status, StatusCode::OK);
    assert_eq!(refresh(&mut browser, ROTATING, &refresh_token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_caller_proves_who_it_is_and_says_which_token() {
    let mut browser = Harness::new().await;
    let token = refresh_token_of(&mut browser, "legacy-app-a").await;
    let own = ("client_id", "legacy-app-a");
    let secret = ("client_secret", "legacy-app-a-secret");
    for (form, status, error) in [
        (vec![own, ("token", &*token)], 401, "access_denied"),
        (vec![own, ("token", &*token), ("client_secret", "wrong")], 401, "access_denied"),
        (vec![("client_id", "nobody"), ("token", &*token)], 401, "invalid_client"),
        (vec![("client_id", "demo-spa"), ("client_secret", "x"), ("token", &*token)], 401, "invalid_client"),
        (vec![("token", &*token)], 400, "invalid_request"),
        (vec![own, secret], 400, "invalid_request"),
        (vec![own, secret, ("token", &*token), ("token", "x")], 400, "invalid_request"),
    ] {
        let answer = revoke(&mut browser, &form).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, error), "{form:?}");
        assert_eq!(answer.header("www-authenticate").is_empty(), status != 401, "{form:?}");
    }
    let renew = [("grant_type", "refresh_token"), own, secret, ("refresh_token", &*token)];
    assert_eq!(browser.token(&renew).await.status, StatusCode::OK, "after all that it is still good");
    assert_done(&revoke(&mut browser, &[own, secret, ("token", &token)]).await);
    assert_eq!(browser.token(&renew).await.error(), "invalid_grant");
}

/// The tenant flag `revoke_refresh_token_grant`: one token takes all that the user granted the client along.
#[tokio::test]
async fn with_the_flag_all_that_the_user_granted_goes() {
    let flag = "    allow_legacy_delegation_grant_types: true\n";
    let on = format!("{flag}    revoke_refresh_token_grant: true\n");
    for (mut browser, other) in
        [(Harness::new().await, StatusCode::OK), (Harness::with_replaced(flag, &on).await, StatusCode::FORBIDDEN)]
    {
        let (_, one) = signed_in(&mut browser).await;
        let (_, two) = signed_in(&mut browser).await;
        let of_another = refresh_token_of(&mut browser, "legacy-app-a").await;
        assert_done(&revoke(&mut browser, &[("client_id", ROTATING), ("token", &one)]).await);
        assert_eq!(refresh(&mut browser, ROTATING, &two).await.status, other);
        let renew = [
            ("grant_type", "refresh_token"),
            ("client_id", "legacy-app-a"),
            ("client_secret", "legacy-app-a-secret"),
            ("refresh_token", &*of_another),
        ];
        assert_eq!(browser.token(&renew).await.status, StatusCode::OK, "another client's is untouched");
    }
}

/// Row 109: whatever a renewal wins against a revocation is dead once the revocation has answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_survives_a_revocation_that_has_answered() {
    let mut browser = Harness::new().await;
    let mut renewed = 0;
    for _ in 0..100 {
        let (_, token) = signed_in(&mut browser).await;
        let (mut other, own) = (browser.clone(), token.clone());
        let renewal = tokio::spawn(async move { refresh(&mut other, ROTATING, &own).await });
        assert_done(&revoke(&mut browser, &[("client_id", ROTATING), ("token", &token)]).await);
        let answer = renewal.await.expect("no panic");
        if answer.status == StatusCode::OK {
            renewed += 1;
            let (access_token, successor) = tokens(&answer);
            assert_eq!(browser.get_as("/userinfo", &access_token).await.status, StatusCode::UNAUTHORIZED);
            assert_eq!(refresh(&mut browser, ROTATING, &successor).await.error(), "invalid_grant");
        }
    }
    println!("{renewed} of 100 renewals came first");
}

/// Row 129: where the store fails the token may still be good, so the answer is 503 and never 200.
#[tokio::test]
async fn a_store_that_fails_is_no_success() {
    let mut browser = Harness::new().await;
    let (_, token) = signed_in(&mut browser).await;
    browser.tenant.close().await;
    let answer = revoke(&mut browser, &[("client_id", ROTATING), ("token", &token)]).await;
    let expected = (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable");
    assert_eq!((answer.status, answer.error().as_str()), expected);
}

/// An access token that was not granted for the time after the session ends with it; one beside a refresh token does not.
#[tokio::test]
async fn the_end_of_a_session_ends_its_access_tokens() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    let online = browser.exchange(&code).await.json()["access_token"].as_str().expect("one").to_owned();
    let url = authorize(&[("client_id", Some(ROTATING)), ("scope", Some(SCOPE)), ("audience", Some(NOTES))]);
    let code = browser.get(&url).await.parameters()["code"].clone();
    let (offline, refresh_token) = tokens(&browser.exchange_with(&code, &[("client_id", Some(ROTATING))]).await);
    for token in [&online, &offline] {
        assert_eq!(browser.get_as("/userinfo", token).await.status, StatusCode::OK);
    }
    browser.get(&format!("{TENANT}/v2/logout")).await;
    assert_eq!(browser.get_as("/userinfo", &online).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.get_as("/userinfo", &offline).await.status, StatusCode::OK);
    let narrow = [
        ("grant_type", "refresh_token"),
        ("client_id", ROTATING),
        ("refresh_token", &*refresh_token),
        ("scope", "openid"),
    ];
    let (renewed, _) = tokens(&browser.token(&narrow).await);
    assert_eq!(browser.get_as("/userinfo", &renewed).await.status, StatusCode::OK, "whatever scope is left");
}

/// Pages of the client's own origins may call it, and others may not.
#[tokio::test]
async fn pages_of_other_origins_revoke_nothing() {
    let mut browser = Harness::with_replaced(
        "    callbacks: [\"http://127.0.0.1:8765/callback\"]",
        "    callbacks: [\"http://127.0.0.1:8765/callback\"]\n    web_origins: [\"https://other.example\"]",
    )
    .await;
    let (_, token) = signed_in(&mut browser).await;
    let url = format!("{TENANT}/oauth/revoke");
    let form = [("client_id", ROTATING), ("token", &*token)];
    let answer = browser.post_form_with(&url, &form, &[("origin", "https://other.example")]).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::FORBIDDEN, "access_denied"));
    assert_eq!(answer.header("access-control-allow-origin"), "");
    assert_eq!(refresh(&mut browser, ROTATING, &token).await.status, StatusCode::OK);
    let answer = browser.post_form_with(&url, &form, &[("origin", "http://localhost:3000")]).await;
    assert_done(&answer);
    assert_eq!(answer.header("access-control-allow-origin"), "http://localhost:3000");
}
