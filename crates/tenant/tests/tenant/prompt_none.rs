//! `prompt=none` is answered in every case: by the response mode, or by a page that loads in a frame and is mute.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};

use crate::common::on_disk::OnDisk;
use crate::common::{Answer, Changes, Harness, authorize, partition};

/// Loads in the hidden frame of anybody, runs nothing, says nothing to anybody.
fn assert_mute_and_frameable(answer: &Answer) {
    answer.assert_stays();
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("frame-ancestors *"), "{policy}");
    assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    assert!(answer.headers.get("x-frame-options").is_none());
    assert!(answer.headers.get("set-cookie").is_none());
    assert!(!answer.body.contains("<form"), "{}", answer.body);
}

/// What is changed in a request, and the error that it is answered with.
type Cases<'a> = &'a [(Changes<'a>, &'a str)];

/// The response parameters, wherever the mode puts them.
fn by_mode(answer: &Answer, mode: &str) -> HashMap<String, String> {
    match mode {
        "query" => answer.parameters(),
        "fragment" => answer.fragment(),
        "form_post" => answer.form().1,
        _ => answer.message().1,
    }
}

#[tokio::test]
async fn every_silent_request_is_answered_and_never_by_a_login_page() {
    let known: Cases<'_> = &[
        (&[], "login_required"),
        (&[("max_age", Some("5"))], "login_required"),
        (&[("response_type", Some("codes"))], "unsupported_response_type"),
        (&[("response_type", None)], "invalid_request"),
        (&[("request", Some("x.y.z"))], "request_not_supported"),
        (&[("request_uri", Some("https://app.example/request"))], "request_uri_not_supported"),
        (&[("registration", Some("{}"))], "registration_not_supported"),
        (&[("claims", Some("{"))], "invalid_request"),
        (&[("code_challenge", None)], "invalid_request"),
        (&[("code_challenge_method", Some("plain"))], "invalid_request"),
        (&[("prompt", Some("none login"))], "invalid_request"),
        (&[("prompt", Some("none banana"))], "invalid_request"),
        (&[("prompt", Some("none consent"))], "invalid_request"),
        (&[("prompt", Some("none select_account"))], "invalid_request"),
        (&[("max_age", Some("x"))], "invalid_request"),
        (&[("audience", Some("https://nobody.example"))], "access_denied"),
        (&[("id_token_hint", Some("x.y.z"))], "invalid_request"),
    ];
    let unknown: &[Changes<'_>] = &[
        &[("client_id", None)],
        &[("client_id", Some("nobody"))],
        &[("redirect_uri", None)],
        &[("redirect_uri", Some("https://evil.test/cb"))],
        &[("redirect_uri", Some("::"))],
    ];
    // What only the implicit grant can get wrong, or needs `legacy-spa` for.
    let implicit: Cases<'_> = &[
        (&[("client_id", Some("legacy-spa"))], "login_required"),
        (&[("client_id", Some("legacy-spa")), ("audience", None)], "login_required"),
        (&[("client_id", Some("legacy-spa")), ("max_age", Some("5"))], "login_required"),
        (&[("client_id", Some("legacy-spa")), ("prompt", Some("none login"))], "invalid_request"),
        (&[("client_id", Some("legacy-spa")), ("audience", Some("https://nobody.example"))], "access_denied"),
        (&[], "unauthorized_client"),
        (&[("client_id", Some("third-party-app"))], "unauthorized_client"),
    ];
    // A code beside tokens: both grants, a nonce, a challenge, and no message.
    let hybrid: Cases<'_> = &[
        (&[("client_id", Some("legacy-spa"))], "login_required"),
        (&[("client_id", Some("legacy-spa")), ("max_age", Some("5"))], "login_required"),
        (&[("client_id", Some("legacy-spa")), ("code_challenge", None)], "invalid_request"),
        (
            &[("client_id", Some("legacy-spa")), ("response_type", Some("code id_token")), ("nonce", None)],
            "invalid_request",
        ),
        (&[("client_id", Some("legacy-spa")), ("response_type", Some("code code token"))], "unsupported_response_type"),
        (&[], "unauthorized_client"),
        (&[("client_id", Some("third-party-app"))], "unauthorized_client"),
    ];
    let types: &[(&str, &[&str], Cases<'_>)] = &[
        ("code token", &["fragment", "form_post"], hybrid),
        ("code id_token", &["fragment", "form_post"], hybrid),
        ("code id_token token", &["fragment", "form_post"], hybrid),
        ("code", &["query", "fragment", "form_post", "web_message"], known),
        ("token", &["fragment", "form_post", "web_message"], implicit),
        ("id_token", &["fragment", "form_post", "web_message"], implicit),
        ("token id_token", &["fragment", "form_post", "web_message"], implicit),
    ];
    let mut browser = Harness::new().await;
    for (response_type, modes, cases) in types {
        for mode in *modes {
            for (changes, error) in *cases {
                let mut all = vec![("response_mode", Some(*mode))];
                for (name, default) in [("prompt", "none"), ("response_type", response_type)] {
                    if !changes.iter().any(|(changed, _)| *changed == name) {
                        all.push((name, Some(default)));
                    }
                }
                all.extend(*changes);
                let answer = browser.get(&authorize(&all)).await;
                let parameters = by_mode(&answer, mode);
                assert_eq!(&parameters["error"], error, "{all:?}");
                assert_eq!(parameters["state"], "the-state", "{all:?}");
                assert_eq!(parameters["iss"], "http://localhost:4000/", "{all:?}");
            }
            for changes in unknown {
                let mut all = vec![("response_mode", Some(*mode)), ("response_type", Some(*response_type))];
                all.extend(*changes);
                assert_mute_and_frameable(&browser.silent(&all).await);
            }
        }
    }
    let answer = browser.silent(&[("response_mode", Some("banana"))]).await;
    assert_eq!(answer.parameters()["error"], "invalid_request", "an unknown mode is answered by query");
    let answer = browser.silent(&[("response_type", Some("banana token"))]).await;
    assert_eq!(answer.fragment()["error"], "unsupported_response_type", "what would hold a token is answered there");
    let message = [("response_mode", Some("web_message")), ("response_type", Some("code token"))];
    assert_eq!(browser.silent(&message).await.fragment()["error"], "invalid_request", "a mode that is not for it");
    for mode in ["banana", "query"] {
        let answer = browser.silent(&[("response_mode", Some(mode)), ("response_type", Some("token"))]).await;
        assert_eq!(answer.fragment()["error"], "invalid_request", "and where tokens are asked for, by fragment");
    }
    let twice = format!("{}&client_id=x", authorize(&[("prompt", Some("none"))]));
    assert_mute_and_frameable(&browser.get(&twice).await);
    let prompts = format!("{}&prompt=login", authorize(&[("prompt", Some("none")), ("client_id", Some("nobody"))]));
    assert_mute_and_frameable(&browser.get(&prompts).await);
}

#[tokio::test]
async fn a_session_brings_a_code_by_either_mode() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let code = browser.silent(&[]).await.parameters().remove("code").expect("a code");
    assert_eq!(browser.exchange(&code).await.status, StatusCode::OK);
    let (origin, mut parameters) = browser.silent(&[("response_mode", Some("web_message"))]).await.message();
    assert_eq!(origin, "http://localhost:3000");
    assert_eq!((parameters["state"].as_str(), parameters["iss"].as_str()), ("the-state", "http://localhost:4000/"));
    let code = parameters.remove("code").expect("a code");
    assert_eq!(browser.exchange(&code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_message_is_posted_to_the_registered_origin_alone() {
    let mut browser = Harness::new().await;
    let answer = browser.silent(&[("response_mode", Some("web_message"))]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), "no-store");
    let policy = answer.header("content-security-policy");
    assert!(policy.ends_with("frame-ancestors http://localhost:3000"), "{policy}");
    assert!(policy.contains("script-src 'sha256-") && !policy.contains("unsafe-inline"), "{policy}");
    assert!(answer.headers.get("x-frame-options").is_none());
    assert!(!answer.body.contains("\"*\""));
}

#[tokio::test]
async fn a_message_for_an_unregistered_origin_is_posted_nowhere() {
    // `native-app` has a callback and no web origin.
    let mut browser = Harness::new().await;
    let uri = "http://127.0.0.1:8765/callback";
    let changes =
        [("client_id", Some("native-app")), ("redirect_uri", Some(uri)), ("response_mode", Some("web_message"))];
    let answer = browser.silent(&changes).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_mute_and_frameable(&answer);
    let words = format!("The specified redirect_uri '{uri}' does not have a registered origin.");
    assert!(answer.body.contains(&words), "{}", answer.body);
    assert_eq!(browser.logs("fsa").await[0]["description"], words.as_str());
}

#[tokio::test]
async fn what_the_client_sends_cannot_leave_the_data_of_the_message() {
    let mut browser = Harness::new().await;
    let state = "</script><script>alert(1)</script>\u{2028}\"'&<!--";
    let answer = browser.silent(&[("response_mode", Some("web_message")), ("state", Some(state))]).await;
    assert_eq!(answer.body.matches("<script").count(), 2, "{}", answer.body);
    assert_eq!(answer.message().1["state"], state);
}

#[tokio::test]
async fn an_error_says_what_the_browser_said_of_its_storage() {
    let mut browser = Harness::new().await;
    for (sent, expected) in [
        ("none", Some("none")),
        ("inactive", Some("inactive")),
        ("active", Some("active")),
        ("<b>", None),
        ("yes", None),
    ] {
        let headers = [("sec-fetch-storage-access", sent)];
        let query = browser.get_with(&authorize(&[("prompt", Some("none"))]), &headers).await.parameters();
        let message = browser
            .get_with(&authorize(&[("prompt", Some("none")), ("response_mode", Some("web_message"))]), &headers)
            .await
            .message()
            .1;
        for parameters in [query, message] {
            assert_eq!(parameters.get("sec_fetch_storage_access").map(String::as_str), expected, "{sent}");
            assert_eq!(parameters["error_description"], "Login required");
        }
    }
    browser.sign_in().await;
    let url = authorize(&[("prompt", Some("none"))]);
    let success = browser.get_with(&url, &[("sec-fetch-storage-access", "active")]).await;
    assert!(!success.parameters().contains_key("sec_fetch_storage_access"), "a success needs no reason");
}

#[tokio::test]
async fn login_required_has_a_cause_in_the_record() {
    let mut browser = Harness::new().await;
    let mut cause = Vec::new();
    browser.silent(&[]).await;
    cause.push(browser.decision().await["cause"].clone());

    browser.sign_in().await;
    let real = browser.cookies.clone();
    for value in browser.cookies.values_mut() {
        *value = "made-up".into();
    }
    browser.silent(&[]).await;
    cause.push(browser.decision().await["cause"].clone());

    browser.cookies = real;
    browser.advance(60);
    browser.silent(&[("max_age", Some("59"))]).await;
    cause.push(browser.decision().await["cause"].clone());
    browser.get(&authorize(&[("prompt", Some("login"))])).await;
    cause.push(browser.decision().await["cause"].clone());

    browser.advance(72 * 3600);
    browser.silent(&[]).await;
    cause.push(browser.decision().await["cause"].clone());
    assert_eq!(cause, ["no_session_cookie", "session_unknown", "max_age", "prompt_login", "session_idle_limit"]);
}

#[tokio::test]
async fn a_session_in_use_lasts_until_its_absolute_limit() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    // Seven days, in steps that keep within the idle limit of three.
    for _ in 0..3 {
        browser.advance(2 * 86_400);
        assert!(browser.silent(&[]).await.parameters().contains_key("code"));
    }
    browser.advance(86_400 - 1);
    assert!(browser.silent(&[]).await.parameters().contains_key("code"), "one second before");
    browser.advance(1);
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required");
    assert_eq!(browser.decision().await["cause"], "session_absolute_limit");
}

#[tokio::test]
async fn a_refused_request_does_not_keep_a_session_alive() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    browser.advance(72 * 3600 - 1);
    browser.silent(&[("audience", Some("https://nobody.example"))]).await;
    browser.advance(1);
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required");
}

#[tokio::test]
async fn a_hint_of_another_user_is_never_answered_with_this_ones_code() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    let hint = browser.exchange(&code).await.json()["id_token"].as_str().expect("an ID token").to_owned();
    assert!(browser.silent(&[("id_token_hint", Some(&hint))]).await.parameters().contains_key("code"));

    let answer =
        browser.log_in_at(&authorize(&[("prompt", Some("login"))]), "grace@example.com", "grace-password").await;
    assert!(answer.parameters().contains_key("code"));
    assert_eq!(browser.silent(&[("id_token_hint", Some(&hint))]).await.parameters()["error"], "login_required");
    assert_eq!(browser.decision().await["cause"], "other_user");

    browser.advance(40_000);
    assert_eq!(
        browser.silent(&[("id_token_hint", Some(&hint))]).await.parameters()["error"],
        "login_required",
        "an expired hint still names its user"
    );
    let (signed, signature) = hint.rsplit_once('.').expect("three parts");
    let tampered = format!("{signed}.{}", signature.chars().rev().collect::<String>());
    let answer = browser.silent(&[("id_token_hint", Some(&tampered))]).await;
    assert_eq!(answer.parameters()["error"], "invalid_request");
    let elsewhere = browser.silent(&[("id_token_hint", Some(&hint)), ("client_id", Some("demo-spa-rotating"))]).await;
    assert_eq!(elsewhere.parameters()["error"], "invalid_request", "a hint of another client");
}

/// Every way that consent can be missing is answered by every mode, never by the page, with its cause in the record.
#[tokio::test]
async fn missing_consent_is_answered_and_has_a_cause() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let third_party = ("client_id", Some("third-party-app"));
    let ask = async |browser: &mut Harness, changes: Changes<'_>, cause: &str| {
        for mode in ["query", "fragment", "form_post", "web_message"] {
            let all = [&[third_party, ("response_mode", Some(mode))], changes].concat();
            let answer = browser.silent(&all).await;
            let parameters = by_mode(&answer, mode);
            let told = ["error", "error_description", "state"].map(|name| parameters[name].as_str());
            assert_eq!(told, ["consent_required", "Consent required", "the-state"], "{mode} {changes:?}");
            assert_eq!(browser.decision().await["cause"], cause, "{mode} {changes:?}");
            assert!(!answer.header("set-cookie").contains("login"), "no page was begun");
        }
    };
    ask(&mut browser, &[], "no_consent").await;
    browser.cookies.clear();
    browser.consent_to_third_party().await;
    let (_, parameters) = browser.silent(&[third_party, ("response_mode", Some("web_message"))]).await.message();
    assert!(parameters.contains_key("code"), "granted: {parameters:?}");
    ask(&mut browser, &[("scope", Some("openid write:notes"))], "consent_lacks_scopes").await;
    ask(&mut browser, &[("audience", None)], "no_consent").await;
}

/// A second factor that is missing is told as SDKs know it, or as something that no sign-in alone can mend.
#[tokio::test]
async fn a_missing_second_factor_is_answered_too() {
    let disk = OnDisk::new();
    let mut browser = Harness::with(|settings| settings.data = disk.data()).await;
    browser.sign_in().await;
    let want = "UPDATE apis SET body = json_set(body, '$.require_mfa', json('true')) WHERE name = 'Notes'";
    let enrol = "UPDATE users SET body =
        json_set(body, '$.mfa', json('{\"totp_secret\":\"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\"}'))";
    for (change, error, cause) in
        [(want, "interaction_required", "no_second_factor"), (enrol, "login_required", "second_factor_missing")]
    {
        disk.change(change).await;
        browser.tenant.reread();
        for mode in ["query", "fragment", "form_post", "web_message"] {
            let answer = browser.silent(&[("response_mode", Some(mode))]).await;
            let parameters = by_mode(&answer, mode);
            let told = ["error", "error_description", "state"].map(|name| parameters[name].as_str());
            assert_eq!(told, [error, "Multifactor authentication required", "the-state"], "{mode}");
            assert_eq!(browser.decision().await["cause"], cause);
        }
    }
    let demand = r#"{"id_token":{"acr":{"essential":true,"value":"urn:x"}}}"#;
    for mode in ["query", "fragment", "form_post", "web_message"] {
        let answer = browser.silent(&[("claims", Some(demand)), ("response_mode", Some(mode))]).await;
        assert_eq!(by_mode(&answer, mode)["error"], "unmet_authentication_requirements", "{mode}");
        assert_eq!(browser.decision().await["cause"], "acr_unmet");
    }
}

/// The tenant itself fails: a table is gone, or the store is closed altogether.
#[tokio::test]
async fn a_failing_store_is_answered_too() {
    let disk = OnDisk::new();
    let mut browser = Harness::with(|settings| settings.data = disk.data()).await;
    browser.sign_in().await;
    disk.change("ALTER TABLE sessions RENAME TO gone").await;
    let answer = browser.silent(&[("response_mode", Some("web_message"))]).await;
    assert_eq!(answer.message().1["error"], "server_error", "client and address are known good");
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "server_error");
    disk.change("ALTER TABLE clients RENAME TO gone_too").await;
    browser.tenant.reread();
    let answer = browser.silent(&[]).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_mute_and_frameable(&answer);
    assert!(!answer.body.contains("no such table"), "what failed inside is not shown: {}", answer.body);
    browser.tenant.close().await;
    assert_mute_and_frameable(&browser.silent(&[]).await);
}

#[tokio::test]
async fn what_a_partitioned_cookie_leads_to_is_answered_too() {
    let disk = OnDisk::new();
    let mut browser = Harness::with(|settings| settings.data = disk.data()).await;
    partition::signed_in(&mut browser).await;
    for (change, error) in [
        ("SELECT 1", None),
        ("DELETE FROM sessions", Some("login_required")),
        ("ALTER TABLE partitioned_sessions RENAME TO gone", Some("server_error")),
    ] {
        disk.change(change).await;
        for mode in ["query", "fragment", "form_post", "web_message"] {
            let url = partition::request(&[("prompt", Some("none")), ("response_mode", Some(mode))]);
            let answer = partition::load(&browser, &url, &partition::partitioned(&browser), &partition::FRAME).await;
            assert_eq!(by_mode(&answer, mode).get("error").map(String::as_str), error, "{mode} {change}");
        }
    }
}

#[tokio::test]
async fn a_store_that_hangs_is_answered_within_the_bound() {
    let disk = OnDisk::new();
    let mut browser = Harness::with(|settings| {
        settings.data = disk.data();
        settings.answer_within = Duration::from_millis(200);
    })
    .await;
    browser.sign_in().await;
    let mut other = disk.connection().await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.expect("the write lock");
    for (client, response_type) in [("demo-spa", "code"), ("legacy-spa", "token"), ("legacy-spa", "id_token")] {
        let began = Instant::now();
        let changes = [("client_id", Some(client)), ("response_type", Some(response_type))];
        let answer = browser.silent(&[&changes[..], &[("response_mode", Some("web_message"))]].concat()).await;
        assert_eq!(answer.message().1["error"], "server_error", "{response_type}");
        assert!(began.elapsed() < Duration::from_secs(3), "{response_type} {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_is_answered_by_a_mute_page() {
    let mut browser = Harness::new().await;
    let url = "http://localhost:4000/authorize";
    for (kind, body) in
        [("application/json", "{}".to_owned()), ("application/x-www-form-urlencoded", "x".repeat(70_000))]
    {
        let answer = browser.browse(Method::POST, url, &[("content-type", kind)], body).await;
        assert!(answer.status.is_client_error());
        assert_mute_and_frameable(&answer);
    }
}
