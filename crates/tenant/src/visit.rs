//! What is known of a request before anything is decided: the address asked, the browser's own words, its cookies.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::Tenant;
use crate::addresses::{Scheme, TenantAddress};
use crate::error::ApiError;

/// The cookie that holds the session id. `__Host-` keeps other hosts from setting it; the name says whose it
/// is because at `localhost` app and tenant share one jar (cookies do not know ports).
pub(crate) const SESSION_COOKIE: &str = "__Host-tenant-session";
/// The cookie that ties an open login page to the browser it was shown in.
pub(crate) const LOGIN_COOKIE: &str = "__Host-tenant-login";

/// The name of a cookie weather that changed which cookies came with a request.
#[derive(Clone, Copy)]
pub(crate) struct CookieWeather(pub &'static str);

/// A request's surroundings.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub address: TenantAddress,
    pub ip: String,
    pub user_agent: String,
    pub origin: Option<String>,
    pub fetch: FetchMetadata,
    /// The lab's cookie weather, where it changed which cookies came.
    pub cookie_weather: Option<&'static str>,
    cookies: Vec<(String, String)>,
}

/// What the browser says about where a request comes from (Fetch Metadata; Storage Access headers).
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct FetchMetadata {
    #[serde(rename = "sec_fetch_site")]
    pub site: Option<String>,
    #[serde(rename = "sec_fetch_dest")]
    pub dest: Option<String>,
    #[serde(rename = "sec_fetch_storage_access")]
    pub storage_access: Option<String>,
}

impl Visit {
    fn of(request: &Request, address: TenantAddress) -> Self {
        let headers = request.headers();
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        Self {
            address,
            ip: peer.map_or_else(|| "127.0.0.1".into(), |peer| peer.0.ip().to_canonical().to_string()),
            user_agent: text(headers, "user-agent").unwrap_or_default(),
            origin: text(headers, "origin"),
            fetch: FetchMetadata {
                site: word(headers, "sec-fetch-site"),
                dest: word(headers, "sec-fetch-dest"),
                storage_access: word(headers, "sec-fetch-storage-access")
                    .filter(|value| matches!(value.as_str(), "none" | "inactive" | "active")),
            },
            cookie_weather: request.extensions().get::<CookieWeather>().map(|weather| weather.0),
            cookies: cookies(headers),
        }
    }

    /// The value of a cookie; the first, if several of this name came.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned();
    Some(value.chars().take(512).collect())
}

/// A header whose value is one short word; whatever else came is no such header.
fn word(headers: &HeaderMap, name: &str) -> Option<String> {
    text(headers, name)
        .filter(|value| (1..=20).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
}

/// Every cookie of a request, in the order they came.
pub(crate) fn cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| {
            let line = String::from_utf8_lossy(value.as_bytes()).into_owned();
            line.split(';')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The host that a request names: its target if it is absolute, else the `Host` header (RFC 9112 3.2.2).
pub(crate) fn authority(request: &Request) -> Option<String> {
    let target = request.uri().authority().map(|authority| authority.as_str().to_owned());
    target.or_else(|| request.headers().get(header::HOST)?.to_str().ok().map(ToOwned::to_owned))
}

/// Whether a path is UTF-8 once its percent-encoding is undone (RFC 3986 2.5).
fn is_text(path: &str) -> bool {
    percent_encoding::percent_decode_str(path).decode_utf8().is_ok()
}

/// How a request came in: whoever listens with TLS says so.
pub(crate) fn scheme(request: &Request) -> Scheme {
    request.extensions().get::<Scheme>().copied().unwrap_or(Scheme::Http)
}

/// Lets a request through if it names one of the tenant's addresses, and attaches its [`Visit`].
pub(crate) async fn admit(State(tenant): State<Tenant>, mut request: Request, next: Next) -> Response {
    let named = authority(&request).unwrap_or_default();
    let Some(address) = tenant.addresses().tenant(scheme(&request), &named) else {
        let known = tenant.addresses().tenant_origins().join(", ");
        return ApiError::new(
            StatusCode::MISDIRECTED_REQUEST,
            "misdirected_request",
            format!("This tenant does not answer for {named:?}. It answers at {known}; more names go under domains: in the tenant file."),
        )
        .into_response();
    };
    if !is_text(request.uri().path()) {
        return ApiError::invalid_request("The path is percent-encoded and no UTF-8.").into_response();
    }
    let visit = Visit::of(&request, address);
    request.extensions_mut().insert(visit);
    next.run(request).await
}
