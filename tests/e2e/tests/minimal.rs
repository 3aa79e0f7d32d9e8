//! The minimal page in real browsers: what people take home signs in, shows who, renews and signs out.

use e2e::{Browser, Mode, Pair, Scene, Setting, Tenant};

claims!(chromium in ChromiumAllowing at SameHost: a_whole_session_in_under_eighty_lines);
claims!(firefox in FirefoxDefault at SameHost: a_whole_session_in_under_eighty_lines);

async fn a_whole_session_in_under_eighty_lines(mode: Mode, pair: Pair) {
    let tenant = Tenant::serving(&Setting::MinimalDist.path()).await;
    let scene = Scene { tenant, browser: Browser::start(mode).await, pair };
    scene.sign_in().await;
    scene.browser.reads("Signed in as Ada Lovelace, ada@example.com.").await;
    let page = scene.page();
    let number = page.renew().await;
    scene.browser.reads(&format!("This is token number {number}.")).await;
    scene.browser.click("Sign out").await;
    page.is("signed-out").await;
    assert!(include_str!("../../../examples/minimal/src/main.rs").lines().count() < 80);
}
