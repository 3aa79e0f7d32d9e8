//! Starts the app in the browser.

fn main() {
    console_error_panic_hook::set_once();
    silent_auth_app::start();
}
