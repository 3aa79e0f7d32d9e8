//! `sessionStorage`: pending sign-ins, which outlive the page that started them, and a refresh token where the app wants that; nothing else.

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

/// Keeps this for the tab's next page, in place of what was kept before; `None` takes it out. A browser that refuses keeps nothing,
/// and the next page asks the tenant.
pub(super) fn keep(namespace: &str, text: Option<&str>) {
    let Some(storage) = storage() else { return };
    let key = kept_key(namespace);
    let kept = match text {
        Some(text) => storage.set_item(&key, text),
        None => storage.remove_item(&key),
    };
    if kept.is_err() {
        // What is spent must not stay in its successor's place.
        drop(storage.remove_item(&key));
    }
}

/// What the tab's page before kept.
pub(super) fn kept(namespace: &str) -> Option<String> {
    storage()?.get_item(&kept_key(namespace)).ok()?
}

fn kept_key(namespace: &str) -> String {
    format!("{namespace} refresh token")
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

    #[wasm_bindgen_test]
    fn what_is_kept_stays_until_something_takes_its_place() {
        assert_eq!(kept("keep test"), None);
        keep("keep test", Some("first"));
        keep("keep test", Some("second"));
        assert_eq!((kept("keep test").as_deref(), kept("another client")), (Some("second"), None));
        keep("keep test", None);
        assert_eq!(kept("keep test"), None);
    }
}
