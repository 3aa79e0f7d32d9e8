//! Makes what is stored older, as if time had passed: for the lab.

use serde::Serialize;
use sqlx::{Sqlite, Transaction};

use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::model::TenantSettings;

/// How many there are of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub sessions: i64,
    pub codes: i64,
    pub logins: i64,
    pub refresh_families: i64,
    pub access_tokens: i64,
}

/// Times that tell of the past go back, and so do those that something ends at.
const OLDER: [&str; 7] = [
    "UPDATE sessions SET authenticated_at = authenticated_at - $1, last_used_at = last_used_at - $1,
     second_factor_at = second_factor_at - $1",
    "UPDATE partitioned_sessions SET began_at = began_at - $1",
    "UPDATE codes SET expires_at = expires_at - $1",
    "UPDATE logins SET expires_at = expires_at - $1",
    "UPDATE refresh_families SET issued_at = issued_at - $1, expires_at = expires_at - $1",
    "UPDATE refresh_tokens SET replaced_at = replaced_at - $1",
    "UPDATE access_tokens SET expires_at = expires_at - $1",
];

impl Store {
    /// Makes sessions, codes, logins under way, refresh tokens and access tokens older, in one commit. Returns how many of
    /// them were good before, and how many of those are over now.
    pub(crate) async fn age(
        &self,
        milliseconds: i64,
        settings: &TenantSettings,
        now: Timestamp,
    ) -> Result<(Counts, Counts), StoreError> {
        let mut transaction = self.writer.begin().await?;
        let before = good(&mut transaction, settings, now).await?;
        for statement in OLDER {
            sqlx::query(statement).bind(milliseconds).execute(&mut *transaction).await?;
        }
        let after = good(&mut transaction, settings, now).await?;
        transaction.commit().await?;
        let ended = Counts {
            sessions: before.sessions - after.sessions,
            codes: before.codes - after.codes,
            logins: before.logins - after.logins,
            refresh_families: before.refresh_families - after.refresh_families,
            access_tokens: before.access_tokens - after.access_tokens,
        };
        Ok((before, ended))
    }
}

/// How many are good now.
async fn good(
    transaction: &mut Transaction<'_, Sqlite>,
    settings: &TenantSettings,
    now: Timestamp,
) -> Result<Counts, StoreError> {
    let milliseconds = |limit: jiff::SignedDuration| i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
    let now = now.as_millisecond();
    let sessions =
        sqlx::query_scalar("SELECT COUNT(*) FROM sessions WHERE authenticated_at > $1 AND last_used_at > $2")
            .bind(now.saturating_sub(milliseconds(settings.absolute_limit())))
            .bind(now.saturating_sub(milliseconds(settings.idle_limit())))
            .fetch_one(&mut **transaction)
            .await?;
    let mut others = [0; 4];
    for (count, query) in others.iter_mut().zip([
        "SELECT COUNT(*) FROM codes WHERE redeemed_at IS NULL AND expires_at > $1",
        "SELECT COUNT(*) FROM logins WHERE expires_at > $1",
        "SELECT COUNT(*) FROM refresh_families WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)",
        "SELECT COUNT(*) FROM access_tokens WHERE revoked_at IS NULL AND expires_at > $1
         AND (sid IS NULL OR EXISTS (SELECT 1 FROM sessions WHERE sessions.sid = access_tokens.sid))",
    ]) {
        *count = sqlx::query_scalar(query).bind(now).fetch_one(&mut **transaction).await?;
    }
    let [codes, logins, refresh_families, access_tokens] = others;
    Ok(Counts { sessions, codes, logins, refresh_families, access_tokens })
}
