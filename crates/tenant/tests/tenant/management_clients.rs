//! Clients through the Management API: who sees their secrets, and what a client may not be.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::common::management::{Script, refused};
use crate::common::{Harness, TENANT};

#[tokio::test]
async fn secrets_come_with_their_own_scope_alone() {
    let mut script = Script::of(Harness::new().await, "read:clients").await;
    for path in ["/clients", "/clients/regular-web", "/clients/legacy-firebase"] {
        let answer = script.get(path).await;
        assert_eq!(answer.status, StatusCode::OK);
        for secret in [
            "regular-web-secret",
            "legacy-firebase-secret",
            "legacy-firebase-addon-secret",
            "BEGIN PRIVATE",
            "ZXhhbXBsZ",
        ] {
            assert!(!answer.body.contains(secret), "{path} {secret}");
        }
    }
    assert_eq!(script.get("/clients/legacy-firebase").await.json()["addons"]["aws"]["lifetime_in_seconds"], 3600);
    let mut script = Script::of(script.harness, "read:client_keys").await;
    assert_eq!(script.get("/clients/regular-web").await.json()["client_secret"], "regular-web-secret");
    assert_eq!(script.harness.logs("mgmt_api_read").await[0]["client_id"], "machine", "reading secrets is logged");
    refused(&script.patch("/clients/regular-web", json!({})).await, StatusCode::FORBIDDEN, "insufficient_scope", "");
    let mut script = Script::of(script.harness, "update:clients").await;
    let answer = script.patch("/clients/regular-web", json!({ "client_secret": "new" })).await;
    refused(&answer, StatusCode::FORBIDDEN, "insufficient_scope", "update:client_keys");
    let answer = script.patch("/clients/regular-web", json!({ "description": "x" })).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(!answer.body.contains("regular-web-secret"));
}

#[tokio::test]
async fn a_client_is_made_changed_used_and_deleted() {
    let mut script = Script::new().await;
    let made = script
        .post(
            "/clients",
            json!({ "name": "Mine", "app_type": "regular_web", "callbacks": ["http://localhost:3000/callback"] }),
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let made = made.json();
    let id = made["client_id"].as_str().expect("an id").to_owned();
    assert_eq!(id.len(), 32);
    assert!(made["client_secret"].as_str().expect("a secret").len() > 40);
    assert_eq!(made["grant_types"], json!(["authorization_code", "implicit", "refresh_token", "client_credentials"]));
    let public = script.post("/clients", json!({ "name": "Public", "app_type": "spa" })).await.json();
    assert!(public.get("client_secret").is_none());
    assert_eq!(public["grant_types"], json!(["authorization_code", "implicit", "refresh_token"]));

    let path = format!("/clients/{id}");
    let changed =
        script.patch(&path, json!({ "name": "Yours", "description": "x", "client_metadata": { "a": "1" } })).await;
    assert_eq!((changed.status, changed.json()["name"].clone()), (StatusCode::OK, json!("Yours")));
    let changed =
        script.patch(&path, json!({ "description": null, "client_metadata": { "b": "2", "a": null } })).await.json();
    assert!(changed.get("description").is_none(), "null unsets");
    assert_eq!(changed["client_metadata"], json!({ "b": "2" }));
    assert_eq!(changed["callbacks"], json!(["http://localhost:3000/callback"]), "what is not named stays");

    let secret = made["client_secret"].as_str().expect("a secret");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &id),
        ("client_secret", secret),
        ("audience", "https://notes.example.com"),
    ];
    assert_eq!(script.harness.token(&form).await.status, StatusCode::FORBIDDEN, "known, and without a client grant");
    assert_eq!(script.call(Method::DELETE, &path, None).await.status, StatusCode::NO_CONTENT);
    refused(&script.get(&path).await, StatusCode::NOT_FOUND, "inexistent_client", "");
    refused(&script.patch(&path, json!({})).await, StatusCode::NOT_FOUND, "inexistent_client", "");
    assert_eq!(script.harness.token(&form).await.status, StatusCode::UNAUTHORIZED, "unknown at once");
    assert_eq!(script.call(Method::DELETE, &path, None).await.status, StatusCode::NO_CONTENT);

    let written = script.harness.logs("sapi,fapi").await;
    let descriptions: Vec<_> =
        written.iter().rev().map(|entry| entry["description"].as_str().expect("words")).collect();
    assert_eq!(
        descriptions,
        [
            "Create a client",
            "Create a client",
            "Update a client",
            "Update a client",
            "Delete a client",
            "Update a client",
            "Delete a client"
        ]
    );
    assert_eq!(written[1]["type"], "fapi", "a refused change is logged as one");
    assert_eq!(
        written[4]["details"]["request"],
        json!({ "fields": ["name", "description", "client_metadata"], "method": "patch", "path": format!("/api/v2{path}"), "channel": "api" })
    );
}

#[tokio::test]
async fn a_client_that_cannot_be_is_refused_with_the_place() {
    let mut script = Script::new().await;
    let before = script.get("/clients/demo-spa").await.json();
    for (body, words) in [
        (json!({ "nonsense": 1 }), "Additional properties not allowed: nonsense"),
        (json!({ "client_id": "other" }), "not allowed: client_id"),
        (json!({ "name": "" }), "on property name"),
        (json!({ "name": null }), "on property name"),
        (json!({ "name": 7 }), "Expected a text but found 7' on property name"),
        (json!({ "name": "a\u{0}b" }), "control characters"),
        (json!({ "oidc_conformant": "yes" }), "Expected true or false but found the text yes"),
        (json!({ "app_type": "toaster" }), "Expected one of spa, native"),
        (json!({ "callbacks": "http://localhost" }), "Expected a list of texts"),
        (json!({ "callbacks": ["http://localhost/", 1] }), "on property callbacks[1]"),
        (json!({ "callbacks": ["javascript:alert(1)"] }), "on property callbacks[0]"),
        (json!({ "callbacks": ["http://evil.example/cb"] }), "plain http"),
        (json!({ "web_origins": ["http://localhost:3000/"] }), "is no origin"),
        (json!({ "allowed_origins": ["null"] }), "is no origin"),
        (json!({ "allowed_logout_urls": ["javascript:alert(1)"] }), "no http or https"),
        (json!({ "grant_types": ["magic"] }), "found magic"),
        (json!({ "grant_types": ["client_credentials"] }), "cannot have client_credentials"),
        (json!({ "jwt_configuration": { "lifetime_in_seconds": "long" } }), "Payload validation error"),
    ] {
        let answer = script.patch("/clients/demo-spa", body.clone()).await;
        refused(&answer, StatusCode::BAD_REQUEST, "invalid_body", words);
        refused(&script.post("/clients", body).await, StatusCode::BAD_REQUEST, "invalid_body", "");
    }
    refused(
        &script.post("/clients", json!({})).await,
        StatusCode::BAD_REQUEST,
        "invalid_body",
        "required property: name",
    );
    assert_eq!(script.get("/clients/demo-spa").await.json(), before, "nothing was changed");

    let bearer = format!("Bearer {}", script.token);
    for (kind, body, status) in [
        ("application/json", "{", StatusCode::BAD_REQUEST),
        ("application/json", "[]", StatusCode::BAD_REQUEST),
        ("application/json", "", StatusCode::BAD_REQUEST),
        ("text/plain", "{}", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("application/json", &"x".repeat(65 * 1024), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
        let url = format!("{TENANT}/api/v2/clients/demo-spa");
        let answer = script.harness.browse(Method::PATCH, &url, &headers, Body::from(body.to_owned())).await;
        refused(&answer, status, "invalid_body", "Payload validation error");
    }
}

#[tokio::test]
async fn legacy_grants_cannot_be_given_while_the_flag_is_off() {
    const GRANT: &str = "http://auth0.com/oauth/legacy/grant-type/delegation/id_token";
    let mut script = Script::new().await;
    let with_legacy = |grants: &[&str]| json!({ "grant_types": grants });
    // The built-in mandatory date is past, so the flag counts as off.
    let answer = script.patch("/clients/demo-spa", with_legacy(&["authorization_code", GRANT])).await;
    refused(&answer, StatusCode::BAD_REQUEST, "invalid_body", "allow_legacy_delegation_grant_types is off");
    let kept = script.patch("/clients/legacy-app-a", with_legacy(&["authorization_code", GRANT])).await;
    assert_eq!(kept.status, StatusCode::OK, "what a client has it may keep: {kept:?}");
    let answer = script.post("/clients", json!({ "name": "New", "grant_types": [GRANT] })).await;
    refused(&answer, StatusCode::BAD_REQUEST, "invalid_body", "is off");
    for other in
        ["http://auth0.com/oauth/legacy/grant-type/ro", "http://auth0.com/oauth/legacy/grant-type/access_token"]
    {
        let answer = script.patch("/clients/demo-spa", with_legacy(&[other])).await;
        refused(&answer, StatusCode::BAD_REQUEST, "invalid_body", "is off");
    }
    let on = json!({
        "delegation": { "mandatory_date": "2030-01-01" },
        "flags": { "allow_legacy_delegation_grant_types": true, "allow_legacy_ro_grant_types": true },
    });
    assert_eq!(script.patch("/tenants/settings", on).await.status, StatusCode::OK);
    let grants = ["authorization_code", GRANT, "http://auth0.com/oauth/legacy/grant-type/ro"];
    let answer = script.patch("/clients/demo-spa", with_legacy(&grants)).await;
    assert_eq!(answer.json()["grant_types"], json!(grants), "{answer:?}");
}
