//! `check_session_iframe`: answers its framer whether the session is the one that a `session_state` was made for.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, PreEscaped, html};

use crate::error::ApiError;
use crate::model::Client;
use crate::pages::{hash_source, may_be_framed_in_isolation, set_policy};
use crate::visit::Visit;
use crate::{Tenant, storage_access};

/// Reads the cookie and answers; always the same text, so that the content policy can name its hash.
const SCRIPT: &str = include_str!("frame.js");

/// `GET /oidc/check_session` (section 3.3). Pages of registered web origins may frame it.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
) -> Result<Response, ApiError> {
    let clients = tenant.store().clients(tenant.addresses()).await?;
    let mut ancestors: Vec<_> =
        clients.iter().flat_map(Client::web_origins).map(|origin| policy_source(origin)).collect();
    ancestors.sort_unstable();
    ancestors.dedup();
    let ancestors = if ancestors.is_empty() { "'none'".to_owned() } else { ancestors.join(" ") };
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { "Session check" } }
            body { script { (PreEscaped(SCRIPT)) } }
        }
    };
    let headers: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    let mut page = (StatusCode::OK, headers, document.into_string()).into_response();
    let policy = format!(
        "default-src 'none'; script-src {}; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}",
        hash_source(SCRIPT)
    );
    set_policy(&mut page, &policy);
    may_be_framed_in_isolation(&mut page);
    // The page is the same with and without cookies; its script needs them.
    if storage_access::unused_by(&visit).is_some_and(|origin| clients.iter().any(|c| c.names_web_origin(origin))) {
        storage_access::load(&mut page);
    }
    Ok(page)
}

/// A registered origin in a content policy's words, where a wildcard stands for a whole label: `https://pre-*.x.example`
/// becomes `https://*.x.example`.
fn policy_source(origin: &str) -> String {
    match (origin.split_once("://"), origin.contains('*')) {
        (Some((scheme, host)), true) => match host.split_once('.') {
            Some((_, rest)) => format!("{scheme}://*.{rest}"),
            None => origin.to_owned(),
        },
        _ => origin.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_is_a_whole_label_in_a_policy() {
        for (origin, source) in [
            ("https://app.example:8443", "https://app.example:8443"),
            ("https://*.shop.example", "https://*.shop.example"),
            ("https://pre-*.shop.example:8443", "https://*.shop.example:8443"),
        ] {
            assert_eq!(policy_source(origin), source);
        }
    }
}
