//! The app's page: phase and generation by its attributes, everything else by what people read and press.

use std::time::Duration;

use serde_json::Value;

use crate::browser::Browser;
use crate::wait::{PATIENCE, until};

/// The page in the browser's current tab.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    browser: &'a Browser,
}

/// Where the session stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The phase, such as `signed-in`; empty between two pages.
    pub phase: String,
    /// Which generation of tokens is in use, counted from 1; 0 for none.
    pub generation: u64,
    /// The code of the error that the page explains.
    pub error: Option<String>,
}

/// Something that a [watched](crate::Variant::watched) page wrote down.
#[derive(Clone, Debug, PartialEq)]
pub struct Watched {
    /// `phase`, `code`, `violation` (of the content policy) or `error`.
    pub kind: String,
    /// The phase, the error's code, or what happened.
    pub value: String,
    /// When, in milliseconds since the page began to load.
    pub at: f64,
}

impl<'a> Page<'a> {
    /// The page in this browser's current tab.
    #[must_use]
    pub fn of(browser: &'a Browser) -> Self {
        Self { browser }
    }

    /// Where the session stands, by the page's own attributes.
    pub async fn state(&self) -> State {
        let script = "const main = document.querySelector('main');\
                      const notice = document.querySelector('.notice[data-code]');\
                      return main ? [main.dataset.phase, main.dataset.generation, notice?.dataset.code ?? null] : []";
        // Between two pages there is none to ask.
        let state = self.browser.try_run(script).await.unwrap_or(Value::Null);
        State {
            phase: state[0].as_str().unwrap_or_default().to_owned(),
            generation: state[1].as_str().and_then(|number| number.parse().ok()).unwrap_or(0),
            error: state[2].as_str().map(str::to_owned),
        }
    }

    /// Waits for a phase; gives the generation.
    pub async fn is(&self, phase: &str) -> u64 {
        self.is_within(PATIENCE, phase).await.0
    }

    /// Waits for a phase; gives the generation, and how long it took.
    pub async fn is_within(&self, patience: Duration, phase: &str) -> (u64, Duration) {
        let what = format!("the phase {phase}");
        let (state, took) = until(patience, &what, || self.state(), |state| state.phase == phase).await;
        (state.generation, took)
    }

    /// Waits until the page is signed in with a later generation than `before`; gives that.
    pub async fn is_renewed(&self, before: u64) -> u64 {
        self.is_renewed_within(PATIENCE, before).await
    }

    /// As [`is_renewed`](Self::is_renewed), with another patience.
    pub async fn is_renewed_within(&self, patience: Duration, before: u64) -> u64 {
        let what = format!("a generation after {before}");
        let renewed = |state: &State| state.phase == "signed-in" && state.generation > before;
        until(patience, &what, || self.state(), renewed).await.0.generation
    }

    /// Signs in from the signed-out page: by its button, through the tenant's form, back to the page.
    ///
    /// # Panics
    ///
    /// If the form is not there.
    pub async fn sign_in(&self, username: &str, password: &str) {
        self.browser.click("Sign in").await;
        self.fill_in_form(username, password).await;
    }

    /// Fills in the tenant's form with the keyboard and sends it with a click, as people do.
    ///
    /// # Panics
    ///
    /// If the form is not there.
    pub async fn fill_in_form(&self, username: &str, password: &str) {
        for (field, text) in [("input[name=username]", username), ("input[name=password]", password)] {
            let field = self.browser.element(field).await;
            field.send_keys(text).await.expect("a field to type in");
        }
        let button = self.browser.element("button[type=submit]").await;
        button.click().await.expect("a button to press");
    }

    /// Renews by the button; gives the new generation.
    pub async fn renew(&self) -> u64 {
        let before = self.is("signed-in").await;
        self.browser.click("Renew now").await;
        self.is_renewed(before).await
    }

    /// Waits until the page explains the error of this code; gives how long that took.
    pub async fn explains(&self, code: &str) -> Duration {
        let what = format!("the error {code}");
        until(PATIENCE, &what, || self.state(), |state| state.error.as_deref() == Some(code)).await.1
    }

    /// How many records of this step the page lists.
    pub async fn records(&self, step: &str) -> u64 {
        let script = format!("return document.querySelectorAll('.record[data-step=\"{step}\"]').length");
        self.browser.run(&script).await.as_u64().unwrap_or(0)
    }

    /// Leaves a mark in the page's window that no navigation survives.
    pub async fn mark(&self) {
        self.browser.run("window.mark = 'still here'").await;
    }

    /// Whether the mark is still there.
    pub async fn is_marked(&self) -> bool {
        self.browser.run("return window.mark === 'still here'").await == true
    }

    /// When the page first named this error, in milliseconds since it was opened. It has to be a [watched](crate::Variant::watched) one.
    ///
    /// # Panics
    ///
    /// If it is not, or never did.
    pub async fn named_at(&self, code: &str) -> f64 {
        let watched = self.watched().await;
        let named = watched.iter().find(|entry| entry.value == code);
        named.unwrap_or_else(|| panic!("{code} was not named: {watched:?}")).at
    }

    /// What the page wrote down, in its order. It has to be a [watched](crate::Variant::watched) one.
    ///
    /// # Panics
    ///
    /// If it is not.
    pub async fn watched(&self) -> Vec<Watched> {
        let seen = self.browser.run("return window.watched").await;
        let entries = seen.as_array().unwrap_or_else(|| panic!("a watched page expected, found {seen}"));
        let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        let read = |entry: &Value| Watched {
            kind: text(entry, "kind"),
            value: text(entry, "value"),
            at: entry["at"].as_f64().unwrap_or(f64::NAN),
        };
        entries.iter().map(read).collect()
    }
}
