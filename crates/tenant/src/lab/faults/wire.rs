//! Faults of an answer's way: another page or body in its place, a wait, a connection that ends.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use maud::{DOCTYPE, html};

use crate::error::ApiError;
use crate::pages::set_policy;

/// A hanging answer gives up after this time, should the client wait as long.
const LONGEST_HANG: Duration = Duration::from_secs(120);
/// How many bytes more a huge answer has.
const HUGE: usize = 10_000_000;

/// What happens to a ready answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// It comes later.
    Slow,
    /// It never comes.
    Hang,
    /// The connection ends in its middle.
    Drop,
    /// An HTML page with this status in its place.
    Html(u16),
    /// A page with a login form in its place.
    LoginPage,
    /// Nothing in its place: 204.
    NoContent,
    /// It forbids being framed.
    Unframeable,
    /// It leads elsewhere.
    Redirect,
    /// The tenant says that it is overloaded.
    Unavailable,
    /// JSON that ends too early.
    Cut,
    /// JSON with 10 MB of padding.
    Huge,
}

/// A fault of the way, for one answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trouble {
    wire: Wire,
    milliseconds: u64,
}

impl Trouble {
    /// The trouble, and what it does in words.
    pub(super) fn new(wire: Wire, milliseconds: u64) -> (Self, String) {
        let words = match wire {
            Wire::Slow => format!("the answer waited {milliseconds} ms"),
            Wire::Hang => "the answer was kept back until the client went, 120 s at most".to_owned(),
            Wire::Drop => "the connection was closed in the middle of the answer".to_owned(),
            Wire::Html(status) => format!("an HTML page with status {status} went out in place of the answer"),
            Wire::LoginPage => "a page with a login form went out in place of the answer".to_owned(),
            Wire::NoContent => "status 204 and nothing else went out in place of the answer".to_owned(),
            Wire::Unframeable => "X-Frame-Options: DENY and frame-ancestors 'none' forbid the frame".to_owned(),
            Wire::Redirect => "status 302 with a Location went out in place of the answer".to_owned(),
            Wire::Unavailable => "status 503, temporarily_unavailable, went out in place of the answer".to_owned(),
            Wire::Cut => "the second half of the JSON is missing".to_owned(),
            Wire::Huge => format!("the JSON has {HUGE} more bytes of padding"),
        };
        (Self { wire, milliseconds }, words)
    }

    /// The answer after the trouble; what takes time is left to [`deliver`].
    pub(crate) async fn befall(self, mut response: Response) -> Response {
        match self.wire {
            Wire::Slow | Wire::Hang | Wire::Drop => {
                response.extensions_mut().insert(self);
                response
            }
            Wire::Html(status) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                page(status, false)
            }
            Wire::LoginPage => page(StatusCode::OK, true),
            Wire::NoContent => StatusCode::NO_CONTENT.into_response(),
            Wire::Unframeable => {
                response.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
                let policy = response.headers().get(header::CONTENT_SECURITY_POLICY);
                let policy = policy.and_then(|policy| policy.to_str().ok()).unwrap_or_default();
                let others = policy.split("; ").filter(|directive| !directive.starts_with("frame-ancestors"));
                let policy = others.chain(["frame-ancestors 'none'"]).collect::<Vec<_>>().join("; ");
                set_policy(&mut response, &policy);
                response
            }
            Wire::Redirect => {
                let elsewhere = [(header::LOCATION, HeaderValue::from_static("/lab/elsewhere"))];
                (StatusCode::FOUND, elsewhere).into_response()
            }
            Wire::Unavailable => {
                let words = "The lab makes this endpoint fail once.";
                let error = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", words);
                error.into_response()
            }
            Wire::Cut => rewritten(response, |body| body.slice(..body.len() / 2)).await,
            Wire::Huge => {
                let padded = |body: Bytes| {
                    let rest = body.strip_prefix(b"{").unwrap_or_default();
                    [b"{\"padding\":\"", vec![b'x'; HUGE].as_slice(), b"\",", rest].concat().into()
                };
                rewritten(response, padded).await
            }
        }
    }
}

async fn rewritten(response: Response, change: impl FnOnce(Bytes) -> Bytes) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(change(body)))
}

/// A page that loads in frames, says nothing to whoever framed it, and does nothing.
fn page(status: StatusCode, with_form: bool) -> Response {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { "The lab's page" } }
            body {
                @if with_form {
                    h1 { "Sign in" }
                    form { input name="username"; input name="password" type="password"; button { "Continue" } }
                } @else {
                    h1 { "Something went wrong" }
                }
            }
        }
    };
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    let mut response = (status, kind, document.into_string()).into_response();
    set_policy(&mut response, "default-src 'none'; form-action 'none'; frame-ancestors *");
    response
}

/// Lets answers wait and connections end, outside of every limit that the tenant has for its own answers.
pub(crate) async fn deliver(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(Trouble { wire, milliseconds }) = response.extensions_mut().remove() else { return response };
    match wire {
        Wire::Slow => tokio::time::sleep(Duration::from_millis(milliseconds)).await,
        Wire::Hang => {
            tokio::time::sleep(LONGEST_HANG).await;
            break_off(&mut response);
        }
        _ => break_off(&mut response),
    }
    response
}

/// The body ends before its announced length, and the connection with it.
fn break_off(response: &mut Response) {
    let broken = io::Error::new(io::ErrorKind::ConnectionAborted, "the lab closed the connection");
    *response.body_mut() = Body::from_stream(stream::iter([Err::<Bytes, _>(broken)]));
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("1000"));
}
