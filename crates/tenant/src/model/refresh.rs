//! How a client's refresh tokens live (`refresh_token` of a client): how long, and whether each use replaces them.

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::Timestamp;

/// The most that a lifetime may be, in seconds: a year (Auth0: Configure Refresh Token Expiration).
const LONGEST_LIFE: i64 = 31_557_600;

/// How long a family lives in all where the client does not say: 30 days.
const ABSOLUTE_LIFE: i64 = 2_592_000;

/// How long it lives without use where the client does not say: 15 days.
const IDLE_LIFE: i64 = 1_296_000;

/// A client's settings, named as in the Management API. Default: one token that never expires.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RefreshSettings {
    rotation_type: Option<RotationType>,
    expiration_type: Option<ExpirationType>,
    leeway: Option<i64>,
    token_lifetime: Option<i64>,
    idle_token_lifetime: Option<i64>,
    infinite_token_lifetime: Option<bool>,
    infinite_idle_token_lifetime: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RotationType {
    Rotating,
    NonRotating,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ExpirationType {
    Expiring,
    NonExpiring,
}

impl RefreshSettings {
    /// Whether the settings can be meant: rotating tokens expire, lifetimes are above 0 and at most a year, and the idle
    /// one is not the longer (Auth0: Configure Refresh Token Expiration).
    ///
    /// # Errors
    /// The field that is wrong, what was expected there, and what was found.
    pub(crate) fn check(&self) -> Result<(), (&'static str, String, String)> {
        if self.rotates() && self.expiration_type == Some(ExpirationType::NonExpiring) {
            let expected = "expiring, because rotating tokens always expire,";
            return Err(("expiration_type", expected.into(), "non-expiring".into()));
        }
        for (name, value, least) in [
            ("leeway", self.leeway, 0),
            ("token_lifetime", self.token_lifetime, 1),
            ("idle_token_lifetime", self.idle_token_lifetime, 1),
        ] {
            if let Some(other) = value.filter(|seconds| !(least..=LONGEST_LIFE).contains(seconds)) {
                return Err((name, format!("whole seconds from {least} to {LONGEST_LIFE}"), other.to_string()));
            }
        }
        let absolute = self.token_lifetime.filter(|_| self.infinite_token_lifetime != Some(true));
        let idle = self.idle_token_lifetime.filter(|_| self.infinite_idle_token_lifetime != Some(true));
        match (absolute, idle) {
            (Some(absolute), Some(idle)) if idle > absolute => {
                let expected = format!("at most the token_lifetime, which is {absolute},");
                Err(("idle_token_lifetime", expected, idle.to_string()))
            }
            _ => Ok(()),
        }
    }

    /// The settings as the Management API shows them, with the values that count where none are given.
    #[must_use]
    pub(crate) fn shown(&self) -> Value {
        let expires = self.expires();
        json!({
            "rotation_type": if self.rotates() { "rotating" } else { "non-rotating" },
            "expiration_type": if expires { "expiring" } else { "non-expiring" },
            "leeway": self.leeway.unwrap_or(0),
            "token_lifetime": self.token_lifetime.unwrap_or(ABSOLUTE_LIFE),
            "idle_token_lifetime": self.idle_token_lifetime.unwrap_or(IDLE_LIFE),
            "infinite_token_lifetime": self.infinite_token_lifetime.unwrap_or(!expires),
            "infinite_idle_token_lifetime": self.infinite_idle_token_lifetime.unwrap_or(!expires),
        })
    }

    /// Whether its tokens end at all.
    fn expires(&self) -> bool {
        self.rotates() || self.expiration_type == Some(ExpirationType::Expiring)
    }

    /// Whether each exchange brings a new token and spends the old one.
    #[must_use]
    pub(crate) fn rotates(&self) -> bool {
        self.rotation_type == Some(RotationType::Rotating)
    }

    /// How long a spent token still brings the same successor. Default: not at all.
    #[must_use]
    pub(crate) fn leeway(&self) -> SignedDuration {
        seconds(self.leeway.unwrap_or(0))
    }

    /// When a family issued then and last used `now` ends: the nearer of its two limits. None: never. Rotating tokens
    /// always expire.
    #[must_use]
    pub(crate) fn expiry(&self, issued_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        if !self.expires() {
            return None;
        }
        let end = |from: Timestamp, infinite: Option<bool>, lifetime: Option<i64>, default: i64| {
            (infinite != Some(true)).then(|| from + seconds(lifetime.unwrap_or(default)))
        };
        let absolute = end(issued_at, self.infinite_token_lifetime, self.token_lifetime, ABSOLUTE_LIFE);
        let idle = end(now, self.infinite_idle_token_lifetime, self.idle_token_lifetime, IDLE_LIFE);
        absolute.into_iter().chain(idle).min()
    }
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds.clamp(0, LONGEST_LIFE))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ends_after(settings: serde_json::Value, used_after: i64) -> Option<i64> {
        let settings: RefreshSettings = serde_json::from_value(settings).expect("settings");
        let at = |second| Timestamp::from_second(second).expect("in range");
        settings.expiry(at(0), at(used_after)).map(Timestamp::as_second)
    }

    #[test]
    fn a_family_ends_at_the_nearer_of_its_two_limits() {
        let day = 86_400;
        assert_eq!(ends_after(json!({}), 0), None, "the default never expires");
        assert_eq!(ends_after(json!({ "token_lifetime": 60 }), 0), None, "a lifetime alone changes nothing");
        assert_eq!(ends_after(json!({ "rotation_type": "rotating" }), 0), Some(15 * day));
        assert_eq!(ends_after(json!({ "rotation_type": "rotating" }), 14 * day), Some(29 * day));
        assert_eq!(ends_after(json!({ "rotation_type": "rotating" }), 28 * day), Some(30 * day), "not extended");
        let only_idle =
            json!({ "expiration_type": "expiring", "infinite_token_lifetime": true, "idle_token_lifetime": 5 });
        assert_eq!(ends_after(only_idle, 100), Some(105));
        let longest =
            json!({ "expiration_type": "expiring", "token_lifetime": i64::MAX, "idle_token_lifetime": i64::MAX });
        assert_eq!(ends_after(longest, 0), Some(LONGEST_LIFE));
    }
}
