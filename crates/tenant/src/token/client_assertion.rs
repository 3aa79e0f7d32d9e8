//! A client's proof by a signed assertion, `private_key_jwt` (RFC 7523 sections 2.2 and 3; OpenID Connect Core 1.0, 9).

use serde_json::Value;

use crate::Tenant;
use crate::clock::Timestamp;
use crate::error::ApiError;
use crate::model::Client;
use crate::secret::Hash;
use crate::visit::Visit;

/// The value of `client_assertion_type`.
pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The longest that an assertion may have to live, in seconds (Auth0: Authenticate with Private Key JWT).
const LONGEST_LIFE: i64 = 300;

/// Whose assertion it says it is, not verified.
pub(super) fn subject(assertion: &str) -> Option<String> {
    let claims: Value = jsonwebtoken::dangerous::insecure_decode_claims(assertion).ok()?;
    claims["sub"].as_str().map(ToOwned::to_owned)
}

/// Checks that this client made the assertion, for this tenant and moment, and uses it up. The inner error is a
/// sentence for the decision record; on the wire every failure looks alike.
pub(super) async fn check(
    tenant: &Tenant,
    visit: &Visit,
    client: &Client,
    assertion: &str,
) -> Result<Result<(), String>, ApiError> {
    let (jti, expires_at) = match verify(client, &visit.address.issuer, assertion, tenant.now()) {
        Ok(verified) => verified,
        Err(why) => return Ok(Err(why)),
    };
    let first = tenant.store().use_assertion(&client.client_id, &jti, expires_at).await?;
    Ok(if first { Ok(()) } else { Err("its jti was used before: an assertion is good once".into()) })
}

/// The assertion's id and when it expires.
fn verify(client: &Client, issuer: &str, assertion: &str, now: Timestamp) -> Result<(Hash, Timestamp), String> {
    let verified = client.credentials().find_map(|credential| credential.verify(assertion, now));
    let claims = verified.ok_or("none of the client's keys signed it with the key's own algorithm")?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    for name in ["iss", "sub"] {
        if text(name) != Some(&client.client_id) {
            return Err(format!("its {name} is {:?}, and must be the client_id", text(name).unwrap_or_default()));
        }
    }
    // One audience alone: an assertion that is good elsewhere too could be carried here from there.
    let audience = match claims.get("aud") {
        Some(Value::Array(list)) if list.len() == 1 => list[0].as_str(),
        other => other.and_then(Value::as_str),
    };
    let endpoint = format!("{issuer}oauth/token");
    if !audience.is_some_and(|audience| audience == issuer || audience == endpoint) {
        return Err(format!("its aud must be {issuer} or {endpoint}, alone"));
    }
    let seconds = |name: &str| claims.get(name).map(|value| value.as_i64().ok_or(format!("its {name} is no number")));
    let expires = seconds("exp").ok_or("it has no exp")??;
    let now = now.as_second();
    if expires <= now {
        return Err("it has expired".into());
    }
    if expires > now + LONGEST_LIFE {
        return Err(format!("its exp is more than {LONGEST_LIFE} s ahead"));
    }
    for name in ["iat", "nbf"] {
        if seconds(name).transpose()?.is_some_and(|from| from > now) {
            return Err(format!("its {name} is in the future"));
        }
    }
    let jti = text("jti").filter(|jti| !jti.is_empty()).ok_or("it has no jti")?;
    let expires_at = Timestamp::from_second(expires).map_err(|_| "its exp is no time")?;
    Ok((Hash::of(jti), expires_at))
}
