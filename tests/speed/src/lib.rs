//! Measures the tenant beside npm's `oidc-provider`: the same flows, in the same run, in turn, every answer looked at.

pub mod bench;
pub mod connection;
pub mod failure;
pub mod load;
pub mod report;
pub mod responder;
pub mod server;
pub mod sign_in;
pub mod soak;
pub mod stats;
pub mod target;
