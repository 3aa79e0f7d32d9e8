//! Clients, APIs, users and settings as typed views on what the store keeps as JSON.

mod api;
mod authentication;
mod client;
mod credential;
mod logout;
mod refresh;
mod registered;
mod requested_claims;
mod settings;
mod user;

pub(crate) use api::{Api, ClientGrant, HS256, SHORTEST_SECRET};
pub(crate) use authentication::{MULTI_FACTOR, UserAuthentication};
pub(crate) use client::{AuthMethod, Client};
pub(crate) use credential::{
    CREDENTIAL_ID, CREDENTIALS, Credential, adopt_credentials, default_kid, new_credential_id,
};
pub(crate) use logout::{LogoutInitiator, logout_target};
pub(crate) use registered::{RedirectUri, logout_is_registered};
#[cfg(any(test, fuzzing))]
pub(crate) use registered::{callback_is_registered, origin_is_registered};
pub(crate) use requested_claims::RequestedClaims;
pub(crate) use settings::{DelegationSettings, TenantSettings};
pub(crate) use user::{CONNECTION, User};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::tenant_file::Object;

/// Reads an object as `T`. Exports write `null` where a field is not set, which here means absent.
pub(crate) fn from_object<T: DeserializeOwned>(object: &Object) -> Result<T, serde_json::Error> {
    let fields = object.iter().filter(|(_, value)| !value.is_null());
    let fields = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
    T::deserialize(Value::Object(fields))
}
