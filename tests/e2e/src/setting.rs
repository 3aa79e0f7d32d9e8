//! Where the built page, the tenant and the browsers are, as `cargo xtask test e2e` says.

use std::path::PathBuf;

/// A thing the tests need that is not in this package.
#[derive(Clone, Copy, Debug)]
pub enum Setting {
    /// The folder of the built page.
    Dist,
    /// The folder of the built minimal page.
    MinimalDist,
    /// The folder of the built page whose people sign in in a popup.
    PopupDist,
    /// The tenant's program.
    Tenant,
    /// Chromium's program.
    Chromium,
    /// Chromium's WebDriver.
    Chromedriver,
    /// Firefox's program.
    Firefox,
    /// Firefox's WebDriver.
    Geckodriver,
    /// The folder with the SDKs that `tests/sdk/package-lock.json` locks.
    NodeModules,
}

impl Setting {
    fn variable(self) -> &'static str {
        match self {
            Self::Dist => "SILENT_AUTH_DIST",
            Self::MinimalDist => "SILENT_AUTH_MINIMAL_DIST",
            Self::PopupDist => "SILENT_AUTH_POPUP_DIST",
            Self::Tenant => "SILENT_AUTH_TENANT",
            Self::Chromium => "CHROMIUM",
            Self::Chromedriver => "CHROMEDRIVER",
            Self::Firefox => "FIREFOX",
            Self::Geckodriver => "GECKODRIVER",
            Self::NodeModules => "SILENT_AUTH_NODE_MODULES",
        }
    }

    /// Its path.
    ///
    /// # Panics
    ///
    /// If the environment does not say.
    #[must_use]
    pub fn path(self) -> PathBuf {
        let variable = self.variable();
        match std::env::var_os(variable) {
            Some(path) if !path.is_empty() => path.into(),
            _ => panic!(
                "{variable} is not set. Run these tests by `cargo xtask test e2e`, which builds and sets everything."
            ),
        }
    }
}
