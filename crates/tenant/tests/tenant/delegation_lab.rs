//! `/lab/delegation`: the switches as they count, what each exchange would answer, and who may turn them.

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

use crate::common::delegation::turn;
use crate::common::{Harness, TENANT};

const APP: &str = "http://localhost:3000";

async fn look(browser: &mut Harness) -> Value {
    browser.get(&format!("{TENANT}/lab/delegation")).await.json()
}

/// The statuses of the three kinds of exchange: ID token, refresh token, add-on.
fn statuses(switches: &Value) -> Vec<u64> {
    let exchanges = switches["exchanges"].as_array().expect("a list");
    exchanges.iter().map(|exchange| exchange["status"].as_u64().expect("a status")).collect()
}

#[tokio::test]
async fn the_switches_are_told_with_what_they_lead_to() {
    let mut browser = Harness::new().await;
    let switches = look(&mut browser).await;
    assert_eq!(switches["allow_legacy_delegation_grant_types"], true);
    assert_eq!(switches["mandatory_date"], "2018-02-01");
    assert_eq!(switches["mandatory_date_passed"], true);
    assert_eq!(switches["id_tokens_allowed"], false, "the date counts more than the flag");
    assert_eq!((switches["ended"].clone(), switches["created_at"].clone()), (json!(false), json!("2016-05-02")));
    assert_eq!(switches["calls_per_minute"], 10);
    assert_eq!(statuses(&switches), [404, 404, 200]);
    let [first, _, third] = switches["exchanges"].as_array().expect("a list").as_slice() else { panic!("three") };
    assert_eq!((first["exchange"].as_str(), first["error"].as_str()), (Some("id_token"), Some("endpoint_disabled")));
    assert_eq!(first["why"], "the mandatory date 2018-02-01 has passed, so the tenant's flag counts as false");
    assert_eq!(third["error"], Value::Null);
    assert!(third["why"].as_str().expect("words").contains("created on 2016-05-02"), "{third}");
}

#[tokio::test]
async fn every_switch_works_at_once_and_in_both_directions() {
    let mut browser = Harness::new().await;
    for (change, expected) in [
        (json!({ "mandatory_date": "2027-01-01" }), [200, 200, 200]),
        (json!({ "allow_legacy_delegation_grant_types": false }), [404, 404, 200]),
        (json!({ "allow_legacy_delegation_grant_types": true }), [200, 200, 200]),
        (json!({ "mandatory_date": "2018-02-01" }), [404, 404, 200]),
        (json!({ "mandatory_date": null }), [200, 200, 200]),
        (json!({ "ended": true }), [404, 404, 404]),
        (json!({ "ended": false }), [200, 200, 200]),
    ] {
        let answer = turn(&mut browser, change.clone()).await;
        assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
        assert_eq!(statuses(&answer.json()), expected, "{change}");
        assert_eq!(look(&mut browser).await, answer.json(), "who asks next is told the same");
    }
}

#[tokio::test]
async fn the_tenants_clock_brings_the_date() {
    let mut browser = Harness::with_replaced("mandatory_date: 2018-02-01", "mandatory_date: 2026-11-24").await;
    browser.advance(86_399);
    assert_eq!(statuses(&look(&mut browser).await), [200, 200, 200]);
    browser.advance(1);
    assert_eq!(statuses(&look(&mut browser).await), [404, 404, 200]);
}

#[tokio::test]
async fn after_the_date_the_flag_cannot_be_turned_on() {
    let mut browser = Harness::new().await;
    let on = json!({ "allow_legacy_delegation_grant_types": true });
    let refused = turn(&mut browser, on.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.error().as_str()), (409, "mandatory_date_passed"));
    assert!(refused.json()["error_description"].as_str().expect("words").contains("2018-02-01"));
    // What came with it did not change either.
    let both = json!({ "allow_legacy_delegation_grant_types": true, "ended": true });
    assert_eq!(turn(&mut browser, both).await.status.as_u16(), 409);
    assert_eq!(look(&mut browser).await["ended"], false);
    let together = json!({ "allow_legacy_delegation_grant_types": true, "mandatory_date": "2027-01-01" });
    assert_eq!(statuses(&turn(&mut browser, together).await.json()), [200, 200, 200]);
}

#[tokio::test]
async fn the_custom_domain_and_a_young_tenant_are_told_apart() {
    let mut browser = Harness::with_replaced("mandatory_date: 2018-02-01", "mandatory_date: 2027-01-01").await;
    let at_custom_domain = browser.get("http://login.demo.localhost:4000/lab/delegation").await.json();
    assert_eq!(statuses(&at_custom_domain), [404, 404, 200]);
    assert_eq!(at_custom_domain["exchanges"][0]["why"], "the request came in at a custom domain");
    let mut young = Harness::with_replaced("created_at: 2016-05-02", "created_at: 2017-06-08").await;
    assert_eq!(statuses(&look(&mut young).await), [404, 404, 403]);
}

#[tokio::test]
async fn only_the_apps_pages_turn_a_switch_and_only_by_json() {
    let mut browser = Harness::new().await;
    let url = format!("{TENANT}/lab/delegation");
    let body = r#"{"ended":true}"#;
    let json = ("content-type", "application/json");
    for headers in [
        vec![json],
        vec![json, ("origin", "http://evil.test")],
        vec![json, ("origin", "null")],
        vec![json, ("origin", TENANT)],
    ] {
        let answer = browser.browse(Method::POST, &url, &headers, body).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (403, "access_denied"), "{headers:?}");
    }
    for (kind, body, status) in [
        ("application/x-www-form-urlencoded", "ended=true", 415),
        ("text/plain", body, 415),
        ("application/json", "[true]", 400),
        ("application/json", "{", 400),
        ("application/json", r#"{"ended":"yes"}"#, 400),
        ("application/json", r#"{"mandatory_date":"soon"}"#, 400),
        ("application/json", r#"{"mandatory_date":"2026-02-30"}"#, 400),
        ("application/json", r#"{"allow_legacy_delegation_grant_types":null}"#, 400),
        ("application/json", r#"{"end":true}"#, 400),
    ] {
        let answer = browser.browse(Method::POST, &url, &[("content-type", kind), ("origin", APP)], body).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, "invalid_request"), "{body}");
    }
    assert_eq!(look(&mut browser).await["ended"], false);

    let mut closed = Harness::with(|settings| settings.lab = false).await;
    assert_eq!(
        closed.browse(Method::POST, &url, &[json, ("origin", APP)], Body::from(body)).await.status.as_u16(),
        404
    );
}

#[tokio::test]
async fn the_apps_pages_may_turn_them_from_their_own_address() {
    let mut browser = Harness::new().await;
    for (tenant, app) in [
        (TENANT, APP),
        ("http://login.demo.localhost:4000", "http://app.demo.localhost:3000"),
        ("http://tenant.localhost:4000", "http://app.localhost:3000"),
    ] {
        let url = format!("{tenant}/lab/delegation");
        let asked = [
            ("origin", app),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type"),
        ];
        let preflight = browser.browse(Method::OPTIONS, &url, &asked, Body::empty()).await;
        assert_eq!(preflight.header("access-control-allow-headers"), "content-type", "{preflight:?}");
        assert_eq!(preflight.header("access-control-allow-methods"), "GET, POST");
        let headers = [("origin", app), ("content-type", "application/json")];
        let answer = browser.browse(Method::POST, &url, &headers, Body::from(r#"{"ended":false}"#)).await;
        assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, app));
    }
}
