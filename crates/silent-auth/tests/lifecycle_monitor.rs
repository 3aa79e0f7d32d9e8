//! The session at the provider is watched: its end is noticed without a renewal, and nothing is believed that the frame cannot know.
#![cfg(all(not(target_arch = "wasm32"), feature = "session-monitor"))]

mod common;

use std::time::Duration;

use common::world::{Frame, World, config};
use silent_auth::protocol::config::{ClientConfig, Provider, RefreshTokens};
use silent_auth::protocol::error::Code;
use silent_auth::protocol::lifecycle::{Event, MonitorEvent, Watch};
use silent_auth::protocol::message::FrameMessage;
use silent_auth::protocol::record::Step;
use silent_auth::protocol::session::Phase;

const SECOND: Duration = Duration::from_secs(1);

fn watching() -> ClientConfig {
    config().with_provider(Provider::Discovered).with_session_monitor(true)
}

fn signed_in(tabs: usize, config: &ClientConfig) -> World {
    let mut world = World::new();
    world.tenant.lifetime = 3_600;
    world.tenant.says_session_state = true;
    world.tenant.document =
        |document| document["check_session_iframe"] = "http://localhost:4000/oidc/check_session".into();
    for _ in 0..tabs {
        world.open(config.clone());
        world.run(SECOND);
    }
    assert_eq!(world.tenant.authorize_requests, 1);
    world
}

fn message(origin: &str, from_frame: bool, text: &str) -> Event {
    let data = Some(format!("\"{text}\""));
    Event::Monitor(MonitorEvent::Message(FrameMessage { origin: origin.into(), from_frame, data }))
}

/// The frame of this tab answers.
fn says(world: &mut World, tab: usize, text: &str) {
    world.feed(tab, message("http://localhost:4000", true, text));
}

fn steps(world: &World, tab: usize, step: Step) -> usize {
    world.tabs[tab].lifecycle.records().iter().filter(|record| record.step == step).count()
}

#[test]
fn the_frame_is_asked_about_the_session_of_the_last_answer_in_every_tab() {
    let mut world = signed_in(2, &watching());
    let watch = |state: &str| Watch {
        url: "http://localhost:4000/oidc/check_session".into(),
        origin: "http://localhost:4000".into(),
        question: format!("demo-spa {state}"),
    };
    assert_eq!(world.tabs[0].watch, Some(watch("state-1")));
    assert_eq!(world.tabs[1].watch, Some(watch("state-1")), "shared with the tokens");
    world.feed(1, Event::Renew);
    world.run(SECOND);
    assert_eq!(world.tabs[0].watch, Some(watch("state-2")));
    assert_eq!(world.tabs[1].watch, Some(watch("state-2")));
    world.feed(0, Event::SignOut);
    world.run(SECOND);
    assert!(world.tabs.iter().all(|tab| tab.watch.is_none()), "nobody is signed in");
}

#[test]
fn it_is_asked_only_where_the_app_wants_it_and_the_provider_has_it() {
    let world = signed_in(1, &watching().with_session_monitor(false));
    assert_eq!(world.tabs[0].watch, None);
    let world = signed_in(1, &config().with_session_monitor(true));
    assert_eq!(world.tabs[0].watch, None, "Auth0 names none");
    let mut world = World::new();
    world.tenant.says_session_state = true;
    let tab = world.open(watching());
    world.run(SECOND);
    assert_eq!((world.phase(tab), &world.tabs[tab].watch), (Phase::SignedIn, &None), "discovery names none");
    let mut world = signed_in(1, &watching());
    world.tenant.says_session_state = false;
    let tab = world.open(watching().with_organization(None));
    world.run(SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
}

#[test]
fn a_session_that_ended_ends_in_every_tab_with_its_reason_and_without_a_renewal() {
    for refresh in [RefreshTokens::Never, RefreshTokens::InMemory] {
        let mut world = signed_in(3, &watching().with_refresh_tokens(refresh));
        says(&mut world, 0, "unchanged");
        world.tenant.session = None;
        says(&mut world, 0, "changed");
        world.run(SECOND);
        for tab in 0..3 {
            assert_eq!(world.error(tab), Some(Code::LoginRequired), "{refresh:?}");
            assert_eq!(world.tabs[tab].watch, None);
        }
        assert_eq!(world.tenant.authorize_requests, 2, "one silent check, in the frame");
        assert_eq!(steps(&world, 0, Step::SessionChanged), 1);
    }
}

#[test]
fn another_person_is_an_outcome_of_its_own() {
    let mut world = signed_in(2, &watching());
    says(&mut world, 1, "unchanged");
    world.tenant.session = Some("grace");
    says(&mut world, 1, "changed");
    world.run(SECOND);
    assert!((0..2).all(|tab| world.error(tab) == Some(Code::SubjectChanged)));
}

#[test]
fn the_same_person_signed_in_anew_goes_on_and_is_watched_on() {
    let mut world = signed_in(1, &watching());
    says(&mut world, 0, "unchanged");
    says(&mut world, 0, "changed");
    world.run(SECOND);
    assert_eq!(world.phase(0), Phase::SignedIn);
    assert_eq!(world.tabs[0].watch.as_ref().map(|watch| watch.question.as_str()), Some("demo-spa state-2"));
    says(&mut world, 0, "unchanged");
    world.tenant.session = None;
    says(&mut world, 0, "changed");
    world.run(SECOND);
    assert_eq!(world.error(0), Some(Code::LoginRequired));
}

#[test]
fn a_frame_that_sees_no_cookie_is_not_believed_and_never_a_loop() {
    let mut world = signed_in(1, &watching());
    for _ in 0..100 {
        says(&mut world, 0, "changed");
        world.run(SECOND * 5);
    }
    assert_eq!(world.tenant.authorize_requests, 1, "nothing was asked");
    assert_eq!(world.phase(0), Phase::SignedIn);
    assert_eq!(steps(&world, 0, Step::MonitorStopped), 1);
    assert_eq!(world.tabs[0].watch, None, "the frame is gone");
    // Nor after a check that found the same session.
    let mut world = signed_in(1, &watching());
    says(&mut world, 0, "unchanged");
    for _ in 0..100 {
        says(&mut world, 0, "changed");
        world.run(SECOND * 5);
    }
    assert_eq!(world.tenant.authorize_requests, 2);
    assert_eq!(world.phase(0), Phase::SignedIn);
}

#[test]
fn an_error_of_the_frame_ends_the_watch_and_nothing_else() {
    for event in [message("http://localhost:4000", true, "error"), Event::Monitor(MonitorEvent::Stopped)] {
        let mut world = signed_in(1, &watching());
        world.feed(0, event);
        assert_eq!((world.phase(0), &world.tabs[0].watch), (Phase::SignedIn, &None));
        world.feed(0, Event::Renew);
        world.run(SECOND);
        assert_eq!((world.phase(0), &world.tabs[0].watch), (Phase::SignedIn, &None), "for as long as the page lives");
    }
}

#[test]
fn a_check_that_fails_for_another_reason_leaves_the_session_as_it_was() {
    for frame in
        [Frame::Silent, Frame::Refuses("login_required", Some("none")), Frame::Refuses("consent_required", None)]
    {
        let mut world = signed_in(1, &watching());
        says(&mut world, 0, "unchanged");
        world.tenant.frame = frame.clone();
        says(&mut world, 0, "changed");
        world.run(SECOND * 3);
        assert_eq!(world.phase(0), Phase::SignedIn, "{frame:?}");
        assert_eq!(steps(&world, 0, Step::MonitorStopped), 1);
    }
}

#[test]
fn nobody_else_can_say_that_a_session_has_changed() {
    let mut world = signed_in(1, &watching());
    says(&mut world, 0, "unchanged");
    for event in [
        message("http://localhost:4000", false, "changed"),
        message("http://localhost:4001", true, "changed"),
        message("http://localhost:3000", true, "changed"),
        message("null", true, "changed"),
        message("http://localhost:4000", true, "Changed"),
        message("http://localhost:4000", true, "changed "),
        message("http://localhost:4001", true, "error"),
    ] {
        world.feed(0, event);
        world.run(SECOND);
    }
    assert_eq!(world.tenant.authorize_requests, 1);
    assert!(world.tabs[0].watch.is_some());
}
