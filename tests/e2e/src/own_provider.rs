//! npm's oidc-provider beside the tenant that serves the app: the provider of somebody's own.

use std::net::TcpListener;

use tokio::process::Command;

use crate::browser::Browser;
use crate::page::Page;
use crate::program::Program;
use crate::setting::Setting;
use crate::tenant::Tenant;

/// A running provider that knows the app. Dropping it ends it.
#[derive(Debug)]
pub struct OwnProvider {
    /// Its issuer, which is also its origin.
    pub issuer: String,
    _program: Program,
}

impl OwnProvider {
    /// An address that nothing listens at yet. The app's policy has to name it before the provider can know the app's address.
    ///
    /// # Panics
    ///
    /// If there is no free port.
    #[must_use]
    pub fn address() -> String {
        let listener = TcpListener::bind(("localhost", 0)).expect("a free port");
        format!("http://localhost:{}", listener.local_addr().expect("an address").port())
    }

    /// Starts it at this address, for the app that `tenant` serves at `localhost`.
    ///
    /// # Panics
    ///
    /// If it does not get ready.
    pub async fn start(issuer: String, tenant: &Tenant) -> Self {
        let script = Setting::NodeModules.path().with_file_name("oidc-provider").join("provider.mjs");
        let port = issuer.rsplit(':').next().unwrap_or_default();
        let mut command = Command::new("node");
        command.arg(script).arg(port).arg(tenant.app(crate::Pair::SameHost));
        let (program, ()) = Program::start(command, |line| (line == "ready").then_some(())).await;
        Self { issuer, _program: program }
    }

    /// Types the provider into the app's drawer, which is open.
    ///
    /// # Panics
    ///
    /// If the drawer has no such fields.
    pub async fn type_into(&self, browser: &Browser, refresh: bool) {
        for (name, text) in
            [("issuer", self.issuer.as_str()), ("client_id", "own-app"), ("audience", ""), ("scope", "openid email")]
        {
            let field = browser.element(&format!("#setting-{name}")).await;
            field.clear().await.expect("a field to empty");
            field.send_keys(text).await.expect("a field to type in");
        }
        for (name, wanted) in [("auth0", false), ("refresh", refresh)] {
            let ticked = browser.element(&format!("#setting-{name}")).await;
            if ticked.is_selected().await.expect("a box") != wanted {
                ticked.click().await.expect("a box to tick");
            }
        }
    }

    /// Signs in through its own pages, from the app's signed-out page and back to it.
    ///
    /// # Panics
    ///
    /// If its pages are others.
    pub async fn sign_in(&self, browser: &Browser) {
        browser.click("Sign in").await;
        browser.arrives_at(&format!("{}/interaction/", self.issuer)).await;
        browser.element("input[name=login]").await.send_keys("ada").await.expect("a field");
        browser.element("input[name=password]").await.send_keys("any").await.expect("a field");
        browser.element("button[type=submit]").await.click().await.expect("a button");
        // Its second page asks for consent.
        browser.click("Continue").await;
        Page::of(browser).is("signed-in").await;
    }
}
