//! Tests that run inside headless browsers, by wasm-bindgen's test runner.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Context;
use super::check::Check;
use crate::problem::Problem;
use crate::setup::Need;
use crate::workspace::{APP, CLIENT, WASM};

/// What the browser tests need.
pub(super) const NEEDS: &[Need] =
    &[Need::WasmTarget, Need::WasmBindgen, Need::Chromium, Need::Chromedriver, Need::Firefox, Need::Geckodriver];

/// How each browser is asked to start, for WebDriver.
const CAPABILITIES: &str = "webdriver.json";

/// A browser of the tests.
struct Browser {
    name: &'static str,
    browser: Need,
    driver: Need,
    /// The variable by which the test runner finds the driver.
    variable: &'static str,
    /// The browser's part of the capabilities.
    options: &'static str,
    needs: &'static [Need],
}

const BROWSERS: &[Browser] = &[
    Browser {
        name: "Chromium",
        browser: Need::Chromium,
        driver: Need::Chromedriver,
        variable: "CHROMEDRIVER",
        options: "goog:chromeOptions",
        needs: &[Need::WasmTarget, Need::WasmBindgen, Need::Chromium, Need::Chromedriver],
    },
    Browser {
        name: "Firefox",
        browser: Need::Firefox,
        driver: Need::Geckodriver,
        variable: "GECKODRIVER",
        options: "moz:firefoxOptions",
        needs: &[Need::WasmTarget, Need::WasmBindgen, Need::Firefox, Need::Geckodriver],
    },
];

/// Packages with tests for browsers, and the features they are tested with.
const PACKAGES: &[(&str, &[&str])] = &[(CLIENT, &["--all-features"]), (APP, &[])];

/// Each package in each browser.
pub(super) fn checks(context: &Context) -> Result<Vec<Check>, Problem> {
    let mut checks = Vec::new();
    for browser in BROWSERS {
        let capabilities = write_capabilities(context, browser)?;
        checks.extend(
            PACKAGES.iter().map(|(package, features)| check(context, browser, &capabilities, package, features)),
        );
    }
    Ok(checks)
}

fn check(context: &Context, browser: &Browser, capabilities: &Path, package: &str, features: &[&str]) -> Check {
    let toolbox = &context.toolbox;
    let mut command = context.workspace.cargo();
    command
        .args(["test", "--no-fail-fast", "--lib", "--tests", "--target", WASM, "--package", package])
        .args(features)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities)
        // A test file that names no place to run in runs in the browser too, and not unnoticed in Node.js.
        .env("WASM_BINDGEN_USE_BROWSER", "1")
        // Seconds; the runner's own 20 are short for a busy machine.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "180");
    for other in BROWSERS {
        command.env_remove(other.variable);
    }
    if let Some(driver) = toolbox.path(browser.driver) {
        command.env(browser.variable, driver);
    }
    if let Some(runner) = toolbox.path(Need::WasmBindgen) {
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
    }
    toolbox.wasm_compiler().apply(&mut command);
    Check::tests(format!("{package} in {}", browser.name), browser.needs, context.filtered(command))
}

/// Writes the capabilities of one browser into Cargo's target folder, with the browser's own path.
fn write_capabilities(context: &Context, browser: &Browser) -> Result<PathBuf, Problem> {
    let source = context.workspace.root.join(CAPABILITIES);
    let text = fs::read_to_string(&source).map_err(Problem::file(&source))?;
    let all: Value = serde_json::from_str(&text).map_err(|error| Problem::Unexpected {
        what: CAPABILITIES.to_owned(),
        expected: "JSON".to_owned(),
        found: error.to_string(),
    })?;
    let own = capabilities(&all, browser.options, context.toolbox.path(browser.browser));
    let folder = context.workspace.target.join("webdriver");
    fs::create_dir_all(&folder).map_err(Problem::file(&folder))?;
    let path = folder.join(format!("{}.json", browser.name.to_lowercase()));
    fs::write(&path, own.to_string()).map_err(Problem::file(&path))?;
    Ok(path)
}

/// One browser's options out of all, since a driver refuses those of another.
fn capabilities(all: &Value, options: &str, browser: Option<&Path>) -> Value {
    let mut own = all.get(options).cloned().unwrap_or_else(|| json!({}));
    if let (Some(path), Some(own)) = (browser, own.as_object_mut()) {
        own.insert("binary".to_owned(), json!(path));
    }
    json!({ options: own })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_browser_gets_its_own_options_and_path() {
        let all = json!({"goog:chromeOptions": {"args": ["--a"]}, "moz:firefoxOptions": {"args": ["-b"]}});
        assert_eq!(
            capabilities(&all, "goog:chromeOptions", Some(Path::new("/opt/chromium"))),
            json!({"goog:chromeOptions": {"args": ["--a"], "binary": "/opt/chromium"}})
        );
        assert_eq!(capabilities(&all, "moz:firefoxOptions", None), json!({"moz:firefoxOptions": {"args": ["-b"]}}));
        assert_eq!(capabilities(&json!({}), "x", None), json!({"x": {}}));
    }

    #[test]
    fn the_repositorys_capabilities_start_chromium_as_root() {
        let workspace = crate::workspace::Workspace::load().unwrap();
        let text = fs::read_to_string(workspace.root.join(CAPABILITIES)).unwrap();
        let all: Value = serde_json::from_str(&text).unwrap();
        let arguments = all["goog:chromeOptions"]["args"].to_string();
        assert!(arguments.contains("--no-sandbox") && arguments.contains("--headless=new"), "{arguments}");
        assert!(all["moz:firefoxOptions"]["args"].to_string().contains("-headless"));
    }
}
