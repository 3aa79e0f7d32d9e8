//! What the delegation migration guide says, as values.
//!
//! Reads no file, sends nothing, keeps no clock: it compiles to WebAssembly as it is and depends on
//! nothing (serde is optional). The tenant puts these words into its answers and logs, the app shows
//! them beside the running exchange, so that both always say the same.

mod exchange;
mod notice;
mod replacement;

pub use exchange::{AddOn, Exchange, grant_type};
pub use notice::{DeprecationNotice, LEGACY_DELEGATION};
pub use replacement::{ClientType, Replacement, replacement};
