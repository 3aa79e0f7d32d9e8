//! Signing in by redirect, and what the first frame after it tells.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use std::time::Duration;

use common::world::{Frame, World, config, cross_site};
use silent_auth::protocol::authorization::own_path;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::lifecycle::{Arrival, Callback, Event};
use silent_auth::protocol::session::{Origin, Phase};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

fn callback(query: &str, stored: Option<&str>) -> (World, usize) {
    let mut world = World::new();
    let tab = world.add(config());
    let url = format!("http://localhost:3000/callback?{query}");
    let callback = Some(Callback { url, stored: stored.map(str::to_owned) });
    world.feed(tab, Event::Start(Arrival { callback, ..Arrival::default() }));
    world.run(SECOND);
    (world, tab)
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
fn only_paths_of_this_app_are_returned_to() {
    assert_eq!(own_path("/delegation?x=1"), "/delegation?x=1");
    for path in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "/\tx"] {
        assert_eq!(own_path(path), "/", "{path}");
    }
}
