//! The old exchanges, from working to noted to refused and back by the tenant's own switches, beside what replaces them.

use e2e::{Browser, Mode, Pair, Scene};

claims!(chromium in ChromiumAllowing at SameHost: the_pages_own_client_is_refused_and_renews_silently,
    guide_04_the_old_calls_work_are_noted_and_are_refused_and_their_replacements_run,
    a_failed_code_exchange_is_explained_where_the_sign_in_began);
claims!(firefox in FirefoxDefault at SameHost: the_pages_own_client_is_refused_and_renews_silently,
    guide_04_the_old_calls_work_are_noted_and_are_refused_and_their_replacements_run);

const ID_TOKEN: &str = "Exchange the ID token by delegation";
const REFRESH_TOKEN: &str = "Exchange the refresh token by delegation";
const TOGGLE: &str = "Disable Legacy Delegation (ID Tokens)";

async fn the_pages_own_client_is_refused_and_renews_silently(mode: Mode, pair: Pair) {
    let scene = Scene::signed_in(mode, pair).await;
    let (browser, page) = (&scene.browser, scene.page());
    page.mark().await;
    browser.click("Delegation").await;
    browser.control("Send the old request").await;
    assert_eq!(scene.tenant.logs("fd,sd,depnote").await.len(), 0, "nothing is sent before it is asked for");
    answers(browser, "Send the old request", "404 endpoint_disabled").await;
    browser.element(".log__entry[data-type=fd]").await;
    browser.element(".log__entry[data-type=depnote]").await;
    let logs = scene.tenant.logs("fd,sd,depnote").await;
    let mut types: Vec<&str> = logs.iter().filter_map(|entry| entry["type"].as_str()).collect();
    types.sort_unstable();
    assert_eq!(types, ["depnote", "fd"]);
    assert!(logs.iter().all(|entry| entry["client_id"] == "demo-spa"), "{logs:?}");
    // An OIDC-conformant client never may, whatever the date.
    browser.click("None").await;
    browser.reads("there is no mandatory date").await;
    answers(browser, "Send the old request", "403 unauthorized_client").await;

    let before = page.is("signed-in").await;
    browser.click("Renew silently").await;
    page.is_renewed(before).await;
    answers(browser, "Read the notes with the access token", "200").await;
    assert!(page.is_marked().await, "neither is a navigation");
}

async fn guide_04_the_old_calls_work_are_noted_and_are_refused_and_their_replacements_run(mode: Mode, pair: Pair) {
    let scene = Scene::start(mode, pair).await;
    scene.open("/delegation").await.is("signed-out").await;
    let browser = &scene.browser;
    // Past its date, the tenant refuses the first two and gives the third.
    answers(browser, "Sign in as the legacy app", "200").await;
    answers(browser, ID_TOKEN, "404 endpoint_disabled").await;
    answers(browser, "Get a Firebase token", "200").await;

    // With the date to come both work, and the log notes it.
    browser.click("1 January 2100, to come").await;
    browser.reads("has not come").await;
    answers(browser, ID_TOKEN, "200").await;
    browser.run("for (const details of document.querySelectorAll('.call details')) details.open = true").await;
    browser.reads("\"aud\": \"legacy-api-c\"").await;
    answers(browser, REFRESH_TOKEN, "200").await;
    assert_eq!(types(&scene).await, ["depnote", "fd", "sd", "sd", "sd"]);

    // The toggle refuses both at once, and gives them back.
    browser.click(TOGGLE).await;
    browser.element(&format!("{}[aria-checked=true]", switch_of(0))).await;
    answers(browser, ID_TOKEN, "404 endpoint_disabled").await;
    answers(browser, REFRESH_TOKEN, "404 endpoint_disabled").await;
    browser.click(TOGGLE).await;
    browser.element(&format!("{}[aria-checked=false]", switch_of(0))).await;
    answers(browser, ID_TOKEN, "200").await;

    // So does the date, and under it the toggle cannot be turned off.
    browser.click("1 February 2018, past").await;
    browser.reads("has passed").await;
    answers(browser, ID_TOKEN, "404 endpoint_disabled").await;
    browser.click(TOGGLE).await;
    browser.element(&format!("{}[aria-checked=true]", switch_of(0))).await;
    browser.click(TOGGLE).await;
    browser.reads("cannot be turned on").await;
    browser.element(&format!("{}[aria-checked=true]", switch_of(0))).await;

    // What replaces the refresh token's exchange works all the while.
    answers(browser, "Exchange the refresh token at the token endpoint", "200").await;
    browser.click("Delegation has ended altogether").await;
    browser.element(&format!("{}[aria-checked=true]", switch_of(1))).await;
    answers(browser, "Get a Firebase token", "404 endpoint_disabled").await;
}

async fn a_failed_code_exchange_is_explained_where_the_sign_in_began(mode: Mode, pair: Pair) {
    let built = e2e::Variant::with_script(
        "const real = window.fetch; window.fetch = (request, init) => {
            const url = typeof request === 'string' ? request : request.url;
            return url.endsWith('/oauth/token')
                ? Promise.resolve(new Response('{\"error\":\"invalid_grant\"}', { status: 403, headers: { 'content-type': 'application/json' } }))
                : real(request, init);
        };",
    );
    let scene = Scene::with(mode, pair, &built).await;
    let page = scene.open("/delegation").await;
    page.is("signed-out").await;
    page.sign_in("ada@example.com", "ada-password").await;
    page.explains("exchange_refused").await;
    assert_eq!(scene.browser.address().await, scene.app("/delegation"));
}

/// The selector of a switch, in the page's order.
fn switch_of(index: usize) -> &'static str {
    ["#switches ~ .switches > .switch:first-child", "#switches ~ .switches > h3 + .controls + .switch"][index.min(1)]
}

/// The types of what the log holds about delegation, sorted.
async fn types(scene: &Scene) -> Vec<String> {
    let logs = scene.tenant.logs("fd,sd,depnote").await;
    let mut types: Vec<_> = logs.iter().filter_map(|entry| entry["type"].as_str().map(str::to_owned)).collect();
    types.sort_unstable();
    types
}

/// Sends a request of the guide, and waits for an answer that begins like this.
pub(crate) async fn answers(browser: &Browser, button: &str, expected: &str) {
    // An answer of before is marked, so that it is not taken for the new one.
    browser.control(button).await;
    let old = format!("document.querySelector(`[data-call=\"{button}\"] .answer`)?.setAttribute('data-old', '')");
    browser.run(&old).await;
    browser.click(button).await;
    let script =
        format!("return document.querySelector(`[data-call=\"{button}\"] .answer:not([data-old])`)?.innerText ?? ''");
    let look = || async { browser.run(&script).await.as_str().unwrap_or_default().to_owned() };
    let (answer, _) =
        e2e::until(e2e::PATIENCE, &format!("an answer to {button}"), look, |answer| !answer.is_empty()).await;
    assert!(answer.starts_with(expected), "{button}: {expected} expected, found {answer}");
}
