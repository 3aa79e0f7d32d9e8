//! The local authorization server: Auth0-compatible on the wire, OpenID-correct underneath.
//!
//! [`Tenant::open`] reads the store, [`router`] is the whole server as a value: it needs no port, so that
//! tests send it requests directly. [`app_router`] serves a built app beside it. What the command line does
//! on top (listening, stopping) is in [`serve`].

mod access_tokens;
mod addresses;
pub mod affected;
mod app;
mod attempts;
mod authorize;
mod body;
pub mod cli;
mod clock;
mod cookies;
mod cors;
mod credentials;
mod dashboard;
mod decisions;
mod delegation;
mod device;
mod discovery;
mod dpop;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod hs256;
mod id_tokens;
mod interaction;
mod json_object;
mod keys;
mod lab;
mod listen;
mod log_search;
mod logout;
mod logs;
mod management;
mod model;
mod notes;
mod one_time_code;
mod pages;
mod params;
mod partitioned_sessions;
mod passwords;
mod rate_limit;
mod routes;
mod secret;
pub mod serve;
mod session_management;
mod sessions;
mod storage_access;
mod store;
mod sts_stand_in;
mod tenant;
mod tenant_file;
mod tls;
mod token;
mod totp;
mod userinfo;
mod visit;

pub use addresses::{Addresses, AppAddress, Domain, Scheme, TenantAddress};
pub use app::app_router;
pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use dashboard::new_admin_password;
pub use keys::KeyError;
pub use passwords::PasswordProfile;
pub use routes::router;
pub use secret::Secret;
pub use store::{Data, StoreError};
pub use tenant::{AppFolder, OpenError, Settings, Tenant};
pub use tenant_file::{Object, TenantFile, TenantFileError, UserEntry};
pub use tls::TlsError;
