//! Other people's SDKs against the tenant: `@auth0/auth0-spa-js` signs in, renews silently, and is told when nobody is signed in.

use std::fs;
use std::io::Write;

use e2e::{Browser, Mode, PATIENCE, Pair, Setting, Tenant, until};
use serde_json::Value;

/// The SDK's page in a browser, served by the tenant under the same content policy as the app.
struct Sdk {
    browser: Browser,
    tenant: Tenant,
    _page: tempfile::TempDir,
}

impl Sdk {
    async fn start() -> Self {
        let page = tempfile::tempdir().expect("a folder");
        let modules = Setting::NodeModules.path();
        let sdk = modules.join("@auth0/auth0-spa-js/dist/auth0-spa-js.production.js");
        let sources = modules.parent().expect("tests/sdk").join("auth0-spa-js");
        for file in [sdk, sources.join("index.html"), sources.join("page.js")] {
            let name = file.file_name().expect("a name");
            fs::copy(&file, page.path().join(name)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        }
        let tenant = Tenant::serving(page.path()).await;
        Self { browser: Browser::start(Mode::ChromiumAllowing).await, tenant, _page: page }
    }

    fn app(&self, path: &str) -> String {
        format!("{}{path}", self.tenant.app(Pair::SameHost))
    }

    /// Calls the SDK and waits for what it comes to.
    async fn call(&self, code: &str) -> Value {
        self.browser.run(&format!("call((client) => {code})")).await;
        let look = || async { self.browser.try_run("return window.outcome").await.unwrap_or_default() };
        until(PATIENCE, code, look, |outcome| !outcome.is_null()).await.0
    }

    /// Signs Ada in with the SDK's own two calls.
    async fn sign_in(&self) {
        self.browser.open(&self.app("/")).await;
        self.browser.run("client.loginWithRedirect()").await;
        e2e::Page::of(&self.browser).fill_in_form("ada@example.com", "ada-password").await;
        self.browser.arrives_at(&self.app("/callback?")).await;
        let handled = self.call("client.handleRedirectCallback().then(() => 'handled')").await;
        assert_eq!(handled["value"], "handled", "{handled}");
    }
}

#[tokio::test]
async fn auth0_spa_js_signs_in_and_gets_tokens_silently() {
    let sdk = Sdk::start().await;
    sdk.sign_in().await;
    let user = sdk.call("client.getUser()").await;
    assert_eq!(user["value"]["name"], "Ada Lovelace", "{user}");

    let before = sdk.tenant.silent_requests().await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let outcome = sdk.call("client.getTokenSilently({ cacheMode: 'off' })").await;
        tokens.push(outcome["value"].as_str().unwrap_or_else(|| panic!("{outcome}")).to_owned());
    }
    assert_ne!(tokens[0], tokens[1], "each call brings a token of its own");
    assert_eq!(sdk.tenant.silent_requests().await, before + 2);

    // A reload forgets the tokens, and the SDK's own check brings them back.
    sdk.browser.open(&sdk.app("/")).await;
    let restored = sdk.call("client.checkSession().then(() => client.isAuthenticated())").await;
    assert_eq!(restored["value"], true, "{restored}");
}

#[tokio::test]
async fn auth0_spa_js_is_told_at_once_that_nobody_is_signed_in() {
    let sdk = Sdk::start().await;
    sdk.browser.open(&sdk.app("/")).await;
    let outcome = sdk.call("client.getTokenSilently()").await;
    assert_eq!(outcome["error"], "login_required", "{outcome}");
    assert_eq!(outcome["description"], "Login required");
    let millis = outcome["millis"].as_f64().expect("a duration");
    // Past the test harness, which keeps what tests print that pass.
    writeln!(std::io::stderr(), "auth0-spa-js hears login_required after {millis:.0} ms").expect("standard error");
    assert!(millis < 10_000.0, "long before the SDK's own timeout of 60 s: {millis} ms");
}

#[tokio::test]
async fn auth0_spa_js_signs_out() {
    let sdk = Sdk::start().await;
    sdk.sign_in().await;
    let home = sdk.app("/");
    sdk.browser.run(&format!("client.logout({{ logoutParams: {{ returnTo: '{home}' }} }})")).await;
    let look = || async { sdk.browser.try_run("return [location.href, typeof client]").await.unwrap_or_default() };
    until(PATIENCE, "coming home", look, |seen| seen[0] == home.as_str() && seen[1] == "object").await;
    let outcome = sdk.call("client.getTokenSilently()").await;
    assert_eq!(outcome["error"], "login_required", "{outcome}");
}
