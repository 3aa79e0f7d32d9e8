//! APIs whose access tokens are signed with a secret that they share with the tenant (Auth0: Signing Algorithms, HS256).

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};
use tenant::TenantFile;

use crate::common::management::{AUDIENCE, Script, refused};
use crate::common::{Harness, NOTES, START_MS, TENANT, claims};

const SECRET: &str = "a-secret-of-the-notes-api";
const NOTES_PATH: &str = "/resource-servers/https%3A%2F%2Fnotes.example.com";

async fn tenant() -> Harness {
    let name = "    identifier: https://notes.example.com\n";
    Harness::with_replaced(name, &format!("{name}    signing_alg: HS256\n    signing_secret: {SECRET}\n")).await
}

/// Ada's tokens for the notes API, got by `demo-spa`.
async fn tokens(browser: &mut Harness) -> Value {
    browser.cookies.clear();
    let code = browser.sign_in().await;
    browser.exchange(&code).await.json()
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}"))
}

/// Whether the token is one by HS256 with this secret, as an API would look at it.
fn is_signed_with(token: &str, secret: &str) -> bool {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    jsonwebtoken::decode::<Value>(token, &DecodingKey::from_secret(secret.as_bytes()), &validation).is_ok()
}

/// Whether the notes API is told that the token is good.
async fn is_active(browser: &mut Harness, token: &str) -> bool {
    let form = [("client_id", "notes-api"), ("client_secret", "notes-api-secret"), ("token", token)];
    let answer = browser.post_form(&format!("{TENANT}/oauth/introspect"), &form).await;
    answer.json()["active"].as_bool().unwrap_or_else(|| panic!("{answer:?}"))
}

#[tokio::test]
async fn an_api_can_have_its_tokens_signed_with_its_secret() {
    let mut browser = tenant().await;
    let body = tokens(&mut browser).await;
    let (token, id_token) = (text(&body, "access_token").to_owned(), text(&body, "id_token"));
    let header = jsonwebtoken::decode_header(&token).expect("a header");
    assert_eq!((header.alg, header.kid), (Algorithm::HS256, None));
    assert!(is_signed_with(&token, SECRET) && !is_signed_with(&token, "a-secret-of-another-api"));
    assert_eq!(jsonwebtoken::decode_header(id_token).expect("a header").alg, Algorithm::RS256, "as the client says");
    // Such a token is for its API alone, though openid was granted with it.
    assert_eq!(claims(&token)["aud"], NOTES);
    assert!(claims(&token)["scope"].as_str().expect("a scope").contains("openid"));
    assert_eq!(browser.get_as("/userinfo", &token).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.get_as("/lab/notes", &token).await.status, StatusCode::OK, "the API takes it");
    assert!(is_active(&mut browser, &token).await);
    let exchange = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("client_id", "notes-api"),
        ("client_secret", "notes-api-secret"),
        ("subject_token", &*token),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("audience", "https://reports.example.com"),
    ];
    let bought = browser.token(&exchange).await.json();
    let bought = jsonwebtoken::decode_header(text(&bought, "access_token")).expect("a header");
    assert_eq!(bought.alg, Algorithm::RS256, "by the API that the new token is for");
    // The tokens of the other APIs are as they were, and the key is published nowhere.
    let jwks = browser.get(&format!("{TENANT}/.well-known/jwks.json")).await.body;
    assert!(!jwks.contains("oct") && !jwks.contains(&URL_SAFE_NO_PAD.encode(SECRET)), "{jwks}");
}

/// What an API is configured for decides, never what the token says of itself; and a secret that an API knows opens
/// nothing but that API.
#[tokio::test]
async fn a_token_does_not_choose_how_it_is_verified() {
    let mut browser = tenant().await;
    let now = START_MS / 1000;
    let own = |aud: &str| {
        json!({ "iss": format!("{TENANT}/"), "sub": "auth0|ada", "aud": aud, "azp": "machine", "iat": now,
                "exp": now + 60, "scope": "openid read:notes read:clients" })
    };
    let with = |header: &Header, secret: &[u8], claims: &Value| {
        jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(secret)).expect("a token")
    };
    let hs256 = Header::new(Algorithm::HS256);
    assert_eq!(
        browser.get_as("/lab/notes", &with(&hs256, SECRET.as_bytes(), &own(NOTES))).await.status,
        StatusCode::OK,
        "who knows the secret can make tokens for this API: that is what sharing it means"
    );
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let jwks = browser.get(&format!("{TENANT}/.well-known/jwks.json")).await.json();
    let kid = jwks["keys"][0]["kid"].as_str().expect("a kid").to_owned();
    let public = jwks["keys"][0]["n"].as_str().expect("a modulus").to_owned();
    let good = with(&hs256, SECRET.as_bytes(), &own(NOTES));
    let body_and_signature = good.split_once('.').expect("three parts").1.to_owned();
    let forged = [
        with(&hs256, b"a-secret-of-another-api", &own(NOTES)),
        with(&Header::new(Algorithm::HS512), SECRET.as_bytes(), &own(NOTES)),
        with(&Header { kid: Some(kid.clone()), ..Header::new(Algorithm::HS256) }, public.as_bytes(), &own(NOTES)),
        format!("{}.{body_and_signature}", part(json!({ "alg": "RS256", "typ": "JWT", "kid": kid }))),
        format!("{}.{}.", part(json!({ "alg": "none" })), part(own(NOTES))),
    ];
    for token in &forged {
        assert_eq!(browser.get_as("/lab/notes", token).await.status, StatusCode::UNAUTHORIZED, "{token}");
    }
    // Neither the Management API, nor introspection, nor a hint knows such a secret.
    let managing = with(&hs256, SECRET.as_bytes(), &own(AUDIENCE));
    let answer = browser.get_as("/api/v2/clients", &managing).await;
    refused(&answer, StatusCode::UNAUTHORIZED, "", "Invalid token");
    assert!(!is_active(&mut browser, &good).await, "it was never issued");
    let hint = with(&hs256, SECRET.as_bytes(), &own("demo-spa"));
    let hinted = browser.silent(&[("id_token_hint", Some(&hint))]).await.parameters();
    assert_eq!(hinted["error_description"], "id_token_hint is not an ID token of this tenant");
}

#[tokio::test]
async fn the_secret_is_shown_to_whoever_makes_it_and_then_never() {
    let mut script = Script::new().await;
    let before = tokens(&mut script.harness).await;
    let before = text(&before, "access_token").to_owned();
    let made = script.patch(NOTES_PATH, json!({ "signing_alg": "HS256" })).await.json();
    let secret = text(&made, "signing_secret").to_owned();
    assert!(secret.len() >= 43, "256 bits: {}", secret.len());
    let mut after = tokens(&mut script.harness).await;
    assert!(is_signed_with(text(&after, "access_token"), &secret), "the next token is signed with it");
    // What was signed by another algorithm is not good any more at the API, nor where it asks.
    assert_eq!(script.harness.get_as("/lab/notes", &before).await.status, StatusCode::UNAUTHORIZED);
    assert!(!is_active(&mut script.harness, &before).await);
    let why = script.harness.decision().await["summary"].as_str().expect("a sentence").to_owned();
    assert!(why.contains("not what its API is configured for any more"), "{why}");

    let renamed = script.patch(NOTES_PATH, json!({ "name": "N" })).await;
    for answer in [renamed, script.get(NOTES_PATH).await, script.get("/resource-servers").await] {
        assert!(answer.status == StatusCode::OK && !answer.body.contains("signing_secret"), "{answer:?}");
        assert!(!answer.body.contains(&secret), "{answer:?}");
    }
    let another = json!({ "signing_secret": "another-secret-of-mine" });
    let set = script.patch(NOTES_PATH, another.clone()).await.json();
    assert_eq!(set["signing_secret"], another["signing_secret"]);
    after = tokens(&mut script.harness).await;
    assert!(is_signed_with(text(&after, "access_token"), "another-secret-of-mine"));
    let back = script.patch(NOTES_PATH, json!({ "signing_alg": "RS256" })).await;
    assert!(!back.body.contains("signing_secret"));
    after = tokens(&mut script.harness).await;
    let header = jsonwebtoken::decode_header(text(&after, "access_token")).expect("a header");
    assert_eq!(header.alg, Algorithm::RS256);
    let created =
        script.post("/resource-servers", json!({ "identifier": "https://x.example", "signing_alg": "HS256" }));
    assert!(text(&created.await.json(), "signing_secret").len() >= 43);

    for (path, body, words) in [
        (NOTES_PATH, json!({ "signing_secret": "fifteen-letters" }), "at least 16 characters"),
        (NOTES_PATH, json!({ "signing_secret": 1 }), "a text"),
        (
            "/resource-servers/https%3A%2F%2Flocalhost%3A4000%2Fapi%2Fv2%2F",
            json!({ "signing_alg": "HS256" }),
            "Expected RS256 or ES256",
        ),
    ] {
        refused(&script.patch(path, body).await, StatusCode::BAD_REQUEST, "invalid_body", words);
    }
    let logs = json!(script.harness.logs("sapi").await).to_string();
    assert!(logs.contains("signing_secret"), "that it was set is logged: {logs}");
    assert!(!logs.contains("another-secret-of-mine") && !logs.contains(&secret));
}

#[test]
fn a_tenant_file_need_not_bring_the_secret() {
    let api = |more: &str| format!("resourceServers: [{{ name: N, identifier: x, signing_alg: HS256{more} }}]");
    let file = TenantFile::parse(&api(""), None).expect("a usable file");
    let made = file.apis[0]["signing_secret"].as_str().expect("a secret").to_owned();
    assert!(made.len() >= 43 && file.secrets_made[0].1.expose().contains(&made), "shown");
    let file = TenantFile::parse(&api(", signing_secret: sixteen-letters-"), None).expect("a usable file");
    assert!(file.apis[0]["signing_secret"] == "sixteen-letters-" && file.secrets_made.is_empty());
    for (more, words) in [
        (", signing_secret: fifteen-letters", "a signing_secret of at least 16 characters, found a shorter one"),
        (", is_system: true", "the tenant's own API, such as RS256, found HS256"),
    ] {
        let error = TenantFile::parse(&api(more), None).expect_err("unusable").to_string();
        assert!(error.contains(words) && !error.contains("fifteen"), "{error}");
    }
}
