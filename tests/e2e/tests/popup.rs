//! Signing in and renewing in a popup where the browser keeps the tenant's cookie from frames; and who may not interfere.

use std::fs;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderName;
use axum::response::Html;
use axum::routing::get;
use e2e::{Browser, Mode, PATIENCE, Pair, Scene, Setting, Site, Tenant, Variant, until};

claims!(chromium in ChromiumBlocking at CrossSite:
    a_popup_signs_in_and_renews_by_message, a_popup_signs_in_and_renews_by_the_callback_page,
    a_popup_that_is_closed_or_refused_is_named, strangers_in_the_popup_neither_answer_nor_end_it);
claims!(firefox in FirefoxBlocking at CrossSite:
    a_popup_signs_in_and_renews_by_message, a_popup_signs_in_and_renews_by_the_callback_page,
    a_popup_that_is_closed_or_refused_is_named, strangers_in_the_popup_neither_answer_nor_end_it);

/// Counts what other windows say to the page.
const LISTENS: &str = "window.heard = 0; addEventListener('message', () => { window.heard += 1; });";

/// The page that answers by this transport, opened with nobody signed in. Its files go with what is given beside it.
async fn start(mode: Mode, pair: Pair, transport: &str) -> (Scene, Variant) {
    let built = Variant::of(Setting::PopupDist, LISTENS);
    let index = built.path().join("index.html");
    let page = fs::read_to_string(&index).expect("the built page");
    assert!(page.contains("web_message"), "{page}");
    fs::write(&index, page.replace("web_message", transport)).expect("written");
    let scene = Scene { tenant: Tenant::serving(built.path()).await, browser: Browser::start(mode).await, pair };
    scene.open("/").await.is("signed-out").await;
    (scene, built)
}

/// Presses the button, and makes the popup the current window; gives the page's.
async fn open_popup(browser: &Browser) -> e2e::WindowHandle {
    let page = browser.tab().await;
    browser.click("Sign in").await;
    let look = || async { browser.driver().windows().await.unwrap_or_default() };
    let (windows, _) = until(PATIENCE, "a popup", look, |windows| windows.len() == 2).await;
    browser.switch_to(windows.iter().find(|window| **window != page).expect("the other one")).await;
    page
}

/// Ada fills in the tenant's form. The popup is gone when its button was pressed, perhaps before the driver says so.
async fn fill_in(browser: &Browser) {
    for (field, text) in [("input[name=username]", "ada@example.com"), ("input[name=password]", "ada-password")] {
        browser.element(field).await.send_keys(text).await.expect("a field to type in");
    }
    drop(browser.element("button[type=submit]").await.click().await);
}

/// The window goes there itself. (Where a driver navigates, Chromium cuts the window off from its opener.)
async fn lead(browser: &Browser, address: &str) {
    browser.run(&format!("location.assign('{address}')")).await;
    browser.arrives_at(address).await;
}

async fn is_alone(browser: &Browser) {
    let look = || async { browser.driver().windows().await.map_or(0, |windows| windows.len()) };
    until(PATIENCE, "the popup to be gone", look, |windows| *windows == 1).await;
}

async fn a_popup_signs_in_and_renews_by_message(mode: Mode, pair: Pair) {
    signs_in_and_renews(mode, pair, "web_message").await;
}

async fn a_popup_signs_in_and_renews_by_the_callback_page(mode: Mode, pair: Pair) {
    signs_in_and_renews(mode, pair, "callback_page").await;
}

async fn signs_in_and_renews(mode: Mode, pair: Pair, transport: &str) {
    let (scene, _files) = start(mode, pair, transport).await;
    let (browser, page) = (&scene.browser, scene.page());
    page.mark().await;
    let window = open_popup(browser).await;
    fill_in(browser).await;
    browser.switch_to(&window).await;
    browser.reads("signed_in").await;
    browser.reads("Signed in as auth0|ada.").await;
    is_alone(browser).await;
    assert_eq!(page.is("renewal-failed").await, 1, "a frame cannot renew here");

    browser.click("Renew now").await;
    page.is_renewed(1).await;
    is_alone(browser).await;
    assert!(page.is_marked().await, "the page was never left");
    let decisions = scene.tenant.decisions("/authorize").await;
    let codes: Vec<_> = decisions.iter().filter(|decision| decision["outcome"] == "code").collect();
    assert_eq!(codes.len(), 2, "{decisions:#?}");
    assert!(codes.iter().all(|decision| decision["request"]["sec_fetch_dest"] == "document"), "{codes:#?}");
}

async fn a_popup_that_is_closed_or_refused_is_named(mode: Mode, pair: Pair) {
    let (scene, _files) = start(mode, pair, "web_message").await;
    let (browser, page) = (&scene.browser, scene.page());
    let window = open_popup(browser).await;
    browser.element("input[name=username]").await;
    browser.driver().close_window().await.expect("the popup closes");
    browser.switch_to(&window).await;
    let took = browser.reads("popup_closed").await;
    assert!(took < Duration::from_secs(2), "{took:?}");
    page.is("signed-out").await;

    // A page that cuts the tie looks the same from here.
    let coop = [(HeaderName::from_static("cross-origin-opener-policy"), "same-origin")];
    let cuts = move || async move { (coop, Html("<!doctype html><title>cut off</title>")) };
    let site = Site::start(Router::new().route("/", get(cuts))).await;
    let window = open_popup(browser).await;
    browser.element("input[name=username]").await;
    lead(browser, &site.at("localhost", "/")).await;
    browser.switch_to(&window).await;
    browser.reads("popup_closed").await;

    browser.run("window.open = () => null").await;
    browser.click("Sign in").await;
    browser.reads("popup_blocked").await;
    page.is("signed-out").await;
}

async fn strangers_in_the_popup_neither_answer_nor_end_it(mode: Mode, pair: Pair) {
    let hostile = "<!doctype html><title>hostile</title><script>
        setInterval(() => opener.postMessage({ type: 'authorization_response', response: { code: 'stolen', state: 'guessed' } }, '*'), 5);
    </script>";
    let site = Site::start(Router::new().route("/", get(move || async move { Html(hostile) }))).await;
    let (scene, _files) = start(mode, pair, "web_message").await;
    let browser = &scene.browser;
    let window = open_popup(browser).await;
    browser.element("input[name=username]").await;
    let (popup, form) = (browser.tab().await, browser.address().await);
    lead(browser, &site.at("hostile.localhost", "/")).await;
    browser.switch_to(&window).await;
    let heard = || async { browser.run("return window.heard").await };
    until(PATIENCE, "the stranger", heard, |count| count.as_u64() > Some(5)).await;
    browser.switch_to(&popup).await;
    lead(browser, &form).await;
    fill_in(browser).await;
    browser.switch_to(&window).await;
    browser.reads("signed_in").await;
    is_alone(browser).await;
}
