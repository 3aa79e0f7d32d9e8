//! Several tabs of one client: one request, one result, one sign-out.
#![cfg(all(not(target_arch = "wasm32"), feature = "audiences"))]

mod common;

use std::time::Duration;

use common::world::{Frame, World, config};
use silent_auth::protocol::audience::TokenRequest;
use silent_auth::protocol::config::RefreshTokens;
use silent_auth::protocol::error::Code;
use silent_auth::protocol::lifecycle::Event;
use silent_auth::protocol::session::Phase;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

fn subject(world: &World, tab: usize) -> Option<String> {
    world.tabs[tab].lifecycle.tokens().map(|tokens| tokens.subject().to_owned())
}

#[test]
fn five_calls_in_each_of_two_tabs_make_one_request() {
    let mut world = World::new();
    let tabs = [world.open(config()), world.open(config())];
    world.run(SECOND);
    assert_eq!(world.tenant.authorize_requests, 1, "the start is one request too");
    for _ in 0..5 {
        for tab in tabs {
            world.feed(tab, Event::Renew);
        }
    }
    world.run(SECOND);
    assert_eq!(world.tenant.authorize_requests, 2);
    let expiry = |tab: usize| world.tabs[tab].lifecycle.tokens().map(|tokens| tokens.expires_at);
    assert_eq!(expiry(tabs[0]), expiry(tabs[1]));
    assert!(world.tabs.iter().all(|tab| tab.settled.iter().all(|(_, result)| result.is_ok())));
}

#[test]
fn a_tab_that_asks_before_the_news_has_reached_it_makes_no_second_request() {
    let mut world = World::new();
    let tabs = [world.open(config()), world.open(config())];
    world.run(SECOND);
    let settled = world.tabs[tabs[0]].settled.len();
    world.feed(tabs[0], Event::Renew);
    while world.tabs[tabs[0]].settled.len() == settled {
        world.run(Duration::from_millis(1));
    }
    world.feed(tabs[1], Event::Renew);
    world.run(SECOND);
    assert_eq!(world.tenant.authorize_requests, 2, "one at the start, one renewal");
}

#[test]
fn a_word_that_comes_after_the_lock_is_waited_for() {
    let mut world = World::new();
    world.word_delay = 200;
    let tabs = [world.open(config()), world.open(config())];
    world.run(SECOND);
    assert_eq!(world.tenant.authorize_requests, 1);
    assert!(tabs.iter().all(|tab| world.phase(*tab) == Phase::SignedIn));
}

#[test]
fn older_tokens_do_not_replace_newer_ones() {
    let mut world = World::new();
    let tabs = [world.open(config()), world.open(config())];
    world.run(Duration::from_secs(10));
    let older = world.said[0].clone();
    world.feed(tabs[0], Event::Renew);
    world.run(SECOND);
    let before = world.tabs[tabs[1]].lifecycle.generations().to_vec();
    world.feed(tabs[1], Event::Heard(older));
    assert_eq!(world.tabs[tabs[1]].lifecycle.generations(), before);
}

#[test]
fn two_tabs_over_a_day_make_one_request_a_generation() {
    let mut world = World::new();
    for _ in 0..2 {
        world.open(config());
    }
    world.run(DAY);
    let renewals = 86_400 / 48;
    assert!(world.tenant.authorize_requests <= renewals + 1, "{}", world.tenant.authorize_requests);
    assert!(world.tabs.iter().all(|tab| tab.lifecycle.phase() == Phase::SignedIn));
}

#[test]
fn a_waiting_tab_gets_the_owners_error() {
    let mut world = World::new();
    world.tenant.frame = Frame::Silent;
    let tabs = [world.open(config()), world.open(config())];
    world.run(Duration::from_millis(1_300));
    for tab in tabs {
        assert_eq!(world.error(tab), Some(Code::FrameSilent));
    }
    assert_eq!(world.tenant.authorize_requests, 1);
}

#[test]
fn no_waiting_tab_gives_up_before_the_owner() {
    let mut world = World::new();
    let config = || config().with_frame_timeout(Duration::from_secs(10));
    let tabs = [world.open(config()), world.open(config())];
    world.tenant.frame = Frame::Hangs;
    world.run(Duration::from_millis(9_000));
    assert!(tabs.iter().all(|tab| world.phase(*tab) == Phase::Checking));
}

#[test]
fn when_the_owner_is_closed_a_waiting_tab_asks_itself() {
    let mut world = World::new();
    world.tenant.frame = Frame::Hangs;
    let owner = world.open(config());
    let waiting = world.open(config());
    world.run(Duration::from_millis(500));
    assert_eq!(world.tenant.authorize_requests, 1);
    world.tenant.frame = Frame::Answers;
    world.close(owner);
    world.run(SECOND);
    assert_eq!(world.phase(waiting), Phase::SignedIn);
    assert_eq!(world.tenant.authorize_requests, 2);
}

#[test]
fn a_sign_out_reaches_the_other_tab_and_late_answers_bring_nothing_back() {
    let mut world = World::new();
    let tabs = [world.open(config()), world.open(config())];
    world.run(SECOND);
    world.feed(tabs[0], Event::Renew);
    world.run(Duration::from_millis(60));
    world.feed(tabs[0], Event::SignOut);
    let url = world.tabs[tabs[0]].left_for.clone().expect("left");
    assert_eq!(url, "http://localhost:4000/v2/logout?client_id=demo-spa&returnTo=http%3A%2F%2Flocalhost%3A3000%2F");
    world.run(SECOND);
    assert_eq!(world.phase(tabs[1]), Phase::SignedOut { reason: None });
    assert!(world.tabs.iter().all(|tab| tab.lifecycle.tokens().is_none()));
}

#[test]
fn a_change_of_person_in_one_tab_reaches_the_other() {
    let mut world = World::new();
    let first = world.open(config());
    world.run(SECOND);
    let second = world.sign_in_by_redirect(config(), "grace", "/");
    world.run(SECOND);
    assert_eq!(subject(&world, second).as_deref(), Some("grace"));
    assert_eq!(world.error(first), Some(Code::SubjectChanged));
}

#[test]
fn a_sign_in_in_one_tab_reaches_the_other() {
    let mut world = World::new();
    world.tenant.session = None;
    let first = world.open(config());
    world.run(SECOND);
    assert_eq!(world.phase(first), Phase::SignedOut { reason: None });
    world.sign_in_by_redirect(config(), "ada", "/");
    world.run(SECOND);
    assert_eq!(world.phase(first), Phase::SignedIn);
}

#[test]
fn a_tab_that_is_opened_later_gets_the_tokens_from_the_others_without_a_request() {
    let mut world = World::new();
    let config = || config().with_refresh_tokens(RefreshTokens::InMemory);
    let first = world.open(config());
    world.run(SECOND);
    let reports = TokenRequest::for_audience("https://reports.example.com");
    world.feed(first, Event::Want(reports.clone()));
    world.run(SECOND);
    let requests = (world.tenant.authorize_requests, world.tenant.token_requests);
    let second = world.open(config());
    world.run(Duration::from_millis(20));
    assert_eq!(world.phase(second), Phase::SignedIn);
    assert_eq!((world.tenant.authorize_requests, world.tenant.token_requests), requests);
    assert!(world.tabs[second].lifecycle.access_token_for(&reports, world.device_now()).is_some());
    assert_eq!(world.tabs[first].lifecycle.generations().len(), 1, "its own tokens are no news to it");
    // The refresh token came along: whoever renews next does so for both.
    world.close(first);
    world.tenant.frame = Frame::Silent;
    world.run(Duration::from_secs(60));
    assert_eq!(world.phase(second), Phase::SignedIn);
}

#[test]
fn a_tab_that_is_alone_loses_no_time_by_asking() {
    let mut world = World::new();
    let tab = world.open(config());
    world.run(Duration::from_millis(2));
    assert_eq!(world.tabs[tab].frames.len(), 1);
}

#[test]
fn tabs_that_have_nothing_to_share_are_waited_for_a_tenth_of_a_second() {
    let mut world = World::new();
    world.tenant.session = None;
    world.open(config());
    world.run(SECOND);
    let second = world.open(config());
    world.run(Duration::from_millis(99));
    assert_eq!(world.tabs[second].frames.len(), 0);
    world.run(Duration::from_millis(5));
    assert_eq!(world.tabs[second].frames.len(), 1);
    world.run(SECOND);
    assert_eq!(world.phase(second), Phase::SignedOut { reason: None });
}

#[test]
fn a_hidden_tab_whose_timer_is_late_keeps_nobody_from_the_lock() {
    let mut world = World::new();
    world.tenant.lifetime = 3_600;
    let tabs = [world.open(config()), world.open(config())];
    world.run(SECOND);
    world.feed(tabs[0], Event::Renew);
    world.run(Duration::from_millis(120));
    // Its answer is there, and the timer that would give the lock back comes in a minute.
    world.timers_every = 60_000;
    world.feed(tabs[0], Event::Renew);
    world.run(Duration::from_millis(120));
    world.timers_every = 1;
    world.feed(tabs[1], Event::Renew);
    world.run(SECOND);
    assert!(world.tabs[tabs[1]].settled.last().is_some_and(|(_, result)| result.is_ok()));
    assert_eq!(world.phase(tabs[1]), Phase::SignedIn, "not waiting");
}

#[test]
fn a_renewal_does_not_wait_for_other_tabs_to_share() {
    let mut world = World::new();
    let tabs = [world.open(config()), world.open(config())];
    world.run(SECOND);
    world.feed(tabs[1], Event::Renew);
    world.run(Duration::from_millis(2));
    assert_eq!(world.tabs[tabs[1]].frames.len(), 1);
}

#[test]
fn expired_tokens_are_not_shared() {
    let mut world = World::new();
    let first = world.open(config());
    world.run(SECOND);
    world.network(false);
    world.run(Duration::from_secs(70));
    assert!(world.tabs[first].lifecycle.tokens().is_some(), "kept, though expired");
    let said = world.said.len();
    world.feed(first, Event::Heard(r#"{"word":"ask"}"#.into()));
    assert_eq!(world.said.len(), said);
}

#[test]
fn a_session_that_ended_at_the_tenant_ends_in_every_tab_with_its_reason() {
    let mut world = World::new();
    let tabs = [world.open(config()), world.open(config()), world.open(config())];
    world.run(SECOND);
    world.tenant.session = None;
    world.feed(tabs[0], Event::Renew);
    world.run(SECOND);
    for tab in tabs {
        assert_eq!(world.error(tab), Some(Code::LoginRequired));
    }
    assert_eq!(world.tenant.authorize_requests, 2, "one tab asked");
}

#[test]
fn another_person_found_by_a_renewal_ends_the_session_in_every_tab() {
    for refresh in [RefreshTokens::Never, RefreshTokens::InMemory] {
        let mut world = World::new();
        let config = || config().with_refresh_tokens(refresh);
        let tabs = [world.open(config()), world.open(config())];
        world.run(SECOND);
        world.tenant.session = Some("grace");
        if let Some(grant) = &mut world.tenant.grant {
            grant.person = "grace".to_owned();
        }
        world.feed(tabs[1], Event::Renew);
        world.run(SECOND);
        for tab in tabs {
            assert_eq!(world.error(tab), Some(Code::SubjectChanged), "{refresh:?}");
            assert!(world.tabs[tab].lifecycle.tokens().is_none());
        }
    }
}

#[test]
fn another_person_found_by_a_request_for_another_api_ends_the_session_in_every_tab() {
    let mut world = World::new();
    let tabs = [world.open(config()), world.open(config())];
    world.run(SECOND);
    world.tenant.session = Some("grace");
    world.feed(tabs[0], Event::Want(TokenRequest::for_audience("https://reports.example.com")));
    world.run(SECOND);
    for tab in tabs {
        assert_eq!(world.error(tab), Some(Code::SubjectChanged));
    }
}

#[test]
fn news_of_an_end_that_is_older_than_the_tokens_changes_nothing() {
    let mut world = World::new();
    let tabs = [world.open(config()), world.open(config())];
    world.run(SECOND);
    world.tenant.session = None;
    world.feed(tabs[0], Event::Renew);
    world.run(SECOND);
    let ended = world.said.iter().rfind(|word| word.contains("failure")).expect("said").clone();
    world.sign_in_by_redirect(config(), "ada", "/");
    world.run(SECOND);
    assert_eq!(world.phase(tabs[1]), Phase::SignedIn);
    world.feed(tabs[1], Event::Heard(ended));
    assert_eq!(world.phase(tabs[1]), Phase::SignedIn);
}

#[test]
fn a_failure_that_ends_nothing_stays_with_who_waited_for_it() {
    let mut world = World::new();
    let tabs = [world.open(config()), world.open(config())];
    world.run(SECOND);
    world.tenant.frame = Frame::Silent;
    world.feed(tabs[0], Event::Renew);
    world.run(Duration::from_secs(2));
    assert_eq!(world.error(tabs[0]), Some(Code::FrameSilent));
    assert_eq!(world.phase(tabs[1]), Phase::SignedIn);
}
