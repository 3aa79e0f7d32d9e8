//! `/api/v2/clients`: who may ask the tenant for tokens.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::access::Access;
use super::client_rules;
use super::error::ManagementError;
use super::query::{Fields, Paging, Query};
use super::schema::{self, Problem};
use crate::Tenant;
use crate::store::Registry;
use crate::tenant_file::Object;

/// `GET /clients`.
pub(super) async fn list(access: Access, RawQuery(raw): RawQuery) -> Result<Response, ManagementError> {
    access.require(&["read:clients", "read:client_keys"])?;
    let filters = ["is_global", "is_first_party", "app_type"];
    let names: Vec<_> = filters.into_iter().chain(Paging::NAMES).chain(Fields::NAMES).collect();
    let query = Query::read(raw, &names)?;
    let (first_party, kinds) = (query.bool("is_first_party")?, query.all("app_type"));
    let mut clients = all(&access).await?;
    clients.retain(|client| {
        first_party.is_none_or(|wanted| client["is_first_party"] == json!(wanted))
            && (kinds.is_empty() || kinds.iter().any(|kind| client.get("app_type") == Some(&json!(kind))))
    });
    if query.bool("is_global")? == Some(true) {
        // The vendor's tenants have one client that stands for all; this one has none.
        clients.clear();
    }
    log_secrets(&access);
    Ok(Paging::read(&query)?.answer("clients", "client_id", clients, &Fields::read(&query)?))
}

/// `GET /clients/{id}`.
pub(super) async fn get(
    access: Access,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Object>, ManagementError> {
    access.require(&["read:clients", "read:client_keys"])?;
    let fields = Fields::read(&Query::read(raw, &Fields::NAMES)?)?;
    let client = all(&access).await?.into_iter().find(|client| client["client_id"] == json!(id)).ok_or_else(unknown)?;
    log_secrets(&access);
    Ok(Json(fields.of(client)))
}

/// `POST /clients`.
pub(super) async fn create(
    access: Access,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Object>), ManagementError> {
    access.require(&["create:clients"])?;
    let sent = schema::read(&headers, body).await?;
    let fields = names(&sent);
    let created = access.logged("Create a client", &fields, add(&access.tenant, sent).await)?;
    // Whoever made a client needs its secret, this once.
    Ok((StatusCode::CREATED, Json(client_rules::shown(created, access.tenant.addresses(), true))))
}

/// `PATCH /clients/{id}`.
pub(super) async fn update(
    access: Access,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Object>, ManagementError> {
    access.require(&["update:clients", "update:client_keys"])?;
    let sent = schema::read(&headers, body).await?;
    if sent.contains_key("client_secret") {
        access.require(&["update:client_keys"])?;
    }
    let fields = names(&sent);
    let changed = change(&access.tenant, &id, sent).await;
    let changed = access.logged("Update a client", &fields, changed)?;
    let with_secrets = access.has("read:client_keys");
    Ok(Json(client_rules::shown(changed, access.tenant.addresses(), with_secrets)))
}

/// `DELETE /clients/{id}`: no error either if there is none, as with the vendor.
pub(super) async fn delete(access: Access, Path(id): Path<String>) -> Result<StatusCode, ManagementError> {
    access.require(&["delete:clients"])?;
    let removed = access.tenant.store().remove_object(Registry::Clients, &id).await.map_err(Into::into);
    access.logged("Delete a client", &[], removed)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes a client as `PATCH` does, and returns it as stored.
pub(crate) async fn change(tenant: &Tenant, id: &str, sent: Object) -> Result<Object, ManagementError> {
    let legacy = client_rules::Legacy::of(tenant).await?;
    let changed = tenant
        .store()
        .change_object(Registry::Clients, id, |client| {
            client_rules::changed(client, sent, &legacy, tenant.addresses(), tenant.now())
        })
        .await?
        .ok_or_else(unknown)?;
    Ok(changed?)
}

async fn add(tenant: &Tenant, sent: Object) -> Result<Object, ManagementError> {
    let legacy = client_rules::Legacy::of(tenant).await?;
    let client = client_rules::created(sent, &legacy, tenant.addresses(), tenant.now())?;
    let id = client["client_id"].as_str().unwrap_or_default().to_owned();
    if !tenant.store().add_object(Registry::Clients, &id, &client).await? {
        return Err(ManagementError::conflict("client_exists", "A client with this client_id exists already."));
    }
    Ok(client)
}

async fn all(access: &Access) -> Result<Vec<Object>, ManagementError> {
    let with_secrets = access.has("read:client_keys");
    let clients = access.tenant.store().objects(Registry::Clients).await?;
    Ok(clients.into_iter().map(|client| client_rules::shown(client, access.tenant.addresses(), with_secrets)).collect())
}

fn log_secrets(access: &Access) {
    if access.has("read:client_keys") {
        access.log_secrets_read("Read client secrets");
    }
}

pub(super) fn names(sent: &Object) -> Vec<String> {
    sent.keys().cloned().collect()
}

pub(super) fn unknown() -> ManagementError {
    ManagementError::not_found("inexistent_client", "The client does not exist")
}

impl From<Problem> for ManagementError {
    fn from(problem: Problem) -> Self {
        Self::body(problem)
    }
}

/// A value of a field, for defaults.
pub(super) fn default(object: &mut Object, name: &str, value: Value) {
    if object.get(name).is_none_or(Value::is_null) {
        object.insert(name.into(), value);
    }
}
