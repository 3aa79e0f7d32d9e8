//! A browser that keeps the tenant's cookie from the frame: said at once, explained, and with a way on.

use e2e::{Mode, PATIENCE, Pair, Scene, Variant, until};

claims!(chromium in ChromiumBlocking at CrossSite:
    a_blocked_cookie_is_named_within_two_seconds_and_the_token_stays, a_new_page_knows_that_the_cookie_is_blocked);
claims!(firefox in FirefoxBlocking at CrossSite: a_blocked_cookie_is_named_within_two_seconds_and_the_token_stays);

const BLOCKED: &str = "third_party_cookies_blocked";

/// And the way on works: one click signs in again, without typing.
async fn a_blocked_cookie_is_named_within_two_seconds_and_the_token_stays(mode: Mode, pair: Pair) {
    let built = Variant::watched();
    let scene = Scene::with(mode, pair, &built).await;
    let (browser, page) = (&scene.browser, scene.open("/").await);
    page.is("signed-out").await;
    page.sign_in("ada@example.com", "ada-password").await;
    page.explains(BLOCKED).await;
    assert_eq!(page.state().await.generation, 1, "the token of the sign-in is in use");
    let named = page.named_at(BLOCKED).await;
    assert!(named < 2000.0, "counted from the way back, the page's loading included: {named}");
    browser.reads("Ada Lovelace").await;

    let comparison = scene.tenant.app(Pair::CustomDomain);
    browser.element(&format!(".notice a[href='{comparison}/']")).await;

    page.mark().await;
    browser.click("Sign in").await;
    let left = || async { browser.try_run("return window.mark ?? 'gone'").await.unwrap_or_default() };
    until(PATIENCE, "leaving for the tenant", left, |mark| mark == "gone").await;
    browser.arrives_at(&scene.app("/")).await;
    page.explains(BLOCKED).await;
    assert_eq!(page.state().await.generation, 1, "signed in again");
    let decisions = scene.tenant.decisions("/authorize").await;
    let latest = decisions.iter().find(|decision| decision["request"]["sec_fetch_dest"] == "document");
    let latest = latest.expect("a full page asked");
    assert_eq!((&latest["outcome"], &latest["request"]["session_cookie"]), (&"code".into(), &"present".into()));
    assert_eq!(scene.tenant.logs("s").await.len(), 1, "the password was typed once");
}

async fn a_new_page_knows_that_the_cookie_is_blocked(mode: Mode, pair: Pair) {
    let scene = Scene::start(mode, pair).await;
    let page = scene.open("/").await;
    page.is("signed-out").await;
    page.explains(BLOCKED).await;
    // At the address that shares its site with the tenant, the same browser has nothing to explain.
    scene.browser.open(&format!("{}/", scene.tenant.app(Pair::CustomDomain))).await;
    page.is("signed-out").await;
    assert_eq!(page.state().await.error, None);
}
