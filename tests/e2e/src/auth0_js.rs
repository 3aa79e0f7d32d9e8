//! auth0.js of a stated version in a page of the app's address, over TLS: it knows nothing but https.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::browser::Browser;
use crate::mode::Mode;
use crate::page::Page;
use crate::scene::Pair;
use crate::setting::Setting;
use crate::tenant::Tenant;
use crate::wait::{PATIENCE, until};

/// A version of auth0.js; `tests/sdk/package-lock.json` says which release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// 7.6.1, with `getDelegationToken`.
    V7,
    /// 8.12.3, with `delegation`, `renewAuth` and `checkSession`.
    V8,
    /// 9.32.0, with the same.
    V9,
    /// 10.2.1, with the same.
    V10,
}

impl Version {
    /// The name of its package under `node_modules`.
    fn package(self) -> &'static str {
        match self {
            Self::V7 => "auth0-js-7",
            Self::V8 => "auth0-js-8",
            Self::V9 => "auth0-js-9",
            Self::V10 => "auth0-js-10",
        }
    }
}

/// The SDK in a browser, and the tenant that serves its page under the same content policy as the app.
pub struct Auth0Js {
    /// The browser.
    pub browser: Browser,
    /// The tenant.
    pub tenant: Tenant,
    pair: Pair,
    _page: TempDir,
}

impl Auth0Js {
    /// A fresh browser in this mode, and a fresh tenant whose page has this version. The page is open, nobody is signed in.
    ///
    /// # Panics
    ///
    /// If the page cannot be put together, or something does not start.
    pub async fn start(version: Version, mode: Mode, pair: Pair) -> Self {
        let page = put_together(version);
        let tenant = Tenant::over_tls(page.path()).await;
        let sdk = Self { browser: Browser::start(mode).await, tenant, pair, _page: page };
        sdk.browser.open(&sdk.app("/")).await;
        sdk
    }

    /// The address of a path of the app.
    #[must_use]
    pub fn app(&self, path: &str) -> String {
        format!("{}{path}", self.tenant.app(self.pair))
    }

    /// Runs `code`, which hands `done` to the SDK as its callback; gives what that got, as `error` and `value`.
    pub async fn call(&self, code: &str) -> Value {
        self.browser.run(&format!("call((done) => {code})")).await;
        let look = || async { self.browser.try_run("return window.outcome").await.unwrap_or_default() };
        until(PATIENCE, code, look, |outcome| !outcome.is_null()).await.0
    }

    /// As [`call`](Self::call); gives the value.
    ///
    /// # Panics
    ///
    /// If the callback got an error.
    pub async fn succeeds(&self, code: &str) -> Value {
        let mut outcome = self.call(code).await;
        assert!(outcome["error"].is_null(), "{code}: {outcome}");
        outcome["value"].take()
    }

    /// As [`call`](Self::call); gives the error.
    ///
    /// # Panics
    ///
    /// If the callback got none, or a value beside it.
    pub async fn fails(&self, code: &str) -> Value {
        let mut outcome = self.call(code).await;
        assert!(outcome["error"].is_object() && outcome["value"].is_null(), "{code}: {outcome}");
        outcome["error"].take()
    }

    /// Signs Ada in through the tenant's login page, by the SDK's own calls; gives what they came to.
    pub async fn sign_in(&self) -> Value {
        self.browser.run("signIn()").await;
        Page::of(&self.browser).fill_in_form("ada@example.com", "ada-password").await;
        self.browser.arrives_at(&self.app("/callback#")).await;
        self.succeeds("comeBack(done)").await
    }

    /// The claims of a token.
    pub async fn claims(&self, token: &Value) -> Value {
        self.browser.run(&format!("return claims({token})")).await
    }

    /// Lets ID and refresh tokens be exchanged, or not, by the tenant's flag. The date is out of the way.
    pub async fn allow_delegation(&self, allowed: bool) {
        let switches = json!({ "mandatory_date": null, "allow_legacy_delegation_grant_types": allowed });
        let now = self.tenant.turn_delegation(&switches).await;
        assert_eq!(now["id_tokens_allowed"], allowed, "{now}");
    }

    /// The kinds of log entry about delegation, oldest first.
    pub async fn delegation_log(&self) -> Vec<String> {
        let entries = self.tenant.logs("sd,fd,depnote").await;
        entries.iter().rev().map(|entry| entry["type"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// The page and the SDK in one folder.
fn put_together(version: Version) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let modules = Setting::NodeModules.path();
    let sources = modules.parent().expect("tests/sdk");
    for name in ["index.html", "page.js", "silent-callback.html", "silent-callback.js"] {
        copy(&sources.join("auth0-js").join(name), &folder.path().join(name));
    }
    let sdk = folder.path().join("auth0.js");
    match version {
        Version::V7 | Version::V8 => bundle(sources, version, &sdk),
        Version::V9 | Version::V10 => copy(&modules.join(version.package()).join("dist/auth0.min.js"), &sdk),
    }
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
}

/// Up to version 8 npm has nothing but CommonJS modules.
fn bundle(sources: &Path, version: Version, sdk: &Path) {
    let mut esbuild = Command::new(sources.join("node_modules/.bin/esbuild"));
    esbuild.current_dir(sources).arg(version.package()).args([
        "--bundle",
        "--format=iife",
        "--global-name=auth0",
        // As the bundlers of the time did by themselves.
        "--define:global=window",
        "--log-level=warning",
    ]);
    let output = esbuild.arg(format!("--outfile={}", sdk.display())).output();
    let output = output.unwrap_or_else(|error| panic!("{esbuild:?}: {error}"));
    assert!(output.status.success(), "{esbuild:?}: {}", String::from_utf8_lossy(&output.stderr));
}
