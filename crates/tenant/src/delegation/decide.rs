//! Who may still delegate: the switches, dates and grants of the migration, in order.

use axum::http::StatusCode;
use migration::Exchange;

use super::request::DelegationRequest;
use crate::clock::Timestamp;
use crate::decisions::Decision;
use crate::error::ApiError;
use crate::model::{DelegationSettings, TenantSettings};

/// One condition of an exchange.
pub(super) struct Rule {
    pub name: &'static str,
    pub holds: bool,
    /// For the record: what was found.
    pub found: String,
    /// What the caller is told if it does not hold.
    pub refusal: ApiError,
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
    let mut rules = tenant_switches(request.exchange, circumstances);
    match request.exchange.required_grant_type() {
        Some(grant_type) => {
            rules.extend(for_clients(request, grant_type));
            rules.push(own_domain(circumstances));
        }
        None => rules.push(target_has_add_on(request)),
    }
    rules.push(target_takes_source(request));
    for rule in rules {
        decision.check(rule.name, rule.holds, rule.found);
        if !rule.holds {
            return Err(rule.refusal);
        }
    }
    Ok(())
}

/// What decides this kind of exchange at this address whoever asks: the rules without those about clients.
pub(super) fn whoever_asks(exchange: Exchange, circumstances: &Circumstances<'_>) -> Vec<Rule> {
    let mut rules = tenant_switches(exchange, circumstances);
    if exchange.ends_with_the_migration() {
        rules.push(own_domain(circumstances));
    }
    rules
}

/// The tenant's switches and dates. Neither flag nor date touches the tokens of third parties.
fn tenant_switches(exchange: Exchange, circumstances: &Circumstances<'_>) -> Vec<Rule> {
    let Circumstances { tenant, delegation, now, .. } = circumstances;
    let ended = delegation.ended;
    let not_ended = Rule {
        name: "check_delegation_not_ended",
        holds: !ended,
        found: format!("delegation.ended is {ended}"),
        refusal: disabled("Delegation has ended for this tenant."),
    };
    if !exchange.ends_with_the_migration() {
        let created = tenant.created_at.map_or_else(|| "on an unknown day".to_owned(), |day| format!("on {day}"));
        let old_enough = Rule {
            name: "check_tenant_is_old_enough",
            holds: tenant.has_legacy_features(),
            found: format!("the tenant was created {created}; 2017-06-08 is the first day without third-party tokens"),
            refusal: forbidden(
                "Tenants created on or after 8 June 2017 have no delegation for third-party tokens.".into(),
            ),
        };
        return vec![not_ended, old_enough];
    }
    let flag = tenant.flags.allow_legacy_delegation_grant_types;
    let passed = delegation.date_passed(*now);
    let off = "Legacy Delegation (ID Tokens) is disabled for this tenant.";
    vec![
        not_ended,
        Rule {
            name: "check_tenant_flag",
            holds: flag,
            found: format!("flags.allow_legacy_delegation_grant_types is {flag}"),
            refusal: disabled(off),
        },
        Rule {
            name: "check_mandatory_date",
            holds: passed.is_none(),
            found: match (passed, delegation.mandatory_date) {
                (Some(date), _) => {
                    format!("the mandatory date {date} has passed, so the tenant's flag counts as false")
                }
                (None, Some(date)) => format!("the mandatory date {date} has not come, so the tenant's flag counts"),
                (None, None) => "there is no mandatory date, so the tenant's flag counts".into(),
            },
            refusal: disabled(off),
        },
    ]
}

/// What the two clients must be for an exchange that ends in an ID token.
fn for_clients(request: &DelegationRequest, grant_type: &str) -> [Rule; 2] {
    let (source, target) = (&request.source, &request.target);
    let has_grant = source.may_use(grant_type);
    [
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
    ]
}

fn own_domain(circumstances: &Circumstances<'_>) -> Rule {
    let custom = circumstances.at_custom_domain;
    Rule {
        name: "check_not_custom_domain",
        holds: !custom,
        found: if custom {
            "the request came in at a custom domain".into()
        } else {
            "the request came in at the tenant's own domain".into()
        },
        refusal: disabled("Delegation does not work at a custom domain."),
    }
}

fn target_has_add_on(request: &DelegationRequest) -> Rule {
    let name = request.add_on.map_or("none", migration::AddOn::name);
    let has_add_on = request.target.addons.contains_key(name);
    Rule {
        name: "check_target_has_add_on",
        holds: has_add_on,
        found: format!("{} {} the add-on {name}", request.target.client_id, if has_add_on { "has" } else { "lacks" }),
        refusal: forbidden(format!("The add-on {name} is not enabled for the target client.")),
    }
}

/// The target's `allowed_clients`: whom it takes tokens from. An empty list means everybody, and a client may
/// always renew its own.
fn target_takes_source(request: &DelegationRequest) -> Rule {
    let (source, target) = (&request.source.client_id, &request.target);
    let holds = target.takes_delegation_from(source);
    Rule {
        name: "check_allowed_clients",
        holds,
        found: format!(
            "{} {} delegation from {source}",
            target.client_id,
            if holds { "takes" } else { "lists allowed_clients and does not take" }
        ),
        refusal: forbidden(format!(
            "The target client {} does not allow delegation from this client.",
            target.client_id
        )),
    }
}

fn disabled(sentence: &str) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "endpoint_disabled", sentence)
}

fn forbidden(sentence: String) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "access_denied", sentence)
}
