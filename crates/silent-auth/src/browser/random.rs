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
