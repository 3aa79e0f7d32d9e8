//! Sets cookies of the only kind this tenant uses: for this host alone. `Secure` holds on loopback without TLS too, and
//! browsers drop `SameSite=None` without it.

use axum::http::{HeaderValue, header};
use axum::response::Response;
use jiff::SignedDuration;

/// Sets a cookie that scripts do not reach.
pub(crate) fn set_cookie(response: &mut Response, name: &str, value: &str, same_site: &str, lasts: SignedDuration) {
    add(response, name, value, &format!("HttpOnly; {same_site}"), lasts);
}

/// Sets a cookie that the tenant's own scripts read.
pub(crate) fn set_readable_cookie(
    response: &mut Response,
    name: &str,
    value: &str,
    same_site: &str,
    lasts: SignedDuration,
) {
    add(response, name, value, same_site, lasts);
}

fn add(response: &mut Response, name: &str, value: &str, attributes: &str, lasts: SignedDuration) {
    let cookie = format!("{name}={value}; Path=/; Secure; {attributes}; Max-Age={}", lasts.as_secs());
    let cookie = HeaderValue::from_str(&cookie).expect("our names and values are base64url");
    response.headers_mut().append(header::SET_COOKIE, cookie);
}
