//! Refresh tokens with rotation: spent once, recovered, shared, kept, given up.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use std::time::Duration;

use common::world::{Frame, World, config, cross_site};
use silent_auth::protocol::config::{ClientConfig, RefreshTokens};
use silent_auth::protocol::error::Code;
use silent_auth::protocol::ladder::Rung;
use silent_auth::protocol::lifecycle::{Arrival, Event};
use silent_auth::protocol::record::{Outcome, Step};
use silent_auth::protocol::session::{Origin, Phase};

const SECOND: Duration = Duration::from_secs(1);

fn in_memory() -> ClientConfig {
    config().with_refresh_tokens(RefreshTokens::InMemory)
}

fn in_storage() -> ClientConfig {
    config().with_refresh_tokens(RefreshTokens::InSessionStorageForAnyScriptToRead)
}

/// A tab with a refresh token from the hidden frame.
fn signed_in(config: ClientConfig) -> (World, usize) {
    let mut world = World::new();
    let tab = world.open(config);
    world.run(SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
    assert!(world.tenant.grant.is_some());
    (world, tab)
}

fn access_token(world: &World, tab: usize) -> String {
    world.tabs[tab].lifecycle.tokens().expect("tokens").access_token.expose().to_owned()
}

fn count(world: &World, tab: usize, step: Step) -> usize {
    world.tabs[tab].lifecycle.records().iter().filter(|record| record.step == step).count()
}

#[test]
fn a_renewal_spends_the_refresh_token_and_opens_no_frame() {
    let (mut world, tab) = signed_in(in_memory());
    for _ in 0..20 {
        let before = access_token(&world, tab);
        world.feed(tab, Event::Renew);
        world.run(SECOND);
        assert_ne!(access_token(&world, tab), before);
    }
    assert_eq!(world.tenant.authorize_requests, 1, "the first one alone");
    assert_eq!(world.tenant.grant.as_ref().map(|granted| granted.current), Some(21), "each was used once");
    assert_eq!(count(&world, tab, Step::RefreshTokenSent), 20);
    let generations = world.tabs[tab].lifecycle.generations();
    assert!(generations.iter().all(|generation| generation.origin == Origin::Renewed), "{generations:?}");
}

#[test]
fn without_the_setting_none_is_asked_for_or_kept() {
    let mut world = World::new();
    world.tenant.unasked = true;
    let tab = world.open(config());
    world.run(SECOND);
    assert!(world.tenant.grant.is_some(), "the tenant gives one unasked");
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    assert_eq!((world.tenant.authorize_requests, count(&world, tab, Step::RefreshTokenSent)), (2, 0));
}

#[test]
fn a_renewal_that_is_due_refreshes_by_itself_for_a_week() {
    let (mut world, tab) = signed_in(in_memory());
    world.run(Duration::from_secs(7 * 86_400));
    assert_eq!(world.phase(tab), Phase::SignedIn);
    assert_eq!(world.tenant.authorize_requests, 1);
    assert!(world.tenant.token_requests > 7 * 86_400 / 60, "{}", world.tenant.token_requests);
}

#[test]
fn an_answer_that_got_lost_is_asked_for_again_within_the_leeway() {
    let (mut world, tab) = signed_in(in_memory());
    world.tenant.lose_answers = 1;
    world.feed(tab, Event::Renew);
    world.run(SECOND / 2);
    assert_eq!(world.error(tab), Some(Code::TenantUnreachable));
    assert!(matches!(world.phase(tab), Phase::RenewalFailed { retry_at: Some(_), .. }), "the token is still good");
    world.run(2 * SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
    assert_eq!(world.tenant.authorize_requests, 1, "the same refresh token, once more");
    assert_eq!(world.tenant.grant.as_ref().map(|granted| granted.current), Some(2));
}

#[test]
fn an_answer_that_never_comes_leaves_time_within_the_leeway() {
    let (mut world, tab) = signed_in(in_memory());
    world.tenant.hang_answers = 1;
    world.feed(tab, Event::Renew);
    world.run(8 * SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
    assert_eq!(world.tenant.grant.as_ref().map(|granted| granted.current), Some(2));
    assert_eq!(world.tenant.authorize_requests, 1);
}

#[test]
fn a_refused_refresh_token_is_never_sent_again_and_the_frame_is_asked() {
    let (mut world, tab) = signed_in(in_memory());
    world.tenant.grant = None;
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn, "by the session at the tenant");
    assert_eq!(world.tenant.authorize_requests, 2);
    let records = world.tabs[tab].lifecycle.records();
    let descent = records.iter().find(|record| record.step == Step::LadderDescended).expect("it is recorded");
    assert_eq!(descent.detail, "refresh token → hidden frame");
    assert_eq!(descent.error.as_ref().map(|error| error.code), Some(Code::RefreshTokenRefused));
    // The frame brought a new one, which serves from now on.
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    assert_eq!((world.tenant.authorize_requests, count(&world, tab, Step::RefreshTokenSent)), (2, 2));
}

#[test]
fn a_refused_refresh_token_without_a_session_ends_signed_out_with_its_reason_and_in_no_loop() {
    let (mut world, tab) = signed_in(in_memory());
    world.tenant.grant = None;
    world.tenant.session = None;
    world.feed(tab, Event::Renew);
    world.run(Duration::from_secs(3_600));
    let Phase::SignedOut { reason: Some(reason) } = world.phase(tab) else { panic!("{:?}", world.phase(tab)) };
    assert_eq!(reason.code, Code::LoginRequired);
    assert!(reason.found.as_deref().is_some_and(|found| found.contains("refresh_token_refused")), "{reason}");
    assert_eq!((world.tenant.authorize_requests, count(&world, tab, Step::RefreshTokenSent)), (2, 1));
    assert!(world.tabs[tab].lifecycle.tokens().is_none());
}

#[test]
fn what_was_refused_is_not_sent_again_though_the_frame_brought_nothing() {
    let (mut world, tab) = signed_in(in_memory());
    world.tenant.grant = None;
    world.tenant.frame = Frame::Refuses("consent_required", None);
    for _ in 0..3 {
        world.feed(tab, Event::Renew);
        world.run(SECOND);
    }
    assert_eq!((world.error(tab), count(&world, tab, Step::RefreshTokenSent)), (Some(Code::ConsentRequired), 1));
}

#[test]
fn with_no_other_rung_the_refusal_itself_is_the_reason() {
    let mut world = World::new();
    let only = in_memory().with_ladder(vec![Rung::RefreshToken]);
    let tab = world.sign_in_by_redirect(only, "ada", "/");
    world.run(SECOND);
    world.tenant.grant = None;
    world.feed(tab, Event::Renew);
    world.run(Duration::from_secs(600));
    assert_eq!(world.error(tab), Some(Code::RefreshTokenRefused));
    assert!(matches!(world.phase(tab), Phase::SignedOut { .. }));
    assert_eq!(count(&world, tab, Step::RefreshTokenSent), 1);
    assert_eq!(world.tabs[tab].frames.len(), 0);
}

#[test]
fn a_tenant_in_trouble_has_not_refused_the_token() {
    for status in [429, 500, 502, 503] {
        let (mut world, tab) = signed_in(in_memory());
        world.tenant.trouble = Some(status);
        world.feed(tab, Event::Renew);
        world.run(10 * SECOND);
        let told = if status == 429 { Code::TooManyRequests } else { Code::TenantUnavailable };
        assert_eq!(world.error(tab), Some(told), "{status}");
        world.tenant.trouble = None;
        world.run(30 * SECOND);
        assert_eq!(world.phase(tab), Phase::SignedIn, "{status}");
        assert_eq!(world.tenant.authorize_requests, 1, "{status}: the refresh token was kept");
    }
}

#[test]
fn keys_that_do_not_come_cost_no_refresh() {
    let (mut world, tab) = signed_in(in_storage());
    let kept = world.tabs[tab].kept.clone();
    world.close(tab);
    world.tenant.lose_keys = 1;
    let reloaded = world.add(in_storage());
    world.feed(reloaded, Event::Start(Arrival { kept, ..Arrival::default() }));
    world.run(SECOND / 2);
    assert_eq!((world.phase(reloaded), world.tenant.authorize_requests), (Phase::SignedIn, 1));
    assert_eq!(world.tenant.grant.as_ref().map(|granted| granted.current), Some(2), "spent once");
}

#[test]
fn being_offline_for_long_costs_no_refresh_token() {
    let (mut world, tab) = signed_in(in_memory());
    world.tenant.reachable = false;
    world.run(Duration::from_secs(6 * 3_600));
    assert!(matches!(world.phase(tab), Phase::Expired { .. }));
    world.tenant.reachable = true;
    world.run(90 * SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
    assert_eq!(world.tenant.authorize_requests, 1);
}

#[test]
fn a_refreshed_id_token_goes_on_from_the_one_before() {
    // OpenID Connect Core, section 12.2. Neither a nonce nor its absence is wrong; another one is.
    let refused = |tamper: fn(&mut serde_json::Value)| {
        let (mut world, tab) = signed_in(in_memory());
        world.tenant.tamper = tamper;
        world.feed(tab, Event::Renew);
        world.run(SECOND / 4);
        let records = world.tabs[tab].lifecycle.records();
        let descent = records.iter().find(|record| record.step == Step::LadderDescended);
        descent.and_then(|record| record.error.as_ref()).map(|error| error.code)
    };
    assert_eq!(refused(|_| ()), None);
    assert_eq!(refused(|claims| claims["nonce"] = "another".into()), Some(Code::IdTokenNonceMismatch));
    assert_eq!(refused(|claims| claims["iss"] = "https://evil.example/".into()), Some(Code::IdTokenIss));
    assert_eq!(refused(|claims| claims["aud"] = "another".into()), Some(Code::IdTokenAud));
    assert_eq!(refused(|claims| claims["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA".into()), Some(Code::IdTokenAtHash));
    // A code has nothing to do with a refresh.
    assert_eq!(refused(|claims| claims["c_hash"] = "AAAAAAAAAAAAAAAAAAAAAA".into()), None);
}

#[test]
fn the_nonce_and_the_sign_in_before_may_be_repeated() {
    let mut world = World::new();
    world.tenant.tamper = |claims| claims["auth_time"] = 1_767_225_000.into();
    let tab = world.open(in_memory());
    world.run(SECOND);
    world.tenant.repeats_nonce = true;
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    assert_eq!((world.phase(tab), world.tenant.authorize_requests), (Phase::SignedIn, 1));
    assert!(world.tabs[tab].lifecycle.tokens().is_some_and(|tokens| tokens.claims.contains_key("nonce")));
    world.tenant.tamper = |claims| claims["auth_time"] = 1_767_225_001.into();
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    let records = world.tabs[tab].lifecycle.records();
    let descent = records.iter().find(|record| record.step == Step::LadderDescended).expect("refused");
    assert_eq!(descent.error.as_ref().map(|error| error.code), Some(Code::IdTokenAuthTimeChanged));
}

#[test]
fn another_person_in_a_refresh_is_an_outcome_of_its_own() {
    let (mut world, tab) = signed_in(in_memory());
    world.tenant.tamper = |claims| claims["sub"] = "grace".into();
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    assert_eq!(world.error(tab), Some(Code::SubjectChanged));
    assert!(world.tabs[tab].lifecycle.tokens().is_none());
    assert_eq!(world.tenant.authorize_requests, 1, "the frame would say nothing else");
}

#[test]
fn a_refresh_without_an_id_token_keeps_the_one_before() {
    let (mut world, tab) = signed_in(in_memory());
    let before = world.tabs[tab].lifecycle.tokens().expect("tokens").clone();
    world.tenant.refreshes_id_tokens = false;
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    let after = world.tabs[tab].lifecycle.tokens().expect("tokens");
    assert_ne!(after.access_token.expose(), before.access_token.expose());
    assert_eq!(after.id_token.expose(), before.id_token.expose());
    assert_eq!(after.subject(), "ada");
}

#[test]
fn max_age_counts_for_refreshes_too() {
    let mut world = World::new();
    world.tenant.tamper = |claims| claims["auth_time"] = 1_767_225_600.into();
    let tab = world.open(in_memory().with_max_age(Some(Duration::from_secs(300))));
    world.run(SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
    world.run(Duration::from_secs(400));
    let records = world.tabs[tab].lifecycle.records();
    let descent = records.iter().find(|record| record.step == Step::LadderDescended).expect("the frame is asked");
    assert_eq!(descent.error.as_ref().map(|error| error.code), Some(Code::IdTokenAuthTimeTooOld));
}

#[test]
fn tabs_share_one_refresh_token_and_one_request() {
    let mut world = World::new();
    let tabs: Vec<usize> = (0..5).map(|_| world.open(in_memory())).collect();
    world.run(SECOND);
    for round in 1..=10 {
        for tab in &tabs {
            world.feed(*tab, Event::Renew);
        }
        world.run(SECOND);
        assert_eq!(world.tenant.token_requests, 1 + round, "one request a round");
    }
    // Whoever asks next has the newest one.
    for tab in &tabs {
        world.feed(*tab, Event::Renew);
        world.run(SECOND);
    }
    assert!(world.tenant.grant.is_some(), "none was used twice outside the leeway");
    assert_eq!(world.tenant.authorize_requests, 1);
    assert!(tabs.iter().all(|tab| world.phase(*tab) == Phase::SignedIn));
}

#[test]
fn a_tab_that_dies_with_the_request_under_way_costs_nothing() {
    let mut world = World::new();
    let (first, second) = (world.open(in_memory()), world.open(in_memory()));
    world.run(SECOND);
    world.feed(first, Event::Renew);
    world.feed(second, Event::Renew);
    world.run(Duration::from_millis(10));
    world.close(first);
    world.run(2 * SECOND);
    assert_eq!(world.phase(second), Phase::SignedIn);
    assert_eq!(world.tenant.authorize_requests, 1, "the spent token was good once more");
}

#[test]
fn signing_out_takes_the_refresh_token_back_everywhere() {
    let mut world = World::new();
    let (first, second) = (world.open(in_storage()), world.open(in_storage()));
    world.run(SECOND);
    assert!(world.tabs[first].kept.is_some() && world.tabs[second].kept.is_some());
    world.feed(first, Event::SignOut);
    world.run(SECOND);
    assert_eq!(world.tenant.revoked, ["refresh-1"], "once");
    assert!(world.tabs[first].kept.is_none() && world.tabs[second].kept.is_none());
    assert!(matches!(world.phase(second), Phase::SignedOut { .. }));
    world.feed(second, Event::Renew);
    world.run(SECOND);
    assert_eq!(count(&world, second, Step::RefreshTokenSent), 0);
}

#[test]
fn in_memory_nothing_is_written_down() {
    let (mut world, tab) = signed_in(in_memory());
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    assert_eq!(world.tabs[tab].kept, None);
    // And what stands in the store from elsewhere is not believed.
    let kept = Some(r#"{"refresh_token":"planted","subject":"ada"}"#.to_owned());
    let other = world.add(in_memory());
    world.feed(other, Event::Start(Arrival { kept, ..Arrival::default() }));
    world.run(SECOND);
    assert_eq!(count(&world, other, Step::RefreshTokenSent), 0);
}

#[test]
fn a_reload_goes_on_with_what_was_kept() {
    let (mut world, tab) = signed_in(in_storage());
    let kept = world.tabs[tab].kept.clone();
    world.close(tab);
    world.tenant.session = None;
    let reloaded = world.add(in_storage());
    world.feed(reloaded, Event::Start(Arrival { kept, ..Arrival::default() }));
    world.run(SECOND);
    assert_eq!(world.phase(reloaded), Phase::SignedIn, "without the session at the tenant");
    assert_eq!(world.tenant.authorize_requests, 1);
    assert_eq!(world.tabs[reloaded].lifecycle.generations()[0].origin, Origin::Restored);
    // Its successor is kept in its place.
    assert!(world.tabs[reloaded].kept.as_deref().is_some_and(|kept| kept.contains("refresh-2")));
}

#[test]
fn what_was_kept_is_good_for_the_person_it_was_given_to() {
    let (mut world, tab) = signed_in(in_storage());
    let kept = world.tabs[tab].kept.clone();
    world.close(tab);
    world.tenant.tamper = |claims| claims["sub"] = "grace".into();
    let reloaded = world.add(in_storage());
    world.feed(reloaded, Event::Start(Arrival { kept: kept.clone(), ..Arrival::default() }));
    world.run(SECOND);
    assert_eq!(world.error(reloaded), Some(Code::SubjectChanged));
    // Another person who signs in here is no such case.
    let (mut world, tab) = signed_in(in_storage());
    world.feed(tab, Event::SignIn { return_to: "/".into() });
    let tab = world.come_back(tab, Some("grace"));
    world.run(SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
    assert!(world.tabs[tab].kept.as_deref().is_some_and(|kept| kept.contains("grace")));
}

#[test]
fn gibberish_in_the_store_is_no_refresh_token() {
    for kept in ["", "{}", "[1]", r#"{"refresh_token":7,"subject":"ada"}"#, r#"{"refresh_token":"x"}"#] {
        let mut world = World::new();
        let tab = world.add(in_storage());
        world.feed(tab, Event::Start(Arrival { kept: Some(kept.to_owned()), ..Arrival::default() }));
        world.run(SECOND);
        assert_eq!((world.phase(tab), count(&world, tab, Step::RefreshTokenSent)), (Phase::SignedIn, 0), "{kept}");
    }
}

#[test]
fn a_refresh_token_makes_blocked_cookies_harmless() {
    let mut world = World::new();
    world.tenant.frame = Frame::Refuses("login_required", None);
    let tab = world.sign_in_by_redirect(cross_site().with_refresh_tokens(RefreshTokens::InMemory), "ada", "/");
    world.run(SECOND);
    assert_eq!(world.tenant.token_requests, 1, "nothing is to be found out about frames");
    world.run(Duration::from_secs(3_600));
    assert_eq!(world.phase(tab), Phase::SignedIn);
    assert_eq!(world.tenant.authorize_requests, 0, "no frame was opened in vain");
}

#[test]
fn a_refresh_token_is_in_no_record_and_no_debug_output() {
    let (mut world, tab) = signed_in(in_storage());
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    let lifecycle = &world.tabs[tab].lifecycle;
    assert!(!format!("{:?}", lifecycle.records()).contains("refresh-"));
    assert!(!format!("{lifecycle:?}").contains("refresh-"));
    let failed = lifecycle.records().iter().filter(|record| record.outcome == Outcome::Failed).count();
    assert_eq!(failed, 0);
}
