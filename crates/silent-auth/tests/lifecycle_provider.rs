//! Any OpenID provider: its addresses by discovery, the ways in which it answers, and signing out at it.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use std::time::Duration;

use common::world::{World, config};
use serde_json::{Value, json};
use silent_auth::protocol::config::{ClientConfig, Provider};
use silent_auth::protocol::discovery::LIFE;
use silent_auth::protocol::error::Code;
use silent_auth::protocol::lifecycle::Event;
use silent_auth::protocol::parameters::Parameters;
use silent_auth::protocol::record::{Outcome, Shown, Step};
use silent_auth::protocol::session::Phase;

const SECOND: Duration = Duration::from_secs(1);

/// A change of the discovery document.
type Change = fn(&mut Value);

fn discovered() -> ClientConfig {
    config().with_provider(Provider::Discovered)
}

fn opened(document: Change) -> (World, usize) {
    let mut world = World::new();
    world.tenant.document = document;
    let tab = world.open(discovered());
    world.run(SECOND);
    (world, tab)
}

fn at_end(document: &mut Value) {
    document["end_session_endpoint"] = json!("http://localhost:4000/end");
}

#[test]
fn each_way_of_answering_renews_through_the_page_that_fits() {
    let ways: [(Change, &str); 4] = [
        (|_| (), "query"),
        (|it| it["response_modes_supported"] = json!(["query", "fragment"]), "query"),
        (|it| it["response_modes_supported"] = json!(["fragment"]), "fragment"),
        (|it| it["response_modes_supported"] = json!(["query", "web_message"]), "web_message"),
    ];
    for (document, mode) in ways {
        let (mut world, tab) = opened(document);
        assert_eq!(world.phase(tab), Phase::SignedIn, "{mode}");
        world.feed(tab, Event::Renew);
        world.run(SECOND);
        assert_eq!(world.tabs[tab].lifecycle.generations().len(), 2, "{mode}");
        let records = world.tabs[tab].lifecycle.records();
        let opened = records.iter().find(|record| record.step == Step::FrameOpened).expect("a frame");
        let asked = opened.parameters.iter().find(|parameter| parameter.name == "response_mode").expect("a mode");
        assert_eq!(asked.value, Shown::Plain(mode.to_owned()));
    }
}

#[test]
fn the_answer_of_a_sign_in_leaves_the_address_before_the_addresses_are_known() {
    let mut world = World::new();
    world.tenant.session = None;
    let leaving = world.open(discovered());
    world.run(SECOND);
    world.feed(leaving, Event::SignIn { return_to: "/learn".into() });
    world.run(SECOND);
    world.tenant.session = Some("ada");
    let asked = world.tenant.discovery_requests;
    let tab = world.come_back(leaving, Some("ada"));
    assert_eq!(world.tabs[tab].path.as_deref(), Some("/learn"), "in the very first step");
    assert_eq!(world.tenant.token_requests, 0);
    world.run(SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
    assert_eq!((world.tenant.token_requests, world.tenant.discovery_requests), (1, asked + 1));
}

#[test]
fn addresses_are_asked_for_once_an_hour_and_no_more() {
    let (mut world, tab) = opened(|_| ());
    world.run(LIFE - SECOND * 60);
    assert_eq!(world.tenant.discovery_requests, 1);
    world.run(LIFE * 23);
    let asked = world.tenant.discovery_requests;
    assert!((20..=24).contains(&asked), "{asked} in a day");
    assert_eq!(world.phase(tab), Phase::SignedIn);
}

#[test]
fn addresses_that_are_known_serve_on_where_asking_again_brings_nothing() {
    for spoil in [(|world| world.tenant.no_discovery = Some(503)) as fn(&mut World), |world| {
        world.tenant.document = |it| it["issuer"] = json!("http://elsewhere.localhost/");
    }] {
        let (mut world, tab) = opened(|_| ());
        spoil(&mut world);
        world.run(LIFE * 3);
        assert_eq!(world.phase(tab), Phase::SignedIn);
        assert!(world.tenant.discovery_requests <= 4, "and it is not asked for more often");
        let records = world.tabs[tab].lifecycle.records();
        assert!(records.iter().all(|record| record.step != Step::Failed));
        assert!(world.tabs[tab].lifecycle.generations().last().is_some_and(|it| it.number > 150));
    }
}

#[test]
fn discovery_that_fails_at_the_start_is_tried_again_in_growing_pauses() {
    let mut world = World::new();
    world.tenant.no_discovery = Some(503);
    let tab = world.open(discovered());
    world.run(SECOND);
    assert_eq!(world.error(tab), Some(Code::TenantUnavailable));
    world.run(Duration::from_secs(600));
    let asked = world.tenant.discovery_requests;
    assert!((9..=20).contains(&asked), "{asked} in ten minutes");
    world.tenant.no_discovery = None;
    world.run(Duration::from_secs(90));
    assert_eq!(world.phase(tab), Phase::SignedIn);
}

#[test]
fn a_document_of_another_issuer_is_refused_and_not_asked_for_again() {
    let (mut world, tab) = opened(|it| it["issuer"] = json!("http://localhost:4000"));
    assert_eq!(world.error(tab), Some(Code::DiscoveryIssuerMismatch));
    world.run(LIFE);
    assert_eq!(world.tenant.discovery_requests, 1);
    assert_eq!(world.tenant.authorize_requests, 0);
}

#[test]
fn signing_out_shows_the_id_token_as_a_hint_and_no_record_shows_it() {
    let (mut world, tab) = opened(at_end);
    let id_token = world.tabs[tab].lifecycle.tokens().expect("tokens").id_token.expose().to_owned();
    world.feed(tab, Event::SignOut);
    assert_eq!(world.phase(tab), Phase::Leaving);
    let url = world.tabs[tab].left_for.clone().expect("left");
    assert!(url.starts_with("http://localhost:4000/end?"), "{url}");
    let sent = Parameters::from_url(&url).expect("parameters");
    assert_eq!(sent.get("client_id"), Some("demo-spa"));
    assert_eq!(sent.get("id_token_hint"), Some(id_token.as_str()));
    assert_eq!(sent.get("post_logout_redirect_uri"), Some("http://localhost:3000/"));
    let state = sent.get("state").expect("a state");
    assert!(world.tabs[tab].stored.contains_key(state), "known again when the tenant returns");
    let records = world.tabs[tab].lifecycle.records();
    let record = records.iter().find(|record| record.step == Step::SignedOut).expect("recorded");
    assert_eq!(record.detail, "GET http://localhost:4000/end");
    let shown = format!("{record:?}");
    assert!(!shown.contains(&id_token) && !shown.contains(state), "{shown}");
}

#[test]
fn a_provider_without_a_way_to_sign_out_is_left_alone_and_that_is_said() {
    let (mut world, tab) = opened(|_| ());
    assert_eq!(world.tabs[tab].lifecycle.tenant_sign_out_url(), None);
    let other = world.open(discovered());
    world.run(SECOND);
    world.feed(tab, Event::SignOut);
    world.run(SECOND);
    assert_eq!((world.error(tab), world.tabs[tab].left_for.clone()), (Some(Code::SignedOutHereOnly), None));
    assert!(matches!(world.phase(tab), Phase::SignedOut { .. }) && world.tabs[tab].lifecycle.tokens().is_none());
    assert!(matches!(world.phase(other), Phase::SignedOut { .. }), "in every tab");
    world.run(LIFE);
    assert!(matches!(world.phase(tab), Phase::SignedOut { .. }), "and the session there is not taken up again");
    let records = world.tabs[tab].lifecycle.records();
    let record = records.iter().find(|record| record.step == Step::SignedOut).expect("recorded");
    assert_eq!(record.outcome, Outcome::Done);
}

#[test]
fn auth0s_own_sign_out_carries_no_token() {
    let mut world = World::new();
    let tab = world.open(config());
    world.run(SECOND);
    assert_eq!(
        world.tabs[tab].lifecycle.tenant_sign_out_url().as_deref(),
        Some("http://localhost:4000/v2/logout?client_id=demo-spa")
    );
    world.feed(tab, Event::SignOut);
    let url = world.tabs[tab].left_for.clone().expect("left");
    assert_eq!(url, "http://localhost:4000/v2/logout?client_id=demo-spa&returnTo=http%3A%2F%2Flocalhost%3A3000%2F");
}
