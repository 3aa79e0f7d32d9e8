//! The tenant's pages between a request and its answer, as people use them: by keyboard, and with what they see.

use e2e::keyboard::tab_to;
use e2e::{Authenticator, Browser, Mode, Pair, RelyingParty};
use thirtyfour::Key;

claims!(chromium in ChromiumAllowing at SameHost: consent_is_asked_once_and_can_be_declined, a_one_time_code_is_asked_for,
    another_account_can_be_chosen, a_sign_out_is_confirmed);
claims!(firefox in FirefoxDefault at SameHost: consent_is_asked_once_and_can_be_declined, a_one_time_code_is_asked_for,
    another_account_can_be_chosen, a_sign_out_is_confirmed);

/// Types into the field that has the focus from the start, and sends the form.
async fn type_in(browser: &Browser, name: &str, text: &str) {
    browser.element(&format!("input[name={name}]:focus")).await;
    browser.press(text).await;
    browser.press(Key::Enter).await;
}

/// Signs in at the login page by keyboard.
async fn sign_in(browser: &Browser, name: &str) {
    browser.element("input[name=username]:focus").await;
    browser.press(format!("{name}@example.com")).await;
    browser.press(Key::Tab).await;
    type_in(browser, "password", &format!("{name}-password")).await;
}

/// Goes to a button by keyboard, and presses it.
async fn press(browser: &Browser, name: &str) {
    tab_to(browser, name).await;
    browser.press(Key::Enter).await;
}

async fn consent_is_asked_once_and_can_be_declined(mode: Mode, pair: Pair) {
    let app = RelyingParty::start(mode, pair, &[]).await;
    let browser = &app.browser;
    let request =
        |scope| [("client_id", "third-party-app"), ("audience", "https://notes.example.com"), ("scope", scope)];
    let (some, more) = (request("openid profile read:notes"), request("openid profile read:notes write:notes"));
    app.asks(&some).await;
    sign_in(browser, "ada").await;
    browser.reads("Third-party app asks for access").await;
    let page = browser.text().await;
    for asked in ["ada@example.com", "See your name, nickname and picture", "Read your notes", "somebody else"] {
        assert!(page.contains(asked), "{asked}: {page}");
    }
    assert!(!page.contains("Write your notes"), "{page}");
    press(browser, "Accept").await;
    assert!(app.answer().await.contains_key("code"));
    assert_eq!(app.silently(&some).await, "code", "once is enough");

    assert_eq!(app.silently(&more).await, "consent_required");
    app.asks(&more).await;
    browser.reads("Write your notes write:notes new").await;
    press(browser, "Decline").await;
    assert_eq!(app.answer().await.get("error").map(String::as_str), Some("access_denied"));
    assert_eq!(app.silently(&some).await, "code", "what was given before stays");
    assert_eq!(app.silently(&more).await, "consent_required");
}

async fn a_one_time_code_is_asked_for(mode: Mode, pair: Pair) {
    let authenticator = Authenticator::of_ada();
    let app = RelyingParty::start(mode, pair, &[authenticator.edit()]).await;
    let browser = &app.browser;
    app.asks(&[]).await;
    sign_in(browser, "ada").await;
    browser.reads("One-time code").await;
    type_in(browser, "code", &authenticator.old_code()).await;
    browser.element("[role=alert]").await;
    browser.reads("not the present code").await;
    let described = "return document.getElementById(document.activeElement.getAttribute('aria-describedby'))?.role";
    assert_eq!(browser.run(described).await, "alert", "whoever hears the page is told what was wrong");
    type_in(browser, "code", &authenticator.code()).await;
    assert!(app.answer().await.contains_key("code"));
    assert_eq!(app.silently(&[]).await, "code");
    // Grace has no second factor, and is asked for none.
    app.asks(&[("prompt", "login")]).await;
    sign_in(browser, "grace").await;
    assert!(app.answer().await.contains_key("code"));
}

async fn another_account_can_be_chosen(mode: Mode, pair: Pair) {
    let app = RelyingParty::start(mode, pair, &[]).await;
    let browser = &app.browser;
    app.asks(&[]).await;
    sign_in(browser, "ada").await;
    app.answer().await;
    let who = || async { app.tenant.logs("s,ssa").await[0]["user_id"].clone() };

    app.asks(&[("prompt", "select_account")]).await;
    press(browser, "Go on as Ada Lovelace ada@example.com").await;
    assert!(app.answer().await.contains_key("code"));
    assert_eq!(app.silently(&[]).await, "code");
    assert_eq!(who().await, "auth0|ada");

    app.asks(&[("prompt", "select_account")]).await;
    press(browser, "Use another account").await;
    sign_in(browser, "grace").await;
    assert!(app.answer().await.contains_key("code"));
    assert_eq!(app.silently(&[]).await, "code");
    assert_eq!(who().await, "auth0|grace");
}

async fn a_sign_out_is_confirmed(mode: Mode, pair: Pair) {
    let app = RelyingParty::start(mode, pair, &[]).await;
    let browser = &app.browser;
    app.asks(&[]).await;
    sign_in(browser, "ada").await;
    app.answer().await;
    let home = app.app("/");
    let logout = app.tenant("/oidc/logout", &[("client_id", "demo-spa"), ("post_logout_redirect_uri", &home)]);
    // Anybody's page can lead here, so the question is put, and leaving it changes nothing.
    browser.open(&logout).await;
    browser.reads("Demo SPA asks to sign you out of Silent Auth, where you are ada@example.com.").await;
    assert_eq!(app.silently(&[]).await, "code");
    browser.open(&logout).await;
    press(browser, "Sign out").await;
    browser.arrives_at(&home).await;
    assert_eq!(app.silently(&[]).await, "login_required");

    // With nowhere to go, a page says what happened.
    app.asks(&[]).await;
    sign_in(browser, "ada").await;
    app.answer().await;
    browser.open(&app.tenant("/oidc/logout", &[])).await;
    press(browser, "Sign out").await;
    browser.reads("Signed out").await;
    assert_eq!(app.silently(&[]).await, "login_required");
}
