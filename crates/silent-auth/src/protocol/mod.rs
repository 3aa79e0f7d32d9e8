//! The protocol as values: opens no frame, sends no request, reads no clock, draws no randomness, keeps no global.
//!
//! Every exchange is a pair of functions: one makes the request, one judges the response.

pub mod audience;
pub mod authorization;
#[cfg(feature = "checkup")]
pub mod checkup;
mod choice;
pub mod config;
pub mod discovery;
#[cfg(feature = "dpop")]
pub mod dpop;
pub mod error;
pub mod http;
pub mod id_token;
mod issuer;
pub mod jose;
pub mod json;
pub mod keys;
pub mod ladder;
pub mod lifecycle;
pub mod logout;
pub mod message;
pub mod parameters;
pub mod pkce;
pub mod record;
mod refusal;
pub mod resource;
pub mod secret;
pub mod session;
pub mod skew;
pub mod time;
pub mod token;
