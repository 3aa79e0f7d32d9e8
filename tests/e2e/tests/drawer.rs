//! The lab in the drawer: each switch is turned in the page, and what the page says of it is what the tenant did.

use e2e::{Browser, Mode, PATIENCE, Page, Pair, Scene, until};
use thirtyfour::Key;

claims!(chromium in ChromiumAllowing at SameHost:
    a_fault_is_refused_by_its_code_and_the_next_renewal_is_clean, three_days_later_the_session_is_over,
    the_drawer_is_opened_and_left_by_keyboard, decisions_are_listed_as_they_are_made);
claims!(firefox in FirefoxDefault at SameHost:
    a_fault_is_refused_by_its_code_and_the_next_renewal_is_clean, three_days_later_the_session_is_over,
    the_drawer_is_opened_and_left_by_keyboard, decisions_are_listed_as_they_are_made);
claims!(chromium_cross_site in ChromiumAllowing at CrossSite: blocked_cookies_are_imitated_where_the_browser_sends_them);
claims!(firefox_cross_site in FirefoxDefault at CrossSite: blocked_cookies_are_imitated_where_the_browser_sends_them);

async fn a_fault_is_refused_by_its_code_and_the_next_renewal_is_clean(mode: Mode, pair: Pair) {
    let scene = Scene::signed_in(mode, pair).await;
    let (browser, page) = (&scene.browser, scene.page());
    let before = open(browser, &page).await;
    for (fault, title, code) in
        [("wrong_iss", "Another issuer", "id_token.iss"), ("alg_none", "Not signed at all", "id_token.alg.none")]
    {
        let outcome = tried(browser, fault, title).await;
        assert!(outcome.starts_with("As expected"), "{outcome}");
        assert!(outcome.contains(code) && outcome.contains("The session and its token are kept."), "{outcome}");
        let state = page.state().await;
        assert_eq!((state.generation, state.error.as_deref()), (before, Some(code)), "the token in use stays");
        let decisions = scene.tenant.decisions("/oauth/token").await;
        assert_eq!(decisions[0]["fault"], fault, "what the page says is what the tenant did: {}", decisions[0]);
    }
    assert!(!browser.text().await.contains("Armed, and waiting"), "each was armed for one use");

    browser.press(Key::Escape).await;
    browser.click("Renew now").await;
    page.is_renewed(before).await;
    assert_eq!(page.state().await.error, None, "used up");
}

async fn three_days_later_the_session_is_over(mode: Mode, pair: Pair) {
    let scene = Scene::signed_in(mode, pair).await;
    let (browser, page) = (&scene.browser, scene.page());
    let before = open(browser, &page).await;
    let outcome = tried(browser, "3600", "One hour later").await;
    assert!(outcome.starts_with("As expected") && outcome.contains("Over now: access tokens 1."), "{outcome}");
    assert!(page.is("signed-in").await > before, "an hour is nothing to a session");

    let outcome = tried(browser, "259200", "Three days later").await;
    assert!(outcome.starts_with("As expected") && outcome.contains("sessions 1"), "{outcome}");
    assert!(outcome.contains("login_required") && outcome.contains("Sign in by full page"), "{outcome}");
    page.is("signed-out").await;
    page.explains("login_required").await;
    let decisions = scene.tenant.decisions("/authorize").await;
    assert_eq!(decisions[0]["cause"], "session_idle_limit", "{}", decisions[0]);

    // The way on is in the drawer, and leads back to it.
    browser
        .run("[...document.querySelectorAll('dialog button')].find((it) => it.innerText === 'Sign in').click()")
        .await;
    page.fill_in_form("ada@example.com", "ada-password").await;
    page.is("signed-in").await;
    browser.element("dialog[open] .trial").await;
    assert_eq!(browser.address().await, scene.app("/lab"));
}

async fn blocked_cookies_are_imitated_where_the_browser_sends_them(mode: Mode, pair: Pair) {
    let scene = Scene::signed_in(mode, pair).await;
    let (browser, page) = (&scene.browser, scene.page());
    page.renew().await;
    open(browser, &page).await;
    let outcome = tried(browser, "third_party_blocked", "Third-party cookies blocked").await;
    assert!(outcome.starts_with("What happened"), "{outcome}");
    assert!(outcome.contains("third_party_cookies_blocked") || outcome.contains("login_required"), "{outcome}");
    let decisions = scene.tenant.decisions("/authorize").await;
    assert_eq!(decisions[0]["request"]["cookie_weather"], "third_party_blocked", "{}", decisions[0]);
    browser.element("[data-trial=third_party_blocked][data-on]").await;

    // The top of every page says so, also after a reload, until it is clear again.
    scene.open("/learn").await;
    browser.reads("Cookie weather: Third-party cookies blocked").await;
    browser.click("Cookie weather: Third-party cookies blocked").await;
    browser.element("dialog[open] [data-trial=third_party_blocked][data-on]").await;
    let back =
        "fetch(document.querySelector('meta[name=\"silent-auth:issuer\"]').content + 'lab/cookies', { method: 'POST',
        headers: { 'Content-Type': 'application/json' }, body: '{\"weather\":\"clear\"}' })";
    browser.run(back).await;
    let page = scene.open("/").await;
    page.is("signed-in").await;
    assert!(!browser.text().await.contains("Cookie weather:"), "clear again");
}

async fn the_drawer_is_opened_and_left_by_keyboard(mode: Mode, pair: Pair) {
    let scene = Scene::signed_in(mode, pair).await;
    let (browser, page) = (&scene.browser, scene.page());
    browser.run("document.querySelector('a[href=\"/lab\"]').focus()").await;
    browser.press(Key::Enter).await;
    browser.element("dialog[open] .trial").await;
    assert_eq!(browser.address().await, scene.app("/lab"));
    let focus = "const at = document.activeElement; return at === document.body || !!at.closest('dialog')";
    for _ in 0..40 {
        browser.press(Key::Tab).await;
        assert_eq!(browser.run(focus).await, true, "the focus stays in the drawer, or goes to the browser itself");
    }
    browser.press(Key::Escape).await;
    let closed = || async { browser.run("return !document.querySelector('dialog').open").await };
    until(PATIENCE, "a closed drawer", closed, |closed| *closed == true).await;
    let given_back = "return document.activeElement.getAttribute('href')";
    assert_eq!(browser.run(given_back).await, "/lab");
    let address = || browser.address();
    until(PATIENCE, "the address of the page below", address, |address| *address == scene.app("/")).await;

    // Its address opens it too, at 320 pixels, and nothing has to be scrolled sideways.
    browser.open_narrow(&scene.app("/lab")).await;
    page.is("signed-in").await;
    browser.element("dialog[open] .trial").await;
    let sideways = "const drawer = document.querySelector('dialog'); return drawer.scrollWidth > drawer.clientWidth";
    assert_eq!(browser.run(sideways).await, false);
}

async fn decisions_are_listed_as_they_are_made(mode: Mode, pair: Pair) {
    let scene = Scene::signed_in(mode, pair).await;
    let (browser, page) = (&scene.browser, scene.page());
    open(browser, &page).await;
    tried(browser, "60", "One minute later").await;
    let listed = || async {
        let script =
            "return [...document.querySelectorAll('.stream > li > .hint')].map((it) => it.innerText).join(' ')";
        browser.run(script).await.as_str().unwrap_or_default().to_owned()
    };
    let both = |listed: &String| listed.contains("/authorize → code") && listed.contains("/oauth/token → tokens");
    until(PATIENCE, "both decisions of the renewal", listed, both).await;
}

/// Opens the drawer with all that is folded in it; gives the generation in use.
async fn open(browser: &Browser, page: &Page<'_>) -> u64 {
    let generation = page.is("signed-in").await;
    browser.click("Lab").await;
    browser.element("dialog[open] .trial").await;
    browser.element("dialog[open] .more").await;
    browser.run("for (const group of document.querySelectorAll('dialog .more')) group.open = true").await;
    generation
}

/// Makes the trial of this name; gives what the page says came of it.
async fn tried(browser: &Browser, name: &str, title: &str) -> String {
    browser.click(&format!("Try it: {title}")).await;
    let script = format!("return document.querySelector('[data-trial=\"{name}\"] .outcome')?.innerText ?? ''");
    let look = || async { browser.run(&script).await.as_str().unwrap_or_default().to_owned() };
    until(PATIENCE, &format!("the outcome of {title}"), look, |outcome| !outcome.is_empty()).await.0
}
