//! The embedded store: SQLite, durable before an answer goes out.

mod access_tokens;
mod admins;
mod ageing;
mod cache;
mod client_assertions;
mod codes;
mod commits;
mod consents;
mod dpop_proofs;
mod keys;
mod log_search;
mod logins;
mod logout_notices;
mod logs;
mod mfa_tokens;
mod migrations;
mod objects;
mod one_time_codes;
mod partitioned_sessions;
mod people;
mod refresh_tokens;
mod registry;
mod revocation;
mod seed;
mod sessions;
mod settings;

pub(crate) use access_tokens::{AccessTokenRecord, Bought, NewAccessToken};
pub(crate) use codes::{CodeRecord, NewCode, Redemption};
pub(crate) use consents::{CONSENT_ID, Consent};
pub(crate) use keys::StoredKey;
pub(crate) use log_search::{FoundLogs, LogOrder, LogPage};
pub(crate) use logins::{AskedConsent, PendingLogin, Progress};
pub(crate) use logout_notices::{LogoutNotice, SessionClient};
pub(crate) use mfa_tokens::MfaToken;
pub(crate) use objects::Registry;
pub(crate) use one_time_codes::Spent;
pub(crate) use partitioned_sessions::{NewPartitionedSession, Partition, PartitionedSession};
pub(crate) use people::Renewing;
pub(crate) use refresh_tokens::{NewFamily, RefreshTerms, RefreshToken, Renewal, Renewed};
pub(crate) use revocation::Revoked;
pub(crate) use sessions::{EndedSession, SessionRecord, SessionWithUser};
pub(crate) use settings::{SettingsChange, SettingsError};

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::clock::Timestamp;
use crate::logs::first_id_of;

/// Where the tenant keeps what it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// Nowhere: everything is gone when the tenant stops.
    Memory,
    /// In this folder, made if it is missing.
    Folder(PathBuf),
}

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be made or written to.
    #[error(
        "the data folder {folder} cannot be used: {source}. Choose another with --data, or change who may write there."
    )]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// There is no tenant in the folder.
    #[error("the data folder {0} holds no tenant yet. Start one with `tenant serve --data`, or name its folder.")]
    NoTenant(PathBuf),
    /// Another tenant has the folder open.
    #[error("the data folder {0} is in use by another tenant. Stop that one, or choose another folder with --data.")]
    InUse(PathBuf),
    /// The file is no database, or a damaged one.
    #[error(
        "the database {file} cannot be read ({reason}). Start with --reset to make it anew, or put a copy in its place."
    )]
    Corrupt {
        /// The database file.
        file: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// A query failed.
    #[error("the store did not answer: {0}")]
    Query(#[from] sqlx::Error),
    /// A row holds something that cannot be read back.
    #[error("the store holds an unreadable {what}: {source}")]
    Unreadable {
        /// What was read.
        what: &'static str,
        /// Why it could not be.
        source: serde_json::Error,
    },
    /// A write, or one that it shared a commit with, failed; the error output says why.
    #[error("the store could not commit")]
    NotCommitted,
    /// The store took longer than an answer may take.
    #[error("the store did not answer in time")]
    TooSlow,
}

/// The open store. One connection writes, so that writes queue here and never collide in SQLite; several read.
pub(crate) struct Store {
    reader: SqlitePool,
    writer: SqlitePool,
    cache: cache::Cache,
    commits: commits::Commits,
    /// Held as long as the store is open; the operating system lets go of it when the process ends.
    lock: Option<File>,
}

const DATABASE: &str = "tenant.db";
/// Log entries are kept this long, as on the vendor's largest plan.
const LOG_RETENTION_DAYS: i64 = 30;

impl Store {
    /// Opens the store and brings its schema up to date. With `reset`, throws away what it holds first.
    pub(crate) async fn open(data: &Data, reset: bool) -> Result<Self, StoreError> {
        match data {
            Data::Memory => {
                let options = SqliteConnectOptions::new().in_memory(true);
                let only = pool(1).connect_with(options).await?;
                migrations::run(&only).await?;
                Self::of(only.clone(), only, None).await
            }
            Data::Folder(folder) => {
                let lock = lock(folder)?;
                let file = folder.join(DATABASE);
                if reset {
                    remove(folder)?;
                }
                let options = SqliteConnectOptions::new()
                    .filename(&file)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    // In WAL mode only FULL waits for the disk at each commit: what was answered stays.
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(5));
                let corrupt =
                    |error: sqlx::Error| StoreError::Corrupt { file: file.clone(), reason: error.to_string() };
                let writer = pool(1).connect_with(options.clone()).await.map_err(corrupt)?;
                migrations::run(&writer).await.map_err(corrupt)?;
                let found: String =
                    sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&writer).await.map_err(corrupt)?;
                if found != "ok" {
                    return Err(StoreError::Corrupt { file, reason: found });
                }
                let reader = pool(4).connect_with(options.read_only(true)).await.map_err(corrupt)?;
                Self::of(reader, writer, Some(lock)).await
            }
        }
    }

    async fn of(reader: SqlitePool, writer: SqlitePool, lock: Option<File>) -> Result<Self, StoreError> {
        let cache = cache::Cache::default();
        cache.watch(&writer).await?;
        let commits = commits::Commits::start(writer.clone());
        Ok(Self { reader, writer, cache, commits, lock })
    }

    /// Opens a store that is there already.
    pub(crate) async fn open_existing(folder: &Path) -> Result<Self, StoreError> {
        if !folder.join(DATABASE).is_file() {
            return Err(StoreError::NoTenant(folder.to_owned()));
        }
        Self::open(&Data::Folder(folder.to_owned()), false).await
    }

    /// Removes what expired before `now` and nobody can ask for any more.
    pub(crate) async fn purge(&self, now: Timestamp) -> Result<(), StoreError> {
        let settings = self.tenant_settings().await?;
        // A day's grace, so that an answer can still say "expired" in place of "unknown".
        let before = now.as_millisecond() - 86_400_000;
        for statement in [
            "DELETE FROM codes WHERE expires_at < $1",
            "DELETE FROM logins WHERE expires_at < $1",
            "DELETE FROM client_assertions WHERE expires_at < $1",
            "DELETE FROM mfa_tokens WHERE expires_at < $1",
            "DELETE FROM admin_sessions WHERE began_at < $1",
            "DELETE FROM access_tokens WHERE expires_at < $1",
            // A replaced token stays as long as its family: presented again, it tells of a theft.
            "DELETE FROM refresh_families WHERE expires_at < $1 OR revoked_at < $1",
        ] {
            sqlx::query(statement).bind(before).execute(&self.writer).await?;
        }
        // No answer tells a used proof from an expired one.
        let statement = "DELETE FROM dpop_proofs WHERE expires_at < $1";
        sqlx::query(statement).bind(now.as_millisecond()).execute(&self.writer).await?;
        self.tell_of_expired_sessions(&settings, now).await?;
        let oldest_log = first_id_of(now - SignedDuration::from_hours(LOG_RETENTION_DAYS * 24));
        sqlx::query("DELETE FROM logs WHERE log_id < $1").bind(oldest_log).execute(&self.writer).await?;
        let absolute_limit = i64::try_from(settings.absolute_limit().as_millis()).unwrap_or(i64::MAX);
        sqlx::query("DELETE FROM sessions WHERE authenticated_at < $1")
            .bind(before.saturating_sub(absolute_limit))
            .execute(&self.writer)
            .await?;
        sqlx::query("DELETE FROM partitioned_sessions WHERE sid NOT IN (SELECT sid FROM sessions)")
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Closes every connection and lets go of the folder; whatever is asked afterwards fails.
    pub(crate) async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
        if let Some(lock) = &self.lock {
            // If that fails, the lock goes with the process.
            let _ = lock.unlock();
        }
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    // Connections of an in-memory store must never be dropped: the store would go with them.
    SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        // A connection to a file does not go away by itself: to ask it first would double what each query costs.
        .test_before_acquire(false)
}

fn lock(folder: &Path) -> Result<File, StoreError> {
    let unusable = |source| StoreError::Folder { folder: folder.to_owned(), source };
    make_private_folder(folder).map_err(unusable)?;
    let file = File::create(folder.join("lock")).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse(folder.to_owned())),
        Err(std::fs::TryLockError::Error(source)) => Err(unusable(source)),
    }
}

/// The folder holds signing keys and client secrets: nobody else on the machine may look in.
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn remove(folder: &Path) -> Result<(), StoreError> {
    for name in [DATABASE, "tenant.db-wal", "tenant.db-shm"] {
        match std::fs::remove_file(folder.join(name)) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::Folder { folder: folder.to_owned(), source });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Reads a JSON column.
fn read_json<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|source| StoreError::Unreadable { what, source })
}

/// Writes a JSON column. The values are our own types with text keys, which always serialise.
fn write_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("our own types serialise")
}
