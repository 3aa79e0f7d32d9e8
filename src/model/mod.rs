//! What the page says and where it draws it, as pure functions: values in, words and numbers out.

pub mod bar;
pub mod call;
pub mod claims;
pub mod decision;
pub mod duration;
pub mod faults;
pub mod flight;
pub mod grant;
pub mod guide;
pub mod member;
pub mod phase;
pub mod remedy;
pub mod settings;
pub mod spec;
pub mod switches;
pub mod trial;
pub mod weather;
