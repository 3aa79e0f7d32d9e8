//! What holds of the lifecycle whatever happens in whatever order.
#![cfg(all(not(target_arch = "wasm32"), feature = "audiences"))]

mod common;

use std::time::Duration;

use common::world::{Frame, World, config};
use proptest::prelude::*;
use silent_auth::protocol::audience::TokenRequest;
use silent_auth::protocol::config::RefreshTokens;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::lifecycle::{Event, Exchange};
use silent_auth::protocol::message::FrameMessage;
use silent_auth::protocol::record::Step;
use silent_auth::protocol::secret::AccessToken;
use silent_auth::protocol::session::Phase;

/// Something that happens to the world.
#[derive(Clone, Debug)]
enum Turn {
    Wait(u64),
    Sleep(u64),
    Renew(usize),
    Behave(Frame),
    Reachable(bool),
    Session(bool),
    Kid(bool),
    Lose(u32),
    Trouble(bool),
    EndGrant,
    Want(usize, usize),
    Refuse(usize),
    Close(usize),
    Clock(i64),
    Network(bool),
    Timers(i64),
    Lifetime(u64),
    Stale(usize, u8),
    Gibberish(usize, String),
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let frame = prop_oneof![
        3 => Just(Frame::Answers),
        1 => Just(Frame::Silent),
        1 => Just(Frame::Hangs),
        1 => Just(Frame::StoppedByPolicy),
        1 => Just(Frame::Refuses("server_error", None)),
        1 => Just(Frame::Refuses("consent_required", None)),
    ];
    let turn = prop_oneof![
        5 => (0..70_000_u64).prop_map(Turn::Wait),
        1 => (0..10_000_000_u64).prop_map(Turn::Sleep),
        3 => (0..3_usize).prop_map(Turn::Renew),
        2 => frame.prop_map(Turn::Behave),
        1 => any::<bool>().prop_map(Turn::Reachable),
        1 => any::<bool>().prop_map(Turn::Session),
        1 => any::<bool>().prop_map(Turn::Kid),
        1 => (0..3_u32).prop_map(Turn::Lose),
        1 => any::<bool>().prop_map(Turn::Trouble),
        1 => Just(Turn::EndGrant),
        4 => (0..3_usize, 0..WANTED.len()).prop_map(|(tab, wanted)| Turn::Want(tab, wanted)),
        1 => (0..3_usize).prop_map(Turn::Refuse),
        1 => (1..3_usize).prop_map(Turn::Close),
        1 => (-100_000..100_000_i64).prop_map(Turn::Clock),
        1 => any::<bool>().prop_map(Turn::Network),
        1 => prop_oneof![Just(1), Just(1_000), Just(60_000)].prop_map(Turn::Timers),
        1 => prop_oneof![Just(0), Just(10), Just(60), Just(3_600)].prop_map(Turn::Lifetime),
        2 => (0..3_usize, any::<u8>()).prop_map(|(tab, kind)| Turn::Stale(tab, kind)),
        1 => (0..3_usize, ".{0,40}").prop_map(|(tab, text)| Turn::Gibberish(tab, text)),
    ];
    proptest::collection::vec(turn, 1..60)
}

/// Audiences and scopes that are wanted.
const WANTED: &[(&str, &str)] = &[
    ("https://reports.example.com", "read:reports"),
    ("https://notes.example.com", "read:notes"),
    ("https://notes.example.com", "read:notes write:notes"),
];

fn wanted(number: usize) -> TokenRequest {
    let (audience, scope) = WANTED[number];
    TokenRequest::for_audience(audience).with_scope(scope)
}

/// An event of a request that is long over, or never was.
fn stale(kind: u8) -> Event {
    let flight = 0;
    match kind % 7 {
        0 => Event::FrameLoaded(flight),
        1 => Event::FrameMessage(
            flight,
            FrameMessage { origin: "http://localhost:4000".into(), from_frame: true, data: None },
        ),
        2 => Event::Answered(flight, Exchange::Token, Err(AuthError::new(Code::TenantUnreachable))),
        3 => Event::SignatureChecked(flight, Ok(true)),
        4 => Event::LockBusy(flight),
        5 => Event::Company(flight, true),
        _ => Event::PolicyViolated(flight, "frame-src".into()),
    }
}

fn take(world: &mut World, turn: &Turn) {
    match turn {
        Turn::Wait(millis) => world.run(Duration::from_millis(*millis)),
        Turn::Sleep(millis) => world.sleep(Duration::from_millis(*millis)),
        Turn::Renew(tab) => world.feed(*tab, Event::Renew),
        Turn::Behave(frame) => world.tenant.frame = frame.clone(),
        Turn::Reachable(reachable) => world.tenant.reachable = *reachable,
        Turn::Session(alive) => world.tenant.session = alive.then_some("ada"),
        Turn::Kid(second) => world.tenant.kid = if *second { "key-2" } else { "key-1" },
        Turn::Lose(answers) => world.tenant.lose_answers = *answers,
        Turn::Trouble(trouble) => world.tenant.trouble = trouble.then_some(503),
        Turn::EndGrant => world.tenant.grant = None,
        Turn::Want(tab, number) => world.feed(*tab, Event::Want(wanted(*number))),
        Turn::Refuse(tab) => {
            let held = world.tabs[*tab].lifecycle.access_token_for(&wanted(0), world.device_now()).cloned();
            world.feed(*tab, Event::Refused(held.unwrap_or(AccessToken::new("none"))));
        }
        Turn::Close(tab) => world.close(*tab),
        Turn::Clock(ahead) => world.set_clock(*ahead),
        Turn::Network(there) => world.network(*there),
        Turn::Timers(every) => world.timers_every = *every,
        Turn::Lifetime(seconds) => world.tenant.lifetime = *seconds,
        Turn::Stale(tab, kind) if world.tabs[*tab].alive => {
            let before = (world.phase(*tab), world.tabs[*tab].lifecycle.flight());
            let due = world.tabs[*tab].lifecycle.next_wake().is_some_and(|due| due <= world.device_now());
            world.feed(*tab, stale(*kind));
            if !due {
                assert_eq!(
                    (world.phase(*tab), world.tabs[*tab].lifecycle.flight()),
                    before,
                    "a stale event changes nothing"
                );
            }
        }
        Turn::Stale(..) => {}
        Turn::Gibberish(tab, text) => world.feed(*tab, Event::Heard(text.clone())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_promises_hold(turns in turns(), refresh in any::<bool>()) {
        let mut world = World::new();
        let tokens = if refresh { RefreshTokens::InMemory } else { RefreshTokens::Never };
        let config = config().with_refresh_tokens(tokens);
        let tabs = [(); 3].map(|()| world.open(config.clone()));
        let mut wants = Vec::new();
        for turn in &turns {
            let expiries: Vec<_> = tabs.iter().map(|tab| world.tabs[*tab].lifecycle.tokens().map(|tokens| tokens.expires_at)).collect();
            let before: Vec<_> = tabs.iter().map(|tab| world.tabs[*tab].provided.len()).collect();
            take(&mut world, turn);
            if let Turn::Want(tab, number) = turn && world.tabs[*tab].alive {
                wants.push((*tab, before[*tab], wanted(*number)));
            }
            prop_assert!(world.most_at_once <= 1, "{} requests are on their way at once", world.most_at_once);
            for (tab, expiry) in tabs.iter().zip(expiries) {
                let lifecycle = &world.tabs[*tab].lifecycle;
                let lost = expiry.is_some_and(|expiry| world.device_now() < expiry) && lifecycle.tokens().is_none();
                let served = world.tabs[*tab].provided[before[*tab]..].iter().find(|(request, result)| {
                    result.is_ok() && lifecycle.tokens().is_some() && lifecycle.access_token_for(request, world.device_now()).is_none()
                });
                prop_assert!(served.is_none() || !matches!(turn, Turn::Want(..)), "{served:?} is said to be at hand and is not");
                let ended = lifecycle.records().iter().any(|record| matches!(record.step, Step::SessionEnded | Step::Failed | Step::FailureShared)
                    && record.error.as_ref().is_none_or(|error| matches!(error.code, Code::LoginRequired | Code::RefreshTokenRefused)));
                prop_assert!(!lost || ended, "a token that was good is gone, and the session had not ended");
                if matches!(lifecycle.phase(), Phase::SignedIn | Phase::RenewalFailed { .. }) {
                    prop_assert!(lifecycle.tokens().is_some());
                }
            }
        }

        // Everything heals by itself once the tenant answers again, or the person is told what to do; nothing stays on its way.
        world.tenant.frame = Frame::Answers;
        world.tenant.reachable = true;
        world.tenant.trouble = None;
        world.tenant.lose_answers = 0;
        world.timers_every = 1;
        world.run(Duration::from_secs(180));
        for (tab, before, request) in wants.iter().filter(|(tab, ..)| world.tabs[*tab].alive) {
            let answered = world.tabs[*tab].provided[*before..].iter().any(|(provided, _)| provided.covers(request));
            prop_assert!(answered, "{request:?} was never answered");
        }
        prop_assert!(world.most_at_once <= 1);
        for tab in tabs.into_iter().filter(|tab| world.tabs[*tab].alive) {
            let phase = world.phase(tab);
            let settled = matches!(phase, Phase::SignedIn | Phase::SignedOut { .. } | Phase::RenewalFailed { retry_at: None, .. }
                | Phase::Expired { retry_at: None, .. } | Phase::Undetermined { retry_at: None, .. } | Phase::Renewing);
            prop_assert!(settled, "{phase:?}");
        }
    }
}
