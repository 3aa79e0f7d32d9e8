//! Clients and APIs as the objects they were given as: what the Management API and the dashboard read and write.

use serde_json::Value;

use super::{Store, StoreError, read_json};
use crate::addresses::Addresses;
use crate::tenant_file::Object;

impl Store {
    /// The identifiers of the tenant's own APIs (`is_system`), placeholders filled in.
    pub(crate) async fn system_apis(&self, addresses: &Addresses) -> Result<Vec<String>, StoreError> {
        let apis = self.api_objects().await?;
        Ok(apis
            .iter()
            .filter(|api| api.get("is_system") == Some(&Value::Bool(true)))
            .filter_map(|api| api.get("identifier").and_then(Value::as_str))
            .flat_map(|identifier| addresses.expand(identifier))
            .collect())
    }

    /// Every API as stored, placeholders and all, by identifier.
    pub(crate) async fn api_objects(&self) -> Result<Vec<Object>, StoreError> {
        let bodies: Vec<String> =
            sqlx::query_scalar("SELECT body FROM apis ORDER BY identifier").fetch_all(&self.reader).await?;
        bodies.iter().map(|body| read_json("API", body)).collect()
    }
}
