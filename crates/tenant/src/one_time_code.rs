//! Checks a one-time code, for the page and for the grant that take one alike.

use crate::Tenant;
use crate::attempts::{Refused, Who};
use crate::device;
use crate::logs::{LogEntry, LogType};
use crate::model::{Client, User};
use crate::visit::Visit;

/// The log's words for a code that is not good.
pub(crate) const WRONG: &str =
    "That is not the present code, or it was used before. Wait for the next one in your app.";

/// Whose code is asked for, by whom.
pub(crate) struct Asked<'a> {
    pub tenant: &'a Tenant,
    pub visit: &'a Visit,
    pub client: Option<&'a Client>,
    pub user: &'a User,
}

impl Asked<'_> {
    /// The time step of a code that is the user's now, or nothing; to be spent before anything is given for it. Counts
    /// as a failure until [`Asked::conclude`] says otherwise.
    ///
    /// # Errors
    /// When there were too many attempts.
    pub(crate) fn step_of(&self, code: &str) -> Result<Option<i64>, Refused> {
        let now = self.tenant.now();
        let began = self.with_who(|who| self.tenant.attempts().begin(who, now));
        began.inspect_err(|refused| self.log(LogType::TooManyOneTimeCodes, refused.closed.words()))?;
        Ok(self.user.mfa.as_ref().and_then(|mfa| mfa.totp_secret.step_of(code, now)))
    }

    /// Says whether the code was good and is spent now.
    pub(crate) fn conclude(&self, good: bool) {
        if good {
            self.with_who(|who| self.tenant.attempts().succeeded(who));
            self.log(LogType::SecondFactorSucceeded, "");
        } else {
            self.log(LogType::SecondFactorFailed, WRONG);
        }
    }

    fn with_who<T>(&self, then: impl FnOnce(&Who<'_>) -> T) -> T {
        let account = format!("one-time code of {}", self.user.user_id);
        let device = device::known(self.tenant, self.visit, &self.user.email);
        then(&Who { account: &account, address: &self.visit.ip, device })
    }

    fn log(&self, kind: LogType, words: &str) {
        let entry = LogEntry::new(kind, self.visit, words).user(&self.user.user_id, &self.user.email);
        self.tenant.log(entry.client(self.client));
    }
}
