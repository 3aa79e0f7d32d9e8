//! Group commit: what many requests store at the same time goes to the disk once.
//!
//! Waiting for the disk is the dearest part of a write. While one commit is on its way to it, the writes of other requests
//! gather, and are the next commit. Nobody is answered before the commit that holds the own write. A write that
//! began ends, whether anybody still waits for it or not.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{QueryBuilder, Sqlite, SqlitePool, Transaction};
use tokio::sync::{mpsc, oneshot};

use super::codes::CodeRow;
use super::{Store, StoreError};
use crate::clock::Timestamp;

/// So many writes share a commit at most.
const MOST: usize = 256;
/// How many codes go into one statement: a few sizes, so that a few prepared statements do for any number.
const CODES_AT_ONCE: [usize; 3] = [32, 8, 1];

type Work = Box<dyn for<'b> FnOnce(&'b mut Batch) -> BoxFuture<'b, Result<Answer, StoreError>> + Send>;
/// Tells whoever waits for a write that it is stored.
type Answer = Box<dyn FnOnce() + Send>;

/// Takes writes; a task of its own stores them.
pub(super) struct Commits(mpsc::UnboundedSender<Work>);

/// What shares a commit.
pub(super) struct Batch {
    pub(super) transaction: Transaction<'static, Sqlite>,
    /// New codes. No other write of the batch can name one of them: nobody has been told.
    pub(super) codes: Vec<CodeRow>,
    /// When sessions were last used, by `sid`.
    pub(super) last_used: HashMap<String, Timestamp>,
}

impl Commits {
    pub(super) fn start(writer: SqlitePool) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(run(writer, receiver));
        Self(sender)
    }
}

impl Store {
    /// Does `work` in a commit that others may share, and returns what it found once that is on the disk.
    ///
    /// If any write of the commit fails in the store itself, none of them is stored.
    pub(super) async fn commit<T: Send + 'static>(
        &self,
        work: impl for<'b> FnOnce(&'b mut Batch) -> BoxFuture<'b, Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = oneshot::channel();
        let work: Work = Box::new(move |batch| {
            Box::pin(async move {
                let found = work(batch).await?;
                // Whoever hung up is told nothing.
                Ok(Box::new(move || drop(sender.send(found))) as Answer)
            })
        });
        self.commits.0.send(work).map_err(|_| StoreError::NotCommitted)?;
        receiver.await.map_err(|_| StoreError::NotCommitted)
    }
}

async fn run(writer: SqlitePool, mut waiting: mpsc::UnboundedReceiver<Work>) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, MOST).await > 0 {
        // Those whose answer is dropped learn that nothing was stored.
        match AssertUnwindSafe(store(&writer, batch.drain(..))).catch_unwind().await {
            Ok(Ok(answers)) => answers.into_iter().for_each(|answer| answer()),
            Ok(Err(error)) => eprintln!("tenant: a commit failed: {error}"),
            Err(_) => eprintln!("tenant: a commit was given up"),
        }
    }
}

async fn store(writer: &SqlitePool, works: impl Iterator<Item = Work>) -> Result<Vec<Answer>, StoreError> {
    let mut batch = Batch { transaction: writer.begin().await?, codes: Vec::new(), last_used: HashMap::new() };
    let mut answers = Vec::new();
    for work in works {
        answers.push(work(&mut batch).await?);
    }
    batch.finish().await?;
    Ok(answers)
}

impl Batch {
    /// Writes the rows that were gathered, and commits.
    async fn finish(mut self) -> Result<(), StoreError> {
        let mut rest = self.codes.as_slice();
        for size in CODES_AT_ONCE {
            while let Some((some, others)) = rest.split_at_checked(size) {
                let mut statement = QueryBuilder::new("INSERT INTO codes (code_hash, body, sid, expires_at) ");
                statement.push_values(some, |mut row, code| {
                    let expires_at = code.expires_at.as_millisecond();
                    row.push_bind(code.hash.as_str()).push_bind(&code.body).push_bind(&code.sid).push_bind(expires_at);
                });
                statement.build().execute(&mut *self.transaction).await?;
                rest = others;
            }
        }
        for (sid, last_used) in &self.last_used {
            sqlx::query("UPDATE sessions SET last_used_at = $1 WHERE sid = $2")
                .bind(last_used.as_millisecond())
                .bind(sid)
                .execute(&mut *self.transaction)
                .await?;
        }
        self.transaction.commit().await?;
        Ok(())
    }
}
