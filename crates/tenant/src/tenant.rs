//! The tenant as a value: everything a request needs, opened once and shared.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use crate::addresses::Addresses;
use crate::attempts::Attempts;
use crate::clock::{Clock, SystemClock, Timestamp};
use crate::dashboard;
use crate::decisions::Decisions;
use crate::keys::{self, KeyError, MakeKey, SigningKeys};
use crate::lab::Lab;
use crate::logout::backchannel;
use crate::logs::{LogEntry, LogWriter};
use crate::passwords::{PasswordProfile, Passwords};
use crate::rate_limit::Calls;
use crate::secret::{Secret, StampKey};
use crate::store::{Data, Store, StoreError};
use crate::tenant_file::TenantFile;

/// How a tenant is opened.
pub struct Settings {
    /// What to put into the store.
    pub file: TenantFile,
    /// Where the store is. Default: in memory.
    pub data: Data,
    /// Whether to throw the store's content away first. Default false.
    pub reset: bool,
    /// Whether the lab's endpoints exist. Default false.
    pub lab: bool,
    /// The port that the tenant's addresses have. Default 4000.
    pub tenant_port: u16,
    /// The port that the app's addresses have. Default 3000.
    pub app_port: u16,
    /// The port that the tenant's addresses have over TLS. Default: none, so there are no such addresses.
    pub tenant_tls_port: Option<u16>,
    /// The port that the app's addresses have over TLS. Default: none.
    pub app_tls_port: Option<u16>,
    /// The built app to serve, if any.
    pub app: Option<AppFolder>,
    /// The clock that everything asks. Default: the machine's.
    pub clock: Arc<dyn Clock>,
    /// How much work password hashes are. Default: [`PasswordProfile::Standard`].
    pub passwords: PasswordProfile,
    /// The dashboard's password at the first start. Default: one is made, see [`Tenant::first_admin_password`].
    pub admin_password: Option<Secret>,
    /// The longest that an authorization request may wait for the store. Default 4 s.
    pub answer_within: Duration,
    /// Makes signing keys, at the first start and at each rotation.
    make_key: MakeKey,
}

impl Settings {
    /// The defaults, for this tenant file.
    #[must_use]
    pub fn new(file: TenantFile) -> Self {
        Self {
            file,
            data: Data::Memory,
            reset: false,
            lab: false,
            tenant_port: 4000,
            app_port: 3000,
            tenant_tls_port: None,
            app_tls_port: None,
            app: None,
            clock: Arc::new(SystemClock),
            passwords: PasswordProfile::Standard,
            admin_password: None,
            answer_within: Duration::from_secs(4),
            make_key: Arc::new(keys::generate),
        }
    }

    /// For tests: the built-in tenant in memory with `clock`, the lab on, passwords hashed with next to no
    /// work, and the same signing keys in the same order for the whole test run.
    #[must_use]
    pub fn for_tests(clock: Arc<dyn Clock>) -> Self {
        static KEYS: Mutex<Vec<Secret>> = Mutex::new(Vec::new());
        let made = AtomicUsize::new(0);
        Self {
            lab: true,
            clock,
            passwords: PasswordProfile::QuickForTests,
            make_key: Arc::new(move || {
                let mut keys = KEYS.lock().expect("making a key does not panic");
                let index = made.fetch_add(1, Ordering::Relaxed);
                while keys.len() <= index {
                    keys.push(keys::generate());
                }
                keys[index].clone()
            }),
            ..Self::new(TenantFile::built_in())
        }
    }
}

/// A built app and the providers its page may talk to.
#[derive(Clone, Debug)]
pub struct AppFolder {
    /// The folder that holds `index.html`.
    pub folder: PathBuf,
    /// Origins of further providers that the page's policy names.
    pub providers: Vec<String>,
}

/// Why a tenant cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store is unusable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no signing key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// An open tenant. Cloning it is cheap and gives the same tenant.
#[derive(Clone)]
pub struct Tenant(Arc<Inner>);

/// A tenant that may be gone: what its own tasks hold, so that they do not keep it.
pub(crate) struct WeakTenant(Weak<Inner>);

impl WeakTenant {
    pub(crate) fn upgrade(&self) -> Option<Tenant> {
        self.0.upgrade().map(Tenant)
    }
}

struct Inner {
    store: Arc<Store>,
    addresses: Addresses,
    keys: SigningKeys,
    stamps: StampKey,
    passwords: Passwords,
    attempts: Attempts,
    delegation_calls: Calls,
    client_failures: Calls,
    decisions: Decisions,
    logs: LogWriter,
    logout_sender: backchannel::Sender,
    clock: Arc<dyn Clock>,
    lab: Option<Lab>,
    app: Option<AppFolder>,
    answer_within: Duration,
    first_admin_password: Option<Secret>,
    secrets_made: Vec<Secret>,
}

impl Tenant {
    /// Opens the store, adds what the tenant file has and the store lacks, and reads or makes the keys.
    ///
    /// # Errors
    /// When the store cannot be used or its signing key cannot be read.
    pub async fn open(settings: Settings) -> Result<Self, OpenError> {
        let now = settings.clock.now();
        let passwords = Passwords::new(settings.passwords);
        let store = Arc::new(Store::open(&settings.data, settings.reset).await?);
        let added = store.seed(&settings.file, &passwords).await?;
        let made = settings.file.secrets_made.into_iter().filter(|(whose, _)| added.contains(whose));
        let secrets_made = made.map(|(_, sentence)| sentence).collect();
        store.purge(now).await?;
        let first_admin_password = dashboard::make_admin(&store, &passwords, settings.admin_password).await?;
        let keys = SigningKeys::load(Arc::clone(&store), now, settings.make_key).await?;
        for alg in store.signing_algs().await? {
            keys.prepare(alg, now).await?;
        }
        let stamps = StampKey::new(&store.server_secret("forms").await?);
        let addresses = Addresses::new(store.domains().await?, settings.tenant_port, settings.app_port)
            .with_tls(settings.tenant_tls_port, settings.app_tls_port);
        let (logout_sender, woken) = backchannel::Sender::channel();
        let tenant = Self(Arc::new(Inner {
            logs: LogWriter::start(Arc::clone(&store)).await?,
            store,
            addresses,
            keys,
            stamps,
            passwords,
            attempts: Attempts::default(),
            delegation_calls: Calls::default(),
            client_failures: Calls::default(),
            decisions: Decisions::default(),
            clock: settings.clock,
            lab: settings.lab.then(Lab::default),
            app: settings.app,
            answer_within: settings.answer_within,
            first_admin_password,
            secrets_made,
            logout_sender,
        }));
        // What an earlier start could not send goes out now.
        tokio::spawn(backchannel::run(WeakTenant(Arc::downgrade(&tenant.0)), woken));
        Ok(tenant)
    }

    /// A tenant with [`Settings::for_tests`].
    ///
    /// # Panics
    /// When the in-memory store cannot be opened.
    pub async fn for_tests(clock: Arc<dyn Clock>) -> Self {
        Self::open(Settings::for_tests(clock)).await.expect("an in-memory tenant opens")
    }

    /// The addresses it answers at.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.0.addresses
    }

    /// The tenant's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Whether the lab's endpoints exist.
    #[must_use]
    pub fn has_lab(&self) -> bool {
        self.0.lab.is_some()
    }

    /// The dashboard's password, if this start made one. It is to be shown once: the store keeps its hash alone.
    #[must_use]
    pub fn first_admin_password(&self) -> Option<&Secret> {
        self.0.first_admin_password.as_ref()
    }

    /// Sentences that tell the secrets that this start made for clients and APIs of the tenant file, which lacks them. To be
    /// shown once: they are those that were stored.
    #[must_use]
    pub fn secrets_made(&self) -> &[Secret] {
        &self.0.secrets_made
    }

    /// Stores what is still in memory and closes the store. Requests after that fail.
    pub async fn close(&self) {
        self.0.logs.flush().await;
        self.0.store.close().await;
    }

    /// Removes what has expired from the store. Worth calling once an hour.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn purge(&self) -> Result<(), StoreError> {
        self.0.store.purge(self.now()).await?;
        self.0.logout_sender.wake();
        Ok(())
    }

    /// Reads its configuration anew from the store: for whoever changed that behind the tenant's back.
    pub fn reread(&self) {
        self.0.store.reread();
    }

    /// Sends every logout notice that is due (OpenID Connect Back-Channel Logout 1.0), and returns once each was tried. The
    /// tenant does so by itself; this is for whoever has to know when.
    pub async fn send_logout_notices(&self) {
        self.0.logout_sender.flush().await;
    }

    /// What the lab keeps, if there is one.
    pub(crate) fn lab(&self) -> Option<&Lab> {
        self.0.lab.as_ref()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn keys(&self) -> &SigningKeys {
        &self.0.keys
    }

    pub(crate) fn stamps(&self) -> &StampKey {
        &self.0.stamps
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    pub(crate) fn attempts(&self) -> &Attempts {
        &self.0.attempts
    }

    /// Failed proofs of clients at the token endpoint and those like it.
    pub(crate) fn client_failures(&self) -> &Calls {
        &self.0.client_failures
    }

    pub(crate) fn delegation_calls(&self) -> &Calls {
        &self.0.delegation_calls
    }

    pub(crate) fn decisions(&self) -> &Decisions {
        &self.0.decisions
    }

    pub(crate) fn log(&self, entry: LogEntry) {
        self.0.logs.add(entry, self.now());
    }

    pub(crate) fn logout_sender(&self) -> &backchannel::Sender {
        &self.0.logout_sender
    }

    pub(crate) async fn flush_logs(&self) {
        self.0.logs.flush().await;
    }

    pub(crate) fn app(&self) -> Option<&AppFolder> {
        self.0.app.as_ref()
    }

    pub(crate) fn answer_within(&self) -> Duration {
        self.0.answer_within
    }
}
