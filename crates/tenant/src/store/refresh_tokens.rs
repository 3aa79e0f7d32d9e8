//! Refresh tokens in families: one sign-in begins a family, and rotation gives it one successor after another.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use super::access_tokens::{AccessTokenRow, NewAccessToken};
use super::{Store, StoreError, read_json, write_json};
use crate::clock::{Timestamp, from_ms};
use crate::model::{RequestedClaims, UserAuthentication};
use crate::secret::Hash;

/// A user has at most this many live families with a client; the oldest go (Auth0: Refresh Tokens, Limits).
const MOST_PER_USER_AND_CLIENT: i64 = 200;

/// What the tokens of a family are good for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RefreshTerms {
    pub issuer: String,
    pub scope: Vec<String>,
    /// The API's identifier; absent means tokens for `/userinfo` alone.
    pub audience: Option<String>,
    /// The session of the sign-in; absent after a password grant, which has none.
    pub sid: Option<String>,
    /// When the user signed in, in seconds since 1970, if the request asked to be told.
    pub auth_time: Option<i64>,
    /// The claims asked for one by one.
    #[serde(default)]
    pub claims: RequestedClaims,
    /// How the user signed in.
    #[serde(default)]
    pub authentication: UserAuthentication,
    /// The thumbprint of the key that they are bound to, for public clients that proved to hold one (RFC 9449 5).
    #[serde(default)]
    pub jkt: Option<String>,
}

/// A family to begin, with its first token.
#[derive(Clone)]
pub(crate) struct NewFamily {
    pub token: Hash,
    pub family_id: String,
    pub client_id: String,
    pub user_id: String,
    pub terms: RefreshTerms,
    pub expires_at: Option<Timestamp>,
}

/// A refresh token as stored, whatever its state.
#[derive(Clone, Debug)]
pub(crate) struct RefreshToken {
    pub family_id: String,
    /// Its place in the family: 0 for the first.
    pub counter: i64,
    pub client_id: String,
    pub user_id: String,
    pub terms: RefreshTerms,
    pub issued_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// When its successor was issued; with rotation, the token is spent from then on.
    pub replaced_at: Option<Timestamp>,
    pub revoked: bool,
}

impl RefreshToken {
    /// Whether its time has passed.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }
}

/// What a renewal wants to store, in one commit with the use of the token.
pub(crate) struct Renewal<'a> {
    pub access_token: NewAccessToken<'a>,
    /// The next token of the family, if this client's tokens rotate.
    pub successor: Option<Hash>,
    /// The family's new end.
    pub expires_at: Option<Timestamp>,
    /// How long a replaced token still brings the same successor.
    pub leeway: SignedDuration,
}

/// What came of presenting a refresh token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Renewed {
    /// It was the latest of its family.
    First,
    /// It was replaced a moment ago, within the leeway: the same successor goes out again.
    Again,
    /// It was replaced before: somebody else has a copy. The family is revoked.
    Reused { latest: i64 },
    /// The family was revoked or removed in the meantime.
    Gone,
}

impl Store {
    /// The refresh token with this hash, in whatever state, or nothing if it was never issued.
    pub(crate) async fn refresh_token(&self, token: &Hash) -> Result<Option<RefreshToken>, StoreError> {
        type Row = (String, i64, String, String, String, i64, Option<i64>, Option<i64>, Option<i64>);
        let row: Option<Row> = sqlx::query_as(
            "SELECT f.family_id, t.counter, f.client_id, f.user_id, f.body,
                    f.issued_at, f.expires_at, t.replaced_at, f.revoked_at
             FROM refresh_tokens t JOIN refresh_families f ON f.family_id = t.family_id WHERE t.token_hash = $1",
        )
        .bind(token.as_str())
        .fetch_optional(&self.reader)
        .await?;
        let Some((family_id, counter, client_id, user_id, body, issued, expires, replaced, revoked)) = row else {
            return Ok(None);
        };
        Ok(Some(RefreshToken {
            family_id,
            counter,
            client_id,
            user_id,
            terms: read_json("refresh token", &body)?,
            issued_at: from_ms(issued),
            expires_at: expires.map(from_ms),
            replaced_at: replaced.map(from_ms),
            revoked: revoked.is_some(),
        }))
    }

    /// Uses a token and stores what it bought, in one commit: of any number of calls at the same time one is the
    /// first, and each of the others gets the same successor or, outside the leeway, ends the family.
    pub(crate) async fn renew(
        &self,
        token: &Hash,
        held: &RefreshToken,
        renewal: &Renewal<'_>,
        now: Timestamp,
    ) -> Result<Renewed, StoreError> {
        let write = RenewalRows {
            token: token.clone(),
            held: held.clone(),
            access_token: renewal.access_token.row(),
            successor: renewal.successor.clone(),
            expires_at: renewal.expires_at,
            leeway: renewal.leeway,
        };
        self.commit(move |batch| Box::pin(write.store(&mut batch.transaction, now))).await
    }
}

/// A renewal as it is stored.
struct RenewalRows {
    token: Hash,
    held: RefreshToken,
    access_token: AccessTokenRow,
    successor: Option<Hash>,
    expires_at: Option<Timestamp>,
    leeway: SignedDuration,
}

impl RenewalRows {
    async fn store(self, connection: &mut SqliteConnection, now: Timestamp) -> Result<Renewed, StoreError> {
        let Self { token, held, access_token, successor, expires_at, leeway } = self;
        let alive =
            sqlx::query("UPDATE refresh_families SET expires_at = $1 WHERE family_id = $2 AND revoked_at IS NULL")
                .bind(expires_at.map(Timestamp::as_millisecond))
                .bind(&held.family_id)
                .execute(&mut *connection)
                .await?;
        if alive.rows_affected() == 0 {
            return Ok(Renewed::Gone);
        }
        let (latest, replaced_at): (i64, Option<i64>) = sqlx::query_as(
            "SELECT (SELECT MAX(counter) FROM refresh_tokens WHERE family_id = t.family_id), t.replaced_at
             FROM refresh_tokens t WHERE t.token_hash = $1",
        )
        .bind(token.as_str())
        .fetch_one(&mut *connection)
        .await?;
        let renewed = match replaced_at.map(from_ms) {
            None => Renewed::First,
            Some(at) if held.counter + 1 == latest && now.duration_since(at) < leeway => Renewed::Again,
            Some(_) => Renewed::Reused { latest },
        };
        match (&renewed, &successor) {
            (Renewed::Reused { .. }, _) => {
                revoke(connection, &held.family_id, now).await?;
            }
            (Renewed::First, Some(successor)) => replace(connection, &token, &held, successor, now).await?,
            _ => {}
        }
        if !matches!(renewed, Renewed::Reused { .. }) {
            access_token.insert(connection, None, Some(&held.family_id)).await?;
        }
        Ok(renewed)
    }
}

impl NewFamily {
    /// Stores the family within a commit that stores more.
    pub(super) async fn insert(
        &self,
        connection: &mut SqliteConnection,
        code: Option<&Hash>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO refresh_families VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)")
            .bind(&self.family_id)
            .bind(&self.client_id)
            .bind(&self.user_id)
            .bind(code.map(Hash::as_str))
            .bind(write_json(&self.terms))
            .bind(now.as_millisecond())
            .bind(self.expires_at.map(Timestamp::as_millisecond))
            .execute(&mut *connection)
            .await?;
        insert_token(connection, &self.token, &self.family_id, 0).await?;
        sqlx::query(
            "DELETE FROM refresh_families WHERE family_id IN (
                 SELECT family_id FROM refresh_families WHERE user_id = $1 AND client_id = $2 AND revoked_at IS NULL
                 ORDER BY issued_at DESC, family_id LIMIT 1000 OFFSET $3)",
        )
        .bind(&self.user_id)
        .bind(&self.client_id)
        .bind(MOST_PER_USER_AND_CLIENT)
        .execute(&mut *connection)
        .await?;
        Ok(())
    }
}

/// Revokes the families that a code bought, with their access tokens; how many access tokens that were.
pub(super) async fn revoke_bought_by(
    connection: &mut SqliteConnection,
    code: &Hash,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let families: Vec<String> =
        sqlx::query_scalar("SELECT family_id FROM refresh_families WHERE code_hash = $1 AND revoked_at IS NULL")
            .bind(code.as_str())
            .fetch_all(&mut *connection)
            .await?;
    let mut access_tokens = 0;
    for family in &families {
        access_tokens += revoke(connection, family, now).await?;
    }
    Ok(access_tokens)
}

/// Revokes every family that the user gave the client, with their access tokens; how many families, and how many access
/// tokens that were.
pub(super) async fn revoke_grant(
    connection: &mut SqliteConnection,
    user_id: &str,
    client_id: &str,
    now: Timestamp,
) -> Result<(usize, u64), StoreError> {
    let families: Vec<String> = sqlx::query_scalar(
        "SELECT family_id FROM refresh_families WHERE user_id = $1 AND client_id = $2 AND revoked_at IS NULL",
    )
    .bind(user_id)
    .bind(client_id)
    .fetch_all(&mut *connection)
    .await?;
    let mut access_tokens = 0;
    for family in &families {
        access_tokens += revoke(connection, family, now).await?;
    }
    Ok((families.len(), access_tokens))
}

/// Revokes a family with the access tokens that its refresh tokens bought; how many access tokens that were.
pub(super) async fn revoke(
    connection: &mut SqliteConnection,
    family_id: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    sqlx::query("UPDATE refresh_families SET revoked_at = $1 WHERE family_id = $2")
        .bind(now.as_millisecond())
        .bind(family_id)
        .execute(&mut *connection)
        .await?;
    let access_tokens = sqlx::query("UPDATE access_tokens SET revoked_at = $1 WHERE family_id = $2")
        .bind(now.as_millisecond())
        .bind(family_id)
        .execute(&mut *connection)
        .await?;
    Ok(access_tokens.rows_affected())
}

async fn replace(
    connection: &mut SqliteConnection,
    token: &Hash,
    held: &RefreshToken,
    successor: &Hash,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE refresh_tokens SET replaced_at = $1 WHERE token_hash = $2")
        .bind(now.as_millisecond())
        .bind(token.as_str())
        .execute(&mut *connection)
        .await?;
    insert_token(connection, successor, &held.family_id, held.counter + 1).await
}

async fn insert_token(
    connection: &mut SqliteConnection,
    token: &Hash,
    family_id: &str,
    counter: i64,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO refresh_tokens VALUES ($1, $2, $3, NULL)")
        .bind(token.as_str())
        .bind(family_id)
        .bind(counter)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::store::{AccessTokenRecord, Bought, Data};

    fn record() -> AccessTokenRecord {
        AccessTokenRecord {
            client_id: "a-client".into(),
            issuer: "http://localhost/".into(),
            user_id: "auth0|ada".into(),
            scope: Vec::new(),
            audience: None,
            claims: Vec::new(),
            for_api_alone: false,
            jkt: None,
        }
    }

    fn access_token(record: &AccessTokenRecord) -> NewAccessToken<'_> {
        NewAccessToken { hash: Secret::random().hash(), record, expires_at: from_ms(9), sid: None }
    }

    fn family(expires_at: Option<Timestamp>) -> NewFamily {
        NewFamily {
            token: Secret::random().hash(),
            family_id: crate::secret::random_text::<16>(),
            client_id: record().client_id,
            user_id: record().user_id,
            terms: RefreshTerms {
                issuer: record().issuer,
                scope: Vec::new(),
                audience: None,
                sid: None,
                auth_time: None,
                claims: RequestedClaims::default(),
                authentication: UserAuthentication::default(),
                jkt: None,
            },
            expires_at,
        }
    }

    /// Two exchanges read the same token; one finds a theft and revokes the family before the other stores anything.
    #[tokio::test]
    async fn a_family_revoked_meanwhile_buys_nothing() {
        let store = Store::open(&Data::Memory, false).await.expect("a store in memory");
        let record = record();
        let family = family(None);
        let bought = Bought { access_token: access_token(&record), family: Some(&family) };
        store.add_tokens(&bought, from_ms(1)).await.expect("stored");
        let held = store.refresh_token(&family.token).await.expect("readable").expect("known");
        let renewal = || Renewal {
            access_token: access_token(&record),
            successor: Some(Secret::random().hash()),
            expires_at: None,
            leeway: SignedDuration::ZERO,
        };
        let mut outcomes = Vec::new();
        for _ in 0..3 {
            outcomes.push(store.renew(&family.token, &held, &renewal(), from_ms(2)).await.expect("decided"));
        }
        assert_eq!(outcomes, [Renewed::First, Renewed::Reused { latest: 1 }, Renewed::Gone]);
        let kept: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM access_tokens").fetch_one(&store.reader).await.expect("counted");
        assert_eq!(kept, 2, "the first and its one renewal; nothing after the theft");
    }
    /// A day after its end a family goes, with every token of it.
    #[tokio::test]
    async fn what_is_over_for_a_day_is_removed() {
        let store = Store::open(&Data::Memory, false).await.expect("a store in memory");
        let (record, day) = (record(), SignedDuration::from_hours(24));
        let (endless, ending) = (family(None), family(Some(from_ms(1000))));
        for family in [&endless, &ending] {
            let bought = Bought { access_token: access_token(&record), family: Some(family) };
            store.add_tokens(&bought, from_ms(1)).await.expect("stored");
        }
        for (now, expected) in [(from_ms(1000) + day, 2), (from_ms(1001) + day, 1)] {
            store.purge(now).await.expect("purged");
            for table in ["SELECT COUNT(*) FROM refresh_families", "SELECT COUNT(*) FROM refresh_tokens"] {
                let left: i64 = sqlx::query_scalar(table).fetch_one(&store.reader).await.expect("counted");
                assert_eq!(left, expected, "{table}");
            }
        }
        assert!(store.refresh_token(&endless.token).await.expect("readable").is_some());
    }
}
