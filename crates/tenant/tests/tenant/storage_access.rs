//! The retry header: where the user let an app's frames have the cookie, the browser is asked to send it.

use crate::common::partition::{APP, CALLBACK, FRAME, TENANT, load, outcome, request, sign_in, signed_in};
use crate::common::{Answer, Harness};

const HEADER: &str = "activate-storage-access";

/// A frame that the browser has a grant for and gave no cookies.
const INACTIVE: [(&str, &str); 4] = [
    ("sec-fetch-site", "cross-site"),
    ("sec-fetch-dest", "iframe"),
    ("sec-fetch-storage-access", "inactive"),
    ("origin", APP),
];

async fn ask(browser: &Harness, changes: &[(&str, Option<&str>)], headers: &[(&str, &str)]) -> Answer {
    load(browser, &request(&[&[("prompt", Some("none"))], changes].concat()), &[], headers).await
}

#[tokio::test]
async fn a_frame_with_a_grant_is_asked_for_its_cookies() {
    let browser = Harness::new().await;
    for client in ["demo-spa", "demo-spa-rotating"] {
        for mode in ["query", "web_message"] {
            let changes = [("client_id", Some(client)), ("response_mode", Some(mode))];
            let answer = ask(&browser, &changes, &INACTIVE).await;
            assert_eq!(answer.header(HEADER), format!("retry; allowed-origin=\"{APP}\""), "{client} {mode}");
        }
    }
}

/// What comes back with cookies is answered as ever.
#[tokio::test]
async fn the_repeated_request_finds_the_session() {
    let mut browser = Harness::new().await;
    sign_in(&mut browser, "ada").await;
    let active = INACTIVE.map(|(name, value)| (name, if value == "inactive" { "active" } else { value }));
    let answer = browser.get_with(&request(&[("prompt", Some("none"))]), &active).await;
    assert_eq!((outcome(&answer).as_str(), answer.header(HEADER)), ("code", ""));
}

#[tokio::test]
async fn nobody_else_is_asked() {
    let yaml = include_str!("../../tenant.yaml").replace(
        "    web_origins: &origins [\"##APP_ORIGIN##\"]\n",
        "    web_origins: &origins [\"##APP_ORIGIN##\", \"https://*.shop.example.com\"]\n",
    );
    let yaml = yaml.replace("/silent-callback.html\"]", "/silent-callback.html\", \"https://a.shop.example.com/cb\"]");
    let mut browser = Harness::with_file(&yaml).await;
    let with =
        |name: &str, value: &'static str| INACTIVE.map(|(own, before)| (own, if own == name { value } else { before }));
    let shop = [("redirect_uri", Some("https://a.shop.example.com/cb"))];
    for (what, changes, headers) in [
        ("no Origin", &[][..], INACTIVE[..3].to_vec()),
        ("an unregistered origin", &[], with("origin", "https://evil.example").to_vec()),
        ("an opaque origin", &[], with("origin", "null").to_vec()),
        ("another origin than the answer's", &[], with("origin", "http://app.demo.localhost:3000").to_vec()),
        ("an origin by wildcard", &shop, with("origin", "https://a.shop.example.com").to_vec()),
        ("no grant", &[], with("sec-fetch-storage-access", "none").to_vec()),
        ("a grant that was used", &[], with("sec-fetch-storage-access", "active").to_vec()),
        ("a page of its own", &[], with("sec-fetch-dest", "document").to_vec()),
        ("another error", &[("audience", Some("https://nobody.example"))], INACTIVE.to_vec()),
        ("a client without that callback", &[("client_id", Some("native-app"))], INACTIVE.to_vec()),
        ("an unknown client", &[("client_id", Some("nobody"))], INACTIVE.to_vec()),
    ] {
        let answer = ask(&browser, changes, &headers).await;
        assert_eq!(answer.header(HEADER), "", "{what}");
    }
    let page = load(&browser, &request(&[]), &[], &INACTIVE).await;
    assert_eq!((page.header(HEADER), page.header("location").contains("/u/login")), ("", true), "a login page");
    let session = ("__Host-tenant-session".to_owned(), "over".to_owned());
    let answer = load(&browser, &request(&[("prompt", Some("none"))]), &[session], &INACTIVE).await;
    assert_eq!((outcome(&answer).as_str(), answer.header(HEADER)), ("login_required", ""), "it came by itself");
    signed_in(&mut browser).await;
    let cookies = crate::common::partition::partitioned(&browser);
    let answer = load(&browser, &request(&[("prompt", Some("none"))]), &cookies, &INACTIVE).await;
    assert_eq!((outcome(&answer).as_str(), answer.header(HEADER)), ("code", ""), "a partitioned session does");
}

/// The frame of session management is the same page with and without cookies, and its script reads one.
#[tokio::test]
async fn the_frame_of_session_management_is_let_have_its_cookies() {
    let browser = Harness::new().await;
    let url = format!("{TENANT}/oidc/check_session");
    assert_eq!(load(&browser, &url, &[], &INACTIVE).await.header(HEADER), "load");
    let evil = INACTIVE.map(|(name, value)| (name, if name == "origin" { "https://evil.example" } else { value }));
    for headers in [&evil[..], &INACTIVE[..3], &FRAME] {
        assert_eq!(load(&browser, &url, &[], headers).await.header(HEADER), "", "{headers:?}");
    }
}

/// The record says what the browser said.
#[tokio::test]
async fn the_record_tells_what_the_browser_said() {
    let mut browser = Harness::new().await;
    ask(&browser, &[], &FRAME).await;
    let summary = browser.decision().await["summary"].as_str().expect("words").to_owned();
    assert!(summary.contains("sends this frame no cookies (Sec-Fetch-Storage-Access: none)"), "{summary}");
    let answer = ask(&browser, &[("redirect_uri", Some(CALLBACK))], &INACTIVE).await;
    assert_eq!(answer.parameters()["sec_fetch_storage_access"], "inactive");
    let summary = browser.decision().await["summary"].as_str().expect("words").to_owned();
    assert!(summary.contains("would send cookies if asked to (Sec-Fetch-Storage-Access: inactive)"), "{summary}");
}
