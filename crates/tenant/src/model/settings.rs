//! Tenant settings and the state of delegation.

use std::num::NonZeroU32;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};

use crate::tenant_file::Object;

/// The tenant settings that this version uses, named as in the Management API.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub(crate) struct TenantSettings {
    /// The tenant's name on its pages. Default `Silent Auth`.
    pub(crate) friendly_name: String,
    /// The day the tenant was created; absent means after 8 June 2017, so without legacy features.
    #[serde(deserialize_with = "day")]
    pub(crate) created_at: Option<Date>,
    /// How long a session lasts in all, in hours (fractions allowed). Default 168.
    pub(crate) session_lifetime: f64,
    /// How long a session lasts without use, in hours (fractions allowed). Default 72.
    pub(crate) idle_session_lifetime: f64,
    /// The audience of requests that name none. Default: none, which gives opaque tokens.
    pub(crate) default_audience: Option<String>,
    /// Where `/v2/logout` may lead when no client is named.
    pub(crate) allowed_logout_urls: Vec<String>,
    /// Switches.
    pub(crate) flags: Flags,
}

/// The tenant's switches that this version uses.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Flags {
    /// Whether clients may exchange ID tokens and refresh tokens at `/delegation`. Default false.
    pub(crate) allow_legacy_delegation_grant_types: bool,
    /// Whether clients may send passwords to `/oauth/ro`. Default false.
    pub(crate) allow_legacy_ro_grant_types: bool,
    /// Whether a client that revokes one refresh token gives up all that the user granted it. Default false.
    pub(crate) revoke_refresh_token_grant: bool,
}

impl Default for TenantSettings {
    fn default() -> Self {
        Self {
            friendly_name: "Silent Auth".into(),
            created_at: None,
            session_lifetime: 168.0,
            idle_session_lifetime: 72.0,
            default_audience: None,
            allowed_logout_urls: Vec::new(),
            flags: Flags::default(),
        }
    }
}

impl TenantSettings {
    /// How long a session lasts in all.
    #[must_use]
    pub(crate) fn absolute_limit(&self) -> SignedDuration {
        hours(self.session_lifetime)
    }

    /// How long a session lasts without use.
    #[must_use]
    pub(crate) fn idle_limit(&self) -> SignedDuration {
        hours(self.idle_session_lifetime)
    }

    /// Whether the tenant existed on 8 June 2017 and so kept delegation for third-party tokens.
    #[must_use]
    pub(crate) fn has_legacy_features(&self) -> bool {
        const FIRST_DAY_WITHOUT: Date = jiff::civil::date(2017, 6, 8);
        self.created_at.is_some_and(|created| created < FIRST_DAY_WITHOUT)
    }
}

fn hours(hours: f64) -> SignedDuration {
    SignedDuration::try_from_secs_f64(hours * 3600.0).unwrap_or(SignedDuration::MAX)
}

/// `delegation` in the tenant file.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub(crate) struct DelegationSettings {
    /// From this day (UTC) on the tenant's flag counts as false. Default 1 February 2018; null means never.
    #[serde(deserialize_with = "day")]
    pub(crate) mandatory_date: Option<Date>,
    /// Whether delegation is over altogether, add-ons included. Default false.
    pub(crate) ended: bool,
    /// How many calls of `/delegation` one address may make for one user in a minute; at least 1. Default 10.
    pub(crate) calls_per_minute: NonZeroU32,
}

impl Default for DelegationSettings {
    fn default() -> Self {
        const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();
        Self { mandatory_date: Some(jiff::civil::date(2018, 2, 1)), ended: false, calls_per_minute: TEN }
    }
}

impl DelegationSettings {
    /// Reads the section. Elsewhere null means absent, but here no date is something else than the default one.
    pub(crate) fn read(object: &Object) -> Result<Self, serde_json::Error> {
        let mut settings: Self = super::from_object(object)?;
        if object.get("mandatory_date").is_some_and(serde_json::Value::is_null) {
            settings.mandatory_date = None;
        }
        Ok(settings)
    }

    /// The mandatory date, once it has come.
    #[must_use]
    pub(crate) fn date_passed(&self, now: Timestamp) -> Option<Date> {
        let today = now.to_zoned(TimeZone::UTC).date();
        self.mandatory_date.filter(|date| today >= *date)
    }

    /// What the tenant's flag `allow_legacy_delegation_grant_types` counts as: false from the mandatory date on.
    #[must_use]
    pub(crate) fn allows_id_tokens(&self, tenant: &TenantSettings, now: Timestamp) -> bool {
        tenant.flags.allow_legacy_delegation_grant_types && self.date_passed(now).is_none()
    }
}

/// A day, or a full time of which the day counts.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let day = text.get(..10).unwrap_or(&text);
    day.parse()
        .map(Some)
        .map_err(|_| serde::de::Error::custom(format!("a day such as 2018-02-01 was expected, not {text}")))
}
