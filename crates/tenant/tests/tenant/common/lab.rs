//! What the lab's tests share: changes as the app's page makes them, and what came of them.

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

use super::{Answer, Harness, TENANT};

/// Sends a change to one of the lab's addresses.
pub(crate) async fn change(browser: &mut Harness, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("origin", "http://localhost:3000")];
    browser.browse(Method::POST, &format!("{TENANT}/lab/{path}"), &headers, Body::from(body.to_string())).await
}

/// Arms a fault; what is armed then.
pub(crate) async fn arm(browser: &mut Harness, fault: Value) -> Value {
    let answer = change(browser, "faults", &fault).await;
    assert!(answer.status.is_success(), "{fault}: {answer:?}");
    answer.json()
}

/// Arms a fault for one use by `demo-spa`.
pub(crate) async fn arm_once(browser: &mut Harness, name: &str) {
    arm(browser, json!({ "name": name, "client_id": "demo-spa" })).await;
}

/// `GET /lab/faults`.
pub(crate) async fn faults(browser: &mut Harness) -> Value {
    browser.get(&format!("{TENANT}/lab/faults")).await.json()
}

/// Every fault of these groups by name.
pub(crate) async fn names_of(browser: &mut Harness, groups: &[&str]) -> Vec<String> {
    let told = faults(browser).await;
    let all = told["faults"].as_array().expect("a list");
    let of_groups = all.iter().filter(|fault| groups.iter().any(|group| fault["group"] == **group));
    of_groups.map(|fault| fault["name"].as_str().expect("a text").to_owned()).collect()
}

/// The fault that fired last, and what it did.
pub(crate) async fn last_fired(browser: &mut Harness) -> (String, String) {
    let fired = faults(browser).await["fired"][0].clone();
    let text = |name: &str| fired[name].as_str().unwrap_or_default().to_owned();
    (text("name"), text("did"))
}
