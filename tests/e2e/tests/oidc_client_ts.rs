//! oidc-client-ts, which knows any provider by discovery: it signs in, renews by its own silent page and watches the session.

use std::fs;

use e2e::{Browser, Mode, PATIENCE, Page, Pair, Setting, Tenant, outcome_of, until};
use serde_json::{Value, json};
use tempfile::TempDir;

claims!(chromium in ChromiumAllowing at CrossSite: oidc_client_ts_renews_silently_and_sees_the_session_end);
claims!(firefox in FirefoxDefault at CustomDomain: oidc_client_ts_renews_silently_and_sees_the_session_end);

/// The page and the SDK in one folder.
fn page() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let modules = Setting::NodeModules.path();
    let sources = modules.parent().expect("tests/sdk").join("oidc-client-ts");
    let sdk = modules.join("oidc-client-ts/dist/browser/oidc-client-ts.min.js");
    let own = ["index.html", "page.js", "silent-callback.html", "silent-callback.js"].map(|name| sources.join(name));
    for file in own.iter().chain([&sdk]) {
        let name = file.file_name().expect("a name");
        fs::copy(file, folder.path().join(name)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    folder
}

/// Signs Ada in by the SDK's own two calls; gives the name in her profile.
async fn sign_in(browser: &Browser, app: &str) -> Value {
    browser.run("manager.signinRedirect()").await;
    Page::of(browser).fill_in_form("ada@example.com", "ada-password").await;
    browser.arrives_at(&format!("{app}/callback?")).await;
    outcome_of(browser, "manager.signinRedirectCallback().then((user) => user.profile.name)").await["value"].take()
}

const SILENTLY: &str = "manager.signinSilent().then((user) => user.access_token)";

async fn oidc_client_ts_renews_silently_and_sees_the_session_end(mode: Mode, pair: Pair) {
    let folder = page();
    let tenant = Tenant::serving(folder.path()).await;
    let (app, browser) = (tenant.app(pair).to_owned(), Browser::start(mode).await);
    let nobody = json!({ "error": "login_required", "description": "Login required" });
    browser.open(&app).await;
    assert_eq!(outcome_of(&browser, SILENTLY).await, nobody);

    assert_eq!(sign_in(&browser, &app).await, "Ada Lovelace");
    let before = tenant.silent_requests().await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let outcome = outcome_of(&browser, SILENTLY).await;
        tokens.push(outcome["value"].as_str().unwrap_or_else(|| panic!("{outcome}")).to_owned());
    }
    assert_ne!(tokens[0], tokens[1], "each renewal brings a token of its own");
    assert_eq!(tenant.silent_requests().await, before + 2);
    let decision = tenant.decisions("/authorize").await[0].to_string();
    assert!(decision.contains("the answer goes where its type is sent"), "no response_mode: {decision}");

    // Its session monitor asks the tenant's frame. A sign-out in another tab reaches the page by that alone.
    let watching = browser.tab().await;
    assert_eq!(browser.run("return signedOut").await, false);
    let logout = format!("{}/v2/logout?client_id=demo-spa&returnTo={app}/", tenant.origin(pair));
    browser.open_tab(&logout).await;
    browser.arrives_at(&app).await;
    browser.switch_to(&watching).await;
    let look = || async { browser.try_run("return signedOut").await.unwrap_or_default() };
    until(PATIENCE, "the SDK's event", look, |signed_out| *signed_out == true).await;

    // Its own sign-out shows the ID token as a hint, and nobody is asked.
    browser.open(&app).await;
    assert_eq!(sign_in(&browser, &app).await, "Ada Lovelace");
    browser.run("manager.signoutRedirect()").await;
    let home = format!("{app}/");
    until(PATIENCE, "coming home", || browser.address(), |address| *address == home).await;
    assert_eq!(outcome_of(&browser, SILENTLY).await, nobody);
}
