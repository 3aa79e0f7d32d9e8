//! Login pages that are open: which authorization request goes on after the password.

use super::{Store, StoreError, read_json, write_json};
use crate::clock::{Timestamp, from_ms};
use crate::params::Params;
use crate::secret::Hash;

/// An authorization request that waits for a sign-in.
#[derive(Clone, Debug)]
pub(crate) struct PendingLogin {
    /// The issuer it was asked at; it goes on there and nowhere else.
    pub issuer: String,
    pub request: Params,
    pub expires_at: Timestamp,
}

impl Store {
    pub(crate) async fn add_login(&self, id: &Hash, login: &PendingLogin) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO logins VALUES ($1, $2, $3, $4)")
            .bind(id.as_str())
            .bind(&login.issuer)
            .bind(write_json(&login.request))
            .bind(login.expires_at.as_millisecond())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    pub(crate) async fn login(&self, id: &Hash) -> Result<Option<PendingLogin>, StoreError> {
        let row: Option<(String, String, i64)> =
            sqlx::query_as("SELECT issuer, request, expires_at FROM logins WHERE id_hash = $1")
                .bind(id.as_str())
                .fetch_optional(&self.reader)
                .await?;
        row.map(|(issuer, request, expires_at)| {
            Ok(PendingLogin { issuer, request: read_json("login", &request)?, expires_at: from_ms(expires_at) })
        })
        .transpose()
    }

    /// Ends a login; false if somebody else ended it first.
    pub(crate) async fn take_login(&self, id: &Hash) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM logins WHERE id_hash = $1").bind(id.as_str()).execute(&self.writer).await?;
        Ok(done.rows_affected() == 1)
    }
}
