//! The built app as it is served: filled in by address, under the content policy, compressed, cached.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use tempfile::TempDir;
use tenant::{AppFolder, ManualClock, Settings, Tenant, app_router};
use tower::ServiceExt;

use crate::common::{Answer, START_MS};

const INDEX: &str = r#"<!doctype html><html><head>
<meta name="silent-auth:issuer" content="">
<meta name="silent-auth:client-id" content="demo-spa">
<meta name="silent-auth:lab" content="">
<script src="/trusted-types.js"></script><script type="module">import init from '/app.js'; init();</script>
</head><body></body></html>"#;
/// Of the inline script above, by `openssl dgst -sha256 -binary | base64`.
const INLINE_HASH: &str = "'sha256-WN3FHuG6vmV+0abH/qaNAU0XcODQuncbcPlsPt0rWSU='";

/// A folder such as a build leaves it.
fn built() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in [
        ("index.html", INDEX.as_bytes()),
        ("silent-callback.html", b"<!doctype html><script src=\"/silent-callback.js\"></script>"),
        ("silent-callback.js", b"// callback"),
        ("app-0123456789abcdef_bg.wasm", b"\0asm plain"),
        ("app-0123456789abcdef_bg.wasm.br", b"brotli bytes"),
        ("app-0123456789abcdef_bg.wasm.gz", b"gzip bytes"),
        ("app-0123456789abcdef.js", b"export default 1"),
        ("main-0123456789abcdef.css", b"body{}"),
        ("icon.svg", b"<svg/>"),
    ] {
        std::fs::write(folder.path().join(name), content).expect("written");
    }
    folder
}

async fn serve(folder: &TempDir, change: impl FnOnce(&mut Settings)) -> Router {
    let mut settings = Settings::for_tests(Arc::new(ManualClock::at_ms(START_MS)));
    settings.app =
        Some(AppFolder { folder: folder.path().to_owned(), providers: vec!["https://example.eu.auth0.com".into()] });
    change(&mut settings);
    app_router(Tenant::open(settings).await.expect("the tenant opens"))
}

async fn get(app: &Router, url: &str, headers: &[(&str, &str)]) -> Answer {
    let (host, path) = url.strip_prefix("http://").expect("http").split_once('/').expect("a path");
    let mut request = Request::get(format!("/{path}")).header("host", host);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(app, request.body(Body::empty()).expect("a request")).await
}

async fn send(app: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = app.clone().oneshot(request).await.expect("an answer").into_parts();
    let body = to_bytes(body, 1_000_000).await.expect("a body");
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
}

#[tokio::test]
async fn each_address_gets_its_own_tenant() {
    let folder = built();
    let app = serve(&folder, |_| {}).await;
    for (host, issuer) in [
        ("localhost:3000", "http://localhost:4000"),
        ("app.demo.localhost:3000", "http://login.demo.localhost:4000"),
        ("app.localhost:3000", "http://tenant.localhost:4000"),
    ] {
        let page = get(&app, &format!("http://{host}/"), &[]).await;
        assert!(
            page.body.contains(&format!(r#"<meta name="silent-auth:issuer" content="{issuer}/">"#)),
            "{}",
            page.body
        );
        assert!(page.body.contains(r#"<meta name="silent-auth:lab" content="true">"#));
        assert!(page.body.contains(r#"<meta name="silent-auth:client-id" content="demo-spa">"#));
        assert_eq!(
            page.header("content-security-policy"),
            format!(
                "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {INLINE_HASH}; style-src 'self'; img-src 'self' data:; \
                 connect-src 'self' {issuer} https://example.eu.auth0.com; frame-src 'self' {issuer} https://example.eu.auth0.com; \
                 form-action {issuer} 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types default"
            )
        );
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert_eq!(page.header("cache-control"), "no-cache");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    }
    let chosen = get(&app, "http://localhost:3000/?issuer=https://evil.test/", &[]).await;
    assert!(!chosen.body.contains("evil"), "never from the URL");
}

#[tokio::test]
async fn an_unknown_host_is_misdirected() {
    let folder = built();
    let app = serve(&folder, |_| {}).await;
    for host in ["evil.test:3000", "localhost:4000", "tenant.localhost:3000", "127.0.0.1:3000"] {
        for path in ["", "silent-callback.js"] {
            assert_eq!(
                get(&app, &format!("http://{host}/{path}"), &[]).await.status,
                StatusCode::MISDIRECTED_REQUEST,
                "{host}"
            );
        }
    }
}

#[tokio::test]
async fn without_the_lab_the_page_is_not_told_of_one() {
    let folder = built();
    let app = serve(&folder, |settings| settings.lab = false).await;
    let page = get(&app, "http://localhost:3000/", &[]).await;
    assert!(page.body.contains(r#"<meta name="silent-auth:lab" content="">"#));
}

#[tokio::test]
async fn routes_lead_to_the_page_and_missing_files_to_404() {
    let folder = built();
    let app = serve(&folder, |_| {}).await;
    for route in ["", "delegation", "callback?code=x&state=y", "clients/anything", "index.html"] {
        let page = get(&app, &format!("http://localhost:3000/{route}"), &[]).await;
        assert_eq!(page.status, StatusCode::OK, "{route}");
        assert!(page.body.contains("silent-auth:issuer"), "{route}");
    }
    for missing in [
        "nothing.js",
        "deep/nothing.wasm",
        "other.html",
        "..%2f..%2fetc%2fpasswd.html",
        "../Cargo.toml",
        "%2e%2e/Cargo.toml",
    ] {
        let answer = get(&app, &format!("http://localhost:3000/{missing}"), &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test]
async fn compressed_copies_go_to_browsers_that_take_them() {
    let folder = built();
    let app = serve(&folder, |_| {}).await;
    let url = "http://localhost:3000/app-0123456789abcdef_bg.wasm";
    for (accepts, encoding, body) in
        [("br, gzip", "br", "brotli bytes"), ("gzip", "gzip", "gzip bytes"), ("identity", "", "\0asm plain")]
    {
        let answer = get(&app, url, &[("accept-encoding", accepts)]).await;
        assert_eq!((answer.header("content-encoding"), answer.body.as_str()), (encoding, body), "{accepts}");
        assert_eq!(answer.header("content-type"), "application/wasm");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert!(answer.header("vary").to_lowercase().contains("accept-encoding"));
    }
}

#[tokio::test]
async fn files_have_their_types_and_their_caching() {
    let folder = built();
    let app = serve(&folder, |_| {}).await;
    for (name, kind, caching) in [
        ("app-0123456789abcdef.js", "text/javascript", "public, max-age=31536000, immutable"),
        ("main-0123456789abcdef.css", "text/css", "public, max-age=31536000, immutable"),
        ("silent-callback.js", "text/javascript", "no-cache"),
        ("icon.svg", "image/svg+xml", "no-cache"),
    ] {
        let answer = get(&app, &format!("http://localhost:3000/{name}"), &[]).await;
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), (kind, caching), "{name}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
}

#[tokio::test]
async fn the_callback_page_may_be_framed_by_the_app_alone() {
    let folder = built();
    let app = serve(&folder, |_| {}).await;
    let page = get(&app, "http://app.localhost:3000/silent-callback.html?code=x", &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self';") && policy.contains("frame-ancestors 'self'"),
        "{policy}"
    );
    assert!(!policy.contains("wasm") && !policy.contains("connect-src"));
    assert!(page.headers.get("x-frame-options").is_none());
    // In a popup it speaks to the page that opened it, which this header would take away; the app's own page has it.
    assert!(page.headers.get("cross-origin-opener-policy").is_none());
    let own = get(&app, "http://app.localhost:3000/", &[]).await;
    assert_eq!(own.header("cross-origin-opener-policy"), "same-origin-allow-popups");
}

#[tokio::test]
async fn a_rebuilt_page_is_seen_at_once() {
    let folder = built();
    let app = serve(&folder, |_| {}).await;
    std::fs::write(folder.path().join("index.html"), "<script>new()</script>").expect("written");
    let page = get(&app, "http://localhost:3000/", &[]).await;
    assert_eq!(page.body, "<script>new()</script>");
    assert!(!page.header("content-security-policy").contains(INLINE_HASH));
    std::fs::remove_file(folder.path().join("index.html")).expect("removed");
    assert_eq!(get(&app, "http://localhost:3000/", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_app_can_only_be_read() {
    let folder = built();
    let app = serve(&folder, |_| {}).await;
    for method in ["POST", "PUT", "DELETE"] {
        let request = Request::builder().method(method).uri("/").header("host", "localhost:3000").body(Body::empty());
        assert_eq!(send(&app, request.expect("a request")).await.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    let head = Request::head("/").header("host", "localhost:3000").body(Body::empty()).expect("a request");
    assert_eq!(send(&app, head).await.status, StatusCode::OK);
}
