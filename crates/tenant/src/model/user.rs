//! A user, with the claims that scopes give out (OpenID Connect Core 1.0, section 5.4).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::tenant_file::Object;
use crate::totp::TotpKey;

/// The tenant's one connection: its own database of users.
pub(crate) const CONNECTION: &str = "Username-Password-Authentication";

/// A user with the fields that this version uses.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct User {
    /// The `sub` of tokens, such as `auth0|ada`.
    pub user_id: String,
    /// The address to sign in with.
    pub(crate) email: String,
    /// Whether the address was verified. Default true: the tenant file vouches for it.
    #[serde(default = "yes")]
    pub(crate) email_verified: bool,
    /// The full name. Default: the address.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// The short name. Default: the address up to the `@`.
    #[serde(default)]
    pub(crate) nickname: Option<String>,
    /// Whether the user may not sign in.
    #[serde(default)]
    pub(crate) blocked: bool,
    /// The second factor. Default: none, so the password is enough.
    #[serde(default)]
    pub(crate) mfa: Option<SecondFactor>,
    /// What else the file says of the user; claims are given out as it has them.
    #[serde(flatten)]
    others: Object,
}

/// What a user has besides the password (an addition).
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct SecondFactor {
    /// The key that the user's authenticator app holds.
    pub(crate) totp_secret: TotpKey,
}

/// Claims of the scope `profile` that are given out if the user object has them.
const PROFILE: [&str; 12] = [
    "given_name",
    "family_name",
    "middle_name",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];

const fn yes() -> bool {
    true
}

impl User {
    /// The claims about the user that `scopes` ask for, without `sub`.
    #[must_use]
    pub(crate) fn claims(&self, scopes: &[String]) -> Object {
        let mut claims = Object::new();
        let mut put = |name: &str, value: Value| claims.insert(name.into(), value);
        let asked = |scope: &str| scopes.iter().any(|asked| asked == scope);
        if asked("profile") {
            let before_at = || self.email.split('@').next().unwrap_or_default().to_owned();
            put("name", json!(self.name.as_deref().unwrap_or(&self.email)));
            put("nickname", json!(self.nickname.clone().unwrap_or_else(before_at)));
            for name in PROFILE {
                if let Some(value) = self.others.get(name) {
                    put(name, value.clone());
                }
            }
        }
        if asked("email") {
            put("email", json!(self.email));
            put("email_verified", json!(self.email_verified));
        }
        if asked("phone")
            && let Some(number) = self.others.get("phone_number")
        {
            let verified = self.others.get("phone_verified").cloned();
            put("phone_number", number.clone());
            put("phone_number_verified", verified.unwrap_or(Value::Bool(false)));
        }
        if asked("address")
            && let Some(address) = self.others.get("address").filter(|address| address.is_object())
        {
            put("address", address.clone());
        }
        claims
    }

    /// Single claims by their names, of those that some scope gives out.
    #[must_use]
    pub(crate) fn claims_named(&self, names: &[String]) -> Object {
        if names.is_empty() {
            return Object::new();
        }
        let mut claims = self.claims(&["profile", "email", "phone", "address"].map(ToOwned::to_owned));
        claims.retain(|name, _| names.iter().any(|asked| asked == name));
        claims
    }
}
