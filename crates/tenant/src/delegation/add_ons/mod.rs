//! Tokens of third parties, made by the add-ons of the target client.

mod aws;
mod azure_blob;
mod azure_sb;
mod firebase;

use aws_lc_rs::hmac;
use axum::http::StatusCode;
use migration::AddOn;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::proof::Subject;
use super::request::DelegationRequest;
use crate::Tenant;
use crate::error::ApiError;
use crate::model::Client;

/// The answer of an add-on of the request's target.
///
/// # Errors
/// When the add-on's fields are unusable, when the third party refuses, or when its answer is not public, so that
/// nobody could know what to make.
pub(super) async fn answer(
    tenant: &Tenant,
    issuer: &str,
    add_on: AddOn,
    request: &DelegationRequest,
    subject: &Subject,
) -> Result<Value, ApiError> {
    let (target, now) = (&request.target, tenant.now());
    match add_on {
        AddOn::Firebase => firebase::answer(&configured(target, add_on)?, target, &subject.user, now),
        AddOn::AzureSb => Ok(azure_sb::answer(&configured(target, add_on)?, now)),
        AddOn::AzureBlob => azure_blob::answer(&configured(target, add_on)?, target, now),
        AddOn::Aws => aws::answer(tenant, issuer, &configured(target, add_on)?, request, subject).await,
        AddOn::Layer | AddOn::SalesforceApi | AddOn::SalesforceSandboxApi | AddOn::SapApi | AddOn::Wams => {
            Err(ApiError::new(
                StatusCode::NOT_IMPLEMENTED,
                "unsupported_api_type",
                format!(
                    "This tenant does not make tokens for api_type {}, since what they hold is not public. \
                 It makes firebase, aws, azure_sb and azure_blob.",
                    add_on.name()
                ),
            ))
        }
    }
}

/// The add-on's fields.
fn configured<T: DeserializeOwned>(target: &Client, add_on: AddOn) -> Result<T, ApiError> {
    let fields = target.addons.get(add_on.name()).cloned().unwrap_or_default();
    serde_json::from_value(fields).map_err(|error| misconfigured(target, add_on, &error.to_string()))
}

/// Only whoever runs the tenant can do something about it; the caller is told who that is, and no field's value.
fn misconfigured(target: &Client, add_on: AddOn, why: &str) -> ApiError {
    let (id, name) = (&target.client_id, add_on.name());
    eprintln!("tenant: addons.{name} of client {id} is unusable: {why}. Correct it in the tenant file.");
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "addon_misconfigured",
        format!(
            "The add-on {name} of {id} is not configured so that it can be used. Whoever runs the tenant is told why."
        ),
    )
}

/// HMAC-SHA256, the signature of Azure's shared access signatures.
fn hmac_sha256(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

/// `text` as it stands in a query, with every reserved character escaped.
fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
