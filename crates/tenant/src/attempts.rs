//! Limits sign-in attempts for each account and address.

use std::collections::HashMap;
use std::sync::Mutex;

use jiff::SignedDuration;

use crate::clock::Timestamp;

/// So many failures, and the account is closed to that address for a while.
const LIMIT: u32 = 10;
const CLOSED_FOR: SignedDuration = SignedDuration::from_mins(15);
/// More pairs than this are not remembered: the oldest go, so that nobody can fill the memory.
const REMEMBERED: usize = 10_000;

/// Whether an attempt may be made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    Allowed,
    Refused,
}

/// Failed attempts, in memory: a restart forgives.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<HashMap<(String, String), (u32, Timestamp)>>);

impl Attempts {
    /// Counts an attempt as failed until [`Attempts::succeeded`] says otherwise, so that attempts made at the
    /// same time count too.
    pub(crate) fn begin(&self, account: &str, address: &str, now: Timestamp) -> Attempt {
        let mut all = self.0.lock().expect("nobody panics while holding the attempts");
        let key = key(account, address);
        if all.len() >= REMEMBERED && !all.contains_key(&key) {
            all.retain(|_, (_, last)| now.duration_since(*last) < CLOSED_FOR);
            if let Some(oldest) = all.iter().min_by_key(|(_, (_, last))| *last).map(|(key, _)| key.clone())
                && all.len() >= REMEMBERED
            {
                all.remove(&oldest);
            }
        }
        let (count, last) = all.entry(key).or_insert((0, now));
        if now.duration_since(*last) >= CLOSED_FOR {
            *count = 0;
        }
        if *count >= LIMIT {
            return Attempt::Refused;
        }
        *count += 1;
        *last = now;
        Attempt::Allowed
    }

    pub(crate) fn succeeded(&self, account: &str, address: &str) {
        self.0.lock().expect("nobody panics while holding the attempts").remove(&key(account, address));
    }
}

fn key(account: &str, address: &str) -> (String, String) {
    (account.trim().to_lowercase().chars().take(256).collect(), address.to_owned())
}
