//! Who may still delegate: the switches, dates and grants of the migration, in order.

use axum::http::StatusCode;

use super::request::DelegationRequest;
use crate::clock::Timestamp;
use crate::decisions::Decision;
use crate::error::ApiError;
use crate::model::{DelegationSettings, TenantSettings};

/// One condition of an exchange.
struct Rule {
    name: &'static str,
    holds: bool,
    /// For the record: what was found.
    found: String,
    /// What the caller is told if it does not hold.
    refusal: ApiError,
}

/// Everything that decides an exchange, beside the request itself.
pub(super) struct Circumstances<'a> {
    pub tenant: &'a TenantSettings,
    pub delegation: &'a DelegationSettings,
    /// Whether the request came in at a custom domain.
    pub at_custom_domain: bool,
    pub now: Timestamp,
}

/// Passes an exchange, or says which rule forbids it: the first that does not hold.
pub(super) fn decide(
    request: &DelegationRequest,
    circumstances: &Circumstances<'_>,
    decision: &mut Decision,
) -> Result<(), ApiError> {
    let ended = circumstances.delegation.ended;
    let mut rules = vec![Rule {
        name: "check_delegation_not_ended",
        holds: !ended,
        found: format!("delegation.ended is {ended}"),
        refusal: disabled("Delegation has ended for this tenant."),
    }];
    match request.exchange.required_grant_type() {
        Some(grant_type) => rules.extend(for_auth0_tokens(request, grant_type, circumstances)),
        None => rules.extend(for_add_ons(request, circumstances.tenant)),
    }
    for rule in rules {
        decision.check(rule.name, rule.holds, rule.found);
        if !rule.holds {
            return Err(rule.refusal);
        }
    }
    Ok(())
}

/// ID token for ID token, and refresh token for ID token.
fn for_auth0_tokens(request: &DelegationRequest, grant_type: &str, circumstances: &Circumstances<'_>) -> [Rule; 5] {
    let Circumstances { tenant, delegation, at_custom_domain, now } = circumstances;
    let (source, target) = (&request.source, &request.target);
    let flag = tenant.flags.allow_legacy_delegation_grant_types;
    let passed = delegation.mandatory_date_passed(*now);
    let date = delegation.mandatory_date.map_or_else(|| "none".to_owned(), |date| date.to_string());
    let has_grant = source.may_use(grant_type);
    let off = "Legacy Delegation (ID Tokens) is disabled for this tenant.";
    [
        Rule {
            name: "check_tenant_flag",
            holds: flag,
            found: format!("flags.allow_legacy_delegation_grant_types is {flag}"),
            refusal: disabled(off),
        },
        Rule {
            name: "check_mandatory_date",
            holds: !passed,
            found: if passed {
                format!("the mandatory date {date} has passed, so the tenant's flag counts as false")
            } else {
                format!("the mandatory date ({date}) has not passed, so the tenant's flag counts")
            },
            refusal: disabled(off),
        },
        Rule {
            name: "check_legacy_grant",
            holds: has_grant,
            found: format!(
                "{} {} the grant type {grant_type}",
                source.client_id,
                if has_grant { "has" } else { "lacks" }
            ),
            refusal: ApiError::new(
                StatusCode::FORBIDDEN,
                "unauthorized_client",
                format!("Grant type '{grant_type}' not allowed for the client."),
            ),
        },
        Rule {
            name: "check_not_oidc_conformant",
            holds: !source.oidc_conformant && !target.oidc_conformant,
            found: format!(
                "oidc_conformant is {} for the source and {} for the target",
                source.oidc_conformant, target.oidc_conformant
            ),
            refusal: forbidden(
                "OIDC-conformant clients cannot be the source or target of a delegation request.".into(),
            ),
        },
        Rule {
            name: "check_not_custom_domain",
            holds: !at_custom_domain,
            found: if *at_custom_domain {
                "the request came in at a custom domain".into()
            } else {
                "the request came in at the tenant's own domain".into()
            },
            refusal: disabled("Delegation does not work at a custom domain."),
        },
    ]
}

/// ID token for a third party's token. Neither flag, date nor legacy grants touch these.
fn for_add_ons(request: &DelegationRequest, tenant: &TenantSettings) -> [Rule; 2] {
    let name = request.add_on.map_or("none", migration::AddOn::name);
    let has_add_on = request.target.addons.contains_key(name);
    let created = tenant.created_at.map_or_else(|| "on an unknown day".to_owned(), |day| day.to_string());
    [
        Rule {
            name: "check_tenant_is_old_enough",
            holds: tenant.has_legacy_features(),
            found: format!("the tenant was created {created}; 8 June 2017 is the first day without"),
            refusal: forbidden(
                "Tenants created on or after 8 June 2017 have no delegation for third-party tokens.".into(),
            ),
        },
        Rule {
            name: "check_target_has_add_on",
            holds: has_add_on,
            found: format!(
                "{} {} the add-on {name}",
                request.target.client_id,
                if has_add_on { "has" } else { "lacks" }
            ),
            refusal: forbidden(format!("The add-on {name} is not enabled for the target client.")),
        },
    ]
}

fn disabled(sentence: &str) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "endpoint_disabled", sentence)
}

fn forbidden(sentence: String) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "access_denied", sentence)
}
