//! The grant `mfa-otp`: what a password began, a one-time code completes, once and for the same client alone.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::common::totp::{SECRET, code_at};
use crate::common::{Answer, Harness, NOTES, START_MS, TENANT, claims};

const GRANT: &str = "http://auth0.com/oauth/grant-type/mfa-otp";
const OWN: [(&str, &str); 2] = [("client_id", "trusted-app"), ("client_secret", "trusted-app-secret")];

/// The built-in tenant, where Ada has a second factor and the trusted app has the grant.
async fn tenant() -> Harness {
    let ada = "name: Ada Lovelace, nickname: ada";
    let yaml = include_str!("../../tenant.yaml").replace(ada, &format!("{ada}, mfa: {{ totp_secret: {SECRET} }}"));
    let grants = "grant_types: [password, ";
    assert!(yaml.contains(grants), "the trusted app has the grant for passwords");
    Harness::with_file(&yaml.replace(grants, &format!("{grants}\"{GRANT}\", "))).await
}

/// The present code.
fn code(after: i64) -> String {
    code_at(START_MS / 1000 + after)
}

/// Sends Ada's password, which is refused for want of a code; the token to send it with.
async fn mfa_token(browser: &mut Harness, more: &[(&str, &str)]) -> String {
    let answer = browser.token_for_password(more).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::FORBIDDEN, "mfa_required"), "{answer:?}");
    assert_eq!(answer.json()["error_description"], "Multifactor authentication required");
    answer.json()["mfa_token"].as_str().expect("an mfa_token").to_owned()
}

async fn complete(browser: &mut Harness, token: &str, otp: &str) -> Answer {
    browser.token(&[&OWN[..], &[("grant_type", GRANT), ("mfa_token", token), ("otp", otp)]].concat()).await
}

#[track_caller]
fn refused(answer: &Answer, status: StatusCode, error: &str, words: &str) {
    let body = answer.json();
    assert_eq!(
        (answer.status, &body["error"], &body["error_description"]),
        (status, &json!(error), &json!(words)),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_code_completes_what_the_password_began() {
    let mut browser = tenant().await;
    let asked = [("audience", NOTES), ("scope", "openid read:notes offline_access")];
    let token = mfa_token(&mut browser, &asked).await;
    let record = browser.decision().await;
    assert_eq!(record["outcome"], "mfa_required");
    assert!(!record.to_string().contains(&token));
    browser.advance(20);
    let body = complete(&mut browser, &token, &code(20)).await.json();
    let access = claims(body["access_token"].as_str().unwrap_or_else(|| panic!("{body}")));
    assert_eq!((&access["sub"], &access["gty"]), (&json!("auth0|ada"), &json!("password")));
    assert_eq!(access["aud"], json!([NOTES, format!("{TENANT}/userinfo")]));
    assert_eq!(body["scope"], "openid read:notes offline_access");
    assert!(body["refresh_token"].is_string());
    let id_token = claims(body["id_token"].as_str().expect("an ID token"));
    assert_eq!(id_token["amr"], json!(["pwd", "otp", "mfa"]));
    assert_eq!((browser.logs("gd_auth_succeed").await.len(), browser.logs("sepft").await.len()), (1, 1));
    // It was good once, and so was the code.
    refused(
        &complete(&mut browser, &token, &code(20)).await,
        StatusCode::FORBIDDEN,
        "invalid_grant",
        "Malformed mfa_token",
    );
    let again = mfa_token(&mut browser, &[]).await;
    refused(
        &complete(&mut browser, &again, &code(20)).await,
        StatusCode::FORBIDDEN,
        "invalid_grant",
        "Invalid otp_code.",
    );
    browser.advance(30);
    assert_eq!(complete(&mut browser, &again, &code(50)).await.status, StatusCode::OK, "the next code is another");
}

#[tokio::test]
async fn what_does_not_complete_it_is_refused_by_name() {
    let mut browser = tenant().await;
    let token = mfa_token(&mut browser, &[]).await;
    let why = async |browser: &mut Harness| browser.decision().await["summary"].as_str().expect("one").to_owned();
    for (form, error, words, reason) in [
        (vec![("otp", "000000")], "invalid_request", "Missing required parameter: mfa_token", "mfa_token"),
        (vec![("mfa_token", &*token)], "invalid_request", "Missing required parameter: otp", "otp"),
        (vec![("mfa_token", "junk"), ("otp", "1")], "invalid_grant", "Malformed mfa_token", "no such mfa_token"),
        (
            vec![("mfa_token", &*token), ("otp", "000000")],
            "invalid_grant",
            "Invalid otp_code.",
            "it is not the present code",
        ),
    ] {
        let answer = browser.token(&[&OWN[..], &[("grant_type", GRANT)], &form].concat()).await;
        assert_eq!((answer.error().as_str(), &answer.json()["error_description"]), (error, &json!(words)), "{form:?}");
        assert!(why(&mut browser).await.contains(reason), "{reason}: {}", why(&mut browser).await);
    }
    // Neither another client's nor another address's.
    let present = code(0);
    let foreign = [("client_id", "regular-web"), ("client_secret", "regular-web-secret"), ("grant_type", GRANT)];
    let form = [&foreign[..], &[("mfa_token", &*token), ("otp", &*present)]].concat();
    refused(
        &browser.token(&form).await,
        StatusCode::FORBIDDEN,
        "unauthorized_client",
        &format!("Grant type '{GRANT}' not allowed for the client."),
    );
    let form = [&OWN[..], &[("grant_type", GRANT), ("mfa_token", &*token), ("otp", &*present)]].concat();
    let elsewhere = browser.post_form("http://tenant.localhost:4000/oauth/token", &form).await;
    refused(&elsewhere, StatusCode::FORBIDDEN, "invalid_grant", "Malformed mfa_token");
    assert!(why(&mut browser).await.contains("at another address of the tenant"));
    // It was tried in vain, and is still good, for ten minutes.
    let kept = mfa_token(&mut browser, &[]).await;
    browser.advance(599);
    assert_eq!(complete(&mut browser, &kept, &code(599)).await.status, StatusCode::OK);
    browser.advance(1);
    refused(
        &complete(&mut browser, &token, &code(600)).await,
        StatusCode::UNAUTHORIZED,
        "expired_token",
        "mfa_token is expired",
    );
}

#[tokio::test]
async fn another_client_with_the_grant_cannot_complete_it_either() {
    let mut browser = tenant().await;
    let mut script = crate::common::management::Script::of(browser.clone(), "").await;
    let grants = json!({ "grant_types": ["authorization_code", GRANT] });
    assert_eq!(script.patch("/clients/regular-web", grants).await.status, StatusCode::OK);
    let (token, present) = (mfa_token(&mut browser, &[]).await, code(0));
    let own = [("client_id", "regular-web"), ("client_secret", "regular-web-secret"), ("grant_type", GRANT)];
    let form = [&own[..], &[("mfa_token", &*token), ("otp", &*present)]].concat();
    refused(&browser.token(&form).await, StatusCode::FORBIDDEN, "invalid_grant", "Malformed mfa_token");
    let summary = browser.decision().await["summary"].to_string();
    assert!(summary.contains("issued to another client"), "{summary}");
    assert_eq!(complete(&mut browser, &token, &code(0)).await.status, StatusCode::OK, "and its own client still can");
    // No third party gets the grant's use, whatever it is registered for.
    let grants = json!({ "grant_types": ["authorization_code", GRANT], "is_first_party": false });
    assert_eq!(script.patch("/clients/regular-web", grants).await.status, StatusCode::OK);
    assert_eq!(browser.token(&form).await.error(), "unauthorized_client");
}

/// Two codes are good at any moment; the token is good for one of them.
#[tokio::test]
async fn of_two_at_once_one_completes_it() {
    let mut browser = tenant().await;
    for round in 0..5 {
        let token = mfa_token(&mut browser, &[]).await;
        let (mut first, mut second) = (browser.clone(), browser.clone());
        let (this, next) = (code(round * 90), code(round * 90 + 30));
        let (first, second) = tokio::join!(complete(&mut first, &token, &this), complete(&mut second, &token, &next));
        let succeeded = [&first, &second].iter().filter(|answer| answer.status == StatusCode::OK).count();
        assert_eq!(succeeded, 1, "{first:?} {second:?}");
        browser.advance(90);
    }
}

/// Guesses run out, for this user and address alike at the page and here.
#[tokio::test]
async fn guesses_at_the_code_run_out() {
    let mut browser = tenant().await;
    let token = mfa_token(&mut browser, &[]).await;
    for _ in 0..10 {
        assert_eq!(complete(&mut browser, &token, "000000").await.error(), "invalid_grant");
    }
    let closed = complete(&mut browser, &token, &code(0)).await;
    assert_eq!((closed.status, closed.error().as_str()), (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"));
    assert_eq!(closed.header("retry-after"), "900");
    browser.advance(900);
    let token = mfa_token(&mut browser, &[]).await;
    assert_eq!(complete(&mut browser, &token, &code(900)).await.status, StatusCode::OK);
}

/// A user who has no second factor could never complete it, so there is nothing to send a code with.
#[tokio::test]
async fn an_api_that_wants_a_code_of_somebody_without_one_says_so() {
    let name = "    identifier: https://notes.example.com\n";
    let mut browser = Harness::with_replaced(name, &format!("{name}    require_mfa: true\n")).await;
    let answer = browser.token_for_password(&[("audience", NOTES)]).await;
    assert_eq!((answer.error().as_str(), answer.json().get("mfa_token")), ("mfa_required", None::<&Value>));
}
