//! The login page, sessions and `/v2/logout`.

use axum::http::{Method, StatusCode};

use crate::common::on_disk::OnDisk;
use crate::common::{Harness, TENANT, authorize};

const LOGIN: &str = "http://localhost:4000/u/login";

/// Opens the login page; its address, `state` and `csrf`.
async fn open(browser: &mut Harness, changes: &[(&str, Option<&str>)]) -> (String, String, String) {
    let url = browser.get(&authorize(changes)).await.header("location").to_owned();
    let page = browser.get(&url).await;
    (url, page.field("state"), page.field("csrf"))
}

#[tokio::test]
async fn the_login_page_stands_alone() {
    let mut browser = Harness::new().await;
    let (url, _, _) = open(&mut browser, &[("login_hint", Some("ada@example.com"))]).await;
    let page = browser.get(&url).await;
    assert!(page.body.contains(r#"value="ada@example.com""#), "the hint is filled in");
    let policy = page.header("content-security-policy");
    for part in
        ["default-src 'none'", "form-action 'self' http://localhost:3000;", "frame-ancestors 'none'", "base-uri 'none'"]
    {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"));
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    for elsewhere in ["http://", "https://", "//", "<script", "<link", "<img"] {
        assert!(!page.body.contains(elsewhere), "{elsewhere}");
    }
}

#[tokio::test]
async fn the_session_cookie_is_of_the_kind_that_frames_can_send() {
    let mut browser = Harness::new().await;
    let answer = browser.log_in_at(&authorize(&[]), "ada@example.com", "ada-password").await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-tenant-session="), "{cookie}");
    for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=None", "; Max-Age=604800"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Domain="));
}

#[tokio::test]
async fn a_wrong_password_says_so_and_keeps_the_name() {
    let mut browser = Harness::new().await;
    for (email, password, log) in
        [("ada@example.com", "not-her-password", "fp"), ("nobody@example.com", "ada-password", "fu")]
    {
        let (_, state, csrf) = open(&mut browser, &[]).await;
        let fields = [("state", state.as_str()), ("csrf", &csrf), ("username", email), ("password", password)];
        let page = browser.post_form(LOGIN, &fields).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.body.contains("Wrong email or password."));
        assert!(page.body.contains(&format!("value=\"{email}\"")) && !page.body.contains(password));
        assert!(page.headers.get("set-cookie").is_none());
        assert_eq!(browser.logs(log).await.len(), 1, "{log}");
        // The same page can be tried again.
        let fields = [
            ("state", state.as_str()),
            ("csrf", &csrf),
            ("username", " ADA@example.com "),
            ("password", "ada-password"),
        ];
        assert!(browser.post_form(LOGIN, &fields).await.parameters().contains_key("code"));
        browser.cookies.retain(|(_, name), _| name != "__Host-tenant-session");
    }
}

#[tokio::test]
async fn markup_in_the_name_is_text() {
    let mut browser = Harness::new().await;
    let (_, state, csrf) = open(&mut browser, &[]).await;
    let markup = "\"><script>alert(1)</script>";
    let page =
        browser.post_form(LOGIN, &[("state", &state), ("csrf", &csrf), ("username", markup), ("password", "x")]).await;
    assert!(!page.body.contains("<script"), "{}", page.body);
}

#[tokio::test]
async fn a_blocked_user_does_not_get_in() {
    let mut browser = Harness::new().await;
    let page = browser.log_in_at(&authorize(&[]), "blocked@example.com", "blocked-password").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("This account is blocked."));
    let wrong = browser.log_in_at(&authorize(&[]), "blocked@example.com", "wrong").await;
    assert!(wrong.body.contains("Wrong email or password."), "without the password nobody learns that");
}

/// A form that another site fills in has no stamp of this browser.
#[tokio::test]
async fn a_form_from_elsewhere_is_refused() {
    let mut browser = Harness::new().await;
    let (_, state, csrf) = open(&mut browser, &[]).await;
    let right = [("username", "ada@example.com"), ("password", "ada-password"), ("state", state.as_str())];
    for stamp in ["", "x", &csrf[1..]] {
        let fields = [right.as_slice(), &[("csrf", stamp)]].concat();
        let answer = browser.post_form(LOGIN, &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{stamp}");
        assert!(answer.headers.get("set-cookie").is_none());
    }
    let mut other = browser.clone();
    let fields = [right.as_slice(), &[("csrf", csrf.as_str())]].concat();
    other.cookies.clear();
    assert_eq!(other.post_form(LOGIN, &fields).await.status, StatusCode::FORBIDDEN, "a browser without the cookie");
    let (_, _, foreign) = open(&mut other, &[]).await;
    let fields = [right.as_slice(), &[("csrf", foreign.as_str())]].concat();
    assert_eq!(browser.post_form(LOGIN, &fields).await.status, StatusCode::FORBIDDEN, "another login's stamp");
}

/// A page that was shown to no browser in particular could be filled in by anybody for everybody.
#[tokio::test]
async fn a_form_without_any_cookie_is_refused() {
    let mut browser = Harness::new().await;
    let (url, _, _) = open(&mut browser, &[]).await;
    browser.cookies.clear();
    let page = browser.get(&url).await;
    let (state, csrf) = (page.field("state"), page.field("csrf"));
    let fields =
        [("state", state.as_str()), ("csrf", &csrf), ("username", "ada@example.com"), ("password", "ada-password")];
    assert_eq!(browser.post_form(LOGIN, &fields).await.status, StatusCode::FORBIDDEN);
}

/// Blocked while signed in: neither a new code, nor an old one, nor an access token is good any more.
#[tokio::test]
async fn blocking_a_user_takes_effect_at_once() {
    let disk = OnDisk::new();
    let mut browser = Harness::with(|settings| settings.data = disk.data()).await;
    let code = browser.sign_in().await;
    let tokens = browser.exchange(&code).await.json();
    let unused = browser.silent(&[]).await.parameters().remove("code").expect("a code");
    let block = "UPDATE users SET body = json_set(body, '$.blocked', json('true')) WHERE email = 'ada@example.com'";
    assert_eq!(disk.change(block).await, 1);

    let parameters = browser.silent(&[]).await.parameters();
    assert_eq!(
        (parameters["error"].as_str(), parameters["error_description"].as_str()),
        ("access_denied", "user is blocked")
    );
    assert_eq!(browser.decision().await["cause"], "user_blocked");
    assert_eq!(browser.exchange(&unused).await.error(), "invalid_grant");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().expect("an access token"));
    let userinfo = browser.get_with(&format!("{TENANT}/userinfo"), &[("authorization", &bearer)]).await;
    assert_eq!(userinfo.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_login_page_is_good_once_and_for_an_hour() {
    let mut browser = Harness::new().await;
    let (url, state, csrf) = open(&mut browser, &[]).await;
    let fields =
        [("state", state.as_str()), ("csrf", &csrf), ("username", "ada@example.com"), ("password", "ada-password")];
    assert_eq!(browser.post_form(LOGIN, &fields).await.status, StatusCode::SEE_OTHER);
    let again = browser.post_form(LOGIN, &fields).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert!(again.body.contains("login_expired"));
    assert_eq!(browser.get(&url).await.status, StatusCode::BAD_REQUEST);

    let (url, _, _) = open(&mut browser, &[("prompt", Some("login"))]).await;
    let elsewhere = url.replace("localhost:4000", "tenant.localhost:4000");
    assert_eq!(browser.get(&elsewhere).await.status, StatusCode::BAD_REQUEST, "another issuer");
    browser.advance(3599);
    assert_eq!(browser.get(&url).await.status, StatusCode::OK);
    browser.advance(1);
    assert_eq!(browser.get(&url).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(browser.get(LOGIN).await.status, StatusCode::BAD_REQUEST, "without any state");
}

#[tokio::test]
async fn a_planted_session_id_is_not_signed_in() {
    let mut browser = Harness::new().await;
    let key = ("localhost".to_owned(), "__Host-tenant-session".to_owned());
    browser.cookies.insert(key.clone(), "planted".into());
    browser.sign_in().await;
    assert_ne!(browser.cookies[&key], "planted");
    let real = browser.cookies.insert(key.clone(), "planted".into()).expect("a cookie");
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required");

    browser.cookies.insert(key.clone(), real.clone());
    let again =
        browser.log_in_at(&authorize(&[("prompt", Some("login"))]), "grace@example.com", "grace-password").await;
    assert!(again.parameters().contains_key("code"));
    browser.cookies.insert(key, real);
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required", "the session before is over");
}

#[tokio::test]
async fn ten_failures_close_an_account_to_one_address_for_a_while() {
    let mut browser = Harness::new().await;
    for _ in 0..10 {
        let page = browser.log_in_at(&authorize(&[]), "ada@example.com", "wrong").await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
    }
    let page = browser.log_in_at(&authorize(&[]), "ada@example.com", "ada-password").await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "even the right one");
    let other = browser.log_in_at(&authorize(&[]), "grace@example.com", "grace-password").await;
    assert_eq!(other.status, StatusCode::SEE_OTHER, "another account is open");
    browser.cookies.clear();
    browser.advance(15 * 60);
    let page = browser.log_in_at(&authorize(&[]), "ada@example.com", "ada-password").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_leads_back() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let answer =
        browser.get(&format!("{TENANT}/v2/logout?client_id=demo-spa&returnTo=http://localhost:3000/?x=1")).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::FOUND, "http://localhost:3000/?x=1"));
    assert!(browser.cookies.keys().all(|(_, name)| name != "__Host-tenant-session"));
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required");
    assert_eq!(browser.logs("slo").await[0]["user_id"], "auth0|ada");
    let again = browser.get(&format!("{TENANT}/v2/logout?client_id=demo-spa")).await;
    assert_eq!(again.header("location"), "http://localhost:3000/", "the first registered address");
    let plain = browser.get(&format!("{TENANT}/v2/logout")).await;
    assert_eq!(plain.status, StatusCode::OK);
    assert!(plain.body.contains("Signed out"));
}

/// What auth0.js up to version 7 calls.
#[tokio::test]
async fn the_old_address_of_logout_does_the_same() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let elsewhere = browser.get(&format!("{TENANT}/logout?client_id=demo-spa&returnTo=https://evil.test/")).await;
    assert_eq!(elsewhere.status, StatusCode::BAD_REQUEST);
    assert!(browser.silent(&[]).await.parameters().contains_key("code"), "nobody was signed out");
    let answer = browser.get(&format!("{TENANT}/logout?client_id=demo-spa&returnTo=http://localhost:3000/")).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::FOUND, "http://localhost:3000/"));
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required");
}

/// The cookie alone is not what ends: a copy of it is dead as well.
#[tokio::test]
async fn a_copied_cookie_is_dead_after_signing_out() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let copy = browser.cookies.clone();
    browser.get(&format!("{TENANT}/v2/logout")).await;
    browser.cookies = copy;
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required");
    assert_eq!(browser.decision().await["cause"], "session_unknown");
}

#[tokio::test]
async fn signing_out_leads_nowhere_else_and_then_ends_nothing() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    for query in [
        "client_id=demo-spa&returnTo=https://evil.test/",
        "client_id=demo-spa&returnTo=http://localhost:3000@evil.test/",
        "client_id=demo-spa&returnTo=//evil.test",
        "client_id=demo-spa&returnTo=javascript:alert(1)",
        "client_id=demo-spa&returnTo=http://localhost:3000/other",
        "returnTo=http://localhost:3000/",
        "client_id=nobody&returnTo=http://localhost:3000/",
    ] {
        let answer = browser.get(&format!("{TENANT}/v2/logout?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        answer.assert_stays();
    }
    assert_eq!(browser.logs("flo").await.len(), 7);
    assert!(browser.silent(&[]).await.parameters().contains_key("code"), "the session lives");
}

#[tokio::test]
async fn an_image_on_another_site_signs_nobody_out() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let url = format!("{TENANT}/v2/logout?client_id=demo-spa");
    for dest in ["image", "iframe", "empty"] {
        let headers = [("sec-fetch-site", "cross-site"), ("sec-fetch-dest", dest)];
        assert_eq!(browser.get_with(&url, &headers).await.status, StatusCode::BAD_REQUEST, "{dest}");
    }
    assert!(browser.silent(&[]).await.parameters().contains_key("code"));
    let headers = [("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "document")];
    assert_eq!(browser.get_with(&url, &headers).await.status, StatusCode::FOUND, "a navigation does");
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required");
}

#[tokio::test]
async fn a_login_form_in_json_is_refused_with_a_page() {
    let mut browser = Harness::new().await;
    let answer = browser.browse(Method::POST, LOGIN, &[("content-type", "application/json")], "{}").await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(answer.header("x-frame-options"), "DENY");
}
