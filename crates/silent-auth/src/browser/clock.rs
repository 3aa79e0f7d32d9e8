//! The device's clock, and waking up.

use gloo_timers::callback::Timeout;

use crate::protocol::time::Timestamp;

/// The time by the device's wall clock.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn now() -> Timestamp {
    // Milliseconds since the epoch fit a double's 53 bits for the next 285,000 years.
    #[expect(clippy::cast_possible_truncation, reason = "see above")]
    Timestamp::from_millis(js_sys::Date::now() as i64)
}

/// The longest sleep. A laptop that sleeps and a page in the background delay timers, so they are kept short and the
/// wall clock is asked each time; nothing counts ticks.
const LONGEST_MILLIS: i64 = 5_000;

/// A wake-up that is set; dropping it clears it.
#[must_use = "dropping a wake-up clears it"]
#[derive(Debug)]
pub struct WakeUp {
    _timeout: Timeout,
}

impl WakeUp {
    /// Calls `wake` at `at`, or earlier; who is woken looks at the clock and sleeps on if it is too early.
    pub fn at(at: Timestamp, wake: impl FnOnce() + 'static) -> Self {
        let millis = (at.as_millis() - now().as_millis()).clamp(0, LONGEST_MILLIS);
        Self { _timeout: Timeout::new(u32::try_from(millis).unwrap_or(0), wake) }
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use core::time::Duration;
    use futures_channel::oneshot;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    async fn a_wake_up_comes_and_a_dropped_one_does_not() {
        let (tell, told) = oneshot::channel();
        let (never, nothing) = oneshot::channel::<()>();
        drop(WakeUp::at(now(), move || never.send(()).expect("somebody listens")));
        let _wake = WakeUp::at(now() + Duration::from_millis(20), move || tell.send(now()).expect("somebody listens"));
        assert!(told.await.is_ok());
        assert!(nothing.await.is_err(), "the dropped one took its closure with it");
    }
}
