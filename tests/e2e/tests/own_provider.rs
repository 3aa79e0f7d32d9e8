//! A provider of somebody's own in the app's settings: checked, signed in at, renewed and signed out of, by what people type and press.

use e2e::{Browser, Mode, OwnProvider, PATIENCE, Page, Pair, Setting, Tenant, until};
use serde_json::Value;

claims!(chromium in ChromiumAllowing at SameHost: the_app_lives_with_a_provider_of_ones_own, what_the_policy_forbids_is_named);
claims!(firefox in FirefoxDefault at SameHost: the_app_lives_with_a_provider_of_ones_own, what_the_policy_forbids_is_named);

/// The names of what was found, once something was.
async fn findings(browser: &Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('[data-finding]')].map((it) => it.dataset.finding)";
    let look = || async { browser.try_run(script).await.unwrap_or_default() };
    let is_there = |found: &Value| found.as_array().is_some_and(|found| !found.is_empty());
    let (found, _) = until(PATIENCE, "findings", look, is_there).await;
    found.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The value of a parameter of the latest request of this step, as the page lists it.
async fn latest(browser: &Browser, step: &str, parameter: &str) -> Value {
    let script = format!(
        "const record = document.querySelector('.record[data-step=\"{step}\"]');\
         const name = [...(record?.querySelectorAll('dt') ?? [])].find((it) => it.textContent === '{parameter}');\
         return name?.nextElementSibling.textContent ?? null"
    );
    browser.run(&script).await
}

async fn the_app_lives_with_a_provider_of_ones_own(mode: Mode, pair: Pair) {
    let issuer = OwnProvider::address();
    let tenant = Tenant::naming(&Setting::Dist.path(), &issuer).await;
    let provider = OwnProvider::start(issuer, &tenant).await;
    let (app, browser) = (tenant.app(pair).to_owned(), Browser::start(mode).await);
    let page = Page::of(&browser);

    browser.open(&format!("{app}/settings")).await;
    provider.type_into(&browser, false).await;
    browser.click("Check").await;
    let found = findings(&browser).await;
    let all = [
        "discovery.readable",
        "issuer.exact",
        "pkce.s256",
        "transport.query",
        "sign_out.offered",
        "refresh_tokens.offered",
        "frame.answered",
    ];
    assert_eq!(found, all);
    browser.reads(&format!("--app-provider {}", provider.issuer)).await;

    browser.click("Use these settings").await;
    page.is("signed-out").await;
    provider.sign_in(&browser).await;
    // Renewal by the hidden frame, through the callback page.
    let second = page.renew().await;
    assert_eq!(latest(&browser, "frame.opened", "response_mode").await, "query");
    assert!(page.records("refresh_token.sent").await == 0 && second >= 2);

    // By the refresh token, with the session that is there.
    browser.open(&format!("{app}/settings")).await;
    provider.type_into(&browser, true).await;
    browser.click("Use these settings").await;
    page.is("signed-in").await;
    page.renew().await;
    assert!(page.records("refresh_token.sent").await > 0);

    // Its own page asks; then it leads home, and the address is clean.
    browser.click("Sign out").await;
    browser.arrives_at(&format!("{}/session/end", provider.issuer)).await;
    browser.element("button[name=logout][value=yes]").await.click().await.expect("a button");
    page.is("signed-out").await;
    assert_eq!(browser.address().await, format!("{app}/"));
    assert_eq!(page.state().await.error, None);

    browser.open(&format!("{app}/settings")).await;
    browser.click("Back to the built-in tenant").await;
    page.is("signed-out").await;
    assert_eq!(browser.run("return localStorage.length").await, 0);
    page.sign_in("ada@example.com", "ada-password").await;
    page.is("signed-in").await;
}

async fn what_the_policy_forbids_is_named(mode: Mode, pair: Pair) {
    let tenant = Tenant::start().await;
    let provider = OwnProvider::start(OwnProvider::address(), &tenant).await;
    let browser = Browser::start(mode).await;
    browser.open(&format!("{}/settings", tenant.app(pair))).await;
    provider.type_into(&browser, false).await;
    browser.click("Check").await;
    assert_eq!(findings(&browser).await, ["discovery.forbidden"]);
    browser.reads(&format!("--app-provider {}", provider.issuer)).await;
}
