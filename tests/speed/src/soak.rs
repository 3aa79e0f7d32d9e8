//! A long run at a steady rate: does memory stay flat, is every answer right?

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::failure::Failure;
use crate::load::{ask, open, unexpected};
use crate::server::{Programs, Server};
use crate::stats::median;
use crate::target::{ResponseMode, TENANT, Target, code, has_access_token, member};

/// So many connections share the rate.
const CONNECTIONS: usize = 8;
/// How often memory is read.
const READ_EVERY: Duration = Duration::from_secs(30);
/// Memory is flat if the last quarter's median is above the second quarter's by at most this, in kilobytes: caches
/// of a fixed size go on filling for a while.
const MAY_GROW: f64 = 2048.0;

/// Runs silent request, code exchange and refresh, so many of all three each second, for so long.
///
/// # Errors
/// At the first wrong answer, or if memory grew.
pub async fn soak(programs: &Programs<'_>, lasts: Duration, cycles_per_second: u32) -> Result<(), Failure> {
    let mut server = programs.start(TENANT).await?;
    server.sign_people_in().await?;
    let end = Instant::now() + lasts;
    let pause = Duration::from_secs(1) * u32::try_from(CONNECTIONS).expect("a small number") / cycles_per_second;
    let mut workers = JoinSet::new();
    for index in 0..CONNECTIONS {
        workers.spawn(work(Arc::clone(&server.target), index, pause, end));
    }
    let every = READ_EVERY.min(lasts / 8);
    let (readings, done) = tokio::try_join!(async { Ok(watch(&server, end, every).await) }, all(workers))?;
    server.end().await;
    println!("{done} times silent /authorize, code exchange and refresh in {} s; every answer right", lasts.as_secs());
    match growth(&readings) {
        Some((before, after)) if after - before > MAY_GROW => Err(Failure::Grew(format!(
            "{:.1} MB in the second quarter of the time, {:.1} MB in the last",
            before / 1024.0,
            after / 1024.0
        ))),
        Some((before, after)) => {
            println!(
                "memory is flat: {:.1} MB in the second quarter of the time, {:.1} MB in the last",
                before / 1024.0,
                after / 1024.0
            );
            Ok(())
        }
        None => {
            println!("this system does not say how much memory a process has");
            Ok(())
        }
    }
}

/// One connection's share: a new sign-in's worth of tokens at each tick. How often it came round.
async fn work(target: Arc<Target>, index: usize, pause: Duration, end: Instant) -> Result<u64, Failure> {
    let silent = target.silent(index, ResponseMode::Query);
    let mut connection = open(&target).await?;
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut done = 0;
    while Instant::now() < end {
        ticks.tick().await;
        let answer = ask(&target, &mut connection, &silent).await?;
        let found = code(&answer, target.dialect.callback).ok_or_else(|| unexpected(&target, "a code", &answer))?;
        let exchange = target.exchange(found);
        let answer = ask(&target, &mut connection, &exchange).await?;
        let token = member(&answer, "refresh_token").filter(|_| has_access_token(&answer));
        let refresh = target.refresh(token.ok_or_else(|| unexpected(&target, "tokens", &answer))?);
        let answer = ask(&target, &mut connection, &refresh).await?;
        if !has_access_token(&answer) {
            return Err(unexpected(&target, "tokens", &answer));
        }
        done += 1;
    }
    Ok(done)
}

/// Waits for every connection, but not past the first that fails.
async fn all(mut workers: JoinSet<Result<u64, Failure>>) -> Result<u64, Failure> {
    let mut done = 0;
    while let Some(worker) = workers.join_next().await {
        done += worker.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
    }
    Ok(done)
}

/// Reads and prints the server's memory until the end.
async fn watch(server: &Server, end: Instant, every: Duration) -> Vec<f64> {
    let begun = Instant::now();
    let mut ticks = interval(every);
    let mut readings = Vec::new();
    while Instant::now() < end {
        ticks.tick().await;
        if let Some(kilobytes) = server.memory() {
            let kilobytes = f64::from(u32::try_from(kilobytes).unwrap_or(u32::MAX));
            // Whoever closed standard output does not want to know.
            let _ = writeln!(std::io::stdout(), "{:>6} s  {:.1} MB", begun.elapsed().as_secs(), kilobytes / 1024.0);
            readings.push(kilobytes);
        }
    }
    readings
}

/// The medians of the second and the last quarter.
fn growth(readings: &[f64]) -> Option<(f64, f64)> {
    let quarter = readings.len() / 4;
    let (second, last) = (readings.get(quarter..2 * quarter)?, readings.get(3 * quarter..)?);
    (quarter > 0).then(|| (median(second.to_vec()), median(last.to_vec())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_from_the_second_quarter_to_the_last() {
        let readings = [1.0, 9.0, 20.0, 20.0, 21.0, 22.0, 30.0, 30.0];
        assert_eq!(growth(&readings), Some((20.0, 30.0)));
        assert_eq!(growth(&[1.0, 2.0, 3.0]), None);
    }
}
