//! How far the device's clock is from the tenant's, so that dates in tokens are read by the right one.
//!
//! ```
//! use silent_auth::protocol::skew;
//! use silent_auth::protocol::time::Timestamp;
//!
//! # fn main() -> Result<(), silent_auth::protocol::error::AuthError> {
//! let (device, tenant) = (Timestamp::from_secs(1_800_086_400), Timestamp::from_secs(1_800_000_000));
//! // This device is a day ahead; the tenant's `Date` header tells, to the second.
//! let skew = skew::estimate(Some(tenant), None, device)?;
//! assert_eq!(skew.correct(device).as_secs(), tenant.as_secs());
//! # Ok(())
//! # }
//! ```

use core::time::Duration;

use super::error::{AuthError, Code};
use super::time::Timestamp;

/// A difference below this is what whole seconds and the way of an answer make of equal clocks.
const NOISE_MILLIS: i64 = 2_000;

/// By how much an ID token's own date may correct the clock where the tenant's `Date` cannot be read.
pub const MAX_FROM_TOKEN: Duration = Duration::from_secs(300);

/// The tenant's clock minus the device's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skew {
    millis: i64,
}

impl Skew {
    /// The time by the tenant's clock.
    #[must_use]
    pub const fn correct(self, device: Timestamp) -> Timestamp {
        device.shifted(self.millis)
    }

    /// Whether the clocks agree.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.millis == 0
    }

    /// The difference in words, for instance `this device is 86400 s behind the tenant`.
    #[must_use]
    pub fn in_words(self) -> String {
        let side = if self.millis > 0 { "behind" } else { "ahead of" };
        format!("this device is {} s {side} the tenant", self.millis.unsigned_abs() / 1000)
    }
}

/// Compares the clocks: by the `Date` of an answer that has just arrived, whatever the difference; else by the `iat` of a
/// token that was just made, within [`MAX_FROM_TOKEN`].
///
/// # Errors
///
/// `clock_skew` with the difference, if only `iat` is known and it is further away than that.
pub fn estimate(date: Option<Timestamp>, iat: Option<Timestamp>, arrived: Timestamp) -> Result<Skew, AuthError> {
    let measured = |tenant: Timestamp| {
        let millis = tenant.as_millis().saturating_sub(arrived.as_millis());
        Skew { millis: if millis.abs() < NOISE_MILLIS { 0 } else { millis } }
    };
    // A date is cut to whole seconds: the moment it stands for is half a second later on average.
    if let Some(date) = date {
        return Ok(measured(date.shifted(500)));
    }
    let Some(skew) = iat.map(measured) else { return Ok(Skew::default()) };
    if Duration::from_millis(skew.millis.unsigned_abs()) > MAX_FROM_TOKEN {
        return Err(AuthError::new(Code::ClockSkew)
            .because(format!("at most {} s apart", MAX_FROM_TOKEN.as_secs()), skew.in_words()));
    }
    Ok(skew)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_secs(43_200);

    #[test]
    fn equal_clocks_have_no_skew() {
        assert_eq!(estimate(Some(NOON), None, NOON.shifted(700)), Ok(Skew::default()));
        assert_eq!(estimate(None, Some(NOON), NOON.shifted(1_500)), Ok(Skew::default()));
        assert_eq!(estimate(None, None, NOON), Ok(Skew::default()));
    }

    #[test]
    fn the_date_of_an_answer_corrects_a_clock_that_is_off_by_a_day() {
        for day in [86_400_000, -86_400_000] {
            let skew = estimate(Some(NOON), None, NOON.shifted(day)).expect("an estimate");
            assert!(skew.correct(NOON.shifted(day)).since(NOON) < Duration::from_secs(1));
        }
    }

    #[test]
    fn without_a_date_only_minutes_are_corrected() {
        let skew = estimate(None, Some(NOON), NOON.shifted(-240_000)).expect("an estimate");
        assert_eq!(skew.in_words(), "this device is 240 s behind the tenant");
        let error = estimate(None, Some(NOON), NOON.shifted(86_400_000)).expect_err("too far");
        assert_eq!(error.code, Code::ClockSkew);
        assert_eq!(error.found.as_deref(), Some("this device is 86400 s ahead of the tenant"));
    }
}
