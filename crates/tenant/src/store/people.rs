//! Users as the dashboard shows them: where they are signed in, and who may renew for them.

use super::refresh_tokens::{RefreshTerms, revoke};
use super::{SessionRecord, Store, StoreError, read_json};
use crate::clock::{Timestamp, from_ms};
use crate::model::{User, from_object};
use crate::secret::Hash;
use crate::tenant_file::Object;

/// A family of refresh tokens that an application can renew with.
pub(crate) struct Renewing {
    pub family_id: String,
    pub client_id: String,
    pub terms: RefreshTerms,
    pub issued_at: Timestamp,
    /// None: it never expires.
    pub expires_at: Option<Timestamp>,
}

impl Store {
    /// Every user, by address.
    pub(crate) async fn users(&self) -> Result<Vec<User>, StoreError> {
        let bodies: Vec<String> =
            sqlx::query_scalar("SELECT body FROM users ORDER BY email").fetch_all(&self.reader).await?;
        let read = |body: &String| {
            let object: Object = read_json("user", body)?;
            from_object(&object).map_err(|source| StoreError::Unreadable { what: "user", source })
        };
        bodies.iter().map(read).collect()
    }

    /// The user's sessions, over their limits or not, the latest used first.
    pub(crate) async fn sessions_of(&self, user_id: &str) -> Result<Vec<SessionRecord>, StoreError> {
        let rows: Vec<(String, i64, i64, Option<i64>)> = sqlx::query_as(
            "SELECT sid, authenticated_at, last_used_at, second_factor_at FROM sessions WHERE user_id = $1
             ORDER BY last_used_at DESC",
        )
        .bind(user_id)
        .fetch_all(&self.reader)
        .await?;
        let session = |(sid, authenticated_at, last_used_at, second_factor_at): (_, _, _, Option<i64>)| SessionRecord {
            sid,
            user_id: user_id.to_owned(),
            authenticated_at: from_ms(authenticated_at),
            last_used_at: from_ms(last_used_at),
            second_factor_at: second_factor_at.map(from_ms),
        };
        Ok(rows.into_iter().map(session).collect())
    }

    /// The id of a session of this user, by its public id.
    pub(crate) async fn session_of(&self, user_id: &str, sid: &str) -> Result<Option<Hash>, StoreError> {
        let id: Option<String> = sqlx::query_scalar("SELECT id_hash FROM sessions WHERE sid = $1 AND user_id = $2")
            .bind(sid)
            .bind(user_id)
            .fetch_optional(&self.reader)
            .await?;
        Ok(id.map(Hash::stored))
    }

    /// The refresh tokens that are good for this user now, the latest issued first.
    pub(crate) async fn renewing_for(&self, user_id: &str, now: Timestamp) -> Result<Vec<Renewing>, StoreError> {
        let rows: Vec<(String, String, String, i64, Option<i64>)> = sqlx::query_as(
            "SELECT family_id, client_id, body, issued_at, expires_at FROM refresh_families
             WHERE user_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
             ORDER BY issued_at DESC",
        )
        .bind(user_id)
        .bind(now.as_millisecond())
        .fetch_all(&self.reader)
        .await?;
        rows.into_iter()
            .map(|(family_id, client_id, body, issued_at, expires_at)| {
                let terms = read_json("refresh token", &body)?;
                let expires_at = expires_at.map(from_ms);
                Ok(Renewing { family_id, client_id, terms, issued_at: from_ms(issued_at), expires_at })
            })
            .collect()
    }

    /// Revokes a family of this user with the access tokens it bought; false if there is none to revoke.
    pub(crate) async fn revoke_family_of(
        &self,
        user_id: &str,
        family_id: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.writer.begin().await?;
        let found: Option<String> = sqlx::query_scalar(
            "SELECT family_id FROM refresh_families WHERE family_id = $1 AND user_id = $2 AND revoked_at IS NULL",
        )
        .bind(family_id)
        .bind(user_id)
        .fetch_optional(&mut *transaction)
        .await?;
        if found.is_none() {
            return Ok(false);
        }
        revoke(&mut transaction, family_id, now).await?;
        transaction.commit().await?;
        Ok(true)
    }
}
