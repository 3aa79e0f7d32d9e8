//! Who is told of a session's end: clients of the session, and the notices that are on their way to them.

use sqlx::{Sqlite, Transaction};

use super::{Store, StoreError};
use crate::clock::{Timestamp, from_ms};
use crate::model::{LogoutInitiator, TenantSettings};
use crate::secret::random_text;

/// A client of a session, at the issuer that it knows the session from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionClient {
    pub client_id: String,
    pub issuer: String,
}

/// A notice that a session ended, for one client.
#[derive(Clone, Debug)]
pub(crate) struct LogoutNotice {
    pub notice_id: String,
    pub sid: String,
    pub user_id: String,
    pub client: SessionClient,
    pub initiator: String,
    /// How many tries came to nothing.
    pub failed: i64,
}

impl Store {
    /// Remembers that a client got something in a session.
    pub(crate) async fn add_session_client(&self, sid: &str, client: &SessionClient) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO session_clients VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(sid)
            .bind(&client.client_id)
            .bind(&client.issuer)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// The notices whose time has come, the oldest first, at most `limit`.
    pub(crate) async fn due_logout_notices(&self, now: Timestamp, limit: i64) -> Result<Vec<LogoutNotice>, StoreError> {
        type Row = (String, String, String, String, String, String, i64);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT notice_id, sid, user_id, client_id, issuer, initiator, failed FROM logout_notices
             WHERE due_at <= $1 ORDER BY due_at, notice_id LIMIT $2",
        )
        .bind(now.as_millisecond())
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        let notice = |(notice_id, sid, user_id, client_id, issuer, initiator, failed)| {
            let client = SessionClient { client_id, issuer };
            LogoutNotice { notice_id, sid, user_id, client, initiator, failed }
        };
        Ok(rows.into_iter().map(notice).collect())
    }

    /// When the next notice is due, if there is one.
    pub(crate) async fn next_logout_notice(&self) -> Result<Option<Timestamp>, StoreError> {
        let due: Option<i64> =
            sqlx::query_scalar("SELECT MIN(due_at) FROM logout_notices").fetch_one(&self.reader).await?;
        Ok(due.map(from_ms))
    }

    /// Puts a notice off after a try that came to nothing.
    pub(crate) async fn defer_logout_notice(&self, notice: &LogoutNotice, due_at: Timestamp) -> Result<(), StoreError> {
        sqlx::query("UPDATE logout_notices SET failed = $1, due_at = $2 WHERE notice_id = $3")
            .bind(notice.failed + 1)
            .bind(due_at.as_millisecond())
            .bind(&notice.notice_id)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Removes a notice: it arrived, or nobody tries any more.
    pub(crate) async fn remove_logout_notice(&self, notice: &LogoutNotice) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM logout_notices WHERE notice_id = $1")
            .bind(&notice.notice_id)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Tells the clients of sessions that are over a limit by now, and forgets those of sessions that are gone.
    pub(super) async fn tell_of_expired_sessions(
        &self,
        settings: &TenantSettings,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let before = |limit: jiff::SignedDuration| {
            now.as_millisecond().saturating_sub(i64::try_from(limit.as_millis()).unwrap_or(i64::MAX))
        };
        let mut transaction = self.writer.begin().await?;
        let expired: Vec<(String, String)> = sqlx::query_as(
            "SELECT sid, user_id FROM sessions WHERE (authenticated_at <= $1 OR last_used_at <= $2)
             AND sid IN (SELECT sid FROM session_clients)",
        )
        .bind(before(settings.absolute_limit()))
        .bind(before(settings.idle_limit()))
        .fetch_all(&mut *transaction)
        .await?;
        for (sid, user_id) in expired {
            tell_clients(&mut transaction, &sid, &user_id, LogoutInitiator::SessionExpired, now).await?;
        }
        sqlx::query("DELETE FROM session_clients WHERE sid NOT IN (SELECT sid FROM sessions)")
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Stores a notice for each client of a session that ends, within the commit that ends it; those clients.
pub(super) async fn tell_clients(
    transaction: &mut Transaction<'_, Sqlite>,
    sid: &str,
    user_id: &str,
    initiator: LogoutInitiator,
    now: Timestamp,
) -> Result<Vec<SessionClient>, StoreError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("DELETE FROM session_clients WHERE sid = $1 RETURNING client_id, issuer")
            .bind(sid)
            .fetch_all(&mut **transaction)
            .await?;
    let clients: Vec<_> = rows.into_iter().map(|(client_id, issuer)| SessionClient { client_id, issuer }).collect();
    for client in &clients {
        sqlx::query("INSERT INTO logout_notices VALUES ($1, $2, $3, $4, $5, $6, 0, $7)")
            .bind(random_text::<16>())
            .bind(sid)
            .bind(user_id)
            .bind(&client.client_id)
            .bind(&client.issuer)
            .bind(initiator.name())
            .bind(now.as_millisecond())
            .execute(&mut **transaction)
            .await?;
    }
    Ok(clients)
}
