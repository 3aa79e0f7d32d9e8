//! Which of the scopes asked for are granted (RFC 6749 3.3), and why the others are not.

use std::fmt;

use crate::model::{Api, Client};

/// Scopes of OpenID Connect Core 1.0 (5.4) that this tenant gives claims for.
const OIDC_SCOPES: [&str; 5] = ["openid", "profile", "email", "address", "phone"];
/// The scope that asks for a refresh token (OpenID Connect Core 1.0, section 11).
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";

/// The scopes of a grant.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Granted {
    pub scope: Vec<String>,
    /// Scopes that nobody can give, with the reason where it is not that nobody knows them. The request
    /// succeeds without them, and the answer says what was granted.
    left_out: Vec<String>,
}

impl Granted {
    /// What `asked`, a list separated by spaces, comes to. `renewable` says whether the flow may end in a refresh
    /// token: those that answer through the browser's address bar may not.
    pub(crate) fn of(asked: &str, client: &Client, api: Option<&Api>, renewable: bool) -> Self {
        let mut granted = Self::default();
        for scope in asked.split(' ').filter(|scope| !scope.is_empty()) {
            let refused = match scope {
                OFFLINE_ACCESS => no_offline_access(client, api, renewable),
                _ if OIDC_SCOPES.contains(&scope) => None,
                _ if api.is_some_and(|api| api.has_scope(scope)) => of_tenant(api),
                _ => Some(""),
            };
            match refused {
                Some(why) => granted.left_out.push(format!("{scope}{why}")),
                None if granted.has(scope) => {}
                None => granted.scope.push(scope.to_owned()),
            }
        }
        granted
    }

    fn has(&self, scope: &str) -> bool {
        self.scope.iter().any(|granted| granted == scope)
    }
}

/// Why a user does not bring this API's scopes, if it is the tenant's own: whoever signs in is no administrator.
fn of_tenant(api: Option<&Api>) -> Option<&'static str> {
    api.is_some_and(|api| api.is_system)
        .then_some(" (the tenant's own API gives its scopes to clients with a grant alone)")
}

/// Why there will be no refresh token, if there will be none (Auth0: Get Refresh Tokens).
fn no_offline_access(client: &Client, api: Option<&Api>, renewable: bool) -> Option<&'static str> {
    if !renewable {
        Some(" (the implicit grant never brings a refresh token)")
    } else if !client.may_use("refresh_token") {
        Some(" (the client lacks the grant type refresh_token)")
    } else if api.is_some_and(|api| !api.allow_offline_access) {
        Some(" (the API does not allow offline access)")
    } else {
        None
    }
}

impl fmt::Display for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "granted: {}", self.scope.join(" "))?;
        if self.left_out.is_empty() { Ok(()) } else { write!(f, "; left out: {}", self.left_out.join(" ")) }
    }
}
