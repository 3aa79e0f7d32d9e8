//! Signs and verifies ID tokens with the algorithm of their client (OpenID Connect Core 1.0, 3.1.3.7, 6 to 8).

use crate::keys::KeyAlg;
use crate::model::Client;
use crate::secret::Secret;
use crate::tenant_file::Object;
use crate::{Tenant, hs256};

/// Signs the claims of an ID token for `client`: with the tenant's key (RS256), or with the client's secret (HS256)
/// if it is configured for that and confidential. A public client has no secret worth the name, so its tokens are
/// always RS256.
pub(crate) fn sign(tenant: &Tenant, client: &Client, claims: &Object) -> Secret {
    sign_as(tenant, client, "JWT", claims)
}

/// The same for another kind of token that is signed as the client's ID tokens are; `typ` says which.
pub(crate) fn sign_as(tenant: &Tenant, client: &Client, typ: &str, claims: &Object) -> Secret {
    match client.hs256_key() {
        Some(key) => hs256::sign(&key, typ, claims),
        None => tenant.keys().sign(typ, claims),
    }
}

/// The claims of an ID token that was issued to `client`, whether it has expired or not. Only the algorithm that the
/// client is configured for counts, whatever the token's header says.
///
/// # Errors
/// One sentence for the decision record: which algorithm was expected, and what is wrong.
pub(crate) fn verify(tenant: &Tenant, client: &Client, token: &str) -> Result<Object, String> {
    let id = &client.client_id;
    // A logout token has the same issuer, audience and key, and another type (Back-Channel Logout 1.0, 2.4).
    let header = jsonwebtoken::decode_header(token).map_err(|error| format!("not signed by the tenant: {error}"))?;
    if let Some(typ) = header.typ.filter(|typ| typ != "JWT") {
        return Err(format!("its type is {typ}, and an ID token's is JWT"));
    }
    if !client.wants_hs256() {
        let verified = tenant.keys().verify_with(&[KeyAlg::Rs256], token);
        return verified.map_err(|error| format!("not signed by the tenant with RS256: {error}"));
    }
    let key = client.hs256_key().ok_or_else(|| {
        format!("{id} is configured for HS256, but as a public client it is given RS256 tokens; configure it for RS256")
    })?;
    hs256::verify(&key, token).map_err(|error| format!("not signed with the secret of {id} (HS256): {error}"))
}

/// The client that a token says it is for. Nothing of it is believed until [`verify`] has seen that client's signature.
pub(crate) fn audience(token: &str) -> Option<String> {
    let claims: Object = jsonwebtoken::dangerous::insecure_decode_claims(token).ok()?;
    claims.get("aud")?.as_str().map(ToOwned::to_owned)
}
