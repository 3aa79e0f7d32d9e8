//! The session of a browser, and how long it lasts: an absolute limit from the sign-in, an idle limit from the last use.

use std::fmt;

use jiff::SignedDuration;

use crate::Tenant;
use crate::clock::Timestamp;
use crate::decisions::Cause;
use crate::model::TenantSettings;
use crate::secret::Hash;
use crate::store::{SessionRecord, SessionWithUser, StoreError};
use crate::visit::{SESSION_COOKIE, Visit};

/// The session whose cookie came, whatever its age.
pub(crate) async fn of_browser(tenant: &Tenant, visit: &Visit) -> Result<Option<SessionWithUser>, StoreError> {
    match visit.cookie(SESSION_COOKIE) {
        Some(id) => tenant.store().session(&Hash::of(id)).await,
        None => Ok(None),
    }
}

/// The ages of a session that is within its limits, beside the limits.
pub(crate) struct Ages {
    pub since_login: SignedDuration,
    since_use: SignedDuration,
    absolute_limit: SignedDuration,
    idle_limit: SignedDuration,
}

impl fmt::Display for Ages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "signed in {} s ago (limit {} s), last used {} s ago (limit {} s)",
            self.since_login.as_secs(),
            self.absolute_limit.as_secs(),
            self.since_use.as_secs(),
            self.idle_limit.as_secs(),
        )
    }
}

/// The session's ages, or which limit it is over, with the numbers in words.
pub(crate) fn over_limit(
    session: &SessionRecord,
    settings: &TenantSettings,
    now: Timestamp,
) -> Result<Ages, (Cause, String)> {
    let ages = Ages {
        since_login: now.duration_since(session.authenticated_at),
        since_use: now.duration_since(session.last_used_at),
        absolute_limit: settings.absolute_limit(),
        idle_limit: settings.idle_limit(),
    };
    if ages.since_login >= ages.absolute_limit {
        Err((Cause::SessionAbsoluteLimit, format!("the session is over its absolute limit: {ages}")))
    } else if ages.since_use >= ages.idle_limit {
        Err((Cause::SessionIdleLimit, format!("the session is over its idle limit: {ages}")))
    } else {
        Ok(ages)
    }
}
