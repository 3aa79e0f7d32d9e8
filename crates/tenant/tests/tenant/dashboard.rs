//! The dashboard's doors: who gets in, how long, and which forms count.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use tenant::{Settings, Tenant, TenantFile};

use crate::common::admin::{Admin, sign_in};
use crate::common::{Harness, TENANT};

/// Every page with a session, and every form with the page it is on.
const PAGES: [&str; 11] = [
    "applications",
    "applications/demo-spa",
    "apis",
    "users",
    "users/auth0%7Cada",
    "logs",
    "logs?q=type:fd&page=2",
    "keys",
    "tenant/advanced",
    "affected",
    "nowhere",
];
const FORMS: [&str; 16] = [
    "logout",
    "tenant/advanced/toggle",
    "tenant/advanced/date",
    "tenant/advanced/end",
    "applications/demo-spa",
    "apis/x",
    "apis/x/offline",
    "apis/x/consent",
    "apis/x/loopback",
    "apis/x/mfa",
    "users/auth0%7Cada/end-session",
    "users/auth0%7Cada/end-partitioned-session",
    "users/auth0%7Cada/revoke",
    "users/auth0%7Cada/revoke-consent",
    "keys/rotate",
    "keys/revoke",
];

#[tokio::test]
async fn nobody_sees_a_page_or_sends_a_form_without_signing_in() {
    let mut browser = Harness::new().await;
    for path in PAGES {
        let answer = browser.get(&format!("{TENANT}/dashboard/{path}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.header("location").starts_with("/dashboard/login?return_to=%2Fdashboard%2F"), "{answer:?}");
        assert!(answer.body.is_empty());
    }
    for path in FORMS {
        let answer = browser.post_form(&format!("{TENANT}/dashboard/{path}"), &[("csrf", "x")]).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (StatusCode::SEE_OTHER, "/dashboard/login?return_to="),
            "{path}"
        );
    }
    for cookie in ["__Host-tenant-admin=x", "__Host-tenant-admin=", "__Host-tenant-admin=' OR 1=1 --"] {
        let answer = browser.get_with(&format!("{TENANT}/dashboard/keys"), &[("cookie", cookie)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{cookie}");
    }
}

#[tokio::test]
async fn the_password_opens_the_page_that_was_asked_for() {
    let mut browser = Harness::new().await;
    let wrong = sign_in(&mut browser, "wrong", "").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.body.contains("Wrong password.") && wrong.headers.get(header::SET_COOKIE).is_none());
    let right = sign_in(&mut browser, "admin-password", "/dashboard/logs?q=type:fd").await;
    assert_eq!((right.status, right.header("location")), (StatusCode::SEE_OTHER, "/dashboard/logs?q=type:fd"));
    let cookie = right.header("set-cookie");
    for part in
        ["__Host-tenant-admin=", "; Path=/;", "; Secure;", "; HttpOnly;", "; SameSite=Strict;", "; Max-Age=43200"]
    {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    // A link of another site does not bring the Strict cookie; one of the dashboard's own does.
    let from_elsewhere = [("sec-fetch-site", "cross-site")];
    let url = format!("{TENANT}/dashboard/login?return_to=%2Fdashboard%2Fkeys");
    let page = browser.get_with(&url, &from_elsewhere).await.body;
    assert!(page.contains("<a href=\"/dashboard/keys\">Signed in already?"));
    assert!(!browser.get(&url).await.body.contains("Signed in already?"));
    let url = format!("{TENANT}/dashboard/login?return_to=%2F%2Fevil.test%2F");
    assert!(!browser.get_with(&url, &from_elsewhere).await.body.contains("href=\"//evil"));
    for elsewhere in ["//evil.test/", "https://evil.test/", "/authorize", "/dashboard/\\evil", "/dashboard/ x", ""] {
        let answer = sign_in(&mut browser, "admin-password", elsewhere).await;
        assert_eq!(answer.header("location"), "/dashboard/applications", "{elsewhere}");
    }
}

#[tokio::test]
async fn a_sign_in_form_of_another_browser_does_not_count() {
    let mut browser = Harness::new().await;
    let url = format!("{TENANT}/dashboard/login");
    let csrf = browser.get(&url).await.field("csrf");
    let form = [("csrf", csrf.as_str()), ("password", "admin-password")];
    let mut other = Harness::new().await;
    assert_eq!(other.post_form(&url, &form).await.status, StatusCode::FORBIDDEN, "no cookie of that page");
    other.get(&url).await;
    assert_eq!(other.post_form(&url, &form).await.status, StatusCode::FORBIDDEN, "another browser's cookie");
    for foreign in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.test")]
    {
        assert_eq!(browser.post_form_with(&url, &form, &[foreign]).await.status, StatusCode::FORBIDDEN, "{foreign:?}");
    }
    assert_eq!(
        browser.post_form_with(&url, &form, &[("sec-fetch-site", "same-origin"), ("origin", "null")]).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn guessing_is_limited() {
    let mut browser = Harness::new().await;
    for _ in 0..10 {
        assert_eq!(sign_in(&mut browser, "wrong", "").await.status, StatusCode::BAD_REQUEST);
    }
    let refused = sign_in(&mut browser, "admin-password", "").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "the right one too");
    assert_eq!(browser.logs("fapi").await.len(), 11, "each is logged");
    browser.advance(15 * 60);
    assert_eq!(sign_in(&mut browser, "admin-password", "").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_ends_when_left_alone_and_after_a_day_of_work_and_by_signing_out() {
    let mut admin = Admin::new().await;
    for _ in 0..23 {
        admin.harness.advance(30 * 60);
        assert_eq!(admin.open("keys").await.status, StatusCode::OK, "used every half hour");
    }
    admin.harness.advance(30 * 60);
    assert_eq!(admin.open("keys").await.status, StatusCode::SEE_OTHER, "twelve hours");
    let mut admin = Admin::at(admin.harness).await;
    admin.harness.advance(60 * 60);
    assert_eq!(admin.open("keys").await.status, StatusCode::SEE_OTHER, "an hour unused");
    let mut admin = Admin::at(admin.harness).await;
    let cookies = admin.harness.cookies.clone();
    assert_eq!(admin.send("keys", "logout", &[]).await.header("location"), "/dashboard/login");
    admin.harness.cookies = cookies;
    assert_eq!(admin.open("keys").await.status, StatusCode::SEE_OTHER, "the cookie of before opens nothing");
}

#[tokio::test]
async fn only_forms_of_this_session_count() {
    let mut admin = Admin::new().await;
    let before = admin.open("keys").await.body;
    let own = admin.open("keys").await.field("csrf");
    let other = Admin::new().await.open("keys").await.field("csrf");
    for path in FORMS {
        let url = format!("{TENANT}/dashboard/{path}");
        for csrf in ["", "x", other.as_str()] {
            let answer = admin.harness.post_form(&url, &[("csrf", csrf)]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {csrf}");
            assert!(answer.body.contains("Nothing was changed"));
        }
        for foreign in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.test")] {
            let answer = admin.harness.post_form_with(&url, &[("csrf", &own)], &[foreign]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {foreign:?}");
        }
        let headers = [("content-type", "application/json")];
        let answer = admin.harness.browse(Method::POST, &url, &headers, "{}").await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let answer = admin.harness.browse(Method::POST, &url, &headers, "x".repeat(65 * 1024)).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        let answer = admin.harness.browse(Method::DELETE, &url, &[], Body::empty()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    assert_eq!(admin.open("keys").await.body, before, "still signed in, and no key was rotated");
}

#[tokio::test]
async fn pages_run_nothing_load_nothing_and_are_framed_by_nobody() {
    let mut admin = Admin::new().await;
    for path in PAGES.into_iter().chain(["login"]) {
        let page = admin.open(path).await;
        assert!(page.status == StatusCode::OK || path == "nowhere", "{path} {}", page.status);
        let policy = page.header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "style-src 'sha256-"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{path}: {policy}");
        assert_eq!((page.header("x-frame-options"), page.header("cache-control")), ("DENY", "no-store"), "{path}");
        for word in ["<script", " style=\"", " onclick", "<img", "http-equiv", "src=\""] {
            assert!(!page.body.contains(word), "{word} in {path}");
        }
        for part in ["<html lang=\"en\"", "<title>", "<h1>", "<main"] {
            assert!(page.body.contains(part), "{part} in {path}");
        }
        for secret in ["regular-web-secret", "legacy-firebase-addon-secret", "BEGIN PRIVATE", "$argon2"] {
            assert!(!page.body.contains(secret), "{secret} in {path}");
        }
    }
}

#[tokio::test]
async fn what_people_typed_is_shown_as_text() {
    let mut admin = Admin::new().await;
    for text in ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "\u{202e}x", "{{7*7}}"] {
        let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        for path in [
            format!("logs?q={encoded}"),
            format!("logs?done={encoded}&page={encoded}"),
            format!("login?return_to={encoded}"),
        ] {
            let page = admin.open(&path).await;
            assert!(
                !page.status.is_server_error() && !page.body.contains("<script") && !page.body.contains("<img"),
                "{path}"
            );
        }
        admin.refused("tenant/advanced", "tenant/advanced/date", &[("mandatory_date", text)], "is no day").await;
    }
    for path in ["applications/%00", "users/%ff", "logs/%2e%2e", "apis/%F0%9F%A6%80", "applications/..%2f..", "keys/x"]
    {
        let answer = admin.open(path).await;
        assert!(answer.status.is_client_error(), "{path} {}", answer.status);
    }
}

#[tokio::test]
async fn a_password_is_made_at_the_first_start_and_told_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = async || {
        let mut settings = Settings::new(TenantFile::built_in());
        settings.data = tenant::Data::Folder(folder.path().to_owned());
        settings.passwords = tenant::PasswordProfile::QuickForTests;
        Tenant::open(settings).await.expect("opens")
    };
    let first = open().await;
    let password = first.first_admin_password().expect("made").expose().to_owned();
    assert!(password.len() >= 40);
    first.close().await;
    drop(first);
    let again = open().await;
    assert!(again.first_admin_password().is_none());
    let mut browser = Harness::new().await;
    browser.router = tenant::router(again.clone());
    assert_eq!(sign_in(&mut browser, &password, "").await.status, StatusCode::SEE_OTHER);
    let url = format!("{TENANT}/dashboard/keys");
    assert_eq!(browser.get(&url).await.status, StatusCode::OK);
    let in_use = tenant::new_admin_password(folder.path(), tenant::PasswordProfile::QuickForTests).await;
    assert!(matches!(in_use, Err(tenant::StoreError::InUse(_))), "{in_use:?}");
    again.close().await;
    drop(again);
    let database = std::fs::read(folder.path().join("tenant.db")).expect("a database");
    assert!(!database.windows(password.len()).any(|part| part == password.as_bytes()), "only the hash is stored");

    // Whoever lost it gets another one, and what the old one opened is closed.
    let new = tenant::new_admin_password(folder.path(), tenant::PasswordProfile::QuickForTests).await.expect("made");
    let again = open().await;
    browser.router = tenant::router(again.clone());
    assert_eq!(browser.get(&url).await.status, StatusCode::SEE_OTHER);
    assert_eq!(sign_in(&mut browser, &password, "").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(sign_in(&mut browser, new.expose(), "").await.status, StatusCode::SEE_OTHER);
    let nowhere = tempfile::tempdir().expect("a folder");
    let refused = tenant::new_admin_password(nowhere.path(), tenant::PasswordProfile::QuickForTests).await;
    assert!(matches!(refused, Err(tenant::StoreError::NoTenant(_))), "{refused:?}");
}
