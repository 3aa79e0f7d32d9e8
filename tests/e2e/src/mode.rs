//! Browsers in stated cookie modes: what a hidden frame of another site gets is the browser's decision, so each test names it.

use serde_json::json;
use thirtyfour::common::capabilities::firefox::FirefoxPreferences;
use thirtyfour::{
    Capabilities, CapabilitiesHelper, ChromeCapabilities, ChromiumLikeCapabilities, FirefoxCapabilities,
    LoggingPrefsLogLevel,
};

use crate::setting::Setting;

/// A browser, and what it does with cookies of other sites' frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Chromium that sends them (`profile.cookie_controls_mode` 0).
    ChromiumAllowing,
    /// Chromium that does not (`profile.cookie_controls_mode` 1).
    ChromiumBlocking,
    /// Firefox as it comes: a frame has its own jar for each site it is in (Total Cookie Protection).
    FirefoxDefault,
    /// Firefox that gives such frames no cookies at all (`network.cookie.cookieBehavior` 1).
    FirefoxBlocking,
}

/// What a frame of another site sees in a mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// A cookie that its host set as a page of its own (`SameSite=None; Secure`).
    pub(crate) from_own_page: bool,
    /// A cookie of the same kind that it set itself when it was in that frame before.
    pub(crate) from_the_frame: bool,
    /// One that it set itself there, for this site alone (CHIPS).
    pub(crate) partitioned: bool,
}

/// What Chromium needs to run as root, without a screen, and without talking to its maker.
const CHROMIUM: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
];

impl Mode {
    /// Whether it is Firefox; otherwise it is Chromium.
    #[must_use]
    pub fn is_firefox(self) -> bool {
        matches!(self, Self::FirefoxDefault | Self::FirefoxBlocking)
    }

    pub(crate) fn expected(self) -> Seen {
        match self {
            Self::ChromiumAllowing => Seen { from_own_page: true, from_the_frame: true, partitioned: true },
            Self::ChromiumBlocking => Seen { from_own_page: false, from_the_frame: false, partitioned: true },
            Self::FirefoxDefault => Seen { from_own_page: false, from_the_frame: true, partitioned: true },
            Self::FirefoxBlocking => Seen { from_own_page: false, from_the_frame: false, partitioned: false },
        }
    }

    pub(crate) fn driver(self) -> Setting {
        if self.is_firefox() { Setting::Geckodriver } else { Setting::Chromedriver }
    }

    /// What to ask the driver for. It makes a fresh profile each time.
    pub(crate) fn capabilities(self) -> Capabilities {
        let mut capabilities = match self {
            Self::ChromiumAllowing => chromium(0),
            Self::ChromiumBlocking => chromium(1),
            Self::FirefoxDefault => firefox(None),
            Self::FirefoxBlocking => firefox(Some(1)),
        };
        // A tenant in memory has an authority of this start alone, which no browser knows.
        capabilities.accept_insecure_certs(true).expect("a capability that can be written as JSON");
        capabilities
    }
}

fn chromium(cookie_controls: u8) -> Capabilities {
    let mut capabilities = ChromeCapabilities::new();
    let result = CHROMIUM
        .iter()
        .try_for_each(|argument| capabilities.add_arg(argument))
        .and_then(|()| capabilities.set_binary(&path(Setting::Chromium)))
        .and_then(|()| capabilities.set_browser_log_level(LoggingPrefsLogLevel::All))
        .and_then(|()| {
            let preferences = json!({ "profile.cookie_controls_mode": cookie_controls });
            capabilities.add_experimental_option("prefs", preferences)
        });
    result.expect("capabilities that can be written as JSON");
    capabilities.into()
}

fn firefox(cookie_behavior: Option<u8>) -> Capabilities {
    let mut capabilities = FirefoxCapabilities::new();
    let mut preferences = FirefoxPreferences::new();
    let result = capabilities
        .add_arg("-headless")
        .and_then(|()| capabilities.set_firefox_binary(&path(Setting::Firefox)))
        .and_then(|()| match cookie_behavior {
            Some(behavior) => preferences.set("network.cookie.cookieBehavior", behavior),
            None => Ok(()),
        })
        .and_then(|()| capabilities.set_preferences(preferences));
    result.expect("capabilities that can be written as JSON");
    capabilities.into()
}

fn path(setting: Setting) -> String {
    setting.path().to_string_lossy().into_owned()
}
