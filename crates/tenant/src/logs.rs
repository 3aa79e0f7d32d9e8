//! Tenant log entries in Auth0's shape, written to the store in batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::clock::{Timestamp, iso};
use crate::model::{CONNECTION, Client};
use crate::store::{Store, StoreError};
use crate::visit::Visit;

/// Entries are in the store at most this long after the answer they tell of.
const FLUSH_EVERY: Duration = Duration::from_millis(100);

/// The type of an entry, by Auth0's codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogType {
    LoginSucceeded,
    LoginFailed,
    WrongPassword,
    UnknownUser,
    TooManyAttempts,
    TooManyAttemptsFromNetwork,
    SecondFactorSucceeded,
    SecondFactorFailed,
    TooManyOneTimeCodes,
    SilentAuthSucceeded,
    SilentAuthFailed,
    CodeExchanged,
    CodeExchangeFailed,
    PasswordExchanged,
    PasswordExchangeFailed,
    ClientCredentialsExchanged,
    ClientCredentialsExchangeFailed,
    RefreshTokenExchanged,
    RefreshTokenExchangeFailed,
    RefreshTokenReused,
    RefreshTokenRevoked,
    TokenExchanged,
    TokenExchangeFailed,
    LoggedOut,
    LogoutFailed,
    BackchannelLogoutSucceeded,
    BackchannelLogoutFailed,
    DelegationSucceeded,
    DelegationFailed,
    TooManyDelegations,
    DeprecationNotice,
    OriginRefused,
    ManagementSucceeded,
    ManagementFailed,
    ManagementSecretsRead,
}

impl LogType {
    /// The code in `type`.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::LoginSucceeded => "s",
            Self::LoginFailed => "f",
            Self::WrongPassword => "fp",
            Self::UnknownUser => "fu",
            Self::TooManyAttempts => "limit_wc",
            Self::TooManyAttemptsFromNetwork => "limit_mu",
            Self::SecondFactorSucceeded => "gd_auth_succeed",
            Self::SecondFactorFailed => "gd_auth_failed",
            Self::TooManyOneTimeCodes => "gd_otp_rate_limit_exceed",
            Self::SilentAuthSucceeded => "ssa",
            Self::SilentAuthFailed => "fsa",
            Self::CodeExchanged => "seacft",
            Self::CodeExchangeFailed => "feacft",
            Self::PasswordExchanged => "sepft",
            Self::PasswordExchangeFailed => "fepft",
            Self::ClientCredentialsExchanged => "seccft",
            Self::ClientCredentialsExchangeFailed => "feccft",
            Self::RefreshTokenExchanged => "sertft",
            Self::RefreshTokenExchangeFailed => "fertft",
            Self::RefreshTokenReused => "ferrt",
            Self::RefreshTokenRevoked => "srrt",
            Self::TokenExchanged => "secte",
            Self::TokenExchangeFailed => "fecte",
            Self::LoggedOut => "slo",
            Self::LogoutFailed => "flo",
            Self::BackchannelLogoutSucceeded => "oidc_backchannel_logout_succeeded",
            Self::BackchannelLogoutFailed => "oidc_backchannel_logout_failed",
            Self::DelegationSucceeded => "sd",
            Self::DelegationFailed => "fd",
            Self::TooManyDelegations => "limit_delegation",
            Self::DeprecationNotice => "depnote",
            Self::OriginRefused => "fco",
            Self::ManagementSucceeded => "sapi",
            Self::ManagementFailed => "fapi",
            Self::ManagementSecretsRead => "mgmt_api_read",
        }
    }
}

/// An entry before it has an id.
pub(crate) struct LogEntry {
    kind: LogType,
    body: serde_json::Map<String, Value>,
}

impl LogEntry {
    /// An entry about this request.
    pub(crate) fn new(kind: LogType, visit: &Visit, description: impl Into<String>) -> Self {
        let mut entry = Self::begun(kind, &visit.address.authority, description.into());
        entry.put("ip", json!(visit.ip));
        entry.put("user_agent", json!(visit.user_agent));
        entry
    }

    /// An entry about something that the tenant does by itself, as `issuer`.
    pub(crate) fn of_tenant(kind: LogType, issuer: &str, description: impl Into<String>) -> Self {
        let host = issuer.split_once("://").map_or(issuer, |(_, rest)| rest).trim_end_matches('/');
        Self::begun(kind, host, description.into())
    }

    fn begun(kind: LogType, hostname: &str, description: String) -> Self {
        let mut entry = Self { kind, body: serde_json::Map::new() };
        entry.put("type", json!(kind.code()));
        entry.put("description", json!(description));
        entry.put("hostname", json!(hostname));
        entry.put("tenant_name", json!("silent-auth"));
        entry.put("environment_name", json!("local"));
        entry.put("isMobile", json!(false));
        entry.put("connection_id", json!(""));
        entry
    }

    /// Names the client, if it is known.
    pub(crate) fn client(mut self, client: Option<&Client>) -> Self {
        if let Some(client) = client {
            self.put("client_id", json!(client.client_id));
            self.put("client_name", json!(client.name));
        }
        self
    }

    pub(crate) fn user(mut self, user_id: &str, user_name: &str) -> Self {
        self.put("user_id", json!(user_id));
        self.put("user_name", json!(user_name));
        self.put("connection", json!(CONNECTION));
        self.put("strategy", json!("auth0"));
        self.put("strategy_type", json!("database"));
        self
    }

    pub(crate) fn audience_and_scope(mut self, audience: Option<&str>, scope: Option<&str>) -> Self {
        self.put("audience", json!(audience));
        self.put("scope", json!(scope));
        self
    }

    pub(crate) fn details(mut self, details: Value) -> Self {
        self.put("details", details);
        self
    }

    fn put(&mut self, name: &str, value: Value) {
        self.body.insert(name.into(), value);
    }
}

/// What the ids of entries of this moment begin with; earlier ones are smaller.
pub(crate) fn first_id_of(moment: Timestamp) -> String {
    format!("900{}", moment.strftime("%Y%m%d%H%M%S%3f"))
}

/// How many digits of an entry's id are its running number.
const RUNNING_DIGITS: usize = 36;

enum Message {
    Entry(String, &'static str, Value),
    Flush(oneshot::Sender<()>),
}

/// Takes entries without waiting; a task of its own stores them.
pub(crate) struct LogWriter {
    sender: mpsc::UnboundedSender<Message>,
    next: AtomicU64,
}

impl LogWriter {
    /// Goes on counting where the latest entry of the store is: a clock that was put back brings no id twice.
    pub(crate) async fn start(store: Arc<Store>) -> Result<Self, StoreError> {
        let latest = store.latest_log_id().await?;
        let running_number =
            latest.as_deref().and_then(|id| id.get(id.len().checked_sub(RUNNING_DIGITS)?..)?.parse().ok());
        let next = running_number.map_or(0, |number: u64| number + 1);
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(write(store, receiver));
        Ok(Self { sender, next: AtomicU64::new(next) })
    }

    pub(crate) fn add(&self, entry: LogEntry, now: Timestamp) {
        let log_id = self.id(now);
        let mut body = serde_json::Map::new();
        body.insert("date".into(), json!(iso(now)));
        body.extend(entry.body);
        body.insert("log_id".into(), json!(log_id));
        body.insert("_id".into(), json!(log_id));
        // The writer ends only when the tenant does; an entry after that has no reader.
        let _ = self.sender.send(Message::Entry(log_id, entry.kind.code(), Value::Object(body)));
    }

    /// Waits until everything added so far is in the store.
    pub(crate) async fn flush(&self) {
        let (done, stored) = oneshot::channel();
        if self.sender.send(Message::Flush(done)).is_ok() {
            let _ = stored.await;
        }
    }

    /// `900`, the time and a running number: grows with time, also within one millisecond.
    fn id(&self, now: Timestamp) -> String {
        format!("{}{:0RUNNING_DIGITS$}", first_id_of(now), self.next.fetch_add(1, Ordering::Relaxed))
    }
}

async fn write(store: Arc<Store>, mut receiver: mpsc::UnboundedReceiver<Message>) {
    let mut entries = Vec::new();
    let mut due = tokio::time::interval(FLUSH_EVERY);
    due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let waiting = tokio::select! {
            message = receiver.recv() => match message {
                Some(Message::Entry(log_id, kind, body)) => {
                    entries.push((log_id, kind, body));
                    continue;
                }
                Some(Message::Flush(done)) => Some(done),
                None => break,
            },
            _ = due.tick(), if !entries.is_empty() => None,
        };
        store_all(&store, &mut entries).await;
        if let Some(done) = waiting {
            let _ = done.send(());
        }
    }
    store_all(&store, &mut entries).await;
}

async fn store_all(store: &Store, entries: &mut Vec<(String, &'static str, Value)>) {
    if entries.is_empty() {
        return;
    }
    if let Err(error) = store.add_logs(entries).await {
        eprintln!("tenant: {} log entries are lost: {error}", entries.len());
    }
    entries.clear();
}
