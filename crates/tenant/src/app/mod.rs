//! Serves a built app: its files as they are, its pages filled in by `Host`, all under the content policy.

mod page;

use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeDir;

use crate::Tenant;
use crate::error::ApiError;
use crate::tenant::AppFolder;
use crate::visit::{authority, scheme};

/// The app as a service. Without an app folder every address answers 404.
pub fn app_router(tenant: Tenant) -> Router {
    Router::new().fallback(serve).with_state(tenant)
}

async fn serve(State(tenant): State<Tenant>, request: Request) -> Response {
    let mut response = find(&tenant, request).await;
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::CACHE_CONTROL, "no-cache"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn find(tenant: &Tenant, request: Request) -> Response {
    let named = authority(&request).unwrap_or_default();
    let Some(address) = tenant.addresses().app(scheme(&request), &named) else {
        let known = tenant.addresses().app_origins().join(", ");
        let sentence = format!("The app does not answer for {named:?}. It answers at {known}.");
        return ApiError::new(StatusCode::MISDIRECTED_REQUEST, "misdirected_request", sentence).into_response();
    };
    let Some(app) = tenant.app() else { return not_found() };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let sentence = "The app's files can only be read.";
        return ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", sentence).into_response();
    }
    let path = request.uri().path().to_owned();
    match Wanted::of(&path) {
        Wanted::Page(name) => page::answer(tenant, app, &address, &name).await,
        Wanted::File => file(app, request, &path).await,
    }
}

/// What a path asks for.
enum Wanted {
    /// An HTML document, read and filled in for each request.
    Page(String),
    /// Any other file.
    File,
}

impl Wanted {
    /// A path whose last part has no extension is one of the app's routes, and the app finds its way from `/`.
    fn of(path: &str) -> Self {
        let last = path.rsplit('/').next().unwrap_or_default();
        match last.rsplit_once('.') {
            Some((_, "html")) => Self::Page(path.trim_start_matches('/').to_owned()),
            Some(_) => Self::File,
            None => Self::Page("index.html".to_owned()),
        }
    }
}

/// A file, compressed if a compressed copy lies beside it and the browser takes it.
async fn file(app: &AppFolder, request: Request, path: &str) -> Response {
    let mut files =
        ServeDir::new(&app.folder).precompressed_br().precompressed_gzip().append_index_html_on_directories(false);
    let Ok(found) = files.try_call(request).await else { return not_found() };
    if found.status() == StatusCode::NOT_FOUND {
        return not_found();
    }
    let mut response = found.map(axum::body::Body::new);
    if has_hashed_name(path) && response.status().is_success() {
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        response.headers_mut().insert(header::CACHE_CONTROL, forever);
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}

fn not_found() -> Response {
    ApiError::new(StatusCode::NOT_FOUND, "not_found", "The app has no such file.").into_response()
}

/// Whether the name carries a hash of the content, as the build writes it: `app-0123456789abcdef_bg.wasm`.
fn has_hashed_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split(['-', '.', '_']).any(|part| part.len() >= 16 && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The file of this name inside the app's folder; names that lead out of it are none.
fn inside(app: &AppFolder, name: &str) -> Option<PathBuf> {
    let parts_are_plain = Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)));
    (parts_are_plain && !name.contains(['%', '\\', '\0'])).then(|| app.folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_carry_a_hash_are_kept_for_ever() {
        for (path, expected) in [
            ("/silent-auth-app-0123456789abcdef.js", true),
            ("/silent-auth-app-0123456789abcdef_bg.wasm", true),
            ("/main-0123456789abcdef.css", true),
            ("/silent-callback.js", false),
            ("/trusted-types.js", false),
            ("/deadbeef.js", false),
        ] {
            assert_eq!(has_hashed_name(path), expected, "{path}");
        }
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let app = AppFolder { folder: "/srv/app".into(), providers: Vec::new() };
        assert!(inside(&app, "index.html").is_some());
        for bad in ["../secret.html", "/etc/passwd.html", "a/../../b.html", "%2e%2e/x.html"] {
            assert!(inside(&app, bad).is_none(), "{bad}");
        }
    }
}
