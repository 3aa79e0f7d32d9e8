//! What is asked of the other tabs, and what their words change.

use super::super::record::{Outcome, Step};
use super::super::session::{Origin, Tokens};
use super::flight::{Grant, Stage};
use super::ladder::Held;
use super::word::{self, Word};
use super::{Command, Lifecycle, Status};

pub(super) const SOURCE: &str = file!();

impl Lifecycle {
    /// A page that starts asks the other tabs for their tokens. A page that is alone loses no time by it.
    pub(super) fn ask_tabs(&mut self) {
        if let Some(flight) = self.flight() {
            self.hopes = true;
            self.commands.push(Command::Announce(word::say_ask()));
            self.commands.push(Command::AskCompany(flight));
        }
    }

    pub(super) fn company(&mut self, company: bool) {
        self.hopes = company;
        let listening = self.flight.as_ref().is_some_and(|flight| matches!(flight.stage, Stage::Listening));
        if listening && !company {
            self.climb();
        }
    }

    /// Another tab starts, and this one has what it needs.
    fn share(&mut self) {
        let now = self.moment.now;
        let Some(tokens) = self.tokens.as_ref().filter(|tokens| now < tokens.expires_at) else { return };
        self.commands.push(Command::Announce(word::say_tokens(tokens, self.held.as_ref())));
        #[cfg(feature = "audiences")]
        let good = self.audiences.held.iter().filter(|extra| now < extra.expires_at);
        #[cfg(feature = "audiences")]
        let said = good.map(|extra| Command::Announce(word::say_extra(extra, tokens.subject(), None)));
        #[cfg(feature = "audiences")]
        self.commands.extend(said);
        #[cfg(feature = "session-monitor")]
        self.share_session_state();
        self.record(Step::TokensAnnounced, Outcome::Done);
    }

    pub(super) fn heard(&mut self, text: &str) {
        if matches!(self.status, Status::Leaving) {
            return;
        }
        match Word::from_text(text) {
            Some(Word::Tokens(tokens, held)) => self.adopt(*tokens, held),
            #[cfg(feature = "audiences")]
            Some(Word::Extra(extra, subject, held)) => self.adopt_extra(*extra, &subject, held),
            Some(Word::Ask) => self.share(),
            #[cfg(feature = "session-monitor")]
            Some(Word::SessionState(state)) => self.session_shared(state),
            Some(Word::Waiting) => {
                // Who waits listens for this tab's word before it asks itself; and a hidden page's timer may come a minute late.
                if let Some((flight, _)) = self.lingering.take() {
                    self.commands.push(Command::ReleaseLock(flight));
                }
            }
            Some(Word::Failure(error, request, ended)) => {
                let same = match (self.wanted(), request) {
                    (Some(wanted), Some(request)) => request.covers(&wanted.request),
                    (mine, theirs) => mine.is_none() && theirs.is_none(),
                };
                if same && self.waits() {
                    self.record(Step::FailureShared, Outcome::Failed).error = Some(error.clone());
                    #[cfg(feature = "popup")]
                    if self.popup_instead(&error) {
                        return;
                    }
                    self.bear_any(&error);
                    self.land(Err(error));
                } else if ended.is_some_and(|ended| self.tokens.as_ref().is_some_and(|mine| mine.received_at <= ended))
                {
                    // The session whose tokens these are is over, whatever this tab was about to do.
                    self.record(Step::FailureShared, Outcome::Failed).error = Some(error.clone());
                    self.drop_tokens(Some(error.clone()));
                    self.land(Err(error));
                }
            }
            Some(Word::SignedOut) => {
                self.end_flight();
                self.record(Step::SignedOutElsewhere, Outcome::Done);
                self.drop_tokens(None);
            }
            None => {}
        }
    }

    /// Another tab's tokens serve here too, unless they are another person's, or older than the ones in use.
    fn adopt(&mut self, tokens: Tokens, held: Option<Held>) {
        let now = self.moment.now;
        let older = self.tokens.as_ref().is_some_and(|mine| mine.expires_at >= tokens.expires_at);
        if now >= tokens.expires_at || older {
            return;
        }
        if let Some(error) = self.other_subject(&tokens, Origin::OtherTab) {
            self.record(Step::TokensShared, Outcome::Failed).error = Some(error.clone());
            self.drop_tokens(Some(error.clone()));
            self.land(Err(error));
            return;
        }
        self.record(Step::TokensShared, Outcome::Done);
        #[cfg(feature = "popup")]
        let signs_in_anew = self.signs_in_anew();
        if held.is_some() && self.config.wants_refresh_tokens() {
            self.hold(held);
        }
        self.take_into_use(tokens, Origin::OtherTab);
        self.record(Step::TokensReplaced, Outcome::Done);
        #[cfg(feature = "popup")]
        if signs_in_anew {
            return;
        }
        // A refresh token that is on its way must come back, or the next one is lost; and the tenant's addresses are wanted anyway.
        let goes_on = |stage: &Stage| matches!(stage, Stage::Exchanging(Grant::RefreshToken) | Stage::Discovering);
        let goes_on = self.flight.as_ref().is_some_and(|flight| goes_on(&flight.stage));
        if self.wanted().is_none() && !goes_on {
            self.land(Ok(()));
        }
    }
}
