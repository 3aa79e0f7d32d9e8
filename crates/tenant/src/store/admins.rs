//! Who may use the dashboard, and the browsers that are signed in to it.

use super::{Store, StoreError};
use crate::clock::{Timestamp, from_ms};
use crate::secret::Hash;

/// A browser that is signed in to the dashboard.
pub(crate) struct AdminSession {
    pub began_at: Timestamp,
    pub last_used_at: Timestamp,
}

impl Store {
    /// The hash of an admin's password.
    pub(crate) async fn admin(&self, name: &str) -> Result<Option<String>, StoreError> {
        let hash = sqlx::query_scalar("SELECT password_hash FROM admins WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.reader)
            .await?;
        Ok(hash)
    }

    /// Makes an admin, or gives one another password and ends the sessions that began with the old one.
    pub(crate) async fn set_admin(&self, name: &str, password_hash: &str) -> Result<(), StoreError> {
        let mut transaction = self.writer.begin().await?;
        sqlx::query("INSERT INTO admins VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET password_hash = $2")
            .bind(name)
            .bind(password_hash)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("DELETE FROM admin_sessions WHERE name = $1").bind(name).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    pub(crate) async fn begin_admin_session(&self, id: &Hash, name: &str, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO admin_sessions VALUES ($1, $2, $3, $3)")
            .bind(id.as_str())
            .bind(name)
            .bind(now.as_millisecond())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    pub(crate) async fn admin_session(&self, id: &Hash) -> Result<Option<AdminSession>, StoreError> {
        let row: Option<(i64, i64)> =
            sqlx::query_as("SELECT began_at, last_used_at FROM admin_sessions WHERE id_hash = $1")
                .bind(id.as_str())
                .fetch_optional(&self.reader)
                .await?;
        Ok(row.map(|(began, used)| AdminSession { began_at: from_ms(began), last_used_at: from_ms(used) }))
    }

    pub(crate) async fn use_admin_session(&self, id: &Hash, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("UPDATE admin_sessions SET last_used_at = $1 WHERE id_hash = $2")
            .bind(now.as_millisecond())
            .bind(id.as_str())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    pub(crate) async fn end_admin_session(&self, id: &Hash) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM admin_sessions WHERE id_hash = $1").bind(id.as_str()).execute(&self.writer).await?;
        Ok(())
    }
}
