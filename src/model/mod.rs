//! What the page says and where it draws it, as pure functions: values in, words and numbers out.

pub mod bar;
pub mod claims;
pub mod decision;
pub mod delegation;
pub mod duration;
pub mod flight;
pub mod grant;
pub mod phase;
pub mod remedy;
pub mod spec;
