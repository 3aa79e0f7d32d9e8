//! `/api/v2/tenants/settings`: the tenant's settings and flags, and the state of delegation.

use axum::Json;
use axum::body::Body;
use axum::extract::RawQuery;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::access::Access;
use super::clients::{default, names};
use super::error::ManagementError;
use super::query::{Fields, Query};
use super::schema::{self, Field, Kind, Problem};
use crate::Tenant;
use crate::model::TenantSettings;
use crate::store::{SettingsChange, SettingsError};
use crate::tenant_file::Object;

/// What can be set. `delegation` is an addition to the vendor's settings.
const FIELDS: [Field; 24] = [
    ("friendly_name", Kind::Text),
    ("picture_url", Kind::Text),
    ("support_email", Kind::Text),
    ("support_url", Kind::Text),
    ("default_audience", Kind::Text),
    ("default_directory", Kind::Text),
    ("default_redirection_uri", Kind::Text),
    ("allowed_logout_urls", Kind::Texts),
    ("session_lifetime", Kind::Positive),
    ("idle_session_lifetime", Kind::Positive),
    ("session_lifetime_in_minutes", Kind::Positive),
    ("idle_session_lifetime_in_minutes", Kind::Positive),
    ("session_cookie", Kind::Object),
    ("sessions", Kind::Object),
    ("oidc_logout", Kind::Object),
    ("enabled_locales", Kind::Texts),
    ("sandbox_version", Kind::Text),
    ("change_password", Kind::Object),
    ("guardian_mfa_page", Kind::Object),
    ("error_page", Kind::Object),
    ("universal_login", Kind::Object),
    ("acr_values_supported", Kind::Texts),
    ("flags", Kind::Object),
    ("delegation", Kind::Object),
];

/// What delegation has to set.
const DELEGATION: [Field; 3] =
    [("mandatory_date", Kind::Text), ("ended", Kind::Flag), ("calls_per_minute", Kind::Number(1, 100_000))];

/// The flags that the vendor's settings have.
const FLAGS: [&str; 32] = [
    "allow_legacy_delegation_grant_types",
    "allow_legacy_ro_grant_types",
    "allow_other_legacy_grant_types",
    "allow_legacy_tokeninfo_endpoint",
    "allow_changing_enable_sso",
    "change_pwd_flow_v1",
    "custom_domains_provisioning",
    "dashboard_insights_view",
    "dashboard_log_streams_next",
    "disable_clickjack_protection_headers",
    "disable_fields_map_fix",
    "disable_impersonation",
    "disable_management_api_sms_obfuscation",
    "enable_adfs_waad_email_verification",
    "enable_apis_section",
    "enable_client_connections",
    "enable_custom_domain_in_emails",
    "enable_dynamic_client_registration",
    "enable_idtoken_api2",
    "enable_legacy_profile",
    "enable_pipeline2",
    "enable_public_signup_user_exists_error",
    "enable_sso",
    "enforce_client_authentication_on_passwordless_start",
    "mfa_show_factor_list_on_enrollment",
    "no_disclose_enterprise_connections",
    "remove_alg_from_jwks",
    "require_pushed_authorization_requests",
    "revoke_refresh_token_grant",
    "trust_azure_adfs_email_verified_connection_property",
    "universal_login",
    "use_scope_descriptions_for_consent",
];

/// `GET /tenants/settings`.
pub(super) async fn get(access: Access, RawQuery(raw): RawQuery) -> Result<Json<Object>, ManagementError> {
    access.require(&["read:tenant_settings"])?;
    let fields = Fields::read(&Query::read(raw, &Fields::NAMES)?)?;
    Ok(Json(fields.of(shown(&access.tenant).await?)))
}

/// `PATCH /tenants/settings`.
pub(super) async fn update(access: Access, headers: HeaderMap, body: Body) -> Result<Json<Object>, ManagementError> {
    access.require(&["update:tenant_settings"])?;
    let sent = schema::read(&headers, body).await?;
    let fields = names(&sent);
    let changed = change(&access.tenant, sent).await;
    access.logged("Update tenant settings", &fields, changed)?;
    Ok(Json(shown(&access.tenant).await?))
}

async fn change(tenant: &Tenant, sent: Object) -> Result<(), ManagementError> {
    let change = read(sent)?;
    tenant.store().change_settings(change, tenant.now()).await?;
    Ok(())
}

fn read(mut sent: Object) -> Result<SettingsChange, Problem> {
    schema::check(&sent, &FIELDS)?;
    for (minutes, hours) in [
        ("session_lifetime_in_minutes", "session_lifetime"),
        ("idle_session_lifetime_in_minutes", "idle_session_lifetime"),
    ] {
        if let Some(value) = sent.shift_remove(minutes).as_ref().and_then(Value::as_f64) {
            sent.insert(hours.into(), json!(value / 60.0));
        }
    }
    if let Some(Value::Object(flags)) = sent.get("flags") {
        let kinds: Vec<Field> = FLAGS.iter().map(|flag| (*flag, Kind::Flag)).collect();
        schema::check(flags, &kinds).map_err(|problem| inside("flags", problem))?;
    }
    let delegation = match sent.shift_remove("delegation") {
        Some(Value::Object(delegation)) => delegation,
        _ => Object::new(),
    };
    schema::check(&delegation, &DELEGATION).map_err(|problem| inside("delegation", problem))?;
    Ok(SettingsChange { tenant: sent, delegation })
}

fn inside(name: &str, problem: Problem) -> Problem {
    let property = if problem.property.is_empty() { name.into() } else { format!("{name}.{}", problem.property) };
    Problem { property, ..problem }
}

/// The settings as they count now: from the mandatory date on the flag is false, whatever was stored.
async fn shown(tenant: &Tenant) -> Result<Object, ManagementError> {
    let store = tenant.store();
    let (typed, delegation) = (store.tenant_settings().await?, store.delegation_settings().await?);
    let mut settings = store.section_object("tenant").await?;
    // Not a setting: the tenant file says it once, and what is read here can be sent back as it is.
    settings.shift_remove("created_at");
    let defaults = TenantSettings::default();
    for (name, value) in [
        ("friendly_name", json!(defaults.friendly_name)),
        ("session_lifetime", json!(defaults.session_lifetime)),
        ("idle_session_lifetime", json!(defaults.idle_session_lifetime)),
        ("allowed_logout_urls", json!([])),
        ("enabled_locales", json!(["en"])),
        ("flags", json!({})),
    ] {
        default(&mut settings, name, value);
    }
    settings["flags"]["allow_legacy_delegation_grant_types"] = json!(delegation.allows_id_tokens(&typed, tenant.now()));
    settings.insert(
        "delegation".into(),
        json!({
            "mandatory_date": delegation.mandatory_date,
            "ended": delegation.ended,
            "calls_per_minute": delegation.calls_per_minute,
        }),
    );
    Ok(settings)
}

impl From<SettingsError> for ManagementError {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::MandatoryDatePassed(_) => Self::conflict("mandatory_date_passed", error.to_string()),
            SettingsError::Unusable { .. } => Self::body(format!("'{error}'.")),
            SettingsError::Store(error) => error.into(),
        }
    }
}
