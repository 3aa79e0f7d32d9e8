//! `/api/v2/grants`: what users consented to, and taking it back.

use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::access::Access;
use super::error::ManagementError;
use super::query::{Fields, Paging, Query, check_id};
use crate::store::{CONSENT_ID, Consent};
use crate::tenant_file::Object;

/// `GET /grants`: all, or those of a user, client or audience.
pub(super) async fn list(access: Access, RawQuery(raw): RawQuery) -> Result<Response, ManagementError> {
    access.require(&["read:grants"])?;
    let filters = ["user_id", "client_id", "audience"];
    let query = Query::read(raw, &filters.into_iter().chain(Paging::NAMES).collect::<Vec<_>>())?;
    let consents = access.tenant.store().consents(query.get("user_id")).await?;
    let mut grants: Vec<_> = consents.into_iter().map(|consent| shown(consent, access.issuer())).collect();
    for (parameter, field) in [("client_id", "clientID"), ("audience", "audience")] {
        grants.retain(|grant| query.get(parameter).is_none_or(|wanted| grant[field] == json!(wanted)));
    }
    Ok(Paging::read(&query)?.answer("grants", "id", grants, &Fields::read(&query)?))
}

/// `DELETE /grants/{id}`: no error either if there is none, as with the vendor.
pub(super) async fn delete(access: Access, Path(id): Path<String>) -> Result<StatusCode, ManagementError> {
    access.require(&["delete:grants"])?;
    check_id(&id, CONSENT_ID)?;
    let deleted = access.tenant.store().revoke_consent(&id, access.tenant.now()).await.map_err(Into::into);
    access.logged("Delete a grant", &[], deleted)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /grants?user_id=…`: all that this user consented to.
pub(super) async fn delete_of_user(access: Access, RawQuery(raw): RawQuery) -> Result<StatusCode, ManagementError> {
    access.require(&["delete:grants"])?;
    let query = Query::read(raw, &["user_id"])?;
    let user_id =
        query.get("user_id").ok_or_else(|| ManagementError::query("'Missing required property: user_id'."))?;
    let deleted = async {
        for consent in access.tenant.store().consents(Some(user_id)).await? {
            access.tenant.store().revoke_consent(&consent.consent_id, access.tenant.now()).await?;
        }
        Ok(())
    };
    access.logged("Delete the grants of a user", &[], deleted.await)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `clientID` is the vendor's spelling.
fn shown(consent: Consent, issuer: &str) -> Object {
    let audience = consent.audience.unwrap_or_else(|| format!("{issuer}userinfo"));
    [
        ("id", json!(consent.consent_id)),
        ("clientID", json!(consent.client_id)),
        ("user_id", json!(consent.user_id)),
        ("audience", json!(audience)),
        ("scope", json!(consent.scope)),
    ]
    .map(|(name, value): (&str, Value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}
