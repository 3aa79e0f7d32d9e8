//! For everybody: by keyboard alone, and on a narrow screen.

use e2e::keyboard::{focused, tab_to};
use e2e::{Browser, Mode, Pair, Scene};
use thirtyfour::Key;

claims!(chromium in ChromiumAllowing at SameHost: the_keyboard_is_enough, nothing_is_wider_than_a_narrow_screen);
claims!(firefox in FirefoxDefault at SameHost: the_keyboard_is_enough, nothing_is_wider_than_a_narrow_screen);

async fn the_keyboard_is_enough(mode: Mode, pair: Pair) {
    let scene = Scene::start(mode, pair).await;
    let (browser, page) = (&scene.browser, scene.open("/").await);
    page.is("signed-out").await;
    tab_to(browser, "Sign in").await;
    browser.press(Key::Enter).await;
    browser.element("input[name=username]").await;
    // The field has the focus from the start.
    browser.press("ada@example.com").await;
    browser.press(Key::Tab).await;
    browser.press("ada-password").await;
    browser.press(Key::Enter).await;
    let before = page.is("signed-in").await;
    tab_to(browser, "Renew now").await;
    browser.press(Key::Enter).await;
    page.is_renewed(before).await;
    assert_eq!(focused(browser).await, "Renew now", "the focus stays");
    // From the top again: past the end of a page the focus is in the browser's own controls.
    scene.open("/").await.is("signed-in").await;
    tab_to(browser, "Delegation").await;
    browser.press(Key::Enter).await;
    tab_to(browser, "Send the old request").await;
    browser.press(Key::Enter).await;
    browser.element(".log__entry[data-type=fd]").await;
}

async fn nothing_is_wider_than_a_narrow_screen(mode: Mode, pair: Pair) {
    let scene = Scene::start(mode, pair).await;
    let (browser, page) = (&scene.browser, scene.page());
    browser.open_narrow(&scene.app("/")).await;
    page.is("signed-out").await;
    fits(browser, "signed out").await;
    browser.click("Sign in").await;
    browser.element("input[name=username]").await;
    fits(browser, "the tenant's login page").await;
    page.fill_in_form("ada@example.com", "ada-password").await;
    page.is("signed-in").await;
    browser.click("Peek at the hidden frame").await;
    page.renew().await;
    browser.run("for (const details of document.querySelectorAll('details')) details.open = true").await;
    fits(browser, "signed in, everything open").await;
    browser.click("Delegation").await;
    browser.click("Send the old request").await;
    browser.element(".log__entry[data-type=fd]").await;
    browser.run("for (const details of document.querySelectorAll('details')) details.open = true").await;
    fits(browser, "delegation").await;
    let page = scene.open("/callback?code=x&state=y").await;
    page.explains("transaction_missing").await;
    fits(browser, "an error").await;
    scene.open("/settings").await;
    browser.element("#setting-issuer").await;
    fits(browser, "the settings").await;
}

pub(crate) async fn fits(browser: &Browser, what: &str) {
    let script = "const page = document.documentElement;
        const wide = [...document.body.querySelectorAll('*')].filter((it) => it.getBoundingClientRect().right > innerWidth);
        return [innerWidth, page.scrollWidth <= page.clientWidth, wide.slice(0, 8).map((it) => `${it.tagName}.${it.className}`)]";
    let found = browser.run(script).await;
    assert_eq!(found[0], 320, "{what}: the window is still as narrow");
    assert_eq!(found[1], true, "{what}: it scrolls sideways because of one of {}", found[2]);
}
