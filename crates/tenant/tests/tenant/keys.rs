//! Signing keys: ES256 for APIs that ask for it, rotation and revocation while tokens are out, and how keys are cached.

use axum::http::{Method, StatusCode};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::{Value, json};

use crate::common::management::{Script, refused};
use crate::common::{Harness, NOTES, TENANT, authorize, claims};

/// The built-in tenant where the notes API has these settings too.
async fn tenant(settings: &str) -> Harness {
    let name = "    identifier: https://notes.example.com\n";
    Harness::with_replaced(name, &format!("{name}    {settings}\n")).await
}

/// Tokens of a silent request by `demo-spa`: the access token and the ID token.
async fn tokens(browser: &mut Harness) -> (String, String) {
    let code = browser.get(&authorize(&[("prompt", Some("none"))])).await.parameters()["code"].clone();
    let body = browser.exchange(&code).await.json();
    let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned();
    (text("access_token"), text("id_token"))
}

async fn published(browser: &mut Harness) -> Value {
    browser.get(&format!("{TENANT}/.well-known/jwks.json")).await.json()
}

/// The algorithm in a token's header, if a published key verifies the token as an API would.
async fn verified(browser: &mut Harness, token: &str) -> Option<String> {
    let header = jsonwebtoken::decode_header(token).expect("a header");
    let keys: JwkSet = serde_json::from_value(published(browser).await).expect("a key set");
    let key = keys.find(header.kid.as_deref().expect("a kid"))?;
    let mut validation = Validation::new(header.alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    let public = DecodingKey::from_jwk(key).expect("a public key");
    let decoded = jsonwebtoken::decode::<Value>(token, &public, &validation);
    decoded.ok().map(|_| format!("{:?}", header.alg))
}

#[tokio::test]
async fn an_api_chooses_what_its_tokens_are_signed_with() {
    let mut browser = tenant("signing_alg: ES256").await;
    browser.sign_in().await;
    let (access_token, id_token) = tokens(&mut browser).await;
    assert_eq!(verified(&mut browser, &access_token).await.as_deref(), Some("ES256"));
    assert_eq!(verified(&mut browser, &id_token).await.as_deref(), Some("RS256"), "ID tokens as their client says");
    assert_eq!(claims(&access_token)["aud"][0], NOTES);
    assert_eq!(browser.get_as("/lab/notes", &access_token).await.status, StatusCode::OK, "the API takes it");
    assert_eq!(browser.get_as("/userinfo", &access_token).await.status, StatusCode::OK);
    let keys = published(&mut browser).await;
    let kinds: Vec<_> = keys["keys"].as_array().expect("a list").iter().map(|key| key["alg"].clone()).collect();
    assert_eq!(kinds, ["RS256", "ES256", "RS256", "ES256"], "both that sign, then both that will");
    let ec = &keys["keys"][1];
    assert_eq!((&ec["kty"], &ec["crv"], &ec["use"]), (&json!("EC"), &json!("P-256"), &json!("sig")));
    assert!(ec.get("d").is_none() && ec.get("x5c").is_none());
    // Where no API asks for it, there is no such key.
    let mut plain = Harness::new().await;
    assert_eq!(published(&mut plain).await["keys"].as_array().map(Vec::len), Some(2));
    // An ES256 key signs no ID tokens, so one that it signed is none.
    let hint = browser.silent(&[("id_token_hint", Some(&access_token))]).await.parameters();
    assert_eq!(hint["error_description"], "id_token_hint is not an ID token of this tenant");
    assert!(browser.decision().await["summary"].as_str().expect("one").contains("RS256"));
}

#[tokio::test]
async fn the_choice_can_be_made_while_the_tenant_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = tenant::Data::Folder(folder.path().to_owned());
    let browser = Harness::with(|settings| settings.data = data.clone()).await;
    let mut script = Script::of(browser, "").await;
    script.harness.sign_in().await;
    let (before, _) = tokens(&mut script.harness).await;
    let path = "/resource-servers/https%3A%2F%2Fnotes.example.com";
    for other in ["HS512", "none", "es256"] {
        refused(
            &script.patch(path, json!({ "signing_alg": other })).await,
            StatusCode::BAD_REQUEST,
            "invalid_body",
            "one of RS256, ES256",
        );
    }
    let answer = script.patch(path, json!({ "signing_alg": "ES256" })).await;
    assert_eq!((answer.status, &answer.json()["signing_alg"]), (StatusCode::OK, &json!("ES256")));
    let (after, _) = tokens(&mut script.harness).await;
    assert_eq!(verified(&mut script.harness, &before).await.as_deref(), Some("RS256"), "what is out there stays good");
    assert_eq!(verified(&mut script.harness, &after).await.as_deref(), Some("ES256"));
    script.harness.tenant.close().await;
    let mut browser = Harness::with(|settings| settings.data = data).await;
    assert_eq!(verified(&mut browser, &after).await.as_deref(), Some("ES256"), "after a restart");
    assert_eq!(published(&mut browser).await["keys"].as_array().map(Vec::len), Some(4), "the same keys");
}

/// Tokens verify through rotations, until the key that signed them is revoked; those of other keys go on.
#[tokio::test]
async fn tokens_that_are_out_verify_until_their_key_is_revoked() {
    let mut script = Script::of(tenant("signing_alg: ES256").await, "").await;
    script.harness.sign_in().await;
    let mut out = Vec::new();
    for _ in 0..3 {
        let (access_token, id_token) = tokens(&mut script.harness).await;
        out.extend([access_token, id_token]);
        script.harness.advance(1);
        let rotated = script.call(Method::POST, "/keys/signing/rotate", None).await;
        assert_eq!((rotated.status, &rotated.json()["alg"]), (StatusCode::CREATED, &json!("RS256")));
        for token in &out {
            assert!(verified(&mut script.harness, token).await.is_some());
        }
        script = Script::of(script.harness, "").await;
    }
    let kid = |token: &str| jsonwebtoken::decode_header(token).expect("a header").kid.expect("a kid");
    let kids: std::collections::HashSet<_> = out.iter().map(|token| kid(token)).collect();
    assert_eq!(kids.len(), 6, "each rotation changes both keys");
    assert_eq!(published(&mut script.harness).await["keys"].as_array().map(Vec::len), Some(10));

    let first = out[0].clone();
    assert_eq!(script.harness.get_as("/lab/notes", &first).await.status, StatusCode::OK);
    let revoked = script.call(Method::PUT, &format!("/keys/signing/{}/revoke", kid(&first)), None).await;
    assert_eq!((revoked.status, &revoked.json()["alg"]), (StatusCode::OK, &json!("ES256")));
    assert!(revoked.json().get("cert").is_none());
    for (number, token) in out.iter().enumerate() {
        assert_eq!(verified(&mut script.harness, token).await.is_none(), number == 0, "token {number}");
    }
    assert_eq!(script.harness.get_as("/lab/notes", &first).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(script.harness.get_as("/lab/notes", &out[2]).await.status, StatusCode::OK);
}

/// Whoever asked before is told only that nothing changed, until something does.
#[tokio::test]
async fn keys_and_metadata_say_whether_they_changed() {
    let mut script = Script::new().await;
    for path in ["/.well-known/jwks.json", "/.well-known/openid-configuration"] {
        let url = format!("{TENANT}{path}");
        let first = script.harness.get(&url).await;
        assert_eq!((first.status, first.header("cache-control")), (StatusCode::OK, "public, max-age=15"), "{path}");
        assert_eq!(first.header("content-type"), "application/json");
        let tag = first.header("etag").to_owned();
        assert!(tag.len() > 40 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        for asked in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let again = script.harness.get_with(&url, &[("if-none-match", &asked)]).await;
            assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path} {asked}");
            assert_eq!((again.header("etag"), again.header("cache-control")), (&*tag, "public, max-age=15"));
        }
        for other in ["\"x\"", "x", &tag[1..]] {
            assert_eq!(script.harness.get_with(&url, &[("if-none-match", other)]).await.status, StatusCode::OK);
        }
    }
    let url = format!("{TENANT}/.well-known/jwks.json");
    let tag = script.harness.get(&url).await.header("etag").to_owned();
    script.call(Method::POST, "/keys/signing/rotate", None).await;
    let rotated = script.harness.get_with(&url, &[("if-none-match", &tag)]).await;
    assert_eq!(rotated.status, StatusCode::OK);
    assert_ne!(rotated.header("etag"), tag);
}

/// Row 120 of the control list: the profile of RFC 9068, for APIs that ask for it.
#[tokio::test]
async fn an_api_can_have_tokens_by_rfc_9068() {
    for (settings, typ, client_id) in [
        ("token_dialect: access_token", "JWT", Value::Null),
        ("token_dialect: rfc9068_profile", "at+jwt", json!("demo-spa")),
    ] {
        let mut browser = tenant(settings).await;
        browser.sign_in().await;
        let (access_token, id_token) = tokens(&mut browser).await;
        let header = jsonwebtoken::decode_header(&access_token).expect("a header");
        assert_eq!(header.typ.as_deref(), Some(typ));
        let said = claims(&access_token);
        assert_eq!(said["client_id"], client_id);
        for claim in ["iss", "exp", "aud", "sub", "iat", "jti"] {
            assert!(!said[claim].is_null(), "{claim}");
        }
        assert_eq!(jsonwebtoken::decode_header(&id_token).expect("a header").typ.as_deref(), Some("JWT"));
        assert_eq!(browser.get_as("/lab/notes", &access_token).await.status, StatusCode::OK);
    }
}
