//! Starts the app in the browser.

fn main() {
    // The released page's standard library traps without words, so there is nothing to show there.
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
    silent_auth_app::start();
}
