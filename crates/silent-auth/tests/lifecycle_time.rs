//! Weeks of it: sleep, throttled timers, no network, clocks that are set, short tokens, and twenty tabs at once.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use std::time::Duration;

use common::world::{World, config};
use silent_auth::protocol::config::RefreshTokens;
use silent_auth::protocol::error::Code;
use silent_auth::protocol::lifecycle::Event;
use silent_auth::protocol::record::Step;
use silent_auth::protocol::session::Phase;
use silent_auth::protocol::token::DEFAULT_LIFE;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

fn steps(world: &World, tab: usize, step: Step) -> usize {
    world.tabs[tab].lifecycle.records().iter().filter(|record| record.step == step).count()
}

/// A world with so many signed-in tabs and tokens of this life.
fn signed_in(tabs: usize, lifetime: u64) -> World {
    let mut world = World::new();
    world.tenant.lifetime = lifetime;
    for _ in 0..tabs {
        world.open(config());
    }
    world.run(SECOND);
    assert_eq!(world.tenant.authorize_requests, 1);
    all_signed_in(&world);
    world
}

fn all_signed_in(world: &World) {
    for tab in 0..world.tabs.len() {
        assert_eq!(world.phase(tab), Phase::SignedIn, "tab {tab}");
    }
}

#[test]
fn a_token_of_ten_seconds_is_replaced_two_seconds_before_it_expires() {
    let mut world = signed_in(2, 10);
    world.run(DAY);
    assert!((0..2).all(|tab| steps(&world, tab, Step::Expired) == 0));
    let renewals = world.tenant.authorize_requests - 1;
    assert!((86_400 / 9..=86_400 / 8).contains(&renewals), "{renewals} in both tabs");
    assert_eq!(world.most_at_once, 1);
}

#[test]
fn a_token_that_does_not_say_how_long_it_lives_is_taken_to_live_five_minutes() {
    let mut world = signed_in(1, 0);
    let generation = world.tabs[0].lifecycle.generations()[0].clone();
    assert_eq!(generation.expires_at.since(generation.issued_at), DEFAULT_LIFE);
    world.run(DAY * 7);
    assert_eq!(steps(&world, 0, Step::Expired), 0);
    assert!(world.tenant.authorize_requests <= 7 * 86_400 / 240 + 1);
}

#[test]
fn timers_that_fire_once_a_minute_let_no_token_of_an_hour_expire_in_two_weeks() {
    let mut world = signed_in(3, 3_600);
    world.timers_every = 60_000;
    world.run(DAY * 14);
    assert!((0..3).all(|tab| steps(&world, tab, Step::Expired) == 0));
    let renewals = world.tenant.authorize_requests - 1;
    assert!(renewals <= 14 * 86_400 / 3_420, "{renewals}");
    assert_eq!(world.most_at_once, 1);
}

#[test]
fn a_token_that_is_shorter_than_the_timers_pause_is_fresh_again_a_second_after_each() {
    let mut world = signed_in(1, 10);
    world.timers_every = 60_000;
    for _ in 0..600 {
        world.run(MINUTE);
        world.run(SECOND);
        world.now = world.now.shifted(-1_000);
        assert_eq!(world.phase(0), Phase::SignedIn);
    }
}

#[test]
fn twenty_tabs_that_wake_at_once_make_one_request() {
    for refresh in [RefreshTokens::Never, RefreshTokens::InMemory] {
        let mut world = World::new();
        for _ in 0..20 {
            world.open(config().with_refresh_tokens(refresh));
        }
        world.run(SECOND);
        for night in 1..=5 {
            let requests = world.tenant.token_requests;
            world.sleep(HOUR * 9);
            world.run(SECOND * 2);
            assert_eq!(world.tenant.token_requests, requests + 1, "night {night}");
            all_signed_in(&world);
        }
        assert_eq!(world.most_at_once, 1);
    }
}

#[test]
fn after_hours_without_network_the_tabs_are_back_within_a_second_by_one_request() {
    let mut world = signed_in(20, 3_600);
    world.network(false);
    world.run(HOUR * 5);
    assert!((0..20).all(|tab| matches!(world.phase(tab), Phase::Expired { .. } | Phase::Renewing)));
    // Between two tries, so that it is the news and not the clock that brings them back.
    while (0..20).any(|tab| world.tabs[tab].lifecycle.flight().is_some()) {
        world.run(SECOND);
    }
    let requests = world.tenant.authorize_requests;
    world.network(true);
    world.run(SECOND);
    all_signed_in(&world);
    assert_eq!(world.tenant.authorize_requests, requests + 1);
}

#[test]
fn a_network_that_is_back_hurries_nothing_that_failed_for_another_reason() {
    let mut world = World::new();
    let tab = world.open(config().with_refresh_tokens(RefreshTokens::InMemory));
    world.run(SECOND);
    world.tenant.trouble = Some(503);
    world.feed(tab, Event::Renew);
    world.run(Duration::from_millis(200));
    assert_eq!(world.error(tab), Some(Code::TenantUnavailable));
    let requests = world.tenant.token_requests;
    world.network(true);
    world.run(Duration::from_millis(200));
    assert_eq!(world.tenant.token_requests, requests);
}

#[test]
fn a_clock_that_is_set_by_a_day_costs_one_request_and_no_session() {
    for set in [86_400, -86_400] {
        let mut world = signed_in(3, 3_600);
        world.run(MINUTE * 10);
        world.set_clock(set);
        world.run(SECOND * 2);
        all_signed_in(&world);
        assert_eq!(world.tenant.authorize_requests, 2, "{set}");
        for tab in 0..3 {
            let expires = world.tabs[tab].lifecycle.tokens().expect("signed in").expires_at;
            let lives = expires.since(world.device_now());
            assert!(lives <= HOUR && lives > HOUR - MINUTE, "set by {set}: {lives:?}");
        }
        assert_eq!(steps(&world, 0, Step::ClockSetBack), usize::from(set < 0));
        world.run(DAY * 2);
        all_signed_in(&world);
    }
}

#[test]
fn a_clock_that_is_set_back_in_the_middle_of_a_request_does_not_make_it_wait_a_day() {
    let mut world = signed_in(1, 3_600);
    world.tenant.hang_answers = 1;
    world.feed(0, Event::Renew);
    world.run(SECOND);
    assert_eq!(world.phase(0), Phase::Renewing);
    world.set_clock(-86_400);
    world.run(SECOND * 11);
    assert_eq!(world.error(0), Some(Code::TimedOut));
    world.run(SECOND * 10);
    all_signed_in(&world);
}

#[test]
fn a_clock_that_trembles_changes_nothing() {
    let mut world = signed_in(1, 3_600);
    for second in 0..60 {
        world.set_clock(-(second % 2) * 9);
        world.run(SECOND);
    }
    assert_eq!(world.tenant.authorize_requests, 1);
    assert_eq!(steps(&world, 0, Step::ClockSetBack), 0);
}

#[test]
fn three_weeks_of_a_laptop() {
    let mut world = signed_in(4, 3_600);
    for day in 0..21 {
        world.run(HOUR * 4);
        world.network(false);
        world.run(MINUTE * 20);
        world.network(true);
        world.run(HOUR * 2);
        world.timers_every = 60_000;
        world.run(HOUR * 3);
        world.timers_every = 1;
        world.sleep(HOUR * 14);
        world.run(MINUTE * 40);
        all_signed_in(&world);
        let requests = world.tenant.authorize_requests;
        assert!(requests <= 1 + (day + 1) * 24, "{requests} requests by day {day}");
    }
    assert_eq!(world.most_at_once, 1);
}
