//! The driver in a real browser, at an address where nothing listens: it fails fast, by name, and leaves nothing behind.
#![cfg(all(target_arch = "wasm32", feature = "browser"))]

use std::cell::Cell;
use std::rc::Rc;

use futures_util::future::join3;
use silent_auth::browser::{Driver, FRAME_CLASS, now};
use silent_auth::protocol::config::ClientConfig;
use silent_auth::protocol::error::Code;
use silent_auth::protocol::lifecycle::Lifecycle;
use silent_auth::protocol::record::Step;
use silent_auth::protocol::session::Phase;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A client of a tenant that is not there. Each test has its own, so that they do not share a lock.
fn nowhere(client_id: &str) -> ClientConfig {
    ClientConfig::new("http://localhost:49151/", client_id, "http://localhost:3000/callback").expect("valid")
}

fn frames() -> u32 {
    let document = web_sys::window().and_then(|window| window.document()).expect("a document");
    document.get_elements_by_class_name(FRAME_CLASS).length()
}

#[wasm_bindgen_test]
async fn a_tenant_that_is_not_there_is_named_long_before_the_deadline() {
    let started = now();
    let driver = Driver::start(nowhere("unreachable"), |_| ());
    assert_eq!(driver.with(Lifecycle::phase), Phase::Checking);
    let error = driver.renew().await.expect_err("nobody answers");
    assert_eq!(error.code, Code::TenantUnreachable);
    assert!(now().since(started).as_secs() < 3);
    assert!(driver.with(|lifecycle| matches!(lifecycle.phase(), Phase::Undetermined { .. })));
}

#[wasm_bindgen_test]
async fn any_number_of_calls_share_one_request_and_its_error() {
    let driver = Driver::start(nowhere("many calls"), |_| ());
    let (first, second, token) = join3(driver.renew(), driver.renew(), driver.access_token()).await;
    for result in [first, second, token.map(drop)] {
        assert_eq!(result.expect_err("nobody answers").code, Code::TenantUnreachable);
    }
    let opened =
        driver.with(|lifecycle| lifecycle.records().iter().filter(|record| record.step == Step::FrameOpened).count());
    assert_eq!(opened, 1);
}

#[wasm_bindgen_test]
async fn a_dropped_driver_takes_its_frame_with_it() {
    let seen = Rc::new(Cell::new(0_u32));
    let driver = {
        let seen = Rc::clone(&seen);
        Driver::start(nowhere("dropped"), move |_| seen.set(seen.get().max(frames())))
    };
    drop(driver.renew().await);
    assert_eq!(seen.get(), 1, "the frame was there");
    drop(driver);
    assert_eq!(frames(), 0);
}
