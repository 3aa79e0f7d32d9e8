//! Tells apps whether the session they know is still the one here (OpenID Connect Session Management 1.0).

pub(crate) mod frame;

use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;

use crate::Tenant;
use crate::cookies::set_readable_cookie;
use crate::secret::{random_text, sha256};
use crate::visit::Visit;

/// The cookie with the browser state (section 3.2). The frame's script reads it, so it is not the session's: it is
/// made from the session's public id and opens nothing.
pub(crate) const BROWSER_STATE_COOKIE: &str = "__Host-tenant-browser-state";

/// The browser state while this session is the one here.
fn browser_state(tenant: &Tenant, sid: &str) -> String {
    tenant.stamps().stamp(&["browser-state", sid])
}

/// The response parameter `session_state` for a page of `origin` (section 2), with a salt of its own.
pub(crate) fn session_state(tenant: &Tenant, client_id: &str, origin: &str, sid: &str) -> String {
    salted(client_id, origin, &browser_state(tenant, sid), &random_text::<16>())
}

/// Only the client at this origin, and the frame in this browser, can make it again (section 4.2).
fn salted(client_id: &str, origin: &str, browser_state: &str, salt: &str) -> String {
    let hash = sha256(format!("{client_id} {origin} {browser_state} {salt}").as_bytes());
    format!("{}.{salt}", URL_SAFE_NO_PAD.encode(hash))
}

/// Lets the browser state say that this session is the one here, or that there is none; sends a cookie only where
/// the browser has another one. `lasts` is how long the session may last in all.
pub(crate) fn follow(
    response: &mut Response,
    tenant: &Tenant,
    visit: &Visit,
    sid: Option<&str>,
    lasts: SignedDuration,
) {
    let (state, lasts) = match sid {
        Some(sid) => (browser_state(tenant, sid), lasts),
        None => (String::new(), SignedDuration::ZERO),
    };
    if visit.cookie(BROWSER_STATE_COOKIE).unwrap_or_default() != state {
        set_readable_cookie(response, BROWSER_STATE_COOKIE, &state, "SameSite=None", lasts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_state_is_the_hash_of_client_origin_state_and_salt() {
        // By: printf 'a-client https://app.example a-state a-salt' | openssl dgst -sha256 -binary | basenc --base64url
        let expected = "i201YAZabiYquRV4NuBoZ9yaR5cG7Wy78a0wNaJhRyA.a-salt";
        assert_eq!(salted("a-client", "https://app.example", "a-state", "a-salt"), expected);
    }
}
