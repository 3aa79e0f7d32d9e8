//! Pending sign-ins in `sessionStorage`: they outlive the page that started them, and nothing else is ever stored.

use web_sys::Storage;

use crate::protocol::error::{AuthError, Code};
use crate::protocol::secret::State;

/// Keeps a pending sign-in under its state.
///
/// # Errors
///
/// `storage_refused`, where the browser forbids it or has no room.
pub(super) fn put(namespace: &str, state: &State, text: &str) -> Result<(), AuthError> {
    let refused = || AuthError::new(Code::StorageRefused).because("room in sessionStorage", "a refusal");
    storage().ok_or_else(refused)?.set_item(&key(namespace, state.expose()), text).map_err(|_| refused())
}

/// Takes a pending sign-in out: what was taken once cannot be taken again.
pub(super) fn take(namespace: &str, state: &str) -> Option<String> {
    let storage = storage()?;
    let key = key(namespace, state);
    let text = storage.get_item(&key).ok()??;
    storage.remove_item(&key).ok()?;
    Some(text)
}

fn key(namespace: &str, state: &str) -> String {
    format!("{namespace} {state}")
}

fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn what_was_put_can_be_taken_once_by_its_state() {
        let state = State::new("the-state");
        put("storage test", &state, "pending").expect("room");
        assert_eq!(take("another client", "the-state"), None);
        assert_eq!(take("storage test", "another-state"), None);
        assert_eq!(take("storage test", "the-state").as_deref(), Some("pending"));
        assert_eq!(take("storage test", "the-state"), None);
    }
}
