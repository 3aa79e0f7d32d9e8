//! The parts of the pages. Each takes plain values or signals; none reads the session itself, none sends a request.

pub mod bar;
pub mod call;
pub mod card;
pub mod claims;
pub mod controls;
pub mod decisions;
pub mod drawer;
pub mod element;
pub mod faults;
pub mod grant;
pub mod guide;
pub mod icon;
pub mod limits;
pub mod notice;
pub mod parameters;
pub mod peek;
pub mod phase;
pub mod records;
pub mod secrets;
pub mod sequence;
pub mod spec;
pub mod switches;
pub mod trial;
