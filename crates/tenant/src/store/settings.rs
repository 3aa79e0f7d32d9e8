//! Changes the tenant's settings and the state of delegation, in one commit.

use jiff::civil::Date;
use serde_json::Value;
use sqlx::{Sqlite, Transaction};

use super::{Store, StoreError, read_json, write_json};
use crate::clock::Timestamp;
use crate::model::{DelegationSettings, TenantSettings, from_object};
use crate::tenant_file::Object;

/// Fields to change; what is not named stays as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct SettingsChange {
    /// Fields of `tenant`, as in the Management API. `flags` is changed flag by flag; null means unset.
    pub tenant: Object,
    /// Fields of `delegation`. A null `mandatory_date` means that there is no such day.
    pub delegation: Object,
}

/// Why settings were not changed. Nothing was, then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// The flag was to be turned on although it counts as false since the mandatory date.
    #[error(
        "Legacy Delegation (ID Tokens) cannot be turned on: the mandatory date {0} has passed. \
         Set a later date, or none, first."
    )]
    MandatoryDatePassed(Date),
    /// A field has a value that it cannot have.
    #[error("{section} cannot be changed: {reason}")]
    Unusable {
        /// `tenant` or `delegation`.
        section: &'static str,
        /// What was expected and found.
        reason: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for SettingsError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Changes tenant and delegation settings together and returns what they are then. Whoever asks afterwards
    /// sees the new ones.
    ///
    /// The date that decides whether `flags.allow_legacy_delegation_grant_types` may become true is the one that
    /// holds after the change.
    pub(crate) async fn change_settings(
        &self,
        change: SettingsChange,
        now: Timestamp,
    ) -> Result<(TenantSettings, DelegationSettings), SettingsError> {
        let turns_on = change.tenant.get("flags").and_then(|flags| flags.get("allow_legacy_delegation_grant_types"))
            == Some(&Value::Bool(true));
        let mut transaction = self.change().await?;
        let mut tenant = section(&mut transaction, "tenant").await?;
        let mut delegation = section(&mut transaction, "delegation").await?;
        merge(&mut tenant, change.tenant);
        delegation.extend(change.delegation);

        let unusable =
            |section| move |error: serde_json::Error| SettingsError::Unusable { section, reason: error.to_string() };
        let tenant_settings: TenantSettings = from_object(&tenant).map_err(unusable("tenant"))?;
        let delegation_settings = DelegationSettings::read(&delegation).map_err(unusable("delegation"))?;
        if let Some(date) = delegation_settings.date_passed(now).filter(|_| turns_on) {
            return Err(SettingsError::MandatoryDatePassed(date));
        }
        for (name, body) in [("tenant", &tenant), ("delegation", &delegation)] {
            sqlx::query("INSERT INTO sections VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET body = $2")
                .bind(name)
                .bind(write_json(body))
                .execute(&mut **transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok((tenant_settings, delegation_settings))
    }
}

async fn section(transaction: &mut Transaction<'_, Sqlite>, name: &'static str) -> Result<Object, StoreError> {
    let body: Option<String> = sqlx::query_scalar("SELECT body FROM sections WHERE name = $1")
        .bind(name)
        .fetch_optional(&mut **transaction)
        .await?;
    read_json("section", body.as_deref().unwrap_or("{}"))
}

/// Puts `change` over `settings`; flags one by one, everything else as a whole.
fn merge(settings: &mut Object, mut change: Object) {
    if let Some(Value::Object(flags)) = change.get_mut("flags")
        && let Some(Value::Object(own)) = settings.get("flags")
    {
        let mut all = own.clone();
        all.extend(std::mem::take(flags));
        *flags = all;
    }
    settings.extend(change);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::passwords::{PasswordProfile, Passwords};
    use crate::store::Data;
    use crate::tenant_file::TenantFile;

    /// 23 November 2026, 00:00 UTC; the built-in mandatory date is long past.
    fn now() -> Timestamp {
        Timestamp::from_millisecond(1_795_392_000_000).expect("in range")
    }

    async fn store() -> Store {
        let store = Store::open(&Data::Memory, false).await.expect("opens");
        let passwords = Passwords::new(PasswordProfile::QuickForTests);
        store.seed(&TenantFile::built_in(), &passwords).await.expect("seeded");
        store
    }

    fn change(tenant: Value, delegation: Value) -> SettingsChange {
        let object = |value| match value {
            Value::Object(object) => object,
            _ => Object::new(),
        };
        SettingsChange { tenant: object(tenant), delegation: object(delegation) }
    }

    fn flag(on: bool) -> Value {
        json!({ "flags": { "allow_legacy_delegation_grant_types": on } })
    }

    #[tokio::test]
    async fn what_is_not_named_stays() {
        let store = store().await;
        let more = json!({ "flags": { "enable_sso": true }, "friendly_name": "Mine" });
        store.change_settings(change(more, Value::Null), now()).await.expect("changed");
        let settings = store.tenant_settings().await.expect("readable");
        assert_eq!(settings.friendly_name, "Mine");
        assert!(settings.flags.allow_legacy_delegation_grant_types, "another flag was changed, not this one");
        assert!(settings.has_legacy_features(), "created_at was not changed");
    }

    #[tokio::test]
    async fn the_flag_cannot_be_turned_on_while_the_date_is_past() {
        let store = store().await;
        store.change_settings(change(flag(false), Value::Null), now()).await.expect("off is always possible");
        let refused = store.change_settings(change(flag(true), Value::Null), now()).await;
        assert!(matches!(refused, Err(SettingsError::MandatoryDatePassed(date)) if date.to_string() == "2018-02-01"));
        assert!(!store.tenant_settings().await.expect("readable").flags.allow_legacy_delegation_grant_types);

        // With a later date, in the same change, it can.
        for date in [json!("2027-01-01"), Value::Null] {
            store.change_settings(change(flag(false), Value::Null), now()).await.expect("off");
            let (tenant, delegation) = store
                .change_settings(change(flag(true), json!({ "mandatory_date": date })), now())
                .await
                .expect("the date has not come");
            assert!(delegation.allows_id_tokens(&tenant, now()), "{date}");
        }
        let today = change(flag(true), json!({ "mandatory_date": "2026-11-23" }));
        assert!(matches!(store.change_settings(today, now()).await, Err(SettingsError::MandatoryDatePassed(_))));
    }

    #[tokio::test]
    async fn an_unusable_value_changes_nothing() {
        let store = store().await;
        for (tenant, delegation) in [
            (json!({ "flags": { "allow_legacy_delegation_grant_types": "yes" } }), Value::Null),
            (Value::Null, json!({ "mandatory_date": "tomorrow", "ended": true })),
            (Value::Null, json!({ "ended": 1 })),
            (Value::Null, json!({ "calls_per_minute": 0 })),
        ] {
            let refused = store.change_settings(change(tenant.clone(), delegation.clone()), now()).await;
            assert!(matches!(refused, Err(SettingsError::Unusable { .. })), "{tenant} {delegation}");
        }
        assert!(!store.delegation_settings().await.expect("readable").ended);
    }
}
