//! Silent where third-party cookies are blocked: the app's own session at the tenant, and what is named where there is none.

use std::time::Duration;

use round_trip::{Browser, Tab};
use silent_auth::protocol::config::{ClientConfig, Transport};
use silent_auth::protocol::error::Code;
use silent_auth::protocol::lifecycle::Event;
use silent_auth::protocol::record::Step;
use silent_auth::protocol::session::{Origin, Phase};

const ISSUER: &str = "http://tenant.localhost:4000/";

fn config(client_id: &str) -> ClientConfig {
    ClientConfig::new(ISSUER, client_id, "http://app.localhost:3000/callback").expect("valid")
}

/// A browser whose frames of other sites have partitioned cookies at most, and a tab that Ada has signed in in.
async fn signed_in(config: ClientConfig, partitioned_cookies: bool) -> (Browser, Tab) {
    let mut browser = Browser::new().await;
    browser.third_party_cookies = false;
    browser.partitioned_cookies = partitioned_cookies;
    let tab = Tab::signed_in(&mut browser, config, "ada@example.com", "ada-password").await;
    (browser, tab)
}

#[tokio::test]
async fn renewals_go_on_with_third_party_cookies_blocked() {
    for transport in [Transport::WebMessage, Transport::CallbackPage] {
        let config = config("demo-spa-rotating").with_transport(Some(transport));
        let (mut browser, mut tab) = signed_in(config.clone(), true).await;
        assert_eq!(tab.lifecycle.generations().len(), 2, "the first renewal came at once: {:?}", tab.error());
        tab.run(&mut browser, Duration::from_secs(48 * 3600)).await;
        assert_eq!(tab.phase(), Phase::SignedIn, "{:?}", tab.error());
        assert!(!tab.recorded(Step::Failed) && !tab.recorded(Step::RefreshTokenSent) && tab.kept.is_none());
        let decision = browser.latest_decision(ISSUER, "/authorize").await;
        let request = &decision["request"];
        assert_eq!((&request["session_cookie"], &request["partitioned_cookie"]), (&"absent".into(), &"used".into()));
        assert_eq!(request["sec_fetch_storage_access"], "none");

        let tab = Tab::open(&mut browser, config).await;
        assert_eq!(tab.lifecycle.generations()[0].origin, Origin::Restored, "and a new page restores the session");
    }
}

#[tokio::test]
async fn a_sign_out_is_a_sign_out() {
    let (mut browser, mut tab) = signed_in(config("demo-spa-rotating"), true).await;
    browser.navigate(&format!("{ISSUER}v2/logout?client_id=demo-spa-rotating")).await;
    browser.wait(Duration::from_secs(60));
    tab.feed(&mut browser, Event::Renew).await;
    assert_eq!(tab.code(), Some(Code::LoginRequired), "no cookie is to blame");
    assert!(tab.recorded(Step::SessionEnded));
}

/// Who gets no partitioned cookie is told at once, and has the token of the sign-in.
#[tokio::test]
async fn what_cannot_be_is_named_at_once() {
    for (client_id, partitioned_cookies) in [("demo-spa-rotating", false), ("demo-spa", true)] {
        let (_, tab) = signed_in(config(client_id), partitioned_cookies).await;
        assert_eq!(tab.code(), Some(Code::ThirdPartyCookiesBlocked), "{client_id}");
        assert_eq!(tab.tokens().subject(), "auth0|ada");
    }
}

/// A tenant that answers no page's cookies is sent none, unless the app insists: then its answer cannot be read.
#[tokio::test]
async fn a_tenant_that_offers_none_is_not_asked() {
    let (browser, tab) = signed_in(config("demo-spa"), true).await;
    assert!(!tab.last_exchange.as_ref().expect("one").credentials);
    drop(browser);
    let (_, tab) = signed_in(config("demo-spa").with_partitioned_session(true), true).await;
    assert!(tab.last_exchange.as_ref().expect("one").credentials);
    assert_eq!(tab.phase().is_signed_in(), Some(false), "{:?}", tab.error());
    assert_eq!(tab.code(), Some(Code::TenantUnreachable));
}
