//! Silent authentication for single-page apps: tokens are renewed in a hidden frame, nobody is interrupted.
//!
//! - [`protocol`] is the pure core: values in, values out. It opens no frame, sends no request, reads no
//!   clock, draws no randomness and keeps no global.
//! - `browser` (feature `browser`) runs the core's commands in a page and feeds back what happened.
//! - `leptos` (feature `leptos`) is signals, a context and a guard over that.
//! - `mock` (feature `mock`) is a tenant without network, for tests of apps.
//!
//! ```no_run
//! # #[cfg(feature = "leptos")]
//! # mod app {
//! use leptos::prelude::*;
//! use silent_auth::leptos::{Guard, provide_auth, use_auth};
//! use silent_auth::protocol::config::ClientConfig;
//!
//! #[component]
//! fn App() -> impl IntoView {
//!     let config = ClientConfig::new("https://tenant.example/", "my-app", "https://app.example/callback");
//!     let auth = provide_auth(config.expect("the settings are ours"));
//!     view! {
//!         <Guard
//!             signed_out=move || view! { <button on:click=move |_| auth.sign_in("/")>"Sign in"</button> }
//!             checking=|| "One moment"
//!         >
//!             <Profile />
//!         </Guard>
//!     }
//! }
//!
//! #[component]
//! fn Profile() -> impl IntoView {
//!     let auth = use_auth();
//!     let name = move || auth.tokens.with(|tokens| tokens.as_ref().map(|tokens| tokens.subject().to_owned()));
//!     view! { <p>{name} <button on:click=move |_| auth.sign_out()>"Sign out"</button></p> }
//! }
//! # }
//! ```
//!
//! Arrows go down only: `leptos` → `browser` → `protocol`.

#[cfg(feature = "browser")]
pub mod browser;
#[cfg(any(all(test, not(target_arch = "wasm32")), fuzzing))]
pub mod fuzzing;
#[cfg(feature = "leptos")]
pub mod leptos;
#[cfg(feature = "mock")]
pub mod mock;
pub mod protocol;

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
