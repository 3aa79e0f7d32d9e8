//! The tenant file: YAML in the shape of an `auth0-deploy-cli` export, plus users, domains and delegation.

mod check;
mod names;
mod read;

use serde::Deserialize;
use serde_json::{Map, Value};

pub use read::TenantFileError;

use crate::addresses::Domain;

/// A JSON object with its fields in the order they were written.
pub type Object = Map<String, Value>;

/// What a tenant file says, references resolved and ids filled in, ready to be stored.
///
/// Fields that this version does not use are kept as they are.
#[derive(Clone)]
pub struct TenantFile {
    /// `tenant`: settings and flags.
    pub tenant: Object,
    /// `delegation`: the mandatory date, whether delegation has ended, calls per minute.
    pub delegation: Object,
    /// `clients`, each with a `client_id`, and a `client_secret` where it needs one.
    pub clients: Vec<Object>,
    /// `resourceServers`: the APIs.
    pub apis: Vec<Object>,
    /// `clientGrants`, with client ids in place of client names.
    pub client_grants: Vec<Object>,
    /// `users`.
    pub users: Vec<UserEntry>,
    /// `domains`.
    pub domains: Vec<Domain>,
    /// Every other section, by name.
    pub others: Object,
    /// What the person who wrote the file should know: unknown keys, missing side files.
    pub remarks: Vec<String>,
    /// The secrets that it lacked and were made, to be shown to that person if they are stored: each with the id of the
    /// client or the identifier of the API.
    pub secrets_made: Vec<(String, crate::secret::Secret)>,
}

impl std::fmt::Debug for TenantFile {
    /// What is in it, by name: the entries hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = |objects: &[Object]| objects.iter().map(|object| object.get("name").cloned()).collect::<Vec<_>>();
        f.debug_struct("TenantFile")
            .field("clients", &names(&self.clients))
            .field("apis", &names(&self.apis))
            .field("users", &self.users)
            .finish_non_exhaustive()
    }
}

/// One entry of `users`.
#[derive(Clone, Deserialize)]
pub struct UserEntry {
    /// The address to sign in with; letter case does not matter.
    pub email: String,
    /// The password in clear text; the store keeps its hash alone.
    pub password: crate::secret::Secret,
    /// Everything else the file says about the user.
    #[serde(flatten)]
    pub body: Object,
}

impl std::fmt::Debug for UserEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserEntry").field("email", &self.email).finish_non_exhaustive()
    }
}

impl TenantFile {
    /// The tenant that is built in.
    ///
    /// # Panics
    /// Never: it is part of the program, and a test reads it.
    #[must_use]
    pub fn built_in() -> Self {
        Self::parse(include_str!("../../tenant.yaml"), None).expect("the built-in tenant file is readable")
    }
}
