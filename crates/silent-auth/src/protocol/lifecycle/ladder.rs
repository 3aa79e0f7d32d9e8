//! Down the ladder: which way to fresh tokens is tried next, and the refresh token, which is one of them.

use super::super::authorization;
use super::super::config::RefreshTokens;
use super::super::error::{AuthError, Code};
use super::super::json::{self, Value};
use super::super::ladder::{Rung, another_way_may_help};
use super::super::pkce::Uniques;
use super::super::record::{Outcome, Step};
use super::super::secret::RefreshToken;
use super::super::token;
use super::flight::{FIRST_FLIGHT, Grant, REFRESH_LIMIT, Stage};
use super::{Command, Exchange, Lifecycle, shown};

pub(super) const SOURCE: &str = file!();

/// The refresh token that is held, and whose it is.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) token: RefreshToken,
    pub(super) subject: String,
}

impl Held {
    /// As it is written down for the tab's next page.
    fn to_text(&self) -> String {
        let members = [("refresh_token", self.token.expose().into()), ("subject", self.subject.as_str().into())];
        json::object(members).to_string()
    }

    /// As it was written down; `None` for anything else.
    fn from_text(text: &str) -> Option<Self> {
        let kept = Value::Object(json::read(text)?);
        let token = RefreshToken::new(json::text(&kept, "refresh_token")?);
        Some(Self { token, subject: json::text(&kept, "subject")?.to_owned() })
    }
}

impl Lifecycle {
    /// Begins at the top.
    pub(super) fn climb(&mut self) {
        #[cfg(feature = "session-monitor")]
        if self.checks_session() {
            return self.check_session();
        }
        match self.open_from(0, None) {
            Some(at) => self.step_onto(at),
            None => self.fail(AuthError::new(Code::LoginRequired).found("no way left that asks nobody")),
        }
    }

    /// Goes on further down, if the failure is one that another way may mend and there is another way.
    pub(super) fn descend(&mut self, error: &AuthError) -> bool {
        #[cfg(feature = "session-monitor")]
        if self.checks_session() {
            return false;
        }
        let Some(flight) = &self.flight else { return false };
        let (true, Some(from)) = (flight.purpose.is_silent(), flight.rung) else { return false };
        if !another_way_may_help(error.code) {
            return false;
        }
        // What was refused, or answered by something unusable, is spent.
        if self.wanted().is_none() && self.config.ladder().get(from) == Some(&Rung::RefreshToken) {
            self.hold(None);
        }
        let Some(to) = self.open_from(from + 1, Some(error)) else { return false };
        let Some(flight) = &mut self.flight else { return false };
        let id = flight.id;
        flight.look_at = None;
        flight.cause.get_or_insert_with(|| error.clone());
        self.commands.extend(flight.closing());
        flight.stage = Stage::Over;
        self.commands.push(Command::Abort(id));
        let ladder = self.config.ladder();
        let detail = format!("{} → {}", ladder[from], ladder[to]);
        let record = self.record(Step::LadderDescended, Outcome::Done);
        record.detail = detail;
        record.error = Some(error.clone());
        self.step_onto(to);
        true
    }

    /// The first rung from here on that is open.
    pub(super) fn open_from(&self, first: usize, after: Option<&AuthError>) -> Option<usize> {
        let rungs = self.config.ladder().iter().enumerate().skip(first);
        rungs.filter(|(_, rung)| self.is_open(**rung, after)).map(|(at, _)| at).next()
    }

    pub(super) fn step_onto(&mut self, at: usize) {
        if let Some(flight) = &mut self.flight {
            flight.rung = Some(at);
        }
        match self.config.ladder()[at] {
            Rung::RefreshToken => self.refresh(),
            Rung::Frame => self.open_frame(),
            Rung::Page => self.leave_silently(),
            #[cfg(feature = "popup")]
            Rung::Popup => self.ask_in_popup(),
        }
    }

    fn is_open(&self, rung: Rung, after: Option<&AuthError>) -> bool {
        match rung {
            Rung::RefreshToken => {
                self.held.is_some() && (self.wanted().is_none() || self.config.multi_resource_refresh_tokens())
            }
            Rung::Frame => true,
            Rung::Page => {
                // Only the page's first request: an app that asks for a token again and again would leave again and again.
                let starting = self.flight.as_ref().is_some_and(|flight| flight.id == FIRST_FLIGHT);
                // On one host the frame's cookie came along, so the page would hear the same.
                let known = after.is_some_and(|error| error.code == Code::LoginRequired) && self.config.same_host();
                starting && !known
            }
            #[cfg(feature = "popup")]
            Rung::Popup => self.may_open_popup(),
        }
    }

    /// Whether the next renewal would begin in the frame.
    pub(super) fn begins_in_frame(&self) -> bool {
        self.open_from(0, None).map(|at| self.config.ladder()[at]) == Some(Rung::Frame)
    }

    fn refresh(&mut self) {
        let now = self.moment.now;
        let (Some(endpoints), Some(held)) = (&self.endpoints, &self.held) else { return };
        let mut request = token::refresh_request(self.settings(), endpoints, &held.token);
        if let Some(wanted) = self.wanted() {
            request
                .form
                .extend(wanted.settings.audience().map(|audience| ("audience".to_owned(), audience.to_owned())));
            request.form.push(("scope".to_owned(), wanted.settings.scope().to_owned()));
        }
        let detail = format!("POST {}", request.url);
        let parameters = shown(request.form.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let Some(flight) = &mut self.flight else { return };
        self.commands.push(Command::Send(flight.id, Exchange::Token, request));
        flight.stage = Stage::Exchanging(Grant::RefreshToken);
        flight.deadline = now + REFRESH_LIMIT;
        let record = self.record(Step::RefreshTokenSent, Outcome::Done);
        record.detail = detail;
        record.parameters = parameters;
        if self.keys.is_none() {
            self.ask_keys();
        }
    }

    fn leave_silently(&mut self) {
        let Some(endpoints) = self.endpoints.clone() else { return };
        let uniques = Uniques::new(&self.moment.entropy);
        let request =
            authorization::silent_page_request(&self.config, &endpoints, uniques, &self.path, self.moment.now);
        self.leave(Step::PageLeft, &endpoints, request);
    }

    /// Holds this refresh token in place of the one before, or none.
    pub(super) fn hold(&mut self, held: Option<Held>) {
        if held.is_none() && self.held.is_none() {
            return;
        }
        self.held = held;
        if self.config.refresh_tokens() == RefreshTokens::InSessionStorageForAnyScriptToRead {
            self.commands.push(Command::Keep(self.held.as_ref().map(Held::to_text)));
        }
    }

    /// Takes what this tab's page before wrote down.
    pub(super) fn take_kept(&mut self, kept: Option<&str>) {
        if self.config.refresh_tokens() == RefreshTokens::InSessionStorageForAnyScriptToRead {
            self.held = kept.and_then(Held::from_text);
        }
    }

    /// Takes the refresh token back at the tenant, since signing out there leaves it good.
    pub(super) fn revoke_held(&mut self) {
        let Some(endpoints) = &self.endpoints else { return };
        let Some(held) = &self.held else { return };
        if let Some(request) = token::revocation_request(&self.config, endpoints, &held.token) {
            self.record(Step::RefreshTokenRevoked, Outcome::Done).detail = format!("POST {}", request.url);
            self.commands.push(Command::SendAndForget(request));
        }
    }
}
