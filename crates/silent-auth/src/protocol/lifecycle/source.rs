//! Which file each step happens in, for whoever reads a record.

use super::super::record::Step;
use super::{addresses, audience, exchange, frame, ladder, outcome, sign_out, tabs, time};

/// The file in which a step happens.
pub(super) fn source(step: Step) -> &'static str {
    match step {
        Step::Started | Step::RenewalAsked | Step::AnsweredTooLate => super::SOURCE,
        Step::DiscoveryRequested | Step::DiscoveryReceived => addresses::SOURCE,
        Step::SignedOut => sign_out::SOURCE,
        Step::RenewalDue | Step::Expired | Step::ClockSetBack => time::SOURCE,
        Step::TokensShared | Step::FailureShared | Step::SignedOutElsewhere => tabs::SOURCE,
        Step::TokenWanted | Step::TokenAdded => audience::SOURCE,
        Step::RefreshTokenSent | Step::LadderDescended | Step::PageLeft | Step::RefreshTokenRevoked => ladder::SOURCE,
        #[cfg(feature = "popup")]
        Step::PopupOpened => super::popup::SOURCE,
        #[cfg(not(feature = "popup"))]
        Step::PopupOpened => "",
        #[cfg(feature = "session-monitor")]
        Step::SessionChanged | Step::MonitorStopped => super::monitor::SOURCE,
        #[cfg(not(feature = "session-monitor"))]
        Step::SessionChanged | Step::MonitorStopped => "",
        Step::WaitsForOtherTab
        | Step::FrameOpened
        | Step::FrameLoaded
        | Step::MessageReceived
        | Step::MessageIgnored
        | Step::PolicyViolated
        | Step::ReachabilityAsked
        | Step::ReachabilityKnown
        | Step::KeysRequested => frame::SOURCE,
        Step::CallbackReceived
        | Step::SignInStarted
        | Step::KeysReceived
        | Step::CodeExchanged
        | Step::TokensReceived
        | Step::ClockCorrected
        | Step::IdTokenVerified => exchange::SOURCE,
        Step::TokensReplaced | Step::TokensAnnounced | Step::Failed | Step::SessionEnded => outcome::SOURCE,
    }
}
