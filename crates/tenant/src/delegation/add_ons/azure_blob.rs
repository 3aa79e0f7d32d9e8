//! Azure Blob Storage: a shared access signature for one blob, or for a container.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use migration::AddOn;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{escaped, hmac_sha256, misconfigured};
use crate::clock::Timestamp;
use crate::error::ApiError;
use crate::model::Client;

/// The version of the service that the signature is for.
const VERSION: &str = "2014-02-14";

/// `addons.azure_blob`.
#[derive(Deserialize)]
pub(super) struct AzureBlob {
    #[serde(alias = "accountName")]
    account_name: String,
    /// Base64.
    #[serde(alias = "storageAccessKey")]
    storage_access_key: crate::Secret,
    #[serde(alias = "containerName")]
    container_name: String,
    /// Default: none, so that the signature is for the container.
    #[serde(default, alias = "blobName")]
    blob_name: String,
    /// A stored access policy; it says from when to when and for what, in place of the fields here.
    #[serde(default, alias = "signedIdentifier")]
    signed_identifier: String,
    /// Minutes. Default 5.
    #[serde(default = "five")]
    expiration: u32,
    #[serde(default)]
    blob_read: bool,
    #[serde(default)]
    blob_write: bool,
    #[serde(default)]
    blob_delete: bool,
    #[serde(default)]
    container_read: bool,
    #[serde(default)]
    container_write: bool,
    #[serde(default)]
    container_delete: bool,
    #[serde(default)]
    container_list: bool,
}

const fn five() -> u32 {
    5
}

impl AzureBlob {
    /// The permissions in the order that the service demands.
    fn permissions(&self) -> String {
        let letters = if self.blob_name.is_empty() {
            [self.container_read, self.container_write, self.container_delete, self.container_list]
        } else {
            [self.blob_read, self.blob_write, self.blob_delete, false]
        };
        letters.into_iter().zip(['r', 'w', 'd', 'l']).filter_map(|(given, letter)| given.then_some(letter)).collect()
    }
}

/// `{ "azure_blob_sas": "st=…&se=…&sp=…&sv=2014-02-14&sr=b&sig=…" }` (Microsoft: Create a service SAS; the string to
/// sign is that of version 2013-08-15 to 2015-02-21).
pub(super) fn answer(add_on: &AzureBlob, target: &Client, now: Timestamp) -> Result<Value, ApiError> {
    let key = STANDARD
        .decode(add_on.storage_access_key.expose())
        .map_err(|_| misconfigured(target, AddOn::AzureBlob, "storage_access_key is not base64"))?;
    Ok(json!({ "azure_blob_sas": signature(add_on, &key, now) }))
}

fn signature(add_on: &AzureBlob, key: &[u8], now: Timestamp) -> String {
    let time = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let (start, end, permissions) = if add_on.signed_identifier.is_empty() {
        let end = now + SignedDuration::from_mins(add_on.expiration.into());
        (time(now), time(end), add_on.permissions())
    } else {
        Default::default()
    };
    let (kind, path) = if add_on.blob_name.is_empty() {
        ("c", add_on.container_name.clone())
    } else {
        ("b", format!("{}/{}", add_on.container_name, add_on.blob_name))
    };
    let resource = format!("/{}/{path}", add_on.account_name);
    let identifier = &add_on.signed_identifier;
    // The last five lines would be headers that the blob's answer is to have.
    let to_sign = format!("{permissions}\n{start}\n{end}\n{resource}\n{identifier}\n{VERSION}\n\n\n\n\n");
    let sig = STANDARD.encode(hmac_sha256(key, &to_sign));
    [
        ("st", &*start),
        ("se", &end),
        ("sp", &permissions),
        ("sv", VERSION),
        ("si", identifier),
        ("sr", kind),
        ("sig", &sig),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| format!("{name}={}", escaped(value)))
    .collect::<Vec<_>>()
    .join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of Microsoft's storage emulator, which is public.
    const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    fn made(fields: Value) -> String {
        let mut all = json!({
            "account_name": "devstoreaccount1", "storage_access_key": KEY, "container_name": "notes",
        });
        all.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        let add_on: AzureBlob = serde_json::from_value(all).expect("usable");
        let now = Timestamp::from_second(1_795_392_000).expect("in range");
        signature(&add_on, &STANDARD.decode(KEY).expect("base64"), now)
    }

    /// Signed for comparison with Microsoft's package azure-storage 0.4.5 (npm), whose version of the service is this.
    #[test]
    fn the_signatures_are_the_ones_that_microsofts_package_makes() {
        assert_eq!(
            made(json!({ "blob_name": "notes 1.json", "blob_read": true, "blob_write": true, "container_list": true })),
            "st=2026-11-23T00%3A00%3A00Z&se=2026-11-23T00%3A05%3A00Z&sp=rw&sv=2014-02-14&sr=b\
             &sig=y3LhzrTMy8b6LNkuM5Uli9Yze6%2FeExpm1xcZjvksAM4%3D"
        );
        assert_eq!(
            made(json!({ "container_read": true, "container_list": true, "blob_delete": true })),
            "st=2026-11-23T00%3A00%3A00Z&se=2026-11-23T00%3A05%3A00Z&sp=rl&sv=2014-02-14&sr=c\
             &sig=IKW3Za%2BvZhQSQNU5%2FywMuouyiiAywmeY6CEoJhZuyV0%3D"
        );
        assert_eq!(
            made(json!({ "blob_name": "notes.json", "blob_read": true, "signed_identifier": "readers" })),
            "sv=2014-02-14&si=readers&sr=b&sig=saG8WvzvlXOU%2F6CdklDQ%2F0mh%2B%2F%2FkXENifbNsgAbLGUQ%3D"
        );
    }
}
