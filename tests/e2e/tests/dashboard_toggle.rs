//! The dashboard's toggle *Disable Legacy Delegation (ID Tokens)*, and the app's next request.

use e2e::{Mode, PATIENCE, Page, Pair, Scene, dashboard, until};
use serde_json::{Value, json};

claims!(chromium in ChromiumAllowing at SameHost: the_app_sees_the_dashboards_toggle_at_once);
claims!(firefox in FirefoxDefault at SameHost: the_app_sees_the_dashboards_toggle_at_once);

/// Off, the tenant looks at the client, which has no such grant; on, it refuses whoever asks.
async fn the_app_sees_the_dashboards_toggle_at_once(mode: Mode, pair: Pair) {
    let scene = Scene::signed_in(mode, pair).await;
    let browser = &scene.browser;
    let app = browser.tab().await;
    browser.click("Delegation").await;
    // Before the mandatory date; after it the toggle is on for good.
    let switches = scene.tenant.turn_delegation(&json!({ "mandatory_date": "2100-01-01" })).await;
    assert_eq!(switches["id_tokens_allowed"], true, "{switches}");
    answers(&scene, "403", "unauthorized_client").await;

    let admin = browser.open_tab("about:blank").await;
    dashboard::sign_in(browser, &scene.tenant, dashboard::ADVANCED).await;
    for (disabled, status, error) in
        [(true, "404", "endpoint_disabled"), (false, "403", "unauthorized_client"), (true, "404", "endpoint_disabled")]
    {
        browser.switch_to(&admin).await;
        dashboard::toggle_delegation(browser, disabled).await;
        browser.switch_to(&app).await;
        answers(&scene, status, error).await;
    }
    assert_eq!(Page::of(browser).state().await.phase, "signed-in", "the session has nothing to do with it");
}

/// Sends the old request once, with the button, and waits for its answer on the page.
async fn answers(scene: &Scene, status: &str, error: &str) {
    let before = scene.tenant.decisions("/delegation").await.len();
    scene.browser.click("Send the old request").await;
    let script = "return document.querySelector('.answer')?.innerText ?? ''";
    let look = || async { scene.browser.try_run(script).await.unwrap_or_default() };
    let what = format!("the answer {status} {error}");
    let shown = |text: &Value| text.as_str().is_some_and(|text| text.contains(status) && text.contains(error));
    until(PATIENCE, &what, look, shown).await;
    let decisions = scene.tenant.decisions("/delegation").await;
    assert_eq!(decisions.len(), before + 1, "by one request");
    assert_eq!(decisions[0]["outcome"], error, "{}", decisions[0]);
}
