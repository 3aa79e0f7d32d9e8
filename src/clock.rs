//! Points in time as the person's own clock and calendar show them.

use js_sys::Date;
use silent_auth::protocol::time::Timestamp;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `14:03:11`
#[must_use]
pub fn time(at: Timestamp) -> String {
    let date = date(at);
    format!("{:02}:{:02}:{:02}", date.get_hours(), date.get_minutes(), date.get_seconds())
}

/// `14:03:11.482`
#[must_use]
pub fn exact_time(at: Timestamp) -> String {
    format!("{}.{:03}", time(at), at.as_millis().rem_euclid(1000))
}

/// `16 Nov 2026, 14:03:11`
#[must_use]
pub fn date_and_time(at: Timestamp) -> String {
    let date = date(at);
    let month = usize::try_from(date.get_month()).ok().and_then(|month| MONTHS.get(month)).unwrap_or(&"?");
    format!("{} {month} {}, {}", date.get_date(), date.get_full_year(), time(at))
}

fn date(at: Timestamp) -> Date {
    // Every timestamp of a token's life is far below 2^53, where floating point numbers are exact.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit exactly")]
    Date::new(&(at.as_millis() as f64).into())
}
