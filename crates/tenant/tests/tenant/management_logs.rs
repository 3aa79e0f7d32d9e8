//! `/api/v2/logs`: searches, pages, order, and the way from checkpoint to checkpoint.

use std::collections::HashSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::common;
use crate::common::Harness;
use crate::common::management::{Script, refused};

/// A tenant whose logs have twelve failed delegations, a notice, and the sign-in of `machine`.
async fn with_logs() -> Script {
    let mut harness = Harness::new().await;
    for number in 0..12 {
        let form = [
            ("client_id", if number % 2 == 0 { "legacy-app-a" } else { "legacy-app-b" }),
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("id_token", "not-a-token"),
            ("target", "legacy-api-c"),
            ("api_type", "app"),
        ];
        harness.post_form(&format!("{}/delegation", common::TENANT), &form).await;
        harness.advance(1);
    }
    Script::of(harness, "").await
}

fn list(answer: &Value) -> &Vec<Value> {
    answer.as_array().unwrap_or_else(|| panic!("no list: {answer}"))
}

#[tokio::test]
async fn a_search_finds_what_it_says_and_pages_add_up() {
    let mut script = with_logs().await;
    let all = script.get("/logs?q=type:fd&include_totals=true&per_page=5").await.json();
    assert_eq!(
        (&all["start"], &all["limit"], &all["length"], &all["total"]),
        (&json!(0), &json!(5), &json!(5), &json!(12))
    );
    let mut ids = HashSet::new();
    for page in 0..3 {
        let entries = script.get(&format!("/logs?q=type:fd&per_page=5&page={page}")).await.json();
        ids.extend(list(&entries).iter().map(|entry| entry["_id"].as_str().expect("an id").to_owned()));
    }
    assert_eq!(ids.len(), 12, "each entry is on one page");
    let of_a = script.get("/logs?q=type:fd%20AND%20client_id:legacy-app-a").await.json();
    assert_eq!(list(&of_a).len(), 6);
    assert!(list(&of_a).iter().all(|entry| entry["client_id"] == "legacy-app-a"));
    let either = script.get("/logs?q=client_id:legacy-app-a%20OR%20client_id:legacy-app-b").await.json();
    assert!(list(&either).iter().filter(|entry| entry["type"] == "fd").count() == 12, "{either}");
    // The name that older SDKs send.
    assert_eq!(list(&script.get("/logs?search=type:fd").await.json()).len(), 12);
    assert_eq!(script.get("/logs?q=type:fd&page=3&per_page=5").await.json(), json!([]));
}

#[tokio::test]
async fn entries_come_newest_first_or_as_asked() {
    let mut script = with_logs().await;
    let dates = |answer: &Value| {
        list(answer).iter().map(|entry| entry["date"].as_str().expect("a date").to_owned()).collect::<Vec<_>>()
    };
    let newest = dates(&script.get("/logs?q=type:fd").await.json());
    assert!(newest.is_sorted_by(|a, b| a > b));
    let oldest = dates(&script.get("/logs?q=type:fd&sort=date:1").await.json());
    assert!(oldest.is_sorted() && oldest.len() == 12);
    let by_client = script.get("/logs?q=type:fd&sort=client_id:1").await.json();
    let clients: Vec<_> = list(&by_client).iter().map(|entry| entry["client_id"].as_str().expect("an id")).collect();
    assert!(clients.is_sorted() && clients[0] != clients[11]);
    let (first, last) = (script.get("/logs?q=type:fd&sort=client_id:-1&per_page=1").await.json(), clients[11]);
    assert_eq!(first[0]["client_id"], last);
}

#[tokio::test]
async fn fields_are_left_out_or_in() {
    let mut script = with_logs().await;
    let only = script.get("/logs?q=type:fd&per_page=1&fields=type,client_id").await.json();
    assert_eq!(only[0].as_object().expect("an entry").len(), 2);
    let without = script.get("/logs?q=type:fd&per_page=1&fields=details&include_fields=false").await.json();
    assert!(without[0].get("details").is_none() && without[0].get("type").is_some());
}

#[tokio::test]
async fn checkpoints_lead_through_every_entry_once() {
    let mut script = with_logs().await;
    let total = script.get("/logs?include_totals=true").await.json()["total"].as_u64().expect("a number");
    let (mut path, mut ids) = ("/logs?take=5".to_owned(), Vec::new());
    loop {
        let answer = script.get(&path).await;
        let entries = answer.json();
        let Some(last) = list(&entries).last() else { break };
        let last = last["log_id"].as_str().expect("an id").to_owned();
        ids.extend(list(&entries).iter().map(|entry| entry["log_id"].as_str().expect("an id").to_owned()));
        let link = format!("<http://localhost:4000/api/v2/logs?from={last}&take=5>; rel=\"next\"");
        assert_eq!(answer.header("link"), link);
        path = format!("/logs?from={last}&take=5&q=type:nothing");
    }
    assert!(ids.is_sorted() && ids.len() as u64 == total, "oldest first, and q is ignored");
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
}

#[tokio::test]
async fn one_entry_is_found_by_its_id() {
    let mut script = with_logs().await;
    let entry = script.get("/logs?q=type:fd&per_page=1").await.json()[0].clone();
    let id = entry["log_id"].as_str().expect("an id");
    assert_eq!(script.get(&format!("/logs/{id}")).await.json(), entry);
    refused(&script.get("/logs/900").await, StatusCode::NOT_FOUND, "inexistent_log", "");
}

#[tokio::test]
async fn a_search_that_cannot_be_answered_says_why() {
    let mut script = with_logs().await;
    for (query, words) in [
        ("q=type:", "expected a value"),
        ("q=(type:fd", "closing parenthesis"),
        ("q=description:*sa", "three characters"),
        ("sort=nonsense:1", "on property sort"),
        ("sort=date:2", "on property sort"),
        ("per_page=101", "per_page"),
        ("page=20&per_page=50", "Only the first 1000"),
        ("page=99999999999999999999", "page"),
        ("take=101", "take"),
        ("nonsense=1", "not allowed: nonsense"),
    ] {
        refused(&script.get(&format!("/logs?{query}")).await, StatusCode::BAD_REQUEST, "invalid_query_string", words);
    }
    let long = script.get(&format!("/logs?q={}", "x".repeat(3000))).await;
    refused(&long, StatusCode::URI_TOO_LONG, "invalid_query_string", "2048 is the most");
}

#[tokio::test]
async fn signs_of_the_store_are_letters_in_a_search() {
    let mut script = with_logs().await;
    let form = [
        ("grant_type", "password"),
        ("client_id", "trusted-app"),
        ("client_secret", "trusted-app-secret"),
        ("username", "who!%_@example.com"),
        ("password", "x"),
    ];
    script.harness.token(&form).await;
    for (query, expected) in [
        ("client_name:Legacy%", 0),
        ("client_name:Legacy_app_A", 0),
        ("client_id:legacy-app-a!", 0),
        ("client_id:LEGACY-APP-A", 0),
        ("client_name:\"Legacy app A\"", 6),
        ("user_name:\"who!%_@example.com\"", 1),
        ("user_name:who!*", 1),
    ] {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let found = script.get(&format!("/logs?include_totals=true&q={query}")).await.json();
        assert_eq!(found["total"], expected, "{query}");
    }
}
