//! Sign-in sessions. A row outlives its limits, so that an answer can say which limit passed.

use sqlx::{Sqlite, Transaction};

use super::logout_notices::tell_clients;
use super::registry::typed;
use super::{SessionClient, Store, StoreError, partitioned_sessions};
use crate::clock::{Timestamp, from_ms};
use crate::model::{LogoutInitiator, User};
use crate::secret::Hash;

/// A session as stored.
#[derive(Clone, Debug)]
pub(crate) struct SessionRecord {
    /// The public id, the `sid` of ID tokens. It opens nothing.
    pub sid: String,
    pub user_id: String,
    /// When the user gave the password.
    pub authenticated_at: Timestamp,
    /// When `/authorize` last used it.
    pub last_used_at: Timestamp,
    /// When the user gave a one-time code for it, if so.
    pub second_factor_at: Option<Timestamp>,
}

/// A session and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct SessionWithUser {
    pub session: SessionRecord,
    pub user: User,
}

/// What [`with_user`] reads.
pub(super) type SessionRow = (String, String, i64, i64, Option<i64>, String);

/// Reads sessions with their users; the literal says which. A session of a user who is gone is no session.
macro_rules! with_user {
    ($which:literal) => {
        concat!(
            "SELECT s.sid, s.user_id, s.authenticated_at, s.last_used_at, s.second_factor_at, u.body
             FROM sessions s JOIN users u ON u.user_id = s.user_id ",
            $which
        )
    };
}
pub(super) use with_user;

impl SessionWithUser {
    pub(super) fn of(row: SessionRow) -> Result<Self, StoreError> {
        let (sid, user_id, authenticated_at, last_used_at, second_factor_at, user) = row;
        let session = SessionRecord {
            sid,
            user_id,
            authenticated_at: from_ms(authenticated_at),
            last_used_at: from_ms(last_used_at),
            second_factor_at: second_factor_at.map(from_ms),
        };
        Ok(Self { session, user: typed("user", &user)? })
    }
}

/// A session that has just ended.
#[derive(Clone, Debug)]
pub(crate) struct EndedSession {
    pub sid: String,
    pub user_id: String,
    /// Those of its clients that are to be told.
    pub clients: Vec<SessionClient>,
}

impl Store {
    /// Begins a session; ends the one that the same browser had before, if any, unless it goes on under the same public
    /// id. False, and nothing is changed, if another sign-in went on with that id meanwhile.
    pub(crate) async fn begin_session(
        &self,
        id: &Hash,
        session: &SessionRecord,
        before: Option<&Hash>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.writer.begin().await?;
        if let Some(before) = before {
            end(&mut transaction, before, Some(&session.sid), LogoutInitiator::RpLogout, now).await?;
        }
        let taken: Option<String> = sqlx::query_scalar("SELECT sid FROM sessions WHERE sid = $1")
            .bind(&session.sid)
            .fetch_optional(&mut *transaction)
            .await?;
        if taken.is_some() {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO sessions (id_hash, sid, user_id, authenticated_at, last_used_at, second_factor_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id.as_str())
        .bind(&session.sid)
        .bind(&session.user_id)
        .bind(session.authenticated_at.as_millisecond())
        .bind(session.last_used_at.as_millisecond())
        .bind(session.second_factor_at.map(Timestamp::as_millisecond))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    pub(crate) async fn session(&self, id: &Hash) -> Result<Option<SessionWithUser>, StoreError> {
        let row: Option<SessionRow> =
            sqlx::query_as(with_user!("WHERE s.id_hash = $1")).bind(id.as_str()).fetch_optional(&self.reader).await?;
        row.map(SessionWithUser::of).transpose()
    }

    /// Ends a session, with the codes that nobody redeemed yet, and stores notices for its clients. Returns it, if it
    /// was there.
    pub(crate) async fn end_session(
        &self,
        id: &Hash,
        initiator: LogoutInitiator,
        now: Timestamp,
    ) -> Result<Option<EndedSession>, StoreError> {
        let mut transaction = self.writer.begin().await?;
        let ended = end(&mut transaction, id, None, initiator, now).await?;
        transaction.commit().await?;
        Ok(ended)
    }
}

/// Takes a session out; what belongs to it ends with it unless it goes on as `goes_on_as`.
async fn end(
    transaction: &mut Transaction<'_, Sqlite>,
    id: &Hash,
    goes_on_as: Option<&str>,
    initiator: LogoutInitiator,
    now: Timestamp,
) -> Result<Option<EndedSession>, StoreError> {
    let row: Option<(String, String)> =
        sqlx::query_as("DELETE FROM sessions WHERE id_hash = $1 RETURNING sid, user_id")
            .bind(id.as_str())
            .fetch_optional(&mut **transaction)
            .await?;
    let Some((sid, user_id)) = row.filter(|(sid, _)| Some(sid.as_str()) != goes_on_as) else { return Ok(None) };
    sqlx::query("DELETE FROM codes WHERE sid = $1 AND redeemed_at IS NULL")
        .bind(&sid)
        .execute(&mut **transaction)
        .await?;
    partitioned_sessions::end_of(transaction, &sid).await?;
    let clients = tell_clients(transaction, &sid, &user_id, initiator, now).await?;
    Ok(Some(EndedSession { sid, user_id, clients }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Data;

    /// Two windows of a browser sign the same person in again at the same time.
    #[tokio::test]
    async fn of_two_sign_ins_one_goes_on_with_the_session() {
        let store = Store::open(&Data::Memory, false).await.expect("a store in memory");
        let session = |sid: &str| SessionRecord {
            sid: sid.to_owned(),
            user_id: "auth0|ada".to_owned(),
            authenticated_at: from_ms(1),
            last_used_at: from_ms(1),
            second_factor_at: None,
        };
        let [before, first, second] = ["before", "first", "second"].map(Hash::of);
        assert!(store.begin_session(&before, &session("sid"), None, from_ms(1)).await.expect("stored"));
        assert!(store.begin_session(&first, &session("sid"), Some(&before), from_ms(2)).await.expect("stored"));
        assert!(!store.begin_session(&second, &session("sid"), Some(&before), from_ms(2)).await.expect("read"));
        assert!(store.begin_session(&second, &session("another"), Some(&before), from_ms(2)).await.expect("stored"));
        let all: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sessions").fetch_one(&store.reader).await.expect("2");
        assert_eq!(all, 2);
    }
}
