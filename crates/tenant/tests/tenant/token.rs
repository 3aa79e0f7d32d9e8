//! `/oauth/token` and `/userinfo`: what a code is good for, once, for whom, and for how long.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use base64::Engine;

use crate::common::{CALLBACK, CHALLENGE, Harness, NOTES, START_MS, TENANT, VERIFIER, authorize, authorize_at, claims};

const START: i64 = START_MS / 1000;

#[tokio::test]
async fn a_code_buys_tokens_for_the_api_and_for_userinfo() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    let answer = browser.exchange(&code).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    assert_eq!((body["token_type"].as_str(), body["expires_in"].as_i64()), (Some("Bearer"), Some(60)));
    assert_eq!(body["scope"], "openid profile email read:notes");
    assert!(body.get("refresh_token").is_none());

    let id_token = claims(body["id_token"].as_str().expect("an ID token"));
    assert_eq!(id_token["iss"], "http://localhost:4000/");
    assert_eq!((id_token["sub"].as_str(), id_token["aud"].as_str()), (Some("auth0|ada"), Some("demo-spa")));
    assert_eq!((id_token["iat"].as_i64(), id_token["exp"].as_i64()), (Some(START), Some(START + 36_000)));
    assert_eq!((id_token["nonce"].as_str(), id_token["email"].as_str()), (Some("the-nonce"), Some("ada@example.com")));
    assert_eq!((id_token["name"].as_str(), id_token["email_verified"].as_bool()), (Some("Ada Lovelace"), Some(true)));
    assert!(id_token["sid"].is_string() && id_token.get("auth_time").is_none());
    let access_token = body["access_token"].as_str().expect("an access token");
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, access_token.as_bytes());
    let half = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]);
    assert_eq!(id_token["at_hash"], half.as_str());

    let access = claims(access_token);
    assert_eq!(access["aud"], serde_json::json!([NOTES, "http://localhost:4000/userinfo"]));
    assert_eq!((access["azp"].as_str(), access["exp"].as_i64()), (Some("demo-spa"), Some(START + 60)));
    assert_eq!(access["scope"], "openid profile email read:notes");

    let headers = [("authorization", format!("Bearer {access_token}"))];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let userinfo = browser.get_with(&format!("{TENANT}/userinfo"), &headers).await;
    assert_eq!(userinfo.json()["sub"], "auth0|ada");
    assert_eq!(userinfo.json()["email"], "ada@example.com");
}

/// The signature against the published keys, checked by another library than the one that signs.
#[tokio::test]
async fn an_id_token_verifies_against_the_published_keys() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    let body = browser.exchange(&code).await.json();
    let token = body["id_token"].as_str().expect("an ID token");
    let keys = browser.get(&format!("{TENANT}/.well-known/jwks.json")).await.json();
    let key = &keys["keys"][0];
    let decode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).expect("base64url");
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let header: serde_json::Value =
        serde_json::from_slice(&decode(token.split('.').next().expect("a header"))).expect("JSON");
    assert_eq!((header["alg"].as_str(), &header["kid"]), (Some("RS256"), &key["kid"]));
    assert_eq!((key["use"].as_str(), key["alg"].as_str()), (Some("sig"), Some("RS256")));
    let public = aws_lc_rs::signature::RsaPublicKeyComponents {
        n: decode(key["n"].as_str().expect("n")),
        e: decode(key["e"].as_str().expect("e")),
    };
    let algorithm = &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
    public.verify(algorithm, signed.as_bytes(), &decode(signature)).expect("the signature holds");
    assert!(key.as_object().expect("an object").keys().all(|name| !["d", "p", "q"].contains(&name.as_str())));
}

#[tokio::test]
async fn discovery_names_what_is_there() {
    let mut browser = Harness::new().await;
    let metadata = browser.get("http://login.demo.localhost:4000/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["issuer"], "http://login.demo.localhost:4000/");
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    assert_eq!(metadata["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    assert_eq!(
        metadata["response_modes_supported"],
        serde_json::json!(["query", "fragment", "form_post", "web_message"])
    );
    for (endpoint, without_parameters) in [
        ("authorization_endpoint", 400),
        ("userinfo_endpoint", 401),
        ("revocation_endpoint", 405),
        ("introspection_endpoint", 405),
        ("jwks_uri", 200),
        ("end_session_endpoint", 200),
        ("check_session_iframe", 200),
    ] {
        let answer = browser.get(metadata[endpoint].as_str().expect("a URL")).await;
        assert_eq!(answer.status.as_u16(), without_parameters, "{endpoint}");
    }
    assert!(metadata.get("device_authorization_endpoint").is_none(), "what is not built is not advertised");
}

#[tokio::test]
async fn without_an_api_the_access_token_is_opaque_and_for_userinfo_alone() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    for audience in [None, Some("http://localhost:4000/userinfo")] {
        let code = browser.silent(&[("audience", audience)]).await.parameters().remove("code").expect("a code");
        let body = browser.exchange(&code).await.json();
        let token = body["access_token"].as_str().expect("an access token");
        assert!(!token.contains('.'), "{audience:?}");
        assert_eq!(body["expires_in"], 86_400);
        assert_eq!(body["scope"], "openid profile email", "no API, no scope of an API");
        let bearer = format!("bearer {token}");
        assert_eq!(browser.get_with(&format!("{TENANT}/userinfo"), &[("authorization", &bearer)]).await.status, 200);
        let answer = browser.post_form(&format!("{TENANT}/userinfo"), &[("access_token", token)]).await;
        assert_eq!(answer.json()["sub"], "auth0|ada", "in the body of a POST as well");
        let elsewhere = browser.get_with("http://tenant.localhost:4000/userinfo", &[("authorization", &bearer)]).await;
        assert_eq!(elsewhere.status, StatusCode::UNAUTHORIZED, "another issuer");
    }
}

#[tokio::test]
async fn userinfo_refuses_what_is_no_live_access_token() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    let body = browser.exchange(&code).await.json();
    let id_token = format!("Bearer {}", body["id_token"].as_str().expect("an ID token"));
    let good = format!("Bearer {}", body["access_token"].as_str().expect("an access token"));
    for bad in ["", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Basic eDp5", &id_token, &format!("{good}x")] {
        let answer = browser.get_with(&format!("{TENANT}/userinfo"), &[("authorization", bad)]).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::UNAUTHORIZED, "Unauthorized"), "{bad}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"Users\", error=\"invalid_token\"");
    }
    browser.advance(60);
    let expired = browser.get_with(&format!("{TENANT}/userinfo"), &[("authorization", &good)]).await;
    assert_eq!(expired.status, StatusCode::UNAUTHORIZED);
    assert!(!browser.get(&format!("{TENANT}/userinfo?access_token=x")).await.status.is_success());
}

#[tokio::test]
async fn without_openid_there_is_no_id_token_and_no_userinfo() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let code = browser.silent(&[("scope", Some("read:notes"))]).await.parameters().remove("code").expect("a code");
    let body = browser.exchange(&code).await.json();
    assert!(body.get("id_token").is_none());
    let token = body["access_token"].as_str().expect("an access token");
    assert_eq!(claims(token)["aud"], NOTES);
    let answer =
        browser.get_with(&format!("{TENANT}/userinfo"), &[("authorization", &format!("Bearer {token}"))]).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::FORBIDDEN, "insufficient_scope"));
}

#[tokio::test]
async fn only_allowed_scopes_are_granted_and_the_answer_says_which() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let asked = "openid offline_access read:notes delete:notes read:reports openid";
    let code = browser.silent(&[("scope", Some(asked))]).await.parameters().remove("code").expect("a code");
    let body = browser.exchange(&code).await.json();
    assert_eq!(body["scope"], "openid read:notes");
    assert!(body.get("refresh_token").is_none(), "demo-spa never gets one");
    let id_token = claims(body["id_token"].as_str().expect("an ID token"));
    assert!(id_token.get("email").is_none() && id_token.get("name").is_none());
}

#[tokio::test]
async fn auth_time_is_told_when_it_was_asked_for() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    browser.advance(5);
    let code = browser.silent(&[("max_age", Some("100"))]).await.parameters().remove("code").expect("a code");
    let body = browser.exchange(&code).await.json();
    assert_eq!(claims(body["id_token"].as_str().expect("an ID token"))["auth_time"], START);
    let answer = browser.log_in_at(&authorize(&[("prompt", Some("login"))]), "ada@example.com", "ada-password").await;
    let body = browser.exchange(&answer.parameters()["code"]).await.json();
    assert_eq!(claims(body["id_token"].as_str().expect("an ID token"))["auth_time"], START + 5);
}

#[tokio::test]
async fn a_code_presented_wrongly_is_refused_and_spent() {
    let cases: &[(&str, Option<&str>, &str)] = &[
        ("code_verifier", Some("wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong"), "Failed to verify code verifier"),
        ("code_verifier", Some("short"), "Failed to verify code verifier"),
        ("code_verifier", Some(CHALLENGE), "Failed to verify code verifier"),
        ("code_verifier", None, "Failed to verify code verifier"),
        ("redirect_uri", Some("http://localhost:3000/silent-callback.html"), "Invalid authorization code"),
        ("client_id", Some("demo-spa-rotating"), "Invalid authorization code"),
    ];
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    for (name, value, words) in cases {
        let code = browser.silent(&[]).await.parameters().remove("code").expect("a code");
        let wrong = browser.exchange_with(&code, &[(name, *value)]).await;
        assert_eq!(
            (wrong.status, wrong.error().as_str()),
            (StatusCode::FORBIDDEN, "invalid_grant"),
            "{name} {value:?}"
        );
        assert_eq!(wrong.json()["error_description"], *words, "{name} {value:?}");
        let right = browser.exchange(&code).await;
        assert_eq!((right.status, right.error().as_str()), (StatusCode::FORBIDDEN, "invalid_grant"), "spent: {name}");
    }
}

#[tokio::test]
async fn a_code_is_good_for_its_issuer_and_its_minute() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let code = browser.silent(&[]).await.parameters().remove("code").expect("a code");
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "demo-spa"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let answer = browser.post_form("http://tenant.localhost:4000/oauth/token", &form).await;
    assert_eq!(answer.error(), "invalid_grant", "another issuer");

    let code = browser.silent(&[]).await.parameters().remove("code").expect("a code");
    browser.advance(59);
    assert_eq!(browser.exchange(&code).await.status, StatusCode::OK);
    let code = browser.silent(&[]).await.parameters().remove("code").expect("a code");
    browser.advance(60);
    assert_eq!(browser.exchange(&code).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_replayed_code_revokes_what_it_bought() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    let body = browser.exchange(&code).await.json();
    let bearer = format!("Bearer {}", body["access_token"].as_str().expect("an access token"));
    let userinfo = format!("{TENANT}/userinfo");
    assert_eq!(browser.get_with(&userinfo, &[("authorization", &bearer)]).await.status, StatusCode::OK);
    assert_eq!(browser.exchange(&code).await.error(), "invalid_grant");
    assert_eq!(browser.get_with(&userinfo, &[("authorization", &bearer)]).await.status, StatusCode::UNAUTHORIZED);
    let record = browser.get(&format!("{TENANT}/lab/decisions?endpoint=/oauth/token&limit=1")).await.json();
    let last = record["decisions"][0]["checks"].as_array().expect("checks").last().expect("one").clone();
    assert_eq!(last["detail"], "the code was used before; 1 access tokens it bought are revoked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_at_once_one_gets_the_tokens() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (mut browser, code) = (browser.clone(), code.clone());
        all.spawn(async move { browser.exchange(&code).await.status });
    }
    let results = all.join_all().await;
    assert_eq!(results.iter().filter(|status| **status == StatusCode::OK).count(), 1);
    assert!(results.iter().all(|status| [StatusCode::OK, StatusCode::FORBIDDEN].contains(status)));
}

#[tokio::test]
async fn a_confidential_client_proves_itself_by_its_one_method() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let request = [("client_id", Some("regular-web")), ("code_challenge", None), ("code_challenge_method", None)];
    let base = [("client_id", Some("regular-web")), ("code_verifier", None)];
    let with = |more: &[(&'static str, Option<&'static str>)]| [base.as_slice(), more].concat();
    let basic = |text: &str| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text));

    for (changes, status, error) in [
        (with(&[]), 401, "access_denied"),
        (with(&[("client_secret", Some("wrong"))]), 401, "access_denied"),
        (vec![("client_secret", Some("x"))], 401, "invalid_client"),
        (vec![("client_id", Some("nobody"))], 401, "invalid_client"),
    ] {
        let answer = browser.exchange_with("any", &changes).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, error), "{changes:?}");
        assert!(answer.header("www-authenticate").starts_with("Basic"));
    }
    let code = browser.silent(&request).await.parameters().remove("code").expect("a code");
    let answer = browser.exchange_with(&code, &with(&[("client_secret", Some("regular-web-secret"))])).await;
    assert_eq!(answer.status, StatusCode::OK);

    // A verifier for a code without a challenge means that somebody took the challenge out.
    let code = browser.silent(&request).await.parameters().remove("code").expect("a code");
    let downgraded = with(&[("client_secret", Some("regular-web-secret")), ("code_verifier", Some(VERIFIER))]);
    let answer = browser
        .exchange_with(
            &code,
            &downgraded[..].iter().filter(|change| **change != ("code_verifier", None)).copied().collect::<Vec<_>>(),
        )
        .await;
    assert_eq!(answer.error(), "invalid_grant");

    let form = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", CALLBACK)];
    let url = format!("{TENANT}/oauth/token");
    let answer =
        browser.post_form_with(&url, &form, &[("authorization", &basic("regular-web:regular-web-secret"))]).await;
    assert_eq!(answer.error(), "invalid_grant", "the secret is taken by Basic too");
    let twice = [form.as_slice(), &[("client_secret", "regular-web-secret")]].concat();
    let answer =
        browser.post_form_with(&url, &twice, &[("authorization", &basic("regular-web:regular-web-secret"))]).await;
    assert_eq!(answer.error(), "invalid_request", "two methods at once");
    for bad in ["Basic ???", "Basic", "Bearer x", &basic("no colon")] {
        let answer = browser.post_form_with(&url, &form, &[("authorization", bad)]).await;
        assert_eq!(answer.error(), "invalid_request", "{bad}");
    }
}

#[tokio::test]
async fn json_is_taken_as_a_form_is() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    let body = serde_json::json!({ "grant_type": "authorization_code", "client_id": "demo-spa", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER });
    let headers = [("content-type", "application/json; charset=utf-8")];
    let answer =
        browser.browse(Method::POST, &format!("{TENANT}/oauth/token"), &headers, Body::from(body.to_string())).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_missing_parameter_is_named() {
    let mut browser = Harness::new().await;
    for name in ["grant_type", "client_id", "code", "redirect_uri"] {
        let answer = browser.exchange_with("x", &[(name, None)]).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_request"));
        assert_eq!(answer.json()["error_description"], format!("Missing required parameter: {name}"));
    }
    for other in ["urn:ietf:params:oauth:grant-type:device_code", "implicit", "PASSWORD"] {
        let answer = browser.exchange_with("x", &[("grant_type", Some(other))]).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (StatusCode::BAD_REQUEST, "unsupported_grant_type"),
            "{other}"
        );
    }
    for other in ["password", "refresh_token", "client_credentials"] {
        let answer = browser.exchange_with("x", &[("grant_type", Some(other))]).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::FORBIDDEN, "unauthorized_client"));
        let words = format!("Grant type '{other}' not allowed for the client.");
        assert_eq!(answer.json()["error_description"], words.as_str());
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_code_whose_session_ended() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    browser.get(&format!("{TENANT}/v2/logout?client_id=demo-spa")).await;
    assert_eq!(browser.exchange(&code).await.error(), "invalid_grant");
}

#[tokio::test]
async fn the_exchange_logs_success_and_failure() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    browser.exchange(&code).await;
    browser.exchange("made-up").await;
    let logs = browser.logs("seacft,feacft").await;
    assert_eq!(
        (logs[0]["type"].as_str(), logs[0]["description"].as_str()),
        (Some("feacft"), Some("Invalid authorization code"))
    );
    assert_eq!((logs[1]["type"].as_str(), logs[1]["user_id"].as_str()), (Some("seacft"), Some("auth0|ada")));
}

#[tokio::test]
async fn the_custom_domain_is_an_issuer_too() {
    let mut browser = Harness::new().await;
    let tenant = "http://login.demo.localhost:4000";
    let uri = "http://app.demo.localhost:3000/callback";
    let url = authorize_at(tenant, &[("redirect_uri", Some(uri))]);
    let code = browser
        .log_in_at(&url, "grace@example.com", "grace-password")
        .await
        .parameters()
        .remove("code")
        .expect("a code");
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "demo-spa"),
        ("code", code.as_str()),
        ("redirect_uri", uri),
        ("code_verifier", VERIFIER),
    ];
    let body = browser.post_form(&format!("{tenant}/oauth/token"), &form).await.json();
    assert_eq!(claims(body["id_token"].as_str().expect("an ID token"))["iss"], "http://login.demo.localhost:4000/");
}
