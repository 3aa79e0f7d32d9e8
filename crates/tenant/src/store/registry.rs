//! Reads what the tenant file brought: clients, APIs, users, settings.

use std::sync::Arc;

use super::{Store, StoreError, read_json};
use crate::addresses::{Addresses, Domain};
use crate::keys::KeyAlg;
use crate::model::{Api, Client, ClientGrant, DelegationSettings, TenantSettings, User, from_object};
use crate::tenant_file::Object;

impl Store {
    /// The client with this id. `addresses` are the tenant's own, here and below.
    pub(crate) async fn client(&self, client_id: &str, addresses: &Addresses) -> Result<Option<Client>, StoreError> {
        let read = async {
            let body: Option<String> = sqlx::query_scalar("SELECT body FROM clients WHERE client_id = $1")
                .bind(client_id)
                .fetch_optional(&self.reader)
                .await?;
            body.map(|body| Ok(typed::<Client>("client", &body)?.at(addresses))).transpose()
        };
        self.cache.get("client", &[client_id], read).await
    }

    pub(crate) async fn clients(&self, addresses: &Addresses) -> Result<Arc<[Client]>, StoreError> {
        let read = async {
            let bodies: Vec<String> =
                sqlx::query_scalar("SELECT body FROM clients ORDER BY client_id").fetch_all(&self.reader).await?;
            bodies.iter().map(|body| Ok(typed::<Client>("client", body)?.at(addresses))).collect()
        };
        self.cache.get("clients", &[], read).await
    }

    /// The API whose identifier, placeholders filled in with one of the tenant's addresses, is `audience`.
    pub(crate) async fn api(&self, audience: &str, addresses: &Addresses) -> Result<Option<Api>, StoreError> {
        let read = async {
            let bodies: Vec<String> =
                sqlx::query_scalar("SELECT body FROM apis ORDER BY identifier").fetch_all(&self.reader).await?;
            for body in &bodies {
                let mut api: Api = typed("API", body)?;
                if addresses.expand(&api.identifier).iter().any(|identifier| identifier == audience) {
                    audience.clone_into(&mut api.identifier);
                    return Ok(Some(api));
                }
            }
            Ok(None)
        };
        self.cache.get("api", &[audience], read).await
    }

    /// What the APIs have their access tokens signed with.
    pub(crate) async fn signing_algs(&self) -> Result<Vec<KeyAlg>, StoreError> {
        let bodies: Vec<String> = sqlx::query_scalar("SELECT body FROM apis").fetch_all(&self.reader).await?;
        bodies.iter().map(|body| Ok(typed::<Api>("API", body)?.key_alg())).collect()
    }

    /// The scopes that a client may have at an API for itself (`clientGrants`), if it may call it at all.
    pub(crate) async fn client_grant(
        &self,
        client_id: &str,
        audience: &str,
        addresses: &Addresses,
    ) -> Result<Option<Vec<String>>, StoreError> {
        let read = async {
            let rows: Vec<(String, String)> =
                sqlx::query_as("SELECT audience, body FROM client_grants WHERE client_id = $1 ORDER BY audience")
                    .bind(client_id)
                    .fetch_all(&self.reader)
                    .await?;
            let found = rows.iter().find(|(own, _)| addresses.expand(own).iter().any(|own| own == audience));
            found.map(|(_, body)| Ok(typed::<ClientGrant>("client grant", body)?.scope)).transpose()
        };
        self.cache.get("client grant", &[client_id, audience], read).await
    }

    pub(crate) async fn user(&self, user_id: &str) -> Result<Option<User>, StoreError> {
        let body: Option<String> = sqlx::query_scalar("SELECT body FROM users WHERE user_id = $1")
            .bind(user_id)
            .fetch_optional(&self.reader)
            .await?;
        body.map(|body| typed("user", &body)).transpose()
    }

    /// The user with this address and the hash of the password.
    pub(crate) async fn user_by_email(&self, email: &str) -> Result<Option<(User, String)>, StoreError> {
        let row: Option<(String, String)> = sqlx::query_as("SELECT body, password_hash FROM users WHERE email = $1")
            .bind(email.trim().to_lowercase())
            .fetch_optional(&self.reader)
            .await?;
        row.map(|(body, hash)| Ok((typed("user", &body)?, hash))).transpose()
    }

    pub(crate) async fn tenant_settings(&self) -> Result<TenantSettings, StoreError> {
        let read = async {
            let body = self.section("tenant").await?;
            from_object(&body).map_err(|source| StoreError::Unreadable { what: "section", source })
        };
        self.cache.get("tenant settings", &[], read).await
    }

    pub(crate) async fn delegation_settings(&self) -> Result<DelegationSettings, StoreError> {
        let read = async {
            let body = self.section("delegation").await?;
            DelegationSettings::read(&body).map_err(|source| StoreError::Unreadable { what: "section", source })
        };
        self.cache.get("delegation settings", &[], read).await
    }

    pub(crate) async fn domains(&self) -> Result<Vec<Domain>, StoreError> {
        let body: String =
            sqlx::query_scalar("SELECT body FROM sections WHERE name = 'domains'").fetch_one(&self.reader).await?;
        read_json("list of domains", &body)
    }

    async fn section(&self, name: &str) -> Result<Object, StoreError> {
        let body: Option<String> = sqlx::query_scalar("SELECT body FROM sections WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.reader)
            .await?;
        read_json("section", body.as_deref().unwrap_or("{}"))
    }
}

pub(super) fn typed<T: serde::de::DeserializeOwned>(what: &'static str, body: &str) -> Result<T, StoreError> {
    let object: Object = read_json(what, body)?;
    from_object(&object).map_err(|source| StoreError::Unreadable { what, source })
}
