//! What an SDK's promise comes to, in a page whose script has `call`.

use serde_json::Value;

use crate::browser::Browser;
use crate::wait::{PATIENCE, until};

/// Lets the page evaluate `code`, a promise of its SDK's, as soon as its script has run.
pub(crate) async fn begin(browser: &Browser, code: &str) {
    let look = || async { browser.try_run("return typeof window.call").await.unwrap_or_default() };
    until(PATIENCE, "the page's script", look, |kind| kind == "function").await;
    browser.run(&format!("call(() => {code})")).await;
}

/// What the promise came to, once it did.
pub(crate) async fn end(browser: &Browser, code: &str) -> Value {
    let look = || async { browser.try_run("return window.outcome").await.unwrap_or_default() };
    until(PATIENCE, code, look, |outcome| !outcome.is_null()).await.0
}

/// Evaluates `code`, a promise of the page's SDK, and gives what it came to: `value`, or `error` and `description`.
pub async fn outcome_of(browser: &Browser, code: &str) -> Value {
    begin(browser, code).await;
    end(browser, code).await
}
