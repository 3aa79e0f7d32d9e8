//! The ladder: which way to fresh tokens is tried, and which is not.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use std::time::Duration;

use common::world::{Frame, World, config, cross_site};
use silent_auth::protocol::config::{ClientConfig, RefreshTokens};
use silent_auth::protocol::error::Code;
use silent_auth::protocol::ladder::Rung;
use silent_auth::protocol::lifecycle::{Arrival, Event};
use silent_auth::protocol::record::Step;
use silent_auth::protocol::session::{Origin, Phase};

const SECOND: Duration = Duration::from_secs(1);

fn in_memory() -> ClientConfig {
    config().with_refresh_tokens(RefreshTokens::InMemory)
}

fn count(world: &World, tab: usize, step: Step) -> usize {
    world.tabs[tab].lifecycle.records().iter().filter(|record| record.step == step).count()
}

#[test]
fn the_ladder_is_the_apps_to_order() {
    let mut world = World::new();
    let ladder = vec![Rung::Frame, Rung::RefreshToken];
    let tab = world.open(in_memory().with_ladder(ladder));
    world.run(SECOND);
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    assert_eq!((world.tenant.authorize_requests, count(&world, tab, Step::RefreshTokenSent)), (2, 0));
    // A frame that stays silent, or that this page's own policy stops, says nothing about the refresh token.
    for frame in [Frame::Silent, Frame::StoppedByPolicy, Frame::Refuses("interaction_required", None)] {
        world.tenant.frame = frame.clone();
        let sent = count(&world, tab, Step::RefreshTokenSent);
        world.feed(tab, Event::Renew);
        world.run(5 * SECOND);
        assert_eq!(world.phase(tab), Phase::SignedIn, "{frame:?}");
        assert_eq!(count(&world, tab, Step::RefreshTokenSent), sent + 1, "{frame:?}");
        assert!(world.tabs[tab].frames.is_empty(), "{frame:?}: it is gone");
    }
}

#[test]
fn an_empty_ladder_asks_nobody() {
    let mut world = World::new();
    let tab = world.open(config().with_ladder(Vec::new()));
    world.run(Duration::from_secs(60));
    assert_eq!(world.phase(tab), Phase::SignedOut { reason: None });
    assert_eq!((world.tenant.authorize_requests, world.tenant.token_requests), (0, 0));
}

/// A page that may go to the tenant and come straight back.
fn by_page() -> ClientConfig {
    cross_site().with_ladder(vec![Rung::Frame, Rung::Page])
}

#[test]
fn where_the_frame_is_not_shown_the_cookie_the_page_goes_itself_once() {
    let mut world = World::new();
    world.tenant.frame = Frame::Refuses("login_required", Some("none"));
    let tab = world.add(by_page());
    world.feed(tab, Event::Start(Arrival { path: "/notes?page=2".into(), ..Arrival::default() }));
    world.run(SECOND);
    let url = world.tabs[tab].left_for.clone().expect("left");
    assert!(url.contains("prompt=none"), "{url}");
    assert_eq!(world.phase(tab), Phase::Leaving);
    let back = world.come_back(tab, Some("ada"));
    world.run(SECOND);
    assert_eq!(world.phase(back), Phase::SignedIn);
    assert_eq!(world.tabs[back].path.as_deref(), Some("/notes?page=2"), "where the person was");
    assert_eq!(world.tabs[back].lifecycle.generations()[0].origin, Origin::Restored);
}

#[test]
fn a_silent_page_that_finds_nobody_stays_where_it_was_and_does_not_go_again() {
    let mut world = World::new();
    world.tenant.frame = Frame::Refuses("login_required", Some("none"));
    world.tenant.session = None;
    let tab = world.add(by_page());
    world.feed(tab, Event::Start(Arrival { path: "/notes".into(), ..Arrival::default() }));
    world.run(SECOND);
    let back = world.come_back(tab, None);
    world.run(Duration::from_secs(600));
    assert_eq!(world.phase(back), Phase::SignedOut { reason: None });
    assert_eq!(world.tabs[back].path.as_deref(), Some("/notes"));
    // Nor does an app that asks for a token again.
    world.feed(back, Event::Renew);
    world.run(SECOND);
    assert_eq!(world.tabs[back].left_for, None);
}

#[test]
fn a_page_that_people_work_in_is_never_taken_away() {
    let mut world = World::new();
    let tab = world.sign_in_by_redirect(by_page(), "ada", "/");
    world.run(SECOND);
    world.tenant.frame = Frame::Refuses("login_required", Some("none"));
    world.feed(tab, Event::Renew);
    world.run(Duration::from_secs(600));
    assert_eq!(world.tabs[tab].left_for, None);
    assert_eq!(world.error(tab), Some(Code::ThirdPartyCookiesBlocked));
}

#[test]
fn on_one_host_the_page_would_hear_what_the_frame_heard() {
    let mut world = World::new();
    world.tenant.session = None;
    let tab = world.open(config().with_ladder(vec![Rung::Frame, Rung::Page]));
    world.run(SECOND);
    assert_eq!((world.phase(tab), world.tabs[tab].left_for.clone()), (Phase::SignedOut { reason: None }, None));
}
