//! The session as signals, in a context.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use gloo_timers::callback::Interval;
use leptos::prelude::*;

use super::Watched;
use crate::browser::{ApiResponse, Driver, Listener, now, on_visibility_change};
#[cfg(feature = "audiences")]
use crate::protocol::audience::TokenRequest;
use crate::protocol::config::ClientConfig;
use crate::protocol::error::AuthError;
use crate::protocol::lifecycle::Lifecycle;
use crate::protocol::record::Record;
use crate::protocol::resource::ApiRequest;
use crate::protocol::secret::AccessToken;
use crate::protocol::session::{Claims, Generation, Phase, Tokens};
use crate::protocol::time::Timestamp;

/// How often the page's clock moves while the page is visible, in milliseconds.
const TICK_MILLIS: u32 = 250;

/// The session: read halves as signals, and named actions. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Auth {
    /// Where the lifecycle stands.
    pub phase: Watched<Phase>,
    /// The tokens in use.
    pub tokens: Watched<Option<Tokens>>,
    /// The claims of the generation before.
    pub previous_claims: Watched<Option<Claims>>,
    /// The latest generations, oldest first; the one in use has no end.
    pub generations: Watched<Vec<Generation>>,
    /// What happened, oldest first.
    pub records: Watched<Vec<Arc<Record>>>,
    /// The page's one clock. It stands still while the page is hidden, and jumps to the truth afterwards.
    pub now: Watched<Timestamp>,
    driver: StoredValue<Driver, LocalStorage>,
}

/// What tells the page that something has changed. What has changed is read from the lifecycle itself, so there is one truth.
#[derive(Clone)]
struct Changes {
    phase: ArcTrigger,
    generations: ArcTrigger,
    records: ArcTrigger,
}

/// What was told last.
#[derive(Default)]
struct Told {
    phase: Option<Phase>,
    generations: Vec<Generation>,
    record: Option<u64>,
}

impl Changes {
    fn new() -> Self {
        Self { phase: ArcTrigger::new(), generations: ArcTrigger::new(), records: ArcTrigger::new() }
    }

    /// Tells what has changed, and nothing else, so that nothing is drawn again without need.
    fn tell(&self, told: &mut Told, lifecycle: &Lifecycle) {
        if told.generations != lifecycle.generations() {
            told.generations = lifecycle.generations().to_vec();
            self.generations.notify();
        }
        let phase = lifecycle.phase();
        if told.phase.as_ref() != Some(&phase) {
            told.phase = Some(phase);
            self.phase.notify();
        }
        let record = lifecycle.records().last().map(|record| record.id);
        if told.record != record {
            told.record = record;
            self.records.notify();
        }
    }
}

/// What `look` sees of the lifecycle, seen again whenever `change` is told.
fn follow<T>(change: &ArcTrigger, driver: StoredValue<Driver, LocalStorage>, look: fn(&Lifecycle) -> T) -> Watched<T> {
    let change = change.clone();
    Watched::new(move || {
        change.track();
        driver.with_value(|driver| driver.with(look))
    })
}

/// Starts the lifecycle of `config` and provides it to everything below as [`use_auth`].
///
/// Call it before the router is set up: an answer of the tenant in the page's address is taken, and the address replaced,
/// before this returns. The lifecycle ends with the owner that this is called in.
pub fn provide_auth(config: ClientConfig) -> Auth {
    provide(|changed| Driver::start(config, changed))
}

/// As [`provide_auth`], with a tenant that is in this process: for tests of apps.
#[cfg(feature = "mock")]
pub fn provide_mock_auth(config: ClientConfig, tenant: &crate::mock::MockProvider) -> Auth {
    provide(|changed| Driver::start_mock(config, tenant, changed))
}

fn provide(start: impl FnOnce(Box<dyn Fn(&Lifecycle)>) -> Driver) -> Auth {
    let changes = Changes::new();
    let driver = StoredValue::new_local({
        let (changes, told) = (changes.clone(), RefCell::new(Told::default()));
        start(Box::new(move |lifecycle| changes.tell(&mut told.borrow_mut(), lifecycle)))
    });
    let clock = RwSignal::new(now());
    keep_ticking(clock);
    let auth = Auth {
        phase: follow(&changes.phase, driver, Lifecycle::phase),
        tokens: follow(&changes.generations, driver, |lifecycle| lifecycle.tokens().cloned()),
        previous_claims: follow(&changes.generations, driver, |lifecycle| lifecycle.previous_claims().cloned()),
        generations: follow(&changes.generations, driver, |lifecycle| lifecycle.generations().to_vec()),
        records: follow(&changes.records, driver, |lifecycle| lifecycle.records().to_vec()),
        now: clock.into(),
        driver,
    };
    provide_context(auth);
    auth
}

/// Moves the page's clock while the page is visible, as long as the present owner lives.
fn keep_ticking(clock: RwSignal<Timestamp>) {
    let tick = move || {
        // The owner may be gone by the time the timer fires.
        let _gone = clock.try_set(now());
    };
    let interval = StoredValue::new_local(Cell::new(Some(Interval::new(TICK_MILLIS, tick))));
    let listener: Option<Listener> = on_visibility_change(move |visible| {
        tick();
        interval.try_with_value(|interval| interval.set(visible.then(|| Interval::new(TICK_MILLIS, tick))));
    });
    let _listener = StoredValue::new_local(listener);
}

/// The session that [`provide_auth`] started.
///
/// # Panics
///
/// If `provide_auth` was not called in a component above.
#[must_use]
pub fn use_auth() -> Auth {
    expect_context::<Auth>()
}

impl Auth {
    /// Leaves for the tenant to sign in, and comes back to `return_to`, a path of this app.
    ///
    /// ```no_run
    /// # use silent_auth::leptos::use_auth;
    /// let auth = use_auth();
    /// auth.sign_in("/notes");
    /// ```
    pub fn sign_in(&self, return_to: &str) {
        self.driver.with_value(|driver| driver.sign_in(return_to));
    }

    /// Replaces the token now, or joins the renewal that is on its way. How it ends is told by the signals.
    ///
    /// ```no_run
    /// # use silent_auth::leptos::use_auth;
    /// use_auth().renew();
    /// ```
    pub fn renew(&self) {
        self.driver.with_value(Driver::begin_renewal);
    }

    /// As [`renew`](Self::renew), and waits for the end.
    ///
    /// ```no_run
    /// # use silent_auth::leptos::use_auth;
    /// # async fn example() {
    /// if let Err(error) = use_auth().renewed().await {
    ///     leptos::logging::log!("{error}");
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Why there are no new tokens. Those that were there stay until they expire.
    pub async fn renewed(&self) -> Result<(), AuthError> {
        let driver = self.driver.get_value();
        driver.renew().await
    }

    /// Signs in in a popup, which opens at once: call it in the click's handler, as [`Driver::sign_in_with_popup`] says.
    ///
    /// # Errors
    ///
    /// As there.
    #[cfg(feature = "popup")]
    pub fn sign_in_with_popup(&self) -> impl Future<Output = Result<(), AuthError>> + use<> {
        self.driver.with_value(Driver::sign_in_with_popup)
    }

    /// Signs out here and in every tab of this client, then at the tenant.
    ///
    /// ```no_run
    /// # use silent_auth::leptos::use_auth;
    /// use_auth().sign_out();
    /// ```
    pub fn sign_out(&self) {
        self.driver.with_value(Driver::sign_out);
    }

    /// The address that signs out at the tenant only: this app does not hear of it before its next renewal. `None` if the tenant has
    /// none for apps, or its addresses are not known yet.
    #[must_use]
    pub fn tenant_sign_out_url(&self) -> Option<String> {
        self.driver.with_value(|driver| driver.with(Lifecycle::tenant_sign_out_url))
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> ClientConfig {
        self.driver.with_value(|driver| driver.with(|lifecycle| lifecycle.config().clone()))
    }

    /// Sends a request to an API with the token, as [`Driver::fetch`] says.
    ///
    /// ```no_run
    /// # use silent_auth::leptos::use_auth;
    /// # async fn example() -> Result<(), silent_auth::protocol::error::AuthError> {
    /// use silent_auth::protocol::resource::ApiRequest;
    ///
    /// let notes = use_auth().fetch(&ApiRequest::get("https://api.example.com/notes")).await?;
    /// assert!(notes.ok());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn fetch(&self, request: &ApiRequest) -> Result<ApiResponse, AuthError> {
        let driver = self.driver.get_value();
        driver.fetch(request).await
    }

    /// An access token for another API, or with other scopes, as [`Driver::access_token_for`] says.
    ///
    /// # Errors
    ///
    /// As there.
    #[cfg(feature = "audiences")]
    pub async fn access_token_for(&self, request: &TokenRequest) -> Result<AccessToken, AuthError> {
        let driver = self.driver.get_value();
        driver.access_token_for(request).await
    }

    /// An access token that is good now; renews first if there is none.
    ///
    /// ```no_run
    /// # use silent_auth::leptos::use_auth;
    /// # async fn example() -> Result<(), silent_auth::protocol::error::AuthError> {
    /// let token = use_auth().access_token().await?;
    /// let header = format!("Bearer {}", token.expose());
    /// # let _ = header;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub async fn access_token(&self) -> Result<AccessToken, AuthError> {
        let driver = self.driver.get_value();
        driver.access_token().await
    }
}
