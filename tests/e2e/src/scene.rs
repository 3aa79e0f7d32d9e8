//! One test's world: a tenant of its own, a browser in a stated mode, and a pair of addresses.

use crate::browser::Browser;
use crate::mode::Mode;
use crate::page::Page;
use crate::tenant::Tenant;
use crate::variant::Variant;

/// Which pair of addresses the app and its tenant have. Ports do not make a site; names do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pair {
    /// `localhost` and `localhost`.
    SameHost,
    /// `app.demo.localhost` and `login.demo.localhost`: two hosts of one site.
    CustomDomain,
    /// `app.localhost` and `tenant.localhost`: two sites.
    CrossSite,
}

impl Pair {
    /// Its place in the tenant's list of addresses.
    pub(crate) fn index(self) -> usize {
        match self {
            Self::SameHost => 0,
            Self::CustomDomain => 1,
            Self::CrossSite => 2,
        }
    }
}

/// A test's world. It ends with the test.
pub struct Scene {
    /// The browser.
    pub browser: Browser,
    /// The tenant, which serves the page too.
    pub tenant: Tenant,
    /// The pair of addresses.
    pub pair: Pair,
}

impl Scene {
    /// A fresh browser and a fresh tenant, nothing opened yet.
    pub async fn start(mode: Mode, pair: Pair) -> Self {
        Self { tenant: Tenant::start().await, browser: Browser::start(mode).await, pair }
    }

    /// As [`start`](Self::start), with a variant of the built page.
    pub async fn with(mode: Mode, pair: Pair, page: &Variant) -> Self {
        Self { tenant: Tenant::serving(page.path()).await, browser: Browser::start(mode).await, pair }
    }

    /// As [`start`](Self::start), and Ada has signed in by redirect.
    pub async fn signed_in(mode: Mode, pair: Pair) -> Self {
        let scene = Self::start(mode, pair).await;
        scene.sign_in().await;
        scene
    }

    /// Opens the page and signs Ada in by redirect.
    pub async fn sign_in(&self) {
        let page = self.open("/").await;
        page.is("signed-out").await;
        page.sign_in("ada@example.com", "ada-password").await;
        page.is("signed-in").await;
    }

    /// The address of a path of the app.
    #[must_use]
    pub fn app(&self, path: &str) -> String {
        format!("{}{path}", self.tenant.app(self.pair))
    }

    /// Opens a path of the app in the current tab.
    pub async fn open(&self, path: &str) -> Page<'_> {
        self.browser.open(&self.app(path)).await;
        self.page()
    }

    /// The page in the current tab.
    #[must_use]
    pub fn page(&self) -> Page<'_> {
        Page::of(&self.browser)
    }
}
