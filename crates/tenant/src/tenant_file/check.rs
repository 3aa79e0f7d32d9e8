//! What the values of a tenant file must be, beyond their types: what could not work is refused before the start.

use serde_json::Value;

use super::read::{TenantFileError, text_of};
use super::{Object, TenantFile};
use crate::model::{Client, HS256, RedirectUri, SHORTEST_SECRET, from_object};
use crate::totp::TotpKey;

/// 30 days: the most that an access token may live (Auth0 documentation: API settings).
const LONGEST_TOKEN: i64 = 2_592_000;

/// A year: far more than any other lifetime makes sense for, and far from where arithmetic ends.
const LONGEST: i64 = 31_557_600;

/// Algorithms that ID tokens may be configured for (Management API: `jwt_configuration.alg`).
const ALGORITHMS: &[&str] = &["RS256", "HS256", "PS256", "RS512"];

/// Algorithms that access tokens may be configured for (Management API: `signing_alg`; ES256 is an addition).
const ALGORITHMS_OF_APIS: &[&str] = &["RS256", "ES256", "HS256", "PS256", "RS512"];

/// Checks every entry. Returns what the person who wrote the file should know although the tenant can start.
pub(super) fn check(file: &TenantFile) -> Result<Vec<String>, TenantFileError> {
    let mut remarks = Vec::new();
    for name in ["session_lifetime", "idle_session_lifetime"] {
        let hours = file.tenant.get(name).and_then(Value::as_f64);
        #[allow(clippy::cast_precision_loss, reason = "a year in hours is exact")]
        let most = LONGEST as f64 / 3600.0;
        if let Some(hours) = hours.filter(|hours| !(*hours > 0.0 && *hours <= most)) {
            return Err(wrong("`tenant`", "hours above 0, up to a year", format!("{name}: {hours}")));
        }
    }
    for (number, client) in file.clients.iter().enumerate() {
        check_client(number, client, file, &mut remarks)?;
    }
    for (number, api) in file.apis.iter().enumerate() {
        check_api(number, api)?;
        let client = text_of(api, "client_id");
        if !client.is_empty() && !knows(file, &client) {
            remarks.push(format!("API {} is the client {client}, which the file does not have", text_of(api, "name")));
        }
    }
    for (number, grant) in file.client_grants.iter().enumerate() {
        let place = || format!("entry {} of `clientGrants`", number + 1);
        let (client, audience) = (text_of(grant, "client_id"), text_of(grant, "audience"));
        if client.is_empty() || audience.is_empty() {
            return Err(wrong(place(), "a client_id and an audience", "one of them is missing"));
        }
        if !knows(file, &client) {
            remarks.push(format!("{} is for the client {client}, which the file does not have", place()));
        }
    }
    check_users(file)?;
    for domain in &file.domains {
        for name in [Some(&domain.name), domain.app.as_ref()].into_iter().flatten() {
            let is_host = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
            if name.is_empty() || !name.bytes().all(is_host) {
                let expected = "a host name without scheme, port or path, in lower case (another script as xn--…)";
                return Err(wrong("entry of `domains`", expected, name));
            }
        }
    }
    Ok(remarks)
}

fn check_client(
    number: usize,
    client: &Object,
    file: &TenantFile,
    remarks: &mut Vec<String>,
) -> Result<(), TenantFileError> {
    let id = text_of(client, "client_id");
    if text_of(client, "name").trim().is_empty() {
        return Err(wrong(format!("entry {} of `clients`", number + 1), "a name", "none"));
    }
    let place = format!("client {}", text_of(client, "name"));
    if id.is_empty() {
        return Err(wrong(place, "a client_id where none can be derived from the name", "none"));
    }
    if id.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(wrong(place, "a client_id without blanks and control characters", format!("{id:?}")));
    }
    whole(client, &["jwt_configuration", "lifetime_in_seconds"], 1, LONGEST, &place)?;
    if let Ok(client) = from_object::<Client>(client) {
        let wrongly =
            |(field, expected, found)| wrong(place.clone(), format!("{expected} in refresh_token.{field}"), found);
        client.refresh_token.check().map_err(wrongly)?;
        for credential in client.credentials() {
            let wrongly = |(field, expected)| {
                let field = format!("private_key_jwt.credentials.{field}");
                wrong(place.clone(), format!("{expected} in {field}"), "something else")
            };
            credential.check().map_err(wrongly)?;
        }
    }
    algorithm(client, &["jwt_configuration", "alg"], ALGORITHMS, &place)?;
    for (name, add_on) in client.get("addons").and_then(Value::as_object).into_iter().flatten() {
        if !add_on.is_object() && !add_on.is_null() {
            return Err(wrong(place, "an add-on's settings as a mapping", format!("{name}: {add_on}")));
        }
    }
    let texts = |name: &str| {
        let list = client.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        list.into_iter().filter_map(|entry| entry.as_str().map(ToOwned::to_owned)).collect::<Vec<_>>()
    };
    for callback in texts("callbacks").iter().filter(|callback| !is_placeholder(callback)) {
        // A wildcard stands for a part of a host's label; any label shows whether the rest is an address.
        if let Err(why) = RedirectUri::parse(&callback.replace('*', "x")) {
            remarks.push(format!("{place} cannot use the callback {callback}: {why}"));
        }
    }
    for other in texts("allowed_clients").iter().filter(|other| !knows(file, other)) {
        remarks.push(format!("{place} allows the client {other}, which the file does not have"));
    }
    Ok(())
}

fn check_api(number: usize, api: &Object) -> Result<(), TenantFileError> {
    if text_of(api, "identifier").trim().is_empty() {
        return Err(wrong(format!("entry {} of `resourceServers`", number + 1), "an identifier", "none"));
    }
    let place = format!("API {}", text_of(api, "name"));
    whole(api, &["token_lifetime"], 1, LONGEST_TOKEN, &place)?;
    whole(api, &["token_lifetime_for_web"], 1, LONGEST_TOKEN, &place)?;
    algorithm(api, &["signing_alg"], ALGORITHMS_OF_APIS, &place)?;
    let secret = text_of(api, "signing_secret");
    if !secret.is_empty() && secret.chars().count() < SHORTEST_SECRET {
        let expected = format!("a signing_secret of at least {SHORTEST_SECRET} characters");
        return Err(wrong(place, expected, "a shorter one"));
    }
    if is_system(api) && text_of(api, "signing_alg") == HS256 {
        let expected = "an algorithm with public keys for the tenant's own API, such as RS256";
        return Err(wrong(place, expected, HS256));
    }
    for scope in api.get("scopes").and_then(Value::as_array).into_iter().flatten() {
        let value = scope.get("value").and_then(Value::as_str).unwrap_or_default();
        if value.is_empty() || value.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(wrong(place, "scopes without blanks (RFC 6749 3.3)", format!("{value:?}")));
        }
    }
    Ok(())
}

fn is_system(api: &Object) -> bool {
    api.get("is_system") == Some(&Value::Bool(true))
}

fn check_users(file: &TenantFile) -> Result<(), TenantFileError> {
    for (number, user) in file.users.iter().enumerate() {
        let place = || format!("entry {} of `users`", number + 1);
        let named = user.email.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty());
        if !named || user.email.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(wrong(place(), "an email address", format!("{:?}", user.email)));
        }
        if user.password.expose().is_empty() {
            return Err(wrong(place(), "a password", "an empty one"));
        }
        if let Some(mfa) = user.body.get("mfa").filter(|mfa| !mfa.is_null()) {
            let key = mfa.get("totp_secret").and_then(Value::as_str);
            // What was found may be the secret.
            if let Err(expected) =
                key.map_or(Err("mfa with a totp_secret as text"), |key| TotpKey::parse(key).map(drop))
            {
                return Err(wrong(place(), expected, "something else"));
            }
        }
        // Tokens of a machine name it as their `sub`.
        let user_id = text_of(&user.body, "user_id");
        if !user_id.is_empty() && knows(file, &user_id) {
            return Err(wrong(place(), "a user_id that is no client's (RFC 9700 4.15)", user_id));
        }
        for name in ["blocked", "email_verified"] {
            if let Some(other) = user.body.get(name).filter(|value| !value.is_boolean() && !value.is_null()) {
                return Err(wrong(place(), "true or false", format!("{name}: {other}")));
            }
        }
    }
    Ok(())
}

/// The number at this path, if there is one, must be whole and in this range.
fn whole(object: &Object, path: &[&str], least: i64, most: i64, place: &str) -> Result<(), TenantFileError> {
    match at(object, path) {
        None | Some(Value::Null) => Ok(()),
        Some(value) if value.as_i64().is_some_and(|number| (least..=most).contains(&number)) => Ok(()),
        Some(other) => {
            let expected = if least == 0 { "whole seconds from 0" } else { "whole seconds from 1" };
            let expected = format!("{expected} to {most} in {}", path.join("."));
            Err(wrong(place, expected, other.to_string()))
        }
    }
}

fn algorithm(object: &Object, path: &[&str], known: &[&str], place: &str) -> Result<(), TenantFileError> {
    match at(object, path).and_then(Value::as_str) {
        Some(other) if !known.contains(&other) => {
            Err(wrong(place, format!("{} as one of {}", path.join("."), known.join(", ")), other))
        }
        _ => Ok(()),
    }
}

fn at<'a>(object: &'a Object, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(object.get(*first)?, |value, name| value.get(name))
}

fn knows(file: &TenantFile, client_id: &str) -> bool {
    file.clients.iter().any(|client| text_of(client, "client_id") == client_id)
}

/// Whether a tool fills this in: our own `##NAME##`, the deploy tool's `@@NAME@@`.
fn is_placeholder(text: &str) -> bool {
    text.contains("##") || text.contains("@@")
}

fn wrong(place: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> TenantFileError {
    TenantFileError::Unusable { place: place.into(), expected: expected.into(), found: found.into() }
}
