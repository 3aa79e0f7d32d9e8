//! auth0-spa-js of a stated version in a page of its own, which renews in a stated way.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::WindowHandle;

use crate::browser::Browser;
use crate::mode::Mode;
use crate::outcome;
use crate::page::Page;
use crate::scene::Pair;
use crate::setting::Setting;
use crate::site::Site;
use crate::tenant::Tenant;
use crate::wait::{PATIENCE, until};

/// A version of auth0-spa-js; `tests/sdk/package-lock.json` says which release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpaVersion {
    /// 1.22.6, the last of version 1.
    V1,
    /// 2.27.0.
    V2,
}

/// What the SDK's page may do: its worker is a `blob:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src blob:; connect-src http://localhost:*; \
                      frame-src http://localhost:*; base-uri 'none'; form-action 'none'";

/// How the SDK gets new tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// By the hidden frame.
    Frame,
    /// By refresh tokens that its worker keeps; by the hidden frame where there is none.
    Worker,
    /// The same, and the refresh tokens are in `localStorage`, where tabs share them.
    Storage,
    /// By refresh tokens in memory, and all tokens are bound to the SDK's key (RFC 9449). Version 2 alone knows that.
    Dpop,
}

impl Renewal {
    /// The application of the tenant, and the SDK's options. Version 1 falls back by itself.
    fn options(self) -> Value {
        let by_refresh_tokens = |location: &str| {
            json!({
                "client_id": "demo-spa-rotating",
                "useRefreshTokens": true,
                "useRefreshTokensFallback": true,
                "cacheLocation": location,
            })
        };
        match self {
            Self::Frame => json!({ "client_id": "demo-spa" }),
            Self::Worker => by_refresh_tokens("memory"),
            Self::Storage => by_refresh_tokens("localstorage"),
            Self::Dpop => {
                let mut options = by_refresh_tokens("memory");
                options["useDpop"] = true.into();
                options
            }
        }
    }
}

/// The SDK in a browser, and its tenant.
pub struct SpaJs {
    /// The browser.
    pub browser: Browser,
    /// The tenant.
    pub tenant: Tenant,
    origin: String,
    _site: Site,
    _page: TempDir,
}

impl SpaJs {
    /// A fresh browser in this mode, and a fresh tenant that takes a spent refresh token for `leeway` seconds more. The page is
    /// open, nobody is signed in.
    ///
    /// # Panics
    ///
    /// If the page cannot be put together, or something does not start.
    pub async fn start(mode: Mode, version: SpaVersion, renewal: Renewal, leeway: u32) -> Self {
        let folder = put_together(version, renewal);
        let page = folder.path();
        let site = Site::start(Site::folder(page, POLICY)).await;
        let origin = site.at("localhost", "");
        let edits = [
            ("&callbacks [", format!("&callbacks [\"{origin}/callback\", ")),
            ("&origins [", format!("&origins [\"{origin}\", ")),
            ("&logout [", format!("&logout [\"{origin}/\", ")),
            ("leeway: 10", format!("leeway: {leeway}")),
        ];
        let tenant = Tenant::edited(page, &edits).await;
        set_meta(page, "issuer", "", &format!("{}/", tenant.origin(Pair::SameHost)));
        let browser = Browser::start(mode).await;
        let sdk = Self { browser, tenant, origin, _site: site, _page: folder };
        sdk.open().await;
        sdk
    }

    /// Opens the page anew in the current tab.
    pub async fn open(&self) {
        self.browser.open(&self.app("/")).await;
    }

    /// Opens the page in a second tab, which becomes the current one.
    pub async fn open_tab(&self) -> WindowHandle {
        self.browser.open_tab(&self.app("/")).await
    }

    /// The address of a path of the app.
    #[must_use]
    pub fn app(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Lets the page evaluate `code`, a promise of the SDK's.
    pub async fn begin(&self, code: &str) {
        outcome::begin(&self.browser, code).await;
    }

    /// What the promise came to, as `value`, or `error` and `description`; and after how many `millis`.
    pub async fn outcome(&self, code: &str) -> Value {
        outcome::end(&self.browser, code).await
    }

    /// Both of these.
    pub async fn call(&self, code: &str) -> Value {
        self.begin(code).await;
        self.outcome(code).await
    }

    /// As [`call`](Self::call); gives the value.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub async fn succeeds(&self, code: &str) -> Value {
        let mut outcome = self.call(code).await;
        assert!(outcome["error"].is_null(), "{code}: {outcome}");
        outcome["value"].take()
    }

    /// Signs Ada in through the tenant's login page, by the SDK's own two calls.
    pub async fn sign_in(&self) {
        self.browser.run("client.loginWithRedirect()").await;
        Page::of(&self.browser).fill_in_form("ada@example.com", "ada-password").await;
        self.browser.arrives_at(&self.app("/callback?")).await;
        assert_eq!(self.succeeds("client.handleRedirectCallback().then(() => 'handled')").await, "handled");
    }

    /// A new access token.
    pub async fn renewed(&self) -> Value {
        let token = self.succeeds("renewed()").await;
        assert!(token.is_string(), "{token}");
        token
    }

    /// Signs out by the SDK's call, and comes back to the start.
    pub async fn sign_out(&self) {
        self.browser.run("window.before = true; signOut()").await;
        let look = || async {
            self.browser.try_run("return [location.href, window.before, typeof client]").await.unwrap_or_default()
        };
        let home = json!([self.app("/"), null, "object"]);
        until(PATIENCE, "coming home", look, |seen| *seen == home).await;
    }

    /// Which family each spent refresh token belonged to, and its place in it; oldest first.
    pub async fn spent(&self) -> Vec<(String, u64)> {
        let entries = self.tenant.logs("sertft").await;
        let details = entries.iter().rev().map(|entry| &entry["details"]);
        let read = |details: &Value| {
            let family = details["familyId"].as_str().unwrap_or_else(|| panic!("a family: {details}"));
            (family.to_owned(), details["tokenCounter"].as_u64().unwrap_or_else(|| panic!("a number: {details}")))
        };
        details.map(read).collect()
    }
}

/// The page and the SDK in one folder.
fn put_together(version: SpaVersion, renewal: Renewal) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let modules = Setting::NodeModules.path();
    let sources = modules.parent().expect("tests/sdk").join("auth0-spa-js");
    let package = modules.join(if version == SpaVersion::V1 { "auth0-spa-js-1" } else { "@auth0/auth0-spa-js" });
    let sdk = package.join("dist/auth0-spa-js.production.js");
    for file in [sdk, sources.join("index.html"), sources.join("page.js")] {
        let name = file.file_name().expect("a name");
        fs::copy(&file, folder.path().join(name)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    set_meta(folder.path(), "sdk-options", "{}", &renewal.options().to_string().replace('"', "&quot;"));
    folder
}

/// Fills in a meta element of the page in this folder.
fn set_meta(folder: &Path, name: &str, before: &str, after: &str) {
    let index: PathBuf = folder.join("index.html");
    let page = fs::read_to_string(&index).expect("the page");
    let [before, after] = [before, after].map(|content| format!("<meta name=\"{name}\" content=\"{content}\">"));
    assert!(page.contains(&before), "{before}: {page}");
    fs::write(&index, page.replace(&before, &after)).expect("written");
}
