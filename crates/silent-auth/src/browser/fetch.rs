//! Requests: without cookies unless they say otherwise, without following redirects, without a referrer, and never from a cache of tokens.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, ReferrerPolicy, RequestCredentials, RequestInit, RequestRedirect};

use super::words;

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
    answered(&request, signal.as_ref(), None).await
}

/// As [`send_with`], with the proof that the page holds the key that tokens are bound to (RFC 9449).
#[cfg(feature = "dpop")]
pub(super) async fn send_proven(
    request: &Request,
    signal: Option<&AbortSignal>,
    proof: &str,
) -> Result<Response, AuthError> {
    answered(request, signal, Some(proof)).await
}

async fn answered(request: &Request, signal: Option<&AbortSignal>, proof: Option<&str>) -> Result<Response, AuthError> {
    exchange(request, signal, proof).await.map_err(|error| {
        AuthError::new(Code::TenantUnreachable)
            .because(format!("an answer from {}", request.url.split('?').next().unwrap_or_default()), words(&error))
    })
}

/// Sends a request that goes on when the page is gone; nobody waits for its answer.
pub(super) async fn send_and_forget(request: Request) {
    // Whether it arrives or not, there is nobody left to tell.
    drop(ask(&request, None, true, None).await);
}

async fn exchange(request: &Request, signal: Option<&AbortSignal>, proof: Option<&str>) -> Result<Response, JsValue> {
    let answer = ask(request, signal, false, proof).await?;
    let header = |name| answer.headers().get(name).ok().flatten();
    let (status, date, content_type) = (answer.status(), header("date"), header("content-type"));
    #[cfg(feature = "dpop")]
    let dpop_nonce = header("dpop-nonce");
    let body = JsFuture::from(answer.text()?).await?.as_string().unwrap_or_default();
    let (body, content_type) = if body.len() > MAX_BODY {
        (String::new(), Some(format!("a body of more than {MAX_BODY} bytes")))
    } else {
        (body, content_type)
    };
    Ok(Response {
        status,
        body,
        content_type,
        date: date.as_deref().and_then(parse_http_date),
        #[cfg(feature = "dpop")]
        dpop_nonce,
    })
}

/// What every request here has in common: no cookies, no redirects, no referrer, and an end when `signal` says so.
pub(super) fn without_traces(signal: Option<&AbortSignal>) -> RequestInit {
    let init = RequestInit::new();
    init.set_credentials(RequestCredentials::Omit);
    init.set_redirect(RequestRedirect::Error);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    init.set_signal(signal);
    init
}

async fn ask(
    request: &Request,
    signal: Option<&AbortSignal>,
    outlives_page: bool,
    proof: Option<&str>,
) -> Result<web_sys::Response, JsValue> {
    let (init, headers) = (without_traces(signal), Headers::new()?);
    if request.credentials {
        init.set_credentials(RequestCredentials::Include);
    }
    if outlives_page {
        // web-sys has no setter for it.
        Reflect::set(&init, &"keepalive".into(), &JsValue::TRUE)?;
    }
    if let Some(token) = &request.bearer {
        headers.set("Authorization", &format!("Bearer {}", token.expose()))?;
    }
    if let Some(proof) = proof {
        headers.set("DPoP", proof)?;
    }
    if request.method == Method::Post {
        init.set_method("POST");
        headers.set("Content-Type", "application/x-www-form-urlencoded")?;
        init.set_body(&request.body().into());
    }
    init.set_headers(&headers);
    let window = web_sys::window().ok_or("no window")?;
    let answer = JsFuture::from(window.fetch_with_str_and_init(&request.url, &init)).await?;
    Ok(answer.unchecked_into())
}
