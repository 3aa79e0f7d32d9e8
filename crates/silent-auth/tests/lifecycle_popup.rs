//! Signing in and renewing in a popup: when one opens, what ends it, and who hears of it.
#![cfg(all(not(target_arch = "wasm32"), feature = "popup"))]

mod common;

use std::time::Duration;

use common::world::{Frame, Popup, World, config, cross_site};
use silent_auth::protocol::config::{ClientConfig, Provider, RefreshTokens};
use silent_auth::protocol::error::Code;
use silent_auth::protocol::ladder::Rung;
use silent_auth::protocol::lifecycle::{Event, PopupEvent};
use silent_auth::protocol::message::FrameMessage;
use silent_auth::protocol::parameters::Parameters;
use silent_auth::protocol::record::{Outcome, Step};
use silent_auth::protocol::session::{Origin, Phase};

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);
const SIGN_IN: Event = Event::Popup(PopupEvent::SignIn);
const BY_HAND: Event = Event::Popup(PopupEvent::Renew);

/// The whole ladder that an app in one page can have.
fn laddered() -> ClientConfig {
    cross_site().with_ladder(vec![Rung::RefreshToken, Rung::Frame, Rung::Popup])
}

/// A world whose browser keeps the tenant's cookie from frames, and a tab in which nobody is signed in yet.
fn blocking(config: ClientConfig) -> (World, usize) {
    let mut world = World::new();
    world.tenant.frame = Frame::Refuses("login_required", Some("none"));
    let tab = world.open(config);
    world.run(SECOND);
    assert_eq!(world.error(tab), Some(Code::ThirdPartyCookiesBlocked));
    (world, tab)
}

/// The same with Ada signed in.
fn signed_in(config: ClientConfig) -> (World, usize) {
    let (mut world, tab) = blocking(config);
    world.feed(tab, SIGN_IN);
    world.run(10 * SECOND);
    assert!(world.tabs[tab].lifecycle.tokens().is_some(), "{:?}", world.phase(tab));
    (world, tab)
}

fn records(world: &World, tab: usize, step: Step) -> usize {
    world.tabs[tab].lifecycle.records().iter().filter(|record| record.step == step).count()
}

fn last_result(world: &World, tab: usize) -> Result<(), Code> {
    let (_, result) = world.tabs[tab].settled.last().expect("settled");
    result.clone().map_err(|error| error.code)
}

fn asked(world: &World, tab: usize) -> Parameters {
    let (_, url) = world.tabs[tab].popups.last().expect("a popup is open");
    Parameters::from_url(url.as_ref().expect("it was led somewhere")).expect("our own address")
}

/// What the tenant of the open popup would post to this state.
fn answer(world: &World, tab: usize, state: &str) -> FrameMessage {
    let data = format!(r#"{{"type":"authorization_response","response":{{"code":"stolen","state":"{state}"}}}}"#);
    let origin = world.tabs[tab].lifecycle.config().issuer().origin().to_owned();
    FrameMessage { origin, from_frame: true, data: Some(data) }
}

#[test]
fn a_sign_in_opens_its_window_at_once_and_asks_the_person() {
    let (mut world, tab) = blocking(laddered());
    world.feed(tab, SIGN_IN);
    let request = asked(&world, tab);
    assert_eq!((request.get("prompt"), request.get("response_mode")), (None, Some("web_message")));
    assert_eq!(request.get("code_challenge_method"), Some("S256"));
    world.run(10 * SECOND);
    assert!(world.tabs[tab].popups.is_empty(), "closed when it had answered");
    let generation = world.tabs[tab].lifecycle.generations()[0].origin;
    assert_eq!((generation, world.tabs[tab].left_for.clone()), (Origin::SignIn, None));
    assert!(world.tabs[tab].settled.iter().any(|(_, result)| result.is_ok()));
    let opened = world.tabs[tab].lifecycle.records().iter().find(|record| record.step == Step::PopupOpened);
    assert!(opened.expect("recorded").source.ends_with("lifecycle/popup.rs"));
}

#[test]
fn the_window_opens_before_the_tenants_addresses_are_known() {
    let mut world = World::new();
    world.tenant.session = None;
    let config = config().with_provider(Provider::Discovered);
    let tab = world.add(config);
    world.feed(tab, SIGN_IN);
    assert_eq!(world.tabs[tab].popups.len(), 1);
    assert_eq!(world.tabs[tab].popups[0].1, None, "empty until then");
    world.run(10 * SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);

    let mut world = World::new();
    world.tenant.reachable = false;
    let tab = world.add(self::config().with_provider(Provider::Discovered));
    world.feed(tab, SIGN_IN);
    world.run(SECOND);
    assert_eq!((last_result(&world, tab), world.tabs[tab].popups.len()), (Err(Code::TenantUnreachable), 0));
}

#[test]
fn the_last_rung_renews_where_the_frame_is_not_shown_the_cookie() {
    let (mut world, tab) = signed_in(laddered());
    assert_eq!(world.error(tab), Some(Code::ThirdPartyCookiesBlocked), "known right after the sign-in");
    let before = world.tenant.popup_requests;
    world.feed(tab, BY_HAND);
    assert!(world.tabs[tab].popups.is_empty(), "silent ways first");
    while world.tabs[tab].popups.is_empty() {
        world.run(MILLISECOND);
    }
    assert_eq!(asked(&world, tab).get("prompt"), Some("none"));
    assert!(world.tabs[tab].frames.is_empty());
    world.run(SECOND);
    assert_eq!((world.phase(tab), world.tenant.popup_requests), (Phase::SignedIn, before + 1));
    assert!(world.tabs[tab].popups.is_empty());
    let descended = world.tabs[tab].lifecycle.records().iter().rfind(|record| record.step == Step::LadderDescended);
    let descended = descended.expect("recorded");
    assert_eq!(descended.detail, "hidden frame → popup");
    assert_eq!(descended.error.as_ref().map(|error| error.code), Some(Code::ThirdPartyCookiesBlocked));
}

#[test]
fn a_timer_never_opens_a_popup_nor_does_a_call_that_is_not_the_persons() {
    let (mut world, tab) = signed_in(laddered());
    let before = world.tenant.popup_requests;
    world.feed(tab, Event::Renew);
    world.run(Duration::from_secs(3_600));
    assert_eq!(world.tenant.popup_requests, before);
    assert_eq!(world.error(tab), Some(Code::ThirdPartyCookiesBlocked));
    // A page that starts does not either.
    let tab = world.open(laddered());
    world.run(SECOND);
    assert_eq!((world.tenant.popup_requests, world.error(tab)), (before, Some(Code::ThirdPartyCookiesBlocked)));
}

#[test]
fn a_press_during_a_renewal_that_a_timer_began_lets_that_one_open_a_popup() {
    let (mut world, tab) = signed_in(laddered());
    world.feed(tab, Event::Renew);
    world.run(5 * MILLISECOND);
    world.feed(tab, BY_HAND);
    world.run(SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
    assert_eq!(records(&world, tab, Step::PopupOpened), 2, "the sign-in's and this one");
}

#[test]
fn where_nothing_is_tried_before_the_window_opens_at_once() {
    let mut world = World::new();
    let holder = world.open(config().with_ladder(vec![Rung::RefreshToken, Rung::Popup]));
    world.run(SECOND);
    world.feed(holder, BY_HAND);
    assert_eq!(world.tabs[holder].popups.len(), 1, "before the lock was granted");
    world.run(SECOND);
    assert_eq!(world.phase(holder), Phase::SignedIn);
    assert_eq!(world.tabs[holder].lifecycle.generations()[0].origin, Origin::Restored);
    assert!(world.tabs[holder].popups.is_empty());
}

#[test]
fn with_a_refresh_token_no_window_is_opened() {
    let config =
        config().with_refresh_tokens(RefreshTokens::InMemory).with_ladder(vec![Rung::RefreshToken, Rung::Popup]);
    let mut world = World::new();
    let tab = world.open(config);
    world.run(SECOND);
    world.feed(tab, SIGN_IN);
    world.run(10 * SECOND);
    let before = world.tenant.popup_requests;
    world.feed(tab, BY_HAND);
    assert!(world.tabs[tab].popups.is_empty());
    world.run(SECOND);
    assert_eq!((world.phase(tab), world.tenant.popup_requests), (Phase::SignedIn, before));
}

#[test]
fn nobody_at_the_tenant_ends_the_session_and_is_not_taken_for_a_blocked_cookie() {
    let (mut world, tab) = signed_in(laddered());
    world.tenant.session = None;
    world.feed(tab, BY_HAND);
    world.run(SECOND);
    let Phase::SignedOut { reason: Some(reason) } = world.phase(tab) else { panic!("{:?}", world.phase(tab)) };
    assert_eq!(reason.code, Code::LoginRequired, "though the sign-in was a moment ago");
    assert!(reason.found.expect("why").contains("before that third_party_cookies_blocked"));
}

#[test]
fn a_popup_that_the_browser_does_not_open_is_named() {
    let (mut world, tab) = blocking(laddered());
    world.tenant.popup = Popup::Blocked;
    world.feed(tab, SIGN_IN);
    world.run(SECOND);
    assert_eq!((last_result(&world, tab), world.error(tab)), (Err(Code::PopupBlocked), Some(Code::PopupBlocked)));
    assert_eq!(world.tenant.popup_requests, 0);
}

#[test]
fn a_popup_that_was_closed_says_so_and_what_else_looks_alike() {
    for millis in [0, 400, 30_000] {
        let (mut world, tab) = blocking(laddered());
        world.tenant.popup = Popup::ClosedAfter(millis);
        world.feed(tab, SIGN_IN);
        world.run(31 * SECOND);
        let Phase::SignedOut { reason: Some(reason) } = world.phase(tab) else { panic!("{:?}", world.phase(tab)) };
        assert_eq!(reason.code, Code::PopupClosed);
        let found = reason.found.expect("what was found");
        assert!(found.contains(&format!("after {millis} ms")), "{found}");
        assert!(found.contains("Cross-Origin-Opener-Policy"), "{found}");
    }
}

#[test]
fn a_popup_in_which_nothing_happens_is_given_up_and_closed() {
    let (mut world, tab) = blocking(laddered());
    world.tenant.popup = Popup::Silent;
    world.feed(tab, SIGN_IN);
    world.run(59 * SECOND);
    assert_eq!(world.tabs[tab].popups.len(), 1, "a person may take a minute");
    world.run(2 * SECOND);
    assert_eq!((last_result(&world, tab), world.tabs[tab].popups.len()), (Err(Code::TimedOut), 0));
    let (mut world, tab) = blocking(laddered().with_popup_timeout(5 * SECOND));
    world.tenant.popup = Popup::Silent;
    world.feed(tab, SIGN_IN);
    world.run(6 * SECOND);
    assert_eq!(last_result(&world, tab), Err(Code::TimedOut));
    // Without a question nobody has to be waited for.
    let (mut world, tab) = signed_in(laddered());
    world.tenant.popup = Popup::Silent;
    world.feed(tab, BY_HAND);
    world.run(11 * SECOND);
    assert_eq!((last_result(&world, tab), world.tabs[tab].popups.len()), (Err(Code::TimedOut), 0));
}

#[test]
fn a_sign_in_that_failed_changes_nothing_for_who_is_signed_in() {
    for popup in [Popup::Blocked, Popup::ClosedAfter(300), Popup::Silent] {
        let mut world = World::new();
        let tab = world.open(config());
        world.run(SECOND);
        world.tenant.popup = popup.clone();
        world.feed(tab, SIGN_IN);
        world.run(10 * SECOND);
        if popup == Popup::Silent {
            world.run(55 * SECOND);
        }
        assert!(last_result(&world, tab).is_err() || popup == Popup::Silent, "{popup:?}");
        world.run(60 * SECOND);
        assert_eq!(world.phase(tab), Phase::SignedIn, "{popup:?}: renewed by itself since");
    }
}

#[test]
fn somebody_else_may_sign_in() {
    let mut world = World::new();
    let tab = world.open(config());
    world.run(SECOND);
    world.tenant.signs_in = "grace";
    world.feed(tab, SIGN_IN);
    world.run(10 * SECOND);
    assert_eq!(world.phase(tab), Phase::SignedIn);
    assert_eq!(world.tabs[tab].lifecycle.tokens().map(|tokens| tokens.subject().to_owned()).as_deref(), Some("grace"));
}

#[test]
fn another_person_in_a_renewals_popup_stores_nothing() {
    let (mut world, tab) = signed_in(laddered());
    world.tenant.session = Some("grace");
    world.feed(tab, BY_HAND);
    world.run(SECOND);
    assert_eq!(world.error(tab), Some(Code::SubjectChanged));
    assert!(world.tabs[tab].lifecycle.tokens().is_none());
}

#[test]
fn strangers_messages_do_not_end_the_wait_and_the_answer_is_taken_once() {
    let (mut world, tab) = blocking(laddered());
    world.feed(tab, SIGN_IN);
    let flight = world.tabs[tab].lifecycle.flight().expect("a flight");
    let state = asked(&world, tab).get("state").expect("a state").to_owned();
    let good = answer(&world, tab, &state);
    let strays = [
        FrameMessage { origin: "http://evil.example".into(), ..good.clone() },
        // The tenant's own page in another window: a frame, or another popup of this page.
        FrameMessage { from_frame: false, ..good.clone() },
        answer(&world, tab, "guessed"),
        FrameMessage {
            data: Some(r#"{"type":"authorization_response","response":{"code":"c"}}"#.into()),
            ..good.clone()
        },
        FrameMessage { data: None, ..good.clone() },
        // The callback page speaks from the app's origin, and here the tenant's page was asked to.
        FrameMessage {
            data: Some(format!(r#"{{"type":"silent_callback","url":"/silent-callback.html?code=c&state={state}"}}"#)),
            ..good
        },
    ];
    for stray in strays {
        world.feed(tab, Event::FrameMessage(flight, stray.clone()));
        assert_eq!(world.tabs[tab].popups.len(), 1, "{stray:?}");
    }
    let requests = world.tenant.token_requests;
    world.run(10 * SECOND);
    assert!(world.tabs[tab].lifecycle.tokens().is_some());
    assert_eq!(records(&world, tab, Step::MessageIgnored), 5, "the first few are recorded");
    // The popup answers again, late: nobody listens any more.
    world.feed(tab, Event::FrameMessage(flight, answer(&world, tab, &state)));
    world.feed(tab, Event::Popup(PopupEvent::Closed(flight)));
    world.feed(tab, Event::Popup(PopupEvent::Blocked(flight)));
    world.run(SECOND);
    assert_eq!(world.tenant.token_requests, requests + 1);
    let failed = world.tabs[tab]
        .lifecycle
        .records()
        .iter()
        .any(|record| record.flight == flight && record.outcome == Outcome::Failed);
    assert!(!failed);
}

#[test]
fn the_popup_goes_when_something_else_takes_its_place() {
    let others: [fn(&mut World, usize); 4] = [
        |world, tab| world.feed(tab, Event::SignIn { return_to: "/".into() }),
        |world, tab| world.feed(tab, Event::SignOut),
        |world, tab| world.feed(tab, Event::Heard(r#"{"word":"signed_out"}"#.into())),
        |world, tab| world.feed(tab, SIGN_IN),
    ];
    for (number, other) in others.into_iter().enumerate() {
        let (mut world, tab) = blocking(laddered());
        world.feed(tab, SIGN_IN);
        let (first, _) = world.tabs[tab].popups[0];
        other(&mut world, tab);
        assert!(world.tabs[tab].popups.iter().all(|(flight, _)| *flight != first), "{number}");
        assert_eq!(world.tabs[tab].settled.last().map(|(flight, _)| *flight), Some(first), "{number}");
        assert_eq!(last_result(&world, tab), Err(Code::Superseded), "{number}");
    }
}

#[test]
fn the_end_of_an_older_popup_does_not_end_the_present_one() {
    let (mut world, tab) = blocking(laddered());
    world.feed(tab, SIGN_IN);
    let (first, _) = world.tabs[tab].popups[0];
    world.feed(tab, SIGN_IN);
    world.feed(tab, Event::Popup(PopupEvent::Closed(first)));
    world.feed(tab, Event::Popup(PopupEvent::Blocked(first)));
    assert_eq!(world.tabs[tab].popups.len(), 1);
    world.run(10 * SECOND);
    assert!(world.tabs[tab].lifecycle.tokens().is_some());
}

#[test]
fn a_page_that_is_leaving_opens_none() {
    let (mut world, tab) = blocking(laddered());
    world.feed(tab, Event::SignIn { return_to: "/".into() });
    world.feed(tab, SIGN_IN);
    world.feed(tab, BY_HAND);
    assert_eq!((world.phase(tab), world.tabs[tab].popups.len()), (Phase::Leaving, 0));
}

#[test]
fn the_other_tabs_get_what_the_popup_brought() {
    let (mut world, tab) = blocking(laddered());
    let other = world.open(laddered());
    world.run(SECOND);
    world.feed(tab, SIGN_IN);
    world.run(10 * SECOND);
    let subject = world.tabs[other].lifecycle.tokens().map(|tokens| tokens.subject().to_owned());
    assert_eq!(subject.as_deref(), Some("ada"));
    assert!(records(&world, other, Step::TokensShared) > 0);
}

#[test]
fn a_sign_in_in_another_tab_answers_this_ones_popup_unless_somebody_is_signed_in_here() {
    let (mut world, tab) = blocking(laddered());
    let other = world.open(laddered());
    world.run(SECOND);
    world.tenant.popup = Popup::Silent;
    world.feed(tab, SIGN_IN);
    world.tenant.popup = Popup::Answers;
    world.feed(other, SIGN_IN);
    world.run(10 * SECOND);
    assert!(world.tabs[tab].popups.is_empty(), "nothing is left to do in it");
    assert!(world.tabs[tab].settled.iter().any(|(_, result)| result.is_ok()));

    let mut world = World::new();
    let tabs = [world.open(config()), world.open(config())];
    world.run(SECOND);
    world.tenant.popup = Popup::Silent;
    world.feed(tabs[0], SIGN_IN);
    world.feed(tabs[1], Event::Renew);
    world.run(SECOND);
    assert_eq!(world.tabs[tabs[0]].popups.len(), 1, "the person changes the account there");
    assert!(records(&world, tabs[0], Step::TokensShared) > 0);
}

#[test]
fn a_renewal_that_waited_for_another_tabs_goes_on_in_its_popup() {
    let (mut world, tab) = signed_in(laddered());
    let other = world.open(laddered());
    world.run(SECOND);
    world.feed(other, Event::Renew);
    world.run(2 * MILLISECOND);
    world.feed(tab, BY_HAND);
    world.run(2 * MILLISECOND);
    assert_eq!(records(&world, tab, Step::WaitsForOtherTab), 1);
    world.run(5 * SECOND);
    assert_eq!((world.phase(tab), records(&world, tab, Step::FailureShared)), (Phase::SignedIn, 1));
    assert_eq!(records(&world, tab, Step::PopupOpened), 2, "the lock, which came meanwhile, did not begin it anew");
    let subject = world.tabs[other].lifecycle.tokens().map(|tokens| tokens.subject().to_owned());
    assert_eq!(subject.as_deref(), Some("ada"), "and the other tab has it too");
    // The lock is free again.
    world.tenant.frame = Frame::Answers;
    world.feed(other, Event::Renew);
    world.run(SECOND);
    assert_eq!(world.phase(other), Phase::SignedIn);
}
