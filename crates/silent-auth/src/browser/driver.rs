//! Runs the lifecycle in a page: carries out its commands and feeds back what happened.

mod callback;
#[cfg(feature = "popup")]
mod popup;
#[cfg(feature = "dpop")]
mod proof;
mod tokens;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use futures_channel::oneshot;
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

use self::callback::{callback, clear_sign_out};
use super::channel::Channel;
use super::clock::{WakeUp, now};
use super::frame::{FrameEvent, HiddenFrame};
use super::lock::{Ask, LockRequest};
use super::page::{self, Listener};
use super::presence::Presence;
use super::{fetch, random, signature, storage};
use crate::protocol::audience::TokenRequest;
use crate::protocol::config::ClientConfig;
use crate::protocol::error::{AuthError, Code};
use crate::protocol::http::Request;
use crate::protocol::lifecycle::{Arrival, Command, Event, Exchange, FlightId, Lifecycle, Moment};
use crate::protocol::pkce::ENTROPY;
use crate::protocol::time::Timestamp;

/// The lifecycle of a client in this page. Cheap to clone; when the last clone is dropped, its frame, timers, listeners,
/// lock and requests are gone with it.
///
/// ```no_run
/// use silent_auth::browser::Driver;
/// use silent_auth::protocol::config::ClientConfig;
///
/// # fn main() -> Result<(), silent_auth::protocol::error::AuthError> {
/// let config = ClientConfig::new("https://tenant.example/", "my-app", "https://app.example/callback")?;
/// let driver = Driver::start(config, |lifecycle| println!("{}", lifecycle.phase().as_str()));
/// driver.sign_in("/");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Driver {
    inner: Rc<Inner>,
}

/// Who waits for the session's own token, or for one of this kind.
type Waiter = (Option<TokenRequest>, oneshot::Sender<Result<(), AuthError>>);

struct Inner {
    lifecycle: RefCell<Lifecycle>,
    events: RefCell<VecDeque<Event>>,
    stepping: Cell<bool>,
    frame: RefCell<Option<(FlightId, HiddenFrame)>>,
    #[cfg(feature = "popup")]
    popup: RefCell<Option<(FlightId, popup::Slot)>>,
    locks: RefCell<Vec<(FlightId, LockRequest)>>,
    presence: Presence,
    #[cfg(feature = "dpop")]
    dpop: super::dpop::Slot,
    #[cfg(feature = "session-monitor")]
    monitor: RefCell<Option<super::monitor::Monitor>>,
    requests: RefCell<Vec<(FlightId, AbortController)>>,
    wake: RefCell<Option<WakeUp>>,
    channel: RefCell<Option<Channel>>,
    waiters: RefCell<Vec<Waiter>>,
    listeners: RefCell<Vec<Listener>>,
    changed: Box<dyn Fn(&Lifecycle)>,
    #[cfg(feature = "mock")]
    mock: Option<crate::mock::MockProvider>,
}

impl Driver {
    /// Starts the lifecycle of `config`. `changed` is called after every step with the new state.
    ///
    /// If the page was opened at the redirect address with an answer of the tenant, the answer is taken and the address is
    /// replaced before this returns.
    pub fn start(config: ClientConfig, changed: impl Fn(&Lifecycle) + 'static) -> Self {
        clear_sign_out(&config);
        let arrival =
            Arrival { callback: callback(&config), path: page::path(), kept: storage::kept(&config.namespace()) };
        Self::open(Inner::new(config, Box::new(changed)), arrival)
    }

    /// As [`start`](Self::start), with a tenant that is in this process: no frame is opened, no request sent, no page left.
    #[cfg(feature = "mock")]
    pub fn start_mock(
        config: ClientConfig,
        tenant: &crate::mock::MockProvider,
        changed: impl Fn(&Lifecycle) + 'static,
    ) -> Self {
        let arrival = Arrival { callback: None, path: "/".to_owned(), kept: tenant.kept() };
        Self::open(Inner { mock: Some(tenant.clone()), ..Inner::new(config, Box::new(changed)) }, arrival)
    }

    fn open(inner: Inner, arrival: Arrival) -> Self {
        let namespace = inner.lifecycle.borrow().config().namespace();
        let driver = Self { inner: Rc::new(inner) };
        let weak = Rc::downgrade(&driver.inner);
        let tell = move |event| {
            let weak = Weak::clone(&weak);
            move || tell(&weak, &event)
        };
        let hear = Rc::downgrade(&driver.inner);
        *driver.inner.channel.borrow_mut() = Channel::open(&namespace, move |text| dispatch(&hear, Event::Heard(text)));
        let (shown, resumed) = (tell(Event::Tick), tell(Event::Resumed));
        let (back, gone) = (driver.inner.presence.clone(), driver.inner.presence.clone());
        *driver.inner.listeners.borrow_mut() = [
            page::on_visibility_change(move |_| shown()),
            page::on_online(tell(Event::Online)),
            page::on_return(move || {
                back.begin_once();
                resumed();
            }),
            page::on_hide(move || gone.end()),
        ]
        .into_iter()
        .flatten()
        .collect();

        if page::is_secure() {
            #[cfg(feature = "dpop")]
            proof::hold_key(&driver.inner);
            driver.inner.dispatch(Event::Start(arrival));
            driver.inner.presence.begin_once();
        } else {
            let error = AuthError::new(Code::InsecureContext).because("https, or a loopback host", page::address());
            driver.inner.dispatch(Event::Impossible(error));
        }
        driver
    }

    /// Leaves for the tenant to sign in, and comes back to `return_to`, a path of this app.
    pub fn sign_in(&self, return_to: &str) {
        self.inner.dispatch(Event::SignIn { return_to: return_to.to_owned() });
    }

    /// Signs out here and in every tab of this client, then leaves for the tenant to sign out there.
    pub fn sign_out(&self) {
        #[cfg(feature = "dpop")]
        if proof::forget_key(&self.inner) {
            return;
        }
        self.inner.dispatch(Event::SignOut);
    }

    /// Replaces the token now, or joins the request that is on its way. How it ends is told to `changed`.
    pub fn begin_renewal(&self) {
        self.ask(Event::Renew);
    }

    fn ask(&self, event: Event) {
        #[cfg(feature = "popup")]
        let event = popup::by_hand(event);
        self.inner.dispatch(event);
    }

    /// Looks at the lifecycle.
    pub fn with<T>(&self, look: impl FnOnce(&Lifecycle) -> T) -> T {
        look(&self.inner.lifecycle.borrow())
    }
}

fn tell(inner: &Weak<Inner>, event: &Event) {
    dispatch(inner, event.clone());
}

/// Feeds an event to a driver that may be gone by now.
fn dispatch(inner: &Weak<Inner>, event: Event) {
    if let Some(inner) = inner.upgrade() {
        inner.dispatch(event);
    }
}

impl Inner {
    fn new(config: ClientConfig, changed: Box<dyn Fn(&Lifecycle)>) -> Self {
        Self {
            presence: Presence::new(&config.namespace()),
            #[cfg(feature = "dpop")]
            dpop: super::dpop::Slot::default(),
            lifecycle: RefCell::new(Lifecycle::new(config)),
            events: RefCell::default(),
            stepping: Cell::new(false),
            frame: RefCell::default(),
            #[cfg(feature = "popup")]
            popup: RefCell::default(),
            locks: RefCell::default(),
            #[cfg(feature = "session-monitor")]
            monitor: RefCell::default(),
            requests: RefCell::default(),
            wake: RefCell::default(),
            channel: RefCell::default(),
            waiters: RefCell::default(),
            listeners: RefCell::default(),
            changed,
            #[cfg(feature = "mock")]
            mock: None,
        }
    }

    /// What the tenant in this process leaves to be done.
    #[cfg(feature = "mock")]
    fn left_by_mock(&self, command: Command) -> Option<Command> {
        use crate::mock::Answer;
        let Some(mock) = &self.mock else { return Some(command) };
        let config = self.lifecycle.borrow().config().clone();
        match mock.answer(&config, command, now()) {
            Answer::NotMine(command) => return Some(command),
            Answer::Happened(events) => self.events.borrow_mut().extend(events),
            Answer::PageOpened(arrival) => {
                // What the page before waited for is gone with it.
                self.waiters.borrow_mut().clear();
                self.events.borrow_mut().clear();
                *self.lifecycle.borrow_mut() = Lifecycle::new(config);
                self.events.borrow_mut().push_back(Event::Start(*arrival));
            }
        }
        None
    }

    /// Takes an event, and every event that carrying out its commands causes, one after the other.
    fn dispatch(self: &Rc<Self>, event: Event) {
        self.events.borrow_mut().push_back(event);
        if self.stepping.replace(true) {
            return;
        }
        loop {
            let Some(event) = self.events.borrow_mut().pop_front() else { break };
            let moment = Moment { now: now(), entropy: random::entropy().unwrap_or([0; ENTROPY]) };
            let commands = self.lifecycle.borrow_mut().step(event, moment);
            for command in commands {
                self.run(command);
            }
        }
        self.stepping.set(false);
        self.sleep();
        (self.changed)(&self.lifecycle.borrow());
    }

    /// Sets the next wake-up in place of the one before.
    fn sleep(self: &Rc<Self>) {
        let next = self.lifecycle.borrow().next_wake();
        let weak = Rc::downgrade(self);
        *self.wake.borrow_mut() = next.map(|at: Timestamp| WakeUp::at(at, move || dispatch(&weak, Event::Tick)));
    }

    fn run(self: &Rc<Self>, command: Command) {
        #[cfg(feature = "mock")]
        let Some(command) = self.left_by_mock(command) else { return };
        match command {
            Command::AskLock(flight) => self.lock(flight, Ask::IfFree),
            Command::AwaitLock(flight) => self.lock(flight, Ask::Wait),
            Command::AskCompany(flight) => {
                let weak = Rc::downgrade(self);
                self.presence.ask(move |company| dispatch(&weak, Event::Company(flight, company)));
            }
            Command::ReleaseLock(flight) => self.locks.borrow_mut().retain(|(other, _)| *other != flight),
            Command::OpenFrame(flight, url) => self.open_frame(flight, &url),
            Command::CloseFrame(flight) => {
                let mut frame = self.frame.borrow_mut();
                if frame.as_ref().is_some_and(|(other, _)| *other == flight) {
                    *frame = None;
                }
            }
            #[cfg(feature = "popup")]
            Command::Popup(flight, command) => self.popup(flight, command),
            #[cfg(feature = "session-monitor")]
            Command::Monitor(watch) => {
                let weak = Rc::downgrade(self);
                let report = move |event| dispatch(&weak, Event::Monitor(event));
                *self.monitor.borrow_mut() = watch.and_then(|watch| super::monitor::Monitor::start(watch, report));
            }
            Command::Send(flight, exchange, request) => self.send(flight, exchange, request),
            Command::Abort(flight) => {
                let mut requests = self.requests.borrow_mut();
                for (_, abort) in requests.iter().filter(|(other, _)| *other == flight) {
                    abort.abort();
                }
                requests.retain(|(other, _)| *other != flight);
            }
            Command::CheckSignature(flight, check) => {
                let weak = Rc::downgrade(self);
                spawn_local(async move {
                    let result = signature::verify(check).await;
                    dispatch(&weak, Event::SignatureChecked(flight, result));
                });
            }
            Command::Leave { flight, store, url } => {
                let namespace = self.lifecycle.borrow().config().namespace();
                let stored = store.map_or(Ok(()), |(state, text)| storage::put(&namespace, &state, &text));
                match stored {
                    // A sign-in cannot be completed without what was to be stored; a sign-out can.
                    Err(error) if flight != 0 => self.events.borrow_mut().push_back(Event::StoreFailed(flight, error)),
                    #[cfg(feature = "dpop")]
                    _ => proof::leave(self, url),
                    #[cfg(not(feature = "dpop"))]
                    _ => page::leave(&url),
                }
            }
            Command::ReturnTo(path) => page::show_path(&path),
            Command::SendAndForget(request) => spawn_local(fetch::send_and_forget(request)),
            Command::Keep(text) => {
                let namespace = self.lifecycle.borrow().config().namespace();
                storage::keep(&namespace, text.as_deref());
            }
            Command::Announce(text) => {
                if let Some(channel) = &*self.channel.borrow() {
                    channel.say(&text);
                }
            }
            Command::Settled(_, result) => self.settle(&result, Option::is_none),
            #[cfg(feature = "audiences")]
            Command::Provided(request, result) => {
                self.settle(&result, |wanted| wanted.as_ref().is_some_and(|wanted| request.covers(wanted)));
            }
        }
    }

    fn settle(&self, result: &Result<(), AuthError>, is_meant: impl Fn(&Option<TokenRequest>) -> bool) {
        let waiters = self.waiters.take();
        let (meant, others): (Vec<Waiter>, _) = waiters.into_iter().partition(|(request, _)| is_meant(request));
        *self.waiters.borrow_mut() = others;
        for (_, waiter) in meant {
            // A waiter that has gone away needs no answer.
            drop(waiter.send(result.clone()));
        }
    }

    fn lock(self: &Rc<Self>, flight: FlightId, ask: Ask) {
        let name = self.lifecycle.borrow().config().namespace();
        let weak = Rc::downgrade(self);
        let request = LockRequest::new(&name, ask, move |granted| {
            dispatch(&weak, if granted { Event::LockGranted(flight) } else { Event::LockBusy(flight) });
        });
        match request {
            Some(request) => {
                let mut locks = self.locks.borrow_mut();
                locks.retain(|(other, _)| *other != flight);
                locks.push((flight, request));
            }
            // Without Web Locks every tab works for itself.
            None => self.events.borrow_mut().push_back(Event::LockGranted(flight)),
        }
    }

    fn open_frame(self: &Rc<Self>, flight: FlightId, url: &str) {
        let origin = self.lifecycle.borrow().config().issuer().origin().to_owned();
        let weak = Rc::downgrade(self);
        let frame = HiddenFrame::open(url, &origin, move |event| {
            let event = match event {
                FrameEvent::Loaded => Event::FrameLoaded(flight),
                FrameEvent::Message(message) => Event::FrameMessage(flight, message),
                FrameEvent::PolicyViolated(directive) => Event::PolicyViolated(flight, directive),
            };
            dispatch(&weak, event);
        });
        *self.frame.borrow_mut() = frame.map(|frame| (flight, frame));
    }

    fn send(self: &Rc<Self>, flight: FlightId, exchange: Exchange, request: Request) {
        let abort = AbortController::new().ok();
        let signal = abort.as_ref().map(AbortController::signal);
        self.requests.borrow_mut().extend(abort.map(|abort| (flight, abort)));
        let weak = Rc::downgrade(self);
        spawn_local(async move {
            #[cfg(feature = "dpop")]
            let result = proof::send(&weak, exchange, request, signal.clone()).await;
            #[cfg(not(feature = "dpop"))]
            let result = fetch::send_with(request, signal.clone()).await;
            // A request that was stopped on purpose has no answer to report.
            if signal.is_none_or(|signal| !signal.aborted()) {
                dispatch(&weak, Event::Answered(flight, exchange, result));
            }
        });
    }
}
