//! What the passing of time alone changes, and when the lifecycle wants to be woken.

use core::time::Duration;

use super::super::error::Fault;
use super::super::record::{Outcome, Step};
use super::super::time::Timestamp;
use super::flight::Stage;
use super::{Command, Lifecycle, Moment, Status};

pub(super) const SOURCE: &str = file!();

/// By how much the wall clock may go back without anybody having set it.
const SET_BACK: Duration = Duration::from_secs(10);

impl Lifecycle {
    /// Takes the moment of this step. Where the device's clock was set back, every date that was read from it is moved along, or a
    /// token would seem to live for as much longer.
    pub(super) fn keep_time(&mut self, moment: Moment) {
        let back = self.moment.now.since(moment.now);
        self.moment = moment;
        if back < SET_BACK {
            return;
        }
        let moved = |at: &mut Timestamp| *at = *at - back;
        if let Some(flight) = &mut self.flight {
            moved(&mut flight.deadline);
            flight.look_at.iter_mut().for_each(moved);
            if let Stage::Framed(frame) = &mut flight.stage {
                frame.loaded_at.iter_mut().for_each(moved);
            }
        }
        self.lingering.iter_mut().for_each(|(_, until)| moved(until));
        self.keys_asked_at.iter_mut().for_each(moved);
        self.signed_in_at.iter_mut().for_each(moved);
        if let Some(tokens) = &mut self.tokens {
            moved(&mut tokens.received_at);
            moved(&mut tokens.expires_at);
        }
        if let Some(current) = self.generations.last_mut().filter(|generation| generation.ended_at.is_none()) {
            moved(&mut current.issued_at);
            moved(&mut current.expires_at);
            // How long the device slept meanwhile nobody knows, so the token is replaced now.
            current.renew_at = moment.now;
        }
        if let Status::In { failure: Some((_, retry_at)) } | Status::Undetermined { retry_at, .. } = &mut self.status {
            retry_at.iter_mut().for_each(moved);
        }
        self.audiences.forget();
        self.record(Step::ClockSetBack, Outcome::Done).detail = format!("by {} s", back.as_secs());
    }

    /// The network is back: what failed for lack of it is tried again now.
    pub(super) fn online(&mut self) {
        let now = self.moment.now;
        if let Status::In { failure: Some((error, Some(retry_at))) }
        | Status::Undetermined { error, retry_at: Some(retry_at) } = &mut self.status
            && error.code.fault() == Fault::Network
        {
            *retry_at = now;
        }
    }

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

    /// When [`Event::Tick`](super::Event::Tick) has to come at the latest; `None` if nothing is awaited.
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
