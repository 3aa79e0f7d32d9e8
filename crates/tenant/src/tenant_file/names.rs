//! Exports name clients where the wire needs ids, and leave ids and secrets out: both are filled in here.

use serde_json::Value;

use super::Object;
use super::read::text_of;
use crate::model::{HS256, adopt_credentials};
use crate::secret::Secret;

/// Sentences that tell secrets, each with what the store calls whose it is.
type Made = Vec<(String, Secret)>;

/// Gives every client an id (derived from its name, so that it stays the same at every start) and every
/// confidential client a secret. Returns the secrets made.
pub(super) fn fill_in_clients(clients: &mut [Object], remarks: &mut Vec<String>) -> Made {
    let mut made = Made::new();
    for client in clients {
        let name = text_of(client, "name");
        if text_of(client, "client_id").is_empty() {
            let id = id_from_name(&name);
            remarks.push(format!("client {name} has no client_id: it is {id}"));
            client.insert("client_id".into(), Value::String(id));
        }
        adopt_credentials(client, |_| {});
        if is_confidential(client) && text_of(client, "client_secret").is_empty() {
            let secret = Secret::random();
            // Whoever runs the client needs it.
            let sentence = format!("client {name} has no client_secret: it is {}", secret.expose());
            made.push((text_of(client, "client_id"), sentence.into()));
            client.insert("client_secret".into(), Value::String(secret.expose().to_owned()));
        }
    }
    made
}

/// Gives every API whose tokens are signed with a secret (HS256) one. Returns the secrets made.
pub(super) fn fill_in_apis(apis: &mut [Object]) -> Made {
    let mut made = Made::new();
    for api in apis {
        if text_of(api, "signing_alg") == HS256 && text_of(api, "signing_secret").is_empty() {
            let secret = Secret::random();
            // Whoever runs the API needs it.
            let sentence = format!("API {} has no signing_secret: it is {}", text_of(api, "name"), secret.expose());
            made.push((text_of(api, "identifier"), sentence.into()));
            api.insert("signing_secret".into(), Value::String(secret.expose().to_owned()));
        }
    }
    made
}

/// `My Web-App 2` becomes `my-web-app-2`.
fn id_from_name(name: &str) -> String {
    name.to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

fn is_confidential(client: &Object) -> bool {
    match client.get("token_endpoint_auth_method").and_then(Value::as_str) {
        Some(method) => method != "none",
        None => !matches!(text_of(client, "app_type").as_str(), "spa" | "native"),
    }
}

/// Puts ids in place of names in `clientGrants[].client_id` and `clients[].allowed_clients`.
pub(super) fn resolve_client_names(clients: &mut [Object], grants: &mut [Object]) {
    let ids: Vec<(String, String)> =
        clients.iter().map(|client| (text_of(client, "name"), text_of(client, "client_id"))).collect();
    let resolve = |value: &mut Value| {
        let by_name = value.as_str().and_then(|text| ids.iter().find(|(name, id)| name == text && id != text));
        if let Some((_, id)) = by_name {
            *value = Value::String(id.clone());
        }
    };
    for grant in grants {
        grant.get_mut("client_id").into_iter().for_each(resolve);
    }
    for client in clients {
        let allowed = client.get_mut("allowed_clients").and_then(Value::as_array_mut);
        allowed.into_iter().flatten().for_each(resolve);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_derived_from_the_name_alone() {
        assert_eq!(id_from_name("My Web-App 2"), "my-web-app-2");
        assert_eq!(id_from_name("  ünï  x "), "n-x");
    }
}
