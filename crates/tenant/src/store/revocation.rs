//! Revocation of one token by the client that holds it (RFC 7009): an access token, or a refresh token with its family.

use super::refresh_tokens::{revoke, revoke_grant};
use super::{AccessTokenRecord, Store, StoreError, read_json};
use crate::clock::Timestamp;
use crate::secret::Hash;

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Revoked {
    /// Nobody knows the token, or it was over already.
    Nothing,
    /// The token is another client's, and is as good as before.
    NotTheirs,
    /// An access token.
    AccessToken,
    /// Families of refresh tokens of this user, with what they bought.
    Families {
        user_id: String,
        /// The family of the token itself.
        family_id: String,
        families: usize,
        access_tokens: u64,
    },
}

impl Store {
    /// Revokes a token of this client, of whichever kind. With `whole_grant` a refresh token takes along all others that
    /// its user gave the client.
    pub(crate) async fn revoke_token(
        &self,
        token: &Hash,
        client_id: &str,
        whole_grant: bool,
        now: Timestamp,
    ) -> Result<Revoked, StoreError> {
        let mut transaction = self.writer.begin().await?;
        let family: Option<(String, String, String, Option<i64>)> = sqlx::query_as(
            "SELECT f.family_id, f.client_id, f.user_id, f.revoked_at
             FROM refresh_tokens t JOIN refresh_families f ON f.family_id = t.family_id WHERE t.token_hash = $1",
        )
        .bind(token.as_str())
        .fetch_optional(&mut *transaction)
        .await?;
        let revoked = match family {
            Some((_, owner, ..)) if owner != client_id => Revoked::NotTheirs,
            Some((_, _, _, Some(_))) => Revoked::Nothing,
            Some((family_id, _, user_id, None)) => {
                let (families, access_tokens) = match whole_grant {
                    true => revoke_grant(&mut transaction, &user_id, client_id, now).await?,
                    false => (1, revoke(&mut transaction, &family_id, now).await?),
                };
                Revoked::Families { user_id, family_id, families, access_tokens }
            }
            None => {
                let body: Option<String> =
                    sqlx::query_scalar("SELECT body FROM access_tokens WHERE token_hash = $1 AND revoked_at IS NULL")
                        .bind(token.as_str())
                        .fetch_optional(&mut *transaction)
                        .await?;
                let record = body.map(|body| read_json::<AccessTokenRecord>("access token", &body)).transpose()?;
                match record {
                    None => Revoked::Nothing,
                    Some(record) if record.client_id != client_id => Revoked::NotTheirs,
                    Some(_) => {
                        sqlx::query("UPDATE access_tokens SET revoked_at = $1 WHERE token_hash = $2")
                            .bind(now.as_millisecond())
                            .bind(token.as_str())
                            .execute(&mut *transaction)
                            .await?;
                        Revoked::AccessToken
                    }
                }
            }
        };
        transaction.commit().await?;
        Ok(revoked)
    }
}
