//! What success, failure, sign-out and other tabs' words change.

use core::time::Duration;

use super::super::error::{AuthError, Code, Fault};
use super::super::ladder::{self, Rung};
use super::super::record::{Outcome, Step};
use super::super::session::{Generation, Origin, Tokens};
use super::flight::{LINGER, Purpose, REFRESH_PAUSE};
use super::ladder::Held;
use super::word;
use super::{Command, Lifecycle, MAX_GENERATIONS, Status};

pub(super) const SOURCE: &str = file!();

/// A frame that finds nobody signed in so soon after a completed sign-in was not shown the tenant's cookie.
const JUST_SIGNED_IN: Duration = Duration::from_secs(30);

impl Lifecycle {
    /// The tokens are good: takes them into use, tells the other tabs, and gives the lock back a little later.
    pub(super) fn succeed(&mut self, tokens: Tokens, held: Option<Held>, origin: Origin) {
        if let Some(error) = self.other_subject(&tokens, origin) {
            return self.fail(error);
        }
        if held.is_some() {
            self.hold(held);
        }
        let said = word::say_tokens(&tokens, self.held.as_ref());
        self.take_into_use(tokens, origin);
        self.record(Step::TokensReplaced, Outcome::Done);
        self.commands.push(Command::Announce(said));
        self.record(Step::TokensAnnounced, Outcome::Done);
        #[cfg(feature = "session-monitor")]
        self.session_began();
        if origin == Origin::SignIn {
            self.signed_in_at = Some(self.moment.now);
        }
        self.land(Ok(()));
        // Whether this browser lets a frame see the tenant's cookie is best known now, while the person is here.
        if origin == Origin::SignIn && !self.config.same_host() && self.begins_in_frame() {
            self.renew(Step::RenewalDue);
        }
    }

    /// Another person than the one who is signed in here: OpenID Connect Core, section 12.2, for every kind of renewal.
    pub(super) fn other_subject(&self, tokens: &Tokens, origin: Origin) -> Option<AuthError> {
        // Whoever signs in may be somebody else.
        if origin == Origin::SignIn {
            return None;
        }
        // A refresh token that outlived a reload is somebody's too.
        let held = self.held.as_ref().map(|held| held.subject.as_str());
        let before = self.tokens.as_ref().map(Tokens::subject).or(held)?;
        (before != tokens.subject()).then(|| AuthError::new(Code::SubjectChanged).because(before, tokens.subject()))
    }

    pub(super) fn take_into_use(&mut self, tokens: Tokens, origin: Origin) {
        let now = self.moment.now;
        self.end_generation();
        let life = tokens.expires_at.since(tokens.received_at);
        let renew_before = self.config.renew_before().min(life / 5);
        self.born += 1;
        if self.generations.len() == MAX_GENERATIONS {
            self.generations.remove(0);
        }
        self.generations.push(Generation {
            number: self.born,
            origin,
            issued_at: tokens.received_at,
            renew_at: tokens.expires_at - renew_before,
            expires_at: tokens.expires_at,
            ended_at: None,
        });
        self.previous_claims = self.tokens.take().map(|before| before.claims);
        self.expiry_recorded = now >= tokens.expires_at;
        self.tokens = Some(tokens);
        self.failures = 0;
        self.status = Status::In { failure: None };
    }

    fn end_generation(&mut self) {
        let now = self.moment.now;
        if let Some(current) = self.generations.last_mut().filter(|generation| generation.ended_at.is_none()) {
            current.ended_at = Some(now);
        }
    }

    /// The request failed: keeps what is still good, and says what comes next.
    pub(super) fn fail(&mut self, error: AuthError) {
        let error = self.explained(error);
        if self.descend(&error) {
            return;
        }
        let error = ladder::with_cause(error, self.flight.as_ref().and_then(|flight| flight.cause.as_ref()));
        let record = self.record(Step::Failed, Outcome::Failed);
        record.error = Some(error.clone());
        let holder = self.flight.as_ref().is_some_and(|flight| flight.lock.is_some());
        let before = self.tokens.as_ref().map(|tokens| tokens.received_at);
        self.bear_any(&error);
        if holder {
            let wanted = self.wanted().map(|wanted| &wanted.request);
            let ended = before.filter(|_| self.tokens.is_none());
            self.commands.push(Command::Announce(word::say_failure(&error, wanted, ended)));
        }
        self.land(Err(error));
    }

    /// `login_required` right after a completed sign-in is explained by a cookie that did not come along, not by a session that ended.
    fn explained(&self, error: AuthError) -> AuthError {
        #[cfg(feature = "popup")]
        if self.asked_in_popup() {
            return error;
        }
        let just_signed_in = self.signed_in_at.is_some_and(|at| self.moment.now.since(at) < JUST_SIGNED_IN);
        if error.code == Code::LoginRequired && just_signed_in && !self.config.same_host() {
            return AuthError::new(Code::ThirdPartyCookiesBlocked)
                .because("the session that was just begun", "login_required from the hidden frame");
        }
        error
    }

    pub(super) fn bear_any(&mut self, error: &AuthError) {
        if self.wanted().is_some() { self.bear_extra(error) } else { self.bear(error) }
    }

    /// What a failure means for the session.
    fn bear(&mut self, error: &AuthError) {
        #[cfg(feature = "session-monitor")]
        if self.bears_check(error) {
            return;
        }
        #[cfg(feature = "popup")]
        if self.bears_popup(error) {
            return;
        }
        let now = self.moment.now;
        self.failures += 1;
        let pause = if self.failures == 1 && self.refreshes() { REFRESH_PAUSE } else { self.backoff() };
        let retry_at = error.code.is_retryable().then(|| now + pause);
        match (error.code, self.tokens.is_some()) {
            (Code::LoginRequired | Code::RefreshTokenRefused, true) => {
                self.record(Step::SessionEnded, Outcome::Done);
                self.drop_tokens(Some(error.clone()));
            }
            (Code::SubjectChanged, _) => self.drop_tokens(Some(error.clone())),
            (Code::LoginRequired, false) => self.drop_tokens(None),
            (_, true) => self.status = Status::In { failure: Some((error.clone(), retry_at)) },
            (code, false) => {
                let is_callback =
                    self.flight.as_ref().is_some_and(|flight| matches!(flight.purpose, Purpose::Callback(_)));
                let refused = code.fault() == Fault::TenantRefused && !code.is_retryable();
                if is_callback || refused || code == Code::ThirdPartyCookiesBlocked {
                    self.drop_tokens(Some(error.clone()));
                } else {
                    self.status = Status::Undetermined { error: error.clone(), retry_at };
                }
            }
        }
    }

    /// Whether the request on its way is a refresh.
    pub(super) fn refreshes(&self) -> bool {
        let rung = self.flight.as_ref().and_then(|flight| flight.rung);
        rung.and_then(|rung| self.config.ladder().get(rung)) == Some(&Rung::RefreshToken)
    }

    pub(super) fn drop_tokens(&mut self, reason: Option<AuthError>) {
        self.end_generation();
        self.hold(None);
        self.tokens = None;
        self.audiences.forget();
        self.previous_claims = None;
        self.signed_in_at = None;
        self.failures = 0;
        self.status = Status::Out { reason };
    }

    /// Ends the current request with a result for whoever waits for it.
    pub(super) fn land(&mut self, result: Result<(), AuthError>) {
        let Some(mut flight) = self.flight.take() else { return };
        self.hopes = false;
        self.commands.extend(flight.closing());
        self.commands.push(Command::Abort(flight.id));
        match flight.lock {
            // No other tab may get the lock before it has heard the result.
            Some(held) => self.lingering = Some((held, self.moment.now + LINGER)),
            None => self.commands.push(Command::ReleaseLock(flight.id)),
        }
        self.commands.push(match flight.purpose {
            #[cfg(feature = "audiences")]
            Purpose::Extra(wanted) => Command::Provided(wanted.request, result),
            _ => Command::Settled(flight.id, result),
        });
    }

    /// Ends the current request because something else comes before it.
    pub(super) fn end_flight(&mut self) {
        self.land(Err(AuthError::new(Code::Superseded)));
    }
}
