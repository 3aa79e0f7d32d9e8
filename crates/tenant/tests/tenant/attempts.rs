//! Guesses at passwords run out; no stranger shuts anybody out of an account; and nobody learns which accounts there are.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use tenant::PasswordProfile;

use crate::common::admin;
use crate::common::{Answer, Harness, authorize};

/// Signs in by password grant from a network address of its own choice, without a browser.
async fn from(browser: &Harness, address: &str, account: &str, password: &str) -> Answer {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("grant_type", "password"), ("client_id", "trusted-app"), ("scope", "openid")])
        .extend_pairs([("client_secret", "trusted-app-secret"), ("username", account), ("password", password)])
        .finish();
    let request = Request::post("/oauth/token").header("host", "localhost:4000");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let mut request = request.body(Body::from(form)).expect("a request");
    let address: SocketAddr = address.parse().expect("an address with a port");
    request.extensions_mut().insert(ConnectInfo(address));
    browser.send(request).await
}

/// Makes so many wrong guesses, each of which is answered as one.
async fn guess(browser: &Harness, address: &str, account: impl Fn(usize) -> String, times: usize) {
    for made in 0..times {
        let answer = from(browser, address, &account(made), "a guess").await;
        assert_eq!(answer.error(), "invalid_grant", "guess {made}: {answer:?}");
    }
}

fn assert_closed(answer: &Answer, words: &str, seconds: &str) {
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{answer:?}");
    assert_eq!(answer.header("retry-after"), seconds);
    assert!(answer.body.contains(words), "{answer:?}");
}

#[tokio::test]
async fn a_network_that_guesses_closes_an_account_to_itself_alone() {
    let mut browser = Harness::new().await;
    guess(&browser, "192.0.2.1:1", |_| "ada@example.com".into(), 10).await;
    browser.advance(60);
    let answer = from(&browser, "192.0.2.1:2", "ada@example.com", "ada-password").await;
    assert_closed(&answer, "for this account. Wait 15 minutes", "840");
    assert_eq!(browser.logs("limit_wc").await.len(), 1);
    assert_eq!(from(&browser, "192.0.2.2:1", "ada@example.com", "ada-password").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_network_that_tries_many_accounts_is_stopped_at_a_hundred() {
    let mut browser = Harness::new().await;
    guess(&browser, "[2001:db8::1]:1", |made| format!("user-{made}@example.com"), 100).await;
    let answer = from(&browser, "[2001:db8::2]:1", "ada@example.com", "ada-password").await;
    assert_closed(&answer, "from this network. Wait an hour", "3600");
    assert_eq!(browser.logs("limit_mu").await.len(), 1);
    assert_eq!(from(&browser, "[2001:db8:0:1::]:1", "ada@example.com", "ada-password").await.status, StatusCode::OK);
    browser.advance(3600);
    assert_eq!(from(&browser, "[2001:db8::1]:1", "ada@example.com", "ada-password").await.status, StatusCode::OK);
}

/// The cookie of a browser in which this user signed in.
async fn device_of(browser: &mut Harness, email: &str, password: &str) -> ((String, String), String) {
    browser.cookies.clear();
    let answer = browser.log_in_at(&authorize(&[]), email, password).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    let mut cookies = browser.cookies.drain();
    cookies.find(|((_, name), _)| name == "__Host-tenant-device").expect("the browser is remembered")
}

/// Whoever guesses from everywhere closes the account to new browsers for a while, and never to its owner's own.
#[tokio::test]
async fn a_browser_that_signed_in_before_keeps_its_way_in() {
    let mut browser = Harness::new().await;
    let graces = device_of(&mut browser, "grace@example.com", "grace-password").await;
    let (key, own) = device_of(&mut browser, "ada@example.com", "ada-password").await;
    for network in 0..10 {
        guess(&browser, &format!("192.0.2.{network}:1"), |_| "ada@example.com".into(), 10).await;
    }
    let made_up = format!("{}.{}", &own[..22], "A".repeat(43));
    for stranger in [None, Some(made_up), Some(graces.1), Some(String::new()), Some("x.".repeat(2000))] {
        browser.cookies.clear();
        browser.cookies.extend(stranger.map(|value| (key.clone(), value)));
        let answer = browser.log_in_at(&authorize(&[]), "ada@example.com", "ada-password").await;
        assert_closed(&answer, "from many places. Sign in with a browser that you have signed in with before", "3600");
    }
    browser.cookies.clear();
    browser.cookies.insert(key, own);
    for password in [&["wrong"; 9][..], &["ada-password"], &["wrong"; 10]].concat() {
        let answer = browser.log_in_at(&authorize(&[("prompt", Some("login"))]), "Ada@example.com", password).await;
        assert_ne!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{answer:?}");
    }
    let answer = browser.log_in_at(&authorize(&[("prompt", Some("login"))]), "ada@example.com", "ada-password").await;
    assert_closed(&answer, "for this account. Wait 15 minutes", "900");
}

/// One browser, several accounts: the dashboard's is one of them.
#[tokio::test]
async fn a_browser_is_remembered_for_five_accounts() {
    let users: String = (0..6).map(|n| format!("  - {{ email: u{n}@example.com, password: pass-{n} }}\n")).collect();
    let mut browser = Harness::with_replaced("users:\n", &format!("users:\n{users}")).await;
    let key = ("localhost".to_owned(), "__Host-tenant-device".to_owned());
    assert_eq!(admin::sign_in(&mut browser, "admin-password", "").await.status, StatusCode::SEE_OTHER);
    let mark = browser.cookies[&key].split_once('.').expect("mark and stamps").0.to_owned();
    for n in 0..6 {
        let url = authorize(&[("prompt", Some("login"))]);
        let answer = browser.log_in_at(&url, &format!("u{n}@example.com"), &format!("pass-{n}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        let parts: Vec<&str> = browser.cookies[&key].split('.').collect();
        assert_eq!((parts[0], parts.len()), (mark.as_str(), 1 + (n + 2).min(5)));
    }
}

#[tokio::test]
async fn the_dashboard_runs_out_of_guesses_too() {
    let mut browser = Harness::new().await;
    for _ in 0..10 {
        assert_eq!(admin::sign_in(&mut browser, "a guess", "").await.status, StatusCode::BAD_REQUEST);
    }
    let answer = admin::sign_in(&mut browser, "admin-password", "").await;
    assert_closed(&answer, "Wait 15 minutes", "900");
}

/// Two answers that must not be told apart, once what was typed is taken out of them.
#[tokio::test]
async fn an_unknown_account_and_a_wrong_password_are_answered_alike() {
    let mut browser = Harness::new().await;
    let mut pages = Vec::new();
    for email in ["ada@example.com", "nobody@example.com", "blocked@example.com"] {
        let page = browser.log_in_at(&authorize(&[]), email, "a guess").await;
        let varying = [page.field("state"), page.field("csrf"), email.to_owned()];
        let body = varying.iter().fold(page.body.clone(), |body, text| body.replace(text, ""));
        let names: Vec<String> = page.headers.keys().map(ToString::to_string).collect();
        pages.push((page.status, names, body));
    }
    assert_eq!(pages[0], pages[1]);
    assert_eq!(pages[0], pages[2], "that it is blocked is told to who knows the password");
    for account in ["ada@example.com", "nobody@example.com"] {
        guess(&browser, "192.0.2.1:1", |_| account.into(), 10).await;
        let answer = from(&browser, "192.0.2.1:1", account, "a guess").await;
        assert_closed(&answer, "for this account", "900");
    }
}

/// Not a bar in milliseconds: whoever is refused must have cost a real hash, not a thousandth of one.
#[tokio::test]
async fn an_unknown_account_and_a_wrong_password_cost_the_same_work() {
    let browser = Harness::with(|settings| settings.passwords = PasswordProfile::Standard).await;
    let mut fastest = [Duration::MAX; 3];
    for _ in 0..2 {
        for (account, fastest) in
            ["ada@example.com", "nobody@example.com", "blocked@example.com"].into_iter().zip(&mut fastest)
        {
            let began = Instant::now();
            guess(&browser, "192.0.2.1:1", |_| account.into(), 1).await;
            *fastest = began.elapsed().min(*fastest);
        }
    }
    let (least, most) = (fastest.iter().min().expect("three"), fastest.iter().max().expect("three"));
    assert!(*most < *least * 5, "{fastest:?}");
}
