//! Drives real browsers against the built page and the real tenant.
//!
//! | file | what it holds |
//! |---|---|
//! | `setting.rs` | where the built page, the tenant and the browsers are |
//! | `program.rs` | a program that is ended when it is no longer needed |
//! | `tenant.rs` | a tenant process of a test's own, and its account of what it decided |
//! | `mode.rs` | browsers in stated cookie modes |
//! | `probe.rs` | the proof that a browser is in the mode it is said to be in |
//! | `browser.rs` | a browser, and what a test does in it |
//! | `keyboard.rs` | a page by keyboard alone |
//! | `page.rs` | the app's page, found by names and attributes that people and scripts rely on |
//! | `variant.rs` | the built page with a script of a test's own in it |
//! | `orphan.rs` | the page after its tenant has ended |
//! | `auth0_js.rs` | auth0.js of a stated version in a page over TLS |
//! | `spa_js.rs` | auth0-spa-js of a stated version, renewing in a stated way |
//! | `relying_party.rs` | an app without any SDK, whose people meet the tenant's pages |
//! | `own_provider.rs` | npm's oidc-provider, as a provider of somebody's own |
//! | `authenticator.rs` | the app that shows Ada's one-time codes |
//! | `outcome.rs` | what an SDK's promise comes to |
//! | `axe.rs` | what axe-core finds wrong with a page |
//! | `dashboard.rs` | the tenant's dashboard, as its administrator uses it |
//! | `site.rs` | a web site of a test's own |
//! | `wait.rs` | waiting for conditions |
//! | `scene.rs` | all of that together, for one test |

mod auth0_js;
mod authenticator;
mod axe;
mod browser;
pub mod dashboard;
pub mod keyboard;
mod mode;
mod orphan;
mod outcome;
mod own_provider;
mod page;
mod probe;
mod program;
mod relying_party;
mod scene;
mod setting;
mod site;
mod spa_js;
mod tenant;
mod variant;
mod wait;

pub use auth0_js::{Auth0Js, Version};
pub use authenticator::Authenticator;
pub use axe::{resize, violations};
pub use browser::Browser;
pub use mode::Mode;
pub use orphan::orphan;
pub use outcome::outcome_of;
pub use own_provider::OwnProvider;
pub use page::{Page, State, Watched};
pub use relying_party::RelyingParty;
pub use scene::{Pair, Scene};
pub use setting::Setting;
pub use site::Site;
pub use spa_js::{Renewal, SpaJs, SpaVersion};
pub use tenant::Tenant;
pub use thirtyfour::WindowHandle;
pub use variant::Variant;
pub use wait::{PATIENCE, until};
