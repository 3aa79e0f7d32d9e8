//! Whether a token is bound to a key, and whether one is given at all without (Auth0: Configure Sender Constraining).

use crate::error::ApiError;
use crate::model::{Api, Client};

/// What the token for this API is bound to: the key, nothing, or no token at all.
///
/// # Errors
/// What the client, or the API, wants and did not get.
pub(crate) fn binding(client: &Client, api: Option<&Api>, jkt: Option<&str>) -> Result<Option<String>, ApiError> {
    if jkt.is_none() && required(client, api) {
        return Err(ApiError::invalid_request("A DPoP proof is required: send it in the header DPoP."));
    }
    let binds = api.is_none_or(Api::binds_by_dpop);
    if client.require_proof_of_possession && !binds {
        return Err(ApiError::invalid_request(
            "The client wants its tokens bound to a key, and the API takes none that are (proof_of_possession).",
        ));
    }
    Ok(jkt.filter(|_| binds).map(ToOwned::to_owned))
}

/// Whether the client, or the API, takes no token that is not bound.
pub(crate) fn required(client: &Client, api: Option<&Api>) -> bool {
    client.require_proof_of_possession || api.is_some_and(Api::requires_dpop)
}
