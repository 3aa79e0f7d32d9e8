//! axe-core on the page in the browser: what of WCAG 2.2, levels A and AA, a program can see violated.

use std::fs;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::setting::Setting;
use crate::wait::{PATIENCE, until};

/// A theme that a person's system asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Theme {
    /// `prefers-color-scheme: light`.
    Light,
    /// `prefers-color-scheme: dark`.
    Dark,
}

/// Leaves what was found in the window. Rules of WCAG 2.2 are off by default, whatever the tags say. No page has the colours
/// that it passes through between two themes.
const RUN: &str = "window.found = null;
    for (const animation of document.getAnimations()) if (animation instanceof CSSTransition) animation.finish();
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const options = { runOnly: tags, rules: { 'target-size': { enabled: true } }, resultTypes: ['violations'], iframes: false };
    axe.run(document, options).then(
        ({ violations }) => {
            window.found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`));
        },
        (error) => { window.found = [String(error)]; },
    );";

/// What axe-core finds wrong with the page that is open, in both themes: a sentence each, empty for nothing. Chromium alone
/// can be told a theme while it runs.
///
/// # Panics
///
/// If it cannot be run.
pub async fn violations(browser: &Browser) -> Vec<String> {
    let axe = Setting::NodeModules.path().join("axe-core/axe.min.js");
    let axe = fs::read_to_string(&axe).unwrap_or_else(|error| panic!("{}: {error}", axe.display()));
    // By the driver, which the page's content policy does not bind.
    browser.run(&format!("if (!window.axe) {{ {axe} }}")).await;
    let mut found = Vec::new();
    for theme in [Theme::Light, Theme::Dark] {
        set(browser, theme).await;
        browser.run(RUN).await;
        let look = || async { browser.try_run("return window.found").await.unwrap_or_default() };
        let (seen, _) = until(PATIENCE, "axe-core's account", look, Value::is_array).await;
        let sentences = seen.as_array().into_iter().flatten().filter_map(Value::as_str);
        found.extend(sentences.map(|sentence| format!("{theme:?}: {sentence}")));
    }
    found
}

/// Makes the page this many pixels wide. Chromium alone can be told so while it runs, and made as narrow as a telephone.
///
/// # Panics
///
/// If it does not become so.
pub async fn resize(browser: &Browser, width: u32) {
    let metrics = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    let told = browser.driver().cdp().send_raw("Emulation.setDeviceMetricsOverride", metrics).await;
    told.expect("Chromium takes a size");
    let look = || async { browser.try_run("return innerWidth").await.unwrap_or_default() };
    until(PATIENCE, "the width", look, |seen| *seen == width).await;
}

async fn set(browser: &Browser, theme: Theme) {
    let value = if theme == Theme::Dark { "dark" } else { "light" };
    let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
    let told = browser.driver().cdp().send_raw("Emulation.setEmulatedMedia", media).await;
    told.expect("Chromium takes a theme");
    let matches = format!("return matchMedia('(prefers-color-scheme: {value})').matches");
    assert_eq!(browser.run(&matches).await, true, "the page is {value}");
}
