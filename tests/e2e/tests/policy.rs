//! The content policy: nothing the product does offends it, and what would harm is refused by it.

use e2e::{Mode, Page, Pair, Scene, Variant, Watched};

claims!(chromium in ChromiumAllowing at SameHost:
    nothing_offends_the_policy, markup_with_handlers_is_refused, a_reload_never_shows_somebody_signed_out);
claims!(firefox in FirefoxDefault at SameHost:
    nothing_offends_the_policy, markup_with_handlers_is_refused, a_reload_never_shows_somebody_signed_out);

/// From the first page through sign-in, renewals, the other page and the peek at the frame.
async fn nothing_offends_the_policy(mode: Mode, pair: Pair) {
    let built = Variant::watched();
    let scene = Scene::with(mode, pair, &built).await;
    let (browser, page) = (&scene.browser, scene.open("/").await);
    page.is("signed-out").await;
    assert_eq!(offences(&page).await, []);
    page.sign_in("ada@example.com", "ada-password").await;
    page.is("signed-in").await;
    browser.click("Peek at the hidden frame").await;
    page.renew().await;
    browser.click("Show access token").await;
    browser.click("Delegation").await;
    browser.reads("Side by side").await;
    browser.click("Session").await;
    page.renew().await;
    assert_eq!(offences(&page).await, []);
    if !mode.is_firefox() {
        let log = browser.driver().browser_log().await.expect("Chromium's log");
        let ours = [scene.app(""), scene.tenant.origin(pair).to_owned()];
        let is_ours = |message: &str| ours.iter().any(|origin| message.contains(origin));
        let offences: Vec<_> = log.iter().filter(|entry| entry.level == "SEVERE" && is_ours(&entry.message)).collect();
        assert!(offences.is_empty(), "{offences:?}");
    }
    // The watcher itself sees what is refused: an image from elsewhere.
    browser
        .run("const image = new Image(); image.src = 'http://elsewhere.localhost/x.png'; document.body.append(image)")
        .await;
    e2e::until(e2e::PATIENCE, "a violation", || offences(&page), |seen| seen.len() == 1).await;
}

async fn offences(page: &Page<'_>) -> Vec<Watched> {
    page.watched().await.into_iter().filter(|entry| ["violation", "error"].contains(&entry.kind.as_str())).collect()
}

async fn markup_with_handlers_is_refused(mode: Mode, pair: Pair) {
    let built = Variant::watched();
    let scene = Scene::with(mode, pair, &built).await;
    let page = scene.open("/").await;
    page.is("signed-out").await;
    for (markup, verdict) in [
        ("<img src=x onerror=alert(1)>", "TypeError"),
        ("<p onclick=\"alert(1)\">x</p>", "TypeError"),
        ("<a href=\"javascript:alert(1)\">x</a>", "TypeError"),
        ("<iframe srcdoc=\"x\"></iframe>", "TypeError"),
        ("<script>alert(1)</script>", "TypeError"),
        ("<p class=\"hint\">plain <b>words</b></p>", "accepted"),
    ] {
        let markup = serde_json::Value::from(markup);
        let found = scene.browser.run(&format!("return window.tryMarkup({markup})")).await;
        assert_eq!(found, verdict, "{markup}");
    }
}

async fn a_reload_never_shows_somebody_signed_out(mode: Mode, pair: Pair) {
    let built = Variant::watched();
    let scene = Scene::with(mode, pair, &built).await;
    scene.sign_in().await;
    scene.browser.driver().refresh().await.expect("reloaded");
    let page = scene.page();
    page.is("signed-in").await;
    let watched = page.watched().await;
    let phases: Vec<&str> =
        watched.iter().filter(|entry| entry.kind == "phase").map(|entry| entry.value.as_str()).collect();
    assert_eq!(phases, ["checking", "signed-in"]);
}
