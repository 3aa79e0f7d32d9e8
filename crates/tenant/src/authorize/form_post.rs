//! The page that posts an authorization response to the client as a form (OAuth 2.0 Form Post Response Mode).

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, PreEscaped, html};

use crate::model::RedirectUri;
use crate::pages::{hash_source, set_policy};

/// Always the same text, so that the content policy can name its hash.
const SCRIPT: &str = "document.forms[0].submit();";

/// Posts to the redirect URI, at once or, without scripts, by a button.
pub(super) fn page(to: &RedirectUri, parameters: &[(&str, &str)]) -> Response {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { "Back to the app" } }
            body {
                form method="post" action=(to.as_str()) {
                    @for (name, value) in parameters { input type="hidden" name=(name) value=(value); }
                    noscript { button type="submit" { "Continue" } }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    let mut page =
        (StatusCode::OK, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], document.into_string()).into_response();
    // No form-action: browsers would apply it to the redirects that follow at the client too, which are its own affair.
    // A silent request is in a frame of the client's, so its origin may frame the answer.
    let policy = format!(
        "default-src 'none'; script-src {}; base-uri 'none'; frame-ancestors {}",
        hash_source(SCRIPT),
        to.policy_source()
    );
    set_policy(&mut page, &policy);
    page
}
