//! Silent authentication for single-page apps: tokens are renewed in a hidden frame, nobody is interrupted.
//!
//! - [`protocol`] is the pure core: values in, values out. It opens no frame, sends no request, reads no
//!   clock, draws no randomness and keeps no global.
//! - `browser` (feature `browser`) runs the core's commands in a page and feeds back what happened.
//! - `leptos` (feature `leptos`) is signals, a context and a guard over that.
//! - `popup` (feature `popup`) adds sign-in and renewal in a popup.
//! - `checkup` (feature `checkup`) finds out whether a provider has what silent authentication needs.
//! - `dpop` (feature `dpop`) binds tokens to a key that never leaves the browser (RFC 9449): `ClientConfig::with_dpop(true)`. The key is
//!   in IndexedDB, `Auth::fetch` proves by it, and signing out removes it. The page is started once the key is there.
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
//! # The ladder
//!
//! Once the token in memory is no longer good enough, the ways of [`ladder`](protocol::config::ClientConfig::ladder) are tried from first
//! to last ([`protocol::ladder`]). Each step down is recorded with its cause (`ladder.descended`), and the last error names the first.
//!
//! | way | is passed over | the person notices |
//! |---|---|---|
//! | `Rung::RefreshToken` | where none is held | nothing |
//! | `Rung::Frame` | never | nothing |
//! | `Rung::Page` | unless it is the page's first request | the page loads twice |
//! | `Rung::Popup` (feature `popup`) | unless a click or key press asked for the token in that moment | a window that opens and closes |
//!
//! # Popups
//!
//! With the feature `popup` people sign in in a popup, and the page stays as it is. The window opens while the click is at work, so the call
//! stands in its handler:
//!
//! ```no_run
//! # #[cfg(all(feature = "leptos", feature = "popup"))]
//! # mod app {
//! use leptos::prelude::*;
//! use leptos::task::spawn_local;
//! use silent_auth::leptos::use_auth;
//! use silent_auth::protocol::config::ClientConfig;
//! use silent_auth::protocol::error::{AuthError, Code};
//! use silent_auth::protocol::ladder::Rung;
//!
//! fn config() -> Result<ClientConfig, AuthError> {
//!     let config = ClientConfig::new("https://tenant.example/", "my-app", "https://app.example/callback")?;
//!     Ok(config.with_ladder(vec![Rung::RefreshToken, Rung::Frame, Rung::Popup]))
//! }
//!
//! #[component]
//! fn SignIn() -> impl IntoView {
//!     let auth = use_auth();
//!     let sign_in = move |_| {
//!         let signed_in = auth.sign_in_with_popup();
//!         spawn_local(async move {
//!             match signed_in.await {
//!                 Err(error) if error.code == Code::PopupBlocked => auth.sign_in("/"),
//!                 Err(error) => leptos::logging::warn!("{error}"),
//!                 Ok(()) => {}
//!             }
//!         });
//!     };
//!     view! { <button on:click=sign_in>"Sign in"</button> }
//! }
//! # }
//! ```
//!
//! - Browsers let a page open a window for about five seconds after a press. Ways that are tried before take their part of these.
//! - The page must not be served with `Cross-Origin-Opener-Policy: same-origin`, nor the tenant's pages, nor the silent callback page:
//!   the popup would be cut off, which looks like one that was closed (`popup_closed`). `same-origin-allow-popups` suits the page.
//! - A popup keeps hold of the page that opened it, and whatever it is led to can navigate that page. The tenant is trusted with this.
//! - In Firefox a sign-in by redirect also opens the way for later frames; one in a popup does not.
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

#[doc = include_str!("../docs/peers.md")]
pub mod peers {}

#[doc = include_str!("../docs/negatives.md")]
pub mod negatives {}

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
