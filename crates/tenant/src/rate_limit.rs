//! Limits calls for each address and whoever they are about: a bucket that is refilled one call at a time.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Mutex;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::SignedDuration;

use crate::clock::Timestamp;

/// More pairs than this are not remembered: the fullest buckets go, so that nobody can fill the memory.
const REMEMBERED: usize = 10_000;

/// Calls made, in memory: a restart forgives.
#[derive(Default)]
pub(crate) struct Calls(Mutex<HashMap<(String, String), Timestamp>>);

/// What is left of a bucket after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// Calls a minute.
    pub limit: u32,
    /// Calls that may be made at once now.
    pub remaining: u32,
    /// When the bucket is full again.
    pub full_at: Timestamp,
    /// How long until a call is allowed, if this one was not.
    pub refused_for: Option<SignedDuration>,
}

impl Calls {
    /// How long until a call of `user` at `address` is allowed again, if none is now. Takes nothing.
    pub(crate) fn wait(
        &self,
        address: &str,
        user: &str,
        per_minute: NonZeroU32,
        now: Timestamp,
    ) -> Option<SignedDuration> {
        let all = self.0.lock().expect("nobody panics while holding the calls");
        let full_at = all.get(&(address.to_owned(), user.to_owned()))?;
        let wait = full_at.duration_since(now) - (SignedDuration::from_mins(1) - each(per_minute));
        (wait > SignedDuration::ZERO).then_some(wait)
    }

    /// Takes one call out of the bucket of `user` at `address`, if there is one left.
    ///
    /// What is remembered of a bucket is the time at which it is full again (the generic cell rate algorithm).
    pub(crate) fn take(&self, address: &str, user: &str, per_minute: NonZeroU32, now: Timestamp) -> Allowance {
        let limit = per_minute.get();
        let each = each(per_minute);
        let mut all = self.0.lock().expect("nobody panics while holding the calls");
        let key = (address.to_owned(), user.to_owned());
        if all.len() >= REMEMBERED && !all.contains_key(&key) {
            make_room(&mut all, now);
        }
        let full_at = all.get(&key).copied().filter(|full_at| *full_at > now).unwrap_or(now);
        let missing = full_at.duration_since(now);
        let most = SignedDuration::from_mins(1) - each;
        if missing > most {
            return Allowance { limit, remaining: 0, full_at, refused_for: Some(missing - most) };
        }
        let full_at = full_at + each;
        all.insert(key, full_at);
        let left = SignedDuration::from_mins(1) - full_at.duration_since(now);
        let remaining = left.as_millis() / each.as_millis().max(1);
        Allowance { limit, remaining: u32::try_from(remaining).unwrap_or(0), full_at, refused_for: None }
    }
}

/// What one call takes.
fn each(per_minute: NonZeroU32) -> SignedDuration {
    SignedDuration::from_mins(1) / i32::try_from(per_minute.get()).unwrap_or(i32::MAX)
}

/// Forgets full buckets, which are as good as none, and if there are none the one that is full soonest.
fn make_room(all: &mut HashMap<(String, String), Timestamp>, now: Timestamp) {
    all.retain(|_, full_at| *full_at > now);
    if all.len() >= REMEMBERED
        && let Some(soonest) = all.iter().min_by_key(|(_, full_at)| **full_at).map(|(key, _)| key.clone())
    {
        all.remove(&soonest);
    }
}

impl Allowance {
    /// Adds `X-RateLimit-*` (the reset is in seconds since 1970), and `Retry-After` to a refusal (RFC 9110 10.2.3).
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        let mut put = |name: HeaderName, value: i64| headers.insert(name, HeaderValue::from(value));
        put(HeaderName::from_static("x-ratelimit-limit"), self.limit.into());
        put(HeaderName::from_static("x-ratelimit-remaining"), self.remaining.into());
        put(HeaderName::from_static("x-ratelimit-reset"), seconds_up(self.full_at.as_millisecond()));
        if let Some(wait) = self.refused_for {
            headers.insert(header::RETRY_AFTER, retry_after(wait));
        }
    }
}

/// The value of `Retry-After` for a wait (RFC 9110 10.2.3).
pub(crate) fn retry_after(wait: SignedDuration) -> HeaderValue {
    HeaderValue::from(seconds_up(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)))
}

/// Whole seconds, rounded up: whoever waits for them has waited long enough.
fn seconds_up(milliseconds: i64) -> i64 {
    milliseconds.saturating_add(999).div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).expect("in range")
    }

    #[test]
    fn ten_calls_at_once_and_then_one_every_six_seconds() {
        let calls = Calls::default();
        for left in (0..10).rev() {
            let allowance = calls.take("a", "ada", TEN, at(0));
            assert_eq!((allowance.remaining, allowance.refused_for), (left, None));
        }
        let refused = calls.take("a", "ada", TEN, at(1));
        assert_eq!((refused.remaining, refused.refused_for), (0, Some(SignedDuration::from_secs(5))));
        assert_eq!(refused.full_at, at(60));
        assert_eq!(calls.wait("a", "ada", TEN, at(1)), Some(SignedDuration::from_secs(5)));
        assert_eq!((calls.wait("a", "ada", TEN, at(6)), calls.wait("a", "grace", TEN, at(1))), (None, None));
        assert_eq!(calls.take("a", "ada", TEN, at(6)).refused_for, None, "one came back");
        assert!(calls.take("a", "ada", TEN, at(6)).refused_for.is_some(), "one alone");
        assert_eq!(calls.take("a", "ada", TEN, at(66)).remaining, 9, "a minute fills it, and no further");
    }

    #[test]
    fn each_address_and_each_user_has_its_own() {
        let calls = Calls::default();
        let one = NonZeroU32::MIN;
        assert_eq!(calls.take("a", "ada", one, at(0)).refused_for, None);
        assert!(calls.take("a", "ada", one, at(59)).refused_for.is_some());
        assert_eq!(calls.take("a", "grace", one, at(0)).refused_for, None);
        assert_eq!(calls.take("b", "ada", one, at(0)).refused_for, None);
    }

    #[test]
    fn the_memory_is_bounded() {
        let calls = Calls::default();
        for number in 0..=REMEMBERED {
            calls.take("a", &number.to_string(), TEN, at(0));
        }
        assert_eq!(calls.0.lock().expect("whole").len(), REMEMBERED);
    }
}
