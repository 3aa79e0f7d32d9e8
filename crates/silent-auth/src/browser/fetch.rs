//! Requests: without cookies, without following redirects, without a referrer, and never from a cache of tokens.

use gloo_net::http::RequestBuilder;
use web_sys::{AbortSignal, ReferrerPolicy, RequestCredentials, RequestRedirect};

use crate::protocol::error::{AuthError, Code};
use crate::protocol::http::{MAX_BODY, Method, Request, Response};
use crate::protocol::time::parse_http_date;

/// Sends a request and reads the whole answer.
///
/// # Errors
///
/// `tenant_unreachable`, if there was no answer that this page may read: nothing listens there, the answer does not
/// allow this origin (CORS), or this page's content security policy forbids the address.
pub async fn send(request: Request) -> Result<Response, AuthError> {
    send_with(request, None).await
}

/// As [`send`], and stops when `signal` says so.
pub(super) async fn send_with(request: Request, signal: Option<AbortSignal>) -> Result<Response, AuthError> {
    let builder = match request.method {
        Method::Get => gloo_net::http::Request::get(&request.url),
        Method::Post => gloo_net::http::Request::post(&request.url),
    };
    let builder = builder
        .credentials(RequestCredentials::Omit)
        .redirect(RequestRedirect::Error)
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .abort_signal(signal.as_ref());
    let builder = match &request.bearer {
        Some(token) => builder.header("Authorization", &format!("Bearer {}", token.expose())),
        None => builder,
    };
    finish(builder, &request).await.map_err(|error| {
        AuthError::new(Code::TenantUnreachable)
            .because(format!("an answer from {}", request.url.split('?').next().unwrap_or_default()), error.to_string())
    })
}

async fn finish(builder: RequestBuilder, request: &Request) -> Result<Response, gloo_net::Error> {
    let built = match request.method {
        Method::Get => builder.build()?,
        Method::Post => builder.header("Content-Type", "application/x-www-form-urlencoded").body(request.body())?,
    };
    let answer = built.send().await?;
    let header = |name| answer.headers().get(name);
    let (status, date, content_type) = (answer.status(), header("date"), header("content-type"));
    let body = answer.text().await?;
    let (body, content_type) = if body.len() > MAX_BODY {
        (String::new(), Some(format!("a body of more than {MAX_BODY} bytes")))
    } else {
        (body, content_type)
    };
    Ok(Response { status, body, content_type, date: date.as_deref().and_then(parse_http_date) })
}
