//! A browser in a stated mode, and what a test does in it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::process::Command;

use crate::mode::Mode;
use crate::probe::Probe;
use crate::program::Program;
use crate::wait::{PATIENCE, until};

/// How long a browser may take to end.
const END_WITHIN: Duration = Duration::from_secs(10);

/// A browser with a fresh profile. Dropping it ends the browser, then its driver.
pub struct Browser {
    driver: WebDriver,
    driver_port: u16,
    mode: Mode,
    _program: Program,
    /// The profile and whatever else the browser writes. Declared last, so that it goes when nobody writes any more.
    _scratch: TempDir,
}

impl Browser {
    /// Starts a browser, and proves that it is in this mode.
    ///
    /// # Panics
    ///
    /// If it does not start, or is in another mode: then the environment changed, not the product.
    pub async fn start(mode: Mode) -> Self {
        let mut command = Command::new(mode.driver().path());
        let scratch = tempfile::tempdir().expect("a folder");
        command.arg("--port=0").env("TMPDIR", scratch.path());
        let (program, port) = Program::start(command, port).await;
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), mode.capabilities()).await;
        let driver = driver.unwrap_or_else(|error| panic!("{mode:?} did not start: {error}"));
        let browser = Self { driver, driver_port: port, mode, _program: program, _scratch: scratch };
        browser.prove_mode().await;
        browser
    }

    async fn prove_mode(&self) {
        let probe = Probe::start().await;
        self.open(&probe.own_page()).await;
        self.open(&probe.framing_page()).await;
        let look = || async { probe.seen() };
        let (seen, _) = until(PATIENCE, "the probe's second frame", look, Option::is_some).await;
        let expected = Some(self.mode.expected());
        assert_eq!(seen, expected, "this browser is not in the mode {:?}: the environment changed", self.mode);
    }

    /// The mode it is in.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The WebDriver session itself.
    #[must_use]
    pub fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Grants pages of `app` that frames of `tenant` in them have its cookies, as a person does who answers Chromium's question.
    ///
    /// # Panics
    ///
    /// If the browser is none that can be told so.
    pub async fn grant_storage_access(&self, app: &str, tenant: &str) {
        let permission = json!({
            "permission": { "name": "storage-access" },
            "setting": "granted",
            "origin": app,
            "embeddedOrigin": tenant,
        });
        let set = self.driver.cdp().send_raw("Browser.setPermission", permission).await;
        set.expect("a permission that can be set");
    }

    /// Opens an address in the current tab.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub async fn open(&self, url: &str) {
        self.driver.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Opens an address in a new tab, which becomes the current one.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub async fn open_tab(&self, url: &str) -> WindowHandle {
        let tab = self.driver.new_tab().await.expect("a new tab");
        self.switch_to(&tab).await;
        self.open(url).await;
        tab
    }

    /// Runs a script that opens a window or tab, which becomes the current one.
    ///
    /// # Panics
    ///
    /// If none opens.
    pub async fn open_by(&self, script: &str) {
        let before = self.driver.windows().await.expect("windows");
        self.run(script).await;
        let look = || async { self.driver.windows().await.unwrap_or_default() };
        let (windows, _) = until(PATIENCE, "a new window", look, |windows| windows.len() > before.len()).await;
        let new = windows.into_iter().find(|window| !before.contains(window)).expect("one is new");
        self.switch_to(&new).await;
    }

    /// Opens an address in a window whose page is 320 pixels wide, the least that a page should work at (WCAG 2.2, section
    /// 1.4.10). Only a popup can be that narrow.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub async fn open_narrow(&self, url: &str) {
        self.open_by(&format!("window.open('{url}', 'narrow', 'popup,width=320,height=640')")).await;
        // Chromium without a screen makes it wider than asked.
        let narrow = if self.mode.is_firefox() { Ok(()) } else { self.driver.set_window_rect(0, 0, 320, 640).await };
        narrow.expect("a narrow window");
        let width = || async { self.try_run("return innerWidth").await.unwrap_or_default() };
        until(PATIENCE, "a width of 320 pixels", width, |width| *width == 320).await;
    }

    /// The current tab.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub async fn tab(&self) -> WindowHandle {
        self.driver.window().await.expect("a tab")
    }

    /// Makes a tab the current one.
    ///
    /// # Panics
    ///
    /// If it is gone.
    pub async fn switch_to(&self, tab: &WindowHandle) {
        self.driver.switch_to_window(tab.clone()).await.expect("a tab");
    }

    /// Runs a script in the page, and gives what it returns.
    ///
    /// # Panics
    ///
    /// If it throws.
    pub async fn run(&self, script: &str) -> Value {
        self.try_run(script).await.unwrap_or_else(|error| panic!("{script}\n{error}"))
    }

    /// As [`run`](Self::run); a script that throws, or that a page was left under, is an error.
    ///
    /// # Errors
    ///
    /// What the driver says.
    pub async fn try_run(&self, script: &str) -> WebDriverResult<Value> {
        Ok(self.driver.execute(script, Vec::new()).await?.json().clone())
    }

    /// The address of the current page.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub async fn address(&self) -> String {
        self.driver.current_url().await.expect("an address").into()
    }

    /// Waits until the address begins with `prefix`.
    pub async fn arrives_at(&self, prefix: &str) {
        let what = format!("arriving at {prefix}");
        until(PATIENCE, &what, || self.address(), |address| address.starts_with(prefix)).await;
    }

    /// The element that the selector finds, once it is there and shown.
    ///
    /// # Panics
    ///
    /// If it does not come.
    pub async fn element(&self, css: &str) -> WebElement {
        self.the(By::Css(css.to_owned()), css).await
    }

    /// The button or link of this name, once it is there, shown and enabled.
    ///
    /// # Panics
    ///
    /// If it does not come.
    pub async fn control(&self, name: &str) -> WebElement {
        let words = format!("normalize-space(.)='{name}'");
        let path = format!("//button[{words} and not(@disabled) and not(@aria-disabled)] | //a[{words}]");
        self.the(By::XPath(path), name).await
    }

    async fn the(&self, by: By, what: &str) -> WebElement {
        let found = self.driver.query(by).wait(PATIENCE, Duration::from_millis(25)).and_displayed().first().await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("no {what}: {error}\n{}", self.text().await),
        }
    }

    /// Clicks the button or link of this name.
    ///
    /// # Panics
    ///
    /// If it cannot be clicked.
    pub async fn click(&self, name: &str) {
        self.control(name).await.click().await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    /// Waits until the page's text has this in it; gives how long that took.
    pub async fn reads(&self, text: &str) -> Duration {
        let wanted = text.to_owned();
        let look = || self.text();
        until(PATIENCE, &format!("reading “{text}”"), look, move |page| page.contains(&wanted)).await.1
    }

    /// What the page shows, as text.
    pub async fn text(&self) -> String {
        let text = self.try_run("return document.body ? document.body.innerText : ''").await;
        text.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Presses keys where the focus is.
    ///
    /// # Panics
    ///
    /// If the driver cannot.
    pub async fn press(&self, keys: impl Into<TypingData>) {
        self.driver.action_chain().send_keys(keys).perform().await.expect("keys to press");
    }
}

impl Drop for Browser {
    /// Ends the session (WebDriver, section 8.2), and with it the browser. A test that fails leaves no browser behind
    /// either, so this cannot wait for the test's runtime, which is not running any more.
    fn drop(&mut self) {
        let _ = self.driver.clone().leak();
        if let Err(error) = end_session(self.driver_port, &self.driver.session_id().to_string()) {
            eprintln!("{:?} may not have ended: {error}", self.mode);
        }
    }
}

fn end_session(port: u16, session: &str) -> std::io::Result<()> {
    let mut driver = TcpStream::connect(("127.0.0.1", port))?;
    driver.set_read_timeout(Some(END_WITHIN))?;
    write!(driver, "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
    // The answer comes when the browser is gone.
    driver.read(&mut [0; 1]).map(drop)
}

/// The port in a driver's first lines: `… on port 4444.` or `Listening on 127.0.0.1:4444`.
fn port(line: &str) -> Option<u16> {
    let digits = match line.split_once("on port ") {
        Some((_, rest)) if line.contains("started successfully") => rest,
        _ => line.split_once("Listening on 127.0.0.1:")?.1,
    };
    digits.trim_end_matches('.').parse().ok()
}
