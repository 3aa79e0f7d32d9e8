//! The end of a session noticed early: the provider's `check_session_iframe` is asked, and what it says is looked into
//! (OpenID Connect Session Management 1.0).

use core::time::Duration;

use super::super::error::{AuthError, Code};
use super::super::issuer::origin_of;
use super::super::ladder::Rung;
use super::super::message::FrameMessage;
use super::super::record::{Outcome, Step};
use super::flight::Purpose;
use super::{Command, FlightId, Lifecycle, word};

pub(super) const SOURCE: &str = file!();

/// How often the frame is asked while the page is visible.
pub const ASK_EVERY: Duration = Duration::from_secs(5);

/// What a frame is asked, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The address of the provider's frame.
    pub url: String,
    /// Its origin, which questions go to and answers come from.
    pub origin: String,
    /// The question: client id and `session_state` (section 4.1).
    pub question: String,
}

/// Something about the frame happened.
#[derive(Clone, Debug)]
pub enum MonitorEvent {
    /// The page got a message, from the frame or from anybody else.
    Message(FrameMessage),
    /// This page's content security policy stopped the frame.
    Stopped,
}

/// What is known of the session at the provider.
#[derive(Debug, Default)]
pub(super) struct Monitor {
    /// The `session_state` of an answer that is being worked on.
    pub(super) offered: Option<String>,
    /// The one of the session here.
    state: Option<String>,
    /// The one that the frame is asked about.
    running: Option<String>,
    /// Whether the frame has said `unchanged` of it, so that it is known to see the provider's cookie.
    sees: bool,
    /// Whether it is asked no more on this page.
    over: bool,
    /// The silent request that looks into a change.
    check: Option<FlightId>,
}

impl Lifecycle {
    /// A new session, or the same one with a new `session_state`.
    pub(super) fn session_began(&mut self) {
        if let Some(state) = self.monitor.offered.take() {
            self.commands.push(Command::Announce(word::say_session_state(&state)));
            self.monitor.state = Some(state);
        }
    }

    /// Another tab has the session's latest `session_state`.
    pub(super) fn session_shared(&mut self, state: String) {
        if self.tokens.is_some() {
            self.monitor.state = Some(state);
        }
    }

    /// As another tab is told it.
    pub(super) fn share_session_state(&mut self) {
        let said = self.monitor.state.as_deref().map(|state| Command::Announce(word::say_session_state(state)));
        self.commands.extend(said);
    }

    /// Has the frame opened, asked something else, or closed, as it now has to be.
    pub(super) fn watch_session(&mut self) {
        if self.tokens.is_none() {
            self.monitor.state = None;
        }
        let wanted = self.config.session_monitor() && !self.monitor.over;
        let url = self.endpoints.as_ref().and_then(|endpoints| endpoints.check_session.clone()).filter(|_| wanted);
        let watch = url.zip(self.monitor.state.clone()).and_then(|(url, state)| {
            let question = format!("{} {state}", self.config.client_id());
            Some(Watch { origin: origin_of(url.split('?').next()?, true)?, url, question })
        });
        let question = watch.as_ref().map(|watch| watch.question.clone());
        if question != self.monitor.running {
            self.monitor.running = question;
            self.monitor.sees = false;
            self.commands.push(Command::Monitor(watch));
        }
    }

    pub(super) fn monitored(&mut self, event: MonitorEvent) {
        let MonitorEvent::Message(message) = event else {
            return self.stop_monitor("this page's policy stops the frame");
        };
        let url = self.endpoints.as_ref().and_then(|endpoints| endpoints.check_session.as_deref());
        let origin = url.and_then(|url| origin_of(url.split('?').next()?, true));
        if self.monitor.running.is_none() || !message.from_frame || origin.as_ref() != Some(&message.origin) {
            return;
        }
        match message.data.as_deref() {
            Some("\"unchanged\"") => self.monitor.sees = true,
            // Whoever sees no cookie finds every session changed (section 3.2): the silent request would not see it either.
            Some("\"changed\"") if !self.monitor.sees => {
                self.stop_monitor("the frame never said unchanged: it may see no cookie");
            }
            Some("\"changed\"") if self.flight.is_none() => {
                self.record(Step::SessionChanged, Outcome::Done);
                self.monitor.check = Some(self.flights + 1);
                self.begin(Purpose::Renew);
            }
            Some("\"error\"") => self.stop_monitor("the frame answers error"),
            _ => {}
        }
    }

    fn stop_monitor(&mut self, why: &str) {
        self.monitor.over = true;
        self.record(Step::MonitorStopped, Outcome::Ignored).detail = why.to_owned();
    }

    /// Whether the request on its way looks into a change, so that only the frame will do.
    pub(super) fn checks_session(&self) -> bool {
        self.monitor.check.is_some() && self.monitor.check == self.flight()
    }

    /// Asks in the frame, whatever the ladder says: a refresh token knows nothing of the session at the provider.
    pub(super) fn check_session(&mut self) {
        let at = self.config.ladder().iter().position(|rung| *rung == Rung::Frame);
        if let Some(flight) = &mut self.flight {
            flight.rung = at;
        }
        self.open_frame();
    }

    /// A check that failed says something about the session if the provider said so, and else nothing.
    pub(super) fn bears_check(&mut self, error: &AuthError) -> bool {
        let ends = matches!(error.code, Code::LoginRequired | Code::SubjectChanged);
        if !self.checks_session() || ends {
            return false;
        }
        self.stop_monitor(error.code.as_str());
        true
    }
}
