//! Silent authentication for single-page apps: tokens are renewed in a hidden frame, nobody is interrupted.
//!
//! - [`protocol`] is the pure core: values in, values out. It opens no frame, sends no request, reads no
//!   clock, draws no randomness and keeps no global.
//! - `browser` (feature `browser`) runs the core's commands in a page and feeds back what happened.
//! - `leptos` (feature `leptos`) is signals, a context and a guard over that.
//! - `mock` (feature `mock`) is a tenant without network, for tests of apps.
//!
//! Arrows go down only: `leptos` → `browser` → `protocol`.

#[cfg(feature = "browser")]
pub mod browser;
#[cfg(feature = "leptos")]
pub mod leptos;
#[cfg(feature = "mock")]
pub mod mock;
pub mod protocol;

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
