//! Checks an address and a password, for the login page and for the grants that take a password alike.

use crate::Tenant;
use crate::attempts::{Closed, Refused, Who};
use crate::device;
use crate::error::ApiError;
use crate::logs::{LogEntry, LogType};
use crate::model::{Client, User};
use crate::secret::Secret;
use crate::visit::Visit;

/// Words for unknown users and wrong passwords alike: nobody learns who has an account.
pub(crate) const WRONG: &str = "Wrong email or password.";

/// Why nobody is signed in.
pub(crate) enum Rejected {
    /// Too many attempts failed; which of them would have been right is not said.
    TooManyAttempts(Refused),
    /// There is no such user, or the password is another.
    Wrong,
    /// The password is right, and the user may not sign in.
    Blocked,
    /// The store failed.
    Failed(ApiError),
}

/// The user with this address and password. Every rejection takes the same time and leaves its log entry.
pub(crate) async fn verify(
    tenant: &Tenant,
    visit: &Visit,
    client: Option<&Client>,
    email: &str,
    password: &str,
) -> Result<User, Rejected> {
    let now = tenant.now();
    let log = |kind, description: &str, user_id: &str| {
        tenant.log(LogEntry::new(kind, visit, description).user(user_id, email).client(client));
    };
    let who = Who { account: email, address: &visit.ip, device: device::known(tenant, visit, email) };
    if let Err(refused) = tenant.attempts().begin(&who, now) {
        let kind = match refused.closed {
            Closed::Network => LogType::TooManyAttemptsFromNetwork,
            Closed::Pair | Closed::Account => LogType::TooManyAttempts,
        };
        log(kind, refused.closed.words(), "");
        return Err(Rejected::TooManyAttempts(refused));
    }
    let found = tenant.store().user_by_email(email).await.map_err(|error| Rejected::Failed(error.into()))?;
    let hash = found.as_ref().map(|(_, hash)| hash.as_str());
    let right = tenant.passwords().verify(&Secret::from(password.to_owned()), hash).await;
    match found {
        Some((user, _)) if right && user.blocked => {
            log(LogType::LoginFailed, "user is blocked", &user.user_id);
            Err(Rejected::Blocked)
        }
        Some((user, _)) if right => {
            tenant.attempts().succeeded(&who);
            Ok(user)
        }
        Some((user, _)) => {
            log(LogType::WrongPassword, WRONG, &user.user_id);
            Err(Rejected::Wrong)
        }
        None => {
            log(LogType::UnknownUser, WRONG, "");
            Err(Rejected::Wrong)
        }
    }
}
