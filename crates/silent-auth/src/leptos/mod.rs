//! Leptos 0.8: signals of the session, a context, and a route guard. Thin: everything is decided below.

pub mod auth;
pub mod guard;
pub mod watched;

#[cfg(feature = "mock")]
pub use auth::provide_mock_auth;
pub use auth::{Auth, provide_auth, use_auth};
pub use guard::Guard;
pub use watched::Watched;
