//! Access tokens that were given out, opaque ones and JWTs alike, so that they can be revoked.

use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use super::refresh_tokens::NewFamily;
use super::{Store, StoreError, read_json, write_json};
use crate::clock::Timestamp;
use crate::secret::Hash;

/// What an access token is good for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AccessTokenRecord {
    pub client_id: String,
    pub issuer: String,
    /// Whose it is; of a token that a client got for itself, `CLIENT_ID@clients`.
    pub user_id: String,
    pub scope: Vec<String>,
    /// The API's identifier; absent means that it is good at `/userinfo` alone.
    #[serde(default)]
    pub audience: Option<String>,
    /// The claims asked for one by one, for `/userinfo`.
    #[serde(default)]
    pub claims: Vec<String>,
    /// Whether it is good at its API alone, even with the scope `openid`.
    #[serde(default)]
    pub for_api_alone: bool,
    /// The thumbprint of the key that it is bound to, if it is (RFC 9449 6).
    #[serde(default)]
    pub jkt: Option<String>,
}

/// An access token to store in the commit that uses up what bought it.
pub(crate) struct NewAccessToken<'a> {
    pub hash: Hash,
    pub record: &'a AccessTokenRecord,
    pub expires_at: Timestamp,
    /// The session whose end also ends it; none if it was granted for the time without one (`offline_access`).
    pub sid: Option<&'a str>,
}

/// An access token as it is stored.
pub(super) struct AccessTokenRow {
    hash: Hash,
    body: String,
    expires_at: Timestamp,
    sid: Option<String>,
}

impl NewAccessToken<'_> {
    pub(super) fn row(&self) -> AccessTokenRow {
        AccessTokenRow {
            hash: self.hash.clone(),
            body: write_json(self.record),
            expires_at: self.expires_at,
            sid: self.sid.map(ToOwned::to_owned),
        }
    }
}

impl AccessTokenRow {
    /// Stores the token within a commit that stores more: it can be revoked with the code or family it came from.
    pub(super) async fn insert(
        self,
        connection: &mut SqliteConnection,
        code: Option<&Hash>,
        family_id: Option<&str>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO access_tokens (token_hash, code_hash, family_id, body, expires_at, sid)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(self.hash.as_str())
        .bind(code.map(Hash::as_str))
        .bind(family_id)
        .bind(self.body)
        .bind(self.expires_at.as_millisecond())
        .bind(self.sid)
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// The tokens that one exchange gives out.
pub(crate) struct Bought<'a> {
    pub access_token: NewAccessToken<'a>,
    /// The family that its refresh token begins, if there is one.
    pub family: Option<&'a NewFamily>,
}

/// The same as it is stored.
pub(super) struct BoughtRows {
    access_token: AccessTokenRow,
    family: Option<NewFamily>,
}

impl Bought<'_> {
    pub(super) fn rows(&self) -> BoughtRows {
        BoughtRows { access_token: self.access_token.row(), family: self.family.cloned() }
    }
}

impl BoughtRows {
    /// Stores the tokens within a commit that stores more.
    pub(super) async fn insert(
        self,
        connection: &mut SqliteConnection,
        code: Option<&Hash>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if let Some(family) = &self.family {
            family.insert(connection, code, now).await?;
        }
        let family_id = self.family.as_ref().map(|family| family.family_id.as_str());
        self.access_token.insert(connection, code, family_id).await
    }
}

impl Store {
    /// Stores the tokens of an exchange that uses nothing up: a password or a client secret is good for many.
    pub(crate) async fn add_tokens(&self, bought: &Bought<'_>, now: Timestamp) -> Result<(), StoreError> {
        let bought = bought.rows();
        self.commit(move |batch| Box::pin(async move { bought.insert(&mut batch.transaction, None, now).await })).await
    }

    /// Stores an access token that nothing else comes with; false if the session that it belongs to is over.
    pub(crate) async fn add_access_token(&self, new: &NewAccessToken<'_>) -> Result<bool, StoreError> {
        let mut transaction = self.writer.begin().await?;
        let session: Option<String> = sqlx::query_scalar("SELECT sid FROM sessions WHERE sid = $1")
            .bind(new.sid)
            .fetch_optional(&mut *transaction)
            .await?;
        if new.sid.is_some() && session.is_none() {
            return Ok(false);
        }
        new.row().insert(&mut transaction, None, None).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Stores an access token that another one bought: whatever revokes or ends that one by its code, family or session
    /// ends this one too. False if the other is not good any more.
    pub(crate) async fn add_exchanged_token(
        &self,
        new: &NewAccessToken<'_>,
        bought_with: &Hash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let added = sqlx::query(
            "INSERT INTO access_tokens (token_hash, code_hash, family_id, body, expires_at, sid)
             SELECT $1, code_hash, family_id, $2, $3, sid FROM access_tokens
             WHERE token_hash = $4 AND expires_at > $5 AND revoked_at IS NULL
             AND (sid IS NULL OR EXISTS (SELECT 1 FROM sessions WHERE sessions.sid = access_tokens.sid))",
        )
        .bind(new.hash.as_str())
        .bind(write_json(new.record))
        .bind(new.expires_at.as_millisecond())
        .bind(bought_with.as_str())
        .bind(now.as_millisecond())
        .execute(&self.writer)
        .await?;
        Ok(added.rows_affected() == 1)
    }

    /// The token, unless it is unknown, expired or revoked, or its session has ended.
    pub(crate) async fn access_token(
        &self,
        token: &Hash,
        now: Timestamp,
    ) -> Result<Option<AccessTokenRecord>, StoreError> {
        let body: Option<String> = sqlx::query_scalar(
            "SELECT body FROM access_tokens WHERE token_hash = $1 AND expires_at > $2 AND revoked_at IS NULL
             AND (sid IS NULL OR EXISTS (SELECT 1 FROM sessions WHERE sessions.sid = access_tokens.sid))",
        )
        .bind(token.as_str())
        .bind(now.as_millisecond())
        .fetch_optional(&self.reader)
        .await?;
        body.map(|body| read_json("access token", &body)).transpose()
    }
}
