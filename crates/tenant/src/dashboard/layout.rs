//! What all pages of the dashboard share: the frame with its navigation, notices, forms, and a way to page.

use std::sync::LazyLock;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::admin::Admin;
use crate::clock::Timestamp;
use crate::pages::{Framing, Style, document};

static STYLE: LazyLock<Style> = LazyLock::new(|| Style::new(include_str!("dashboard.css")));

/// The pages that the navigation leads to.
const PAGES: [(&str, &str); 7] = [
    ("applications", "Applications"),
    ("apis", "APIs"),
    ("users", "Users"),
    ("logs", "Logs"),
    ("keys", "Signing keys"),
    ("tenant/advanced", "Settings"),
    ("affected", "Am I affected?"),
];

/// What happened, shown above a page.
pub(super) enum Notice {
    Done(&'static str),
    /// What was sent cannot be used; nothing was changed.
    Wrong(String),
}

/// A page of the dashboard.
pub(super) struct View<'a> {
    /// The part of the address that says where in the navigation it is.
    pub at: &'static str,
    pub title: &'a str,
    pub notice: Option<Notice>,
    pub body: Markup,
}

impl View<'_> {
    pub(super) fn show(self, admin: &Admin) -> Response {
        let status = match self.notice {
            Some(Notice::Wrong(_)) => StatusCode::BAD_REQUEST,
            _ => StatusCode::OK,
        };
        let body = html! {
            a.skip href="#content" { "Skip to content" }
            header.head {
                p.head-name { a href="/dashboard" { "Silent Auth" span.quiet { " tenant dashboard" } } }
                form method="post" action="/dashboard/logout" {
                    (hidden(admin))
                    button.plain type="submit" { "Sign out" }
                }
                nav aria-label="Dashboard" {
                    ul {
                        @for (path, name) in PAGES {
                            li { a href={ "/dashboard/" (path) } aria-current=[(path == self.at).then_some("page")] { (name) } }
                        }
                    }
                }
            }
            main #content {
                h1 { (self.title) }
                @match &self.notice {
                    Some(Notice::Done(sentence)) => p.notice.good role="status" { strong { "✓ Done. " } (sentence) },
                    Some(Notice::Wrong(sentence)) => p.notice.wrong role="alert" { strong { "✕ Not changed. " } (sentence) },
                    None => {},
                }
                (self.body)
            }
        };
        let title = format!("{} · Silent Auth", self.title);
        document(status, &title, &STYLE, &body, Framing::Never, &["'self'".to_owned()])
    }
}

/// Answers a form that was carried out: the browser gets the page anew, so that reloading sends nothing again.
pub(super) fn see_other(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/dashboard"));
    let headers: [(HeaderName, HeaderValue); 1] = [(header::LOCATION, location)];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// The sentence for `?done=word`, if it is one of these.
pub(super) fn done(word: Option<&str>, sentences: &[(&str, &'static str)]) -> Option<Notice> {
    let word = word?;
    sentences.iter().find(|(known, _)| *known == word).map(|(_, sentence)| Notice::Done(sentence))
}

/// The hidden field that every form carries.
pub(super) fn hidden(admin: &Admin) -> Markup {
    html! { input type="hidden" name="csrf" value=(admin.csrf()); }
}

/// A time to read, in UTC; programs find the exact one in the markup.
pub(super) fn time(at: Timestamp) -> Markup {
    html! { time datetime=(at.to_string()) { (at.strftime("%Y-%m-%d %H:%M:%S")) " UTC" } }
}

/// A word in a shape of its own, so that colour is never all there is.
pub(super) fn badge(kind: &str, sign: &str, word: &str) -> Markup {
    html! { span class={ "badge " (kind) } { span aria-hidden="true" { (sign) " " } (word) } }
}

/// A path part: what an address may not hold is escaped.
pub(super) fn segment(text: &str) -> String {
    let mut url = url::Url::parse("http://x/").expect("a constant address");
    url.path_segments_mut().expect("it has a path").push(text);
    url.path().trim_start_matches('/').to_owned()
}

/// A query with these parameters.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
