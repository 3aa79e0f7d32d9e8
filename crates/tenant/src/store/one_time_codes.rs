//! One-time codes that were used: each is good once.

use sqlx::{Sqlite, Transaction};

use super::{Store, StoreError};
use crate::secret::Hash;

/// What came of using a one-time code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Spent {
    /// It was good, and is spent now.
    Now,
    /// It, or a later one, was spent before.
    Before,
    /// The page that it was typed into, or the token that it came with, was used already.
    PageUsed,
}

impl Store {
    /// Spends the user's code of this time step and ends the page it was typed into, in one commit. A page whose code was
    /// spent before stays open for the next one.
    pub(crate) async fn spend_one_time_code(
        &self,
        page: &Hash,
        user_id: &str,
        time_step: i64,
    ) -> Result<Spent, StoreError> {
        let mut transaction = self.writer.begin().await?;
        if !spend(&mut transaction, user_id, time_step).await? {
            return Ok(Spent::Before);
        }
        let open =
            sqlx::query("DELETE FROM logins WHERE id_hash = $1").bind(page.as_str()).execute(&mut *transaction).await?;
        if open.rows_affected() == 0 {
            return Ok(Spent::PageUsed);
        }
        transaction.commit().await?;
        Ok(Spent::Now)
    }
}

/// Spends a code within a commit that does more; false if it, or a later one, was spent before.
pub(super) async fn spend(
    transaction: &mut Transaction<'_, Sqlite>,
    user_id: &str,
    time_step: i64,
) -> Result<bool, StoreError> {
    let first = sqlx::query(
        "INSERT INTO spent_one_time_codes VALUES ($1, $2)
         ON CONFLICT (user_id) DO UPDATE SET time_step = excluded.time_step
         WHERE spent_one_time_codes.time_step < excluded.time_step",
    )
    .bind(user_id)
    .bind(time_step)
    .execute(&mut **transaction)
    .await?;
    Ok(first.rows_affected() == 1)
}
