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
