//! Every fault of the tenant's lab against the client: it ends as the catalogue says, keeps its token, and goes on.

use std::time::Duration;

use round_trip::{Browser, Tab};
use serde_json::{Value, json};
use silent_auth::protocol::config::{ClientConfig, RefreshTokens};
use silent_auth::protocol::lifecycle::Event;
use silent_auth::protocol::record::Step;
use silent_auth::protocol::session::Phase;

const ISSUER: &str = "http://localhost:4000/";

fn config(client: &str) -> ClientConfig {
    ClientConfig::new(ISSUER, client, "http://localhost:3000/callback")
        .expect("valid")
        .with_audience(Some("https://notes.example.com".to_owned()))
        .with_scope("openid profile email read:notes".to_owned())
}

/// The client that a fault can be about.
fn config_for(fault: &Value) -> ClientConfig {
    match fault["needs"].as_str() {
        Some("max_age") => config("demo-spa").with_max_age(Some(Duration::from_secs(3600))),
        Some("refresh_token") => config("demo-spa-rotating").with_refresh_tokens(RefreshTokens::InMemory),
        _ => config("demo-spa"),
    }
}

/// Arms a fault for one use by the client, and renews: the error of the first failure, or `none`.
async fn outcome(browser: &mut Browser, tab: &mut Tab, fault: &Value, client: &str) -> String {
    let before = tab.lifecycle.records().len();
    let generations = tab.lifecycle.generations().len();
    let mut arm = json!({ "name": fault["name"], "client_id": client });
    if fault["name"].as_str().is_some_and(|name| name.ends_with("_slow")) {
        arm["milliseconds"] = json!(150);
    }
    browser.change_lab(ISSUER, "faults", &arm).await;
    tab.feed(browser, Event::Renew).await;
    // As long as the client waits at most; what it tries again by itself is good.
    let failed = |tab: &Tab| {
        let records = tab.lifecycle.records();
        records[before.min(records.len())..].iter().find(|record| record.step == Step::Failed).cloned()
    };
    for _ in 0..40 {
        if failed(tab).is_some() || tab.lifecycle.generations().len() > generations {
            break;
        }
        tab.run(browser, Duration::from_secs(1)).await;
    }
    match failed(tab) {
        Some(record) => record.error.as_ref().expect("a failure has an error").code.as_str().to_owned(),
        None => "none".to_owned(),
    }
}

#[tokio::test]
async fn each_fault_ends_as_the_catalogue_says() {
    let mut browser = Browser::new().await;
    let faults = browser.lab(ISSUER, "faults").await["faults"].as_array().expect("a list").clone();
    let mut wrong = Vec::new();
    for fault in &faults {
        let name = fault["name"].as_str().expect("a name");
        let mut browser = Browser::new().await;
        let config = config_for(fault);
        let client = config.client_id().to_owned();
        let mut tab = Tab::signed_in(&mut browser, config.clone(), "ada@example.com", "ada-password").await;
        assert_eq!(tab.phase(), Phase::SignedIn, "{name}: {:?}", tab.error());
        if fault["needs"] == "keys" {
            // A page that has its keys does not ask for them.
            tab = Tab::new(config);
            let found = first_page(&mut browser, &mut tab, fault).await;
            if fault["expect"] != found {
                wrong.push(format!("{name}: {found}, not {}", fault["expect"]));
            }
            continue;
        }
        let found = outcome(&mut browser, &mut tab, fault, &client).await;
        if fault["expect"] != found {
            wrong.push(format!("{name}: {found}, not {}", fault["expect"]));
        }
        let fired = browser.lab(ISSUER, "faults").await["fired"].clone();
        assert_eq!(fired.as_array().map(Vec::len), Some(1), "{name} fires once: {fired}");
        if name == "other_subject" {
            assert!(tab.lifecycle.tokens().is_none(), "nothing is kept of either person");
            continue;
        }
        assert!(tab.lifecycle.tokens().is_some(), "{name}: a failure destroys nothing");
        // The lab changes one answer, so the next renewal is good.
        let generations = tab.lifecycle.generations().len();
        tab.feed(&mut browser, Event::Renew).await;
        tab.run(&mut browser, Duration::from_secs(1)).await;
        assert!(tab.lifecycle.generations().len() > generations, "after {name}: {:?}", tab.error());
        assert_eq!(tab.phase(), Phase::SignedIn, "after {name}: {:?}", tab.error());
    }
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), faults.len());
}

/// Where one good answer helps, five bad ones do not: an error that no single use brings.
#[tokio::test]
async fn keys_that_are_none_again_and_again_are_named() {
    for name in ["keys_html", "keys_error_500"] {
        let mut browser = Browser::new().await;
        Tab::signed_in(&mut browser, config("demo-spa"), "ada@example.com", "ada-password").await;
        browser.change_lab(ISSUER, "faults", &json!({ "name": name, "client_id": "demo-spa", "uses": 5 })).await;
        let tab = Tab::open(&mut browser, config("demo-spa")).await;
        assert_eq!(
            tab.code().map(silent_auth::protocol::error::Code::as_str),
            Some("keys_invalid"),
            "{name}: {:?}",
            tab.phase()
        );
    }
}

/// Arms a fault, and lets a page begin: what its first silent request ends with.
async fn first_page(browser: &mut Browser, tab: &mut Tab, fault: &Value) -> String {
    browser.change_lab(ISSUER, "faults", &json!({ "name": fault["name"], "client_id": "demo-spa" })).await;
    tab.feed(browser, Event::Start(Default::default())).await;
    let failed = tab.lifecycle.records().iter().find(|record| record.step == Step::Failed);
    let found = failed.map_or("none", |record| record.error.as_ref().expect("an error").code.as_str()).to_owned();
    // It does not ask for the keys again and again.
    tab.run(browser, Duration::from_secs(120)).await;
    assert_eq!(tab.phase(), Phase::SignedIn, "after {}: {:?}", fault["name"], tab.error());
    found
}
