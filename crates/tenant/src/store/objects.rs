//! Clients and APIs as the objects they were given as: what the Management API and the dashboard read and write.

use serde_json::Value;

use super::{Store, StoreError, read_json, write_json};
use crate::addresses::Addresses;
use crate::tenant_file::Object;

/// Which objects are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Registry {
    /// By `client_id`.
    Clients,
    /// By `identifier`, with its placeholders.
    Apis,
}

impl Registry {
    const fn what(self) -> &'static str {
        match self {
            Self::Clients => "client",
            Self::Apis => "API",
        }
    }
}

impl Store {
    /// Every object as stored, placeholders and all, by its key.
    pub(crate) async fn objects(&self, registry: Registry) -> Result<Vec<Object>, StoreError> {
        let statement = match registry {
            Registry::Clients => "SELECT body FROM clients ORDER BY client_id",
            Registry::Apis => "SELECT body FROM apis ORDER BY identifier",
        };
        let bodies: Vec<String> = sqlx::query_scalar(statement).fetch_all(&self.reader).await?;
        bodies.iter().map(|body| read_json(registry.what(), body)).collect()
    }

    /// Adds an object; false if its key is taken.
    pub(crate) async fn add_object(&self, registry: Registry, key: &str, object: &Object) -> Result<bool, StoreError> {
        let statement = match registry {
            Registry::Clients => "INSERT INTO clients VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            Registry::Apis => "INSERT INTO apis VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        };
        let mut transaction = self.change().await?;
        let done = sqlx::query(statement)
            .bind(key)
            .bind(object.get("name").and_then(Value::as_str).unwrap_or_default())
            .bind(write_json(object))
            .execute(&mut **transaction)
            .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Changes an object in one commit: nobody else's change comes between. Nothing if there is no such object;
    /// what `change` refuses stays as it was.
    pub(crate) async fn change_object<E>(
        &self,
        registry: Registry,
        key: &str,
        change: impl FnOnce(Object) -> Result<Object, E>,
    ) -> Result<Option<Result<Object, E>>, StoreError> {
        let (read, write) = match registry {
            Registry::Clients => (
                "SELECT body FROM clients WHERE client_id = $1",
                "UPDATE clients SET name = $2, body = $3 WHERE client_id = $1",
            ),
            Registry::Apis => (
                "SELECT body FROM apis WHERE identifier = $1",
                "UPDATE apis SET name = $2, body = $3 WHERE identifier = $1",
            ),
        };
        let mut transaction = self.change().await?;
        let body: Option<String> = sqlx::query_scalar(read).bind(key).fetch_optional(&mut **transaction).await?;
        let Some(body) = body else { return Ok(None) };
        let changed = match change(read_json(registry.what(), &body)?) {
            Ok(changed) => changed,
            Err(refused) => return Ok(Some(Err(refused))),
        };
        sqlx::query(write)
            .bind(key)
            .bind(changed.get("name").and_then(Value::as_str).unwrap_or_default())
            .bind(write_json(&changed))
            .execute(&mut **transaction)
            .await?;
        transaction.commit().await?;
        Ok(Some(Ok(changed)))
    }

    /// Removes an object with its client grants, what users consented to and its partitioned sessions; false if there is none. Whoever registers
    /// its name again begins with nothing.
    pub(crate) async fn remove_object(&self, registry: Registry, key: &str) -> Result<bool, StoreError> {
        let (object, dependents) = match registry {
            Registry::Clients => (
                "DELETE FROM clients WHERE client_id = $1",
                &[
                    "DELETE FROM client_grants WHERE client_id = $1",
                    "DELETE FROM consents WHERE client_id = $1",
                    "DELETE FROM partitioned_sessions WHERE client_id = $1",
                ][..],
            ),
            Registry::Apis => (
                "DELETE FROM apis WHERE identifier = $1",
                &["DELETE FROM client_grants WHERE audience = $1", "DELETE FROM consents WHERE audience = $1"][..],
            ),
        };
        let mut transaction = self.change().await?;
        let done = sqlx::query(object).bind(key).execute(&mut **transaction).await?;
        for dependent in dependents {
            sqlx::query(*dependent).bind(key).execute(&mut **transaction).await?;
        }
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// A section of the tenant file as stored; empty if there is none.
    pub(crate) async fn section_object(&self, name: &str) -> Result<Object, StoreError> {
        let body: Option<String> = sqlx::query_scalar("SELECT body FROM sections WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.reader)
            .await?;
        read_json("section", body.as_deref().unwrap_or("{}"))
    }

    /// The identifiers of the tenant's own APIs (`is_system`), placeholders filled in.
    pub(crate) async fn system_apis(&self, addresses: &Addresses) -> Result<Vec<String>, StoreError> {
        let apis = self.objects(Registry::Apis).await?;
        Ok(apis
            .iter()
            .filter(|api| api.get("is_system") == Some(&Value::Bool(true)))
            .filter_map(|api| api.get("identifier").and_then(Value::as_str))
            .flat_map(|identifier| addresses.expand(identifier))
            .collect())
    }
}
