//! Refresh tokens against the real tenant: rotation, its leeway, reuse, and giving them up.

use std::time::Duration;

use round_trip::{Browser, Tab};
use silent_auth::protocol::config::{ClientConfig, RefreshTokens};
use silent_auth::protocol::error::Code;
use silent_auth::protocol::http::Request;
use silent_auth::protocol::lifecycle::{Arrival, Event};
use silent_auth::protocol::record::Step;
use silent_auth::protocol::session::{Origin, Phase};

const ORIGIN: &str = "http://localhost:3000";

fn config() -> ClientConfig {
    ClientConfig::new("http://localhost:4000/", "demo-spa-rotating", &format!("{ORIGIN}/callback"))
        .expect("valid")
        .with_audience(Some("https://notes.example.com".to_owned()))
        .with_scope("openid profile email read:notes".to_owned())
        .with_refresh_tokens(RefreshTokens::InSessionStorageForAnyScriptToRead)
}

async fn ada(browser: &mut Browser) -> Tab {
    let tab = Tab::signed_in(browser, config(), "ada@example.com", "ada-password").await;
    assert!(tab.kept.is_some(), "a refresh token came: {:?}", tab.phase());
    tab
}

fn count(tab: &Tab, step: Step) -> usize {
    tab.lifecycle.records().iter().filter(|record| record.step == step).count()
}

/// The refresh token in the latest exchange, sent once more as it was.
async fn again(browser: &mut Browser, request: &Request) -> (u16, String) {
    let answer = browser.fetch(request, ORIGIN).await.expect("an answer");
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_day_of_refreshes_needs_no_frame_and_no_session() {
    let mut browser = Browser::new().await;
    let mut tab = ada(&mut browser).await;
    browser.third_party_cookies = false;
    for hour in 1..=24 {
        tab.run(&mut browser, Duration::from_secs(3_600)).await;
        assert_eq!(tab.phase(), Phase::SignedIn, "hour {hour}");
    }
    assert_eq!((tab.frames, tab.recorded(Step::Failed), tab.recorded(Step::Expired)), (0, false, false));
    assert_eq!(tab.tokens().claims.get("email").and_then(|email| email.as_str()), Some("ada@example.com"));
}

#[tokio::test]
async fn a_lost_answer_is_recovered_within_the_tenants_leeway() {
    let mut browser = Browser::new().await;
    let mut tab = ada(&mut browser).await;
    tab.lose_answers = 1;
    tab.feed(&mut browser, Event::Renew).await;
    assert_eq!(tab.code(), Some(Code::TenantUnreachable));
    tab.run(&mut browser, Duration::from_secs(2)).await;
    assert_eq!((tab.phase(), tab.frames), (Phase::SignedIn, 0));
    // And the successor that came at the second try is the family's living one.
    tab.run(&mut browser, Duration::from_secs(600)).await;
    assert_eq!((tab.phase(), tab.frames), (Phase::SignedIn, 0));
}

#[tokio::test]
async fn an_answer_lost_for_longer_ends_the_family_and_the_frame_goes_on() {
    let mut browser = Browser::new().await;
    let mut tab = ada(&mut browser).await;
    tab.lose_answers = 1;
    tab.feed(&mut browser, Event::Renew).await;
    // The device sleeps: the next try comes after the leeway.
    browser.wait(Duration::from_secs(60));
    tab.feed(&mut browser, Event::Tick).await;
    assert_eq!((tab.phase(), tab.frames), (Phase::SignedIn, 1));
    assert_eq!(count(&tab, Step::LadderDescended), 1);
    // The frame brought a family of its own.
    tab.feed(&mut browser, Event::Renew).await;
    assert_eq!((tab.phase(), tab.frames), (Phase::SignedIn, 1));
}

#[tokio::test]
async fn a_thief_who_uses_a_spent_token_ends_the_family_and_nobody_loops() {
    let mut browser = Browser::new().await;
    let mut tab = ada(&mut browser).await;
    tab.feed(&mut browser, Event::Renew).await;
    let stolen = tab.last_exchange.clone().expect("a refresh");
    browser.wait(Duration::from_secs(30));
    let (status, body) = again(&mut browser, &stolen).await;
    assert_eq!(status, 403);
    assert!(body.contains("invalid_grant"), "{body}");
    // The session at the tenant is gone too, so there is nothing left.
    browser.navigate("http://localhost:4000/v2/logout").await;
    tab.run(&mut browser, Duration::from_secs(3_600)).await;
    let Phase::SignedOut { reason: Some(reason) } = tab.phase() else { panic!("{:?}", tab.phase()) };
    assert_eq!(reason.code, Code::LoginRequired);
    assert!(reason.found.as_deref().is_some_and(|found| found.contains("refresh_token_refused")), "{reason}");
    assert_eq!((count(&tab, Step::RefreshTokenSent), tab.frames), (2, 1));
}

#[tokio::test]
async fn signing_out_ends_the_family_at_the_tenant() {
    let mut browser = Browser::new().await;
    let mut tab = ada(&mut browser).await;
    tab.feed(&mut browser, Event::Renew).await;
    let latest = tab.last_exchange.clone().expect("a refresh");
    tab.feed(&mut browser, Event::SignOut).await;
    assert_eq!(tab.kept, None);
    let (status, body) = again(&mut browser, &latest).await;
    assert_eq!(status, 403, "within the leeway, but taken back: {body}");
}

#[tokio::test]
async fn a_reload_goes_on_with_the_family() {
    let mut browser = Browser::new().await;
    let tab = ada(&mut browser).await;
    browser.navigate("http://localhost:4000/v2/logout").await;
    let mut reloaded = Tab::new(config());
    let arrival = Arrival { kept: tab.kept.clone(), ..Arrival::default() };
    reloaded.feed(&mut browser, Event::Start(arrival)).await;
    assert_eq!((reloaded.phase(), reloaded.frames), (Phase::SignedIn, 0));
    assert_eq!(reloaded.lifecycle.generations()[0].origin, Origin::Restored);
    assert_ne!(reloaded.kept, tab.kept, "its successor is kept");
}

#[tokio::test]
async fn a_client_that_gets_none_renews_by_frame() {
    let mut browser = Browser::new().await;
    let spa = ClientConfig::new("http://localhost:4000/", "demo-spa", &format!("{ORIGIN}/callback"))
        .expect("valid")
        .with_refresh_tokens(RefreshTokens::InMemory);
    let mut tab = Tab::signed_in(&mut browser, spa, "ada@example.com", "ada-password").await;
    tab.feed(&mut browser, Event::Renew).await;
    assert_eq!((tab.phase(), tab.frames, count(&tab, Step::RefreshTokenSent)), (Phase::SignedIn, 1, 0));
}
