//! The old way beside the new one: refused for real, and replaced for real.

use e2e::{Mode, Pair, Scene};

claims!(chromium in ChromiumAllowing at SameHost: delegation_is_refused_and_leaves_its_log_entry);
claims!(firefox in FirefoxDefault at SameHost: delegation_is_refused_and_leaves_its_log_entry);

async fn delegation_is_refused_and_leaves_its_log_entry(mode: Mode, pair: Pair) {
    let scene = Scene::signed_in(mode, pair).await;
    let (browser, page) = (&scene.browser, scene.page());
    page.mark().await;
    browser.click("Delegation").await;
    assert_eq!(scene.tenant.logs("fd,sd,depnote").await.len(), 0, "nothing is sent before it is asked for");
    browser.click("Send the old request").await;
    browser.element(".log__entry[data-type=fd]").await;
    browser.element(".log__entry[data-type=depnote]").await;
    let answer = browser.element(".answer").await.text().await.expect("a text");
    assert!(answer.contains("404") && answer.contains("endpoint_disabled"), "{answer}");
    let logs = scene.tenant.logs("fd,sd,depnote").await;
    let mut types: Vec<&str> = logs.iter().filter_map(|entry| entry["type"].as_str()).collect();
    types.sort_unstable();
    assert_eq!(types, ["depnote", "fd"]);
    assert!(logs.iter().all(|entry| entry["client_id"] == "demo-spa"), "{logs:?}");

    let before = page.is("signed-in").await;
    browser.click("Renew silently").await;
    page.is_renewed(before).await;
    let compared = browser.element(".compare").await.text().await.expect("a text");
    assert!(compared.contains("404 endpoint_disabled") && compared.contains("a new access token"), "{compared}");
    assert!(page.is_marked().await, "neither is a navigation");
}
