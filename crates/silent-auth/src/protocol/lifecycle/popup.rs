//! The popup: when it may open, what is asked in it, and how it ends.

#[cfg(feature = "audiences")]
use super::super::audience::TokenRequest;
use super::super::authorization;
use super::super::error::{AuthError, Code};
use super::super::ladder::{Rung, another_way_may_help};
use super::super::parameters::Parameters;
use super::super::pkce::Uniques;
use super::super::record::{Outcome, Step};
use super::super::time::millis;
use super::flight::{Flight, OpenFrame, Purpose, Reachability, Stage};
use super::{Command, FlightId, Lifecycle, Status, shown};

pub(super) const SOURCE: &str = file!();

/// Something about a popup happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PopupEvent {
    /// The person wants to sign in in a popup. Comes within the click or key press that lets one open.
    SignIn,
    /// The person wants a fresh token now. Comes within the click or key press that lets a popup open.
    Renew,
    /// The person wants such a token. Comes within the click or key press that lets a popup open.
    #[cfg(feature = "audiences")]
    Want(TokenRequest),
    /// The browser opened none.
    Blocked(FlightId),
    /// It is gone, and this page did not close it.
    Closed(FlightId),
}

/// Something to do with a popup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PopupCommand {
    /// Open an empty one at once: browsers allow that in the person's own time alone. Answered by `Blocked` if there is none; report its
    /// messages, and that it was closed.
    Open,
    /// Lead it to this address.
    GoTo(String),
    /// Close it.
    Close,
}

/// Whether a request may open a popup, or has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Window {
    /// It is not the person's own.
    NotAllowed,
    /// The person asked for it a moment ago.
    Allowed,
    /// It is open.
    Open,
    /// It was open.
    Closed,
}

impl Flight {
    pub(super) fn closing_popup(&mut self) -> Option<Command> {
        let open = self.window == Window::Open;
        open.then(|| {
            self.window = Window::Closed;
            Command::Popup(self.id, PopupCommand::Close)
        })
    }
}

impl Lifecycle {
    pub(super) fn popup_event(&mut self, event: PopupEvent) {
        match event {
            PopupEvent::SignIn if matches!(self.status, Status::Leaving) => {}
            PopupEvent::SignIn => {
                self.end_flight();
                self.begin(Purpose::Popup);
            }
            PopupEvent::Renew => {
                self.act();
                self.renewal_asked();
            }
            #[cfg(feature = "audiences")]
            PopupEvent::Want(request) => {
                self.act();
                self.want(&request);
            }
            PopupEvent::Blocked(id) => {
                if let Some(flight) = self.flight.as_mut().filter(|flight| flight.id == id) {
                    flight.window = Window::Closed;
                    self.fail(AuthError::new(Code::PopupBlocked).because(
                        "a window, which browsers open within some seconds of a click or key press",
                        "none: the press was too long ago, or this browser lets this page open none",
                    ));
                }
            }
            PopupEvent::Closed(id) => self.popup_closed(id),
        }
    }

    /// The person acts: whatever silent request is on its way, or begins in this step, may open a popup.
    fn act(&mut self) {
        self.by_hand = true;
        if let Some(flight) = &mut self.flight
            && flight.purpose.is_silent()
            && flight.window == Window::NotAllowed
        {
            flight.window = Window::Allowed;
        }
    }

    /// A page is not told who closed a window, nor whether it is closed at all: one that was cut off looks the same.
    fn popup_closed(&mut self, id: FlightId) {
        let now = self.moment.now;
        let Some(flight) = self.flight.as_mut().filter(|flight| flight.id == id && flight.window == Window::Open)
        else {
            return;
        };
        flight.window = Window::Closed;
        let found = match &flight.stage {
            Stage::Framed(popup) => {
                let after = millis(now.since(popup.pending.started_at()));
                let strays = match popup.last_stray {
                    Some(last) => format!(". {} messages were ignored, the last one {last}", popup.strays),
                    None => String::new(),
                };
                format!(
                    "a window that is gone after {after} ms: the person closed it, or a page in it, or this page, cut the tie between \
                     the two (Cross-Origin-Opener-Policy){strays}"
                )
            }
            _ => "a window that was closed before anything was asked in it".to_owned(),
        };
        self.fail(AuthError::new(Code::PopupClosed).because("the tenant's answer from the popup", found));
    }

    /// Lets the request that begins open a popup, if the person asked for it, and opens it at once where nothing else is tried before:
    /// browsers let a page open one for some seconds after a press, and the lock or discovery may take longer.
    pub(super) fn allow_popup(&mut self) {
        let Some(flight) = &mut self.flight else { return };
        let signs_in = matches!(flight.purpose, Purpose::Popup);
        if !(signs_in || self.by_hand) {
            return;
        }
        flight.window = Window::Allowed;
        if signs_in || self.open_from(0, None).map(|at| self.config.ladder()[at]) == Some(Rung::Popup) {
            self.open_popup();
        }
    }

    fn open_popup(&mut self) {
        let Some(flight) = &mut self.flight else { return };
        if flight.window == Window::Allowed {
            flight.window = Window::Open;
            self.commands.push(Command::Popup(flight.id, PopupCommand::Open));
        }
    }

    pub(super) fn may_open_popup(&self) -> bool {
        self.flight.as_ref().is_some_and(|flight| matches!(flight.window, Window::Allowed | Window::Open))
    }

    pub(super) fn has_popup(&self) -> bool {
        self.flight.as_ref().is_some_and(|flight| flight.window == Window::Open)
    }

    /// Whether the answer is one of a popup, where the tenant's cookie is no third party's.
    pub(super) fn asked_in_popup(&self) -> bool {
        self.flight.as_ref().is_some_and(|flight| matches!(flight.window, Window::Open | Window::Closed))
    }

    /// Asks the tenant in the popup: to sign the person in, or without a question.
    pub(super) fn ask_in_popup(&mut self) {
        let now = self.moment.now;
        let Some(endpoints) = self.endpoints.clone() else { return };
        self.open_popup();
        let uniques = Uniques::new(&self.moment.entropy);
        let (limit, (url, pending)) = if self.signs_in() {
            let request = authorization::popup_request(&self.config, &endpoints, uniques, now);
            (self.config.popup_timeout(), request)
        } else {
            let request = authorization::silent_request(self.settings(), &endpoints, uniques, now);
            (self.config.frame_timeout(), request)
        };
        let parameters = Parameters::from_url(&url).map(|parameters| shown(parameters.iter())).unwrap_or_default();
        let Some(flight) = &mut self.flight else { return };
        self.commands.push(Command::Popup(flight.id, PopupCommand::GoTo(url)));
        // Its loads cannot be seen from here, so the deadline and the person alone end the wait.
        let popup =
            OpenFrame { pending, loaded_at: None, reachability: Reachability::NotAsked, strays: 0, last_stray: None };
        flight.stage = Stage::Framed(Box::new(popup));
        flight.deadline = now + limit;
        flight.look_at = None;
        let record = self.record(Step::PopupOpened, Outcome::Done);
        record.detail = format!("GET {}", endpoints.authorization);
        record.parameters = parameters;
        if self.keys.is_none() {
            self.ask_keys();
        }
    }

    /// Goes on in the popup where another tab's renewal, which this one waited for, failed: that one was not the person's own, so it could
    /// not open any.
    pub(super) fn popup_instead(&mut self, error: &AuthError) -> bool {
        let rung = self.config.ladder().iter().position(|rung| *rung == Rung::Popup);
        let Some(at) = rung.filter(|_| self.may_open_popup() && another_way_may_help(error.code)) else { return false };
        if let Some(flight) = &mut self.flight {
            flight.cause.get_or_insert_with(|| error.clone());
        }
        let record = self.record(Step::LadderDescended, Outcome::Done);
        record.detail = format!("another tab → {}", Rung::Popup);
        record.error = Some(error.clone());
        self.step_onto(at);
        true
    }

    /// A sign-in in a popup that failed changes nothing for whoever is signed in, and says why to whoever is not.
    pub(super) fn bears_popup(&mut self, error: &AuthError) -> bool {
        let signs_in = self.signs_in();
        if signs_in && matches!(self.status, Status::Unknown | Status::Out { .. }) {
            self.status = Status::Out { reason: Some(error.clone()) };
        }
        signs_in
    }

    /// Whether somebody who is signed in signs in anew, perhaps as somebody else: another tab's tokens do not answer that.
    pub(super) fn signs_in_anew(&self) -> bool {
        self.signs_in() && self.tokens.is_some()
    }

    fn signs_in(&self) -> bool {
        self.flight.as_ref().is_some_and(|flight| matches!(flight.purpose, Purpose::Popup))
    }
}
