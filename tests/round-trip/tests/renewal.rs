//! Silent renewals: what replaces the tokens, and each way in which it can end.

use std::time::Duration;

use round_trip::{Browser, Loaded, Tab};
use silent_auth::protocol::config::{ClientConfig, Transport};
use silent_auth::protocol::error::Code;
use silent_auth::protocol::lifecycle::Event;
use silent_auth::protocol::record::Step;
use silent_auth::protocol::session::{Origin, Phase};

const ISSUER: &str = "http://localhost:4000/";
const HOUR: Duration = Duration::from_secs(3600);

fn config() -> ClientConfig {
    ClientConfig::new(ISSUER, "demo-spa", "http://localhost:3000/callback")
        .expect("valid")
        .with_audience(Some("https://notes.example.com".to_owned()))
        .with_scope("openid profile email read:notes".to_owned())
}

fn cross_site() -> ClientConfig {
    ClientConfig::new("http://tenant.localhost:4000/", "demo-spa", "http://app.localhost:3000/callback").expect("valid")
}

async fn ada(browser: &mut Browser, config: ClientConfig) -> Tab {
    let tab = Tab::signed_in(browser, config, "ada@example.com", "ada-password").await;
    assert!(tab.lifecycle.tokens().is_some(), "{:?}", tab.phase());
    tab
}

#[tokio::test]
async fn the_token_is_replaced_in_time_again_and_again() {
    let mut browser = Browser::new().await;
    let mut tab = ada(&mut browser, config()).await;
    let mut seen = vec![tab.tokens().access_token.expose().to_owned()];
    for _ in 0..3 {
        tab.run(&mut browser, Duration::from_secs(50)).await;
        assert_eq!(tab.phase(), Phase::SignedIn);
        let token = tab.tokens().access_token.expose().to_owned();
        assert!(!seen.contains(&token), "every generation has its own token");
        seen.push(token);
    }
    assert_eq!(tab.frames, 3);
    assert!(!tab.recorded(Step::Expired), "the token was never too old");
    let decision = browser.latest_decision(ISSUER, "/authorize").await;
    assert_eq!((&decision["outcome"], &decision["client_id"]), (&"code".into(), &"demo-spa".into()));
}

#[tokio::test]
async fn a_day_of_token_life_passes_without_a_gap() {
    let mut browser = Browser::new().await;
    let mut tab = ada(&mut browser, config()).await;
    for hour in 1..=24 {
        tab.run(&mut browser, HOUR).await;
        assert_eq!(tab.phase(), Phase::SignedIn, "hour {hour}");
    }
    assert_eq!(tab.frames, 1800, "one renewal every 48 seconds");
    assert!(!tab.recorded(Step::Expired) && !tab.recorded(Step::Failed));
}

#[tokio::test]
async fn a_new_page_restores_the_session() {
    let mut browser = Browser::new().await;
    ada(&mut browser, config()).await;
    let tab = Tab::open(&mut browser, config()).await;
    assert_eq!(tab.phase(), Phase::SignedIn);
    assert_eq!(tab.lifecycle.generations()[0].origin, Origin::Restored);
}

#[tokio::test]
async fn both_transports_of_the_frame_lead_to_tokens() {
    for transport in [Transport::WebMessage, Transport::CallbackPage] {
        let mut browser = Browser::new().await;
        let mut tab = ada(&mut browser, config().with_transport(Some(transport))).await;
        tab.feed(&mut browser, Event::Renew).await;
        assert_eq!(tab.lifecycle.generations().len(), 2, "{transport:?}: {:?}", tab.error());
    }
}

#[tokio::test]
async fn nobody_signed_in_is_found_out_at_once() {
    let mut browser = Browser::new().await;
    let tab = Tab::open(&mut browser, config()).await;
    assert_eq!(tab.phase(), Phase::SignedOut { reason: None });
    assert_eq!(browser.latest_decision(ISSUER, "/authorize").await["cause"], "no_session_cookie");
}

#[tokio::test]
async fn a_sign_out_at_the_tenant_is_found_by_the_next_renewal() {
    let mut browser = Browser::new().await;
    let mut tab = ada(&mut browser, config()).await;
    let loaded = browser.navigate("http://localhost:4000/v2/logout?client_id=demo-spa").await;
    assert!(matches!(&loaded, Loaded::Elsewhere(url) if url == "http://localhost:3000/"), "{loaded:?}");
    assert_eq!(tab.phase(), Phase::SignedIn, "nobody told the page");
    tab.run(&mut browser, Duration::from_secs(50)).await;
    assert!(matches!(tab.phase(), Phase::SignedOut { .. }), "{:?}", tab.phase());
    assert_eq!(tab.code(), Some(Code::LoginRequired));
    assert!(tab.recorded(Step::SessionEnded));
}

#[tokio::test]
async fn a_session_that_was_idle_for_too_long_has_ended() {
    for (hours, ends) in [(71, false), (73, true)] {
        let mut browser = Browser::new().await;
        let mut tab = ada(&mut browser, config()).await;
        // The computer sleeps, so nothing renews in between.
        browser.wait(hours * HOUR);
        tab.feed(&mut browser, Event::Tick).await;
        assert_eq!(tab.code(), ends.then_some(Code::LoginRequired), "{hours} hours: {:?}", tab.phase());
        if ends {
            assert_eq!(browser.latest_decision(ISSUER, "/authorize").await["cause"], "session_idle_limit");
        }
    }
}

#[tokio::test]
async fn a_session_ends_in_the_end_however_often_it_is_used() {
    let mut browser = Browser::new().await;
    let mut tab = ada(&mut browser, config()).await;
    for _ in 0..3 {
        browser.wait(50 * HOUR);
        tab.feed(&mut browser, Event::Tick).await;
        assert_eq!(tab.phase(), Phase::SignedIn);
    }
    browser.wait(20 * HOUR);
    tab.feed(&mut browser, Event::Tick).await;
    assert_eq!(tab.code(), Some(Code::LoginRequired));
    assert_eq!(browser.latest_decision(ISSUER, "/authorize").await["cause"], "session_absolute_limit");
}

#[tokio::test]
async fn a_withheld_cookie_is_named_and_the_token_stays() {
    let mut browser = Browser::new().await;
    browser.third_party_cookies = false;
    let tab = ada(&mut browser, cross_site()).await;
    assert_eq!(tab.code(), Some(Code::ThirdPartyCookiesBlocked));
    assert_eq!(tab.error().and_then(|error| error.found).as_deref(), Some("Sec-Fetch-Storage-Access: none"));
    assert_eq!(tab.tokens().subject(), "auth0|ada");

    let tab = Tab::open(&mut browser, cross_site()).await;
    assert_eq!(tab.code(), Some(Code::ThirdPartyCookiesBlocked), "a new page knows too: {:?}", tab.phase());
    assert!(matches!(tab.phase(), Phase::SignedOut { .. }));

    browser.third_party_cookies = true;
    let tab = Tab::open(&mut browser, cross_site()).await;
    assert_eq!(tab.phase(), Phase::SignedIn, "the session was there all the time");
}

#[tokio::test]
async fn another_persons_session_is_not_taken_over() {
    let mut browser = Browser::new().await;
    let mut tab = ada(&mut browser, config()).await;
    browser.navigate("http://localhost:4000/v2/logout?client_id=demo-spa").await;
    Tab::signed_in(&mut browser, config(), "grace@example.com", "grace-password").await;
    tab.feed(&mut browser, Event::Renew).await;
    assert_eq!(tab.code(), Some(Code::SubjectChanged));
    assert!(tab.lifecycle.tokens().is_none());
}

#[tokio::test]
async fn a_device_whose_clock_is_a_day_off_is_corrected() {
    for day in [-86_400_000, 86_400_000] {
        let mut browser = Browser::new().await;
        browser.device_ahead = day;
        let mut tab = ada(&mut browser, config()).await;
        assert!(tab.recorded(Step::ClockCorrected), "{day}");
        tab.run(&mut browser, Duration::from_secs(100)).await;
        assert_eq!((tab.phase(), tab.frames), (Phase::SignedIn, 2), "{day}: {:?}", tab.error());
    }
}

#[tokio::test]
async fn an_address_that_is_not_registered_leaves_the_frame_silent_with_its_candidates() {
    let mut browser = Browser::new().await;
    let config = ClientConfig::new(ISSUER, "demo-spa", "http://localhost:3000/elsewhere").expect("valid");
    let mut tab = Tab::open(&mut browser, config).await;
    tab.run(&mut browser, Duration::from_secs(3)).await;
    assert_eq!(tab.code(), Some(Code::FrameSilent));
    let found = tab.error().and_then(|error| error.found).unwrap_or_default();
    assert!(found.contains("the callback address is not allowed"), "{found}");
}
