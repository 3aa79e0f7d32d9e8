//! A device whose clock is a day off.

use e2e::{Mode, Pair, Scene, Variant};

claims!(chromium in ChromiumAllowing at SameHost: a_clock_that_is_a_day_off_is_corrected);
claims!(firefox in FirefoxDefault at SameHost: a_clock_that_is_a_day_off_is_corrected);

/// The page's `Date` runs a day ahead in one browser and a day behind in the other.
async fn a_clock_that_is_a_day_off_is_corrected(mode: Mode, pair: Pair) {
    let day = if mode.is_firefox() { -86_400_000 } else { 86_400_000 };
    let built = Variant::with_script(&format!(
        "const trueNow = Date.now.bind(Date);
         Date = class extends Date {{
           constructor(...given) {{ given.length ? super(...given) : super(trueNow() + {day}); }}
           static now() {{ return trueNow() + {day}; }}
         }};
         window.clockError = () => Date.now() - trueNow();"
    ));
    let scene = Scene::with(mode, pair, &built).await;
    scene.sign_in().await;
    let off = scene.browser.run("return window.clockError()").await;
    let off = off.as_i64().expect("a number of milliseconds");
    assert!((off - day).abs() < 1000, "the page's clock is wrong by {off} ms");
    let page = scene.page();
    assert_eq!(page.records("clock.corrected").await, 1);
    page.renew().await;
    assert_eq!(page.state().await.error, None);
}
