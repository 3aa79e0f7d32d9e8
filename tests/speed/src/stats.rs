//! From runs to figures: medians, percentiles, processor time for each request.

use std::time::Duration;

use crate::load::Tally;

/// One run, and the processor time that the server used in it.
pub type Run = (Tally, Option<Duration>);

/// What one server did in one cell of the table, over all rounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Requests per second: the median of the rounds.
    pub per_second: f64,
    /// Half of the answers took at most this long, in microseconds.
    pub p50: u32,
    /// All but one in a hundred took at most this long, in microseconds.
    pub p99: u32,
    /// Processor time of the server for each request, in microseconds, if the system says.
    pub processor: Option<f64>,
    /// How many requests were answered.
    pub requests: usize,
    /// How many of the answers were wrong.
    pub wrong: usize,
}

impl Measured {
    /// Sums up the rounds of one cell.
    #[must_use]
    pub fn of(runs: &[Run]) -> Self {
        let mut micros: Vec<u32> = runs.iter().flat_map(|(tally, _)| tally.micros.iter().copied()).collect();
        micros.sort_unstable();
        let processor = runs.iter().map(|(_, processor)| *processor).sum::<Option<Duration>>();
        Self {
            per_second: median(runs.iter().map(|(tally, _)| per_second(tally)).collect()),
            p50: percentile(&micros, 50),
            p99: percentile(&micros, 99),
            processor: processor.filter(|_| !micros.is_empty()).map(|time| as_micros(time) / as_float(micros.len())),
            requests: micros.len(),
            wrong: runs.iter().map(|(tally, _)| tally.wrong).sum(),
        }
    }
}

/// How many times as many requests per second the first server answered: the median of the rounds, each of which
/// measures one right after the other.
#[must_use]
pub fn ratio(ours: &[Run], theirs: &[Run]) -> f64 {
    median(ours.iter().zip(theirs).map(|((ours, _), (theirs, _))| per_second(ours) / per_second(theirs)).collect())
}

/// Requests per second of one run; nothing was answered in a run without time.
#[must_use]
pub fn per_second(tally: &Tally) -> f64 {
    if tally.wall.is_zero() { 0.0 } else { as_float(tally.micros.len()) / tally.wall.as_secs_f64() }
}

/// The middle value; of an even number, the mean of the two in the middle. Zero of none.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        count if count % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// The value that so many of a hundred do not exceed (nearest rank), of sorted values. Zero of none.
#[must_use]
pub fn percentile(sorted: &[u32], percent: usize) -> u32 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.max(1) - 1).copied().unwrap_or_default()
}

fn as_micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn as_float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(micros: &[u32], millis: u64, processor: u64) -> Run {
        let tally = Tally { micros: micros.to_vec(), wall: Duration::from_millis(millis), ..Tally::default() };
        (tally, Some(Duration::from_millis(processor)))
    }

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let hundred: Vec<u32> = (1..=100).collect();
        assert_eq!([1, 50, 99, 100].map(|percent| percentile(&hundred, percent)), [1, 50, 99, 100]);
        assert_eq!([50, 99].map(|percent| percentile(&[7], percent)), [7, 7]);
        assert_eq!(percentile(&[1, 2, 3], 50), 2);
        assert_eq!(percentile(&[], 99), 0);
    }

    #[test]
    fn the_median_is_in_the_middle() {
        let cases = [(vec![], 0.0), (vec![3.0], 3.0), (vec![9.0, 1.0, 5.0], 5.0), (vec![4.0, 1.0, 2.0, 9.0], 3.0)];
        for (values, expected) in cases {
            assert!((median(values.clone()) - expected).abs() < 1e-9, "{values:?}");
        }
    }

    #[test]
    fn rounds_are_summed_up() {
        let runs = [run(&[10, 30], 1000, 2), run(&[20, 40, 50, 60], 1000, 4), run(&[], 0, 0)];
        let measured = Measured::of(&runs);
        assert_eq!((measured.p50, measured.p99, measured.requests, measured.wrong), (30, 60, 6, 0));
        assert!((measured.per_second - 2.0).abs() < 1e-9, "the median of 2, 4 and 0");
        assert!((measured.processor.expect("known") - 1000.0).abs() < 1e-9, "6 ms for 6 requests");
        let unknown = [(runs[0].0.clone(), None)];
        assert_eq!(Measured::of(&unknown).processor, None);
    }

    #[test]
    fn a_ratio_is_taken_round_by_round() {
        // Everything was half as quick in the second round: the ratio is the same.
        let ours = [run(&[1; 40], 1000, 1), run(&[1; 20], 1000, 1)];
        let theirs = [run(&[1; 4], 1000, 1), run(&[1; 2], 1000, 1)];
        assert!((ratio(&ours, &theirs) - 10.0).abs() < 1e-9);
    }
}
