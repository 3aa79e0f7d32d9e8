//! Faults of responses, of the token endpoint, of the keys, and of what lies between: each does what it says, once.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::common::lab::{arm, arm_once, change, last_fired, names_of};
use crate::common::{Answer, CALLBACK, Harness, TENANT, VERIFIER, authorize};

const KEYS: &str = "http://localhost:4000/.well-known/jwks.json";

async fn signed_in() -> Harness {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    browser
}

/// A silent answer by message.
async fn message(browser: &mut Harness) -> Answer {
    browser.silent(&[("response_mode", Some("web_message"))]).await
}

async fn exchange(browser: &mut Harness) -> Answer {
    let code = browser.silent(&[]).await.parameters().remove("code").expect("a code");
    browser.exchange(&code).await
}

/// The parameters of a silent answer in this mode.
async fn parameters(browser: &mut Harness, mode: &str) -> BTreeMap<String, String> {
    let answer = browser.silent(&[("response_mode", Some(mode))]).await;
    let parameters = match mode {
        "query" => answer.parameters(),
        "fragment" => answer.fragment(),
        "form_post" => answer.form().1,
        _ => answer.message().1,
    };
    parameters.into_iter().collect()
}

#[tokio::test]
async fn a_response_differs_in_one_parameter_in_every_mode() {
    let mut browser = signed_in().await;
    let issuer = format!("{TENANT}/");
    for mode in ["query", "fragment", "form_post", "web_message"] {
        for name in names_of(&mut browser, &["Authorization response"]).await {
            browser.silent(&[("state", Some("another-state"))]).await;
            arm_once(&mut browser, &name).await;
            let faulty = parameters(&mut browser, mode).await;
            assert_eq!(browser.decision().await["fault"], name.as_str());
            let good = parameters(&mut browser, mode).await;
            let names: Vec<_> = good.keys().map(String::as_str).collect();
            assert_eq!(names, ["code", "iss", "session_state", "state"], "after {name} in {mode}");
            assert_eq!((good["state"].as_str(), &good["iss"]), ("the-state", &issuer), "after {name} in {mode}");

            // What a fault is not about is random in part, so the names count and the values of two.
            let without = |gone: &[&str]| names.iter().copied().filter(|name| !gone.contains(name)).collect::<Vec<_>>();
            let (there, state, iss) = match name.as_str() {
                "state_replaced" => (without(&[]), "another-state", &*issuer),
                "state_removed" => (without(&["state"]), "", &*issuer),
                "foreign_iss" => (without(&[]), "the-state", "https://another.example/"),
                "code_missing" => (without(&["code"]), "the-state", &*issuer),
                "temporarily_unavailable" => (vec!["error", "iss", "state"], "the-state", &*issuer),
                other => panic!("{other} is looked at nowhere"),
            };
            let value = |name: &str| faulty.get(name).map_or("", String::as_str);
            let found: Vec<_> = faulty.keys().map(String::as_str).collect();
            assert_eq!((found, value("state"), value("iss")), (there, state, iss), "{name} in {mode}");
        }
    }
}

#[tokio::test]
async fn the_hidden_frame_gets_something_else() {
    let mut browser = signed_in().await;
    for name in names_of(&mut browser, &["Hidden frame"]).await {
        if ["authorize_slow", "authorize_hang", "authorize_dropped"].contains(&name.as_str()) {
            continue; // These take time or a connection, and have tests of their own.
        }
        arm_once(&mut browser, &name).await;
        let answer = message(&mut browser).await;
        let policy = answer.header("content-security-policy").to_owned();
        match name.as_str() {
            "login_page_in_frame" => {
                assert!(answer.status.is_success() && answer.body.contains(r#"type="password""#), "{answer:?}");
                assert!(!answer.body.contains("<script") && policy.ends_with("frame-ancestors *"), "{policy}");
            }
            "frame_denied" => {
                assert_eq!(answer.header("x-frame-options"), "DENY");
                assert!(
                    policy.ends_with("; frame-ancestors 'none'") && policy.matches("ancestors").count() == 1,
                    "{policy}"
                );
                assert!(answer.message().1.contains_key("code"), "otherwise the good page");
            }
            "authorize_error_500" => {
                assert_eq!((answer.status, answer.header("x-frame-options")), (StatusCode::INTERNAL_SERVER_ERROR, ""));
                assert!(answer.header("content-type").starts_with("text/html") && !answer.body.contains("code"));
            }
            "authorize_no_content" => assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NO_CONTENT, "")),
            other => panic!("{other} is looked at nowhere"),
        }
        assert_eq!(browser.decision().await["fault"], name.as_str());
        let next = message(&mut browser).await;
        assert!(next.message().1.contains_key("code"), "after {name}");
        assert_eq!(next.header("x-frame-options"), "");
    }
}

#[tokio::test]
async fn the_token_endpoint_answers_something_else() {
    let mut browser = signed_in().await;
    let good = exchange(&mut browser).await.json();
    for name in names_of(&mut browser, &["Token endpoint"]).await {
        if ["token_slow", "token_hang", "token_dropped", "refresh_token_reused"].contains(&name.as_str()) {
            continue; // These have tests of their own.
        }
        arm_once(&mut browser, &name).await;
        let code = browser.silent(&[]).await.parameters().remove("code").expect("a code");
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "demo-spa"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let origin = [("origin", "http://localhost:3000")];
        let answer = browser.post_form_with(&format!("{TENANT}/oauth/token"), &form, &origin).await;
        assert_eq!(answer.header("access-control-allow-origin"), "http://localhost:3000", "a page may read {name}");
        let missing = |member: &str| {
            let body = answer.json();
            let kept = good.as_object().expect("an object").keys().filter(|name| *name != member);
            body.get(member).is_none() && kept.clone().all(|name| body.get(name).is_some())
        };
        let ok = match name.as_str() {
            "code_replayed" => answer.status == StatusCode::FORBIDDEN && answer.error() == "invalid_grant",
            "access_token_missing" => missing("access_token"),
            "id_token_missing" => missing("id_token"),
            "expires_in_missing" => missing("expires_in"),
            "unknown_token_type" => answer.json()["token_type"] == "lab",
            "expires_in_as_words" => answer.json()["expires_in"] == "soon",
            "token_html" => answer.status.is_success() && answer.header("content-type").starts_with("text/html"),
            "token_error_500" => answer.status == StatusCode::INTERNAL_SERVER_ERROR && answer.body.contains("<html"),
            "token_cut" => serde_json::from_str::<Value>(&answer.body).is_err() && answer.body.starts_with("{\"access"),
            "token_huge" => {
                let body = answer.json();
                answer.body.len() > 10_000_000
                    && missing("")
                    && body["padding"].as_str().map(str::len) == Some(10_000_000)
            }
            "token_redirect" => answer.status == StatusCode::FOUND && answer.header("location") == "/lab/elsewhere",
            "token_unavailable" => {
                answer.status == StatusCode::SERVICE_UNAVAILABLE && answer.error() == "temporarily_unavailable"
            }
            other => panic!("{other} is looked at nowhere"),
        };
        assert!(ok, "{name}: {} {:.300}", answer.status, answer.body);
        assert_eq!(browser.decision().await["fault"], name.as_str());
        assert_eq!(last_fired(&mut browser).await.0, name);
        let next = exchange(&mut browser).await.json();
        let names = |body: &Value| body.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&next), names(&good), "after {name}");
    }
}

/// As at a real replay: refused in the same words, and the tokens that the code bought are good nowhere.
#[tokio::test]
async fn a_code_that_counts_as_replayed_takes_its_tokens_along() {
    let mut browser = signed_in().await;
    let code = browser.silent(&[]).await.parameters().remove("code").expect("a code");
    browser.exchange(&code).await;
    let real = browser.exchange(&code).await;
    arm_once(&mut browser, "code_replayed").await;
    let faulty = exchange(&mut browser).await;
    assert_eq!((faulty.status, &faulty.body), (real.status, &real.body));
    let decision = browser.decision().await;
    assert_eq!((&decision["outcome"], &decision["fault"]), (&json!("invalid_grant"), &json!("code_replayed")));
    let good = change(&mut browser, "age", &json!({ "seconds": 1 })).await.json()["aged"]["access_tokens"].clone();
    assert_eq!(good, 0, "neither replay left a token that is good");
    assert!(decision["summary"].as_str().expect("words").contains("fault of the lab"), "{decision}");
}

#[tokio::test]
async fn a_refresh_token_that_counts_as_reused_ends_its_family() {
    let mut browser = Harness::new().await;
    let scope = Some("openid read:notes offline_access");
    let url = authorize(&[("client_id", Some("demo-spa-rotating")), ("scope", scope)]);
    let code = browser.log_in_at(&url, "ada@example.com", "ada-password").await.parameters()["code"].clone();
    let first = browser.exchange_with(&code, &[("client_id", Some("demo-spa-rotating"))]).await.json();
    arm(&mut browser, json!({ "name": "refresh_token_reused", "user": "auth0|ada" })).await;
    let token = first["refresh_token"].as_str().expect("one");
    for _ in 0..2 {
        let form = [("grant_type", "refresh_token"), ("client_id", "demo-spa-rotating"), ("refresh_token", token)];
        let answer = browser.token(&form).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::FORBIDDEN, "invalid_grant"), "{answer:?}");
    }
    assert_eq!(browser.logs("ferrt").await.len(), 1, "the log tells of a reuse");
    let decisions = browser.get(&format!("{TENANT}/lab/decisions?limit=2")).await.json()["decisions"].clone();
    assert_eq!((decisions[0].get("fault"), &decisions[1]["fault"]), (None, &json!("refresh_token_reused")));
    let revoked = decisions[0]["checks"].as_array().expect("a list").last().expect("one").clone();
    assert_eq!(revoked["name"], "check_refresh_token_revoked", "its family is over: {revoked}");
}

#[tokio::test]
async fn the_keys_are_others_once_for_pages_of_the_client() {
    let mut browser = signed_in().await;
    let page = [("origin", "http://localhost:3000")];
    let good = browser.get_with(KEYS, &page).await;
    for name in names_of(&mut browser, &["Keys"]).await {
        arm_once(&mut browser, &name).await;
        assert_eq!(browser.get(KEYS).await.body, good.body, "nobody's page");
        let answer = browser.get_with(KEYS, &page).await;
        let list = |answer: &Answer| answer.json()["keys"].as_array().expect("a list").clone();
        let ok = match name.as_str() {
            "keys_empty" => list(&answer).is_empty(),
            "keys_many" => list(&answer).len() == list(&good).len() + 1000 && list(&answer).starts_with(&list(&good)),
            "keys_html" => answer.status.is_success() && answer.header("content-type").starts_with("text/html"),
            "keys_error_500" => answer.status == StatusCode::INTERNAL_SERVER_ERROR,
            other => panic!("{other} is looked at nowhere"),
        };
        assert!(ok, "{name}: {} {:.200}", answer.status, answer.body);
        assert_eq!(answer.header("cache-control"), "no-store", "no cache keeps a fault");
        assert_eq!(answer.header("access-control-allow-origin"), "http://localhost:3000");
        let decision = browser.decision().await;
        assert_eq!((&decision["endpoint"], &decision["fault"]), (&json!("/.well-known/jwks.json"), &json!(name)));
        assert_eq!(browser.get_with(KEYS, &page).await.body, good.body, "after {name}");
    }
}

#[tokio::test]
async fn a_slow_answer_comes_late_and_whole() {
    let mut browser = signed_in().await;
    for (name, waits) in [("authorize_slow", 300), ("token_slow", 200)] {
        arm(&mut browser, json!({ "name": name, "client_id": "demo-spa", "milliseconds": waits })).await;
        let begun = Instant::now();
        let answer = exchange(&mut browser).await;
        assert!(begun.elapsed() >= Duration::from_millis(waits), "{name}: {:?}", begun.elapsed());
        assert!(answer.json()["id_token"].is_string());
        assert_eq!(last_fired(&mut browser).await.1, format!("the answer waited {waits} ms"));
    }
}

/// Nothing comes within any time that the tenant has for its own answers, and others are served meanwhile.
#[tokio::test]
async fn a_hanging_answer_hangs_alone() {
    let mut browser = signed_in().await;
    for name in ["authorize_hang", "token_hang"] {
        arm(&mut browser, json!({ "name": name, "client_id": "demo-spa", "tab": "first" })).await;
        let mut other = browser.clone();
        let waiting = tokio::spawn(async move {
            let answer = other.silent(&[("lab_tab", Some("first"))]).await;
            other.exchange(&answer.parameters()["code"]).await
        });
        // It hangs from the moment that it is told to have fired.
        while last_fired(&mut browser).await.0 != name {
            tokio::task::yield_now().await;
        }
        assert!(exchange(&mut browser).await.json()["id_token"].is_string(), "another tab");
        assert!(!waiting.is_finished());
        waiting.abort();
    }
}

#[tokio::test]
async fn a_dropped_answer_ends_in_its_middle() {
    let browser = signed_in().await;
    for fault in ["authorize_dropped", "token_dropped"] {
        let uri = format!("/oauth/token?{}", authorize(&[]).split_once('?').expect("a query").1);
        let form = format!("grant_type=authorization_code&client_id=demo-spa&lab_fault={fault}");
        let request = if fault.starts_with("token") {
            Request::post(uri).header("content-type", "application/x-www-form-urlencoded").body(Body::from(form))
        } else {
            let query = authorize(&[("prompt", Some("none")), ("lab_fault", Some(fault))]);
            Request::get(query.trim_start_matches(TENANT).to_owned()).body(Body::empty())
        };
        let mut request = request.expect("a request");
        request.headers_mut().insert("host", "localhost:4000".parse().expect("a host"));
        let response = browser.router.clone().oneshot(request).await.expect("the router answers");
        assert_eq!(response.headers()["content-length"], "1000");
        assert!(axum::body::to_bytes(response.into_body(), 10_000).await.is_err(), "{fault}");
    }
}
