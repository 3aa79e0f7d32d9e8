//! Reads a tenant file: what is wrong stops the start, what is merely unknown is remarked on.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::check::check;
use super::names::{fill_in_apis, fill_in_clients, resolve_client_names};
use super::{Object, TenantFile, UserEntry};
use crate::addresses::Domain;
use crate::model::{Api, Client, DelegationSettings, TenantSettings};

/// Why a tenant file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TenantFileError {
    /// The file cannot be opened.
    #[error("the tenant file {path} cannot be read: {source}. Check the path after --config and who may read it.")]
    Unreadable {
        /// The path as given.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The file is no YAML.
    #[error("the tenant file is not YAML: {0}. Correct it at that place.")]
    NotYaml(#[from] serde_yaml_ng::Error),
    /// A section or entry has another shape than the Management API gives it.
    #[error("the tenant file has an unusable {place}: expected {expected}, found {found}. Correct that entry.")]
    Unusable {
        /// Section and entry.
        place: String,
        /// What belongs there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// Two entries claim one name.
    #[error("the tenant file has two {section} named {name}. Rename or remove one of them.")]
    Twice {
        /// The section.
        section: &'static str,
        /// The name they share.
        name: String,
    },
}

/// Sections that an export may hold and that this version keeps without using.
const KEPT: [&str; 27] = [
    "actions",
    "attackProtection",
    "branding",
    "clientsOrder",
    "connections",
    "customDomains",
    "databases",
    "emailProvider",
    "emailTemplates",
    "flows",
    "forms",
    "guardianFactorProviders",
    "guardianFactorTemplates",
    "guardianFactors",
    "guardianPhoneFactorMessageTypes",
    "guardianPhoneFactorSelectedProvider",
    "guardianPolicies",
    "hooks",
    "logStreams",
    "networkACLs",
    "organizations",
    "pages",
    "prompts",
    "roles",
    "rules",
    "rulesConfigs",
    "triggers",
];

impl TenantFile {
    /// Reads the file at `path`; its side files are looked for beside it.
    ///
    /// # Errors
    /// When it cannot be opened or [`TenantFile::parse`] refuses it.
    pub fn read(path: &Path) -> Result<Self, TenantFileError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| TenantFileError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text, Some(path.parent().unwrap_or(Path::new("."))))
    }

    /// Reads the text of a tenant file. With a `folder`, side files that are missing there are remarked on.
    ///
    /// # Errors
    /// When the text is no YAML, or an entry has an unusable shape or a name twice.
    pub fn parse(text: &str, folder: Option<&Path>) -> Result<Self, TenantFileError> {
        // Read as YAML first: as JSON, of two equal keys the last would silently win.
        serde_yaml_ng::from_str::<serde_yaml_ng::Value>(text)?;
        let yaml: Value = serde_yaml_ng::from_str(text)?;
        let mut sections = match yaml {
            Value::Object(sections) => sections,
            Value::Null => Object::new(),
            other => return Err(unusable("top level", "sections such as `clients:`", &other)),
        };
        let mut remarks = Vec::new();
        if let Some(folder) = folder {
            let mut missing = Vec::new();
            find_missing_side_files(&Value::Object(sections.clone()), folder, &mut missing);
            if !missing.is_empty() {
                remarks
                    .push(format!("these side files are missing, what they hold is left out: {}", missing.join(", ")));
            }
        }

        let mut clients: Vec<Object> = take_list(&mut sections, "clients")?;
        let mut secrets_made = fill_in_clients(&mut clients, &mut remarks);
        let mut client_grants: Vec<Object> = take_list(&mut sections, "clientGrants")?;
        resolve_client_names(&mut clients, &mut client_grants);
        let mut apis: Vec<Object> = take_list(&mut sections, "resourceServers")?;
        secrets_made.extend(fill_in_apis(&mut apis));
        let mut file = Self {
            tenant: take_object(&mut sections, "tenant")?,
            delegation: take_object(&mut sections, "delegation")?,
            clients,
            client_grants,
            apis,
            secrets_made,
            users: take_users(&mut sections)?,
            domains: take_domains(&mut sections)?,
            remarks: {
                let unknown: Vec<_> =
                    sections.keys().filter(|key| !KEPT.contains(&key.as_str())).map(String::as_str).collect();
                if !unknown.is_empty() {
                    remarks.push(format!("these keys are unknown, they are kept and not used: {}", unknown.join(", ")));
                }
                remarks
            },
            others: sections,
        };
        file.check()?;
        let more = check(&file)?;
        file.remarks.extend(more);
        Ok(file)
    }

    /// Reads every entry once as what it will be used as, so that a bad one is found now and not at a request.
    fn check(&self) -> Result<(), TenantFileError> {
        typed::<TenantSettings>(&self.tenant, "`tenant`".into())?;
        typed::<DelegationSettings>(&self.delegation, "`delegation`".into())?;
        for client in &self.clients {
            typed::<Client>(client, format!("client {}", text_of(client, "name")))?;
        }
        for api in &self.apis {
            typed::<Api>(api, format!("API {}", text_of(api, "name")))?;
        }
        no_two_alike("clients", self.clients.iter().map(|client| text_of(client, "client_id")))?;
        no_two_alike("resourceServers", self.apis.iter().map(|api| text_of(api, "identifier")))?;
        no_two_alike("users", self.users.iter().map(|user| user.email.to_lowercase()))?;
        let ids = self.users.iter().map(|user| text_of(&user.body, "user_id")).filter(|id| !id.is_empty());
        no_two_alike("users", ids)?;
        no_two_alike("domains", self.domains.iter().map(|domain| domain.name.clone()))
    }
}

fn take_object(sections: &mut Object, name: &str) -> Result<Object, TenantFileError> {
    match sections.shift_remove(name) {
        None | Some(Value::Null) => Ok(Object::new()),
        Some(Value::Object(object)) => Ok(object),
        Some(other) => Err(unusable(name, "a mapping", &other)),
    }
}

fn take_list<T: DeserializeOwned>(sections: &mut Object, name: &str) -> Result<Vec<T>, TenantFileError> {
    match sections.shift_remove(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(entries)) => entries
            .into_iter()
            .enumerate()
            .map(|(index, entry)| {
                T::deserialize(&entry).map_err(|error| TenantFileError::Unusable {
                    place: format!("entry {} of `{name}`", index + 1),
                    expected: "the fields of the Management API".into(),
                    found: error.to_string(),
                })
            })
            .collect(),
        Some(other) => Err(unusable(name, "a list", &other)),
    }
}

fn take_users(sections: &mut Object) -> Result<Vec<UserEntry>, TenantFileError> {
    take_list(sections, "users")
}

/// Exports know nothing of local names, so a file without `domains` gets the built-in ones.
fn take_domains(sections: &mut Object) -> Result<Vec<Domain>, TenantFileError> {
    let domains: Vec<Domain> = take_list(sections, "domains")?;
    if domains.is_empty() {
        let pair = |name: &str, app: &str, custom| Domain { name: name.into(), custom, app: Some(app.into()) };
        return Ok(vec![
            pair("localhost", "localhost", false),
            pair("login.demo.localhost", "app.demo.localhost", true),
            pair("tenant.localhost", "app.localhost", false),
        ]);
    }
    Ok(domains)
}

fn typed<T: DeserializeOwned>(object: &Object, place: String) -> Result<T, TenantFileError> {
    crate::model::from_object(object).map_err(|error| TenantFileError::Unusable {
        place,
        expected: "the fields of the Management API".into(),
        found: error.to_string(),
    })
}

fn unusable(place: &str, expected: &'static str, found: &Value) -> TenantFileError {
    let found = match found {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    };
    TenantFileError::Unusable { place: format!("`{place}`"), expected: expected.into(), found: found.into() }
}

pub(super) fn text_of(object: &Object, key: &str) -> String {
    object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn no_two_alike(section: &'static str, names: impl Iterator<Item = String>) -> Result<(), TenantFileError> {
    let mut seen = std::collections::HashSet::new();
    for name in names {
        if !seen.insert(name.clone()) {
            return Err(TenantFileError::Twice { section, name });
        }
    }
    Ok(())
}

/// Exports point to files beside them with values such as `./actions/x/code.js`.
fn find_missing_side_files(value: &Value, folder: &Path, missing: &mut Vec<String>) {
    match value {
        Value::String(text)
            if text.starts_with("./")
                && !text.contains(char::is_whitespace)
                && !folder.join(text).exists()
                && !missing.contains(text) =>
        {
            missing.push(text.clone());
        }
        Value::Array(entries) => entries.iter().for_each(|entry| find_missing_side_files(entry, folder, missing)),
        Value::Object(fields) => fields.values().for_each(|field| find_missing_side_files(field, folder, missing)),
        _ => {}
    }
}
