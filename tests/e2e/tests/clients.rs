//! The questions about one's kind of client, and what each answer runs; the pages behind the guide's links.

use e2e::{Mode, Pair, Scene};

use crate::access::fits;
use crate::delegation::answers;

claims!(chromium in ChromiumAllowing at SameHost: guide_10_each_kind_of_client_is_led_to_its_flow,
    guide_11_silent_authentication_never_answers_with_a_login_page, guide_12_a_renewal_interrupts_nobody,
    guide_23_each_page_of_more_info_shows_something_live, no_page_of_the_guide_is_wider_than_a_narrow_screen);
claims!(firefox in FirefoxDefault at SameHost: guide_10_each_kind_of_client_is_led_to_its_flow,
    guide_23_each_page_of_more_info_shows_something_live);

async fn guide_10_each_kind_of_client_is_led_to_its_flow(mode: Mode, pair: Pair) {
    let scene = Scene::signed_in(mode, pair).await;
    let (browser, page) = (&scene.browser, scene.page());
    page.mark().await;

    browser.click("Clients").await;
    browser.click("In the browser").await;
    browser.click("To call an API of mine").await;
    let before = page.is("signed-in").await;
    browser.click("Renew silently").await;
    page.is_renewed(before).await;
    answers(browser, "Read the notes", "200").await;

    browser.click("Ask the questions again").await;
    browser.click("In the browser").await;
    browser.click("Only to know who is signed in").await;
    answers(browser, "Sign in without an API", "200").await;
    browser.reads("This token is opaque").await;
    answers(browser, "Ask who it is", "200").await;
    browser.reads("Ada Lovelace").await;
    answers(browser, "Send the same token to the notes API", "401 invalid_token").await;

    browser.click("Ask the questions again").await;
    browser.click("On a phone or computer, installed").await;
    browser.reads("cargo run -p examples --example native_cli").await;

    browser.click("Ask the questions again").await;
    browser.click("On a server").await;
    browser.click("Yes, it is a web app").await;
    browser.reads("cargo run -p examples --example regular_web").await;

    browser.click("Ask the questions again").await;
    browser.click("On a server").await;
    browser.click("No, it takes the password itself, and is highly trusted").await;
    answers(browser, "Sign in with one request", "200").await;
    answers(browser, "Sign in for the reports API", "200").await;
    let given = "return ['Sign in with one request', 'Sign in for the reports API'].map((name) =>
        document.querySelector(`[data-call=\"${name}\"] .call__result`).innerText.includes('refresh_token'))";
    assert_eq!(browser.run(given).await, serde_json::json!([true, false]), "Allow Offline Access decides");
    answers(browser, "Renew by the refresh token", "200").await;
    answers(browser, "Read the notes", "200").await;

    browser.click("Ask the questions again").await;
    browser.click("Nowhere: it is an API that tokens were exchanged for").await;
    answers(browser, "Send it the access token", "200").await;
    answers(browser, "Send it the ID token", "401 invalid_token").await;
    assert!(page.is_marked().await, "all of it in one page");
}

async fn guide_11_silent_authentication_never_answers_with_a_login_page(mode: Mode, pair: Pair) {
    let scene = Scene::start(mode, pair).await;
    let (browser, page) = (&scene.browser, scene.open("/clients/single-page-app").await);
    // Nobody is signed in: the first silent request was answered, with a message and not with a page.
    page.is("signed-out").await;
    let silent = scene.tenant.decisions("/authorize").await;
    let outcomes: Vec<_> = silent.iter().filter_map(|decision| decision["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["login_required"]);
    assert_eq!(browser.run("return document.querySelectorAll('form').length").await, 0);
    // Signed in by the page's own button, and back at the same page.
    page.sign_in("ada@example.com", "ada-password").await;
    let before = page.is("signed-in").await;
    assert_eq!(browser.address().await, scene.app("/clients/single-page-app"));
    browser.click("Renew silently").await;
    page.is_renewed(before).await;
    let newest = scene.tenant.decisions("/authorize").await;
    assert_eq!(newest[0]["outcome"], "code", "{newest:?}");
}

async fn guide_12_a_renewal_interrupts_nobody(mode: Mode, pair: Pair) {
    let scene = Scene::signed_in(mode, pair).await;
    let (browser, page) = (&scene.browser, scene.page());
    browser.click("Clients").await;
    browser.click("On a server").await;
    browser.click("No, it takes the password itself, and is highly trusted").await;
    // Somebody is typing while the token is replaced, several times.
    let field = browser.element("input[type=text]").await;
    field.send_keys(", and more").await.expect("a field to type in");
    page.mark().await;
    let before = page.is("signed-in").await;
    page.is_renewed_within(std::time::Duration::from_secs(60), before).await;
    let kept = "return [document.activeElement.value, location.pathname]";
    let expected = serde_json::json!(["ada@example.com, and more", "/clients/highly-trusted"]);
    assert_eq!(browser.run(kept).await, expected);
    assert!(page.is_marked().await);
}

async fn guide_23_each_page_of_more_info_shows_something_live(mode: Mode, pair: Pair) {
    let scene = Scene::signed_in(mode, pair).await;
    let browser = &scene.browser;
    browser.click("Learn").await;
    browser.click("Why you should always use access tokens to secure an API").await;
    answers(browser, "Call it with the ID token", "401 invalid_token").await;
    answers(browser, "Call it with the access token", "200").await;
    browser.click("Calling your APIs with tokens").await;
    answers(browser, "Call it as it should be", "200").await;
    answers(browser, "Call it without a token", "401").await;
    answers(browser, "Get a token for /userinfo", "200").await;
    answers(browser, "Call it with that token", "401 invalid_token").await;
    browser.click("ID tokens").await;
    browser.reads("Ada Lovelace").await;
    browser.click("Access tokens").await;
    browser.reads("\"azp\": \"demo-spa\"").await;
    answers(browser, "Show it to the notes API", "200").await;
    browser.click("Refresh tokens").await;
    answers(browser, "Sign in and ask for offline access", "200").await;
    answers(browser, "Get new tokens for it", "200").await;
}

async fn no_page_of_the_guide_is_wider_than_a_narrow_screen(mode: Mode, pair: Pair) {
    let scene = Scene::start(mode, pair).await;
    let browser = &scene.browser;
    browser.open_narrow(&scene.app("/clients")).await;
    for path in [
        "/delegation",
        "/clients",
        "/clients/single-page-app",
        "/clients/native",
        "/clients/confidential",
        "/clients/highly-trusted",
        "/clients/api-modelled-as-client",
        "/clients/no-api",
        "/learn",
        "/learn/calling-apis",
        "/learn/refresh-tokens",
    ] {
        scene.open(path).await.is("signed-out").await;
        browser.element("main h1").await;
        if path == "/clients/no-api" {
            answers(browser, "Sign in without an API", "200").await;
            browser.run("for (const details of document.querySelectorAll('details')) details.open = true").await;
        }
        fits(browser, path).await;
    }
}
