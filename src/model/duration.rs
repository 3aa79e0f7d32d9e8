//! Durations in words: countdowns, ages and the short times of requests.

use core::time::Duration;

use silent_auth::protocol::time::{Timestamp, millis};

/// What is left of a countdown, as `0:12` or `1:02:03`; rounded up, so that it shows `0:00` only when nothing is left.
#[must_use]
pub fn countdown(left: Duration) -> String {
    let seconds = millis(left).div_ceil(1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// How far `at` is from `now`, in one unit: `in 12 s`, `3 min ago`, `now`.
#[must_use]
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    let (ahead, distance) = if at > now { (true, at.since(now)) } else { (false, now.since(at)) };
    let seconds = distance.as_secs();
    let (count, unit) = match seconds {
        0 => return "now".to_owned(),
        1..=119 => (seconds, "s"),
        120..=7_199 => (seconds / 60, "min"),
        7_200..=172_799 => (seconds / 3_600, "h"),
        _ => (seconds / 86_400, "days"),
    };
    if ahead { format!("in {count} {unit}") } else { format!("{count} {unit} ago") }
}

/// How long something took: `182 ms` below a second, `1.2 s` above.
#[must_use]
pub fn took(duration: Duration) -> String {
    let milliseconds = millis(duration);
    if milliseconds < 1000 {
        format!("{milliseconds} ms")
    } else {
        format!("{}.{} s", milliseconds / 1000, milliseconds / 100 % 10)
    }
}

/// How long after `start` something happened: `+0.182 s`, `+1:02.345`.
#[must_use]
pub fn offset(at: Timestamp, start: Timestamp) -> String {
    let milliseconds = millis(at.since(start));
    let (minutes, seconds, rest) = (milliseconds / 60_000, milliseconds / 1000 % 60, milliseconds % 1000);
    if minutes > 0 { format!("+{minutes}:{seconds:02}.{rest:03}") } else { format!("+{seconds}.{rest:03} s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000_000);

    #[test]
    fn a_countdown_reaches_zero_only_at_the_end() {
        assert_eq!(countdown(Duration::from_millis(12_000)), "0:12");
        assert_eq!(countdown(Duration::from_millis(11_001)), "0:12");
        assert_eq!(countdown(Duration::from_millis(1)), "0:01");
        assert_eq!(countdown(Duration::ZERO), "0:00");
        assert_eq!(countdown(Duration::from_secs(3_723)), "1:02:03");
    }

    #[test]
    fn a_distance_has_one_unit_and_a_direction() {
        for (milliseconds, words) in [
            (12_000, "in 12 s"),
            (-48_000, "48 s ago"),
            (-400, "now"),
            (600_000, "in 10 min"),
            (-7_200_000, "2 h ago"),
            (-172_800_000, "2 days ago"),
        ] {
            assert_eq!(relative(NOW.shifted(milliseconds), NOW), words);
        }
    }

    #[test]
    fn a_request_is_told_in_milliseconds_until_it_takes_a_second() {
        assert_eq!(took(Duration::from_millis(182)), "182 ms");
        assert_eq!(took(Duration::from_millis(1_260)), "1.2 s");
    }

    #[test]
    fn an_offset_counts_from_the_start() {
        assert_eq!(offset(NOW.shifted(182), NOW), "+0.182 s");
        assert_eq!(offset(NOW.shifted(62_345), NOW), "+1:02.345");
        assert_eq!(offset(NOW.shifted(-5), NOW), "+0.000 s");
    }
}
