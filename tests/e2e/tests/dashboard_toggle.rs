//! The dashboard's toggle *Disable Legacy Delegation (ID Tokens)*, and the app's next request.

use e2e::{Mode, Pair, Scene, dashboard};
use serde_json::json;

use crate::delegation::answers;

claims!(chromium in ChromiumAllowing at SameHost: the_app_sees_the_dashboards_toggle_at_once);
claims!(firefox in FirefoxDefault at SameHost: the_app_sees_the_dashboards_toggle_at_once);

const EXCHANGE: &str = "Exchange the ID token by delegation";

async fn the_app_sees_the_dashboards_toggle_at_once(mode: Mode, pair: Pair) {
    let scene = Scene::start(mode, pair).await;
    // Before the mandatory date; after it the toggle is on for good.
    let switches = scene.tenant.turn_delegation(&json!({ "mandatory_date": "2100-01-01" })).await;
    assert_eq!(switches["id_tokens_allowed"], true, "{switches}");
    scene.open("/delegation").await.is("signed-out").await;
    let browser = &scene.browser;
    let app = browser.tab().await;
    answers(browser, "Sign in as the legacy app", "200").await;
    answers(browser, EXCHANGE, "200").await;

    let admin = browser.open_tab("about:blank").await;
    dashboard::sign_in(browser, &scene.tenant, dashboard::ADVANCED).await;
    for (disabled, answer) in [(true, "404 endpoint_disabled"), (false, "200"), (true, "404 endpoint_disabled")] {
        browser.switch_to(&admin).await;
        dashboard::toggle_delegation(browser, disabled).await;
        browser.switch_to(&app).await;
        answers(browser, EXCHANGE, answer).await;
    }
    let decisions = scene.tenant.decisions("/delegation").await;
    let outcomes: Vec<_> = decisions.iter().rev().filter_map(|decision| decision["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["token", "endpoint_disabled", "token", "endpoint_disabled"], "one for each press");
}
