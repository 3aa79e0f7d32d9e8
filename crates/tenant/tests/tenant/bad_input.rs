//! Input that nobody should send gets a clear, typed error: never a 5xx, a panic, or a word too much.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};

use crate::common::{Harness, TENANT, authorize};

#[tokio::test]
async fn an_oversized_body_is_refused() {
    let mut browser = Harness::new().await;
    for path in ["/oauth/token", "/delegation", "/userinfo", "/u/login", "/authorize"] {
        for kind in ["application/x-www-form-urlencoded", "application/json"] {
            let answer = browser
                .browse(Method::POST, &format!("{TENANT}{path}"), &[("content-type", kind)], "x".repeat(65 * 1024))
                .await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path} {kind}");
        }
    }
}

#[tokio::test]
async fn a_malformed_body_is_told_what_is_wrong() {
    let mut browser = Harness::new().await;
    for path in ["/oauth/token", "/delegation"] {
        let url = format!("{TENANT}{path}");
        for body in [
            "",
            "{",
            "[]",
            "null",
            "\"text\"",
            "{\"client_id\":{}}",
            "{\"a\":1}{",
            &"[".repeat(10_000),
            "\u{0}",
            "{\"client_id\":\"\\ud800\"}",
        ] {
            let answer =
                browser.browse(Method::POST, &url, &[("content-type", "application/json")], body.to_owned()).await;
            assert_eq!(
                (answer.status, answer.error().as_str()),
                (StatusCode::BAD_REQUEST, "invalid_request"),
                "{path} {body:.20}"
            );
        }
        for kind in ["text/plain", "multipart/form-data; boundary=x", "application/jsonx", "é"] {
            let answer = browser.browse(Method::POST, &url, &[("content-type", kind)], "client_id=x").await;
            assert_eq!(
                (answer.status, answer.error().as_str()),
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request"),
                "{path} {kind}"
            );
        }
        let answer = browser
            .browse(
                Method::POST,
                &format!("{url}?client_id=demo-spa&grant_type=authorization_code"),
                &[],
                Body::empty(),
            )
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "parameters in the URL do not count");
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_no_parameters() {
    let mut browser = Harness::new().await;
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let garbage = [0xff, 0xfe, b'=', 0x80, b'&', b'%', b'z', b'=', b'%', b'f', b'f'];
    for path in ["/oauth/token", "/delegation", "/authorize", "/u/login", "/userinfo"] {
        let answer = browser.browse(Method::POST, &format!("{TENANT}{path}"), &headers, garbage.to_vec()).await;
        assert!(answer.status.is_client_error(), "{path} {}", answer.status);
    }
}

#[tokio::test]
async fn a_wrong_method_is_named() {
    let mut browser = Harness::new().await;
    for (path, method) in [
        ("/oauth/token", Method::GET),
        ("/oauth/token", Method::DELETE),
        ("/delegation", Method::PUT),
        ("/userinfo", Method::PUT),
        ("/authorize", Method::PUT),
        ("/v2/logout", Method::POST),
        ("/u/login", Method::DELETE),
        ("/.well-known/jwks.json", Method::POST),
    ] {
        let answer = browser.browse(method.clone(), &format!("{TENANT}{path}"), &[], Body::empty()).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            "{method} {path}"
        );
    }
    let answer = browser.get(&format!("{TENANT}/nowhere")).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::NOT_FOUND, "not_found"));
}

#[tokio::test]
async fn broken_cookies_are_no_session() {
    let browser = Harness::new().await;
    let long = format!("__Host-tenant-session={}", "x".repeat(10_000));
    for cookie in [
        b"__Host-tenant-session".as_slice(),
        b"__Host-tenant-session=",
        b";;;=;=x;",
        b"__Host-tenant-session=a; __Host-tenant-session=b",
        b"__Host-tenant-session=\xff\xfe",
        b"__Host-tenant-session=' OR 1=1 --",
        long.as_bytes(),
    ] {
        let url = authorize(&[("prompt", Some("none"))]);
        let request =
            Request::get(&url[TENANT.len()..]).header("host", "localhost:4000").header(header::COOKIE, cookie);
        let answer = browser.send(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(answer.parameters()["error"], "login_required", "{}", String::from_utf8_lossy(cookie));
    }
}

#[tokio::test]
async fn odd_values_travel_as_data() {
    let mut browser = Harness::new().await;
    for state in ["\r\nSet-Cookie: x=y", "\u{0}", "%0d%0a", "é 漢字 🦀", &"s".repeat(5000)] {
        let answer = browser.silent(&[("state", Some(state))]).await;
        assert_eq!(answer.parameters()["state"], state);
        assert!(answer.headers.get("set-cookie").is_none());
        let answer = browser.silent(&[("state", Some(state)), ("response_mode", Some("web_message"))]).await;
        assert_eq!(answer.message().1["state"], state);
    }
    for value in ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{7*7}}"] {
        for name in ["client_id", "redirect_uri"] {
            let answer = browser.get(&authorize(&[(name, Some(value))])).await;
            assert!(answer.status.is_client_error());
            assert!(!answer.body.contains("<script") && !answer.body.contains("<img"), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_request_without_a_host_is_misdirected() {
    let browser = Harness::new().await;
    let answer = browser.send(Request::get("/authorize").body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    let request = Request::get("http://evil.test/authorize").header("host", "localhost:4000");
    let answer = browser.send(request.body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "an absolute target counts more");
}

#[tokio::test]
async fn every_answer_has_the_common_headers() {
    let mut browser = Harness::new().await;
    for path in [
        "/authorize",
        "/oauth/token",
        "/userinfo",
        "/delegation",
        "/u/login",
        "/v2/logout",
        "/nowhere",
        "/.well-known/openid-configuration",
        "/lab/logs",
    ] {
        let answer = browser.get(&format!("{TENANT}{path}")).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
        assert!(!answer.header("cache-control").is_empty() && !answer.header("date").is_empty(), "{path}");
    }
}

/// HTML Standard, section 7.1.4: a page in isolation shows no frame that does not agree to that.
#[tokio::test]
async fn what_may_be_framed_may_be_framed_in_isolation_and_nothing_else_may() {
    let mut browser = Harness::new().await;
    let silent = authorize(&[("prompt", Some("none")), ("response_mode", Some("web_message"))]);
    let refused = authorize(&[("prompt", Some("none")), ("client_id", Some("nobody"))]);
    for (url, embedder, resource) in [
        (silent, "require-corp", "cross-origin"),
        (refused, "require-corp", "cross-origin"),
        (format!("{TENANT}/oidc/check_session"), "require-corp", "cross-origin"),
        (format!("{TENANT}/v2/logout"), "", "same-origin"),
        (authorize(&[]), "", "same-origin"),
    ] {
        let answer = browser.get(&url).await;
        let found = (answer.header("cross-origin-embedder-policy"), answer.header("cross-origin-resource-policy"));
        assert_eq!(found, (embedder, resource), "{url}: {}", answer.status);
    }
}
