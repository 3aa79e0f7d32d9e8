//! The signing keys and the tenant's own secrets.

use sqlx::{Sqlite, Transaction};

use super::{Store, StoreError};
use crate::clock::{Timestamp, from_ms};
use crate::keys::KeyAlg;
use crate::secret::Secret;

/// A signing key as stored, with the times that say which one it is.
#[derive(Clone, Debug)]
pub(crate) struct StoredKey {
    pub kid: String,
    pub alg: KeyAlg,
    /// PKCS #8, PEM.
    pub private_key: Secret,
    pub created_at: Timestamp,
    /// When it began to sign; a key without is the next one.
    pub current_since: Option<Timestamp>,
    /// When another took over; a key without signs now, or will.
    pub current_until: Option<Timestamp>,
    /// From when on nothing it signed counts.
    pub revoked_at: Option<Timestamp>,
}

type Row = (String, String, String, i64, Option<i64>, Option<i64>, Option<i64>);

impl Store {
    /// Every key there ever was, oldest first.
    pub(crate) async fn signing_keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT kid, alg, private_key, created_at, current_since, current_until, revoked_at FROM signing_keys
             ORDER BY created_at, current_since IS NULL, kid",
        )
        .fetch_all(&self.writer)
        .await?;
        Ok(rows
            .into_iter()
            .map(|(kid, alg, private_key, created_at, since, until, revoked)| StoredKey {
                kid,
                alg: KeyAlg::of(&alg).unwrap_or(KeyAlg::Rs256),
                private_key: private_key.into(),
                created_at: from_ms(created_at),
                current_since: since.map(from_ms),
                current_until: until.map(from_ms),
                revoked_at: revoked.map(from_ms),
            })
            .collect())
    }

    pub(crate) async fn add_signing_key(&self, key: &StoredKey) -> Result<(), StoreError> {
        let mut transaction = self.writer.begin().await?;
        insert(&mut transaction, key).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The next keys become current, the current ones previous, and `next` the next, in one commit.
    pub(crate) async fn rotate_signing_keys(&self, next: &[StoredKey], now: Timestamp) -> Result<(), StoreError> {
        let now = now.as_millisecond();
        let mut transaction = self.writer.begin().await?;
        for statement in [
            "UPDATE signing_keys SET current_until = $1 WHERE current_since IS NOT NULL AND current_until IS NULL",
            "UPDATE signing_keys SET current_since = $1 WHERE current_since IS NULL",
        ] {
            sqlx::query(statement).bind(now).execute(&mut *transaction).await?;
        }
        for next in next {
            insert(&mut transaction, next).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    pub(crate) async fn revoke_signing_key(&self, kid: &str, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("UPDATE signing_keys SET revoked_at = $1 WHERE kid = $2 AND revoked_at IS NULL")
            .bind(now.as_millisecond())
            .bind(kid)
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

async fn insert(transaction: &mut Transaction<'_, Sqlite>, key: &StoredKey) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO signing_keys (kid, alg, private_key, created_at, current_since) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&key.kid)
    .bind(key.alg.name())
    .bind(key.private_key.expose())
    .bind(key.created_at.as_millisecond())
    .bind(key.current_since.map(Timestamp::as_millisecond))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
