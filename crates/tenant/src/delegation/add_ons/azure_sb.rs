//! Azure Service Bus: a shared access signature for one entity.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{escaped, hmac_sha256};
use crate::clock::Timestamp;

/// `addons.azure_sb`.
#[derive(Deserialize)]
pub(super) struct AzureSb {
    namespace: String,
    #[serde(alias = "sasKeyName")]
    sas_key_name: String,
    /// Used as the text it is, not decoded.
    #[serde(alias = "sasKey")]
    sas_key: crate::Secret,
    /// The queue or topic. Default: the whole namespace.
    #[serde(default, alias = "entityPath")]
    entity_path: String,
    /// Minutes. Default 5.
    #[serde(default = "five")]
    expiration: u32,
}

const fn five() -> u32 {
    5
}

/// `{ "azure_sb_sas": "SharedAccessSignature sig=…&se=…&skn=…&sr=…" }` (Microsoft: Service Bus access control with
/// Shared Access Signatures).
pub(super) fn answer(add_on: &AzureSb, now: Timestamp) -> Value {
    let resource = format!("https://{}.servicebus.windows.net/{}", add_on.namespace, add_on.entity_path);
    let resource = escaped(&resource.to_lowercase()).to_lowercase();
    let expires = (now + SignedDuration::from_mins(add_on.expiration.into())).as_second();
    let signature = hmac_sha256(add_on.sas_key.expose().as_bytes(), &format!("{resource}\n{expires}"));
    let signature = escaped(&STANDARD.encode(signature));
    let name = escaped(&add_on.sas_key_name);
    json!({ "azure_sb_sas": format!("SharedAccessSignature sig={signature}&se={expires}&skn={name}&sr={resource}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Signed for comparison with Microsoft's package azure-sb 0.11.0 (npm).
    #[test]
    fn the_signature_is_the_one_that_microsofts_package_makes() {
        let add_on = AzureSb {
            namespace: "example".into(),
            sas_key_name: "RootManageSharedAccessKey".into(),
            sas_key: "ZXhhbXBsZS1zZXJ2aWNlLWJ1cy1rZXk=".to_owned().into(),
            entity_path: "notes".into(),
            expiration: 5,
        };
        let now = Timestamp::from_second(1_795_392_000).expect("in range");
        assert_eq!(
            answer(&add_on, now)["azure_sb_sas"],
            "SharedAccessSignature sig=cjc2Ua1FPkBj42P9qhgK52Prpwvqy6B57vCKh%2By81Sc%3D&se=1795392300\
             &skn=RootManageSharedAccessKey&sr=https%3a%2f%2fexample.servicebus.windows.net%2fnotes"
        );
    }
}
