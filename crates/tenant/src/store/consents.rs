//! Consents: what users granted to applications. Taking one back ends what the application holds by it.

use super::refresh_tokens::revoke_grant;
use super::{CodeRecord, Store, StoreError, read_json, write_json};
use crate::clock::{Timestamp, from_ms};
use crate::secret::{Hash, random_text};

/// What the ids of consents begin with.
pub(crate) const CONSENT_ID: &str = "gra_";

/// What a user granted to a client for one API.
#[derive(Clone, Debug)]
pub(crate) struct Consent {
    /// Names it in addresses and answers.
    pub consent_id: String,
    pub user_id: String,
    pub client_id: String,
    /// The API's identifier; absent means `/userinfo` alone.
    pub audience: Option<String>,
    pub scope: Vec<String>,
    /// When the user last said yes.
    pub granted_at: Timestamp,
}

type Row = (String, String, String, String, String, i64);

impl Consent {
    fn read((consent_id, user_id, client_id, audience, scope, granted_at): Row) -> Result<Self, StoreError> {
        Ok(Self {
            consent_id,
            user_id,
            client_id,
            audience: Some(audience).filter(|audience| !audience.is_empty()),
            scope: read_json("consent", &scope)?,
            granted_at: from_ms(granted_at),
        })
    }
}

impl Store {
    /// What the user granted to the client for this API, if anything.
    pub(crate) async fn consent(
        &self,
        user_id: &str,
        client_id: &str,
        audience: Option<&str>,
    ) -> Result<Option<Consent>, StoreError> {
        let audience = audience.unwrap_or_default();
        let read = async {
            let row: Option<Row> = sqlx::query_as(
                "SELECT consent_id, user_id, client_id, audience, scope, granted_at FROM consents
                 WHERE user_id = $1 AND client_id = $2 AND audience = $3",
            )
            .bind(user_id)
            .bind(client_id)
            .bind(audience)
            .fetch_optional(&self.reader)
            .await?;
            row.map(Consent::read).transpose()
        };
        self.cache.get("consent", &[user_id, client_id, audience], read).await
    }

    /// Every consent, or those of this user, the latest first.
    pub(crate) async fn consents(&self, user_id: Option<&str>) -> Result<Vec<Consent>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT consent_id, user_id, client_id, audience, scope, granted_at FROM consents
             WHERE $1 IS NULL OR user_id = $1 ORDER BY granted_at DESC, consent_id",
        )
        .bind(user_id)
        .fetch_all(&self.reader)
        .await?;
        rows.into_iter().map(Consent::read).collect()
    }

    /// Ends the page that asked, and adds what it asked for to what the user granted before, in one commit. Returns the
    /// consent, or nothing if the page was used already.
    pub(crate) async fn give_consent(
        &self,
        page: &Hash,
        (user_id, client_id, audience): (&str, &str, Option<&str>),
        scope: &[String],
        now: Timestamp,
    ) -> Result<Option<Consent>, StoreError> {
        let mut transaction = self.change().await?;
        let used = sqlx::query("DELETE FROM logins WHERE id_hash = $1")
            .bind(page.as_str())
            .execute(&mut **transaction)
            .await?
            .rows_affected();
        if used == 0 {
            return Ok(None);
        }
        let before: Option<(String, String)> = sqlx::query_as(
            "SELECT consent_id, scope FROM consents WHERE user_id = $1 AND client_id = $2 AND audience = $3",
        )
        .bind(user_id)
        .bind(client_id)
        .bind(audience.unwrap_or_default())
        .fetch_optional(&mut **transaction)
        .await?;
        let (consent_id, mut all) = match before {
            Some((id, before)) => (id, read_json::<Vec<String>>("consent", &before)?),
            None => (format!("{CONSENT_ID}{}", random_text::<15>()), Vec::new()),
        };
        all.extend(scope.iter().filter(|scope| !all.contains(scope)).cloned().collect::<Vec<_>>());
        sqlx::query(
            "INSERT INTO consents VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (consent_id) DO UPDATE SET scope = excluded.scope, granted_at = excluded.granted_at",
        )
        .bind(&consent_id)
        .bind(user_id)
        .bind(client_id)
        .bind(audience.unwrap_or_default())
        .bind(write_json(&all))
        .bind(now.as_millisecond())
        .execute(&mut **transaction)
        .await?;
        transaction.commit().await?;
        Ok(Some(Consent {
            consent_id,
            user_id: user_id.to_owned(),
            client_id: client_id.to_owned(),
            audience: audience.map(ToOwned::to_owned),
            scope: all,
            granted_at: now,
        }))
    }

    /// Takes a consent back, with the refresh tokens that the client holds for the user, the access tokens they bought,
    /// and codes that nobody redeemed yet; false if there is no such consent.
    pub(crate) async fn revoke_consent(&self, consent_id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let mut transaction = self.change().await?;
        let taken: Option<(String, String)> =
            sqlx::query_as("DELETE FROM consents WHERE consent_id = $1 RETURNING user_id, client_id")
                .bind(consent_id)
                .fetch_optional(&mut **transaction)
                .await?;
        let Some((user_id, client_id)) = taken else { return Ok(false) };
        revoke_grant(&mut transaction, &user_id, &client_id, now).await?;
        let codes: Vec<(String, String)> = sqlx::query_as(
            "SELECT code_hash, body FROM codes WHERE redeemed_at IS NULL
             AND sid IN (SELECT sid FROM sessions WHERE user_id = $1)",
        )
        .bind(&user_id)
        .fetch_all(&mut **transaction)
        .await?;
        for (code_hash, body) in codes {
            if read_json::<CodeRecord>("code", &body)?.client_id == client_id {
                sqlx::query("DELETE FROM codes WHERE code_hash = $1")
                    .bind(code_hash)
                    .execute(&mut **transaction)
                    .await?;
            }
        }
        transaction.commit().await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use sqlx::SqlitePool;
    use sqlx::sqlite::SqliteConnectOptions;

    use super::*;
    use crate::store::{migrations, pool};

    /// A store from before goes on as it was: its APIs ask nobody at localhost who was not asked before, and whoever has a
    /// login page open can still use it.
    #[tokio::test]
    async fn a_store_from_before_consent_goes_on() {
        let options = SqliteConnectOptions::new().in_memory(true);
        let store: SqlitePool = pool(1).connect_with(options).await.expect("a store in memory");
        let migrations = migrations::all();
        let (before, since): (Vec<_>, Vec<_>) = migrations.into_iter().partition(|migration| migration.version < 5);
        for migration in before {
            sqlx::raw_sql(migration.sql.clone()).execute(&store).await.expect("applies");
        }
        let body = r#"{"name":"A","skip_consent_for_verifiable_first_party_clients":SKIP,"scopes":[]}"#;
        for (name, skip) in [("skips", "true"), ("asks", "false")] {
            let insert =
                sqlx::query("INSERT INTO apis VALUES ($1, $1, $2)").bind(name).bind(body.replace("SKIP", skip));
            insert.execute(&store).await.expect("inserted");
        }
        sqlx::query("INSERT INTO logins VALUES ('x', 'http://localhost:4000/', '[]', 9)")
            .execute(&store)
            .await
            .expect("inserted");
        for migration in since {
            sqlx::raw_sql(migration.sql.clone()).execute(&store).await.expect("applies");
        }
        let bodies: Vec<String> =
            sqlx::query_scalar("SELECT body FROM apis ORDER BY name DESC").fetch_all(&store).await.expect("read");
        assert!(bodies[0].contains(r#""loopback_callbacks_are_verifiable":true"#), "{}", bodies[0]);
        assert_eq!(bodies[1], body.replace("SKIP", "false"));
        let progress: String = sqlx::query_scalar("SELECT progress FROM logins").fetch_one(&store).await.expect("read");
        let progress: crate::store::Progress = read_json("login", &progress).expect("a default");
        assert_eq!((progress.step, progress.sid), (crate::interaction::Step::SignIn, None));
    }
}
