//! Tokens of third parties: really signed, and really fetched where somebody else makes them.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::post;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::common::delegation::{ask, id_token_of};
use crate::common::{Answer, Harness, START_MS, claims};

/// Asks for an add-on's token with Ada's ID token for `demo-spa`, which is OIDC-conformant.
async fn add_on(browser: &mut Harness, name: &str) -> Answer {
    add_on_with(browser, name, &[]).await
}

async fn add_on_with(browser: &mut Harness, name: &str, more: &[(&str, &str)]) -> Answer {
    let token = id_token_of(browser, "demo-spa").await;
    let call =
        [("client_id", "demo-spa"), ("id_token", token.as_str()), ("target", "legacy-firebase"), ("api_type", name)];
    ask(browser, &[call.as_slice(), more].concat()).await
}

/// The private key that the built-in file gives the Firebase add-on.
fn firebase_key() -> String {
    let file = tenant::TenantFile::built_in();
    let client = file.clients.iter().find(|client| client["client_id"] == "legacy-firebase").expect("built in");
    client["addons"]["firebase"]["private_key"].as_str().expect("PEM").to_owned()
}

/// The public half of a private key, as whoever runs Firebase has it.
fn public_half(pem: &str) -> DecodingKey {
    use aws_lc_rs::rsa::KeyPair;
    use aws_lc_rs::signature::{KeyPair as _, RsaPublicKeyComponents};
    use base64::Engine;
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(body).expect("base64");
    let pair = KeyPair::from_pkcs8(&der).expect("PKCS #8");
    let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
    DecodingKey::from_rsa_raw_components(&public.n, &public.e)
}

#[tokio::test]
async fn firebase_takes_the_custom_token_by_the_add_ons_key() {
    let mut browser = Harness::new().await;
    // `firebase` is the target's first add-on, so it answers when no type is named.
    for name in ["firebase", ""] {
        let answer = add_on(&mut browser, name).await;
        let body = answer.json();
        assert_eq!(
            (body["token_type"].clone(), body["expires_in"].clone()),
            (json!("Bearer"), json!(36_000)),
            "{answer:?}"
        );
        let token = body["id_token"].as_str().expect("a token");
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        validation.set_audience(&[
            "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit",
        ]);
        let read = jsonwebtoken::decode::<Value>(token, &public_half(&firebase_key()), &validation).expect("verifies");
        assert_eq!(read.header.kid.as_deref(), Some("demo-key-that-opens-nothing"));
        let now = START_MS / 1000;
        assert_eq!(
            read.claims,
            json!({
                "iss": "demo@example.iam.gserviceaccount.com", "sub": "demo@example.iam.gserviceaccount.com",
                "aud": "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit",
                "iat": now, "exp": now + 3600, "uid": "auth0|ada",
            })
        );
    }
    let entry = browser.logs("sd").await[0].clone();
    assert_eq!(entry["details"]["api_type"], "firebase", "the type that answered, though none was named");
    assert!(browser.logs("depnote").await.is_empty());
}

/// The built-in file with other fields for one add-on of `legacy-firebase`.
async fn with_add_on(name: &str, fields: &Value) -> Harness {
    let mut file = tenant::TenantFile::built_in();
    let client = file.clients.iter_mut().find(|client| client["client_id"] == "legacy-firebase").expect("built in");
    client["addons"][name] = fields.clone();
    Harness::with(|settings| settings.file = file).await
}

#[tokio::test]
async fn firebase_of_the_old_sdk_takes_a_token_by_the_shared_secret() {
    let mut browser = with_add_on("firebase", &json!({ "secret": "old-secret", "lifetime_in_seconds": 99_999 })).await;
    let answer = add_on(&mut browser, "firebase").await;
    let token = answer.json()["id_token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned();
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    let read = jsonwebtoken::decode::<Value>(&token, &DecodingKey::from_secret(b"old-secret"), &validation);
    let said = read.expect("verifies").claims;
    assert_eq!((said["v"].as_i64(), said["d"]["uid"].as_str()), (Some(0), Some("auth0|ada")));
    assert_eq!(said["exp"].as_i64(), said["iat"].as_i64().map(|iat| iat + 3600), "an hour at most");
    assert!(jsonwebtoken::decode::<Value>(&token, &DecodingKey::from_secret(b"another"), &validation).is_err());
}

#[tokio::test]
async fn azure_signatures_come_in_their_own_shapes() {
    let mut browser = Harness::new().await;
    let body = add_on(&mut browser, "azure_sb").await.json();
    let signature = body["azure_sb_sas"].as_str().expect("a signature");
    assert!(signature.starts_with("SharedAccessSignature sig="), "{signature}");
    assert!(
        signature.contains("&se=1795392300&skn=RootManageSharedAccessKey&sr=https%3a%2f%2fexample."),
        "{signature}"
    );
    let body = add_on(&mut browser, "azure_blob").await.json();
    let signature = body["azure_blob_sas"].as_str().expect("a signature");
    let start = "st=2026-11-23T00%3A00%3A00Z&se=2026-11-23T00%3A05%3A00Z&sp=r&sv=2014-02-14&sr=b&sig=";
    assert!(signature.starts_with(start), "{signature}");
}

#[tokio::test]
async fn a_type_whose_answer_is_not_public_is_refused_by_name() {
    for name in ["layer", "salesforce_api", "salesforce_sandbox_api", "sap_api", "wams"] {
        let mut browser = with_add_on(name, &json!({})).await;
        let answer = add_on(&mut browser, name).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (501, "unsupported_api_type"), "{name}");
        let words = answer.json()["error_description"].as_str().expect("words").to_owned();
        assert!(words.contains(&format!("api_type {name},")), "{words}");
    }
}

#[tokio::test]
async fn an_add_on_that_is_not_configured_is_named_and_shows_no_value() {
    for (name, fields) in [
        ("firebase", json!({})),
        ("firebase", json!({ "private_key": "no key" })),
        ("firebase", json!({ "private_key": "no key", "client_email": "a@b" })),
        ("azure_sb", json!({ "sas_key": "the-key" })),
        ("azure_blob", json!({ "account_name": "a", "storage_access_key": "not base64!", "container_name": "c" })),
        ("aws", json!({ "role": 5 })),
        ("aws", json!({})),
        ("aws", json!({ "role": "r", "sts_endpoint": "nowhere" })),
        ("azure_sb", json!("text")),
    ] {
        let mut browser = with_add_on(name, &fields).await;
        let answer = add_on(&mut browser, name).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (500, "addon_misconfigured"), "{name} {fields}");
        assert!(!answer.body.contains("the-key") && answer.body.contains(name), "{}", answer.body);
        assert_eq!(browser.logs("fd").await.len(), 1);
    }
}

/// Serves what stands at the STS address over a real connection; returns that address.
async fn listen(service: Router) -> String {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}/lab/sts", socket.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(socket, service).await });
    address
}

/// A tenant whose AWS add-on asks a real STS stand-in over a real connection: its own.
async fn with_stand_in() -> Harness {
    // The tenant's port is made up in these tests, so what listens hands requests on under the tenant's name.
    let router = Arc::new(OnceLock::<Router>::new());
    let behind = Arc::clone(&router);
    let forward = move |mut request: Request| async move {
        request.headers_mut().insert(header::HOST, HeaderValue::from_static("localhost:4000"));
        behind.get().expect("set before anybody asks").clone().oneshot(request).await.into_response()
    };
    let address = listen(Router::new().fallback(forward)).await;
    let browser = Harness::with_replaced("http://##TENANT_DOMAIN##/lab/sts", &address).await;
    router.set(browser.router.clone()).expect("set once");
    browser
}

#[tokio::test]
async fn aws_credentials_come_from_sts_for_a_token_that_it_verifies() {
    let mut browser = with_stand_in().await;
    let answer = add_on(&mut browser, "aws").await;
    let body = answer.json();
    let credentials = body["Credentials"].as_object().unwrap_or_else(|| panic!("{answer:?}"));
    let names: Vec<_> = credentials.keys().map(String::as_str).collect();
    assert_eq!(names, ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"]);
    assert_eq!(credentials["AccessKeyId"], "ASIASTANDINOPENSNOTHING");
    assert_eq!(credentials["Expiration"], "2026-11-23T01:00:00Z");

    let answer = add_on_with(&mut browser, "aws", &[("role", "arn:aws:iam::123456789012:role/another")]).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (403, "access_denied"));
    let words = answer.json()["error_description"].as_str().expect("words").to_owned();
    assert!(words.contains("AccessDenied"), "{words}");
}

#[tokio::test]
async fn the_stand_in_takes_only_what_the_tenant_signed_for_a_client_with_that_role() {
    let mut browser = Harness::new().await;
    let role = "arn:aws:iam::123456789012:role/example";
    let good = id_token_of(&mut browser, "demo-spa").await;
    let (signed, signature) = good.rsplit_once('.').expect("three parts");
    let forged = format!("{signed}.{}", signature.chars().rev().collect::<String>());
    assert_eq!(claims(&good)["aud"], "demo-spa");
    let form = |token: &str, changes: &[(&str, &str)]| {
        let mut form = vec![
            ("Action".to_owned(), "AssumeRoleWithWebIdentity".to_owned()),
            ("Version".into(), "2011-06-15".into()),
            ("RoleArn".into(), role.into()),
            ("RoleSessionName".into(), "ada".into()),
            ("WebIdentityToken".into(), token.into()),
        ];
        for (name, value) in changes {
            form.retain(|(known, _)| known != name);
            form.push(((*name).to_owned(), (*value).to_owned()));
        }
        form
    };
    for (fields, status, code) in [
        (form(&forged, &[]), 400, "InvalidIdentityToken"),
        (form("a.b.c", &[]), 400, "InvalidIdentityToken"),
        (form(&good, &[]), 403, "AccessDenied"),
        (form(&good, &[("Action", "AssumeRole")]), 400, "InvalidAction"),
        (form(&good, &[("RoleArn", "")]), 400, "ValidationError"),
        (form(&good, &[("DurationSeconds", "899")]), 400, "ValidationError"),
        (form(&good, &[("DurationSeconds", "x")]), 400, "ValidationError"),
    ] {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = browser.post_form("http://localhost:4000/lab/sts", &fields).await;
        assert_eq!(answer.status.as_u16(), status, "{answer:?}");
        assert!(answer.body.contains(&format!("<Code>{code}</Code>")), "{}", answer.body);
    }
    // A token of another issuer, though the same key signed it (the tenants of one test run share theirs).
    let mut other = Harness::with_replaced("  - { name: localhost, app: localhost }\n", "").await;
    let fields = form(&good, &[]);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = other.post_form("http://tenant.localhost:4000/lab/sts", &fields).await;
    assert!(answer.body.contains("<Code>InvalidIdentityToken</Code>"), "{}", answer.body);

    browser.advance(36_000);
    let expired = form(&good, &[]);
    let expired: Vec<_> = expired.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = browser.post_form("http://localhost:4000/lab/sts", &expired).await;
    assert!(answer.body.contains("<Code>ExpiredTokenException</Code>"), "{}", answer.body);
    let mut closed = Harness::with(|settings| settings.lab = false).await;
    assert_eq!(closed.post_form("http://localhost:4000/lab/sts", &expired).await.status.as_u16(), 404);
}

#[tokio::test]
async fn what_sts_says_is_passed_on_and_what_is_no_sts_is_told_apart() {
    for (sts_status, body, status, error, words) in [
        (
            400,
            "<ErrorResponse><Error><Code>ValidationError</Code><Message>m &amp; n</Message></Error></ErrorResponse>",
            400,
            "invalid_request",
            "AWS STS refused (ValidationError): m & n",
        ),
        (
            400,
            "<ErrorResponse><Error><Code>IDPRejectedClaim</Code></Error></ErrorResponse>",
            403,
            "access_denied",
            "IDPRejectedClaim",
        ),
        (
            503,
            "<ErrorResponse><Error><Code>ServiceUnavailable</Code></Error></ErrorResponse>",
            502,
            "sts_unavailable",
            "ServiceUnavailable",
        ),
        (200, "<a><Credentials><AccessKeyId>x</AccessKeyId></Credentials></a>", 502, "sts_unavailable", "not complete"),
        (200, "{}", 502, "sts_unavailable", "not XML (status 200)"),
        (302, "", 502, "sts_unavailable", "status 302"),
    ] {
        let answer = (axum::http::StatusCode::from_u16(sts_status).expect("a status"), body).into_response();
        let parts = (answer.status(), body);
        let address = listen(Router::new().fallback(move || async move { parts })).await;
        let mut browser = Harness::with_replaced("http://##TENANT_DOMAIN##/lab/sts", &address).await;
        let answer = add_on(&mut browser, "aws").await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, error), "{body}");
        let told = answer.json()["error_description"].as_str().expect("words").to_owned();
        assert!(told.contains(words), "{told}");
    }
    // An answer that is right, but too long or somewhere else, is none.
    let fields = ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"];
    let fields: String = fields.iter().map(|name| format!("<{name}>x</{name}>")).collect();
    let right = format!("<a><Credentials>{fields}</Credentials></a>");
    let elsewhere = right.clone();
    let long = format!("{right}{}", " ".repeat(70_000));
    let service = Router::new()
        .route("/long", post(move || async move { long }))
        .route("/moved", post(|| async { Redirect::temporary("/right") }))
        .route("/right", post(move || async move { elsewhere }));
    let address = listen(service).await;
    let at = |path: &str| address.replace("/lab/sts", path);
    let mut browser = Harness::with_replaced("http://##TENANT_DOMAIN##/lab/sts", &at("/right")).await;
    assert_eq!(add_on(&mut browser, "aws").await.json()["Credentials"]["AccessKeyId"], "x");
    for address in [&*at("/long"), &at("/moved"), "http://127.0.0.1:1/"] {
        let mut browser = Harness::with_replaced("http://##TENANT_DOMAIN##/lab/sts", address).await;
        let answer = add_on(&mut browser, "aws").await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (502, "sts_unavailable"), "{address}");
    }
}
