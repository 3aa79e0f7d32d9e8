//! The `claims` request parameter: single claims by name (OpenID Connect Core 1.0, section 5.5).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::json_object;
use crate::tenant_file::Object;

/// Claims that a request asks for beside those of its scopes. Essential ones and others are alike: what the user object
/// has is given, and what it lacks is left out (5.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RequestedClaims {
    /// For `/userinfo`.
    pub userinfo: Vec<String>,
    /// For the ID token.
    pub id_token: Vec<String>,
    /// The user that the request is about: the value that it asks `sub` to have.
    #[serde(skip)]
    pub subject: Option<String>,
    /// The classes of authentication of which one is essential: without it the sign-in has failed (5.5.1.1).
    #[serde(skip)]
    pub essential_acr: Option<Vec<String>>,
}

impl RequestedClaims {
    /// Reads the parameter.
    ///
    /// # Errors
    /// What was expected in place of what came.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let request =
            json_object::read(text.as_bytes()).map_err(|error| format!("claims must be a JSON object: {error}"))?;
        let member = |name: &str| match request.get(name) {
            None | Some(Value::Null) => Ok(Object::new()),
            Some(Value::Object(member)) => Ok(member.clone()),
            Some(_) => Err(format!("{name} in claims must be an object")),
        };
        let (userinfo, id_token) = (member("userinfo")?, member("id_token")?);
        if userinfo.values().chain(id_token.values()).any(|wish| !wish.is_null() && !wish.is_object()) {
            return Err("each claim in claims must be null or an object".into());
        }
        let subject = |member: &Object| Some(member.get("sub")?.get("value")?.as_str()?.to_owned());
        Ok(Self {
            essential_acr: id_token.get("acr").and_then(essential_values),
            subject: subject(&id_token).or_else(|| subject(&userinfo)),
            userinfo: userinfo.keys().cloned().collect(),
            id_token: id_token.keys().cloned().collect(),
        })
    }

    /// Whether the ID token is asked to say when the user signed in.
    pub(crate) fn asks_for_auth_time(&self) -> bool {
        self.id_token.iter().any(|name| name == "auth_time")
    }
}

/// The values of which an essential claim must have one, if it must.
fn essential_values(wish: &Value) -> Option<Vec<String>> {
    if wish.get("essential") != Some(&Value::Bool(true)) {
        return None;
    }
    let several = wish.get("values").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let values: Vec<_> =
        wish.get("value").into_iter().chain(several).filter_map(Value::as_str).map(ToOwned::to_owned).collect();
    (!values.is_empty()).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_read_by_name() {
        let text = r#"{"userinfo":{"name":{"essential":true},"email":null},"id_token":{"sub":{"value":"u"}},"x":1}"#;
        let claims = RequestedClaims::parse(text).expect("readable");
        assert_eq!((claims.userinfo, claims.id_token), (vec!["name".into(), "email".into()], vec!["sub".into()]));
        assert_eq!(claims.subject.as_deref(), Some("u"));
        for bad in ["", "x", "[]", r#"{"userinfo":[]}"#, r#"{"id_token":{"name":true}}"#, r#"{"a":{},"a":{}}"#] {
            assert!(RequestedClaims::parse(bad).is_err(), "{bad}");
        }
    }
}
