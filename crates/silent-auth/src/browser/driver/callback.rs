//! The answer of a sign-in by redirect, in the address that the page was opened at.

use super::super::{page, storage};
use crate::protocol::config::ClientConfig;
use crate::protocol::lifecycle::Callback;
use crate::protocol::parameters::Parameters;

/// The tenant's answer in the page's address, with what was stored for it; `None` on every other page.
pub(super) fn callback(config: &ClientConfig) -> Option<Callback> {
    let url = page::address();
    if url.split(['?', '#']).next() != Some(config.redirect_uri()) {
        return None;
    }
    // Repeated parameters are judged later; here only the state is needed, to find what was stored.
    let parameters = Parameters::from_url(&url);
    let names = |part: &str| ["code=", "error=", "state="].iter().any(|name| part.starts_with(name));
    let names_an_answer = url.split(['?', '#', '&']).any(names);
    let stored = parameters
        .ok()
        .and_then(|parameters| parameters.get("state").and_then(|state| storage::take(&config.namespace(), state)));
    names_an_answer.then_some(Callback { url, stored })
}

/// Takes the state of a sign-out that the tenant returned from out of the page's address.
pub(super) fn clear_sign_out(config: &ClientConfig) {
    let (url, home) = (page::address(), config.home());
    let returned = url.strip_prefix(&home).is_some_and(|rest| rest.starts_with("?state="));
    let parameters = Parameters::from_url(&url).ok().filter(|_| returned);
    if parameters.and_then(|it| storage::take(&config.namespace(), it.get("state")?)).is_some() {
        page::show_path("/");
    }
}
