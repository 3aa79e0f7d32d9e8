//! The lifecycle over seconds, days and weeks, in a simulated world.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use std::time::Duration;

use common::world::{Frame, START, World, config};
use silent_auth::protocol::config::{ClientConfig, Provider};
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::lifecycle::{Event, MAX_RECORDS};
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
fn a_token_of_a_day_is_replaced_two_minutes_before_it_expires() {
    let mut world = World::new();
    world.tenant.lifetime = 86_400;
    let tab = world.open(config());
    world.run(SECOND);
    let generation = world.tabs[tab].lifecycle.generations()[0].clone();
    assert_eq!(generation.expires_at.since(generation.renew_at), Duration::from_secs(120));
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
