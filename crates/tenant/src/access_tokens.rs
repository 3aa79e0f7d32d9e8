//! Signs and verifies access tokens that are JWTs with the algorithm of their API (Auth0: Signing Algorithms).

use crate::model::Api;
use crate::secret::Secret;
use crate::tenant_file::Object;
use crate::{Tenant, hs256};

/// Signs the claims of an access token for `api`: with its own secret (HS256), or with the tenant's key of the
/// algorithm that it asks for.
pub(crate) fn sign(tenant: &Tenant, api: &Api, typ: &str, claims: &Object) -> Secret {
    match api.hs256_key() {
        Some(key) => hs256::sign(key, typ, claims),
        None => tenant.keys().sign_with(api.key_alg(), typ, claims),
    }
}

/// The claims of an access token for `api`, whether it has expired or not. What the API is configured for decides:
/// a secret makes only HS256 count and no secret only the tenant's keys, whatever the token's header says.
///
/// # Errors
/// One sentence for the decision record.
pub(crate) fn verify(tenant: &Tenant, api: &Api, token: &str) -> Result<Object, String> {
    match api.hs256_key() {
        Some(key) => hs256::verify(key, token)
            .map_err(|error| format!("it was not signed with the signing_secret of its API (HS256): {error}")),
        None => {
            tenant.keys().verify(token).map_err(|error| format!("it was not signed with a key of the tenant: {error}"))
        }
    }
}
