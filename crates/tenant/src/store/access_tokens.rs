//! Access tokens that were given out, opaque ones and JWTs alike, so that they can be revoked.

use serde::{Deserialize, Serialize};

use super::{Store, StoreError, read_json};
use crate::clock::Timestamp;
use crate::secret::Hash;

/// What an access token is good for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AccessTokenRecord {
    pub client_id: String,
    pub issuer: String,
    pub user_id: String,
    pub scope: Vec<String>,
}

impl Store {
    /// The token, unless it is unknown, expired or revoked.
    pub(crate) async fn access_token(
        &self,
        token: &Hash,
        now: Timestamp,
    ) -> Result<Option<AccessTokenRecord>, StoreError> {
        let body: Option<String> = sqlx::query_scalar(
            "SELECT body FROM access_tokens WHERE token_hash = $1 AND expires_at > $2 AND revoked_at IS NULL",
        )
        .bind(token.as_str())
        .bind(now.as_millisecond())
        .fetch_optional(&self.reader)
        .await?;
        body.map(|body| read_json("access token", &body)).transpose()
    }
}
