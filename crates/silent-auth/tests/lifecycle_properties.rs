//! What holds of the lifecycle whatever happens in whatever order.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use std::time::Duration;

use common::world::{Frame, World, config};
use proptest::prelude::*;
use silent_auth::protocol::config::RefreshTokens;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::lifecycle::{Event, Exchange};
use silent_auth::protocol::message::FrameMessage;
use silent_auth::protocol::record::Step;
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
        2 => (0..3_usize, any::<u8>()).prop_map(|(tab, kind)| Turn::Stale(tab, kind)),
        1 => (0..3_usize, ".{0,40}").prop_map(|(tab, text)| Turn::Gibberish(tab, text)),
    ];
    proptest::collection::vec(turn, 1..60)
}

/// An event of a request that is long over, or never was.
fn stale(kind: u8) -> Event {
    let flight = 0;
    match kind % 6 {
        0 => Event::FrameLoaded(flight),
        1 => Event::FrameMessage(
            flight,
            FrameMessage { origin: "http://localhost:4000".into(), from_frame: true, data: None },
        ),
        2 => Event::Answered(flight, Exchange::Token, Err(AuthError::new(Code::TenantUnreachable))),
        3 => Event::SignatureChecked(flight, Ok(true)),
        4 => Event::LockBusy(flight),
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
        Turn::Stale(tab, kind) => {
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
        for turn in &turns {
            let expiries: Vec<_> = tabs.iter().map(|tab| world.tabs[*tab].lifecycle.tokens().map(|tokens| tokens.expires_at)).collect();
            take(&mut world, turn);
            let frames: usize = world.tabs.iter().map(|tab| tab.frames.len()).sum();
            prop_assert!(frames <= 1, "{frames} frames are open at once");
            for (tab, expiry) in tabs.iter().zip(expiries) {
                let lifecycle = &world.tabs[*tab].lifecycle;
                let lost = expiry.is_some_and(|expiry| world.device_now() < expiry) && lifecycle.tokens().is_none();
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
        world.run(Duration::from_secs(180));
        for tab in tabs {
            let phase = world.phase(tab);
            let settled = matches!(phase, Phase::SignedIn | Phase::SignedOut { .. } | Phase::RenewalFailed { retry_at: None, .. }
                | Phase::Expired { retry_at: None, .. } | Phase::Undetermined { retry_at: None, .. } | Phase::Renewing);
            prop_assert!(settled, "{phase:?}");
        }
    }
}
