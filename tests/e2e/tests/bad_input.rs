//! Addresses that nobody should open: a clear message each, no blank page, and a way on.

use e2e::{Mode, PATIENCE, Pair, Scene, until};

claims!(chromium in ChromiumAllowing at SameHost:
    an_answer_that_was_not_asked_for_is_explained, a_refusal_of_the_tenant_is_explained, an_unknown_page_leads_home);
claims!(firefox in FirefoxDefault at SameHost:
    an_answer_that_was_not_asked_for_is_explained, a_refusal_of_the_tenant_is_explained, an_unknown_page_leads_home);

async fn an_answer_that_was_not_asked_for_is_explained(mode: Mode, pair: Pair) {
    let scene = Scene::start(mode, pair).await;
    for (query, code) in [
        ("code=x&state=unknown", "transaction_missing"),
        ("error=access_denied&state=unknown", "transaction_missing"),
        ("code=x", "state_missing"),
        ("error=access_denied&error_description=%3Cb%3Ex", "state_missing"),
        ("code=x&state=a&state=b", "parameter_repeated"),
    ] {
        let page = scene.open(&format!("/callback?{query}")).await;
        page.explains(code).await;
        assert_eq!(page.is("signed-out").await, 0, "{query}");
        assert_eq!(scene.browser.address().await, scene.app("/"), "the answer is out of the address: {query}");
    }
    assert_eq!(scene.tenant.decisions("/oauth/token").await.len(), 0, "no code of these was sent to the tenant");
    let page = scene.page();
    page.sign_in("ada@example.com", "ada-password").await;
    page.is("signed-in").await;

    // What is shown without an answer in the address is an explanation.
    scene.open("/callback").await;
    scene.browser.reads("The callback address").await;
}

/// The tenant's answer to a sign-in that this tab has started.
async fn a_refusal_of_the_tenant_is_explained(mode: Mode, pair: Pair) {
    let scene = Scene::start(mode, pair).await;
    let page = scene.open("/").await;
    page.is("signed-out").await;
    scene.browser.click("Sign in").await;
    scene.browser.element("input[name=username]").await;
    let started = || async {
        let decisions = scene.tenant.decisions("/authorize").await;
        let asked = decisions.iter().find(|decision| decision["outcome"] == "login_page");
        asked.and_then(|decision| decision["state"].as_str().map(str::to_owned))
    };
    let (state, _) = until(PATIENCE, "the request", started, Option::is_some).await;
    let state = state.unwrap_or_default();
    let page = scene.open(&format!("/callback?error=access_denied&error_description=No+entry&state={state}")).await;
    page.explains("access_denied").await;
    scene.browser.reads("No entry").await;

    // It was used up by that, so the same answer again belongs to nothing.
    let page = scene.open(&format!("/callback?error=access_denied&error_description=No+entry&state={state}")).await;
    page.explains("transaction_missing").await;
}

async fn an_unknown_page_leads_home(mode: Mode, pair: Pair) {
    let scene = Scene::start(mode, pair).await;
    let page = scene.open("/no/such/page?x=%00%FF").await;
    scene.browser.reads("No such page").await;
    scene.browser.click("Go to the session").await;
    page.is("signed-out").await;
    scene.browser.control("Sign in").await;
}
