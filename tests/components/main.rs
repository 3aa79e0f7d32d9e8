//! The app's components in a real browser: mounted with constants, acted upon, looked at.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::expect_used, reason = "a test says by a panic that it failed")]

mod bar;
mod call;
mod claims;
mod controls;
mod drawer;
mod first_paint;
mod grant;
mod guide;
mod page;
mod phase;
mod policy;
mod records;
mod secrets;
mod sequence;
mod switches;
mod trial;
mod values;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
