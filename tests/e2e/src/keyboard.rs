//! A page by keyboard alone.

use serde_json::Value;
use thirtyfour::Key;

use crate::browser::Browser;
use crate::wait::{PATIENCE, until};

/// How often Tab is pressed before a control is called out of reach.
const MOST_TABS: usize = 60;

/// Presses Tab until the control of this name has the focus, which can be seen there.
///
/// # Panics
///
/// If Tab does not lead there.
pub async fn tab_to(browser: &Browser, name: &str) {
    let there = format!(
        "return [...document.querySelectorAll('a, button')].some((it) => it.innerText.replace(/\\s+/g, ' ').trim() === {} && !it.disabled \
         && it.ariaDisabled !== 'true')",
        Value::from(name)
    );
    let look = || async { browser.try_run(&there).await.unwrap_or_default() };
    until(PATIENCE, name, look, |there| *there == true).await;
    let mut passed = Vec::new();
    for _ in 0..MOST_TABS {
        let focused = focused(browser).await;
        if focused == name {
            let outlined = "return getComputedStyle(document.activeElement).outlineStyle";
            assert_ne!(browser.run(outlined).await, "none", "the focus on {name} can be seen");
            return;
        }
        passed.push(focused);
        browser.press(Key::Tab).await;
    }
    panic!("Tab does not reach {name}: {passed:?}");
}

/// The text of what has the focus.
pub async fn focused(browser: &Browser) -> Value {
    browser.run("return document.activeElement?.innerText?.replace(/\\s+/g, ' ').trim() ?? ''").await
}
