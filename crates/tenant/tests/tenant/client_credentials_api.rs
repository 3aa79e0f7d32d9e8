//! `/api/v2/clients/{id}/credentials`: the keys of a client, which count as soon as they are enabled and no longer than they are.

use axum::http::{Method, StatusCode};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::common::management::{Script, refused};
use crate::common::{Answer, START_MS, TENANT};
use crate::private_key_jwt::{Keys, TYPE, claims};

const PATH: &str = "/clients/regular-web/credentials";

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

async fn created(script: &mut Script, new: Value) -> Value {
    let answer = script.post(PATH, new).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()
}

/// Has `regular-web` prove itself with these keys alone.
async fn enable(script: &mut Script, ids: &[&str]) -> Answer {
    let ids: Vec<_> = ids.iter().map(|id| json!({ "id": id })).collect();
    let methods = json!({ "private_key_jwt": { "credentials": ids } });
    let body = json!({ "client_authentication_methods": methods, "token_endpoint_auth_method": null });
    script.patch("/clients/regular-web", body).await
}

/// Whether `regular-web` is known by an assertion that this key signs, now.
async fn is_known(script: &mut Script, keys: &Keys, alg: Algorithm, kid: Option<&str>) -> bool {
    let now = script.harness.get(&format!("{TENANT}/.well-known/jwks.json")).await;
    let now = jiff::fmt::rfc2822::parse(now.header("date")).expect("a date").timestamp().as_second();
    let own = json!({ "iss": "regular-web", "sub": "regular-web", "iat": now, "exp": now + 60 });
    let assertion = keys.sign(alg, kid, &claims(&own));
    let form = [("token", "x"), ("client_assertion_type", TYPE), ("client_assertion", &assertion)];
    let answer = script.harness.post_form(&format!("{TENANT}/oauth/revoke"), &form).await;
    assert!(matches!(answer.status, StatusCode::OK | StatusCode::UNAUTHORIZED), "{answer:?}");
    answer.status == StatusCode::OK
}

#[tokio::test]
async fn a_client_goes_from_one_key_to_the_next() {
    let (old, new) = (Keys::new(), Keys::new());
    let mut script = Script::new().await;
    assert_eq!(script.get(PATH).await.json(), json!([]));
    let first = created(
        &mut script,
        json!({ "credential_type": "public_key", "name": "Old", "pem": old.rsa.public_key_pem() }),
    )
    .await;
    let kid = text(&first, "kid");
    assert!(text(&first, "id").starts_with("cred_") && kid.len() == 43, "{first}");
    for (field, expected) in [
        ("name", json!("Old")),
        ("alg", json!("RS256")),
        ("credential_type", json!("public_key")),
        ("created_at", json!("2026-11-23T00:00:00.000Z")),
        ("pem", Value::Null),
    ] {
        assert_eq!(first[field], expected, "{field}");
    }
    assert!(!is_known(&mut script, &old, Algorithm::RS256, None).await, "it is not enabled yet");
    let answer = enable(&mut script, &[&text(&first, "id")]).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert!(answer.json().get("credentials").is_none() && !answer.body.contains("BEGIN"), "{answer:?}");
    assert!(is_known(&mut script, &old, Algorithm::RS256, Some(&kid)).await);
    assert!(!is_known(&mut script, &old, Algorithm::RS256, Some("another-name")).await, "its kid is its own");
    assert!(!is_known(&mut script, &new, Algorithm::ES256, None).await);

    let pem = new.ec.public_key_pem();
    let second = json!({ "credential_type": "public_key", "pem": pem, "alg": "ES256", "kid": "the-second-key" });
    let second = created(&mut script, second).await;
    assert_eq!(second["kid"], "the-second-key");
    assert!(!is_known(&mut script, &new, Algorithm::ES256, None).await, "not enabled, beside one that is");
    let ids = (text(&first, "id"), text(&second, "id"));
    assert_eq!(enable(&mut script, &[&ids.0, &ids.1]).await.status, StatusCode::OK);
    for (keys, alg) in [(&old, Algorithm::RS256), (&new, Algorithm::ES256)] {
        assert!(is_known(&mut script, keys, alg, None).await, "both, while the client changes over");
    }
    let listed = script.get(PATH).await.json();
    assert_eq!(listed, json!([first, second]));
    assert_eq!(script.get(&format!("{PATH}/{}", ids.1)).await.json(), second);

    // The old one ends at a time, which can be moved; then it goes.
    let of_first = format!("{PATH}/{}", ids.0);
    let soon = json!({ "expires_at": "2026-11-23T00:01:00.000Z" });
    let changed = script.patch(&of_first, soon.clone()).await;
    assert_eq!((changed.status, &changed.json()["expires_at"]), (StatusCode::OK, &soon["expires_at"]));
    assert!(is_known(&mut script, &old, Algorithm::RS256, None).await);
    script.harness.advance(60);
    assert!(!is_known(&mut script, &old, Algorithm::RS256, None).await, "its time is over");
    assert!(is_known(&mut script, &new, Algorithm::ES256, None).await);
    let never = script.patch(&of_first, json!({ "expires_at": null })).await.json();
    assert_eq!((never.get("expires_at"), &never["updated_at"]), (None, &json!("2026-11-23T00:01:00.000Z")));
    assert!(is_known(&mut script, &old, Algorithm::RS256, None).await, "at once");
    for _ in 0..2 {
        assert_eq!(script.call(Method::DELETE, &of_first, None).await.status, StatusCode::NO_CONTENT);
    }
    assert!(!is_known(&mut script, &old, Algorithm::RS256, None).await, "at once too");
    refused(&script.get(&of_first).await, StatusCode::NOT_FOUND, "inexistent_credential", "");
    // Without any key nobody is the client any more; the rest of it can still be changed.
    script.call(Method::DELETE, &format!("{PATH}/{}", ids.1), None).await;
    assert!(!is_known(&mut script, &new, Algorithm::ES256, None).await);
    assert_eq!(script.patch("/clients/regular-web", json!({ "name": "Web" })).await.status, StatusCode::OK);
}

#[tokio::test]
async fn keys_that_come_with_a_client_are_kept_under_ids() {
    let keys = Keys::new();
    let mut script = Script::new().await;
    let methods =
        json!({ "private_key_jwt": { "credentials": [{ "name": "Mine", "pem": keys.rsa.public_key_pem() }] } });
    let body = json!({ "client_authentication_methods": methods, "token_endpoint_auth_method": null });
    let shown = script.patch("/clients/regular-web", body).await.json();
    let enabled = shown["client_authentication_methods"]["private_key_jwt"]["credentials"].clone();
    let listed = script.get(PATH).await.json();
    assert_eq!((enabled, &listed[0]["name"]), (json!([{ "id": listed[0]["id"] }]), &json!("Mine")));
    assert_eq!(listed[0]["kid"].as_str().map(str::len), Some(43));
    assert!(is_known(&mut script, &keys, Algorithm::RS256, None).await);

    // So are those of a tenant file.
    let from = "    client_id: regular-web\n    client_secret: regular-web-secret\n    app_type: regular_web\n    token_endpoint_auth_method: client_secret_post\n";
    let methods = json!({ "private_key_jwt": { "credentials": [{ "pem": keys.rsa.public_key_pem() }] } });
    let to = format!("    client_id: regular-web\n    client_authentication_methods: {methods}\n");
    let mut script = Script::of(crate::common::Harness::with_replaced(from, &to).await, "").await;
    let id = text(&script.get(PATH).await.json()[0], "id");
    assert!(is_known(&mut script, &keys, Algorithm::RS256, None).await);
    script.call(Method::DELETE, &format!("{PATH}/{id}"), None).await;
    assert!(!is_known(&mut script, &keys, Algorithm::RS256, None).await);
}

#[tokio::test]
async fn what_is_no_public_key_is_refused_with_the_place() {
    let keys = Keys::new();
    let mut script = Script::new().await;
    let pem = keys.rsa.public_key_pem();
    let with = |changes: Value| {
        let mut body = json!({ "credential_type": "public_key", "pem": pem });
        body.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
        body
    };
    for (body, words) in [
        (with(json!({ "credential_type": null })), "required property: credential_type"),
        (with(json!({ "pem": null })), "required property: pem"),
        (with(json!({ "credential_type": "cert_subject_dn" })), "one of public_key"),
        (with(json!({ "pem": "junk" })), "BEGIN PUBLIC KEY to END PUBLIC KEY' on property pem"),
        (with(json!({ "pem": keys.rsa.serialize_pem() })), "the public half of the key alone' on property pem"),
        (with(json!({ "alg": "ES256" })), "an EC key on P-256"),
        (with(json!({ "alg": "HS256" })), "on property alg"),
        (with(json!({ "kid": "short" })), "10 to 64 letters"),
        (with(json!({ "kid": "with a blank in it" })), "10 to 64 letters"),
        (with(json!({ "expires_at": "soon" })), "ISO 8601"),
        (with(json!({ "id": "cred_mine" })), "not allowed: id"),
        (with(json!({ "parse_expiry_from_cert": true })), "not allowed: parse_expiry_from_cert"),
    ] {
        refused(&script.post(PATH, body).await, StatusCode::BAD_REQUEST, "invalid_body", words);
    }
    let good = created(&mut script, with(json!({}))).await;
    let again = script.post(PATH, with(json!({ "name": "Again" }))).await;
    refused(&again, StatusCode::CONFLICT, "credential_exists", "this kid already");
    let path = format!("{PATH}/{}", text(&good, "id"));
    for (body, words) in [
        (json!({ "expires_at": "soon" }), "ISO 8601"),
        (json!({ "pem": pem }), "not allowed: pem"),
        (json!({ "expires_at": START_MS }), "a text"),
    ] {
        refused(&script.patch(&path, body).await, StatusCode::BAD_REQUEST, "invalid_body", words);
    }
    for (method, path, body, code) in [
        (Method::GET, "/clients/nobody/credentials".to_owned(), None, "inexistent_client"),
        (Method::POST, "/clients/nobody/credentials".to_owned(), Some(with(json!({}))), "inexistent_client"),
        (Method::GET, format!("{PATH}/cred_unknown"), None, "inexistent_credential"),
        (Method::PATCH, format!("{PATH}/cred_unknown"), Some(json!({ "expires_at": null })), "inexistent_credential"),
        // Another client's key is not this one's.
        (Method::GET, path.replace("regular-web", "machine"), None, "inexistent_credential"),
    ] {
        refused(&script.call(method, &path, body).await, StatusCode::NOT_FOUND, code, "");
    }
    let unknown = enable(&mut script, &["cred_unknown"]).await;
    refused(&unknown, StatusCode::BAD_REQUEST, "invalid_body", "the id of one of the client's credentials");
    let logs = json!(script.harness.logs("sapi,fapi").await).to_string();
    let key = pem.lines().nth(1).expect("its first line");
    assert!(logs.contains("Create a client credential") && !logs.contains(key), "{logs}");
}
