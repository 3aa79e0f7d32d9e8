//! Signing in and renewing in a popup, from the app through the tenant's pages and back by message.

use round_trip::{Browser, Tab};
use silent_auth::protocol::config::{ClientConfig, Transport};
use silent_auth::protocol::error::Code;
use silent_auth::protocol::ladder::Rung;
use silent_auth::protocol::lifecycle::{Event, PopupEvent};
use silent_auth::protocol::record::Step;
use silent_auth::protocol::session::{Origin, Phase};

const ADA: (&str, &str) = ("ada@example.com", "ada-password");
const GRACE: (&str, &str) = ("grace@example.com", "grace-password");

/// A browser that keeps the tenant's cookie from frames, at the cross-site pair of addresses.
async fn blocking(transport: Option<Transport>) -> (Browser, Tab) {
    let mut browser = Browser::new().await;
    browser.third_party_cookies = false;
    let config = ClientConfig::new("http://tenant.localhost:4000/", "demo-spa", "http://app.localhost:3000/callback")
        .expect("valid")
        .with_ladder(vec![Rung::RefreshToken, Rung::Frame, Rung::Popup])
        .with_transport(transport);
    let tab = Tab::open(&mut browser, config).await;
    assert_eq!(tab.code(), Some(Code::ThirdPartyCookiesBlocked));
    (browser, tab)
}

#[tokio::test]
async fn a_sign_in_and_a_renewal_in_a_popup_end_with_tokens_by_either_transport() {
    for transport in [Transport::WebMessage, Transport::CallbackPage] {
        let (mut browser, mut tab) = blocking(Some(transport)).await;
        tab.person = Some(ADA);
        tab.feed(&mut browser, Event::Popup(PopupEvent::SignIn)).await;
        assert_eq!(tab.tokens().subject(), "auth0|ada", "{transport:?}");
        assert_eq!(tab.lifecycle.generations()[0].origin, Origin::SignIn);
        assert_eq!(tab.path, None, "the page stays where it is");

        // Nobody types anything now: the session is there, and the tenant may not ask.
        tab.person = None;
        let generations = tab.lifecycle.generations().len();
        tab.feed(&mut browser, Event::Popup(PopupEvent::Renew)).await;
        assert_eq!(
            (tab.phase(), tab.lifecycle.generations().len()),
            (Phase::SignedIn, generations + 1),
            "{transport:?}"
        );
        assert!(tab.recorded(Step::LadderDescended));
    }
}

#[tokio::test]
async fn a_popup_that_may_not_ask_says_that_nobody_is_signed_in() {
    let (mut browser, mut tab) = blocking(None).await;
    tab.person = Some(ADA);
    tab.feed(&mut browser, Event::Popup(PopupEvent::Renew)).await;
    assert_eq!(tab.phase(), Phase::SignedOut { reason: None });
    let decision = browser.latest_decision("http://tenant.localhost:4000/", "/authorize").await;
    assert_eq!(decision["outcome"], "login_required", "{decision}");
}

#[tokio::test]
async fn a_popup_that_is_closed_at_the_login_form_brings_nothing() {
    let (mut browser, mut tab) = blocking(None).await;
    tab.feed(&mut browser, Event::Popup(PopupEvent::SignIn)).await;
    assert_eq!(tab.code(), Some(Code::PopupClosed));
    assert!(tab.lifecycle.tokens().is_none());
}

#[tokio::test]
async fn somebody_else_may_sign_in_in_the_popup() {
    let (mut browser, mut tab) = blocking(None).await;
    tab.person = Some(ADA);
    tab.feed(&mut browser, Event::Popup(PopupEvent::SignIn)).await;
    let issuer = "http://tenant.localhost:4000/";
    browser.navigate(&format!("{issuer}v2/logout?client_id=demo-spa")).await;
    tab.person = Some(GRACE);
    tab.feed(&mut browser, Event::Popup(PopupEvent::SignIn)).await;
    assert_eq!(tab.tokens().subject(), "auth0|grace");
}
