//! What a client may be: its fields, the grants it may have, its addresses; and which of it is shown to whom.

use migration::grant_type::{DELEGATION_ID_TOKEN, DELEGATION_REFRESH_TOKEN};
use serde_json::{Value, json};

use super::clients::default;
use super::credentials;
use super::error::ManagementError;
use super::schema::{Field, Kind, Problem, check, in_words, merge};
use crate::Tenant;
use crate::addresses::Addresses;
use crate::clock::Timestamp;
use crate::model::{AuthMethod, CREDENTIALS, Client, RedirectUri, adopt_credentials, from_object, logout_target};
use crate::secret::{Secret, random_text};
use crate::tenant_file::Object;
use crate::token::{exchange, mfa_otp};

/// The legacy grant for `POST /oauth/ro`.
const RO: &str = "http://auth0.com/oauth/legacy/grant-type/ro";

/// The legacy grant for `POST /oauth/access_token`.
const ACCESS_TOKEN: &str = "http://auth0.com/oauth/legacy/grant-type/access_token";

/// How a client authenticates where not by a secret.
const METHODS: &str = "client_authentication_methods";

/// Every grant type a client can have (Auth0 documentation: Application Grant Types).
const GRANT_TYPES: [&str; 17] = [
    "authorization_code",
    "implicit",
    "refresh_token",
    "client_credentials",
    "password",
    "http://auth0.com/oauth/grant-type/password-realm",
    "http://auth0.com/oauth/grant-type/mfa-oob",
    mfa_otp::GRANT,
    "http://auth0.com/oauth/grant-type/mfa-recovery-code",
    "http://auth0.com/oauth/grant-type/passwordless/otp",
    "urn:ietf:params:oauth:grant-type:device_code",
    exchange::GRANT,
    RO,
    "http://auth0.com/oauth/legacy/grant-type/ro/jwt-bearer",
    ACCESS_TOKEN,
    DELEGATION_REFRESH_TOKEN,
    DELEGATION_ID_TOKEN,
];

/// What can be set. `client_id` cannot.
const FIELDS: &[Field] = &[
    ("name", Kind::Text),
    ("description", Kind::Text),
    ("client_secret", Kind::Text),
    ("app_type", Kind::OneOf(&["spa", "native", "regular_web", "non_interactive"])),
    ("logo_uri", Kind::Text),
    ("is_first_party", Kind::Flag),
    ("oidc_conformant", Kind::Flag),
    ("callbacks", Kind::Texts),
    ("web_origins", Kind::Texts),
    ("allowed_origins", Kind::Texts),
    ("allowed_logout_urls", Kind::Texts),
    ("allowed_clients", Kind::Texts),
    ("client_aliases", Kind::Texts),
    ("grant_types", Kind::Texts),
    ("token_endpoint_auth_method", Kind::OneOf(&["none", "client_secret_post", "client_secret_basic"])),
    (METHODS, Kind::Object),
    ("initiate_login_uri", Kind::Text),
    ("jwt_configuration", Kind::Object),
    ("refresh_token", Kind::Object),
    ("partitioned_session", Kind::Flag),
    ("addons", Kind::Object),
    ("client_metadata", Kind::Object),
    ("encryption_key", Kind::Object),
    ("mobile", Kind::Object),
    ("native_social_login", Kind::Object),
    ("sso", Kind::Flag),
    ("sso_disabled", Kind::Flag),
    ("cross_origin_authentication", Kind::Flag),
    ("cross_origin_auth", Kind::Flag),
    ("cross_origin_loc", Kind::Text),
    ("custom_login_page_on", Kind::Flag),
    ("custom_login_page", Kind::Text),
    ("custom_login_page_preview", Kind::Text),
    ("form_template", Kind::Text),
    ("organization_usage", Kind::OneOf(&["deny", "allow", "require"])),
    ("organization_require_behavior", Kind::OneOf(&["no_prompt", "pre_login_prompt", "post_login_prompt"])),
    ("default_organization", Kind::Object),
    ("oidc_logout", Kind::Object),
    ("frontchannel_logout_uri", Kind::Text),
    ("frontchannel_logout_session_required", Kind::Flag),
    ("require_proof_of_possession", Kind::Flag),
    ("require_pushed_authorization_requests", Kind::Flag),
    ("is_token_endpoint_ip_header_trusted", Kind::Flag),
];

/// Fields of `refresh_token` that are times.
const REFRESH_TIMES: [&str; 3] = ["leeway", "token_lifetime", "idle_token_lifetime"];

/// Fields of add-ons that are secrets.
const ADDON_SECRETS: [&str; 6] =
    ["secret", "private_key", "sas_key", "storage_access_key", "masterkey", "servicePassword"];

/// Which legacy grants the tenant still lets clients have.
pub(super) struct Legacy {
    delegation: bool,
    resource_owner: bool,
    others: bool,
}

impl Legacy {
    /// What the tenant's flags and its mandatory date say now.
    pub(super) async fn of(tenant: &Tenant) -> Result<Self, ManagementError> {
        let store = tenant.store();
        let settings = store.tenant_settings().await?;
        let tenant_section = store.section_object("tenant").await?;
        let flag = |name: &str| tenant_section.get("flags").and_then(|flags| flags.get(name)) == Some(&json!(true));
        Ok(Self {
            delegation: store.delegation_settings().await?.allows_id_tokens(&settings, tenant.now()),
            resource_owner: flag("allow_legacy_ro_grant_types"),
            others: flag("allow_other_legacy_grant_types"),
        })
    }

    /// The flag that forbids a grant type, if one does.
    fn forbids(&self, grant_type: &str) -> Option<&'static str> {
        match grant_type {
            DELEGATION_ID_TOKEN | DELEGATION_REFRESH_TOKEN if !self.delegation => {
                Some("allow_legacy_delegation_grant_types")
            }
            other if other.starts_with(RO) && !self.resource_owner => Some("allow_legacy_ro_grant_types"),
            ACCESS_TOKEN if !self.others => Some("allow_other_legacy_grant_types"),
            _ => None,
        }
    }
}

/// A new client of these fields, with an id, a secret if it can keep one, and the grants of its kind.
pub(super) fn created(sent: Object, legacy: &Legacy, addresses: &Addresses, now: Timestamp) -> Result<Object, Problem> {
    if sent.get("name").and_then(Value::as_str).is_none_or(|name| name.trim().is_empty()) {
        return Err(Problem::missing("name"));
    }
    let mut client = Object::new();
    client.insert("client_id".into(), json!(new_id()));
    let mut client = changed(client, sent, legacy, addresses, now)?;
    if !typed(&client)?.is_public() {
        default(&mut client, "client_secret", json!(Secret::random().expose()));
    }
    let grants = grants_of(&client)?;
    default(&mut client, "grant_types", json!(grants));
    Ok(client)
}

/// A client with a change put over it, if it may be so.
pub(super) fn changed(
    before: Object,
    sent: Object,
    legacy: &Legacy,
    addresses: &Addresses,
    now: Timestamp,
) -> Result<Object, Problem> {
    check(&sent, FIELDS)?;
    if sent.get("name").is_some_and(|name| name.as_str().is_none_or(|name| name.trim().is_empty())) {
        return Err(Problem::at("name", "Expected a text of at least one character"));
    }
    let (grants_before, with_methods) = (grants_of(&before)?, sent.contains_key(METHODS));
    let mut client = before;
    merge(&mut client, sent, &["client_metadata"]);
    for name in REFRESH_TIMES {
        let time = client.get("refresh_token").and_then(|settings| settings.get(name)).filter(|time| !time.is_null());
        if let Some(other) = time.filter(|time| time.as_i64().is_none()) {
            let sentence = format!("Expected whole seconds but found {}", in_words(other));
            return Err(Problem::at(format!("refresh_token.{name}"), sentence));
        }
    }
    let public = typed(&client)?.is_public();
    for grant in grants_of(&client)? {
        if !GRANT_TYPES.contains(&grant.as_str()) {
            return Err(Problem::at(
                "grant_types",
                format!("Expected one of {} but found {grant}", GRANT_TYPES.join(", ")),
            ));
        }
        if public && ["client_credentials", exchange::GRANT].contains(&grant.as_str()) {
            let sentence = format!("A client without a secret (token_endpoint_auth_method none) cannot have {grant}");
            return Err(Problem::at("grant_types", sentence));
        }
        // What a client has it keeps: the flag decides at each request whether it still works.
        if let Some(flag) = legacy.forbids(&grant).filter(|_| !grants_before.contains(&grant)) {
            return Err(Problem::at(
                "grant_types",
                format!("The legacy grant type {grant} cannot be added while the tenant's flag {flag} is off"),
            ));
        }
    }
    check_addresses(&client, addresses)?;
    check_credentials(&client, with_methods)?;
    adopt_credentials(&mut client, |credential| credentials::complete(credential, now));
    typed(&client)?.refresh_token.check().map_err(|(field, expected, found)| {
        Problem::at(format!("refresh_token.{field}"), format!("Expected {expected} but found {found}"))
    })?;
    Ok(client)
}

/// The client as an answer shows it: defaults and addresses filled in, secrets only where they may be seen.
pub(crate) fn shown(mut client: Object, addresses: &Addresses, with_secrets: bool) -> Object {
    if let (Ok(typed), Ok(grants)) = (typed(&client), grants_of(&client)) {
        let method = match typed.auth_method() {
            AuthMethod::None => json!("none"),
            AuthMethod::ClientSecretPost => json!("client_secret_post"),
            AuthMethod::ClientSecretBasic => json!("client_secret_basic"),
            // Said by client_authentication_methods.
            AuthMethod::PrivateKeyJwt => Value::Null,
        };
        default(&mut client, "token_endpoint_auth_method", method);
        default(&mut client, "grant_types", json!(grants));
        client.insert("refresh_token".into(), typed.refresh_token.shown());
    }
    for (name, value) in [
        ("tenant", json!("silent-auth")),
        ("global", json!(false)),
        ("is_first_party", json!(true)),
        ("oidc_conformant", json!(true)),
        ("callbacks", json!([])),
        ("jwt_configuration", json!({ "alg": "RS256", "lifetime_in_seconds": 36_000, "secret_encoded": false })),
        ("partitioned_session", json!(false)),
        ("sso_disabled", json!(false)),
        ("cross_origin_authentication", json!(false)),
    ] {
        default(&mut client, name, value);
    }
    for name in ["callbacks", "web_origins", "allowed_origins", "allowed_logout_urls"] {
        if let Some(Value::Array(list)) = client.get_mut(name) {
            let expanded = list.iter().filter_map(Value::as_str).flat_map(|entry| addresses.expand(entry));
            *list = expanded.map(Value::String).collect();
        }
    }
    client.shift_remove(CREDENTIALS);
    if !with_secrets {
        for name in ["client_secret", "signing_keys", "encryption_key"] {
            client.shift_remove(name);
        }
        for (_, addon) in client.get_mut("addons").and_then(Value::as_object_mut).into_iter().flatten() {
            if let Some(addon) = addon.as_object_mut() {
                addon.retain(|name, _| !ADDON_SECRETS.contains(&name.as_str()));
            }
        }
    }
    client
}

/// Every address must be one that an answer, or a browser, can be sent to.
fn check_addresses(client: &Object, addresses: &Addresses) -> Result<(), Problem> {
    let entries = |name: &'static str| {
        let list = client.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        list.into_iter().enumerate().filter_map(move |(at, entry)| {
            let text = entry.as_str()?.to_owned();
            Some((format!("{name}[{at}]"), text))
        })
    };
    for (place, text) in entries("callbacks") {
        for address in addresses.expand(&text) {
            RedirectUri::parse(&address)
                .map_err(|why| Problem::at(&place, format!("{text} cannot be a callback: {why}")))?;
        }
    }
    for (place, text) in entries("web_origins").chain(entries("allowed_origins")) {
        for address in addresses.expand(&text) {
            // A wildcard stands for part of a host label; any label shows whether the rest is an origin.
            let plain = address.replace('*', "x");
            if url::Url::parse(&plain).ok().is_none_or(|url| url.origin().ascii_serialization() != plain) {
                let sentence = format!(
                    "{text} is no origin: expected scheme, host and port alone, such as https://app.example.com"
                );
                return Err(Problem::at(&place, sentence));
            }
        }
    }
    for (place, text) in entries("allowed_logout_urls") {
        for address in addresses.expand(&text) {
            let url = url::Url::parse(&address.replace('*', "x")).ok();
            if url.is_none_or(|url| !matches!(url.scheme(), "http" | "https")) {
                return Err(Problem::at(&place, format!("{text} is no http or https address")));
            }
        }
    }
    let typed = typed(client)?.at(addresses);
    let backchannel = typed.oidc_logout.backchannel_urls().iter().map(|url| ("oidc_logout", url));
    let frontchannel = typed.frontchannel_logout_uris.iter().map(|uri| ("frontchannel_logout_uri", uri));
    for (place, text) in backchannel.chain(frontchannel) {
        logout_target(text).map_err(|why| Problem::at(place, format!("{text} cannot be told of a logout: {why}")))?;
    }
    Ok(())
}

/// A client proves itself in one way, and the keys it is told to do it with must be ones.
fn check_credentials(client: &Object, told: bool) -> Result<(), Problem> {
    let typed = typed(client)?;
    if typed.auth_method() != AuthMethod::PrivateKeyJwt {
        return Ok(());
    }
    if client.get("token_endpoint_auth_method").is_some_and(|method| !method.is_null()) {
        let sentence = format!("Expected null beside {METHODS}: a client proves itself in one way");
        return Err(Problem::at("token_endpoint_auth_method", sentence));
    }
    if typed.credentials().next().is_none() {
        let place = format!("{METHODS}.private_key_jwt.credentials");
        return Err(Problem::at(place, "Expected at least one public key"));
    }
    // Where nothing is told, a key that was deleted since is no reason to refuse the rest.
    for (at, credential) in typed.credentials().enumerate().filter(|_| told) {
        if !credential.has_key() {
            let place = format!("{METHODS}.private_key_jwt.credentials[{at}].id");
            return Err(Problem::at(place, "Expected the id of one of the client's credentials, or a pem"));
        }
        credential.check().map_err(|(field, expected)| {
            Problem::at(format!("{METHODS}.private_key_jwt.credentials[{at}].{field}"), format!("Expected {expected}"))
        })?;
    }
    Ok(())
}

fn typed(client: &Object) -> Result<Client, Problem> {
    from_object(client).map_err(|error| Problem::at("", error.to_string()))
}

/// The grants it has, or those that a client of its kind has when nothing is said.
fn grants_of(client: &Object) -> Result<Vec<String>, Problem> {
    if let Some(Value::Array(own)) = client.get("grant_types") {
        return Ok(own.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect());
    }
    let typed = typed(client)?;
    Ok(GRANT_TYPES.iter().filter(|grant| typed.may_use(grant)).map(|grant| (*grant).to_owned()).collect())
}

/// 32 letters and digits.
fn new_id() -> String {
    let mut id = String::new();
    while id.len() < 32 {
        id.extend(random_text::<32>().chars().filter(char::is_ascii_alphanumeric));
    }
    id.truncate(32);
    id
}
