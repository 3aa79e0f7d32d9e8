//! Without the feature `audiences` there is no token but the session's own.

use super::super::audience::TokenRequest;
use super::super::config::ClientConfig;
use super::super::error::AuthError;
use super::super::record::Step;
use super::super::session::Tokens;
use super::Lifecycle;
use super::flight::Stage;
use super::ladder::Held;

pub(super) const SOURCE: &str = "";

/// There are none.
#[derive(Debug, Default)]
pub(super) struct Audiences {}

impl Audiences {
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(super) fn forget(&mut self) {}
}

/// Nobody wants one.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) request: TokenRequest,
    pub(super) settings: ClientConfig,
}

#[expect(clippy::unused_self, reason = "as with the feature")]
impl Lifecycle {
    pub(super) fn wanted(&self) -> Option<&Wanted> {
        None
    }

    pub(super) fn settings(&self) -> &ClientConfig {
        &self.config
    }

    pub(super) fn renewal_asked(&mut self) {
        self.renew(Step::RenewalAsked);
    }

    pub(super) fn serve_wanted(&mut self) {}

    pub(super) fn succeed_extra(&mut self, _: Tokens, _: Option<Held>) {}

    pub(super) fn bear_extra(&mut self, _: &AuthError) {}

    /// Whether another tab is doing the work.
    pub(super) fn waits(&self) -> bool {
        let waits = |stage: &Stage| matches!(stage, Stage::Waiting | Stage::Listening);
        self.flight.as_ref().is_some_and(|flight| waits(&flight.stage))
    }
}
