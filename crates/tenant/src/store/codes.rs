//! Authorization codes: single use, and whatever a replayed one bought is revoked (RFC 6749 4.1.2).

use serde::{Deserialize, Serialize};

use super::access_tokens::{Bought, NewAccessToken};
use super::refresh_tokens::revoke_bought_by;
use super::{Store, StoreError, read_json, write_json};
use crate::clock::{Timestamp, from_ms};
use crate::model::{RequestedClaims, UserAuthentication};
use crate::secret::Hash;

/// What a code is bound to, and what it is good for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CodeRecord {
    pub client_id: String,
    pub issuer: String,
    pub redirect_uri: String,
    /// The S256 challenge; absent only for confidential clients that sent none.
    pub code_challenge: Option<String>,
    pub user_id: String,
    pub sid: String,
    pub scope: Vec<String>,
    /// The API's identifier; absent means a token for `/userinfo` alone.
    pub audience: Option<String>,
    pub nonce: Option<String>,
    /// When the user signed in, in seconds since 1970, if the request asked to be told.
    pub auth_time: Option<i64>,
    /// Joins the exchange to the request it came from in the decision records.
    pub state: Option<String>,
    /// The claims asked for one by one.
    #[serde(default)]
    pub claims: RequestedClaims,
    /// How the user signed in.
    #[serde(default)]
    pub authentication: UserAuthentication,
}

/// A code to store.
pub(crate) struct NewCode<'a> {
    pub hash: Hash,
    pub record: &'a CodeRecord,
    pub expires_at: Timestamp,
}

/// What came of using a code up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Redemption {
    /// It was unused, and is used up now.
    First,
    /// It was used before; what it bought is revoked, this many access tokens among it.
    Replayed { revoked: u64 },
}

impl Store {
    /// Stores what `/authorize` answers with and moves the session's idle limit, in one commit. A replay of the code
    /// revokes the access token beside it, too.
    pub(crate) async fn issue(
        &self,
        code: Option<&NewCode<'_>>,
        access_token: Option<&NewAccessToken<'_>>,
        sid: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.writer.begin().await?;
        if let Some(code) = code {
            sqlx::query("INSERT INTO codes VALUES ($1, $2, $3, $4, NULL)")
                .bind(code.hash.as_str())
                .bind(write_json(code.record))
                .bind(sid)
                .bind(code.expires_at.as_millisecond())
                .execute(&mut *transaction)
                .await?;
        }
        if let Some(access_token) = access_token {
            access_token.insert(&mut transaction, code.map(|code| &code.hash), None).await?;
        }
        sqlx::query("UPDATE sessions SET last_used_at = $1 WHERE sid = $2")
            .bind(now.as_millisecond())
            .bind(sid)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// What a code is bound to, when it expires, and whether it was used by now.
    pub(crate) async fn code(&self, code: &Hash) -> Result<Option<(CodeRecord, Timestamp, bool)>, StoreError> {
        let row: Option<(String, i64, bool)> =
            sqlx::query_as("SELECT body, expires_at, redeemed_at IS NOT NULL FROM codes WHERE code_hash = $1")
                .bind(code.as_str())
                .fetch_optional(&self.reader)
                .await?;
        row.map(|(body, expires_at, used)| Ok((read_json("code", &body)?, from_ms(expires_at), used))).transpose()
    }

    /// Uses a code up and stores what it bought, in one commit: of any number of calls at the same time one is
    /// first, and the others find its tokens to revoke.
    pub(crate) async fn redeem_code(
        &self,
        code: &Hash,
        bought: Option<&Bought<'_>>,
        now: Timestamp,
    ) -> Result<Redemption, StoreError> {
        let mut transaction = self.writer.begin().await?;
        let first = sqlx::query("UPDATE codes SET redeemed_at = $1 WHERE code_hash = $2 AND redeemed_at IS NULL")
            .bind(now.as_millisecond())
            .bind(code.as_str())
            .execute(&mut *transaction)
            .await?;
        let redemption = if first.rows_affected() == 1 {
            if let Some(bought) = bought {
                bought.insert(&mut transaction, Some(code), now).await?;
            }
            Redemption::First
        } else {
            let by_refresh = revoke_bought_by(&mut transaction, code, now).await?;
            let by_code =
                sqlx::query("UPDATE access_tokens SET revoked_at = $1 WHERE code_hash = $2 AND revoked_at IS NULL")
                    .bind(now.as_millisecond())
                    .bind(code.as_str())
                    .execute(&mut *transaction)
                    .await?;
            Redemption::Replayed { revoked: by_refresh + by_code.rows_affected() }
        };
        transaction.commit().await?;
        Ok(redemption)
    }
}
