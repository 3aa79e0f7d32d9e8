//! One file for each page.

pub mod callback;
pub mod delegation;
pub mod home;
pub mod not_found;
