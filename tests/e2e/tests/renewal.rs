//! Signing in once and never being interrupted again, at every pair of addresses where the browser lets cookies flow.

use std::time::Duration;

use e2e::{Mode, Pair, Scene};

claims!(chromium_same_host in ChromiumAllowing at SameHost: a_sign_in_is_followed_by_silent_renewals, a_renewal_comes_by_itself);
claims!(chromium_custom_domain in ChromiumBlocking at CustomDomain: a_sign_in_is_followed_by_silent_renewals);
claims!(chromium_cross_site in ChromiumAllowing at CrossSite: a_sign_in_is_followed_by_silent_renewals);
claims!(firefox_same_host in FirefoxDefault at SameHost: a_sign_in_is_followed_by_silent_renewals);
claims!(firefox_custom_domain in FirefoxBlocking at CustomDomain: a_sign_in_is_followed_by_silent_renewals, a_renewal_comes_by_itself);
claims!(firefox_cross_site in FirefoxDefault at CrossSite: a_sign_in_is_followed_by_silent_renewals);

/// Also: a reload restores the session, and no renewal navigates.
async fn a_sign_in_is_followed_by_silent_renewals(mode: Mode, pair: Pair) {
    let scene = Scene::signed_in(mode, pair).await;
    let page = scene.page();
    page.mark().await;
    let entries = scene.browser.run("return history.length").await;
    for _ in 0..3 {
        page.renew().await;
    }
    assert!(page.is_marked().await, "a renewal is no navigation");
    assert_eq!(scene.browser.run("return history.length").await, entries, "and leaves nothing in the history");
    assert_eq!(scene.browser.address().await, scene.app("/"));

    scene.browser.driver().refresh().await.expect("reloaded");
    page.is("signed-in").await;
    assert!(!page.is_marked().await, "a reload is a new page");
    scene.browser.reads("Ada Lovelace").await;
}

async fn a_renewal_comes_by_itself(mode: Mode, pair: Pair) {
    let scene = Scene::signed_in(mode, pair).await;
    let page = scene.page();
    let before = page.state().await.generation;
    page.mark().await;
    page.is_renewed_within(Duration::from_secs(60), before).await;
    assert!(page.is_marked().await, "nobody notices");
}
