//! `POST /delegation`: checked for its form, then decided by the table of the migration.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::common::Harness;
use crate::common::delegation::{JWT_BEARER, SOME_JWT, URL, before_the_date, delegate, id_token_of};

const NOTICE: &str =
    "Legacy Delegation (ID Tokens): This feature is being deprecated. See details.feature for the replacement.";

#[tokio::test]
async fn the_built_in_tenant_refuses_both_exchanges() {
    let mut browser = Harness::new().await;
    for client in ["demo-spa", "legacy-spa"] {
        for (name, token) in [("id_token", SOME_JWT), ("refresh_token", "some-refresh-token")] {
            let refused =
                delegate(&mut browser, &[("client_id", client), (name, token), ("target", "legacy-api-c")]).await;
            assert_eq!(refused, (404, "endpoint_disabled".into()), "{client} {name}");
            let checks = browser.decision().await["checks"].as_array().expect("checks").clone();
            assert_eq!(checks.last().expect("one")["name"], "check_mandatory_date");
        }
    }
}

#[tokio::test]
async fn the_notice_is_written_once_an_hour_and_a_failure_each_time() {
    let mut browser = Harness::new().await;
    let call = [
        ("client_id", "legacy-spa"),
        ("id_token", SOME_JWT),
        ("target", "legacy-api-c"),
        ("scope", "openid"),
        ("api_type", "auth0"),
    ];
    for _ in 0..3 {
        delegate(&mut browser, &call).await;
    }
    delegate(&mut browser, &[("client_id", "demo-spa"), ("id_token", SOME_JWT)]).await;
    let failures = browser.logs("fd").await;
    assert_eq!(failures.len(), 4);
    let entry = &failures[1];
    assert_eq!((entry["client_id"].as_str(), entry["client_name"].as_str()), (Some("legacy-spa"), Some("Legacy SPA")));
    assert_eq!(
        entry["details"],
        json!({
            "grant_type": "http://auth0.com/oauth/legacy/grant-type/delegation/id_token",
            "target": "legacy-api-c", "scope": "openid", "api_type": "auth0", "device": null,
        })
    );
    assert_eq!(failures[0]["details"]["target"], "demo-spa", "its own, when none was named");

    let notices = browser.logs("depnote").await;
    let clients: Vec<_> = notices.iter().map(|notice| notice["client_id"].as_str().expect("a client")).collect();
    assert_eq!(clients, ["demo-spa", "legacy-spa"]);
    assert_eq!(notices[0]["description"], NOTICE);
    let feature = &notices[0]["details"]["feature"];
    assert_eq!(
        (feature["id"].as_str(), feature["name"].as_str()),
        (Some("legacy_delegation_id_tokens"), Some("Legacy Delegation (ID Tokens)"))
    );
    assert_eq!(feature["replacement"]["title"], "Silent authentication");
    assert_eq!(notices[0]["details"]["path"], "/delegation");

    browser.advance(3599);
    delegate(&mut browser, &call).await;
    assert_eq!(browser.logs("depnote").await.len(), 2);
    browser.advance(1);
    delegate(&mut browser, &call).await;
    assert_eq!(browser.logs("depnote").await.len(), 3);
}

#[tokio::test]
async fn an_add_on_exchange_writes_no_notice_of_the_id_token_feature() {
    let mut browser = Harness::new().await;
    delegate(
        &mut browser,
        &[("client_id", "legacy-spa"), ("id_token", SOME_JWT), ("target", "legacy-firebase"), ("api_type", "firebase")],
    )
    .await;
    assert!(browser.logs("depnote").await.is_empty());
}

#[tokio::test]
async fn each_switch_refuses_in_its_own_way() {
    let base = [("client_id", "legacy-spa"), ("id_token", SOME_JWT), ("target", "legacy-api-c")];
    for (from, to, check) in [
        ("ended: false", "ended: true", "check_delegation_not_ended"),
        (
            "allow_legacy_delegation_grant_types: true",
            "allow_legacy_delegation_grant_types: false",
            "check_tenant_flag",
        ),
    ] {
        let yaml = include_str!("../../tenant.yaml")
            .replace("mandatory_date: 2018-02-01", "mandatory_date: 2027-01-01")
            .replace(from, to);
        let mut browser = Harness::with_file(&yaml).await;
        assert_eq!(delegate(&mut browser, &base).await, (404, "endpoint_disabled".into()), "{to}");
        assert_eq!(browser.decision().await["checks"].as_array().expect("checks").last().expect("one")["name"], check);
    }
}

#[tokio::test]
async fn the_flag_counts_until_the_mandatory_date() {
    let mut browser = Harness::with_replaced("mandatory_date: 2018-02-01", "mandatory_date: 2026-11-24").await;
    let base = [("client_id", "legacy-spa"), ("refresh_token", "x")];
    browser.advance(86_399);
    assert_eq!(delegate(&mut browser, &base).await, (401, "invalid_token".into()), "the switches let it through");
    browser.advance(1);
    assert_eq!(delegate(&mut browser, &base).await, (404, "endpoint_disabled".into()));
}

#[tokio::test]
async fn before_the_date_the_grants_the_clients_and_the_domain_decide() {
    let mut browser = before_the_date().await;
    let call = |client: &'static str, target: &'static str| {
        [("client_id", client), ("id_token", SOME_JWT), ("target", target)]
    };
    assert_eq!(delegate(&mut browser, &call("demo-spa", "legacy-api-c")).await, (403, "unauthorized_client".into()));
    let answer = browser
        .post_form(URL, &[[("grant_type", JWT_BEARER)].as_slice(), &call("demo-spa", "legacy-api-c")].concat())
        .await;
    assert_eq!(
        answer.json()["error_description"],
        "Grant type 'http://auth0.com/oauth/legacy/grant-type/delegation/id_token' not allowed for the client."
    );
    let refresh = [("client_id", "regular-web"), ("refresh_token", "x")];
    assert_eq!(delegate(&mut browser, &refresh).await, (403, "unauthorized_client".into()));
    assert_eq!(
        delegate(&mut browser, &call("legacy-spa", "demo-spa")).await,
        (403, "access_denied".into()),
        "a conformant target"
    );

    let mut fields = vec![("grant_type", JWT_BEARER)];
    fields.extend(call("legacy-spa", "legacy-api-c"));
    let answer = browser.post_form("http://login.demo.localhost:4000/delegation", &fields).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (404, "endpoint_disabled"), "at the custom domain");
}

#[tokio::test]
async fn a_conformant_source_is_refused_even_with_the_grant() {
    let yaml = include_str!("../../tenant.yaml")
        .replace("mandatory_date: 2018-02-01", "mandatory_date: 2027-01-01")
        .replacen("oidc_conformant: false", "oidc_conformant: true", 1);
    let mut browser = Harness::with_file(&yaml).await;
    let call = [("client_id", "legacy-spa"), ("id_token", SOME_JWT), ("target", "legacy-api-c")];
    assert_eq!(delegate(&mut browser, &call).await, (403, "access_denied".into()));
}

#[tokio::test]
async fn a_token_that_is_not_this_clients_own_is_refused() {
    let mut browser = before_the_date().await;
    let token = id_token_of(&mut browser, "legacy-spa").await;
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let forged = format!("{signed}.{}", signature.chars().rev().collect::<String>());
    for (client, token) in [("legacy-spa", SOME_JWT), ("legacy-spa", &forged), ("legacy-app-a", &token)] {
        let call = [("client_id", client), ("id_token", token), ("target", "legacy-api-c")];
        assert_eq!(delegate(&mut browser, &call).await, (401, "invalid_token".into()), "{client}");
    }
    browser.advance(36_000);
    let call = [("client_id", "legacy-spa"), ("id_token", token.as_str())];
    assert_eq!(delegate(&mut browser, &call).await, (401, "invalid_token".into()), "expired");
}

#[tokio::test]
async fn add_ons_outlive_the_date_on_a_tenant_that_is_old_enough() {
    let mut browser = Harness::new().await;
    let token = id_token_of(&mut browser, "demo-spa").await;
    let call = |target: &'static str, api_type: &'static str| {
        vec![("client_id", "demo-spa"), ("target", target), ("api_type", api_type)]
    };
    let run = async |browser: &mut Harness, fields: Vec<(&str, &str)>| {
        let mut all = vec![("id_token", token.as_str())];
        all.extend(fields);
        delegate(browser, &all).await
    };
    for name in ["firebase", "azure_sb", "azure_blob", ""] {
        assert_eq!(run(&mut browser, call("legacy-firebase", name)).await, (200, String::new()), "{name}");
    }
    assert_eq!(
        run(&mut browser, call("legacy-firebase", "layer")).await,
        (403, "access_denied".into()),
        "no such add-on there"
    );
    assert_eq!(run(&mut browser, call("legacy-api-c", "firebase")).await, (403, "access_denied".into()));
    assert_eq!(
        run(&mut browser, call("legacy-firebase", "app")).await,
        (404, "endpoint_disabled".into()),
        "that is an ID token"
    );

    for (from, to, expected) in [
        ("created_at: 2016-05-02", "created_at: 2017-06-08", (403, "access_denied")),
        ("created_at: 2016-05-02", "created_at: 2017-06-07", (401, "invalid_token")),
        ("  created_at: 2016-05-02\n", "", (403, "access_denied")),
        ("ended: false", "ended: true", (404, "endpoint_disabled")),
    ] {
        let mut browser = Harness::with_replaced(from, to).await;
        let call = [
            ("client_id", "legacy-spa"),
            ("id_token", SOME_JWT),
            ("target", "legacy-firebase"),
            ("api_type", "firebase"),
        ];
        assert_eq!(delegate(&mut browser, &call).await, (expected.0, expected.1.into()), "{to}");
    }
}

#[tokio::test]
async fn a_malformed_request_is_told_what_is_wrong() {
    let mut browser = Harness::new().await;
    type Case<'a> = (&'a [(&'a str, &'a str)], u16, &'a str, &'a str);
    let cases: &[Case<'_>] = &[
        (&[], 400, "invalid_request", "Missing required parameter: client_id"),
        (&[("client_id", "nobody")], 401, "invalid_client", "Unknown client: nobody"),
        (&[("client_id", "demo-spa")], 400, "invalid_request", "Missing required parameter: grant_type"),
        (
            &[("client_id", "demo-spa"), ("grant_type", "password")],
            400,
            "invalid_request",
            "grant_type must be urn:ietf:params:oauth:grant-type:jwt-bearer",
        ),
        (
            &[("client_id", "demo-spa"), ("grant_type", JWT_BEARER)],
            400,
            "invalid_request",
            "Missing required parameter: id_token or refresh_token",
        ),
        (
            &[("client_id", "demo-spa"), ("grant_type", JWT_BEARER), ("id_token", SOME_JWT), ("refresh_token", "x")],
            400,
            "invalid_request",
            "send id_token or refresh_token, not both",
        ),
        (
            &[("client_id", "demo-spa"), ("grant_type", JWT_BEARER), ("id_token", "not.a token.x")],
            400,
            "invalid_request",
            "id_token is not a JWT: three parts of base64url, separated by dots",
        ),
        (
            &[("client_id", "demo-spa"), ("grant_type", JWT_BEARER), ("id_token", SOME_JWT), ("target", "nobody")],
            403,
            "access_denied",
            "Unknown target client: nobody",
        ),
        (
            &[("client_id", "demo-spa"), ("grant_type", JWT_BEARER), ("id_token", SOME_JWT), ("api_type", "fax")],
            400,
            "invalid_request",
            "api_type fax is unknown; it is app, auth0 or the name of an add-on",
        ),
        (&[("client_id", "demo-spa"), ("client_id", "x")], 400, "invalid_request", "client_id appears more than once"),
    ];
    for (fields, status, error, words) in cases {
        let answer = browser.post_form(URL, fields).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (*status, *error), "{fields:?}");
        assert_eq!(answer.json()["error_description"], *words);
    }
    assert_eq!(browser.logs("fd").await.len(), cases.len());
}

#[tokio::test]
async fn json_is_decided_as_a_form_is() {
    let mut browser = Harness::new().await;
    let body =
        json!({ "client_id": "legacy-spa", "grant_type": JWT_BEARER, "id_token": SOME_JWT, "target": "legacy-api-c" });
    let headers = [("content-type", "application/json"), ("origin", "http://localhost:3000")];
    let answer = browser.browse(Method::POST, URL, &headers, Body::from(body.to_string())).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::NOT_FOUND, "endpoint_disabled"));
    assert_eq!(answer.header("access-control-allow-origin"), "http://localhost:3000");
}
