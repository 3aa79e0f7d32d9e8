//! auth0.js gets tokens silently, in each version's own ways, whether delegation is on or off; and is told at once when it cannot.

use e2e::{Auth0Js, Mode, Pair, Version};
use serde_json::{Value, json};

/// Each version in a module of its own, so that a failure names it.
macro_rules! versions {
    ($($name:ident is $version:ident),+) => {
        $(mod $name {
            #[tokio::test]
            async fn gets_tokens_in_a_hidden_frame() {
                super::gets_tokens_in_a_hidden_frame(e2e::Version::$version).await;
            }

            #[tokio::test]
            async fn is_told_at_once_that_nobody_is_signed_in() {
                super::is_told_at_once_that_nobody_is_signed_in(e2e::Version::$version).await;
            }

            #[tokio::test]
            async fn is_told_at_once_when_the_browser_keeps_the_cookie() {
                super::is_told_at_once_when_the_browser_keeps_the_cookie(e2e::Version::$version).await;
            }
        })+
    };
}

versions!(auth0_js_7 is V7, auth0_js_8 is V8, auth0_js_9 is V9, auth0_js_10 is V10);

/// The silent calls of a version.
fn calls(version: Version) -> Vec<&'static str> {
    if version == Version::V7 {
        return vec!["sdk().silentAuthentication({ callbackURL: `${location.origin}/silent-callback.html` }, done)"];
    }
    vec![
        "sdk().checkSession({ audience: 'https://notes.example.com', scope: 'openid profile email read:notes' }, done)",
        "sdk().renewAuth({ redirectUri: `${location.origin}/silent-callback.html` }, done)",
        "sdk().renewAuth({ redirectUri: `${location.origin}/silent-callback.html`, usePostMessage: true, \
         postMessageDataType: 'auth0:silent-authentication' }, done)",
    ]
}

async fn gets_tokens_in_a_hidden_frame(version: Version) {
    let sdk = Auth0Js::start(version, Mode::ChromiumAllowing, Pair::CrossSite).await;
    let mut seen = vec![sdk.sign_in().await["accessToken"].take()];
    let before = sdk.tenant.silent_requests().await;
    let mut made = 0;
    for allowed in [true, false] {
        sdk.allow_delegation(allowed).await;
        for call in calls(version) {
            let value = sdk.succeeds(call).await;
            made += 1;
            assert!(value["accessToken"].is_string() && !seen.contains(&value["accessToken"]), "a new one: {value}");
            let claims = sdk.claims(&value["idToken"]).await;
            assert_eq!((&claims["aud"], &claims["sub"]), (&json!("legacy-spa"), &json!("auth0|ada")), "{call}");
            seen.push(value["accessToken"].clone());

            let decision = &sdk.tenant.decisions("/authorize").await[0];
            let request = &decision["request"];
            assert_eq!((&decision["outcome"], &request["session_cookie"]), (&json!("tokens"), &json!("present")));
            assert_eq!(
                (&request["sec_fetch_dest"], &request["sec_fetch_site"]),
                (&json!("iframe"), &json!("cross-site"))
            );
        }
    }
    assert_eq!(sdk.tenant.silent_requests().await, before + made);
    let log = sdk.tenant.logs("ssa,fsa").await;
    assert_eq!(log.len(), made, "{log:?}");
    assert!(log.iter().all(|entry| entry["type"] == "ssa" && entry["client_id"] == "legacy-spa"), "{log:?}");
    let page = sdk.browser.address().await;
    assert!(page.starts_with(&sdk.app("/callback")), "the page was never left: {page}");
}

async fn is_told_at_once_that_nobody_is_signed_in(version: Version) {
    let sdk = Auth0Js::start(version, Mode::ChromiumAllowing, Pair::CrossSite).await;
    for call in calls(version) {
        login_required(&sdk, call).await;
        let decision = &sdk.tenant.decisions("/authorize").await[0];
        assert_eq!((&decision["outcome"], &decision["cause"]), (&json!("login_required"), &json!("no_session_cookie")));
    }
}

async fn is_told_at_once_when_the_browser_keeps_the_cookie(version: Version) {
    let sdk = Auth0Js::start(version, Mode::ChromiumBlocking, Pair::CrossSite).await;
    sdk.sign_in().await;
    for call in calls(version) {
        login_required(&sdk, call).await;
        let decision = &sdk.tenant.decisions("/authorize").await[0];
        let request = &decision["request"];
        assert_eq!((&decision["outcome"], &request["session_cookie"]), (&json!("login_required"), &json!("absent")));
        assert_eq!(request["sec_fetch_storage_access"], "none", "and the browser says so itself: {decision}");
    }
}

/// Each call says so long before the SDK's own timeout of 60 s.
async fn login_required(sdk: &Auth0Js, call: &str) {
    let outcome: Value = sdk.call(call).await;
    assert_eq!(outcome["error"]["error"], "login_required", "{call}: {outcome}");
    assert_eq!(outcome["value"], Value::Null, "{call}: {outcome}");
    assert!(outcome["millis"].as_f64().is_some_and(|millis| millis < 10_000.0), "{call}: {outcome}");
    let entry = &sdk.tenant.logs("ssa,fsa").await[0];
    assert_eq!((&entry["type"], &entry["description"]), (&json!("fsa"), &json!("Login required")), "{entry}");
}
