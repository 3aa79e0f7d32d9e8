//! DPoP proofs that were used: each is good once (RFC 9449 11.1).

use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::secret::Hash;

impl Store {
    /// Remembers a proof until it would be refused anyway; false if it was used before.
    pub(crate) async fn use_dpop_proof(&self, id: &Hash, expires_at: Timestamp) -> Result<bool, StoreError> {
        let first = sqlx::query("INSERT INTO dpop_proofs VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(id.as_str())
            .bind(expires_at.as_millisecond())
            .execute(&self.writer)
            .await?;
        Ok(first.rows_affected() == 1)
    }
}
