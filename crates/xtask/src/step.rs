//! Says what is being done, and how long it took, on standard error.

use std::time::{Duration, Instant};

use crate::problem::Problem;
use crate::process;

/// Announces `name`, does it, and says how long it took. `hint` says how long it takes, if it is long.
///
/// Does not begin after an interruption.
pub(crate) fn step<T>(name: &str, hint: &str, work: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    process::check_interrupted()?;
    let hint = if hint.is_empty() { String::new() } else { format!(" ({hint})") };
    eprintln!("→ {name}{hint}");
    let start = Instant::now();
    let outcome = work();
    let took = seconds(start.elapsed());
    match &outcome {
        Ok(_) => eprintln!("✓ {name}: {took}"),
        Err(_) => eprintln!("✗ {name}: after {took}"),
    }
    outcome
}

/// A duration as people read it: `0.4 s`, `12 s`, `3 min 20 s`.
pub(crate) fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    match whole {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{whole} s"),
        _ => format!("{} min {} s", whole / 60, whole % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        let cases = [(400, "0.4 s"), (9_940, "9.9 s"), (12_300, "12 s"), (200_000, "3 min 20 s")];
        for (milliseconds, words) in cases {
            assert_eq!(seconds(Duration::from_millis(milliseconds)), words);
        }
    }

    #[test]
    fn a_failing_step_hands_its_problem_on() {
        let outcome: Result<(), _> = step("a step", "", || Err(Problem::Interrupted));
        assert!(matches!(outcome, Err(Problem::Interrupted)));
    }
}
