//! `/lab/decisions` and `/lab/logs`: every answer explained, and nothing secret in it.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::common;
use crate::common::{Harness, TENANT, authorize};

#[tokio::test]
async fn a_record_names_the_checks_and_what_decided() {
    let mut browser = Harness::new().await;
    let headers =
        [("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "iframe"), ("sec-fetch-storage-access", "none")];
    browser.get_with(&authorize(&[("prompt", Some("none"))]), &headers).await;
    let record = browser.get(&format!("{TENANT}/lab/decisions?state=the-state")).await.json()["decisions"][0].clone();
    assert_eq!(record["endpoint"], "/authorize");
    assert_eq!((record["client_id"].as_str(), record["state"].as_str()), (Some("demo-spa"), Some("the-state")));
    assert_eq!(
        (record["outcome"].as_str(), record["cause"].as_str()),
        (Some("login_required"), Some("no_session_cookie"))
    );
    assert_eq!(
        record["summary"],
        "login_required: no session cookie came with the request; the browser says that it sends this frame no cookies \
         (Sec-Fetch-Storage-Access: none)."
    );
    assert_eq!(
        (record["at"].as_str(), record["at_ms"].as_i64()),
        (Some("2026-11-23T00:00:00.000Z"), Some(common::START_MS))
    );
    assert_eq!(
        record["request"],
        json!({ "sec_fetch_site": "cross-site", "sec_fetch_dest": "iframe", "sec_fetch_storage_access": "none", "session_cookie": "absent" })
    );
    let checks = record["checks"].as_array().expect("checks");
    let passed: Vec<_> = checks
        .iter()
        .filter(|check| check["passed"] == true)
        .map(|check| check["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(passed[..4], ["check_address_given_once", "check_client", "check_redirect_uri", "check_response_mode"]);
    let last = checks.last().expect("one");
    assert_eq!(
        (last["name"].as_str(), last["passed"].as_bool()),
        (Some("check_session"), Some(false)),
        "nothing ran after it"
    );
}

#[tokio::test]
async fn ages_stand_beside_their_limits() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    browser.advance(100);
    browser.silent(&[]).await;
    browser.advance(50);
    browser.silent(&[]).await;
    let record = browser.decision().await;
    let session = record["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .find(|check| check["name"] == "check_session")
        .expect("it ran")
        .clone();
    assert_eq!(session["detail"], "signed in 150 s ago (limit 604800 s), last used 50 s ago (limit 259200 s)");
    assert_eq!(record["request"]["session_cookie"], "present");
}

#[tokio::test]
async fn the_exchange_of_a_code_carries_the_state_of_its_request() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let code = browser.silent(&[("state", Some("mine"))]).await.parameters().remove("code").expect("a code");
    browser.exchange(&code).await;
    browser.silent(&[("state", Some("another"))]).await;
    let found = browser.get(&format!("{TENANT}/lab/decisions?state=mine")).await.json();
    let outcomes: Vec<_> = found["decisions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|record| (record["endpoint"].as_str().expect("text"), record["outcome"].as_str().expect("text")))
        .collect();
    assert_eq!(outcomes, [("/oauth/token", "tokens"), ("/authorize", "code")], "newest first");
    let only = browser.get(&format!("{TENANT}/lab/decisions?state=mine&endpoint=/authorize")).await.json();
    assert_eq!(only["decisions"].as_array().expect("a list").len(), 1);
    let limited = browser.get(&format!("{TENANT}/lab/decisions?limit=2")).await.json();
    let ids: Vec<_> = limited["decisions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|record| record["id"].as_u64().expect("an id"))
        .collect();
    assert_eq!(ids.len(), 2);
    assert!(ids[0] > ids[1]);
}

/// Everything secret of a whole round is looked for in everything that the lab shows.
#[tokio::test]
async fn no_code_cookie_token_or_password_is_shown() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    let tokens = browser.exchange(&code).await.json();
    let id_token = tokens["id_token"].as_str().expect("an ID token").to_owned();
    browser.exchange(&code).await;
    browser.log_in_at(&authorize(&[("prompt", Some("login"))]), "ada@example.com", "a-wrong-guess").await;
    browser.silent(&[("id_token_hint", Some(&id_token))]).await;
    let delegation = [
        ("client_id", "legacy-spa"),
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("id_token", id_token.as_str()),
    ];
    browser.post_form(&format!("{TENANT}/delegation"), &delegation).await;
    let mut secrets = vec![
        code,
        id_token,
        tokens["access_token"].as_str().expect("an access token").to_owned(),
        "ada-password".into(),
        "a-wrong-guess".into(),
        common::VERIFIER.into(),
    ];
    secrets.extend(browser.cookies.values().cloned());
    let shown = browser.get(&format!("{TENANT}/lab/decisions?limit=100")).await.body
        + &browser.get(&format!("{TENANT}/lab/logs?limit=100")).await.body;
    assert!(shown.contains("check_pkce") && shown.contains("seacft"), "the round is there");
    for secret in secrets {
        assert!(!shown.contains(&secret), "{secret}");
    }
}

#[tokio::test]
async fn only_the_latest_thousand_are_kept() {
    let mut browser = Harness::new().await;
    for _ in 0..1001 {
        browser.get(&authorize(&[("client_id", None), ("state", Some("first"))])).await;
    }
    browser.silent(&[]).await;
    let oldest = browser.get(&format!("{TENANT}/lab/decisions?limit=100&state=first")).await.json();
    assert_eq!(oldest["decisions"][0]["id"], 1001);
    assert_eq!(browser.decision().await["id"], 1002);
}

#[tokio::test]
async fn the_lab_is_there_for_the_app_alone() {
    let mut browser = Harness::new().await;
    for path in ["/lab/decisions", "/lab/logs"] {
        let url = format!("{TENANT}{path}");
        let answer = browser.get_with(&url, &[("origin", "http://app.localhost:3000")]).await;
        assert_eq!(
            (answer.status, answer.header("access-control-allow-origin")),
            (StatusCode::OK, "http://app.localhost:3000")
        );
        let preflight = [("origin", "http://localhost:3000"), ("access-control-request-method", "GET")];
        assert_eq!(browser.browse(Method::OPTIONS, &url, &preflight, "").await.status, StatusCode::NO_CONTENT);
        for origin in ["https://evil.test", "null"] {
            let answer = browser.get_with(&url, &[("origin", origin)]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
            assert!(answer.headers.get("access-control-allow-origin").is_none());
        }
        assert_eq!(browser.browse(Method::POST, &url, &[], "").await.status, StatusCode::METHOD_NOT_ALLOWED);
        for limit in ["0", "101", "x", "-1"] {
            assert_eq!(browser.get(&format!("{url}?limit={limit}")).await.status, StatusCode::BAD_REQUEST, "{limit}");
        }
    }
}

#[tokio::test]
async fn without_the_lab_there_is_nothing_to_read() {
    let mut browser = Harness::with(|settings| settings.lab = false).await;
    for path in ["/lab/decisions", "/lab/logs", "/lab/age", "/lab/faults", "/lab/notes"] {
        assert_eq!(browser.get(&format!("{TENANT}{path}")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn logs_are_kept_for_thirty_days() {
    let mut browser = Harness::new().await;
    browser.silent(&[]).await;
    browser.advance(30 * 86_400);
    browser.tenant.purge().await.expect("purged");
    assert_eq!(browser.logs("fsa").await.len(), 1);
    browser.advance(1);
    browser.tenant.purge().await.expect("purged");
    assert!(browser.logs("fsa").await.is_empty());
}

#[tokio::test]
async fn logs_are_shaped_as_auth0_shapes_them() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    browser.silent(&[]).await;
    let logs = browser.logs("").await;
    let types: Vec<_> = logs.iter().map(|entry| entry["type"].as_str().expect("a type")).collect();
    assert_eq!(types, ["ssa", "s"], "newest first");
    let entry = &logs[1];
    assert_eq!(entry["date"], "2026-11-23T00:00:00.000Z");
    assert_eq!(entry["log_id"], entry["_id"]);
    let id = entry["log_id"].as_str().expect("an id");
    assert!(id.starts_with("9002026") && id.len() == 56 && id.bytes().all(|b| b.is_ascii_digit()), "{id}");
    assert!(logs[0]["log_id"].as_str() > logs[1]["log_id"].as_str());
    for (name, value) in [
        ("client_id", "demo-spa"),
        ("client_name", "Demo SPA"),
        ("hostname", "localhost:4000"),
        ("ip", "127.0.0.1"),
        ("user_name", "ada@example.com"),
        ("strategy", "auth0"),
    ] {
        assert_eq!(entry[name], value, "{name}");
    }
    assert_eq!(browser.logs("s").await.len(), 1);
    assert_eq!(browser.logs("s,ssa").await.len(), 2);
    assert!(browser.logs("nothing").await.is_empty());
}

#[tokio::test]
async fn silent_requests_leave_their_log_entries() {
    let mut browser = Harness::new().await;
    browser.silent(&[]).await;
    let failed = browser.logs("fsa").await.remove(0);
    assert_eq!(
        (failed["description"].as_str(), failed["client_id"].as_str()),
        (Some("Login required"), Some("demo-spa"))
    );
    assert_eq!(failed["audience"], "https://notes.example.com");
    browser.sign_in().await;
    browser.silent(&[]).await;
    let succeeded = browser.logs("ssa").await.remove(0);
    assert_eq!(succeeded["user_id"], "auth0|ada");
    assert!(succeeded["details"]["session_id"].is_string());
}
