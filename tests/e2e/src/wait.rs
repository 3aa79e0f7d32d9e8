//! Waiting for conditions, with a deadline: nothing here sleeps for a time that was guessed.

use std::fmt::Debug;
use std::future::Future;
use std::time::{Duration, Instant};

/// How long a condition may take to come true where nothing else is claimed. Two browsers share two cores with builds.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How long between two looks.
const PAUSE: Duration = Duration::from_millis(25);

/// Looks again and again until `is_so` holds of what `look` sees; gives that, and how long it took.
///
/// # Panics
///
/// If it does not come true within `patience`; says what was seen last.
pub async fn until<T: Debug, F: Future<Output = T>>(
    patience: Duration,
    what: &str,
    mut look: impl FnMut() -> F,
    is_so: impl Fn(&T) -> bool,
) -> (T, Duration) {
    let start = Instant::now();
    loop {
        let seen = look().await;
        if is_so(&seen) {
            return (seen, start.elapsed());
        }
        assert!(start.elapsed() < patience, "{what}: not within {patience:?}; seen last: {seen:?}");
        tokio::time::sleep(PAUSE).await;
    }
}
