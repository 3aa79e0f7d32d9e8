//! Tenant log entries, and when deprecation notices were last written.

use serde_json::Value;
use sqlx::QueryBuilder;

use super::{Store, StoreError, read_json};
use crate::clock::Timestamp;

const ONE_HOUR_MS: i64 = 3_600_000;
/// How many entries go into one statement: a few sizes, so that a few prepared statements do for any number.
const AT_ONCE: [usize; 3] = [64, 8, 1];

impl Store {
    /// Stores entries, in one commit.
    pub(crate) async fn add_logs(&self, entries: &[(String, &'static str, Value)]) -> Result<(), StoreError> {
        let mut transaction = self.writer.begin().await?;
        let mut rest = entries;
        for size in AT_ONCE {
            while let Some((some, others)) = rest.split_at_checked(size) {
                let mut statement = QueryBuilder::new("INSERT INTO logs ");
                statement.push_values(some, |mut row, (log_id, kind, body)| {
                    row.push_bind(log_id).push_bind(*kind).push_bind(body.to_string());
                });
                statement.build().execute(&mut *transaction).await?;
                rest = others;
            }
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The id of the latest entry.
    pub(crate) async fn latest_log_id(&self) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT MAX(log_id) FROM logs").fetch_one(&self.reader).await?)
    }

    /// The latest entries of these types (of every type, if none is named), newest first.
    pub(crate) async fn logs(&self, types: &[&str], limit: u32) -> Result<Vec<Value>, StoreError> {
        // The list travels as one value, `,fd,depnote,`: no statement is put together from input.
        let wanted = if types.is_empty() { String::new() } else { format!(",{},", types.join(",")) };
        let bodies: Vec<String> = sqlx::query_scalar(
            "SELECT body FROM logs WHERE $1 = '' OR $1 LIKE '%,' || type || ',%' ORDER BY log_id DESC LIMIT $2",
        )
        .bind(wanted)
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        bodies.iter().map(|body| read_json("log entry", body)).collect()
    }

    /// Whether a deprecation notice is due: true at most once an hour for each client and feature.
    pub(crate) async fn notice_is_due(
        &self,
        client_id: &str,
        feature: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let now = now.as_millisecond();
        let done = sqlx::query(
            "INSERT INTO notices VALUES ($1, $2, $3)
             ON CONFLICT (client_id, feature) DO UPDATE SET noticed_at = $3 WHERE notices.noticed_at <= $4",
        )
        .bind(client_id)
        .bind(feature)
        .bind(now)
        .bind(now - ONE_HOUR_MS)
        .execute(&self.writer)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
