//! The Silent Auth app: signs in by redirect, renews silently, and shows each step as it happens.

pub mod app;
pub mod clock;
pub mod components;
pub mod config;
pub mod lab;
pub mod model;
pub mod pages;

/// Draws the app in place of the static first paint.
pub fn start() {
    leptos::mount::mount_to_body(app::App);
    lab::remove_first_paint();
}
