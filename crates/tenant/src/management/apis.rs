//! `/api/v2/resource-servers`: the APIs that access tokens can be for.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::access::Access;
use super::clients::{default, names};
use super::error::ManagementError;
use super::query::{Fields, Paging, Query};
use super::schema::{self, Field, Kind, Problem};
use crate::Tenant;
use crate::addresses::Addresses;
use crate::keys::KeyAlg;
use crate::model::{Api, HS256, SHORTEST_SECRET, from_object};
use crate::secret::{Secret, sha256};
use crate::store::Registry;
use crate::tenant_file::Object;

/// The longest that an access token may live, in seconds: 30 days.
const LONGEST_LIFETIME: i64 = 2_592_000;

/// The field that is shown to whoever set it, once.
pub(crate) const SECRET: &str = "signing_secret";

/// What can be set later; the identifier only at the beginning.
const FIELDS: &[Field] = &[
    ("name", Kind::Text),
    ("scopes", Kind::Objects),
    // What this tenant signs access tokens with.
    ("signing_alg", Kind::OneOf(&[KeyAlg::Rs256.name(), KeyAlg::Es256.name(), HS256])),
    (SECRET, Kind::Text),
    ("allow_offline_access", Kind::Flag),
    ("skip_consent_for_verifiable_first_party_clients", Kind::Flag),
    ("loopback_callbacks_are_verifiable", Kind::Flag),
    ("require_mfa", Kind::Flag),
    ("token_lifetime", Kind::Number(1, LONGEST_LIFETIME)),
    ("token_lifetime_for_web", Kind::Number(1, LONGEST_LIFETIME)),
    ("token_dialect", Kind::OneOf(&["access_token", "rfc9068_profile"])),
    ("enforce_policies", Kind::Flag),
    ("consent_policy", Kind::Text),
    ("client_id", Kind::Text),
    ("token_encryption", Kind::Object),
    ("proof_of_possession", Kind::Object),
    ("subject_type_authorization", Kind::Object),
];

/// `GET /resource-servers`.
pub(super) async fn list(access: Access, RawQuery(raw): RawQuery) -> Result<Response, ManagementError> {
    access.require(&["read:resource_servers"])?;
    let names: Vec<_> = ["identifiers"].into_iter().chain(Paging::NAMES).chain(Fields::NAMES).collect();
    let query = Query::read(raw, &names)?;
    let wanted = query.all("identifiers");
    let mut apis = all(&access.tenant).await?;
    apis.retain(|api| wanted.is_empty() || wanted.iter().any(|wanted| api["identifier"] == json!(wanted)));
    Ok(Paging::read(&query)?.answer("resource_servers", "id", apis, &Fields::read(&query)?))
}

/// `GET /resource-servers/{id}`, by id or by identifier.
pub(super) async fn get(
    access: Access,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Object>, ManagementError> {
    access.require(&["read:resource_servers"])?;
    let fields = Fields::read(&Query::read(raw, &Fields::NAMES)?)?;
    let key = key_of(&access.tenant, &id).await?.ok_or_else(unknown)?;
    let api =
        access.tenant.store().objects(Registry::Apis).await?.into_iter().find(|api| api["identifier"] == json!(key));
    Ok(Json(fields.of(shown(without_secret(api.ok_or_else(unknown)?), access.tenant.addresses()))))
}

/// `POST /resource-servers`.
pub(super) async fn create(
    access: Access,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Object>), ManagementError> {
    access.require(&["create:resource_servers"])?;
    let sent = schema::read(&headers, body).await?;
    let fields = names(&sent);
    let created = access.logged("Create a resource server", &fields, add(&access.tenant, sent).await)?;
    // Whoever made it needs its secret, this once.
    Ok((StatusCode::CREATED, Json(shown(created, access.tenant.addresses()))))
}

/// `PATCH /resource-servers/{id}`.
pub(super) async fn update(
    access: Access,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Object>, ManagementError> {
    access.require(&["update:resource_servers"])?;
    let sent = schema::read(&headers, body).await?;
    let fields = names(&sent);
    let changed = access.logged("Update a resource server", &fields, change(&access.tenant, &id, sent).await)?;
    Ok(Json(shown(changed, access.tenant.addresses())))
}

/// `DELETE /resource-servers/{id}`.
pub(super) async fn delete(access: Access, Path(id): Path<String>) -> Result<StatusCode, ManagementError> {
    access.require(&["delete:resource_servers"])?;
    let removed = async {
        let Some(key) = key_of(&access.tenant, &id).await? else { return Ok(()) };
        let apis = access.tenant.store().objects(Registry::Apis).await?;
        if apis.iter().any(|api| api["identifier"] == json!(key) && is_system(api)) {
            return Err(ManagementError::body("'The tenant's own API cannot be deleted'."));
        }
        access.tenant.store().remove_object(Registry::Apis, &key).await?;
        Ok(())
    };
    access.logged("Delete a resource server", &[], removed.await)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes an API as `PATCH` does, and returns it as stored; its secret only if that is new: it is shown this once.
pub(crate) async fn change(tenant: &Tenant, id: &str, sent: Object) -> Result<Object, ManagementError> {
    let key = key_of(tenant, id).await?.ok_or_else(unknown)?;
    prepare_keys(tenant, &sent).await?;
    let mut had = None;
    let change = |api: Object| {
        had = api.get(SECRET).cloned();
        changed(api, sent)
    };
    let changed = tenant.store().change_object(Registry::Apis, &key, change).await?.ok_or_else(unknown)??;
    Ok(if changed.get(SECRET) == had.as_ref() { without_secret(changed) } else { changed })
}

/// Every API as answers show it.
pub(crate) async fn all(tenant: &Tenant) -> Result<Vec<Object>, ManagementError> {
    let apis = tenant.store().objects(Registry::Apis).await?;
    Ok(apis.into_iter().map(|api| shown(without_secret(api), tenant.addresses())).collect())
}

/// Keys are published before an API has tokens signed with them.
async fn prepare_keys(tenant: &Tenant, sent: &Object) -> Result<(), ManagementError> {
    match sent.get("signing_alg").and_then(Value::as_str).and_then(KeyAlg::of) {
        Some(alg) => Ok(tenant.keys().prepare(alg, tenant.now()).await?),
        None => Ok(()),
    }
}

async fn add(tenant: &Tenant, mut sent: Object) -> Result<Object, ManagementError> {
    prepare_keys(tenant, &sent).await?;
    let identifier = match sent.shift_remove("identifier") {
        Some(Value::String(text)) if !text.is_empty() && text.chars().all(|c| !c.is_control() && c != ' ') => text,
        Some(Value::String(_)) => {
            return Err(Problem::at("identifier", "Expected a text without spaces and control characters").into());
        }
        Some(_) => return Err(Problem::at("identifier", "Expected a text").into()),
        None => return Err(Problem::missing("identifier").into()),
    };
    let mut api = Object::new();
    api.insert("name".into(), json!(identifier));
    api.insert("identifier".into(), json!(identifier));
    let api = changed(api, sent)?;
    let taken = key_of(tenant, &identifier).await?.is_some();
    if taken || !tenant.store().add_object(Registry::Apis, &identifier, &api).await? {
        let message = format!("A resource server with the identifier {identifier} already exists");
        return Err(ManagementError::conflict("resource_server_exists", message));
    }
    Ok(api)
}

fn changed(mut api: Object, sent: Object) -> Result<Object, Problem> {
    schema::check(&sent, FIELDS)?;
    if is_system(&api) && sent.contains_key("scopes") {
        return Err(Problem::at("scopes", "The scopes of the tenant's own API cannot be changed"));
    }
    schema::merge(&mut api, sent, &[]);
    fill_in_secret(&mut api)?;
    let no_value = |scope: &Value| scope["value"].as_str().is_none_or(|value| value.is_empty() || value.contains(' '));
    if let Some(at) = api.get("scopes").and_then(Value::as_array).and_then(|scopes| scopes.iter().position(no_value)) {
        return Err(Problem::at(format!("scopes[{at}]"), "Expected a value without spaces, such as read:notes"));
    }
    from_object::<Api>(&api).map_err(|error| Problem::at("", error.to_string()))?;
    let lifetime = api.get("token_lifetime").and_then(Value::as_i64).unwrap_or(86_400);
    if api.get("token_lifetime_for_web").and_then(Value::as_i64).is_some_and(|for_web| for_web > lifetime) {
        let sentence = format!("Expected at most the token_lifetime, which is {lifetime}");
        return Err(Problem::at("token_lifetime_for_web", sentence));
    }
    Ok(api)
}

/// An API whose tokens are signed with a secret has one, of some length.
fn fill_in_secret(api: &mut Object) -> Result<(), Problem> {
    if api.get("signing_alg") == Some(&json!(HS256)) {
        if is_system(api) {
            let sentence = "Expected RS256 or ES256: the tenant's own API is asked with public keys";
            return Err(Problem::at("signing_alg", sentence));
        }
        default(api, SECRET, json!(Secret::random().expose()));
    }
    match api.get(SECRET).and_then(Value::as_str).map(|secret| secret.chars().count()) {
        Some(length) if length < SHORTEST_SECRET => {
            Err(Problem::at(SECRET, format!("Expected at least {SHORTEST_SECRET} characters but found {length}")))
        }
        _ => Ok(()),
    }
}

fn without_secret(mut api: Object) -> Object {
    api.shift_remove(SECRET);
    api
}

/// The API as an answer shows it: with an id, defaults, and the placeholders of its identifier filled in.
pub(crate) fn shown(mut api: Object, addresses: &Addresses) -> Object {
    let stored = api["identifier"].as_str().unwrap_or_default().to_owned();
    let identifier = addresses.expand(&stored).swap_remove(0);
    api.insert("id".into(), json!(id_of(&stored)));
    api.insert("identifier".into(), json!(identifier));
    for (name, value) in [
        ("is_system", json!(false)),
        ("scopes", json!([])),
        ("signing_alg", json!("RS256")),
        ("allow_offline_access", json!(false)),
        ("skip_consent_for_verifiable_first_party_clients", json!(false)),
        ("token_lifetime", json!(86_400)),
        ("token_lifetime_for_web", json!(7_200)),
    ] {
        default(&mut api, name, value);
    }
    api
}

/// What the store calls the API with this id or identifier.
async fn key_of(tenant: &Tenant, id: &str) -> Result<Option<String>, ManagementError> {
    let apis = tenant.store().objects(Registry::Apis).await?;
    let keys = apis.iter().filter_map(|api| api["identifier"].as_str());
    let mut matching =
        keys.filter(|key| id_of(key) == id || tenant.addresses().expand(key).iter().any(|full| full == id));
    Ok(matching.next().map(ToOwned::to_owned))
}

/// 24 hexadecimal digits, always the same for the same identifier.
fn id_of(identifier: &str) -> String {
    sha256(identifier.as_bytes()).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

fn is_system(api: &Object) -> bool {
    api.get("is_system") == Some(&Value::Bool(true))
}

fn unknown() -> ManagementError {
    ManagementError::not_found("inexistent_resource_server", "The resource server does not exist")
}
