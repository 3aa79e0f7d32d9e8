//! Which pages may call the tenant (Fetch, section 3.2): those of origins that a client registered.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::logs::{LogEntry, LogType};
use crate::model::Client;
use crate::visit::Visit;
use crate::{Tenant, partitioned_sessions};

/// The client that an answer is for, attached by the endpoint once it knows.
#[derive(Clone)]
struct AnswersFor(Client);

/// Says which client an answer is for, so that its origins decide who may read it.
pub(crate) fn answers_for(response: &mut Response, client: Client) {
    response.extensions_mut().insert(AnswersFor(client));
}

/// Refuses a request that comes from a page of an origin that is not the client's. The preflight could not
/// know the client, so this is where it counts.
pub(crate) fn check_origin(visit: &Visit, client: &Client) -> Result<(), ApiError> {
    match visit.origin.as_deref() {
        Some(origin) if origin != visit.address.origin && !client.may_call_from(origin) => Err(refused(origin)),
        _ => Ok(()),
    }
}

fn refused(origin: &str) -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "access_denied",
        format!("Origin {origin} is not allowed. Add it to the client's allowed_origins."),
    )
}

/// Answers preflights and adds the headers that let registered pages read an answer, errors included.
pub(crate) async fn for_clients(State(tenant): State<Tenant>, request: Request, next: Next) -> Response {
    let Some(visit) = request.extensions().get::<Visit>().cloned() else { return next.run(request).await };
    let Some(origin) = visit.origin.clone() else { return vary(next.run(request).await) };
    if origin == visit.address.origin {
        return vary(next.run(request).await);
    }
    let clients = match tenant.store().clients(tenant.addresses()).await {
        Ok(clients) => clients,
        Err(error) => return ApiError::from(error).into_response(),
    };
    // The answer to a code sets the cookie of a partitioned session; nothing else is asked, or told, with cookies.
    let may_have_cookies = |client: &Client| partitioned_sessions::is_offered(client, &visit.address, &origin);
    let is_exchange = request.uri().path() == "/oauth/token";
    if !clients.iter().any(|client| client.may_call_from(&origin)) {
        tenant.log(LogEntry::new(LogType::OriginRefused, &visit, format!("Origin {origin} is not allowed.")));
        return vary(refused(&origin).into_response());
    }
    if is_preflight(&request) {
        let mut response = StatusCode::NO_CONTENT.into_response();
        allow(&mut response, &origin);
        allow_request(&mut response, request.headers());
        if is_exchange && clients.iter().any(may_have_cookies) {
            allow_cookies(&mut response);
        }
        return vary(response);
    }
    let mut response = next.run(request).await;
    let answers_for = response.extensions().get::<AnswersFor>().map(|client| client.0.clone());
    if answers_for.as_ref().is_none_or(|client| client.may_call_from(&origin)) {
        allow(&mut response, &origin);
        // An error that came before the client was known must be readable, too.
        let for_cookies = answers_for.as_ref().map_or_else(|| clients.iter().any(may_have_cookies), may_have_cookies);
        if is_exchange && for_cookies {
            allow_cookies(&mut response);
        }
    } else {
        tenant.log(LogEntry::new(LogType::OriginRefused, &visit, format!("Origin {origin} is not allowed.")));
    }
    vary(response)
}

pub(crate) fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Headers that pages may read: `Date`, from which a client learns how far its clock is off, and how many calls of
/// `/delegation` are left; `DPoP-Nonce` for proofs, and `WWW-Authenticate` that says when one is wanted (RFC 9449 8, 9).
const READABLE: &str =
    "Date, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, DPoP-Nonce, WWW-Authenticate";

/// Lets pages of `origin` read the answer.
pub(crate) fn allow(response: &mut Response, origin: &str) {
    if let Ok(origin) = HeaderValue::from_str(origin) {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(READABLE));
    }
}

/// Lets pages send cookies with the request, and read the answer to one that had some (Fetch, section 3.3.6).
fn allow_cookies(response: &mut Response) {
    let allowed = HeaderValue::from_static("true");
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, allowed);
}

/// What a preflight may announce: the tenant's methods, and whatever headers it asks for.
pub(crate) fn allow_request(response: &mut Response, asked: &HeaderMap) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
}

fn vary(mut response: Response) -> Response {
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
    response
}
