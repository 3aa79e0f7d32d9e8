//! The signing key and the tenant's own secrets, made once and kept.

use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::secret::Secret;

impl Store {
    /// The private key made last (PKCS #8, PEM), if there is one.
    pub(crate) async fn signing_key(&self) -> Result<Option<Secret>, StoreError> {
        let pem: Option<String> =
            sqlx::query_scalar("SELECT private_key FROM signing_keys ORDER BY created_at DESC LIMIT 1")
                .fetch_optional(&self.writer)
                .await?;
        Ok(pem.map(Secret::from))
    }

    pub(crate) async fn add_signing_key(&self, kid: &str, pem: &Secret, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO signing_keys VALUES ($1, $2, $3)")
            .bind(kid)
            .bind(pem.expose())
            .bind(now.as_millisecond())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// The secret of this name, made at the first call.
    pub(crate) async fn server_secret(&self, name: &str) -> Result<Secret, StoreError> {
        sqlx::query("INSERT INTO server_secrets VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(name)
            .bind(Secret::random().expose())
            .execute(&self.writer)
            .await?;
        let value: String = sqlx::query_scalar("SELECT value FROM server_secrets WHERE name = $1")
            .bind(name)
            .fetch_one(&self.writer)
            .await?;
        Ok(value.into())
    }
}
