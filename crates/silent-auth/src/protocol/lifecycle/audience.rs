//! Access tokens for other APIs and scopes than the client's own, got on demand by the way of the session's.

use std::collections::VecDeque;

use super::super::audience::{TokenRequest, holds_scopes};
use super::super::config::ClientConfig;
use super::super::error::{AuthError, Code};
use super::super::record::{Outcome, Step};
use super::super::secret::AccessToken;
use super::super::session::{Origin, Tokens};
use super::super::time::Timestamp;
use super::flight::{Purpose, Stage};
use super::ladder::Held;
use super::{Command, Lifecycle, Status, word};

pub(super) const SOURCE: &str = file!();

/// How many are held; the oldest go first.
const MAX_EXTRAS: usize = 16;

/// A request for one, with the client's settings as they are for it.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) request: TokenRequest,
    pub(super) settings: ClientConfig,
}

/// One that is held.
#[derive(Clone, Debug)]
pub(super) struct Extra {
    /// What was asked for; every part is named.
    pub(super) request: TokenRequest,
    pub(super) access_token: AccessToken,
    /// The scopes that were granted.
    pub(super) scope: String,
    pub(super) received_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// Those that are held, and what is still to be asked for: one request after another.
#[derive(Debug, Default)]
pub(super) struct Audiences {
    pub(super) held: Vec<Extra>,
    wanted: VecDeque<TokenRequest>,
    /// Whether the session's own token is to be renewed after the request that is on its way.
    renewal_asked: bool,
}

impl Audiences {
    /// Takes them out of use.
    pub(super) fn forget(&mut self) {
        self.held.clear();
    }
}

impl Extra {
    /// Whether it serves this request. A tenant may grant fewer scopes than were asked; asking again brings no more.
    fn serves(&self, request: &TokenRequest) -> bool {
        self.request.is_for(request) && serves_scopes(self.request.scope.as_deref(), &self.scope, request)
    }
}

fn serves_scopes(asked: Option<&str>, granted: &str, request: &TokenRequest) -> bool {
    let held = [asked.unwrap_or_default(), granted].join(" ");
    holds_scopes(&held, request.scope.as_deref().unwrap_or_default())
}

impl Lifecycle {
    /// The access token in memory that serves this request, and is good at `now`.
    #[must_use]
    pub fn access_token_for(&self, request: &TokenRequest, now: Timestamp) -> Option<&AccessToken> {
        let request = request.in_full(&self.config);
        if self.is_the_sessions(&request) {
            return self.tokens.as_ref().filter(|tokens| now < tokens.expires_at).map(|tokens| &tokens.access_token);
        }
        self.audiences
            .held
            .iter()
            .rev()
            .find(|extra| now < extra.expires_at && extra.serves(&request))
            .map(|extra| &extra.access_token)
    }

    /// Whether the session's own token serves this request, so that its renewal brings what is wanted.
    #[must_use]
    pub fn is_the_sessions(&self, request: &TokenRequest) -> bool {
        let (own, request) = (TokenRequest::default().in_full(&self.config), request.in_full(&self.config));
        let granted = self.tokens.as_ref().map_or("", |tokens| &tokens.scope);
        own.is_for(&request) && serves_scopes(own.scope.as_deref(), granted, &request)
    }

    /// Somebody wants such a token: it is at hand, or is asked for, or the request that is on its way brings it.
    pub(super) fn want(&mut self, request: &TokenRequest) {
        let request = request.in_full(&self.config);
        let coming = self.wanted().is_some_and(|wanted| wanted.request.covers(&request));
        if !coming && !self.audiences.wanted.iter().any(|other| other.covers(&request)) {
            self.audiences.wanted.push_back(request);
        }
    }

    /// An API refused this token, so it serves nobody any more.
    pub(super) fn refuse(&mut self, token: &AccessToken) {
        self.audiences.held.retain(|extra| !extra.access_token.matches(token.expose()));
    }

    /// The session's own token is wanted anew: now, or after the request that is on its way.
    pub(super) fn renewal_asked(&mut self) {
        if self.wanted().is_some() {
            self.audiences.renewal_asked = true;
        } else {
            self.renew(Step::RenewalAsked);
        }
    }

    /// What the request on its way is for, if it is not for the session's own token.
    pub(super) fn wanted(&self) -> Option<&Wanted> {
        match self.flight.as_ref().map(|flight| &flight.purpose) {
            Some(Purpose::Extra(wanted)) => Some(wanted),
            _ => None,
        }
    }

    /// The settings of the request that is on its way.
    pub(super) fn settings(&self) -> &ClientConfig {
        self.wanted().map_or(&self.config, |wanted| &wanted.settings)
    }

    /// Sends the next request on its way once nothing else is.
    pub(super) fn serve_wanted(&mut self) {
        while self.flight.is_none() || matches!(self.status, Status::Leaving) {
            if core::mem::take(&mut self.audiences.renewal_asked) {
                self.renew(Step::RenewalAsked);
                continue;
            }
            if matches!(self.status, Status::Unknown) {
                return;
            }
            let Some(request) = self.audiences.wanted.pop_front() else { return };
            if self.has_fresh(&request) {
                self.commands.push(Command::Provided(request, Ok(())));
            } else if let Err(error) = self.may_ask() {
                self.commands.push(Command::Provided(request, Err(error)));
            } else {
                self.record(Step::TokenWanted, Outcome::Done).detail = request.in_words();
                let settings = request.settings(&self.config);
                self.begin(Purpose::Extra(Box::new(Wanted { request, settings })));
            }
        }
    }

    /// Whether a token is at hand that need not be replaced yet.
    fn has_fresh(&self, request: &TokenRequest) -> bool {
        let soon = |received: Timestamp, expires: Timestamp| {
            expires - self.config.renew_before().min(expires.since(received) / 5)
        };
        let now = self.moment.now;
        let fresh = |extra: &Extra| now < soon(extra.received_at, extra.expires_at) && extra.serves(request);
        self.audiences.held.iter().any(fresh)
            || (self.is_the_sessions(request) && self.tokens.as_ref().is_some_and(|tokens| now < tokens.expires_at))
    }

    /// Only somebody who is signed in has tokens for other APIs.
    fn may_ask(&self) -> Result<(), AuthError> {
        match &self.status {
            Status::Out { reason } => Err(reason.clone().unwrap_or(AuthError::new(Code::LoginRequired))),
            Status::Undetermined { error, .. } => Err(error.clone()),
            Status::Leaving => Err(AuthError::new(Code::Superseded).found("a page that is leaving")),
            Status::Unknown | Status::In { .. } => Ok(()),
        }
    }

    /// Every check passed: holds the token, tells the other tabs, and gives the lock back a little later.
    pub(super) fn succeed_extra(&mut self, tokens: Tokens, held: Option<Held>) {
        if let Some(error) = self.other_subject(&tokens, Origin::Renewed) {
            return self.fail(error);
        }
        let Some(request) = self.wanted().map(|wanted| wanted.request.clone()) else { return };
        if held.is_some() {
            self.hold(held);
        }
        let subject = tokens.subject().to_owned();
        let Tokens { access_token, scope, received_at, expires_at, .. } = tokens;
        let extra = Extra { request, access_token, scope, received_at, expires_at };
        let said = word::say_extra(&extra, &subject, self.held.as_ref());
        self.add_extra(extra);
        self.commands.push(Command::Announce(said));
        self.land(Ok(()));
    }

    fn add_extra(&mut self, extra: Extra) {
        let now = self.moment.now;
        let held = &mut self.audiences.held;
        held.retain(|other| now < other.expires_at && !extra.serves(&other.request));
        if held.len() == MAX_EXTRAS {
            held.remove(0);
        }
        let detail = extra.request.in_words();
        held.push(extra);
        self.record(Step::TokenAdded, Outcome::Done).detail = detail;
    }

    /// Another tab got one for the person who is signed in here.
    pub(super) fn adopt_extra(&mut self, extra: Extra, subject: &str, held: Option<Held>) {
        let here = self.tokens.as_ref().is_some_and(|tokens| tokens.subject() == subject);
        let older =
            self.audiences.held.iter().any(|mine| mine.expires_at >= extra.expires_at && mine.serves(&extra.request));
        if !here || older || self.moment.now >= extra.expires_at {
            return;
        }
        if held.is_some() && self.config.wants_refresh_tokens() {
            self.hold(held);
        }
        self.add_extra(extra);
        if self.waits() && self.wanted().is_some_and(|wanted| self.has_fresh(&wanted.request)) {
            self.land(Ok(()));
        }
    }

    /// Whether another tab is doing the work.
    pub(super) fn waits(&self) -> bool {
        let waits = |stage: &Stage| matches!(stage, Stage::Waiting | Stage::Listening);
        self.flight.as_ref().is_some_and(|flight| waits(&flight.stage))
    }

    /// What a failure of such a request means for the session: nothing, unless the tenant says that it is over.
    pub(super) fn bear_extra(&mut self, error: &AuthError) {
        let asked = self.flight.as_ref().is_some_and(|flight| flight.rung.is_some()) || self.waits();
        match error.code {
            Code::SubjectChanged => self.drop_tokens(Some(error.clone())),
            // With a refresh token the session here goes on without the tenant's.
            Code::LoginRequired if self.held.is_none() && asked => {
                self.record(Step::SessionEnded, Outcome::Done);
                self.drop_tokens(Some(error.clone()));
            }
            _ => {}
        }
    }
}
