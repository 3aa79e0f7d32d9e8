//! The lifecycle over seconds, days and weeks, in a simulated world.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use std::time::Duration;

use common::world::{Frame, START, World, config, cross_site};
use silent_auth::protocol::config::{ClientConfig, Provider};
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::lifecycle::{Callback, Event, MAX_RECORDS};
use silent_auth::protocol::message::FrameMessage;
use silent_auth::protocol::record::Step;
use silent_auth::protocol::session::{Origin, Phase};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

fn steps(world: &World, tab: usize, step: Step) -> usize {
    world.tabs[tab].lifecycle.records().iter().filter(|record| record.step == step).count()
}

fn subject(world: &World, tab: usize) -> Option<String> {
    world.tabs[tab].lifecycle.tokens().map(|tokens| tokens.subject().to_owned())
}

#[test]
fn a_session_is_restored_when_the_page_starts() {
    let mut world = World::new();
    let tab = world.open(config());
    assert_eq!(world.phase(tab), Phase::Checking, "nothing is said before the tenant has answered");
    world.run(SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
    assert_eq!(subject(&world, tab).as_deref(), Some("ada"));
    assert_eq!(world.tabs[tab].lifecycle.generations()[0].origin, Origin::Restored);
    assert!(world.tabs[tab].frames.is_empty(), "the frame is gone");
}

#[test]
fn nobody_signed_in_is_said_after_the_tenant_said_so() {
    let mut world = World::new();
    world.tenant.session = None;
    let tab = world.open(config());
    assert_eq!(world.phase(tab), Phase::Checking);
    world.run(SECOND);
    assert_eq!(world.phase(tab), Phase::SignedOut { reason: None });
}

#[test]
fn a_week_of_renewals_never_lets_a_token_expire() {
    let mut world = World::new();
    let tab = world.open(config());
    world.run(DAY * 7);
    assert_eq!(steps(&world, tab, Step::Expired), 0);
    // Tokens of 60 s are replaced after 48 s and the round trip of a renewal.
    let renewals = 7 * 86_400 / 48;
    assert!(world.tenant.authorize_requests <= renewals + 1);
    assert!(world.tenant.authorize_requests > renewals * 99 / 100, "{} renewals", world.tenant.authorize_requests);
    assert_eq!(world.tenant.key_requests, 1, "the keys are kept");
    assert_eq!(world.tabs[tab].lifecycle.records().len(), MAX_RECORDS);
}

#[test]
fn a_token_of_a_day_is_replaced_a_minute_before_it_expires() {
    let mut world = World::new();
    world.tenant.lifetime = 86_400;
    let tab = world.open(config());
    world.run(SECOND);
    let generation = world.tabs[tab].lifecycle.generations()[0].clone();
    assert_eq!(generation.expires_at.since(generation.renew_at), Duration::from_secs(60));
    assert_eq!(generation.expires_at.since(generation.issued_at), DAY);
}

#[test]
fn after_a_long_sleep_there_is_one_request() {
    let mut world = World::new();
    let tab = world.open(config());
    world.run(SECOND);
    let before = world.tenant.authorize_requests;
    world.sleep(HOUR * 3);
    world.run(SECOND);
    assert_eq!(world.tenant.authorize_requests, before + 1);
    assert_eq!(world.phase(tab), Phase::SignedIn);
}

#[test]
fn a_failed_renewal_keeps_the_token_until_it_expires() {
    let mut world = World::new();
    let tab = world.open(config());
    world.run(SECOND);
    world.tenant.reachable = false;
    world.run(Duration::from_secs(52));
    assert!(matches!(world.phase(tab), Phase::RenewalFailed { retry_at: Some(_), .. }), "{:?}", world.phase(tab));
    assert_eq!(world.error(tab), Some(Code::TenantUnreachable));
    assert!(world.tabs[tab].lifecycle.tokens().is_some());
    world.run(Duration::from_secs(30));
    assert!(matches!(world.phase(tab), Phase::Expired { .. } | Phase::Renewing), "{:?}", world.phase(tab));
    assert_eq!(steps(&world, tab, Step::Expired), 1);
    world.tenant.reachable = true;
    world.run(Duration::from_secs(75));
    assert_eq!(world.phase(tab), Phase::SignedIn);
}

#[test]
fn an_unreachable_tenant_is_asked_less_and_less() {
    let mut world = World::new();
    world.tenant.reachable = false;
    let tab = world.open(config());
    world.run(Duration::from_secs(5));
    assert!(matches!(world.phase(tab), Phase::Undetermined { .. }));
    assert_eq!(world.error(tab), Some(Code::TenantUnreachable));
    world.run(HOUR);
    let tries = steps(&world, tab, Step::FrameOpened);
    assert!((50..100).contains(&tries), "{tries} tries in an hour");
}

#[test]
fn a_session_that_ended_at_the_tenant_is_found_at_the_next_renewal_and_asked_no_more() {
    let mut world = World::new();
    let tab = world.open(config());
    world.run(SECOND);
    world.tenant.session = None;
    world.run(Duration::from_secs(60));
    assert_eq!(world.error(tab), Some(Code::LoginRequired));
    assert!(matches!(world.phase(tab), Phase::SignedOut { .. }));
    assert!(world.tabs[tab].lifecycle.tokens().is_none());
    let before = world.tenant.authorize_requests;
    world.run(DAY);
    assert_eq!(world.tenant.authorize_requests, before);
}

#[test]
fn consent_that_is_missing_keeps_the_token_and_is_not_asked_for_again() {
    let mut world = World::new();
    let tab = world.open(config());
    world.run(SECOND);
    world.tenant.frame = Frame::Refuses("consent_required", None);
    world.run(Duration::from_secs(50));
    assert!(matches!(world.phase(tab), Phase::RenewalFailed { retry_at: None, .. }));
    assert_eq!(world.error(tab), Some(Code::ConsentRequired));
    let before = world.tenant.authorize_requests;
    world.run(HOUR);
    assert_eq!(world.tenant.authorize_requests, before);
}

#[test]
fn a_silent_frame_fails_with_its_candidates_a_second_after_it_loaded() {
    let mut world = World::new();
    world.tenant.frame = Frame::Silent;
    let tab = world.open(config());
    world.run(Duration::from_millis(1_000));
    assert_eq!(world.phase(tab), Phase::Checking);
    world.run(Duration::from_millis(150));
    assert_eq!(world.error(tab), Some(Code::FrameSilent));
    let Phase::Undetermined { error, .. } = world.phase(tab) else { panic!("{:?}", world.phase(tab)) };
    let found = error.found.unwrap_or_default();
    for candidate in ["Allowed Web Origin", "callback", "login page", "frame-ancestors"] {
        assert!(found.contains(candidate), "{candidate}: {found}");
    }
    assert!(world.tabs[tab].frames.is_empty());
}

#[test]
fn a_silent_frame_at_a_tenant_that_is_gone_is_told_apart() {
    let mut world = World::new();
    let tab = world.open(config());
    world.run(SECOND);
    world.tenant.reachable = false;
    world.feed(tab, Event::Renew);
    world.run(Duration::from_millis(1_200));
    assert_eq!(world.error(tab), Some(Code::TenantUnreachable));
}

#[test]
fn a_frame_that_never_loads_leads_to_the_question_whether_the_tenant_is_there() {
    let mut world = World::new();
    let tab = world.open(config());
    world.run(SECOND);
    world.tenant.frame = Frame::Hangs;
    world.tenant.reachable = false;
    world.feed(tab, Event::Renew);
    world.run(Duration::from_millis(2_100));
    assert_eq!(world.error(tab), Some(Code::TenantUnreachable), "long before the deadline");

    world.tenant.reachable = true;
    world.feed(tab, Event::Renew);
    world.run(Duration::from_millis(9_900));
    assert_eq!(world.phase(tab), Phase::Renewing, "a tenant that is there gets its whole time");
    world.run(Duration::from_millis(200));
    assert_eq!(world.error(tab), Some(Code::TimedOut));
}

#[test]
fn the_pages_own_policy_is_named_at_once() {
    let mut world = World::new();
    world.tenant.frame = Frame::StoppedByPolicy;
    let tab = world.open(config());
    world.run(Duration::from_millis(100));
    assert_eq!(world.error(tab), Some(Code::FrameBlockedByOwnPolicy));
    assert!(matches!(world.phase(tab), Phase::Undetermined { retry_at: None, .. }), "nothing changes by itself");
}

#[test]
fn stray_messages_change_nothing() {
    let mut world = World::new();
    let tab = world.open(config());
    world.run(Duration::from_millis(10));
    let flight = world.tabs[tab].lifecycle.flight().expect("a flight");
    let bogus = r#"{"type":"authorization_response","response":{"error":"login_required","state":"bogus"}}"#;
    for index in 0..3_000 {
        let origin = if index % 2 == 0 { "http://localhost:4000" } else { "http://evil.example" };
        let message = FrameMessage { origin: origin.into(), from_frame: index % 3 == 0, data: Some(bogus.into()) };
        world.feed(tab, Event::FrameMessage(flight, message));
    }
    world.run(SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
    assert_eq!(steps(&world, tab, Step::MessageIgnored), 5, "the first few are recorded");
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
fn another_person_at_the_tenant_is_an_outcome_of_its_own() {
    let mut world = World::new();
    let tab = world.open(config());
    world.run(SECOND);
    world.tenant.session = Some("grace");
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    assert_eq!(world.error(tab), Some(Code::SubjectChanged));
    assert!(world.tabs[tab].lifecycle.tokens().is_none(), "nothing of Grace is stored, nothing of Ada is kept");
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    assert_eq!(subject(&world, tab).as_deref(), Some("grace"), "asked for, she is let in");
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
fn a_sign_in_by_redirect_comes_back_to_where_it_started() {
    let mut world = World::new();
    world.tenant.session = None;
    let tab = world.sign_in_by_redirect(config(), "ada", "/delegation?x=1");
    world.run(SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
    assert_eq!(world.tabs[tab].path.as_deref(), Some("/delegation?x=1"));
    assert_eq!(world.tabs[tab].lifecycle.generations()[0].origin, Origin::SignIn);
    assert_eq!(world.tenant.authorize_requests, 0, "on the same host the frame has time");
}

fn callback(query: &str, stored: Option<&str>) -> (World, usize) {
    let mut world = World::new();
    let tab = world.add(config());
    let url = format!("http://localhost:3000/callback?{query}");
    world.feed(tab, Event::Start(Some(Callback { url, stored: stored.map(str::to_owned) })));
    world.run(SECOND);
    (world, tab)
}

#[test]
fn a_callback_that_belongs_to_nothing_sends_no_request() {
    for (query, stored, code) in [
        ("code=c&state=s", None, Code::TransactionMissing),
        ("error=access_denied&state=s", None, Code::TransactionMissing),
        ("code=c", None, Code::StateMissing),
        ("code=c&code=d&state=s", None, Code::ParameterRepeated),
        ("code=c&state=s", Some("{}"), Code::TransactionMissing),
    ] {
        let (world, tab) = callback(query, stored);
        assert_eq!(world.error(tab), Some(code), "{query}");
        assert_eq!(world.tenant.token_requests, 0, "{query}");
        assert_eq!(world.tabs[tab].path.as_deref(), Some("/"), "the address is cleared");
    }
}

#[test]
fn right_after_a_sign_in_across_sites_the_frame_is_tried_at_once() {
    let mut world = World::new();
    let tab = world.sign_in_by_redirect(cross_site(), "ada", "/");
    world.run(SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
    assert_eq!(world.tabs[tab].lifecycle.generations().len(), 2, "and here it works");
}

#[test]
fn blocked_third_party_cookies_are_named_within_two_seconds_of_the_sign_in() {
    for access in [None, Some("none")] {
        let mut world = World::new();
        world.tenant.frame = Frame::Refuses("login_required", access);
        let tab = world.sign_in_by_redirect(cross_site(), "ada", "/");
        world.run(SECOND * 2);
        assert_eq!(world.error(tab), Some(Code::ThirdPartyCookiesBlocked), "{access:?}");
        assert!(matches!(world.phase(tab), Phase::RenewalFailed { retry_at: None, .. }), "the token is still good");
        let before = world.tenant.authorize_requests;
        world.run(HOUR);
        assert_eq!(world.tenant.authorize_requests, before, "nothing is tried in vain");
    }
}

#[test]
fn blocked_third_party_cookies_are_named_at_the_start_where_the_tenant_tells() {
    let mut world = World::new();
    world.tenant.frame = Frame::Refuses("login_required", Some("none"));
    let tab = world.open(cross_site());
    world.run(SECOND);
    assert!(matches!(world.phase(tab), Phase::SignedOut { .. }));
    assert_eq!(world.error(tab), Some(Code::ThirdPartyCookiesBlocked));
}

#[test]
fn on_the_same_host_login_required_means_what_it_says() {
    let mut world = World::new();
    let tab = world.sign_in_by_redirect(config(), "ada", "/");
    world.run(SECOND);
    world.tenant.session = None;
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    assert_eq!(world.error(tab), Some(Code::LoginRequired));
}

#[test]
fn a_rotated_key_is_fetched_once() {
    let mut world = World::new();
    let tab = world.open(config());
    world.run(Duration::from_secs(40));
    world.tenant.kid = "key-2";
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
    assert_eq!(world.tenant.key_requests, 2);
}

#[test]
fn keys_are_not_asked_for_again_and_again() {
    let mut world = World::new();
    let tab = world.open(config());
    world.run(SECOND);
    world.tenant.kid = "key-2";
    for _ in 0..20 {
        world.feed(tab, Event::Renew);
        world.run(SECOND);
    }
    assert_eq!(world.error(tab), Some(Code::IdTokenKeyUnknown));
    assert_eq!(world.tenant.key_requests, 1, "within half a minute of the last time");
}

#[test]
fn a_device_clock_that_is_off_by_a_day_is_corrected_by_the_tenants_date() {
    for ahead in [86_400, -86_400] {
        let mut world = World::new();
        world.tenant.device_ahead = ahead;
        let tab = world.open(config());
        world.run(DAY);
        assert_eq!(world.phase(tab), Phase::SignedIn, "{ahead}");
        assert_eq!(steps(&world, tab, Step::Expired), 0);
        assert!(steps(&world, tab, Step::ClockCorrected) > 0);
    }
}

#[test]
fn without_the_tenants_date_a_wrong_clock_is_named_with_its_difference() {
    let mut world = World::new();
    world.tenant.shows_date = false;
    let tab = world.open(config());
    world.run(SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
    world.tenant.tamper = |claims| claims["iat"] = (claims["iat"].as_i64().unwrap_or(0) + 86_400).into();
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    let Phase::RenewalFailed { error, .. } = world.phase(tab) else { panic!("{:?}", world.phase(tab)) };
    assert_eq!(error.code, Code::ClockSkew);
    assert!(error.found.is_some_and(|found| found.contains("s behind the tenant")));
    assert!(world.tabs[tab].lifecycle.tokens().is_some(), "the earlier token stays");
}

#[test]
fn a_wrong_signature_is_refused_and_the_earlier_token_stays() {
    let mut world = World::new();
    let tab = world.open(config());
    world.run(SECOND);
    world.tenant.signature_is_valid = false;
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    assert_eq!(world.error(tab), Some(Code::IdTokenSignature));
    assert_eq!(subject(&world, tab).as_deref(), Some("ada"));
}

#[test]
fn another_provider_is_discovered_and_answers_through_the_callback_page() {
    let mut world = World::new();
    let tab = world.open(config().with_provider(Provider::Discovered));
    world.run(SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
    assert_eq!(steps(&world, tab, Step::DiscoveryReceived), 1);
    world.run(DAY);
    assert_eq!(world.phase(tab), Phase::SignedIn);
}

#[test]
fn a_page_that_comes_back_from_the_cache_checks_again() {
    let mut world = World::new();
    world.tenant.session = None;
    let tab = world.open(config());
    world.run(SECOND);
    world.feed(tab, Event::SignIn { return_to: "/".into() });
    assert_eq!(world.phase(tab), Phase::Leaving);
    world.tenant.session = Some("ada");
    world.feed(tab, Event::Resumed);
    world.run(SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
}

#[test]
fn a_refusal_to_store_the_sign_in_is_an_error_and_not_a_way_out() {
    let mut world = World::new();
    world.tenant.session = None;
    let tab = world.open(config());
    world.run(SECOND);
    world.feed(tab, Event::SignIn { return_to: "/".into() });
    let flight = world.tabs[tab].lifecycle.flight().expect("a flight");
    world.feed(tab, Event::StoreFailed(flight, AuthError::new(Code::StorageRefused)));
    assert_eq!(world.error(tab), Some(Code::StorageRefused));
}

#[test]
fn an_insecure_page_is_told_so() {
    let mut world = World::new();
    let tab = world.add(
        ClientConfig::dangerously_allow_http("http://tenant.example/", "spa", "http://app.example/cb").expect("valid"),
    );
    world.feed(tab, Event::Impossible(AuthError::new(Code::InsecureContext)));
    assert_eq!(world.error(tab), Some(Code::InsecureContext));
    world.run(DAY);
    assert_eq!(world.now.since(START), DAY, "and nothing goes on");
    assert_eq!(world.tenant.authorize_requests, 0);
}
