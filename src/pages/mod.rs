//! One file for each page.

pub mod bench;
pub mod callback;
pub mod guide;
pub mod home;
pub mod not_found;
pub mod settings;
