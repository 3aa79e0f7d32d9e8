//! One page whose every command goes to the tenant without network; a test may alter what comes back.
#![allow(dead_code, unreachable_pub, reason = "every test binary uses a part of it")]

use std::time::Duration;

use silent_auth::mock::{Answer, MockProvider};
use silent_auth::protocol::config::ClientConfig;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::lifecycle::{Arrival, Event, Lifecycle, Moment};
use silent_auth::protocol::session::Phase;
use silent_auth::protocol::time::Timestamp;

/// What becomes of an event on its way to the page.
pub type Alter = Box<dyn FnMut(Event) -> Vec<Event>>;

pub struct Page {
    pub lifecycle: Lifecycle,
    pub now: Timestamp,
    config: ClientConfig,
    tenant: MockProvider,
    alter: Alter,
    entropy: u8,
}

pub fn config() -> ClientConfig {
    ClientConfig::new("https://tenant.example/", "spa", "https://app.example/callback").expect("valid")
}

/// A tenant for Ada, who is not signed in yet.
pub fn ada() -> MockProvider {
    MockProvider::new("auth0|ada").with_claim("name", "Ada")
}

impl Page {
    pub fn open(config: ClientConfig, tenant: &MockProvider) -> Self {
        Self::altered(config, tenant, |event| vec![event])
    }

    /// As [`open`](Self::open); every event of the tenant is altered on its way.
    pub fn altered(
        config: ClientConfig,
        tenant: &MockProvider,
        alter: impl FnMut(Event) -> Vec<Event> + 'static,
    ) -> Self {
        let lifecycle = Lifecycle::new(config.clone());
        let now = Timestamp::from_secs(1_800_000_000);
        let mut page = Self { lifecycle, now, config, tenant: tenant.clone(), alter: Box::new(alter), entropy: 0 };
        page.feed(Event::Start(Arrival::default()));
        page
    }

    pub fn feed(&mut self, event: Event) {
        let mut events = vec![event];
        while !events.is_empty() {
            let event = events.remove(0);
            self.entropy = self.entropy.wrapping_add(1);
            let moment = Moment { now: self.now, entropy: [self.entropy; silent_auth::protocol::pkce::ENTROPY] };
            for command in self.lifecycle.step(event, moment) {
                match self.tenant.answer(&self.config, command, self.now) {
                    Answer::Happened(more) => events.extend(more.into_iter().flat_map(&mut self.alter)),
                    Answer::PageOpened(arrival) => {
                        self.lifecycle = Lifecycle::new(self.config.clone());
                        events = vec![Event::Start(*arrival)];
                    }
                    Answer::NotMine(_) => {}
                }
            }
        }
    }

    /// Lets time pass, waking the lifecycle whenever it wants to be.
    pub fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(wake) = self.lifecycle.next_wake().filter(|wake| *wake <= end) {
            self.now = self.now.max(wake);
            self.feed(Event::Tick);
        }
        self.now = end;
    }

    pub fn phase(&self) -> Phase {
        self.lifecycle.phase()
    }

    pub fn error(&self) -> Option<AuthError> {
        match self.phase() {
            Phase::SignedOut { reason } => reason,
            Phase::RenewalFailed { error, .. } | Phase::Undetermined { error, .. } => Some(error),
            Phase::Expired { error, .. } => error,
            _ => None,
        }
    }

    pub fn code(&self) -> Option<Code> {
        self.error().map(|error| error.code)
    }
}
