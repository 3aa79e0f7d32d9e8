//! Several tabs of one app: one request for all of them, and one end.

use std::time::Duration;

use e2e::{Mode, PATIENCE, Pair, Scene, until};

claims!(chromium in ChromiumAllowing at SameHost:
    two_tabs_make_one_request, a_sign_out_reaches_the_other_tab, a_sign_out_at_the_tenant_is_found_by_the_next_renewal);
claims!(firefox in FirefoxDefault at SameHost:
    two_tabs_make_one_request, a_sign_out_reaches_the_other_tab, a_sign_out_at_the_tenant_is_found_by_the_next_renewal);

/// Both have the same token, so both are due at the same time; nobody presses anything.
async fn two_tabs_make_one_request(mode: Mode, pair: Pair) {
    let scene = Scene::signed_in(mode, pair).await;
    let (browser, page) = (&scene.browser, scene.page());
    let first = browser.tab().await;
    let second = browser.open_tab(&scene.app("/")).await;
    let in_second = page.is("signed-in").await;
    browser.switch_to(&first).await;
    let in_first = page.is("signed-in").await;
    let requests = scene.tenant.silent_requests().await;

    let minute = Duration::from_secs(60);
    let first_after = page.is_renewed_within(minute, in_first).await;
    browser.switch_to(&second).await;
    let second_after = page.is_renewed_within(minute, in_second).await;
    assert_eq!((first_after - in_first, second_after - in_second), (1, 1));
    assert_eq!(scene.tenant.silent_requests().await, requests + 1, "one asked for both");
    let shared = page.records("tokens.shared").await;
    browser.switch_to(&first).await;
    assert!(shared + page.records("tokens.shared").await >= 1, "the other one was told");
}

async fn a_sign_out_reaches_the_other_tab(mode: Mode, pair: Pair) {
    let scene = Scene::signed_in(mode, pair).await;
    let (browser, page) = (&scene.browser, scene.page());
    let first = browser.tab().await;
    let second = browser.open_tab(&scene.app("/")).await;
    page.is("signed-in").await;
    page.mark().await;

    browser.switch_to(&first).await;
    browser.click("Sign out").await;
    page.is("signed-out").await;
    assert_eq!(browser.address().await, scene.app("/"), "back from the tenant");
    assert_eq!(scene.tenant.logs("slo").await.len(), 1, "the tenant's session has ended too");

    browser.switch_to(&second).await;
    page.is("signed-out").await;
    assert!(page.is_marked().await, "without a reload");
}

async fn a_sign_out_at_the_tenant_is_found_by_the_next_renewal(mode: Mode, pair: Pair) {
    let scene = Scene::signed_in(mode, pair).await;
    let (browser, page) = (&scene.browser, scene.page());
    let app = browser.tab().await;
    browser.click("Sign out at the tenant only").await;
    let ended = || scene.tenant.logs("slo");
    until(PATIENCE, "the end of the tenant's session", ended, |logs| logs.len() == 1).await;
    assert_eq!(browser.driver().windows().await.expect("tabs").len(), 2, "it happened in another tab");

    browser.switch_to(&app).await;
    assert_eq!(page.state().await.phase, "signed-in", "nobody told this page");
    browser.click("Renew now").await;
    page.is("signed-out").await;
    page.explains("login_required").await;
    assert_eq!(page.records("session.ended").await, 1);
}
