//! The lifecycle of a session as a state machine: [`Lifecycle::step`] takes an event and gives commands.
//!
//! It has no clock, no randomness and no browser: a week of it runs in a test within a millisecond.
//!
//! | file | what it holds |
//! |---|---|
//! | `io.rs` | events, commands |
//! | `flight.rs` | one request: purpose, stage, limits |
//! | `addresses.rs` | the tenant's addresses |
//! | `frame.rs` | from the lock to the hidden frame's answer |
//! | `ladder.rs` | which way to fresh tokens is tried next; the refresh token |
//! | `tabs.rs` | what is asked of other tabs, and what their words change |
//! | `audience.rs` | tokens for other APIs and scopes (feature `audiences`; without it `one_audience.rs`) |
//! | `popup.rs` | the popup: when it may open, what is asked in it, how it ends (feature `popup`) |
//! | `monitor.rs` | the session at the provider is watched (feature `session-monitor`) |
//! | `exchange.rs` | from the code or the refresh token to verified tokens |
//! | `outcome.rs` | what success, failure, sign-out and other tabs' words change |
//! | `sign_out.rs` | signing out, here and at the tenant |
//! | `time.rs` | what the passing of time alone changes |
//! | `word.rs` | what tabs tell each other |
//!
//! ```
//! use silent_auth::protocol::config::ClientConfig;
//! use silent_auth::protocol::lifecycle::{Arrival, Command, Event, Lifecycle, Moment};
//! use silent_auth::protocol::pkce::ENTROPY;
//! use silent_auth::protocol::session::Phase;
//! use silent_auth::protocol::time::Timestamp;
//!
//! # fn main() -> Result<(), silent_auth::protocol::error::AuthError> {
//! let config = ClientConfig::new("https://tenant.example/", "my-app", "https://app.example/callback")?;
//! let mut lifecycle = Lifecycle::new(config);
//! let moment = |second| Moment { now: Timestamp::from_secs(second), entropy: [7; ENTROPY] };
//!
//! // The page starts: the lifecycle asks for this client's lock, so that one tab alone asks the tenant, and asks the other tabs for
//! // their tokens.
//! let commands = lifecycle.step(Event::Start(Arrival::default()), moment(1_800_000_000));
//! let [Command::AskLock(flight), Command::Announce(_), Command::AskCompany(_)] = commands[..] else { panic!("{commands:?}") };
//! // There is none, and the lock is ours: a hidden frame is opened, and the signing keys are asked for.
//! lifecycle.step(Event::Company(flight, false), moment(1_800_000_000));
//! let commands = lifecycle.step(Event::LockGranted(flight), moment(1_800_000_000));
//! assert!(matches!(commands[..], [Command::OpenFrame(..), Command::Send(..)]));
//! assert_eq!(lifecycle.phase(), Phase::Checking);
//! # Ok(())
//! # }
//! ```

mod addresses;
#[cfg_attr(not(feature = "audiences"), path = "one_audience.rs")]
mod audience;
#[cfg(feature = "dpop")]
mod dpop;
mod exchange;
mod flight;
mod frame;
mod io;
mod ladder;
#[cfg(feature = "session-monitor")]
mod monitor;
mod outcome;
#[cfg(feature = "popup")]
mod popup;
mod sign_out;
mod source;
mod tabs;
mod time;
mod word;

use std::sync::Arc;

pub use io::{Arrival, Callback, Command, Event, Exchange, FlightId, Moment};

#[cfg(feature = "popup")]
pub use popup::{PopupCommand, PopupEvent};

#[cfg(feature = "session-monitor")]
pub use self::monitor::{ASK_EVERY, MonitorEvent, Watch};

use self::audience::Audiences;
use self::flight::{Flight, Purpose, Stage};
use self::ladder::Held;
use super::config::ClientConfig;
use super::discovery::Endpoints;
use super::error::AuthError;
use super::keys::KeySet;
use super::record::{Outcome, Parameter, Record, Step};
use super::session::{Claims, Generation, Phase, Tokens};
use super::skew::Skew;
use super::time::Timestamp;

const SOURCE: &str = file!();

/// How many records are kept; the oldest go first.
pub const MAX_RECORDS: usize = 500;

/// How many generations are kept; the oldest go first.
pub const MAX_GENERATIONS: usize = 8;

/// What is known of the session, besides its tokens.
#[derive(Debug)]
enum Status {
    Unknown,
    Out { reason: Option<AuthError> },
    Undetermined { error: AuthError, retry_at: Option<Timestamp> },
    In { failure: Option<(AuthError, Option<Timestamp>)> },
    Leaving,
}

/// The lifecycle of one client's session in one tab.
#[derive(Debug)]
pub struct Lifecycle {
    config: ClientConfig,
    endpoints: Option<Endpoints>,
    addresses_asked_at: Option<Timestamp>,
    keys: Option<KeySet>,
    keys_asked_at: Option<Timestamp>,
    skew: Skew,
    status: Status,
    tokens: Option<Tokens>,
    held: Option<Held>,
    /// The path that the page was opened at.
    path: String,
    previous_claims: Option<Claims>,
    generations: Vec<Generation>,
    born: u32,
    flight: Option<Flight>,
    flights: FlightId,
    audiences: Audiences,
    lingering: Option<(FlightId, Timestamp)>,
    failures: u32,
    /// Whether other tabs may be about to share their tokens.
    hopes: bool,
    signed_in_at: Option<Timestamp>,
    expiry_recorded: bool,
    /// Whether this step is the person's own act, which lets a popup open.
    #[cfg(feature = "popup")]
    by_hand: bool,
    #[cfg(feature = "session-monitor")]
    monitor: monitor::Monitor,
    records: Vec<Arc<Record>>,
    recorded: u64,
    moment: Moment,
    commands: Vec<Command>,
}

impl Lifecycle {
    /// A lifecycle before its first event, which should be [`Event::Start`].
    #[must_use]
    pub fn new(config: ClientConfig) -> Self {
        Self {
            endpoints: Endpoints::known(&config),
            config,
            addresses_asked_at: None,
            keys: None,
            keys_asked_at: None,
            skew: Skew::default(),
            status: Status::Unknown,
            tokens: None,
            held: None,
            path: String::new(),
            previous_claims: None,
            generations: Vec::new(),
            born: 0,
            flight: None,
            flights: 0,
            audiences: Audiences::default(),
            lingering: None,
            failures: 0,
            hopes: false,
            signed_in_at: None,
            expiry_recorded: false,
            #[cfg(feature = "popup")]
            by_hand: false,
            #[cfg(feature = "session-monitor")]
            monitor: monitor::Monitor::default(),
            records: Vec::new(),
            recorded: 0,
            moment: Moment { now: Timestamp::default(), entropy: [0; super::pkce::ENTROPY] },
            commands: Vec::new(),
        }
    }

    /// Takes one event and gives the commands to carry out, in their order.
    pub fn step(&mut self, event: Event, moment: Moment) -> Vec<Command> {
        self.keep_time(moment);
        match event {
            Event::Start(arrival) => self.start(arrival),
            Event::Impossible(error) => self.fail(error),
            Event::Resumed => self.resume(),
            Event::SignIn { return_to } => self.sign_in(return_to),
            Event::Renew => self.renewal_asked(),
            #[cfg(feature = "audiences")]
            Event::Want(request) => self.want(&request),
            #[cfg(feature = "audiences")]
            Event::Refused(token) => self.refuse(&token),
            Event::SignOut => self.sign_out(),
            Event::Heard(text) => self.heard(&text),
            Event::Tick => {}
            #[cfg(feature = "popup")]
            Event::Popup(event) => self.popup_event(event),
            Event::Online => self.online(),
            #[cfg(feature = "session-monitor")]
            Event::Monitor(event) => self.monitored(event),
            Event::LockGranted(flight)
            | Event::LockBusy(flight)
            | Event::Company(flight, _)
            | Event::FrameLoaded(flight)
            | Event::FrameMessage(flight, _)
            | Event::PolicyViolated(flight, _)
            | Event::Answered(flight, ..)
            | Event::SignatureChecked(flight, _)
            | Event::StoreFailed(flight, _) => self.of_flight(flight, event),
        }
        self.time_passed();
        self.serve_wanted();
        #[cfg(feature = "session-monitor")]
        self.watch_session();
        #[cfg(feature = "popup")]
        {
            self.by_hand = false;
        }
        core::mem::take(&mut self.commands)
    }

    /// An event of a request. One of an older request changes nothing.
    fn of_flight(&mut self, flight: FlightId, event: Event) {
        if self.flight.as_ref().is_none_or(|current| current.id != flight) {
            match event {
                Event::LockGranted(_) => self.commands.push(Command::ReleaseLock(flight)),
                Event::Answered(_, exchange, _) => {
                    self.record_of(flight, Step::AnsweredTooLate, Outcome::Ignored).detail =
                        exchange.as_str().to_owned();
                }
                _ => {}
            }
            return;
        }
        match event {
            Event::LockGranted(_) => self.lock_granted(),
            Event::LockBusy(_) => self.lock_busy(),
            Event::Company(_, company) => self.company(company),
            Event::FrameLoaded(_) => self.frame_loaded(),
            Event::FrameMessage(_, message) => self.frame_message(&message),
            Event::PolicyViolated(_, directive) => self.policy_violated(&directive),
            Event::Answered(_, exchange, result) => self.answered(exchange, result),
            Event::SignatureChecked(_, result) => self.signature_checked(result),
            Event::StoreFailed(_, error) => self.fail(error),
            _ => {}
        }
    }

    fn start(&mut self, arrival: Arrival) {
        self.take_kept(arrival.kept.as_deref());
        self.path = arrival.path;
        if let Some(callback) = arrival.callback {
            self.begin(Purpose::Callback(callback));
        } else {
            self.restore();
        }
    }

    fn restore(&mut self) {
        self.record(Step::Started, Outcome::Done);
        self.begin(Purpose::Restore);
        self.ask_tabs();
    }

    fn resume(&mut self) {
        if matches!(self.status, Status::Leaving) {
            self.end_flight();
            self.status = if self.tokens.is_some() { Status::In { failure: None } } else { Status::Unknown };
            if self.tokens.is_none() {
                self.restore();
            }
        }
    }

    fn sign_in(&mut self, return_to: String) {
        self.end_flight();
        self.begin(Purpose::SignIn { return_to });
    }

    /// Starts a renewal, or joins the request that is already on its way.
    fn renew(&mut self, cause: Step) {
        if self.flight.is_some() || matches!(self.status, Status::Leaving) {
            return;
        }
        self.record(cause, Outcome::Done);
        self.begin(if self.tokens.is_some() { Purpose::Renew } else { Purpose::Restore });
    }

    /// Gives a request its number and sends it on its way.
    fn begin(&mut self, purpose: Purpose) {
        self.flights += 1;
        let deadline = self.moment.now + flight::EXCHANGE_LIMIT;
        self.flight = Some(Flight {
            id: self.flights,
            purpose,
            stage: Stage::Discovering,
            deadline,
            look_at: None,
            rung: None,
            cause: None,
            lock: None,
            #[cfg(feature = "popup")]
            window: popup::Window::NotAllowed,
        });
        #[cfg(feature = "popup")]
        self.allow_popup();
        self.find_addresses();
    }

    /// Where the lifecycle stands, as of the last step.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match &self.status {
            Status::Unknown => Phase::Checking,
            Status::Out { .. } | Status::Undetermined { .. } if self.flight.is_some() => Phase::Checking,
            Status::Out { reason } => Phase::SignedOut { reason: reason.clone() },
            Status::Undetermined { error, retry_at } => {
                Phase::Undetermined { error: error.clone(), retry_at: *retry_at }
            }
            Status::Leaving => Phase::Leaving,
            Status::In { .. } if self.flight.is_some() && self.wanted().is_none() => Phase::Renewing,
            Status::In { failure } => {
                let expired = self.tokens.as_ref().is_none_or(|tokens| self.moment.now >= tokens.expires_at);
                match (failure.clone(), expired) {
                    (None, false) => Phase::SignedIn,
                    (Some((error, retry_at)), false) => Phase::RenewalFailed { error, retry_at },
                    (Some((error, retry_at)), true) => Phase::Expired { error: Some(error), retry_at },
                    (None, true) => Phase::Expired { error: None, retry_at: None },
                }
            }
        }
    }

    /// The tokens in use. They may have expired: compare [`Tokens::expires_at`] with the clock.
    #[must_use]
    pub fn tokens(&self) -> Option<&Tokens> {
        self.tokens.as_ref()
    }

    /// The claims of the generation before, to see what changed.
    #[must_use]
    pub fn previous_claims(&self) -> Option<&Claims> {
        self.previous_claims.as_ref()
    }

    /// The latest generations, oldest first, at most [`MAX_GENERATIONS`].
    #[must_use]
    pub fn generations(&self) -> &[Generation] {
        &self.generations
    }

    /// The latest records, oldest first, at most [`MAX_RECORDS`].
    #[must_use]
    pub fn records(&self) -> &[Arc<Record>] {
        &self.records
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &ClientConfig {
        &self.config
    }

    /// The request that is on its way.
    #[must_use]
    pub fn flight(&self) -> Option<FlightId> {
        self.flight.as_ref().map(|flight| flight.id)
    }

    /// Adds a record of the current request and gives it for its details to be filled in.
    fn record(&mut self, step: Step, outcome: Outcome) -> &mut Record {
        let flight = self.flight.as_ref().map_or(0, |flight| flight.id);
        self.record_of(flight, step, outcome)
    }

    fn record_of(&mut self, flight: FlightId, step: Step, outcome: Outcome) -> &mut Record {
        if self.records.len() == MAX_RECORDS {
            self.records.remove(0);
        }
        self.recorded += 1;
        self.records.push(Arc::new(Record {
            id: self.recorded,
            at: self.moment.now,
            flight,
            generation: self
                .generations
                .last()
                .filter(|generation| generation.ended_at.is_none())
                .map_or(0, |generation| generation.number),
            step,
            outcome,
            detail: String::new(),
            parameters: Vec::new(),
            error: None,
            state: None,
            source: source::source(step),
        }));
        let last = self.records.len() - 1;
        // Nobody else holds the record yet, so this never copies.
        Arc::make_mut(&mut self.records[last])
    }
}

/// The parameters of an address or a form, secrets covered.
fn shown<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Parameter> {
    pairs.into_iter().map(|(name, value)| Parameter::new(name, value)).collect()
}
