//! A simulated world: any number of tabs with one lock and one channel, a tenant that can be broken, and a clock.
//!
//! It carries out the lifecycle's commands as a browser would, with delays, and counts what reaches the tenant.

#[cfg(feature = "popup")]
mod popup;
mod time;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use silent_auth::protocol::config::ClientConfig;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::http::Request;
use silent_auth::protocol::lifecycle::{Arrival, Callback, Command, Event, Exchange, FlightId, Lifecycle, Moment};
use silent_auth::protocol::message::FrameMessage;
use silent_auth::protocol::parameters::Parameters;
use silent_auth::protocol::session::Phase;
use silent_auth::protocol::time::Timestamp;

#[cfg(feature = "popup")]
pub use super::tenant::Popup;
pub use super::tenant::{Frame, Tenant};

/// Where the world's clock starts: 2026-01-01T00:00:00Z.
pub const START: Timestamp = Timestamp::from_secs(1_767_225_600);

/// One tab.
pub struct Tab {
    pub lifecycle: Lifecycle,
    pub alive: bool,
    #[cfg(feature = "session-monitor")]
    pub watch: Option<silent_auth::protocol::lifecycle::Watch>,
    pub frames: Vec<FlightId>,
    /// The popups that are open, and where each was led.
    pub popups: Vec<(FlightId, Option<String>)>,
    pub left_for: Option<String>,
    pub stored: BTreeMap<String, String>,
    pub path: Option<String>,
    /// What the tab keeps for its next page.
    pub kept: Option<String>,
    pub settled: Vec<(FlightId, Result<(), AuthError>)>,
    #[cfg(feature = "audiences")]
    pub provided: Vec<(silent_auth::protocol::audience::TokenRequest, Result<(), AuthError>)>,
}

/// Something that will happen.
enum Happening {
    Event(usize, Event),
    Say(usize, String),
    Tick(usize),
}

pub struct World {
    pub now: Timestamp,
    pub tabs: Vec<Tab>,
    pub tenant: Tenant,
    /// How long a word takes to the other tabs, in milliseconds.
    pub word_delay: i64,
    /// Browsers let a hidden page's timers fire at whole multiples of this alone, in milliseconds.
    pub timers_every: i64,
    /// The most requests that were on their way to the tenant at once.
    pub most_at_once: usize,
    exchanging: BTreeSet<(usize, FlightId)>,
    /// Every word that was said.
    pub said: Vec<String>,
    queue: BTreeMap<(Timestamp, u64), Happening>,
    sequence: u64,
    holder: Option<(usize, FlightId)>,
    line: Vec<(usize, FlightId)>,
    entropy: u64,
}

pub fn config() -> ClientConfig {
    ClientConfig::new("http://localhost:4000/", "demo-spa", "http://localhost:3000/callback").expect("valid")
}

/// A client whose tenant is on another site.
pub fn cross_site() -> ClientConfig {
    ClientConfig::new("http://tenant.localhost:4000/", "demo-spa", "http://app.localhost:3000/callback").expect("valid")
}

impl World {
    /// A world with a tenant that has a session for Ada and gives tokens of 60 s.
    pub fn new() -> Self {
        Self {
            now: START,
            tabs: Vec::new(),
            tenant: Tenant::default(),
            word_delay: 3,
            timers_every: 1,
            most_at_once: 0,
            exchanging: BTreeSet::new(),
            said: Vec::new(),
            queue: BTreeMap::new(),
            sequence: 0,
            holder: None,
            line: Vec::new(),
            entropy: 0,
        }
    }

    /// Opens a tab and starts its lifecycle.
    pub fn open(&mut self, config: ClientConfig) -> usize {
        let tab = self.add(config);
        self.feed(tab, Event::Start(Arrival::default()));
        tab
    }

    /// Opens a tab that has not started yet.
    pub fn add(&mut self, config: ClientConfig) -> usize {
        self.tabs.push(Tab {
            lifecycle: Lifecycle::new(config),
            alive: true,
            #[cfg(feature = "session-monitor")]
            watch: None,
            frames: Vec::new(),
            popups: Vec::new(),
            left_for: None,
            stored: BTreeMap::new(),
            path: None,
            kept: None,
            settled: Vec::new(),
            #[cfg(feature = "audiences")]
            provided: Vec::new(),
        });
        self.tabs.len() - 1
    }

    /// Closes a tab: the browser frees its lock.
    pub fn close(&mut self, tab: usize) {
        self.tabs[tab].alive = false;
        self.tabs[tab].frames.clear();
        self.exchanging.retain(|(other, _)| *other != tab);
        self.line.retain(|(other, _)| *other != tab);
        if self.holder.is_some_and(|(other, _)| other == tab) {
            self.pass_lock_on();
        }
    }

    pub fn phase(&self, tab: usize) -> Phase {
        self.tabs[tab].lifecycle.phase()
    }

    /// The code of the error that the phase carries.
    pub fn error(&self, tab: usize) -> Option<Code> {
        match self.phase(tab) {
            Phase::SignedOut { reason } => reason.map(|error| error.code),
            Phase::Undetermined { error, .. } | Phase::RenewalFailed { error, .. } => Some(error.code),
            Phase::Expired { error, .. } => error.map(|error| error.code),
            _ => None,
        }
    }

    /// The device's clock, which may be wrong.
    pub fn device_now(&self) -> Timestamp {
        self.now.shifted(self.tenant.device_ahead * 1000)
    }

    /// Gives a tab an event, and carries out what follows from it at once.
    pub fn feed(&mut self, tab: usize, event: Event) {
        if !self.tabs[tab].alive {
            return;
        }
        self.entropy += 1;
        let mut entropy = [0; silent_auth::protocol::pkce::ENTROPY];
        for (index, byte) in entropy.iter_mut().enumerate() {
            *byte =
                u8::try_from((self.entropy.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (index % 8 * 8)) & 255).unwrap_or(0);
        }
        entropy[..8].copy_from_slice(&self.entropy.to_le_bytes());
        entropy[32..40].copy_from_slice(&self.entropy.to_le_bytes());
        let moment = Moment { now: self.device_now(), entropy };
        let commands = self.tabs[tab].lifecycle.step(event, moment);
        for command in commands {
            self.carry_out(tab, command);
        }
        let frames: usize = self.tabs.iter().map(|tab| tab.frames.len()).sum();
        self.most_at_once = self.most_at_once.max(frames + self.exchanging.len());
        if let Some(at) = self.tabs[tab].lifecycle.next_wake() {
            let at = at.shifted(-self.tenant.device_ahead * 1000).max(self.now);
            let late = (self.timers_every - at.as_millis() % self.timers_every) % self.timers_every;
            let at = at.shifted(late);
            self.later_at(at, Happening::Tick(tab));
        }
    }

    /// Lets time pass, with everything that happens in it.
    pub fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        let mut happened = 0_u32;
        while let Some((&(at, id), _)) = self.queue.iter().next() {
            if at > end {
                break;
            }
            let Some(happening) = self.queue.remove(&(at, id)) else { break };
            self.now = self.now.max(at);
            happened += 1;
            assert!(happened < 2_000_000, "the world does not come to rest");
            match happening {
                Happening::Event(tab, event) => {
                    if let Event::Answered(flight, Exchange::Token, _) = &event {
                        self.exchanging.remove(&(tab, *flight));
                    }
                    self.feed(tab, event);
                }
                Happening::Tick(tab) => {
                    // Several wake-ups may be set; only one that is due is a tick.
                    let due = self.tabs[tab].lifecycle.next_wake();
                    if due.is_some_and(|due| due <= self.device_now()) {
                        self.feed(tab, Event::Tick);
                    }
                }
                Happening::Say(from, text) => {
                    for tab in 0..self.tabs.len() {
                        if tab != from {
                            self.feed(tab, Event::Heard(text.clone()));
                        }
                    }
                }
            }
        }
        self.now = end;
    }

    fn later(&mut self, millis: i64, happening: Happening) {
        self.later_at(self.now.shifted(millis), happening);
    }

    fn later_at(&mut self, at: Timestamp, happening: Happening) {
        self.sequence += 1;
        self.queue.insert((at, self.sequence), happening);
    }

    fn carry_out(&mut self, tab: usize, command: Command) {
        match command {
            Command::AskLock(flight) => {
                let free = self.holder.is_none();
                if free {
                    self.holder = Some((tab, flight));
                }
                let event = if free { Event::LockGranted(flight) } else { Event::LockBusy(flight) };
                self.later(1, Happening::Event(tab, event));
            }
            Command::AwaitLock(flight) => {
                self.line.push((tab, flight));
                if self.holder.is_none() {
                    self.pass_lock_on();
                }
            }
            Command::ReleaseLock(flight) => {
                self.line.retain(|waiting| *waiting != (tab, flight));
                if self.holder == Some((tab, flight)) {
                    self.pass_lock_on();
                }
            }
            Command::AskCompany(flight) => {
                let company = self.tabs.iter().enumerate().any(|(other, there)| other != tab && there.alive);
                self.later(1, Happening::Event(tab, Event::Company(flight, company)));
            }
            Command::OpenFrame(flight, url) => self.open_frame(tab, flight, &url),
            Command::CloseFrame(flight) => self.tabs[tab].frames.retain(|other| *other != flight),
            #[cfg(feature = "popup")]
            Command::Popup(flight, command) => self.popup(tab, flight, command),
            Command::Send(flight, exchange, request) => self.send(tab, flight, exchange, &request),
            Command::Abort(flight) => drop(self.exchanging.remove(&(tab, flight))),
            Command::SendAndForget(request) => {
                let token = request.form.iter().find(|(name, _)| name == "token").map(|(_, token)| token.clone());
                self.tenant.revoked.extend(token);
            }
            Command::Keep(text) => self.tabs[tab].kept = text,
            Command::CheckSignature(flight, _) => {
                let valid = self.tenant.signature_is_valid;
                self.later(2, Happening::Event(tab, Event::SignatureChecked(flight, Ok(valid))));
            }
            Command::Leave { store, url, .. } => {
                if let Some((state, text)) = store {
                    self.tabs[tab].stored.insert(state.expose().to_owned(), text);
                }
                self.tabs[tab].left_for = Some(url);
            }
            Command::ReturnTo(path) => self.tabs[tab].path = Some(path),
            Command::Announce(text) => {
                self.said.push(text.clone());
                self.later(self.word_delay, Happening::Say(tab, text));
            }
            #[cfg(feature = "session-monitor")]
            Command::Monitor(watch) => self.tabs[tab].watch = watch,
            #[cfg(feature = "audiences")]
            Command::Provided(request, result) => self.tabs[tab].provided.push((request, result)),
            Command::Settled(flight, result) => self.tabs[tab].settled.push((flight, result)),
        }
    }

    fn pass_lock_on(&mut self) {
        self.holder = if self.line.is_empty() { None } else { Some(self.line.remove(0)) };
        if let Some((tab, flight)) = self.holder {
            self.later(1, Happening::Event(tab, Event::LockGranted(flight)));
        }
    }

    fn open_frame(&mut self, tab: usize, flight: FlightId, url: &str) {
        self.tabs[tab].frames.push(flight);
        let parameters = Parameters::from_url(url).expect("our own address");
        if self.tenant.frame == Frame::StoppedByPolicy {
            return self
                .later(5, Happening::Event(tab, Event::PolicyViolated(flight, "frame-src of this page".into())));
        }
        if self.tenant.reachable {
            self.tenant.authorize_requests += 1;
            let get = |name| parameters.get(name).unwrap_or_default();
            self.tenant.asked_for.push(format!("{}|{}", get("audience"), get("scope")));
        }
        if self.tenant.frame == Frame::Hangs {
            return;
        }
        self.later(40, Happening::Event(tab, Event::FrameLoaded(flight)));
        if self.tenant.frame == Frame::Silent || !self.tenant.reachable {
            return;
        }
        let mut refusal = None;
        if let Frame::Refuses(error, access) = self.tenant.frame {
            refusal = Some(json!({ "error": error }));
            if let (Some(access), Some(refusal)) = (access, &mut refusal) {
                refusal["sec_fetch_storage_access"] = access.into();
            }
        }
        let message = self.message(tab, &parameters, refusal);
        self.later(45, Happening::Event(tab, Event::FrameMessage(flight, message)));
    }

    /// The message that answers a request with these parameters: this refusal, or what the session is good for.
    fn message(&mut self, tab: usize, parameters: &Parameters, refusal: Option<Value>) -> FrameMessage {
        let get = |name: &str| parameters.get(name).unwrap_or_default().to_owned();
        let mut response = match (refusal, self.tenant.session) {
            (Some(refusal), _) => refusal,
            (None, None) => json!({ "error": "login_required", "error_description": "Login required" }),
            (None, Some(person)) => {
                self.tenant.codes_made += 1;
                let code = format!("code-{}", self.tenant.codes_made);
                self.tenant.code(&code, &get("nonce"), &get("scope"), person);
                json!({ "code": code })
            }
        };
        response["state"] = get("state").into();
        if self.tenant.says_session_state {
            response["session_state"] = format!("state-{}", self.tenant.authorize_requests).into();
        }
        let origin = self.tabs[tab].lifecycle.config().issuer().origin().to_owned();
        if get("response_mode") == "web_message" {
            let data = json!({ "type": "authorization_response", "response": response }).to_string();
            FrameMessage { origin, from_frame: true, data: Some(data) }
        } else {
            let query: Vec<String> = response
                .as_object()
                .expect("an object")
                .iter()
                .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
                .collect();
            let joint = if get("response_mode") == "fragment" { '#' } else { '?' };
            let url = format!("{}{joint}{}", get("redirect_uri"), query.join("&"));
            let data = json!({ "type": "silent_callback", "url": url }).to_string();
            FrameMessage { origin: self.tabs[tab].lifecycle.config().app_origin(), from_frame: true, data: Some(data) }
        }
    }

    fn send(&mut self, tab: usize, flight: FlightId, exchange: Exchange, request: &Request) {
        if exchange == Exchange::Token {
            self.exchanging.insert((tab, flight));
        }
        let mut result = if self.tenant.reachable {
            let issuer = self.tabs[tab].lifecycle.config().issuer().as_str().to_owned();
            Ok(self.tenant.answer(&issuer, self.now, exchange, request))
        } else {
            Err(AuthError::new(Code::TenantUnreachable))
        };
        if exchange == Exchange::Token && self.tenant.hang_answers > 0 {
            self.tenant.hang_answers -= 1;
            return;
        }
        if exchange == Exchange::Token && self.tenant.lose_answers > 0 {
            self.tenant.lose_answers -= 1;
            result = Err(AuthError::new(Code::TenantUnreachable));
        }
        self.later(20, Happening::Event(tab, Event::Answered(flight, exchange, result)));
    }

    /// The tab that left for the tenant comes back as a new page: with a code for this person, or with `login_required`.
    pub fn come_back(&mut self, leaving: usize, person: Option<&'static str>) -> usize {
        let url = self.tabs[leaving].left_for.clone().expect("left");
        let parameters = Parameters::from_url(&url).expect("our own address");
        let get = |name: &str| parameters.get(name).unwrap_or_default();
        let state = get("state").to_owned();
        let stored = self.tabs[leaving].stored.remove(&state);
        let config = self.tabs[leaving].lifecycle.config().clone();
        let kept = self.tabs[leaving].kept.clone();
        self.close(leaving);
        let answer = match person {
            Some(person) => {
                self.tenant.code("code-redirect", get("nonce"), get("scope"), person);
                "code=code-redirect"
            }
            None => "error=login_required",
        };
        let tab = self.add(config);
        let url = format!("{}?{answer}&state={state}", self.tabs[tab].lifecycle.config().redirect_uri());
        let callback = Some(Callback { url, stored });
        self.feed(tab, Event::Start(Arrival { callback, kept, ..Arrival::default() }));
        tab
    }

    /// The tab signs in by redirect: leaves, and comes back with what the tenant answers.
    pub fn sign_in_by_redirect(&mut self, config: ClientConfig, user: &'static str, return_to: &str) -> usize {
        let leaving = self.add(config.clone());
        self.feed(leaving, Event::SignIn { return_to: return_to.into() });
        self.tenant.session = Some(user);
        self.come_back(leaving, Some(user))
    }
}
