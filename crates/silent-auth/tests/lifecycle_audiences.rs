//! Tokens for several APIs and scopes beside the session's own: one request for each, in any number of calls and tabs.
#![cfg(all(not(target_arch = "wasm32"), feature = "audiences"))]

mod common;

use std::time::Duration;

use common::world::{Frame, World, config};
use silent_auth::protocol::audience::TokenRequest;
use silent_auth::protocol::config::{ClientConfig, RefreshTokens};
use silent_auth::protocol::error::Code;
use silent_auth::protocol::lifecycle::Event;
use silent_auth::protocol::record::Step;
use silent_auth::protocol::secret::AccessToken;
use silent_auth::protocol::session::Phase;

const SECOND: Duration = Duration::from_secs(1);

fn reports(scope: &str) -> TokenRequest {
    TokenRequest::for_audience("https://reports.example.com").with_scope(scope)
}

fn notes(scope: &str) -> TokenRequest {
    TokenRequest::for_audience("https://notes.example.com").with_scope(scope)
}

fn want(world: &mut World, tab: usize, request: &TokenRequest) {
    world.feed(tab, Event::Want(request.clone()));
}

fn token(world: &World, tab: usize, request: &TokenRequest) -> Option<String> {
    let now = world.device_now();
    world.tabs[tab].lifecycle.access_token_for(request, now).map(|token| token.expose().to_owned())
}

/// A world with so many signed-in tabs.
fn signed_in<const TABS: usize>(config: &ClientConfig) -> (World, [usize; TABS]) {
    let mut world = World::new();
    let tabs = [(); TABS].map(|()| world.open(config.clone()));
    world.run(SECOND);
    assert_eq!(world.tenant.authorize_requests, 1);
    (world, tabs)
}

fn codes(world: &World, tab: usize) -> Vec<Option<Code>> {
    world.tabs[tab].provided.iter().map(|(_, result)| result.as_ref().err().map(|error| error.code)).collect()
}

#[test]
fn a_token_for_another_api_comes_beside_the_sessions_own() {
    let (mut world, [tab]) = signed_in(&config());
    let own = world.tabs[tab].lifecycle.tokens().expect("signed in").access_token.clone();
    let generations = world.tabs[tab].lifecycle.generations().to_vec();
    want(&mut world, tab, &reports("read:reports"));
    assert_eq!(world.phase(tab), Phase::SignedIn, "the session is not being renewed");
    world.run(SECOND);
    assert_eq!(codes(&world, tab), [None]);
    assert_eq!(
        world.tenant.asked_for.last().map(String::as_str),
        Some("https://reports.example.com|openid read:reports")
    );
    assert_eq!(token(&world, tab, &reports("read:reports")).as_deref(), Some("access-2"));
    assert!(world.tabs[tab].lifecycle.tokens().is_some_and(|now| now.access_token.matches(own.expose())));
    assert_eq!(world.tabs[tab].lifecycle.generations(), generations);
}

#[test]
fn any_number_of_calls_in_any_number_of_tabs_make_one_request_for_each_key() {
    let (mut world, tabs) = signed_in::<5>(&config());
    for _ in 0..5 {
        for tab in tabs {
            want(&mut world, tab, &reports("read:reports"));
            want(&mut world, tab, &notes("read:notes write:notes"));
            want(&mut world, tab, &notes("read:notes"));
        }
    }
    world.run(Duration::from_secs(5));
    assert_eq!(world.tenant.authorize_requests, 3, "one at the start, one for each API");
    for tab in tabs {
        assert_eq!(token(&world, tab, &reports("read:reports")), token(&world, tabs[0], &reports("read:reports")));
        assert!(token(&world, tab, &notes("write:notes")).is_some());
        assert!(codes(&world, tab).iter().all(Option::is_none));
    }
}

#[test]
fn more_scopes_serve_fewer_and_fewer_do_not_serve_more() {
    let (mut world, [tab]) = signed_in(&config());
    want(&mut world, tab, &notes("read:notes write:notes"));
    world.run(SECOND);
    want(&mut world, tab, &notes("write:notes"));
    world.run(SECOND);
    assert_eq!(world.tenant.authorize_requests, 2, "a hit");
    want(&mut world, tab, &notes("delete:notes"));
    world.run(SECOND);
    assert_eq!(world.tenant.authorize_requests, 3);
    // What the client's own token serves is not asked for.
    want(&mut world, tab, &TokenRequest::default().with_scope("profile"));
    world.run(SECOND);
    assert_eq!(world.tenant.authorize_requests, 3);
    assert_eq!(codes(&world, tab), [None; 4]);
}

#[test]
fn one_is_replaced_on_demand_and_never_by_a_timer() {
    let (mut world, [tab]) = signed_in(&config());
    world.tenant.lifetime = 600;
    want(&mut world, tab, &reports("read:reports"));
    world.run(SECOND);
    let first = token(&world, tab, &reports("read:reports"));
    world.run(Duration::from_secs(480));
    let before = world.tenant.authorize_requests;
    want(&mut world, tab, &reports("read:reports"));
    world.run(SECOND);
    assert_eq!(world.tenant.authorize_requests, before + 1, "two minutes before it expires");
    assert_ne!(token(&world, tab, &reports("read:reports")), first);
    world.run(Duration::from_secs(86_400));
    assert_eq!(token(&world, tab, &reports("read:reports")), None);
    assert!(world.tabs[tab].lifecycle.records().iter().filter(|record| record.step == Step::TokenWanted).count() <= 2);
}

#[test]
fn a_token_that_an_api_refused_is_not_given_again() {
    let (mut world, [tab]) = signed_in(&config());
    want(&mut world, tab, &reports("read:reports"));
    world.run(SECOND);
    let refused = token(&world, tab, &reports("read:reports")).expect("a token");
    world.feed(tab, Event::Refused(AccessToken::new("another token")));
    assert!(token(&world, tab, &reports("read:reports")).is_some());
    world.feed(tab, Event::Refused(AccessToken::new(&refused)));
    assert_eq!(token(&world, tab, &reports("read:reports")), None);
    want(&mut world, tab, &reports("read:reports"));
    world.run(SECOND);
    assert_eq!(world.tenant.authorize_requests, 3);
}

#[test]
fn a_refusal_is_shared_and_says_nothing_about_the_session() {
    let (mut world, tabs) = signed_in::<2>(&config());
    world.tenant.frame = Frame::Refuses("consent_required", None);
    for tab in tabs {
        want(&mut world, tab, &reports("read:reports"));
    }
    world.run(SECOND);
    assert_eq!(world.tenant.authorize_requests, 2);
    for tab in tabs {
        assert_eq!(codes(&world, tab), [Some(Code::ConsentRequired)]);
        assert_eq!(world.phase(tab), Phase::SignedIn);
    }
}

#[test]
fn a_renewal_that_is_asked_meanwhile_comes_after_and_has_its_own_result() {
    let (mut world, [tab]) = signed_in(&config());
    let settled = world.tabs[tab].settled.len();
    want(&mut world, tab, &reports("read:reports"));
    world.feed(tab, Event::Renew);
    assert_eq!(world.tabs[tab].frames.len(), 0);
    world.run(Duration::from_millis(30));
    assert_eq!(world.tabs[tab].frames.len(), 1, "never two at once");
    world.run(SECOND);
    assert_eq!(world.tenant.authorize_requests, 3);
    assert_eq!(world.tabs[tab].settled.len(), settled + 1);
    assert_eq!(world.tabs[tab].lifecycle.generations().len(), 2);
}

#[test]
fn without_a_session_there_are_none_and_nothing_is_asked() {
    let mut world = World::new();
    world.tenant.session = None;
    let tab = world.open(config());
    want(&mut world, tab, &reports("read:reports"));
    world.run(SECOND);
    assert_eq!(codes(&world, tab), [Some(Code::LoginRequired)]);
    assert_eq!(world.tenant.authorize_requests, 1, "the start's own");
}

#[test]
fn a_session_that_has_ended_is_noticed_and_takes_the_others_along() {
    let (mut world, [tab]) = signed_in(&config());
    want(&mut world, tab, &reports("read:reports"));
    world.run(SECOND);
    world.tenant.session = None;
    want(&mut world, tab, &notes("read:notes"));
    world.run(SECOND);
    assert_eq!(codes(&world, tab), [None, Some(Code::LoginRequired)]);
    assert_eq!(world.error(tab), Some(Code::LoginRequired));
    assert_eq!(token(&world, tab, &reports("read:reports")), None);
}

#[test]
fn another_person_at_the_tenant_ends_the_session_and_brings_no_token() {
    let (mut world, [tab]) = signed_in(&config());
    world.tenant.session = Some("grace");
    want(&mut world, tab, &notes("read:notes"));
    world.run(SECOND);
    assert_eq!(codes(&world, tab), [Some(Code::SubjectChanged)]);
    assert_eq!(world.error(tab), Some(Code::SubjectChanged));
    assert_eq!(token(&world, tab, &notes("read:notes")), None);
}

#[test]
fn a_sign_out_answers_whoever_waits_and_leaves_nothing() {
    let (mut world, tabs) = signed_in::<2>(&config());
    want(&mut world, tabs[0], &reports("read:reports"));
    world.run(SECOND);
    assert!(token(&world, tabs[1], &reports("read:reports")).is_some(), "shared");
    want(&mut world, tabs[0], &notes("read:notes"));
    want(&mut world, tabs[0], &notes("write:notes"));
    world.feed(tabs[0], Event::SignOut);
    world.run(SECOND);
    assert_eq!(codes(&world, tabs[0]), [None, Some(Code::Superseded), Some(Code::Superseded)]);
    for tab in tabs {
        assert_eq!(token(&world, tab, &reports("read:reports")), None);
        assert_eq!(token(&world, tab, &notes("read:notes")), None);
    }
}

#[test]
fn when_the_owner_is_closed_a_waiting_tab_asks_itself() {
    let (mut world, tabs) = signed_in::<2>(&config());
    world.run(Duration::from_secs(2));
    world.tenant.frame = Frame::Hangs;
    for tab in tabs {
        want(&mut world, tab, &reports("read:reports"));
    }
    world.run(Duration::from_millis(500));
    world.tenant.frame = Frame::Answers;
    world.close(tabs[0]);
    world.run(SECOND);
    assert_eq!(codes(&world, tabs[1]), [None]);
    assert_eq!(world.tenant.authorize_requests, 3);
}

#[test]
fn the_refresh_token_brings_them_where_the_app_says_so_and_is_rotated() {
    let config = config().with_refresh_tokens(RefreshTokens::InMemory).with_multi_resource_refresh_tokens(true);
    let (mut world, tabs) = signed_in::<2>(&config);
    world.tenant.frame = Frame::Silent;
    want(&mut world, tabs[0], &reports("read:reports"));
    world.run(SECOND);
    assert_eq!(codes(&world, tabs[0]), [None]);
    assert_eq!(world.tenant.authorize_requests, 1);
    assert_eq!(
        world.tenant.asked_for.last().map(String::as_str),
        Some("https://reports.example.com|openid read:reports")
    );
    // The rotated token is everybody's: the other tab's renewal, after the leeway, is no theft.
    world.run(Duration::from_secs(15));
    world.feed(tabs[1], Event::Renew);
    world.run(SECOND);
    assert!(world.tabs[tabs[1]].settled.last().is_some_and(|(_, result)| result.is_ok()));
    assert!(world.tenant.grant.is_some());
}

#[test]
fn a_refresh_token_that_is_no_good_for_them_stays_the_sessions() {
    let config = config().with_refresh_tokens(RefreshTokens::InMemory).with_multi_resource_refresh_tokens(true);
    let (mut world, [tab]) = signed_in(&config);
    world.tenant.refuses_other_audiences = true;
    want(&mut world, tab, &reports("read:reports"));
    world.run(SECOND);
    assert_eq!(codes(&world, tab), [None], "by the frame");
    assert_eq!(world.tenant.authorize_requests, 2);
    world.tenant.frame = Frame::Silent;
    world.feed(tab, Event::Renew);
    world.run(SECOND);
    assert_eq!(world.tabs[tab].lifecycle.generations().len(), 2, "refreshed");
}

#[test]
fn by_default_the_refresh_token_is_not_sent_for_another_api() {
    let (mut world, [tab]) = signed_in(&config().with_refresh_tokens(RefreshTokens::InMemory));
    world.tenant.session = None;
    want(&mut world, tab, &reports("read:reports"));
    world.run(SECOND);
    assert_eq!(codes(&world, tab), [Some(Code::LoginRequired)]);
    assert_eq!(world.phase(tab), Phase::SignedIn, "the refresh token carries the session on");
}

#[test]
fn what_was_granted_once_is_not_asked_for_again_and_again() {
    let (mut world, [tab]) = signed_in(&config());
    world.tenant.grants_scope = Some("openid");
    for _ in 0..3 {
        want(&mut world, tab, &reports("read:reports admin"));
        world.run(SECOND);
    }
    assert_eq!(world.tenant.authorize_requests, 2);
}

#[test]
fn another_persons_token_is_not_taken_from_another_tab() {
    let (mut world, [tab]) = signed_in(&config());
    want(&mut world, tab, &reports("read:reports"));
    world.run(SECOND);
    let word = world.said.iter().rfind(|word| word.contains("\"word\":\"token\"")).expect("said").clone();
    let held = token(&world, tab, &reports("read:reports")).expect("a token");
    world.feed(tab, Event::Refused(AccessToken::new(&held)));
    world.feed(tab, Event::Heard(word.replace("\"ada\"", "\"grace\"")));
    assert_eq!(token(&world, tab, &reports("read:reports")), None);
    world.feed(tab, Event::Heard(word));
    assert!(token(&world, tab, &reports("read:reports")).is_some());
}
