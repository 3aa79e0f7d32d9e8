//! What was read of the tenant's configuration, kept until any of it changes.
//!
//! One process has the store, and every change of these tables goes through [`Store::change`]: so what is kept here is
//! what a query would find, and whoever asks after a change was answered sees it.

use std::any::Any;
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard};

use sqlx::{Sqlite, SqlitePool, Transaction};

use super::{Store, StoreError};

/// The tables that are kept. None of them holds what expires.
const TABLES: [&str; 5] = ["sections", "clients", "apis", "client_grants", "consents"];
/// So many answers are kept at most: whoever asks for made-up names does not fill the memory.
const MOST: usize = 10_000;

/// What was asked for: the kind of answer, and its key, part by part.
type Key = (&'static str, Vec<String>);

/// Answers of the store that hold until the next change.
#[derive(Clone, Default)]
pub(super) struct Cache(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    answers: HashMap<Key, Arc<dyn Any + Send + Sync>>,
    /// Counts changes, so that what was read before one is not kept after it.
    changed: u64,
    /// Changes that began and are not known to have ended. Meanwhile nothing is kept, and nothing kept is used.
    under_way: usize,
    /// A table that was changed, and not by [`Store::change`].
    bypassed: Option<String>,
}

impl Cache {
    /// The answer that is kept under this key, or else what `read` finds.
    pub(super) async fn get<T: Clone + Send + Sync + 'static>(
        &self,
        kind: &'static str,
        key: &[&str],
        read: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let key: Key = (kind, key.iter().map(|part| (*part).to_owned()).collect());
        if cfg!(debug_assertions) {
            let bypassed = self.state().bypassed.take();
            assert_eq!(bypassed, None, "a table was changed, and not by `Store::change`");
        }
        let changed = {
            let state = self.state();
            let kept = state.answers.get(&key).filter(|_| state.under_way == 0);
            if let Some(answer) = kept.and_then(|answer| answer.downcast_ref::<T>()) {
                return Ok(answer.clone());
            }
            state.changed
        };
        let answer = read.await?;
        let mut state = self.state();
        if state.changed == changed && state.under_way == 0 {
            if state.answers.len() >= MOST {
                state.answers.clear();
            }
            state.answers.insert(key, Arc::new(answer.clone()));
        }
        Ok(answer)
    }

    /// Makes debug builds, and so every test, notice a change that bypasses [`Store::change`].
    pub(super) async fn watch(&self, writer: &SqlitePool) -> Result<(), sqlx::Error> {
        if cfg!(debug_assertions) {
            let cache = self.clone();
            writer.acquire().await?.lock_handle().await?.set_update_hook(move |update| {
                let mut state = cache.state();
                if TABLES.contains(&update.table) && state.under_way == 0 {
                    state.bypassed = Some(update.table.to_owned());
                }
            });
        }
        Ok(())
    }

    /// Forgets everything, as a change does.
    pub(super) fn clear(&self) {
        self.begin_change();
        self.end_change();
    }

    fn begin_change(&self) {
        self.state().under_way += 1;
    }

    fn end_change(&self) {
        let mut state = self.state();
        state.under_way -= 1;
        state.changed += 1;
        state.answers.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics while holding the cache")
    }
}

/// A commit that changes the configuration.
pub(super) struct Change {
    // First, so that it is dropped before the end of the change is awaited.
    transaction: Transaction<'static, Sqlite>,
    under_way: UnderWay,
}

impl Store {
    /// Reads the configuration anew from now on.
    pub(crate) fn reread(&self) {
        self.cache.clear();
    }

    /// Begins a commit that changes tables of the configuration.
    pub(super) async fn change(&self) -> Result<Change, StoreError> {
        self.cache.begin_change();
        let under_way = UnderWay { cache: self.cache.clone(), writer: self.writer.clone(), has_ended: false };
        Ok(Change { transaction: self.writer.begin().await?, under_way })
    }
}

impl Change {
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        self.transaction.commit().await?;
        self.under_way.has_ended = true;
        Ok(())
    }
}

impl Deref for Change {
    type Target = Transaction<'static, Sqlite>;

    fn deref(&self) -> &Self::Target {
        &self.transaction
    }
}

impl DerefMut for Change {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.transaction
    }
}

struct UnderWay {
    cache: Cache,
    writer: SqlitePool,
    has_ended: bool,
}

impl Drop for UnderWay {
    /// A change that nobody waits for any more may still be committed. The one connection that writes is free again
    /// only when it was, or was not.
    fn drop(&mut self) {
        let (cache, writer) = (self.cache.clone(), self.writer.clone());
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) if !self.has_ended => {
                runtime.spawn(async move {
                    let _free = writer.acquire().await;
                    cache.end_change();
                });
            }
            _ => cache.end_change(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Data;

    async fn store() -> Store {
        Store::open(&Data::Memory, false).await.expect("a store in memory")
    }

    async fn name(store: &Store) -> String {
        let read = async {
            let found = sqlx::query_scalar("SELECT body FROM sections WHERE name = 'x'").fetch_optional(&store.reader);
            Ok(found.await?.unwrap_or_else(|| "none".to_owned()))
        };
        store.cache.get("name", &["x"], read).await.expect("read")
    }

    async fn put(change: &mut Change, body: &str) {
        let statement = "INSERT INTO sections VALUES ('x', $1) ON CONFLICT (name) DO UPDATE SET body = $1";
        sqlx::query(statement).bind(body.to_owned()).execute(&mut **change.deref_mut()).await.expect("written");
    }

    fn kept(store: &Store) -> usize {
        store.cache.state().answers.len()
    }

    #[tokio::test]
    async fn what_is_kept_ends_with_a_change() {
        let store = store().await;
        assert_eq!((name(&store).await.as_str(), kept(&store)), ("none", 1));
        let mut change = store.change().await.expect("begun");
        put(&mut change, "first").await;
        change.commit().await.expect("committed");
        assert_eq!((name(&store).await.as_str(), kept(&store)), ("first", 1));
        let not_asked = async { Ok("asked again".to_owned()) };
        assert_eq!(store.cache.get("name", &["x"], not_asked).await.expect("kept"), "first");
    }

    /// A query that began before a change and is answered after it found the old state: it is not kept.
    #[tokio::test]
    async fn what_was_read_before_a_change_is_not_kept_after_it() {
        let store = store().await;
        let overtaken = store.cache.get("name", &["x"], async {
            let mut change = store.change().await.expect("begun");
            put(&mut change, "new").await;
            change.commit().await.expect("committed");
            Ok("old".to_owned())
        });
        assert_eq!(overtaken.await.expect("read"), "old");
        assert_eq!((kept(&store), name(&store).await.as_str()), (0, "new"));
    }

    /// Whoever asked for a change may hang up; until it is known what became of it, nothing is kept.
    #[tokio::test]
    async fn an_abandoned_change_ends_when_the_writer_is_free() {
        let store = store().await;
        let mut change = store.change().await.expect("begun");
        put(&mut change, "never").await;
        drop(change);
        assert_eq!(store.cache.state().under_way, 1);
        while store.cache.state().under_way > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!((name(&store).await.as_str(), kept(&store)), ("none", 1), "it was rolled back");
    }

    #[tokio::test]
    #[should_panic(expected = "was changed, and not by `Store::change`")]
    async fn a_change_that_bypasses_is_noticed() {
        let store = store().await;
        sqlx::query("INSERT INTO sections VALUES ('x', '{}')").execute(&store.writer).await.expect("written");
        name(&store).await;
    }

    #[tokio::test]
    async fn made_up_names_do_not_fill_the_memory() {
        let store = store().await;
        for made_up in 0..=MOST {
            store.cache.get("name", &[&made_up.to_string()], async { Ok(()) }).await.expect("read");
        }
        assert!(kept(&store) <= MOST);
    }
}
