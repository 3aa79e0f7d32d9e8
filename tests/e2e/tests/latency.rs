//! How long a silent renewal takes in the page: measured and printed, never judged.

use std::io::Write;

use e2e::{Mode, Pair, Scene, Variant, Watched};

claims!(chromium in ChromiumAllowing at SameHost: renewals_are_timed);
claims!(firefox in FirefoxDefault at SameHost: renewals_are_timed);

const RENEWALS: usize = 20;

/// From the moment the page shows that it renews to the moment it has the new token.
async fn renewals_are_timed(mode: Mode, pair: Pair) {
    let built = Variant::watched();
    let scene = Scene::with(mode, pair, &built).await;
    scene.sign_in().await;
    let page = scene.page();
    for _ in 0..RENEWALS {
        page.renew().await;
    }
    let watched = page.watched().await;
    let phases: Vec<&Watched> = watched.iter().filter(|entry| entry.kind == "phase").collect();
    let mut times: Vec<f64> = phases
        .windows(2)
        .filter(|pair| pair[0].value == "renewing" && pair[1].value == "signed-in")
        .map(|pair| pair[1].at - pair[0].at)
        .collect();
    assert!(times.len() >= RENEWALS, "{watched:?}");
    times.sort_by(f64::total_cmp);
    let (median, ninth) = (times[times.len() / 2], times[times.len() * 9 / 10]);
    // Past the test harness, which keeps what tests print that pass.
    writeln!(
        std::io::stderr(),
        "renewal latency in {mode:?}: median {median:.0} ms, 90 % {ninth:.0} ms, of {}",
        times.len()
    )
    .expect("standard error");
}
