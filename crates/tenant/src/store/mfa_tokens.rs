//! What a password began and a one-time code is to complete: `mfa_token`s, each good for one exchange.

use serde::{Deserialize, Serialize};

use super::access_tokens::Bought;
use super::one_time_codes::{Spent, spend};
use super::{Store, StoreError, read_json, write_json};
use crate::clock::{Timestamp, from_ms};
use crate::secret::Hash;

/// What the tokens are going to be for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MfaToken {
    pub client_id: String,
    pub issuer: String,
    pub user_id: String,
    /// The API's identifier; absent means tokens for `/userinfo` alone.
    pub audience: Option<String>,
    pub scope: Vec<String>,
}

impl Store {
    pub(crate) async fn add_mfa_token(
        &self,
        token: &Hash,
        record: &MfaToken,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO mfa_tokens (token_hash, body, expires_at) VALUES ($1, $2, $3)")
            .bind(token.as_str())
            .bind(write_json(record))
            .bind(expires_at.as_millisecond())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// What a token began, and when it expires.
    pub(crate) async fn mfa_token(&self, token: &Hash) -> Result<Option<(MfaToken, Timestamp)>, StoreError> {
        let row: Option<(String, i64)> =
            sqlx::query_as("SELECT body, expires_at FROM mfa_tokens WHERE token_hash = $1")
                .bind(token.as_str())
                .fetch_optional(&self.reader)
                .await?;
        row.map(|(body, expires_at)| Ok((read_json("mfa token", &body)?, from_ms(expires_at)))).transpose()
    }

    /// Spends the user's code of this time step and the token, and stores what they bought, in one commit. A token whose
    /// code was spent before stays for the next one.
    pub(crate) async fn redeem_mfa_token(
        &self,
        token: &Hash,
        user_id: &str,
        time_step: i64,
        bought: &Bought<'_>,
        now: Timestamp,
    ) -> Result<Spent, StoreError> {
        let mut transaction = self.writer.begin().await?;
        if !spend(&mut transaction, user_id, time_step).await? {
            return Ok(Spent::Before);
        }
        let there = sqlx::query("DELETE FROM mfa_tokens WHERE token_hash = $1")
            .bind(token.as_str())
            .execute(&mut *transaction)
            .await?;
        if there.rows_affected() == 0 {
            return Ok(Spent::PageUsed);
        }
        bought.rows().insert(&mut transaction, None, now).await?;
        transaction.commit().await?;
        Ok(Spent::Now)
    }
}
