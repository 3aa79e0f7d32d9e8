//! Who may still delegate: the switches, dates and grants of the migration, in order.

use axum::http::StatusCode;
use migration::Exchange;

use super::request::DelegationRequest;
use crate::clock::Timestamp;
use crate::decisions::Decision;
use crate::error::ApiError;
use crate::model::{DelegationSettings, TenantSettings};

/// Decides an exchange, or says which rule forbids it.
pub(super) fn decide(
    request: &DelegationRequest,
    tenant: &TenantSettings,
    delegation: &DelegationSettings,
    at_custom_domain: bool,
    now: Timestamp,
    decision: &mut Decision,
) -> Result<(), ApiError> {
    let mut rule = |name, holds: bool, claim: String, error: fn(String) -> ApiError, public: String| {
        decision.check(name, holds, if holds { claim } else { format!("not so: {claim}") });
        if holds { Ok(()) } else { Err(error(public)) }
    };
    rule(
        "check_delegation_not_ended",
        !delegation.ended,
        "delegation as a whole has not ended".into(),
        disabled,
        "Delegation has ended for this tenant.".into(),
    )?;
    match (request.exchange.required_grant_type(), request.add_on) {
        (Some(grant_type), _) => {
            let ended = "Legacy Delegation (ID Tokens) is disabled for this tenant.";
            rule(
                "check_tenant_flag",
                tenant.flags.allow_legacy_delegation_grant_types,
                "flags.allow_legacy_delegation_grant_types is on".into(),
                disabled,
                ended.into(),
            )?;
            rule(
                "check_mandatory_date",
                !delegation.mandatory_date_passed(now),
                match delegation.mandatory_date {
                    Some(date) => format!("the mandatory date {date} has not come, so the flag counts"),
                    None => "there is no mandatory date".into(),
                },
                disabled,
                ended.into(),
            )?;
            rule(
                "check_legacy_grant",
                request.source.may_use(grant_type),
                format!("{} has the grant type {grant_type}", request.source.client_id),
                |sentence| ApiError::new(StatusCode::FORBIDDEN, "unauthorized_client", sentence),
                format!("Grant type '{grant_type}' not allowed for the client."),
            )?;
            rule(
                "check_not_oidc_conformant",
                !request.source.oidc_conformant && !request.target.oidc_conformant,
                "neither source nor target is OIDC-conformant".into(),
                forbidden,
                "OIDC-conformant clients cannot be the source or target of a delegation request.".into(),
            )?;
            rule(
                "check_not_custom_domain",
                !at_custom_domain,
                "the request did not come in at a custom domain".into(),
                disabled,
                "Delegation does not work at a custom domain.".into(),
            )
        }
        (None, add_on) => {
            debug_assert_eq!(request.exchange, Exchange::AddOn);
            let name = add_on.map_or("?", migration::AddOn::name);
            rule(
                "check_tenant_is_old_enough",
                tenant.has_legacy_features(),
                "the tenant was created before 8 June 2017".into(),
                forbidden,
                "Tenants created on or after 8 June 2017 have no delegation for third-party tokens.".into(),
            )?;
            rule(
                "check_target_has_add_on",
                request.target.addons.contains_key(name),
                format!("{} has the add-on {name}", request.target.client_id),
                forbidden,
                format!("The add-on {name} is not enabled for the target client."),
            )
        }
    }
}

fn disabled(sentence: String) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "endpoint_disabled", sentence)
}

fn forbidden(sentence: String) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "access_denied", sentence)
}
