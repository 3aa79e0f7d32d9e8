//! Clients that prove themselves by a signed assertion (RFC 7523, OpenID Connect Core 1.0, 9): what is taken, what not.

use axum::http::StatusCode;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256};
use serde_json::{Value, json};

use crate::common::management::{AUDIENCE, Script, refused};
use crate::common::{Answer, Harness, START_MS, TENANT};

pub(crate) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const NOW: i64 = START_MS / 1000;

/// The client's side: an RSA key, and one on P-256.
pub(crate) struct Keys {
    pub(crate) rsa: KeyPair,
    pub(crate) ec: KeyPair,
}

impl Keys {
    pub(crate) fn new() -> Self {
        let make = |kind| KeyPair::generate_for(kind).expect("a key");
        Self { rsa: make(&PKCS_RSA_SHA256), ec: make(&PKCS_ECDSA_P256_SHA256) }
    }

    /// The keys as the client registers them: the RSA key for RS256 under a name, the other for ES256.
    fn registered(&self) -> Value {
        json!({ "private_key_jwt": { "credentials": [
            { "credential_type": "public_key", "pem": self.rsa.public_key_pem(), "kid": "first" },
            { "credential_type": "public_key", "pem": self.ec.public_key_pem(), "alg": "ES256" },
        ] } })
    }

    pub(crate) fn sign(&self, alg: Algorithm, kid: Option<&str>, claims: &Value) -> String {
        let header = Header { kid: kid.map(ToOwned::to_owned), ..Header::new(alg) };
        let key = match alg {
            Algorithm::ES256 => EncodingKey::from_ec_pem(self.ec.serialize_pem().as_bytes()),
            Algorithm::HS256 => Ok(EncodingKey::from_secret(self.rsa.public_key_pem().as_bytes())),
            _ => EncodingKey::from_rsa_pem(self.rsa.serialize_pem().as_bytes()),
        };
        jsonwebtoken::encode(&header, claims, &key.expect("a key that signs")).expect("an assertion")
    }

    /// A good assertion, with these claims changed (null: left out).
    fn assertion(&self, changes: &Value) -> String {
        self.sign(Algorithm::RS256, Some("first"), &claims(changes))
    }
}

pub(crate) fn claims(changes: &Value) -> Value {
    static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let jti = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
    let mut claims = json!({ "iss": "machine", "sub": "machine", "aud": format!("{TENANT}/"), "iat": NOW, "exp": NOW + 60, "jti": jti });
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    claims
}

/// The built-in tenant where `machine` has these keys in place of its secret.
async fn tenant(keys: &Keys, data: Option<tenant::Data>) -> Harness {
    let built_in = include_str!("../../tenant.yaml");
    let from = "    app_type: non_interactive\n    token_endpoint_auth_method: client_secret_post\n";
    assert!(built_in.contains(from));
    let methods = format!("    app_type: non_interactive\n    client_authentication_methods: {}\n", keys.registered());
    let file = tenant::TenantFile::parse(&built_in.replace(from, &methods), None).expect("a usable file");
    Harness::with(|settings| {
        settings.file = file;
        settings.data = data.unwrap_or(settings.data.clone());
    })
    .await
}

async fn ask(browser: &mut Harness, changes: &[(&str, &str)]) -> Answer {
    let mut form = vec![("grant_type", "client_credentials"), ("audience", AUDIENCE), ("client_assertion_type", TYPE)];
    form.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    form.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    browser.token(&form).await
}

async fn ask_with(browser: &mut Harness, assertion: &str) -> Answer {
    ask(browser, &[("client_assertion", assertion)]).await
}

#[tokio::test]
async fn a_client_proves_itself_by_its_key() {
    let keys = Keys::new();
    let mut browser = tenant(&keys, None).await;
    let endpoint = format!("{TENANT}/oauth/token");
    for assertion in [
        keys.assertion(&json!({})),
        keys.assertion(&json!({ "aud": endpoint })),
        keys.assertion(&json!({ "aud": [endpoint] })),
        keys.assertion(&json!({ "exp": NOW + 300, "iat": null, "nbf": NOW })),
        keys.sign(Algorithm::RS256, None, &claims(&json!({}))),
        keys.sign(Algorithm::ES256, Some("whatever"), &claims(&json!({}))),
    ] {
        let answer = ask_with(&mut browser, &assertion).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert!(!browser.decision().await.to_string().contains(&assertion));
    }
    let with_id = [("client_assertion", &*keys.assertion(&json!({}))), ("client_id", "machine")];
    assert_eq!(ask(&mut browser, &with_id).await.status, StatusCode::OK);
    // The same way at the other endpoints.
    let assertion = keys.assertion(&json!({}));
    let form = [("token", "x"), ("client_assertion", &*assertion), ("client_assertion_type", TYPE)];
    for path in ["/oauth/revoke", "/oauth/introspect"] {
        let again = browser.post_form(&format!("{TENANT}{path}"), &form).await;
        let expected = if path == "/oauth/revoke" { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        assert_eq!(again.status, expected, "once: {again:?}");
    }
}

#[tokio::test]
async fn an_assertion_that_is_off_is_refused_and_the_record_says_how() {
    let keys = Keys::new();
    let strangers = Keys::new();
    let mut browser = tenant(&keys, None).await;
    let signed = |alg, claims: Value| keys.sign(alg, None, &claims);
    let unsigned = {
        let signed = keys.assertion(&json!({}));
        let parts: Vec<_> = signed.split('.').collect();
        format!("eyJhbGciOiJub25lIn0.{}.", parts[1])
    };
    let not_signed = "none of the client's keys signed it";
    for (assertion, why) in [
        (strangers.assertion(&json!({})), not_signed),
        (strangers.sign(Algorithm::ES256, None, &claims(&json!({}))), not_signed),
        (keys.sign(Algorithm::RS256, Some("another"), &claims(&json!({}))), not_signed),
        (signed(Algorithm::RS384, claims(&json!({}))), not_signed),
        (signed(Algorithm::PS256, claims(&json!({}))), not_signed),
        (signed(Algorithm::HS256, claims(&json!({}))), not_signed),
        (unsigned, not_signed),
        (keys.assertion(&json!({ "iss": "regular-web" })), "its iss is"),
        (keys.assertion(&json!({ "iss": null })), "its iss is"),
        (keys.assertion(&json!({ "aud": null })), "its aud must be"),
        (keys.assertion(&json!({ "aud": "https://elsewhere.example/" })), "its aud must be"),
        (keys.assertion(&json!({ "aud": TENANT })), "its aud must be"),
        (keys.assertion(&json!({ "aud": "http://tenant.localhost:4000/" })), "its aud must be"),
        (keys.assertion(&json!({ "aud": [format!("{TENANT}/"), "https://elsewhere.example/"] })), "its aud must be"),
        (keys.assertion(&json!({ "exp": null })), "it has no exp"),
        (keys.assertion(&json!({ "exp": "soon" })), "its exp is no number"),
        (keys.assertion(&json!({ "exp": NOW })), "it has expired"),
        (keys.assertion(&json!({ "exp": NOW + 301 })), "more than 300 s ahead"),
        (keys.assertion(&json!({ "exp": i64::MAX })), "more than 300 s ahead"),
        (keys.assertion(&json!({ "iat": NOW + 1 })), "its iat is in the future"),
        (keys.assertion(&json!({ "nbf": NOW + 1 })), "its nbf is in the future"),
        (keys.assertion(&json!({ "jti": null })), "it has no jti"),
        (keys.assertion(&json!({ "jti": "" })), "it has no jti"),
    ] {
        let answer = ask_with(&mut browser, &assertion).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNAUTHORIZED, "invalid_client"), "{why}");
        assert_eq!(answer.json()["error_description"], "Unauthorized", "{why}");
        let summary = browser.decision().await["summary"].as_str().expect("a sentence").to_owned();
        assert!(summary.contains(why), "{why}: {summary}");
    }
}

/// Used once, also after a restart, and for its own client alone.
#[tokio::test]
async fn an_assertion_is_good_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = tenant::Data::Folder(folder.path().to_owned());
    let keys = Keys::new();
    let mut browser = tenant(&keys, Some(data.clone())).await;
    let assertion = keys.assertion(&json!({}));
    assert_eq!(ask_with(&mut browser, &assertion).await.status, StatusCode::OK);
    let answer = ask_with(&mut browser, &assertion).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNAUTHORIZED, "invalid_client"));
    assert!(browser.decision().await["summary"].as_str().expect("one").contains("its jti was used before"));
    browser.tenant.close().await;
    let mut browser = tenant(&keys, Some(data)).await;
    assert_eq!(ask_with(&mut browser, &assertion).await.status, StatusCode::UNAUTHORIZED, "after a restart");
    assert_eq!(ask_with(&mut browser, &keys.assertion(&json!({}))).await.status, StatusCode::OK);
    // Of many at once one is first.
    let assertion = keys.assertion(&json!({}));
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (mut browser, assertion) = (browser.clone(), assertion.clone());
        all.spawn(async move { ask_with(&mut browser, &assertion).await.status });
    }
    let good = all.join_all().await.into_iter().filter(|status| *status == StatusCode::OK).count();
    assert_eq!(good, 1);
}

#[tokio::test]
async fn another_proof_than_the_registered_one_proves_nothing() {
    let keys = Keys::new();
    let mut browser = tenant(&keys, None).await;
    let good = || keys.assertion(&json!({}));
    let others = keys.assertion(&json!({ "iss": "regular-web", "sub": "regular-web" }));
    let public = keys.assertion(&json!({ "iss": "demo-spa", "sub": "demo-spa" }));
    let nobody = keys.assertion(&json!({ "iss": "nobody", "sub": "nobody" }));
    for (changes, status, error) in [
        // Its old secret, which the file still has.
        (vec![("client_id", "machine"), ("client_secret", "machine-secret")], 401, "invalid_client"),
        (vec![("client_id", "machine")], 401, "invalid_client"),
        (vec![("client_assertion", &*others)], 401, "invalid_client"),
        (vec![("client_assertion", &*public)], 401, "invalid_client"),
        (vec![("client_assertion", &*nobody)], 401, "invalid_client"),
        (vec![("client_assertion", &*good()), ("client_secret", "machine-secret")], 400, "invalid_request"),
        (vec![("client_assertion", &*good()), ("client_id", "regular-web")], 400, "invalid_request"),
        (vec![("client_assertion", &*good()), ("client_assertion_type", "")], 400, "invalid_request"),
        (vec![("client_assertion", &*good()), ("client_assertion_type", "jwt")], 400, "invalid_request"),
        (vec![("client_assertion", "junk")], 400, "invalid_request"),
        (vec![("client_assertion", "a.b.c")], 400, "invalid_request"),
    ] {
        let answer = ask(&mut browser, &changes).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, error), "{changes:?}");
    }
    let metadata = browser.get(&format!("{TENANT}/.well-known/openid-configuration")).await.json();
    let methods = metadata["token_endpoint_auth_methods_supported"].as_array().expect("a list");
    assert!(methods.contains(&json!("private_key_jwt")));
    let algorithms = json!(["RS256", "RS384", "PS256", "ES256"]);
    assert_eq!(metadata["token_endpoint_auth_signing_alg_values_supported"], algorithms);
}

#[tokio::test]
async fn keys_are_registered_by_the_management_api() {
    let keys = Keys::new();
    let mut script = Script::new().await;
    let with = |credential: Value| json!({ "private_key_jwt": { "credentials": [credential] } });
    let rsa = keys.rsa.public_key_pem();
    for (methods, place) in [
        (with(json!({ "pem": "junk" })), "credentials[0].pem"),
        (with(json!({ "pem": keys.ec.public_key_pem() })), "credentials[0].pem"),
        (with(json!({ "pem": keys.rsa.serialize_pem() })), "the public half of the key alone"),
        (with(json!({ "id": "cred_unknown" })), "credentials[0].id"),
        (with(json!({ "pem": rsa, "alg": "ES256" })), "credentials[0].pem"),
        (with(json!({ "pem": rsa, "alg": "HS256" })), "credentials[0].alg"),
        (with(json!({ "pem": rsa, "alg": "none" })), "none"),
        (json!({ "private_key_jwt": { "credentials": [] } }), "private_key_jwt.credentials"),
    ] {
        let body = json!({ "client_authentication_methods": methods, "token_endpoint_auth_method": null });
        let answer = script.patch("/clients/regular-web", body).await;
        refused(&answer, StatusCode::BAD_REQUEST, "invalid_body", place);
    }
    let methods = with(json!({ "pem": rsa, "alg": "PS256", "expires_at": "2026-11-24T00:00:00.000Z" }));
    let beside = script.patch("/clients/regular-web", json!({ "client_authentication_methods": methods })).await;
    refused(&beside, StatusCode::BAD_REQUEST, "invalid_body", "token_endpoint_auth_method");
    let body = json!({ "client_authentication_methods": methods, "token_endpoint_auth_method": null });
    let answer = script.patch("/clients/regular-web", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.json()["token_endpoint_auth_method"], Value::Null);

    let own = json!({ "iss": "regular-web", "sub": "regular-web" });
    let revoke = async |script: &mut Script, extra: (&str, &str)| {
        let form = [("token", "x"), ("client_assertion_type", TYPE), extra];
        script.harness.post_form(&format!("{TENANT}/oauth/revoke"), &form).await.status
    };
    let good = keys.sign(Algorithm::PS256, None, &claims(&own));
    assert_eq!(revoke(&mut script, ("client_assertion", &good)).await, StatusCode::OK);
    script.harness.advance(86_400);
    let later = json!({ "iss": "regular-web", "sub": "regular-web", "iat": NOW + 86_400, "exp": NOW + 86_460 });
    let expired = keys.sign(Algorithm::PS256, None, &claims(&later));
    assert_eq!(
        revoke(&mut script, ("client_assertion", &expired)).await,
        StatusCode::UNAUTHORIZED,
        "the key's time is over"
    );
}
