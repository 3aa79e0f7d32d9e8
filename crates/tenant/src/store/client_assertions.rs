//! Assertions that clients proved themselves with: each is good once (RFC 7523 section 3, 7).

use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::secret::Hash;

impl Store {
    /// Remembers a client's assertion by its `jti` until it expires; false if it was used before.
    pub(crate) async fn use_assertion(
        &self,
        client_id: &str,
        jti: &Hash,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let first = sqlx::query("INSERT INTO client_assertions VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(client_id)
            .bind(jti.as_str())
            .bind(expires_at.as_millisecond())
            .execute(&self.writer)
            .await?;
        Ok(first.rows_affected() == 1)
    }
}
