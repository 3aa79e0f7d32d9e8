//! Partitioned sessions: further ids of a sign-in session, each for the frames of one client at one origin. They end with it.

use sqlx::SqliteConnection;

use super::sessions::{SessionRow, with_user};
use super::{SessionWithUser, Store, StoreError};
use crate::clock::{Timestamp, from_ms};
use crate::secret::Hash;

/// How many ids of the same client and origin a session has at most; the oldest go first. Two tabs that exchange codes at the
/// same moment get one each, and nobody knows whose answer the browser takes last.
const IDS: i64 = 4;

/// Which frames a partitioned session is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    pub client_id: String,
    pub issuer: String,
    /// Of the app's pages.
    pub origin: String,
}

/// A partitioned session to store in the commit that uses up the code.
#[derive(Clone)]
pub(crate) struct NewPartitionedSession {
    pub id: Hash,
    pub sid: String,
    pub partition: Partition,
}

/// One that a user has.
pub(crate) struct PartitionedSession {
    pub sid: String,
    pub partition: Partition,
    pub began_at: Timestamp,
}

impl NewPartitionedSession {
    /// Stores it within a commit that stores more, unless the session is over.
    pub(super) async fn insert(
        &self,
        connection: &mut SqliteConnection,
        code: &Hash,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Partition { client_id, issuer, origin } = &self.partition;
        sqlx::query(
            "INSERT INTO partitioned_sessions (id_hash, sid, client_id, issuer, origin, code_hash, began_at)
             SELECT $1, sid, $3, $4, $5, $6, $7 FROM sessions WHERE sid = $2",
        )
        .bind(self.id.as_str())
        .bind(&self.sid)
        .bind(client_id)
        .bind(issuer)
        .bind(origin)
        .bind(code.as_str())
        .bind(now.as_millisecond())
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "DELETE FROM partitioned_sessions
             WHERE sid = $1 AND client_id = $2 AND issuer = $3 AND origin = $4 AND id_hash <> $5 AND id_hash NOT IN (
                 SELECT id_hash FROM partitioned_sessions
                 WHERE sid = $1 AND client_id = $2 AND issuer = $3 AND origin = $4 AND id_hash <> $5
                 ORDER BY began_at DESC LIMIT $6)",
        )
        .bind(&self.sid)
        .bind(client_id)
        .bind(issuer)
        .bind(origin)
        .bind(self.id.as_str())
        .bind(IDS - 1)
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// Ends those that a code bought.
pub(super) async fn end_bought_by(connection: &mut SqliteConnection, code: &Hash) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM partitioned_sessions WHERE code_hash = $1")
        .bind(code.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends those of a sign-in session.
pub(super) async fn end_of(connection: &mut SqliteConnection, sid: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM partitioned_sessions WHERE sid = $1").bind(sid).execute(connection).await?;
    Ok(())
}

impl Store {
    /// The sign-in session that an id leads to in frames of this partition.
    pub(crate) async fn partitioned_session(
        &self,
        id: &Hash,
        partition: &Partition,
    ) -> Result<Option<SessionWithUser>, StoreError> {
        let row: Option<SessionRow> = sqlx::query_as(with_user!(
            "JOIN partitioned_sessions p ON p.sid = s.sid
             WHERE p.id_hash = $1 AND p.client_id = $2 AND p.issuer = $3 AND p.origin = $4"
        ))
        .bind(id.as_str())
        .bind(&partition.client_id)
        .bind(&partition.issuer)
        .bind(&partition.origin)
        .fetch_optional(&self.reader)
        .await?;
        row.map(SessionWithUser::of).transpose()
    }

    /// The user's, each once however many ids it has, the oldest first.
    pub(crate) async fn partitioned_sessions_of(&self, user_id: &str) -> Result<Vec<PartitionedSession>, StoreError> {
        let rows: Vec<(String, String, String, String, i64)> = sqlx::query_as(
            "SELECT p.sid, p.client_id, p.issuer, p.origin, MIN(p.began_at) FROM partitioned_sessions p
             JOIN sessions s ON s.sid = p.sid WHERE s.user_id = $1
             GROUP BY p.sid, p.client_id, p.issuer, p.origin ORDER BY MIN(p.began_at), p.origin",
        )
        .bind(user_id)
        .fetch_all(&self.reader)
        .await?;
        let session = |(sid, client_id, issuer, origin, began_at)| PartitionedSession {
            sid,
            partition: Partition { client_id, issuer, origin },
            began_at: from_ms(began_at),
        };
        Ok(rows.into_iter().map(session).collect())
    }

    /// Ends one of the user's; false if it is gone.
    pub(crate) async fn end_partitioned_session(
        &self,
        user_id: &str,
        sid: &str,
        partition: &Partition,
    ) -> Result<bool, StoreError> {
        let ended = sqlx::query(
            "DELETE FROM partitioned_sessions WHERE sid = $1 AND client_id = $2 AND issuer = $3 AND origin = $4
             AND EXISTS (SELECT 1 FROM sessions s WHERE s.sid = $1 AND s.user_id = $5)",
        )
        .bind(sid)
        .bind(&partition.client_id)
        .bind(&partition.issuer)
        .bind(&partition.origin)
        .bind(user_id)
        .execute(&self.writer)
        .await?;
        Ok(ended.rows_affected() > 0)
    }
}
