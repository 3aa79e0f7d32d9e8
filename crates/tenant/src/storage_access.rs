//! Asks browsers for the cookies that a user let an app's frames have (Storage Access Headers).

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

use crate::visit::Visit;

const ACTIVATE: HeaderName = HeaderName::from_static("activate-storage-access");

/// The origin that frames the tenant, if the browser has a grant for it that this request did not use.
pub(crate) fn unused_by(visit: &Visit) -> Option<&str> {
    let framed = visit.fetch.dest.as_deref() == Some("iframe");
    let inactive = visit.fetch.storage_access.as_deref() == Some("inactive");
    visit.origin.as_deref().filter(|_| framed && inactive)
}

/// Has the browser send the request again, with cookies, where this origin frames it.
pub(crate) fn retry(response: &mut Response, origin: &str) {
    if let Ok(value) = HeaderValue::from_str(&format!("retry; allowed-origin=\"{origin}\"")) {
        response.headers_mut().insert(ACTIVATE, value);
    }
}

/// Lets the page that is loaded have its cookies.
pub(crate) fn load(response: &mut Response) {
    response.headers_mut().insert(ACTIVATE, HeaderValue::from_static("load"));
}
