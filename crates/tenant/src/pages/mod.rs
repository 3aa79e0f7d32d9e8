//! The tenant's own pages: server-rendered, without scripts, under a strict content policy.

mod failure;

pub(crate) use failure::Failure;

use std::sync::LazyLock;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::secret::sha256;

/// A content policy's word for an inline script or style with exactly this text.
pub(crate) fn hash_source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(sha256(text.as_bytes())))
}

/// A style sheet, beginning with the tenant's colours, and the content policy's word for it.
pub(crate) struct Style {
    text: String,
    source: String,
}

impl Style {
    pub(crate) fn new(rules: &str) -> Self {
        let text = format!("{}{rules}", include_str!("tokens.css"));
        Self { source: hash_source(&text), text }
    }
}

/// Pages that are one card with one thing on it.
static CARD: LazyLock<Style> = LazyLock::new(|| Style::new(include_str!("style.css")));

/// Who may put a page into a frame.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Nobody: whoever frames a page can lay something over it.
    Never,
    /// Anybody: for errors of silent requests, which must load in the hidden frame. Such a page has no form.
    ByAnyone,
}

/// A page of the tenant.
pub(crate) struct Page<'a> {
    pub status: StatusCode,
    pub title: &'a str,
    pub body: Markup,
    pub framing: Framing,
    /// Where its form may lead, redirects included (browsers check those too).
    pub form_targets: &'a [String],
}

impl IntoResponse for Page<'_> {
    fn into_response(self) -> Response {
        let body = html! { main { (self.body) } };
        document(self.status, self.title, &CARD, &body, self.framing, self.form_targets)
    }
}

/// A whole document with this body, under the policy that all pages of the tenant have: no script, this one
/// style, forms that lead to `form_targets` alone.
pub(crate) fn document(
    status: StatusCode,
    title: &str,
    style: &Style,
    body: &Markup,
    framing: Framing,
    form_targets: &[String],
) -> Response {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { (title) }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                style { (PreEscaped(&style.text)) }
            }
            body { (body) }
        }
    };
    let ancestors = if framing == Framing::Never { "'none'" } else { "*" };
    let forms = if form_targets.is_empty() { "'none'".to_owned() } else { form_targets.join(" ") };
    let policy = format!(
        "default-src 'none'; style-src {}; form-action {forms}; base-uri 'none'; frame-ancestors {ancestors}",
        style.source
    );
    let mut response =
        (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], document.into_string()).into_response();
    set_policy(&mut response, &policy);
    if framing == Framing::Never {
        response.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    } else {
        may_be_framed_in_isolation(&mut response);
    }
    response
}

/// Sets a content policy. One that is not a header value (an address with odd characters) becomes the strictest.
pub(crate) fn set_policy(response: &mut Response, policy: &str) {
    const NAME: HeaderName = header::CONTENT_SECURITY_POLICY;
    let strictest = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    response.headers_mut().insert(NAME, HeaderValue::from_str(policy).unwrap_or(strictest));
}

/// Lets pages that are cross-origin isolated frame this one: they show no document that does not ask the same of what it loads
/// (`Cross-Origin-Embedder-Policy`, HTML Standard, section 7.1.4), nor one that is for its own origin alone.
pub(crate) fn may_be_framed_in_isolation(response: &mut Response) {
    for (name, value) in
        [("cross-origin-embedder-policy", "require-corp"), ("cross-origin-resource-policy", "cross-origin")]
    {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

/// Adds directives to the policy of a page.
pub(crate) fn allow(response: &mut Response, directives: &str) {
    let policy = response.headers().get(header::CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    let policy = format!("{}; {directives}", policy.unwrap_or("default-src 'none'"));
    set_policy(response, &policy);
}

/// A page that says what went wrong and what to do next.
pub(crate) fn problem(status: StatusCode, code: &str, sentence: &str, next: &str, framing: Framing) -> Response {
    Page {
        status,
        title: "This request cannot go on",
        body: html! {
            h1 { "This request cannot go on" }
            p { (sentence) }
            @if !next.is_empty() { p.hint { (next) } }
            p.code { code { (code) } }
        },
        framing,
        form_targets: &[],
    }
    .into_response()
}
