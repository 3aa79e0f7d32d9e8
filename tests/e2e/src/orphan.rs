//! The app's page as its tenant served it, after that tenant has ended: what a browser opens while no tenant is running.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use crate::scene::Pair;
use crate::setting::Setting;
use crate::site::Site;
use crate::tenant::Tenant;

/// The page and the policy that it was served with.
#[derive(Clone)]
struct Served {
    headers: HeaderMap,
    page: String,
}

/// Takes the page from a tenant at the first pair of addresses, ends the tenant, and goes on serving the page where it was.
/// Gives its address, and the site that serves it.
///
/// # Panics
///
/// If the tenant does not give it, or its port is taken at once by somebody else.
pub async fn orphan(tenant: Tenant) -> (String, Site) {
    let address = format!("{}/", tenant.app(Pair::SameHost));
    let answer = tenant.http().get(&address).send().await.expect("the page");
    let mut headers = HeaderMap::new();
    for name in [header::CONTENT_TYPE, header::CONTENT_SECURITY_POLICY] {
        headers.insert(name.clone(), answer.headers().get(&name).expect("the page has a type and a policy").clone());
    }
    let served = Served { headers, page: answer.text().await.expect("the page's text") };
    let port = address.trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    tenant.end().await;
    (address, Site::start_at(port, Router::new().fallback(serve).with_state(served)).await)
}

async fn serve(State(served): State<Served>, request: Request) -> Response {
    let name = request.uri().path().trim_start_matches('/');
    let kind = match name.rsplit_once('.').map(|(_, extension)| extension) {
        None => return (served.headers, served.page).into_response(),
        Some("js") => "text/javascript",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        Some(_) => "text/html",
    };
    match std::fs::read(Setting::Dist.path().join(name)) {
        Ok(bytes) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        Err(_) => axum::http::StatusCode::NOT_FOUND.into_response(),
    }
}
