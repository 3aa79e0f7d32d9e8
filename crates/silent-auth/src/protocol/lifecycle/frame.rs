//! From the lock to the hidden frame's answer.

use super::super::authorization::{self, PendingAuthorization};
use super::super::error::{AuthError, Code};
use super::super::keys;
use super::super::message::{self, Awaited, FrameMessage};
use super::super::parameters::Parameters;
use super::super::pkce::Uniques;
use super::super::record::{Outcome, Parameter, Step};
use super::super::time::millis;
use super::super::{config::Transport, discovery};
use super::flight::{
    ASK_LIMIT, ASK_REACHABILITY_AFTER, LISTEN, OpenFrame, Purpose, REACHABILITY_LIMIT, Reachability, Stage,
};
use super::{Command, Exchange, Lifecycle, shown, word};

pub(super) const SOURCE: &str = file!();

impl Lifecycle {
    /// Goes on once the tenant's addresses are known.
    pub(super) fn proceed(&mut self) {
        let now = self.moment.now;
        let Some(flight) = &mut self.flight else { return };
        if matches!(flight.stage, Stage::AwaitingAddresses(_))
            && let Stage::AwaitingAddresses(authorized) = core::mem::replace(&mut flight.stage, Stage::Over)
        {
            return self.send_code(*authorized);
        }
        match core::mem::replace(&mut flight.purpose, Purpose::Renew) {
            Purpose::SignIn { return_to } => self.leave_for_sign_in(&return_to),
            Purpose::Callback(callback) => {
                flight.purpose = Purpose::Callback(super::Callback { url: String::new(), stored: None });
                self.complete_sign_in(&callback);
            }
            #[cfg(feature = "popup")]
            Purpose::Popup => {
                flight.purpose = Purpose::Popup;
                self.ask_in_popup();
            }
            purpose => {
                let restores = matches!(purpose, Purpose::Restore);
                flight.purpose = purpose;
                if restores && self.tokens.is_some() {
                    // Another tab shared its tokens while the addresses were asked for.
                    return self.land(Ok(()));
                }
                // The lock of the request before may still be ours: it is held a little longer than that request.
                if let Some((held, _)) = self.lingering.take() {
                    flight.lock = Some(held);
                    return self.climb();
                }
                flight.stage = Stage::AskingLock;
                // A holder in another tab may take its whole time; the browser frees the lock of a tab that dies.
                flight.deadline = now + self.config.frame_timeout() * 4;
                self.commands.push(Command::AskLock(flight.id));
            }
        }
    }

    pub(super) fn lock_busy(&mut self) {
        let Some(flight) = self.flight.as_mut().filter(|flight| matches!(flight.stage, Stage::AskingLock)) else {
            return;
        };
        flight.stage = Stage::Waiting;
        self.commands.push(Command::AwaitLock(flight.id));
        self.commands.push(Command::Announce(word::say_waiting()));
        self.record(Step::WaitsForOtherTab, Outcome::Done);
    }

    pub(super) fn lock_granted(&mut self) {
        let now = self.moment.now;
        let Some(flight) = &mut self.flight else { return };
        flight.lock = Some(flight.id);
        match flight.stage {
            // The last holder's word and the lock travel separately, so the word may still be on its way.
            Stage::Waiting => {
                flight.stage = Stage::Listening;
                flight.look_at = Some(now + LISTEN);
            }
            Stage::AskingLock if self.hopes => {
                flight.stage = Stage::Listening;
                flight.look_at = Some(now + ASK_LIMIT);
            }
            Stage::AskingLock => self.climb(),
            // It went on without it.
            _ => {}
        }
    }

    pub(super) fn open_frame(&mut self) {
        let now = self.moment.now;
        let Some(endpoints) = self.endpoints.clone() else { return };
        let Some(id) = self.flight.as_ref().map(|flight| flight.id) else { return };
        let (url, pending) =
            authorization::silent_request(self.settings(), &endpoints, Uniques::new(&self.moment.entropy), now);
        let record = self.record(Step::FrameOpened, Outcome::Done);
        record.detail = format!("GET {}", endpoints.authorization);
        record.parameters = Parameters::from_url(&url).map(|parameters| shown(parameters.iter())).unwrap_or_default();
        self.commands.push(Command::OpenFrame(id, url));
        // The keys are needed when the answer is there; asking now saves a round trip, and tells early if nobody listens.
        if self.keys.is_none() {
            self.ask_keys();
        }
        if let Some(flight) = &mut self.flight {
            let frame = OpenFrame {
                pending,
                loaded_at: None,
                reachability: Reachability::NotAsked,
                strays: 0,
                last_stray: None,
            };
            flight.stage = Stage::Framed(Box::new(frame));
            flight.deadline = now + self.config.frame_timeout();
            flight.look_at = Some(now + ASK_REACHABILITY_AFTER);
        }
    }

    pub(super) fn ask_keys(&mut self) {
        let (Some(endpoints), Some(flight)) = (&self.endpoints, &self.flight) else { return };
        let request = keys::request(endpoints);
        let detail = format!("GET {}", request.url);
        self.commands.push(Command::Send(flight.id, Exchange::Keys, request));
        self.keys_asked_at = Some(self.moment.now);
        self.record(Step::KeysRequested, Outcome::Done).detail = detail;
    }

    /// The frame loaded something: its answer, or a page that will never answer. The grace starts anew at each load, since
    /// a page may still move on by script.
    pub(super) fn frame_loaded(&mut self) {
        let now = self.moment.now;
        let grace = self.config.frame_grace();
        let Some(flight) = &mut self.flight else { return };
        let Stage::Framed(frame) = &mut flight.stage else { return };
        frame.loaded_at = Some(now);
        flight.look_at = Some(now + grace);
        self.record(Step::FrameLoaded, Outcome::Done);
    }

    pub(super) fn frame_message(&mut self, message: &FrameMessage) {
        let Some(endpoints) = &self.endpoints else { return };
        let app_origin = self.config.app_origin();
        let Some(flight) = &mut self.flight else { return };
        let Stage::Framed(frame) = &mut flight.stage else { return };
        let awaited = Awaited {
            transport: endpoints.transport,
            tenant_origin: self.config.issuer().origin(),
            app_origin: &app_origin,
            callback_page: self.config.silent_redirect_uri(),
            state: frame.pending.state(),
        };
        let parameters = match message::judge(&awaited, message) {
            Ok(parameters) => parameters,
            Err(stray) => {
                frame.strays += 1;
                frame.last_stray = Some(stray.as_str());
                // A hostile page may send thousands: the first few are recorded, all are counted.
                if frame.strays <= 5 {
                    let detail =
                        format!("{}: {}", message.origin.chars().take(100).collect::<String>(), stray.as_str());
                    self.record(Step::MessageIgnored, Outcome::Ignored).detail = detail;
                }
                return;
            }
        };
        let via = match endpoints.transport {
            Transport::WebMessage => "posted by the tenant's page",
            Transport::CallbackPage => "posted by the callback page",
        };
        self.commands.extend(flight.closing());
        let Stage::Framed(frame) = core::mem::replace(&mut flight.stage, Stage::Over) else { return };
        flight.look_at = None;
        self.judge_answer(frame.pending, &parameters, Step::MessageReceived, via);
    }

    /// Records an authorization response, judges it, and goes on to the exchange.
    pub(super) fn judge_answer(
        &mut self,
        pending: PendingAuthorization,
        parameters: &Parameters,
        step: Step,
        via: &str,
    ) {
        let state = pending.state().expose().to_owned();
        // A refused sign-in is explained where the app begins; after a silent one the person is where they wanted to be.
        let way_back = if pending.is_silent() { pending.return_to().to_owned() } else { "/".to_owned() };
        let judged = pending.redeem(parameters);
        #[cfg(feature = "session-monitor")]
        {
            self.monitor.offered = parameters.get("session_state").map(str::to_owned);
        }
        let record = self.record(step, if judged.is_ok() { Outcome::Done } else { Outcome::Failed });
        record.detail = via.to_owned();
        record.parameters = parameters.iter().map(|(name, value)| Parameter::new(name, value)).collect();
        record.state = Some(state);
        record.error = judged.as_ref().err().cloned();
        match judged {
            Ok(authorized) => self.exchange(authorized),
            Err(error) => {
                if self.flight.as_ref().is_some_and(|flight| matches!(flight.purpose, Purpose::Callback(_))) {
                    self.commands.push(Command::ReturnTo(way_back));
                }
                self.fail(error);
            }
        }
    }

    pub(super) fn policy_violated(&mut self, directive: &str) {
        if self.flight.as_ref().is_some_and(|flight| matches!(flight.stage, Stage::Framed(_))) {
            self.record(Step::PolicyViolated, Outcome::Failed).detail = directive.chars().take(200).collect();
            let wanted = format!("frame-src with {}", self.config.issuer().origin());
            self.fail(
                AuthError::new(Code::FrameBlockedByOwnPolicy)
                    .because(wanted, directive.chars().take(200).collect::<String>()),
            );
        }
    }

    /// Looks at the request's limits.
    pub(super) fn watch_flight(&mut self) {
        let now = self.moment.now;
        let Some(flight) = &mut self.flight else { return };
        if now >= flight.deadline {
            let error = self.too_late();
            self.fail(error);
            return;
        }
        if flight.look_at.is_none_or(|at| now < at) {
            return;
        }
        flight.look_at = None;
        match &mut flight.stage {
            // The holder said nothing: this tab asks itself.
            Stage::Listening => self.climb(),
            Stage::Framed(frame) => match frame.reachability {
                Reachability::NotAsked => {
                    frame.reachability = Reachability::Asked;
                    if frame.loaded_at.is_some() {
                        flight.look_at = Some(now + REACHABILITY_LIMIT);
                    }
                    let id = flight.id;
                    let request = discovery::request(&self.config);
                    self.record(Step::ReachabilityAsked, Outcome::Done).detail = format!("GET {}", request.url);
                    self.commands.push(Command::Send(id, Exchange::Reachability, request));
                }
                Reachability::Asked | Reachability::Reachable if frame.loaded_at.is_some() => {
                    let error = self.silence();
                    self.fail(error);
                }
                Reachability::Asked | Reachability::Reachable => {}
            },
            _ => {}
        }
    }

    pub(super) fn reachability_known(&mut self, reachable: Result<u16, AuthError>) {
        let now = self.moment.now;
        let grace = self.config.frame_grace();
        let record =
            self.record(Step::ReachabilityKnown, if reachable.is_ok() { Outcome::Done } else { Outcome::Failed });
        match &reachable {
            Ok(status) => record.detail = format!("status {status}"),
            Err(error) => record.error = Some(error.clone()),
        }
        let Some(flight) = &mut self.flight else { return };
        let Stage::Framed(frame) = &mut flight.stage else { return };
        match (reachable, frame.loaded_at) {
            (Err(error), _) => self.fail(error),
            (Ok(_), Some(loaded)) if now >= loaded + grace => {
                let error = self.silence();
                self.fail(error);
            }
            (Ok(_), loaded) => {
                frame.reachability = Reachability::Reachable;
                flight.look_at = loaded.map(|loaded| loaded + grace);
            }
        }
    }

    /// The frame loaded, the tenant answers, and no message came: what is left are causes that look alike to a page.
    fn silence(&self) -> AuthError {
        let app = self.config.app_origin();
        let strays = match self.flight.as_ref().map(|flight| &flight.stage) {
            Some(Stage::Framed(frame)) if frame.strays > 0 => {
                format!(
                    " {} messages were ignored, the last one {}.",
                    frame.strays,
                    frame.last_stray.unwrap_or_default()
                )
            }
            _ => String::new(),
        };
        AuthError::new(Code::FrameSilent).because(
            format!("a message within {} ms of loading", millis(self.config.frame_grace())),
            format!(
                "silence. The tenant can be reached, so one of these: {app} is not an Allowed Web Origin of {client}; the callback \
                 address is not allowed; the tenant showed an error or login page; X-Frame-Options or frame-ancestors forbids the frame.{strays}",
                client = self.config.client_id()
            ),
        )
    }

    fn too_late(&self) -> AuthError {
        #[cfg(feature = "popup")]
        if self.has_popup() {
            return AuthError::new(Code::TimedOut).found("a popup in which nothing was answered");
        }
        let stage = match self.flight.as_ref().map(|flight| &flight.stage) {
            Some(Stage::Framed(frame)) if frame.loaded_at.is_none() => "a frame that never loaded",
            Some(Stage::Framed(_)) => "a frame that stayed silent",
            Some(Stage::Waiting | Stage::Listening) => "another tab that never answered",
            Some(Stage::Exchanging(_)) => "a token endpoint that never answered",
            Some(Stage::AwaitingKeys(_)) => "keys that never came",
            _ => "no answer",
        };
        AuthError::new(Code::TimedOut).found(stage)
    }
}
