//! Authorization codes: single use, and whatever a replayed one bought is revoked (RFC 6749 4.1.2).

use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use super::access_tokens::{Bought, BoughtRows, NewAccessToken};
use super::partitioned_sessions::{NewPartitionedSession, end_bought_by};
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
    /// Whether a partitioned session brought it, so that the browser has that one already.
    #[serde(default)]
    pub partitioned: bool,
    /// The thumbprint of the key that the client says it will prove to hold (RFC 9449 10).
    #[serde(default)]
    pub dpop_jkt: Option<String>,
}

/// A code to store.
pub(crate) struct NewCode<'a> {
    pub hash: Hash,
    pub record: &'a CodeRecord,
    pub expires_at: Timestamp,
}

/// A code as it is stored.
pub(super) struct CodeRow {
    pub(super) hash: Hash,
    pub(super) body: String,
    pub(super) sid: String,
    pub(super) expires_at: Timestamp,
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
        let row = |code: &NewCode<'_>| CodeRow {
            hash: code.hash.clone(),
            body: write_json(code.record),
            sid: sid.to_owned(),
            expires_at: code.expires_at,
        };
        let (code, access_token, sid) = (code.map(row), access_token.map(NewAccessToken::row), sid.to_owned());
        self.commit(move |batch| {
            Box::pin(async move {
                if let Some(access_token) = access_token {
                    let code = code.as_ref().map(|code| &code.hash);
                    access_token.insert(&mut batch.transaction, code, None).await?;
                }
                batch.codes.extend(code);
                batch.last_used.insert(sid, now);
                Ok(())
            })
        })
        .await
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
        partitioned: Option<NewPartitionedSession>,
        now: Timestamp,
    ) -> Result<Redemption, StoreError> {
        let (code, bought) = (code.clone(), bought.map(Bought::rows));
        self.commit(move |batch| Box::pin(redeem(&mut batch.transaction, code, bought, partitioned, now))).await
    }
}

async fn redeem(
    connection: &mut SqliteConnection,
    code: Hash,
    bought: Option<BoughtRows>,
    partitioned: Option<NewPartitionedSession>,
    now: Timestamp,
) -> Result<Redemption, StoreError> {
    let first = sqlx::query("UPDATE codes SET redeemed_at = $1 WHERE code_hash = $2 AND redeemed_at IS NULL")
        .bind(now.as_millisecond())
        .bind(code.as_str())
        .execute(&mut *connection)
        .await?;
    if first.rows_affected() == 1 {
        if let Some(bought) = bought {
            bought.insert(connection, Some(&code), now).await?;
        }
        if let Some(partitioned) = partitioned {
            partitioned.insert(connection, &code, now).await?;
        }
        return Ok(Redemption::First);
    }
    end_bought_by(connection, &code).await?;
    let by_refresh = revoke_bought_by(connection, &code, now).await?;
    let by_code = sqlx::query("UPDATE access_tokens SET revoked_at = $1 WHERE code_hash = $2 AND revoked_at IS NULL")
        .bind(now.as_millisecond())
        .bind(code.as_str())
        .execute(&mut *connection)
        .await?;
    Ok(Redemption::Replayed { revoked: by_refresh + by_code.rows_affected() })
}
