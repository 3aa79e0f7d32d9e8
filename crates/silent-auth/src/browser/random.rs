//! Random bytes of cryptographic quality.

use crate::protocol::error::{AuthError, Code};
use crate::protocol::pkce::{ENTROPY, Entropy};

/// The random bytes for one step of the lifecycle.
///
/// # Errors
///
/// `insecure_context`, in a browser that has no `crypto` to offer.
pub(super) fn entropy() -> Result<Entropy, AuthError> {
    let mut bytes = [0; ENTROPY];
    let crypto = web_sys::window().and_then(|window| window.crypto().ok());
    crypto
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).ok())
        .map(|_| bytes)
        .ok_or_else(|| AuthError::new(Code::InsecureContext).because("window.crypto", "none"))
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn no_two_draws_are_alike() {
        assert_ne!(entropy().expect("random bytes"), entropy().expect("random bytes"));
    }
}
