//! A page that is cross-origin isolated: its hidden frame loads only where the tenant's page agrees to be in one.

use std::fs;

use axum::http::{HeaderName, HeaderValue};
use axum::middleware::map_response;
use axum::response::Response;
use e2e::{Browser, Mode, Page, Pair, Setting, Site, Tenant};

claims!(chromium in ChromiumAllowing at SameHost: a_page_in_isolation_renews_silently);
claims!(firefox in FirefoxDefault at SameHost: a_page_in_isolation_renews_silently);

const POLICY: &str = "default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; \
                      connect-src 'self' http://localhost:*; frame-src http://localhost:*";

/// What isolates a page (HTML Standard, section 7.1.3).
async fn isolated(mut response: Response) -> Response {
    for (name, value) in
        [("cross-origin-opener-policy", "same-origin"), ("cross-origin-embedder-policy", "require-corp")]
    {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

async fn a_page_in_isolation_renews_silently(mode: Mode, _: Pair) {
    let folder = tempfile::tempdir().expect("a folder");
    for file in fs::read_dir(Setting::MinimalDist.path()).expect("the minimal page") {
        let file = file.expect("a file");
        fs::copy(file.path(), folder.path().join(file.file_name())).expect("copied");
    }
    let site = Site::start(Site::folder(folder.path(), POLICY).layer(map_response(isolated))).await;
    let origin = site.at("localhost", "");
    let edits = [
        ("&callbacks [", format!("&callbacks [\"{origin}/callback\", ")),
        ("&origins [", format!("&origins [\"{origin}\", ")),
        ("&logout [", format!("&logout [\"{origin}/\", ")),
    ];
    let tenant = Tenant::edited(folder.path(), &edits).await;
    let index = folder.path().join("index.html");
    let page = fs::read_to_string(&index).expect("the page");
    let issuer = format!("{}/", tenant.origin(Pair::SameHost));
    assert!(page.contains("http://localhost:4000/"), "{page}");
    fs::write(&index, page.replace("http://localhost:4000/", &issuer)).expect("written");

    let browser = Browser::start(mode).await;
    browser.open(&format!("{origin}/")).await;
    assert_eq!(browser.run("return window.crossOriginIsolated").await, true);
    let page = Page::of(&browser);
    page.is("signed-out").await;
    page.sign_in("ada@example.com", "ada-password").await;
    page.is("signed-in").await;
    assert_eq!(browser.run("return window.crossOriginIsolated").await, true);
    page.renew().await;
}
