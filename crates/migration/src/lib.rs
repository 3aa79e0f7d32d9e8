//! The delegation migration: what its guide says, as values, and who is affected by it.
//!
//! Text in, findings out: it reads no file, sends nothing and keeps no clock, and compiles to WebAssembly as it
//! is. The tenant puts these words into its answers and logs, the app shows them beside the running exchange, so
//! that both always say the same. [`logs`] reads tenant log entries, [`code`] reads source code.

pub mod code;
mod exchange;
pub mod logs;
mod notice;
mod replacement;

pub use exchange::{AddOn, Exchange, grant_type};
pub use notice::{DeprecationNotice, LEGACY_DELEGATION};
pub use replacement::{ClientType, Replacement, replacement};
