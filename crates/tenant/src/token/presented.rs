//! An access token that somebody shows: whether it is good here and now, and what it says.

use crate::Tenant;
use crate::access_tokens;
use crate::error::ApiError;
use crate::model::{Api, Client};
use crate::secret::Hash;
use crate::store::AccessTokenRecord;
use crate::tenant_file::Object;

/// An access token for an API, as good as it was when it was issued.
pub(super) struct Presented {
    pub(super) record: AccessTokenRecord,
    /// The API that it is for.
    pub(super) api: Api,
    pub(super) claims: Object,
}

impl Presented {
    /// Whether the client is the API that the token is for.
    pub(super) fn is_for(&self, client: &Client) -> bool {
        self.api.client_id.as_ref() == Some(&client.client_id)
    }

    /// Whether a client got it for itself.
    pub(super) fn is_nobodys(&self) -> bool {
        self.record.user_id == format!("{}@clients", self.record.client_id)
    }
}

/// Looks a token up. The inner error says, for the decision record, why it is not good.
pub(super) async fn look_up(
    tenant: &Tenant,
    issuer: &str,
    token: &str,
) -> Result<Result<Presented, &'static str>, ApiError> {
    let (store, addresses) = (tenant.store(), tenant.addresses());
    // Tokens are known by their hash, so one that is found is ours, letter for letter.
    let Some(record) = store.access_token(&Hash::of(token), tenant.now()).await? else {
        return Ok(Err("no such access token, or it has expired, was revoked or ended with its session"));
    };
    if record.issuer != issuer {
        return Ok(Err("it was issued at another address of the tenant"));
    }
    let Some(audience) = &record.audience else { return Ok(Err("it is for /userinfo alone")) };
    let Some(api) = store.api(audience, addresses).await? else { return Ok(Err("the API it is for is gone")) };
    if store.client(&record.client_id, addresses).await?.is_none() {
        return Ok(Err("the client it was issued to is gone"));
    }
    let Ok(claims) = access_tokens::verify(tenant, &api, token) else {
        return Ok(Err("the key that signed it was revoked, or is not what its API is configured for any more"));
    };
    let presented = Presented { record, api, claims };
    if !presented.is_nobodys() && store.user(&presented.record.user_id).await?.is_none_or(|user| user.blocked) {
        return Ok(Err("its user is gone or blocked"));
    }
    Ok(Ok(presented))
}
