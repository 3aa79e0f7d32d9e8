//! A browser in memory between the client's protocol core and the tenant's router: no port, no page, one clock.
//!
//! | file | what it holds |
//! |---|---|
//! | `jar.rs` | cookies, by the few rules that matter here |
//! | `browser.rs` | navigations, frames and requests, with the headers a browser adds and the rules it enforces |
//! | `dpop.rs` | the key of a tab, and proofs by it |
//! | `popup.rs` | popups, and who signs in in them |
//! | `tab.rs` | a lifecycle whose commands that browser carries out |

mod browser;
mod dpop;
mod jar;
mod popup;
mod tab;

pub use browser::{Answer, Browser, Loaded};
pub use dpop::key as dpop_key;
pub use tab::Tab;
