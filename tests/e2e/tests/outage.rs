//! A tenant that is not there: named, with what to do, and nothing lost before its time.

use std::time::Duration;

use e2e::{Browser, Mode, Page, Pair, Scene, Tenant, orphan};

claims!(chromium in ChromiumAllowing at SameHost:
    a_tenant_that_stops_is_named_and_the_token_stays, a_token_without_a_tenant_lasts_until_it_expires,
    a_page_without_a_tenant_names_the_command);
claims!(firefox in FirefoxDefault at SameHost:
    a_tenant_that_stops_is_named_and_the_token_stays, a_page_without_a_tenant_names_the_command);

async fn a_tenant_that_stops_is_named_and_the_token_stays(mode: Mode, pair: Pair) {
    let Scene { browser, tenant, .. } = Scene::signed_in(mode, pair).await;
    let page = Page::of(&browser);
    let before = page.is("signed-in").await;
    tenant.end().await;
    browser.click("Renew now").await;
    let generation = page.is("renewal-failed").await;
    page.explains("tenant_unreachable").await;
    assert_eq!(generation, before, "the token is still there");
    browser.reads("Ada Lovelace").await;
}

async fn a_token_without_a_tenant_lasts_until_it_expires(mode: Mode, pair: Pair) {
    let Scene { browser, tenant, .. } = Scene::signed_in(mode, pair).await;
    let page = Page::of(&browser);
    tenant.end().await;
    page.is_within(Duration::from_secs(60), "renewal-failed").await;
    assert_eq!(page.records("expired").await, 0, "it failed before the token expired");
    page.is_within(Duration::from_secs(60), "expired").await;
    assert_eq!(page.records("expired").await, 1);
    page.explains("tenant_unreachable").await;
}

async fn a_page_without_a_tenant_names_the_command(mode: Mode, _: Pair) {
    let (address, _site) = orphan(Tenant::start().await).await;
    let browser = Browser::start(mode).await;
    browser.open(&address).await;
    let page = Page::of(&browser);
    page.is("undetermined").await;
    page.explains("tenant_unreachable").await;
    browser.reads("cargo xtask serve").await;
    browser.control("Try again now").await;
}
