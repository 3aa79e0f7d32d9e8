//! What the passing of time alone changes, and when the lifecycle wants to be woken.

use core::time::Duration;

use super::super::record::{Outcome, Step};
use super::super::time::Timestamp;
use super::{Command, Lifecycle, Status};

pub(super) const SOURCE: &str = file!();

impl Lifecycle {
    /// Everything that the passing of time alone changes.
    pub(super) fn time_passed(&mut self) {
        let now = self.moment.now;
        if let Some((flight, _)) = self.lingering.filter(|(_, until)| now >= *until) {
            self.lingering = None;
            self.commands.push(Command::ReleaseLock(flight));
        }
        self.watch_flight();
        let Some(tokens) = &self.tokens else {
            if let Status::Undetermined { retry_at: Some(at), .. } = self.status
                && now >= at
            {
                self.renew(Step::RenewalDue);
            }
            return;
        };
        if now >= tokens.expires_at && !self.expiry_recorded {
            self.expiry_recorded = true;
            self.record(Step::Expired, Outcome::Done);
        }
        let due = match &self.status {
            Status::In { failure: Some((_, retry_at)) } => *retry_at,
            Status::In { failure: None } => self.generations.last().map(|generation| generation.renew_at),
            _ => None,
        };
        if due.is_some_and(|due| now >= due) {
            self.renew(Step::RenewalDue);
        }
    }

    /// When [`Event::Tick`] has to come at the latest; `None` if nothing is awaited.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        let flight = self.flight.iter().flat_map(|flight| [Some(flight.deadline), flight.look_at]).flatten();
        let lingering = self.lingering.iter().map(|(_, until)| *until);
        let expiry = self.tokens.iter().filter(|_| !self.expiry_recorded).map(|tokens| tokens.expires_at);
        let due = match &self.status {
            _ if self.flight.is_some() => None,
            Status::In { failure: None } => self.generations.last().map(|generation| generation.renew_at),
            Status::In { failure: Some((_, retry_at)) } | Status::Undetermined { retry_at, .. } => *retry_at,
            _ => None,
        };
        flight.chain(lingering).chain(expiry).chain(due).min()
    }

    /// The pause before the next try: 5 s, doubled each time up to 60 s, give or take a fifth so that tabs and devices spread out.
    pub(super) fn backoff(&self) -> Duration {
        let base = 5_000_u64 << self.failures.saturating_sub(1).min(4);
        let capped = base.min(60_000);
        let jitter = u64::from(self.moment.entropy[0]) * capped * 2 / 5 / 255;
        Duration::from_millis(capped - capped / 5 + jitter)
    }
}
