//! What several tests share: a world of tabs, tenant and clock, and the table of tamperings.
#![allow(dead_code, unreachable_pub, reason = "every test binary uses a part of it")]

pub mod tampering;
#[cfg(not(target_arch = "wasm32"))]
pub mod tenant;
#[cfg(not(target_arch = "wasm32"))]
pub mod world;
