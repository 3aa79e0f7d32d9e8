//! The tenant's addresses: asked for by discovery, used for a while, and kept where asking again brings nothing.

use super::super::config::Provider;
use super::super::discovery::{self, LIFE};
use super::super::error::AuthError;
use super::super::http::Response;
use super::super::record::{Outcome, Step};
use super::flight::{Purpose, Stage};
use super::{Command, Exchange, Lifecycle};

pub(super) const SOURCE: &str = file!();

impl Lifecycle {
    /// Goes on at once with addresses that are known and not old; else asks for them first.
    pub(super) fn find_addresses(&mut self) {
        let now = self.moment.now;
        let Some(flight) = &self.flight else { return };
        let (id, stage) = (flight.id, &flight.stage);
        if matches!(flight.purpose, Purpose::Callback(_)) && matches!(stage, Stage::Discovering) {
            // The answer in the page's address is judged without them, and taken out before the app looks at the address.
            return self.proceed();
        }
        let are_old = self.addresses_asked_at.is_none_or(|asked| now.since(asked) >= LIFE);
        if self.endpoints.is_some() && (self.config.provider() == Provider::Auth0 || !are_old) {
            return self.proceed();
        }
        // Those that are known serve as long again, whatever comes of this.
        self.addresses_asked_at = Some(now);
        let request = discovery::request(&self.config);
        self.record(Step::DiscoveryRequested, Outcome::Done).detail = format!("GET {}", request.url);
        self.commands.push(Command::Send(id, Exchange::Discovery, request));
    }

    pub(super) fn addresses_answered(&mut self, result: Result<Response, AuthError>) {
        match result.and_then(|response| discovery::process_response(&self.config, &response)) {
            Ok(endpoints) => {
                self.endpoints = Some(endpoints);
                self.record(Step::DiscoveryReceived, Outcome::Done);
            }
            Err(error) if self.endpoints.is_some() => {
                self.record(Step::DiscoveryReceived, Outcome::Failed).error = Some(error);
            }
            Err(error) => return self.fail(error),
        }
        self.proceed();
    }
}
