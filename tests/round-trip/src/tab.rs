//! A tab: a lifecycle, and the commands it gives carried out against the real tenant.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use silent_auth::protocol::config::ClientConfig;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::http::Request;
use silent_auth::protocol::id_token::SignatureCheck;
use silent_auth::protocol::keys::PublicKey;
use silent_auth::protocol::lifecycle::{
    Arrival, Callback, Command, Event, Exchange, Lifecycle, Moment, PopupCommand, PopupEvent,
};
use silent_auth::protocol::parameters::Parameters;
use silent_auth::protocol::record::Step;
use silent_auth::protocol::session::{Phase, Tokens};

use crate::browser::{Browser, Loaded};
use crate::dpop;

/// One tab of the app.
pub struct Tab {
    /// The lifecycle.
    pub lifecycle: Lifecycle,
    app_origin: String,
    events: VecDeque<Event>,
    stored: BTreeMap<String, String>,
    /// Where the page has left for.
    pub left_for: Option<String>,
    /// The latest code exchange, to send it once more.
    pub last_exchange: Option<Request>,
    /// The path that the address bar shows in place of the callback's address.
    pub path: Option<String>,
    /// How many hidden frames were opened.
    pub frames: u32,
    /// Who signs in where a popup shows the login form: name and password. `None` closes it.
    pub person: Option<(&'static str, &'static str)>,
    /// How many of the next answers of the token endpoint get lost on the way back.
    pub lose_answers: u32,
    /// What the tab keeps for its next page.
    pub kept: Option<String>,
}

impl Tab {
    /// A tab that has not started.
    #[must_use]
    pub fn new(config: ClientConfig) -> Self {
        let app_origin = config.app_origin();
        let mut lifecycle = Lifecycle::new(config);
        lifecycle.hold_key(dpop::key().thumbprint());
        Self {
            app_origin,
            lifecycle,
            events: VecDeque::new(),
            stored: BTreeMap::new(),
            left_for: None,
            last_exchange: None,
            path: None,
            frames: 0,
            person: None,
            lose_answers: 0,
            kept: None,
        }
    }

    /// A tab that has started and asked whether somebody is signed in.
    pub async fn open(browser: &mut Browser, config: ClientConfig) -> Self {
        let mut tab = Self::new(config);
        tab.feed(browser, Event::Start(Arrival::default())).await;
        tab
    }

    /// A tab in which somebody has signed in by redirect, through the tenant's login form.
    pub async fn signed_in(browser: &mut Browser, config: ClientConfig, username: &str, password: &str) -> Self {
        let (url, stored) = Self::sign_in_at_the_tenant(browser, &config, username, password).await;
        Self::returned(browser, config, url, stored).await
    }

    /// Leaves for the tenant and signs in there; gives the address that leads back, and what was stored for it.
    ///
    /// # Panics
    ///
    /// If the tenant shows no login page, or does not lead back.
    pub async fn sign_in_at_the_tenant(
        browser: &mut Browser,
        config: &ClientConfig,
        username: &str,
        password: &str,
    ) -> (String, Option<String>) {
        let mut leaving = Self::new(config.clone());
        leaving.feed(browser, Event::SignIn { return_to: "/".to_owned() }).await;
        let url = leaving.left_for.take().expect("the tab leaves for the tenant");
        let Loaded::Page(page) = browser.navigate(&url).await else { panic!("no login page at {url}") };
        let loaded = browser.log_in(config.issuer().as_str(), &page, username, password).await;
        let Loaded::Elsewhere(url) = loaded else { panic!("not led back: {loaded:?}") };
        let state = Parameters::from_url(&url).ok().and_then(|parameters| parameters.get("state").map(str::to_owned));
        let stored = state.and_then(|state| leaving.stored.remove(&state));
        (url, stored)
    }

    /// The tab to which the tenant led back.
    pub async fn returned(browser: &mut Browser, config: ClientConfig, url: String, stored: Option<String>) -> Self {
        let mut tab = Self::new(config);
        tab.feed(browser, Event::Start(Arrival { callback: Some(Callback { url, stored }), ..Arrival::default() }))
            .await;
        tab
    }

    /// Feeds an event, and carries out what follows from it, until the tab waits for time to pass.
    pub async fn feed(&mut self, browser: &mut Browser, event: Event) {
        self.events.push_back(event);
        while let Some(event) = self.events.pop_front() {
            let moment = Moment { now: browser.now(), entropy: browser.entropy() };
            for command in self.lifecycle.step(event, moment) {
                self.carry_out(browser, command).await;
            }
        }
    }

    /// Lets time pass, waking the tab whenever it wants to be woken.
    pub async fn run(&mut self, browser: &mut Browser, time: Duration) {
        let end = browser.now() + time;
        while let Some(at) = self.lifecycle.next_wake().filter(|at| *at <= end) {
            browser.wait(at.since(browser.now()));
            self.feed(browser, Event::Tick).await;
        }
        browser.wait(end.since(browser.now()));
    }

    /// Where the lifecycle stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.lifecycle.phase()
    }

    /// The error that the phase carries.
    #[must_use]
    pub fn error(&self) -> Option<AuthError> {
        match self.phase() {
            Phase::SignedOut { reason: error } | Phase::Expired { error, .. } => error,
            Phase::Undetermined { error, .. } | Phase::RenewalFailed { error, .. } => Some(error),
            Phase::Checking | Phase::Leaving | Phase::SignedIn | Phase::Renewing => None,
        }
    }

    /// The code of that error.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        self.error().map(|error| error.code)
    }

    /// The tokens in use.
    ///
    /// # Panics
    ///
    /// If there are none.
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        self.lifecycle.tokens().unwrap_or_else(|| panic!("no tokens: {:?}", self.phase()))
    }

    /// Whether a step of this kind was recorded.
    #[must_use]
    pub fn recorded(&self, step: Step) -> bool {
        self.lifecycle.records().iter().any(|record| record.step == step)
    }

    async fn carry_out(&mut self, browser: &mut Browser, command: Command) {
        match command {
            // There is one tab, so its lock is always free.
            Command::AskLock(flight) | Command::AwaitLock(flight) => self.events.push_back(Event::LockGranted(flight)),
            Command::AskCompany(flight) => self.events.push_back(Event::Company(flight, false)),
            Command::OpenFrame(flight, url) => {
                self.frames += 1;
                let framed = browser.frame(&url, &self.app_origin).await;
                self.events.extend(framed.message.map(|message| Event::FrameMessage(flight, message)));
                self.events.extend(framed.loaded.then_some(Event::FrameLoaded(flight)));
            }
            Command::Popup(flight, PopupCommand::GoTo(url)) => {
                let message = browser.popup(&url, &self.app_origin, self.person).await;
                let closed = Event::Popup(PopupEvent::Closed(flight));
                self.events.push_back(message.map_or(closed, |message| Event::FrameMessage(flight, message)));
            }
            Command::Send(flight, exchange, request) => {
                let proves = exchange == Exchange::Token && self.lifecycle.config().dpop();
                let answer = if proves {
                    dpop::send(browser, &request, &self.app_origin).await
                } else {
                    browser.try_fetch(&request, &self.app_origin).await
                };
                let Some(mut answer) = answer else { return };
                if exchange == Exchange::Token {
                    self.last_exchange = Some(request);
                    if self.lose_answers > 0 {
                        self.lose_answers -= 1;
                        answer = Err(AuthError::new(Code::TenantUnreachable));
                    }
                }
                self.events.push_back(Event::Answered(flight, exchange, answer));
            }
            Command::CheckSignature(flight, check) => {
                self.events.push_back(Event::SignatureChecked(flight, Ok(is_valid(&check))));
            }
            Command::Leave { store, url, .. } => {
                self.stored.extend(store.map(|(state, text)| (state.expose().to_owned(), text)));
                self.left_for = Some(url);
            }
            Command::SendAndForget(request) => drop(browser.fetch(&request, &self.app_origin).await),
            Command::Keep(text) => self.kept = text,
            Command::ReturnTo(path) => self.path = Some(path),
            // Answers come at once here, so there is nothing to stop; and there is no other tab to tell.
            Command::ReleaseLock(_)
            | Command::Popup(..)
            | Command::CloseFrame(_)
            | Command::Abort(_)
            | Command::Announce(_)
            | Command::Provided(..)
            | Command::Settled(..) => {}
        }
    }
}

/// Checks a signature with another implementation than the browser's.
fn is_valid(check: &SignatureCheck) -> bool {
    let PublicKey::Rsa { n, e } = &check.key else { panic!("the tenant signs with RSA") };
    assert_eq!(check.algorithm.name(), "RS256");
    let key = DecodingKey::from_rsa_components(n, e).expect("the tenant's key");
    let signature = URL_SAFE_NO_PAD.encode(&check.signature);
    crypto::verify(&signature, check.message.as_bytes(), &key, Algorithm::RS256).expect("a signature in base64url")
}
