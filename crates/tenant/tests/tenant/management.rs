//! The Management API: who may call it, and settings, APIs and keys through it.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::common::management::{AUDIENCE, Script, refused};
use crate::common::{Harness, TENANT, authorize, claims};

#[tokio::test]
async fn every_address_wants_a_token_of_the_tenant_for_this_api() {
    let mut script = Script::new().await;
    let id_token = script.harness.sign_in().await;
    let notes = script.harness.exchange(&id_token).await.json();
    for path in
        ["/clients", "/clients/x", "/resource-servers", "/tenants/settings", "/logs", "/logs/1", "/keys/signing"]
    {
        let url = format!("{TENANT}/api/v2{path}");
        let answer = script.harness.get(&url).await;
        refused(&answer, StatusCode::UNAUTHORIZED, "", "Missing authentication");
        for token in ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
            let answer = script.harness.get_with(&url, &[("authorization", &format!("Bearer {token}"))]).await;
            refused(&answer, StatusCode::UNAUTHORIZED, "", "Invalid token");
        }
        let answer = script.harness.get_with(&url, &[("authorization", "Basic eDp5")]).await;
        refused(&answer, StatusCode::UNAUTHORIZED, "", "Invalid token");
        let bearer = format!("Bearer {}", notes["access_token"].as_str().expect("a token"));
        let answer = script.harness.get_with(&url, &[("authorization", &bearer)]).await;
        refused(&answer, StatusCode::UNAUTHORIZED, "", "Bad audience");
    }
    // The very token is good for all of them, at its own issuer and until it expires.
    assert_eq!(script.get("/clients").await.status, StatusCode::OK);
    let bearer = format!("Bearer {}", script.token);
    let elsewhere = "http://tenant.localhost:4000/api/v2/clients";
    let answer = script.harness.get_with(elsewhere, &[("authorization", &bearer)]).await;
    refused(&answer, StatusCode::UNAUTHORIZED, "", "Invalid token");
    let lifetime =
        claims(&script.token)["exp"].as_i64().expect("exp") - claims(&script.token)["iat"].as_i64().expect("iat");
    script.harness.advance(u64::try_from(lifetime).expect("positive"));
    refused(&script.get("/clients").await, StatusCode::UNAUTHORIZED, "", "Expired token");
}

#[tokio::test]
async fn every_address_wants_its_scope() {
    let mut script = Script::of(Harness::new().await, "read:users").await;
    for (method, path, scope) in [
        (Method::GET, "/clients", "read:clients,read:client_keys"),
        (Method::GET, "/clients/demo-spa", "read:clients,read:client_keys"),
        (Method::POST, "/clients", "create:clients"),
        (Method::PATCH, "/clients/demo-spa", "update:clients,update:client_keys"),
        (Method::DELETE, "/clients/demo-spa", "delete:clients"),
        (Method::GET, "/clients/x/credentials", "read:client_credentials"),
        (Method::GET, "/clients/x/credentials/y", "read:client_credentials"),
        (Method::POST, "/clients/x/credentials", "create:client_credentials"),
        (Method::PATCH, "/clients/x/credentials/y", "update:client_credentials"),
        (Method::DELETE, "/clients/x/credentials/y", "delete:client_credentials"),
        (Method::GET, "/resource-servers", "read:resource_servers"),
        (Method::GET, "/resource-servers/x", "read:resource_servers"),
        (Method::POST, "/resource-servers", "create:resource_servers"),
        (Method::PATCH, "/resource-servers/x", "update:resource_servers"),
        (Method::DELETE, "/resource-servers/x", "delete:resource_servers"),
        (Method::GET, "/tenants/settings", "read:tenant_settings"),
        (Method::PATCH, "/tenants/settings", "update:tenant_settings"),
        (Method::GET, "/logs", "read:logs"),
        (Method::GET, "/logs/1", "read:logs"),
        (Method::GET, "/keys/signing", "read:signing_keys"),
        (Method::POST, "/keys/signing/rotate", "create:signing_keys,update:signing_keys"),
        (Method::PUT, "/keys/signing/x/revoke", "update:signing_keys"),
    ] {
        let answer = script.call(method.clone(), path, None).await;
        let words = format!("Insufficient scope, expected any of: {scope}");
        refused(&answer, StatusCode::FORBIDDEN, "insufficient_scope", &words);
    }
    assert_eq!(Harness::new().await.get(&format!("{TENANT}/api/v2/nowhere")).await.status, StatusCode::NOT_FOUND);
    refused(
        &script.call(Method::DELETE, "/logs", None).await,
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "",
    );
}

#[tokio::test]
async fn lists_are_paged_as_the_vendor_does() {
    let mut script = Script::new().await;
    let all = script.get("/clients").await.json();
    let total = all.as_array().expect("a plain list").len();
    assert!(total > 10);
    let page = script.get("/clients?page=1&per_page=5&include_totals=true").await.json();
    assert_eq!((page["start"].as_u64(), page["limit"].as_u64(), page["length"].as_u64()), (Some(5), Some(5), Some(5)));
    assert_eq!(page["total"].as_u64(), Some(total as u64));
    assert_eq!(page["clients"][0], all[5]);
    assert_eq!(script.get("/clients?page=99").await.json(), json!([]));

    // From checkpoint to checkpoint every client comes once.
    let (mut seen, mut from) = (Vec::new(), String::new());
    loop {
        let part = script.get(&format!("/clients?take=5{from}&fields=client_id")).await.json();
        seen.extend(part["clients"].as_array().expect("a list").clone());
        match part["next"].as_str() {
            Some(next) => from = format!("&from={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), total);
    assert_eq!(seen[3], json!({ "client_id": all[3]["client_id"] }), "fields are the wanted ones alone");
    let without = script.get("/clients?fields=client_id&include_fields=false").await.json();
    assert!(without[0].get("client_id").is_none() && without[0].get("name").is_some());
    let kinds = script.get("/clients?app_type=native,non_interactive&is_first_party=true&is_global=false").await.json();
    let ids: Vec<_> = kinds.as_array().expect("a list").iter().map(|client| client["client_id"].clone()).collect();
    assert_eq!(ids, [json!("machine"), json!("native-app")]);
    for (query, words) in [
        ("per_page=101", "from 0 to 100"),
        ("per_page=x", "per_page"),
        ("page=-1", "page"),
        ("include_totals=maybe", "true or false"),
        ("nonsense=1", "not allowed: nonsense"),
        ("page=1&page=2", "more than once"),
        ("take=0", "take"),
    ] {
        let answer = script.get(&format!("/clients?{query}")).await;
        refused(&answer, StatusCode::BAD_REQUEST, "invalid_query_string", words);
    }
}

#[tokio::test]
async fn settings_are_read_and_changed_and_the_flag_follows_the_date() {
    let mut script = Script::new().await;
    let settings = script.get("/tenants/settings").await.json();
    assert_eq!(settings["friendly_name"], "Silent Auth");
    assert_eq!(settings["session_lifetime"], 168);
    assert_eq!(settings["flags"]["allow_legacy_delegation_grant_types"], false, "stored as true, and the date is past");
    assert_eq!(settings["delegation"]["mandatory_date"], "2018-02-01");

    let flag = |on: bool| json!({ "flags": { "allow_legacy_delegation_grant_types": on } });
    let answer = script.patch("/tenants/settings", flag(true)).await;
    refused(&answer, StatusCode::CONFLICT, "mandatory_date_passed", "2018-02-01");
    let answer =
        script.patch("/tenants/settings", json!({ "delegation": { "mandatory_date": "2026-11-24" } })).await.json();
    assert_eq!(answer["flags"]["allow_legacy_delegation_grant_types"], true, "the date is tomorrow");
    script.harness.advance(86_400 - 3600);
    script.harness.advance(3600);
    let mut script = Script::of(script.harness, "").await;
    let settings = script.get("/tenants/settings").await.json();
    assert_eq!(settings["flags"]["allow_legacy_delegation_grant_types"], false, "the day has come, and nobody edited");
    let answer = script.patch("/tenants/settings", json!({ "delegation": { "mandatory_date": null } })).await.json();
    assert_eq!(
        (answer["delegation"]["mandatory_date"].clone(), &answer["flags"]["allow_legacy_delegation_grant_types"]),
        (Value::Null, &json!(true))
    );
    assert_eq!(
        script.patch("/tenants/settings", flag(false)).await.json()["flags"]["allow_legacy_delegation_grant_types"],
        false
    );

    let answer = script
        .patch("/tenants/settings", json!({ "session_lifetime_in_minutes": 90, "friendly_name": "Mine" }))
        .await
        .json();
    assert_eq!((answer["session_lifetime"].as_f64(), &answer["friendly_name"]), (Some(1.5), &json!("Mine")));
    assert_eq!(script.get("/tenants/settings?fields=friendly_name").await.json(), json!({ "friendly_name": "Mine" }));
    let settings = script.get("/tenants/settings").await.json();
    let again = script.patch("/tenants/settings", settings.clone()).await;
    assert_eq!((again.status, again.json()), (StatusCode::OK, settings), "what was read can be sent back as it is");

    for (body, words) in [
        (json!({ "nonsense": 1 }), "not allowed: nonsense"),
        (json!({ "flags": { "nonsense": true } }), "not allowed: nonsense' on property flags"),
        (json!({ "flags": { "enable_sso": "yes" } }), "on property flags.enable_sso"),
        (json!({ "flags": [] }), "Expected an object"),
        (json!({ "session_lifetime": 0 }), "above 0"),
        (json!({ "session_lifetime": "long" }), "above 0"),
        (json!({ "delegation": { "mandatory_date": "tomorrow" } }), "a day such as"),
        (json!({ "delegation": { "mandatory_date": 7 } }), "delegation.mandatory_date"),
        (json!({ "delegation": { "calls_per_minute": 0 } }), "from 1"),
    ] {
        refused(&script.patch("/tenants/settings", body).await, StatusCode::BAD_REQUEST, "invalid_body", words);
    }
}

#[tokio::test]
async fn an_api_is_made_changed_and_deleted_by_id_or_identifier() {
    let mut script = Script::new().await;
    let made = script
        .post(
            "/resource-servers",
            json!({ "name": "Mine", "identifier": "https://mine.example.com/a b".replace(' ', "") }),
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let made = made.json();
    for (field, expected) in [
        ("allow_offline_access", json!(false)),
        ("skip_consent_for_verifiable_first_party_clients", json!(false)),
        ("token_lifetime", json!(86_400)),
        ("token_lifetime_for_web", json!(7_200)),
        ("signing_alg", json!("RS256")),
    ] {
        assert_eq!(made[field], expected, "{field}");
    }
    let id = made["id"].as_str().expect("an id").to_owned();
    assert!(id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    for path in [format!("/resource-servers/{id}"), "/resource-servers/https%3A%2F%2Fmine.example.com%2Fab".to_owned()]
    {
        assert_eq!(script.get(&path).await.json(), made, "{path}");
    }
    let path = format!("/resource-servers/{id}");
    assert_eq!(script.get(&format!("{path}?fields=name")).await.json(), json!({ "name": "Mine" }));
    let scopes = json!([{ "value": "read:x", "description": "Read" }]);
    let changed = script.patch(&path, json!({ "allow_offline_access": true, "scopes": scopes })).await.json();
    assert_eq!((changed["allow_offline_access"].clone(), changed["scopes"].clone()), (json!(true), scopes));
    for (body, words) in [
        (json!({ "identifier": "other" }), "not allowed: identifier"),
        (json!({ "token_lifetime": 2_592_001 }), "from 1 to 2592000"),
        (json!({ "token_lifetime": 60, "token_lifetime_for_web": 61 }), "at most the token_lifetime"),
        (json!({ "signing_alg": "PS256" }), "Expected one of RS256"),
        (json!({ "scopes": [{ "value": "a b" }] }), "scopes[0]"),
        (json!({ "scopes": ["x"] }), "a list of objects"),
    ] {
        refused(&script.patch(&path, body).await, StatusCode::BAD_REQUEST, "invalid_body", words);
    }
    for (body, words) in [
        (json!({ "name": "x" }), "required property: identifier"),
        (json!({ "identifier": 1 }), "on property identifier"),
        (json!({ "identifier": "a b" }), "on property identifier"),
    ] {
        refused(&script.post("/resource-servers", body).await, StatusCode::BAD_REQUEST, "invalid_body", words);
    }
    let again = json!({ "identifier": "https://localhost:4000/api/v2/" });
    refused(&script.post("/resource-servers", again).await, StatusCode::CONFLICT, "resource_server_exists", "");
    assert_eq!(script.call(Method::DELETE, &path, None).await.status, StatusCode::NO_CONTENT);
    refused(&script.get(&path).await, StatusCode::NOT_FOUND, "inexistent_resource_server", "");
    let system = "/resource-servers/https%3A%2F%2Flocalhost%3A4000%2Fapi%2Fv2%2F";
    refused(&script.call(Method::DELETE, system, None).await, StatusCode::BAD_REQUEST, "invalid_body", "own API");
    refused(&script.patch(system, json!({ "scopes": [] })).await, StatusCode::BAD_REQUEST, "invalid_body", "own API");
    let listed = script.get("/resource-servers?identifiers=https://notes.example.com&include_totals=true").await.json();
    assert_eq!((listed["total"].as_u64(), &listed["resource_servers"][0]["name"]), (Some(1), &json!("Notes")));
}

#[tokio::test]
async fn keys_rotate_and_are_revoked_and_tokens_follow() {
    let mut script = Script::new().await;
    let keys = script.get("/keys/signing").await.json();
    assert_eq!(keys.as_array().expect("a list").len(), 2);
    let (next, current) = (keys[0].clone(), keys[1].clone());
    assert!(next["next"] == true && current["current"] == true && current["current_since"].is_string());
    assert!(current["cert"].as_str().expect("PEM").starts_with("-----BEGIN CERTIFICATE-----\n"));
    let kids = async |script: &mut Script| {
        let keys = script.harness.get(&format!("{TENANT}/.well-known/jwks.json")).await.json();
        let kids: Vec<_> = keys["keys"].as_array().expect("a list").iter().map(|key| key["kid"].clone()).collect();
        kids
    };
    assert_eq!(kids(&mut script).await, [current["kid"].clone(), next["kid"].clone()], "both are published");

    script.harness.advance(1);
    let answer = script.call(Method::POST, "/keys/signing/rotate", None).await;
    assert_eq!(
        (answer.status, &answer.json()["kid"]),
        (StatusCode::CREATED, &next["kid"]),
        "the announced key signs now"
    );
    let old = script.token.clone();
    assert_eq!(kids(&mut script).await.len(), 3);
    let revoke = |kid: &Value| format!("/keys/signing/{}/revoke", kid.as_str().expect("a text"));
    let in_use = script.call(Method::PUT, &revoke(&next["kid"]), None).await;
    refused(&in_use, StatusCode::CONFLICT, "signing_key_in_use", "rotate first");

    let mut script = Script::of(script.harness, "").await;
    assert_eq!(script.get("/clients").await.status, StatusCode::OK, "a token of the new key");
    let old = format!("Bearer {old}");
    let with_old = [("authorization", old.as_str())];
    let url = format!("{TENANT}/api/v2/clients");
    assert_eq!(script.harness.get_with(&url, &with_old).await.status, StatusCode::OK, "until its key is revoked");
    let revoked = script.call(Method::PUT, &revoke(&current["kid"]), None).await;
    assert_eq!((revoked.status, &revoked.json()["revoked"]), (StatusCode::OK, &json!(true)));
    refused(&script.harness.get_with(&url, &with_old).await, StatusCode::UNAUTHORIZED, "", "Invalid token");
    assert!(!kids(&mut script).await.contains(&current["kid"]));
    refused(
        &script.call(Method::PUT, &revoke(&current["kid"]), None).await,
        StatusCode::CONFLICT,
        "signing_key_revoked",
        "",
    );
    refused(
        &script.call(Method::PUT, &revoke(&json!("x")), None).await,
        StatusCode::NOT_FOUND,
        "inexistent_signing_key",
        "",
    );
    let types: Vec<_> = script.harness.logs("sapi").await.iter().map(|entry| entry["description"].clone()).collect();
    assert_eq!(types, ["Revoke an Application Signing Key", "Rotate the Application Signing Key"]);
}

/// Whoever can sign in would else be an administrator: by an app that asks for the tenant's own API, or by a password.
#[tokio::test]
async fn a_user_brings_no_scopes_of_the_tenants_own_api() {
    let mut browser = Harness::new().await;
    let asked = "openid read:clients read:client_keys update:clients";
    let request = authorize(&[("audience", Some(AUDIENCE)), ("scope", Some(asked))]);
    let answer = browser.log_in_at(&request, "ada@example.com", "ada-password").await;
    let mut tokens = vec![browser.exchange(&answer.parameters()["code"]).await.json()];
    for scope in ["", asked] {
        let more = [("audience", AUDIENCE), ("scope", scope)];
        tokens.push(browser.token_for_password(&more).await.json());
    }
    for body in tokens {
        let scope = body["scope"].as_str().unwrap_or_default();
        assert!(["", "openid"].contains(&scope), "{body}");
        let token = body["access_token"].as_str().expect("a token").to_owned();
        let mut script = Script { harness: browser.clone(), token };
        refused(&script.get("/clients").await, StatusCode::FORBIDDEN, "insufficient_scope", "read:clients");
    }
}
