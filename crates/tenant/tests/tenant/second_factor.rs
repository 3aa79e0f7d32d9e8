//! One-time codes: asked for after the password, good once and for a while, and not to be gone around.

use axum::http::StatusCode;

use crate::common::on_disk::OnDisk;
use crate::common::totp::{SECRET, code_at};
use crate::common::{Answer, Harness, NOTES, START_MS, TENANT, authorize, claims};

const PAGE: &str = "http://localhost:4000/u/mfa";
const ADA: &str = "name: Ada Lovelace, nickname: ada";

/// The built-in tenant, where Ada has a second factor.
async fn tenant() -> Harness {
    Harness::with_replaced(ADA, &format!("{ADA}, mfa: {{ totp_secret: {SECRET} }}")).await
}

/// The second that the tenant's clock shows after this many seconds.
fn second(after: i64) -> i64 {
    START_MS / 1000 + after
}

/// Gives Ada's password and opens the page that it leads to.
async fn password(browser: &mut Harness, request: &str) -> Answer {
    let answer = browser.log_in_at(request, "ada@example.com", "ada-password").await;
    assert!(answer.header("location").starts_with(PAGE), "{answer:?}");
    let page = browser.get(answer.header("location")).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    page
}

async fn enter(browser: &mut Harness, page: &Answer, code: &str) -> Answer {
    let (state, csrf) = (page.field("state"), page.field("csrf"));
    browser.post_form(PAGE, &[("state", &state), ("csrf", &csrf), ("code", code)]).await
}

fn has_session(browser: &Harness) -> bool {
    browser.cookies.keys().any(|(_, name)| name == "__Host-tenant-session")
}

#[tokio::test]
async fn the_password_and_a_code_begin_a_session() {
    let mut browser = tenant().await;
    let page = password(&mut browser, &authorize(&[])).await;
    assert!(page.body.contains("ada@example.com") && page.body.contains(r#"autocomplete="one-time-code""#));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self' http://localhost:3000;"));
    assert!(!has_session(&browser), "the password alone begins nothing");
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required");
    assert!(browser.logs("s").await.is_empty());

    browser.advance(20);
    let answer = enter(&mut browser, &page, &code_at(second(20))).await;
    assert_eq!((answer.status, answer.parameters()["state"].as_str()), (StatusCode::SEE_OTHER, "the-state"));
    assert!(browser.exchange(&answer.parameters()["code"]).await.status.is_success());
    assert_eq!((browser.logs("gd_auth_succeed").await.len(), browser.logs("s").await.len()), (1, 1));
    for _ in 0..2 {
        browser.advance(3600);
        assert!(browser.silent(&[]).await.parameters().contains_key("code"), "once for the session");
    }
    let checks = browser.decision().await["checks"].to_string();
    assert!(checks.contains("a one-time code was given at 2026-11-23T00:00:20.000Z"), "{checks}");
    let again = password(&mut browser, &authorize(&[("prompt", Some("login"))])).await;
    assert!(browser.silent(&[]).await.parameters().contains_key("code"), "until then the session before is as it was");
    let answer = enter(&mut browser, &again, &code_at(second(7220))).await;
    let body = browser.exchange(&answer.parameters()["code"]).await.json();
    assert_eq!(claims(body["id_token"].as_str().expect("one"))["auth_time"].as_i64(), Some(second(7220)));
}

#[tokio::test]
async fn a_wrong_code_says_so_and_can_be_tried_again() {
    let mut browser = tenant().await;
    let page = password(&mut browser, &authorize(&[])).await;
    let present = code_at(second(0));
    let others = ["000000", "", "12345", "ada-password", &code_at(second(60)), &code_at(second(-60)), SECRET];
    for wrong in others {
        assert_ne!(wrong, present);
        let answer = enter(&mut browser, &page, wrong).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
        assert!(answer.body.contains("not the present code") && answer.body.contains(r#"aria-invalid="true""#));
        assert!(!has_session(&browser), "{wrong}");
    }
    assert_eq!(browser.logs("gd_auth_failed").await.len(), others.len());
    let spaced = format!("{} {}", &present[..3], &present[3..]);
    assert!(enter(&mut browser, &page, &spaced).await.parameters().contains_key("code"));
}

#[tokio::test]
async fn a_code_is_good_once() {
    let mut browser = tenant().await;
    let page = password(&mut browser, &authorize(&[])).await;
    // The app's clock is ahead: its code, and each before it, is spent.
    assert_eq!(enter(&mut browser, &page, &code_at(second(30))).await.status, StatusCode::SEE_OTHER);
    let used = enter(&mut browser, &page, &code_at(second(60))).await;
    assert!(used.status == StatusCode::BAD_REQUEST, "the page is used: {used:?}");
    let mut thief = browser.clone();
    thief.cookies.clear();
    let page = password(&mut thief, &authorize(&[])).await;
    for after in [0, 30] {
        assert_eq!(enter(&mut thief, &page, &code_at(second(after))).await.status, StatusCode::BAD_REQUEST, "{after}");
    }
    thief.advance(30);
    let answer = enter(&mut thief, &page, &code_at(second(60))).await;
    assert!(answer.parameters().contains_key("code"), "the next one is good, on the same page");
}

#[tokio::test]
async fn of_many_uses_at_once_one_signs_in() {
    let mut browser = tenant().await;
    let page = password(&mut browser, &authorize(&[])).await;
    // Two codes are good now, and the page is good for one of them.
    let codes = [code_at(second(0)), code_at(second(30))];
    let uses = (0..6).map(|number| {
        let (mut browser, page, code) = (browser.clone(), &page, &codes[number % 2]);
        async move { enter(&mut browser, page, code).await.status }
    });
    let mut statuses = futures_util::future::join_all(uses).await;
    statuses.sort();
    assert_eq!(statuses[0], StatusCode::SEE_OTHER);
    assert!(statuses[1..].iter().all(|status| *status == StatusCode::BAD_REQUEST), "{statuses:?}");
}

/// Six digits are soon tried, so wrong codes are counted as wrong passwords are.
#[tokio::test]
async fn ten_wrong_codes_close_the_account_for_a_while() {
    let mut browser = tenant().await;
    let page = password(&mut browser, &authorize(&[])).await;
    for _ in 0..10 {
        assert_eq!(enter(&mut browser, &page, "000000").await.status, StatusCode::BAD_REQUEST);
    }
    let right = enter(&mut browser, &page, &code_at(second(0))).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS, "even the right one");
    assert_eq!(right.header("retry-after"), "900");
    assert_eq!(browser.logs("gd_otp_rate_limit_exceed").await.len(), 1);
    let mut elsewhere = browser.clone();
    elsewhere.cookies.clear();
    let other = password(&mut elsewhere, &authorize(&[])).await;
    assert_eq!(enter(&mut elsewhere, &other, &code_at(second(0))).await.status, StatusCode::TOO_MANY_REQUESTS);
    browser.advance(15 * 60);
    assert!(enter(&mut browser, &page, &code_at(second(15 * 60))).await.parameters().contains_key("code"));
}

#[tokio::test]
async fn the_page_belongs_to_the_browser_of_the_password() {
    let mut browser = tenant().await;
    let page = password(&mut browser, &authorize(&[])).await;
    let (state, csrf) = (page.field("state"), page.field("csrf"));
    let mut other = browser.clone();
    other.cookies.clear();
    assert_eq!(other.get(&format!("{PAGE}?state={state}")).await.status, StatusCode::FORBIDDEN, "without a cookie");
    other.log_in_at(&authorize(&[]), "grace@example.com", "grace-password").await;
    let shown = other.get(&format!("{PAGE}?state={state}")).await;
    assert!(shown.status == StatusCode::FORBIDDEN && !shown.body.contains("ada@"), "{shown:?}");
    let code = code_at(second(0));
    let own = {
        let begun = other.get(&authorize(&[("prompt", Some("login"))])).await;
        other.get(begun.header("location")).await.field("csrf")
    };
    for stamp in [csrf.as_str(), &own, ""] {
        let fields = [("state", state.as_str()), ("csrf", stamp), ("code", &code)];
        assert_eq!(other.post_form(PAGE, &fields).await.status, StatusCode::FORBIDDEN, "{stamp}");
    }
    assert!(enter(&mut browser, &page, &code).await.parameters().contains_key("code"), "nothing was spent");
}

/// Other pages come after: the chain is the same, whatever the user has to do first.
#[tokio::test]
async fn consent_comes_after_the_code() {
    let mut browser = tenant().await;
    let page = password(&mut browser, &authorize(&[("client_id", Some("third-party-app"))])).await;
    let answer = enter(&mut browser, &page, &code_at(second(0))).await;
    assert!(browser.accept(&answer).await.parameters().contains_key("code"));
}

/// A session from before the user had a second factor is good for nothing until the code is given.
#[tokio::test]
async fn a_session_without_the_factor_is_asked_for_it() {
    let disk = OnDisk::new();
    let mut browser = Harness::with(|settings| settings.data = disk.data()).await;
    browser.sign_in().await;
    let enrol = "UPDATE users SET body = json_set(body, '$.mfa', json('{\"totp_secret\":\"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\"}'))
                 WHERE email = 'ada@example.com'";
    disk.change(enrol).await;

    browser.advance(100);
    let parameters = browser.silent(&[]).await.parameters();
    let told = ["error", "error_description"].map(|name| parameters[name].as_str());
    assert_eq!(told, ["login_required", "Multifactor authentication required"]);
    assert_eq!(browser.decision().await["cause"], "second_factor_missing");
    let answer = browser.get(&authorize(&[("max_age", Some("1000"))])).await;
    assert_eq!(browser.decision().await["outcome"], "mfa_page");
    let page = browser.get(answer.header("location")).await;
    let mut grace = browser.clone();
    grace.cookies.retain(|(_, name), _| name != "__Host-tenant-session");
    grace.log_in_at(&authorize(&[]), "grace@example.com", "grace-password").await;
    assert_eq!(enter(&mut grace, &page, &code_at(second(100))).await.status, StatusCode::FORBIDDEN);
    let answer = enter(&mut browser, &page, &code_at(second(100))).await;
    let body = browser.exchange(&answer.parameters()["code"]).await.json();
    let auth_time = &claims(body["id_token"].as_str().expect("an ID token"))["auth_time"];
    assert_eq!(auth_time.as_i64(), Some(second(0)), "the sign-in was when the password was given");
    assert!(browser.silent(&[]).await.parameters().contains_key("code"));
}

/// An API may want the factor of everybody; without one, silent or not, there are no tokens for it.
#[tokio::test]
async fn an_api_can_want_a_second_factor() {
    let reports = "    identifier: https://reports.example.com\n";
    let yaml = include_str!("../../tenant.yaml").replace(reports, &format!("{reports}    require_mfa: true\n"));
    let yaml = yaml.replace(ADA, &format!("{ADA}, mfa: {{ totp_secret: {SECRET} }}"));
    let mut browser = Harness::with_file(&yaml).await;
    let of_reports = [("audience", Some("https://reports.example.com")), ("scope", Some("openid read:reports"))];
    browser.log_in_at(&authorize(&[]), "grace@example.com", "grace-password").await;
    let code = browser.silent(&[]).await.parameters().remove("code").expect("a code: another API");
    let for_notes = browser.exchange(&code).await.json()["access_token"].as_str().expect("a token").to_owned();
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("client_id", "notes-api"),
        ("client_secret", "notes-api-secret"),
        ("subject_token", &for_notes),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("audience", "https://reports.example.com"),
    ];
    assert_eq!(browser.token(&form).await.error(), "mfa_required", "nor by the token of another API");
    let parameters = browser.silent(&of_reports).await.parameters();
    let told = ["error", "error_description"].map(|name| parameters[name].as_str());
    assert_eq!(told, ["interaction_required", "Multifactor authentication required"]);
    assert_eq!(browser.decision().await["cause"], "no_second_factor");
    assert_eq!(browser.get(&authorize(&of_reports)).await.parameters()["error"], "access_denied");
    let page = password(&mut browser, &authorize(&[&of_reports[..], &[("prompt", Some("login"))]].concat())).await;
    assert!(enter(&mut browser, &page, &code_at(second(0))).await.parameters().contains_key("code"));
    assert!(browser.silent(&of_reports).await.parameters().contains_key("code"));
    let form = [
        ("grant_type", "password"),
        ("client_id", "trusted-app"),
        ("client_secret", "trusted-app-secret"),
        ("username", "grace@example.com"),
        ("password", "grace-password"),
        ("audience", "https://reports.example.com"),
    ];
    assert_eq!(browser.token(&form).await.error(), "mfa_required");
}

/// Grants that take the password alone would be a way around.
#[tokio::test]
async fn a_password_alone_buys_no_tokens() {
    let mut browser = tenant().await;
    for (grant, realm) in
        [("password", ""), ("http://auth0.com/oauth/grant-type/password-realm", "Username-Password-Authentication")]
    {
        for (username, password, error) in [
            ("ada@example.com", "ada-password", "mfa_required"),
            ("ada@example.com", "wrong", "invalid_grant"),
            ("grace@example.com", "grace-password", ""),
        ] {
            let form = [
                ("grant_type", grant),
                ("client_id", "trusted-app"),
                ("client_secret", "trusted-app-secret"),
                ("username", username),
                ("password", password),
                ("realm", realm),
                ("audience", NOTES),
            ];
            let answer = browser.token(&form).await;
            assert_eq!(answer.error(), error, "{grant} {username} {password}: {answer:?}");
            if error == "mfa_required" {
                assert_eq!(answer.status, StatusCode::FORBIDDEN);
                assert_eq!(answer.json()["error_description"], "Multifactor authentication required");
            }
        }
    }
}

#[tokio::test]
async fn the_secret_is_checked_at_the_start_and_shown_nowhere() {
    for (secret, expected) in
        [("JBSWY3DPEHPK3PXP", "128 bits"), ("not-base32!", "Base32"), ("12345", "as text"), ("''", "128 bits")]
    {
        let yaml = format!("users: [{{ email: a@example.com, password: x, mfa: {{ totp_secret: {secret} }} }}]");
        let error = tenant::TenantFile::parse(&yaml, None).expect_err("unusable").to_string();
        assert!(error.contains(expected) && !error.contains("JBSWY3DPEHPK3PXP"), "{error}");
    }
    let mut browser = tenant().await;
    let url = format!("{TENANT}/dashboard/login");
    let csrf = browser.get(&url).await.field("csrf");
    browser.post_form(&url, &[("csrf", &csrf), ("password", "admin-password")]).await;
    let page = browser.get(&format!("{TENANT}/dashboard/users/auth0%7Cada")).await;
    assert!(page.body.contains("one-time code") && !page.body.contains(SECRET), "{}", page.body);
}
