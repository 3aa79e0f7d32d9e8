//! An app that sends people to the tenant and reads what they come back with, without any SDK.

use std::collections::HashMap;
use std::fs;

use reqwest::Url;
use serde_json::Value;
use tempfile::TempDir;

use crate::browser::Browser;
use crate::mode::Mode;
use crate::page::Page;
use crate::scene::Pair;
use crate::tenant::Tenant;
use crate::wait::{PATIENCE, until};

/// The challenge of RFC 7636, appendix B. What the codes here buy is not what is tested.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The app's page in a browser, and its tenant, which serves it.
pub struct RelyingParty {
    /// The browser.
    pub browser: Browser,
    /// The tenant.
    pub tenant: Tenant,
    pair: Pair,
    _page: TempDir,
}

impl RelyingParty {
    /// A fresh browser in this mode, nothing opened yet, and a fresh tenant with these edits of the built-in file.
    ///
    /// # Panics
    ///
    /// If something does not start.
    pub async fn start(mode: Mode, pair: Pair, edits: &[(&str, String)]) -> Self {
        let page = tempfile::tempdir().expect("a folder");
        for (name, text) in
            [("index.html", include_str!("relying_party.html")), ("page.js", include_str!("relying_party.js"))]
        {
            fs::write(page.path().join(name), text).expect("written");
        }
        let tenant = Tenant::edited(page.path(), edits).await;
        Self { browser: Browser::start(mode).await, tenant, pair, _page: page }
    }

    /// The address of a path of the app.
    #[must_use]
    pub fn app(&self, path: &str) -> String {
        format!("{}{path}", self.tenant.app(self.pair))
    }

    /// The address of a path of the tenant, with parameters.
    ///
    /// # Panics
    ///
    /// If the path is none.
    #[must_use]
    pub fn tenant(&self, path: &str, parameters: &[(&str, &str)]) -> String {
        let address = format!("{}{path}", self.tenant.origin(self.pair));
        Url::parse_with_params(&address, parameters).expect("an address").into()
    }

    /// Leads to `/authorize`: as `demo-spa`, for a code and nothing but `openid`, unless `parameters` say otherwise.
    pub async fn asks(&self, parameters: &[(&str, &str)]) {
        let callback = self.app("/callback");
        let mut all = vec![
            ("client_id", "demo-spa"),
            ("response_type", "code"),
            ("scope", "openid"),
            ("redirect_uri", &callback),
            ("state", "the-state"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        all.retain(|(name, _)| parameters.iter().all(|(other, _)| other != name));
        all.extend(parameters);
        self.browser.open(&self.tenant("/authorize", &all)).await;
    }

    /// Waits until the browser is back at the app; gives the parameters of the answer.
    ///
    /// # Panics
    ///
    /// If they do not belong to the request.
    pub async fn answer(&self) -> HashMap<String, String> {
        self.browser.arrives_at(&self.app("/callback?")).await;
        let address = Url::parse(&self.browser.address().await).expect("an address");
        let answer: HashMap<_, _> = address.query_pairs().into_owned().collect();
        assert_eq!(answer.get("state").map(String::as_str), Some("the-state"), "{answer:?}");
        answer
    }

    /// What a request without any page is answered with: `code`, or the error.
    pub async fn silently(&self, parameters: &[(&str, &str)]) -> String {
        let parameters: Vec<_> = parameters.iter().copied().chain([("prompt", "none")]).collect();
        self.asks(&parameters).await;
        let answer = self.answer().await;
        answer
            .get("error")
            .cloned()
            .unwrap_or_else(|| if answer.contains_key("code") { "code" } else { "?" }.to_owned())
    }

    /// As [`asks`](Self::asks), and this user signs in at the tenant's page.
    pub async fn signs_in(&self, name: &str, parameters: &[(&str, &str)]) {
        self.asks(parameters).await;
        let (email, password) = (format!("{name}@example.com"), format!("{name}-password"));
        Page::of(&self.browser).fill_in_form(&email, &password).await;
    }

    /// What the tenant's session frame answers to a message of the page.
    pub async fn frame_says(&self, message: &str) -> String {
        let ready = || async { self.browser.try_run("return typeof window.ask").await.unwrap_or_default() };
        until(PATIENCE, "the session frame", ready, |kind| kind == "function").await;
        self.browser.run(&format!("ask({})", Value::from(message))).await;
        let look = || async { self.browser.try_run("return window.answer").await.unwrap_or_default() };
        let (answer, _) = until(PATIENCE, message, look, Value::is_string).await;
        answer.as_str().unwrap_or_default().to_owned()
    }
}
