//! `/api/v2/clients/{client_id}/credentials`: the public keys that a client may prove itself with. Which of them count is
//! said by the client's own `client_authentication_methods`.

use axum::Json;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::access::Access;
use super::clients::{default, names, unknown};
use super::error::ManagementError;
use super::query::check_id;
use super::schema::{self, Field, Kind, Problem};
use crate::clock::{Timestamp, iso};
use crate::model::{CREDENTIAL_ID, CREDENTIALS, Credential, default_kid, from_object, new_credential_id};
use crate::store::Registry;
use crate::tenant_file::Object;

/// What a new credential is made of.
const FIELDS: &[Field] = &[
    ("credential_type", Kind::OneOf(&["public_key"])),
    ("name", Kind::Text),
    ("pem", Kind::Text),
    ("alg", Kind::OneOf(&["RS256", "RS384", "PS256", "ES256"])),
    ("kid", Kind::Text),
    (EXPIRY, Kind::Text),
];

/// What can be changed later.
const EXPIRY: &str = "expires_at";

/// `GET …/credentials`.
pub(super) async fn list(access: Access, Path(client_id): Path<String>) -> Result<Json<Vec<Object>>, ManagementError> {
    access.require(&["read:client_credentials"])?;
    Ok(Json(all(&access, &client_id).await?.into_iter().map(shown).collect()))
}

/// `GET …/credentials/{credential_id}`.
pub(super) async fn get(
    access: Access,
    Path((client_id, id)): Path<(String, String)>,
) -> Result<Json<Object>, ManagementError> {
    access.require(&["read:client_credentials"])?;
    let found = all(&access, &client_id).await?.into_iter().find(|credential| is(credential, &id));
    Ok(Json(shown(found.ok_or_else(unknown_credential)?)))
}

/// `POST …/credentials`.
pub(super) async fn create(
    access: Access,
    Path(client_id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Object>), ManagementError> {
    access.require(&["create:client_credentials"])?;
    let sent = schema::read(&headers, body).await?;
    let (fields, now) = (names(&sent), access.tenant.now());
    let added = async {
        let new = new(sent, now)?;
        let answer = shown(new.clone());
        change(&access, &client_id, |credentials| {
            if credentials.iter().any(|other| other.get("kid") == new.get("kid")) {
                let message = "The client has a credential with this kid already.";
                return Err(ManagementError::conflict("credential_exists", message));
            }
            credentials.push(Value::Object(new));
            Ok(())
        })
        .await?;
        Ok(answer)
    };
    let added = access.logged("Create a client credential", &fields, added.await)?;
    Ok((StatusCode::CREATED, Json(added)))
}

/// `PATCH …/credentials/{credential_id}`: when it stops counting; null: never.
pub(super) async fn update(
    access: Access,
    Path((client_id, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Object>, ManagementError> {
    access.require(&["update:client_credentials"])?;
    let sent = schema::read(&headers, body).await?;
    let (fields, now) = (names(&sent), access.tenant.now());
    let changed = async {
        schema::check(&sent, &[(EXPIRY, Kind::Text)])?;
        check_expiry(&sent)?;
        let mut changed = Object::new();
        change(&access, &client_id, |credentials| {
            let credentials = credentials.iter_mut().filter_map(Value::as_object_mut);
            let credential = credentials.into_iter().find(|own| is(own, &id)).ok_or_else(unknown_credential)?;
            schema::merge(credential, sent, &[]);
            credential.insert("updated_at".into(), json!(iso(now)));
            changed.clone_from(credential);
            Ok(())
        })
        .await?;
        Ok(changed)
    };
    Ok(Json(shown(access.logged("Update a client credential", &fields, changed.await)?)))
}

/// `DELETE …/credentials/{credential_id}`, whether it counts or not; no error either if there is none, as with the vendor.
pub(super) async fn delete(
    access: Access,
    Path((client_id, id)): Path<(String, String)>,
) -> Result<StatusCode, ManagementError> {
    access.require(&["delete:client_credentials"])?;
    check_id(&id, CREDENTIAL_ID)?;
    let deleted = change(&access, &client_id, |credentials| {
        credentials.retain(|credential| credential["id"] != json!(id));
        Ok(())
    });
    access.logged("Delete a client credential", &[], deleted.await)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the Management API itself adds to a credential that comes with a client.
pub(super) fn complete(credential: &mut Object, now: Timestamp) {
    let kid = credential.get("pem").and_then(Value::as_str).map(default_kid);
    default(credential, "kid", json!(kid));
    for name in ["created_at", "updated_at"] {
        default(credential, name, json!(iso(now)));
    }
}

fn new(sent: Object, now: Timestamp) -> Result<Object, Problem> {
    schema::check(&sent, FIELDS)?;
    for required in ["credential_type", "pem"] {
        if sent.get(required).is_none_or(Value::is_null) {
            return Err(Problem::missing(required));
        }
    }
    check_expiry(&sent)?;
    let may_be_in_kid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if let Some(kid) = sent.get("kid").and_then(Value::as_str)
        && !((10..=64).contains(&kid.len()) && kid.bytes().all(may_be_in_kid))
    {
        return Err(Problem::at("kid", "Expected 10 to 64 letters, digits, - and _"));
    }
    let credential: Credential = from_object(&sent).map_err(|error| Problem::at("", error.to_string()))?;
    credential.check().map_err(|(field, expected)| Problem::at(field, format!("Expected {expected}")))?;
    let mut new = Object::from_iter([("id".to_owned(), json!(new_credential_id()))]);
    new.extend(sent.into_iter().filter(|(_, value)| !value.is_null()));
    default(&mut new, "alg", json!("RS256"));
    complete(&mut new, now);
    Ok(new)
}

fn check_expiry(sent: &Object) -> Result<(), Problem> {
    match sent.get(EXPIRY).and_then(Value::as_str).map(str::parse::<Timestamp>) {
        Some(Err(_)) => Err(Problem::at(EXPIRY, "Expected a date and time by ISO 8601, such as 2027-01-31T00:00:00Z")),
        _ => Ok(()),
    }
}

/// Changes the list of a client's credentials, in one commit.
async fn change(
    access: &Access,
    client_id: &str,
    change: impl FnOnce(&mut Vec<Value>) -> Result<(), ManagementError>,
) -> Result<(), ManagementError> {
    let change = |mut client: Object| {
        default(&mut client, CREDENTIALS, json!([]));
        match client.get_mut(CREDENTIALS).and_then(Value::as_array_mut) {
            Some(credentials) => change(credentials).map(|()| client),
            None => Err(ManagementError::body(Problem::at(CREDENTIALS, "Expected a list of objects"))),
        }
    };
    access.tenant.store().change_object(Registry::Clients, client_id, change).await?.ok_or_else(unknown)??;
    Ok(())
}

async fn all(access: &Access, client_id: &str) -> Result<Vec<Object>, ManagementError> {
    let clients = access.tenant.store().objects(Registry::Clients).await?;
    let mut client = clients.into_iter().find(|client| client["client_id"] == json!(client_id)).ok_or_else(unknown)?;
    let credentials = client.get_mut(CREDENTIALS).and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    Ok(credentials.into_iter().filter_map(|credential| credential.as_object().cloned()).collect())
}

/// The credential as an answer shows it: all but the key, which its owner has.
fn shown(mut credential: Object) -> Object {
    credential.shift_remove("pem");
    for (name, value) in [("credential_type", "public_key"), ("name", ""), ("alg", "RS256")] {
        default(&mut credential, name, json!(value));
    }
    credential
}

fn is(credential: &Object, id: &str) -> bool {
    credential.get("id") == Some(&json!(id))
}

fn unknown_credential() -> ManagementError {
    ManagementError::not_found("inexistent_credential", "The credential does not exist")
}
