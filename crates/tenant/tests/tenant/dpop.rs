//! DPoP (RFC 9449): every check of a proof, its nonce, and who gets a token that is bound to the key.

use axum::http::{Method, StatusCode};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::common::dpop::{Key, NOW, TOKEN_ENDPOINT, base64url, code_of, redeem, text};
use crate::common::{Answer, CALLBACK, Harness, TENANT, TRUSTED_PASSWORD, claims};

/// What the trusted client gets for a password, which it needs no nonce for: it is confidential.
async fn ask(browser: &mut Harness, proofs: &[&str]) -> Answer {
    let headers: Vec<_> = proofs.iter().map(|proof| ("dpop", *proof)).collect();
    browser.post_form_with(TOKEN_ENDPOINT, &TRUSTED_PASSWORD, &headers).await
}

#[tokio::test]
async fn a_proof_by_each_algorithm_binds_the_token_to_its_key() {
    let mut browser = Harness::new().await;
    for algorithm in [Algorithm::ES256, Algorithm::EdDSA, Algorithm::RS256, Algorithm::PS256] {
        let key = Key::of(algorithm);
        let answer = ask(&mut browser, &[&key.proof(&json!({}))]).await;
        assert_eq!(answer.status, StatusCode::OK, "{algorithm:?}: {answer:?}");
        assert_eq!(answer.json()["token_type"], "DPoP");
        let bound = claims(&text(&answer.json(), "access_token"))["cnf"]["jkt"].clone();
        assert_eq!(bound.as_str().map(str::len), Some(43), "{algorithm:?}");
        if algorithm == Algorithm::ES256 {
            assert_eq!(bound, key.thumbprint());
            assert!(browser.decision().await["checks"].to_string().contains("check_dpop_proof"));
        }
    }
    let plain = ask(&mut browser, &[]).await.json();
    assert_eq!((&plain["token_type"], &claims(&text(&plain, "access_token"))["cnf"]), (&json!("Bearer"), &Value::Null));
}

#[tokio::test]
async fn every_check_of_a_proof_refuses_what_it_is_for() {
    let mut browser = Harness::new().await;
    let (key, other) = (Key::new(), Key::of(Algorithm::RS256));
    let with = |name: &str, value: Value| key.proof(&json!({ name: value }));
    let header = |name: &str, value: Value| key.proof_with(&json!({ name: value }), &json!({}));
    let mut private = key.jwk.clone();
    private["d"] = json!("c2VjcmV0");
    let mut shared = key.jwk.clone();
    shared["k"] = json!("c2VjcmV0");
    let good = key.proof(&json!({}));
    let (signed, _) = good.rsplit_once('.').expect("three parts");
    let unsigned = format!("{signed}.{}", base64url(&[0; 64]));
    let two_in_one = format!("{}, {}", key.proof(&json!({})), key.proof(&json!({})));
    let repeated = {
        let claims = format!(r#"{{"jti":"a","jti":"b","htm":"POST","htu":"{TOKEN_ENDPOINT}","iat":{NOW}}}"#);
        format!("{}.{}.{}", good.split('.').next().expect("a header"), base64url(claims.as_bytes()), "c2ln")
    };
    let table: Vec<(&str, String)> = vec![
        ("check_dpop_jwt", "not.a.jwt".into()),
        ("check_dpop_jwt", signed.to_owned()),
        ("check_dpop_jwt", format!("{good}.more")),
        ("check_dpop_jwt", two_in_one),
        ("check_dpop_jwt", repeated),
        ("check_dpop_jwt", header("crit", json!(["b64"]))),
        ("check_dpop_claims", with("jti", Value::Null)),
        ("check_dpop_claims", with("jti", json!(""))),
        ("check_dpop_claims", with("jti", json!("x".repeat(257)))),
        ("check_dpop_claims", with("htm", Value::Null)),
        ("check_dpop_claims", with("htu", Value::Null)),
        ("check_dpop_claims", with("htu", json!(7))),
        ("check_dpop_claims", with("iat", Value::Null)),
        ("check_dpop_claims", with("iat", json!("now"))),
        ("check_dpop_typ", header("typ", json!("JWT"))),
        ("check_dpop_typ", header("typ", Value::Null)),
        ("check_dpop_alg", header("alg", json!("none"))),
        ("check_dpop_alg", header("alg", json!("HS256"))),
        ("check_dpop_alg", header("alg", json!("ES384"))),
        ("check_dpop_alg", header("alg", Value::Null)),
        ("check_dpop_signature", header("jwk", Value::Null)),
        ("check_dpop_signature", header("jwk", other.jwk.clone())),
        ("check_dpop_signature", header("jwk", Key::new().jwk)),
        ("check_dpop_signature", header("jwk", json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }))),
        ("check_dpop_signature", header("alg", json!("RS256"))),
        ("check_dpop_signature", unsigned),
        ("check_dpop_jwk", header("jwk", private)),
        ("check_dpop_jwk", header("jwk", shared)),
        ("check_dpop_htm", with("htm", json!("GET"))),
        ("check_dpop_htm", with("htm", json!("post"))),
        ("check_dpop_htu", with("htu", json!(format!("{TENANT}/userinfo")))),
        ("check_dpop_htu", with("htu", json!("https://localhost:4000/oauth/token"))),
        ("check_dpop_htu", with("htu", json!("http://tenant.localhost:4000/oauth/token"))),
        ("check_dpop_htu", with("htu", json!("/oauth/token"))),
        ("check_dpop_nonce", with("nonce", json!("of-another-server"))),
        ("check_dpop_iat", with("iat", json!(NOW - 61))),
        ("check_dpop_iat", with("iat", json!(NOW + 61))),
        ("check_dpop_iat", with("iat", json!(1e300))),
        ("check_dpop_iat", with("iat", json!(-1e300))),
    ];
    for (check, proof) in table {
        let answer = ask(&mut browser, &[&proof]).await;
        let record = browser.decision().await;
        let failed = record["checks"].as_array().and_then(|checks| checks.last()).expect("a check");
        assert_eq!((&failed["name"], &failed["passed"]), (&json!(check), &json!(false)), "{proof}: {answer:?}");
        let expected = if check == "check_dpop_nonce" { "use_dpop_nonce" } else { "invalid_dpop_proof" };
        assert_eq!((answer.status, &*answer.error()), (StatusCode::BAD_REQUEST, expected), "{check}: {answer:?}");
    }
    let two = ask(&mut browser, &[&key.proof(&json!({})), &key.proof(&json!({}))]).await;
    assert_eq!(two.error(), "invalid_dpop_proof", "{two:?}");
    assert!(browser.decision().await["checks"].to_string().contains("check_dpop_header"));

    // What is near, and good.
    for proof in [
        with("htu", json!(format!("{TOKEN_ENDPOINT}?query#fragment"))),
        with("htu", json!("HTTP://LOCALHOST:4000/oauth/./token")),
        with("iat", json!(NOW - 60)),
        with("iat", json!(NOW + 60)),
        with("iat", json!(NOW as f64 + 0.5)),
        with("other", json!({ "claims": "are let be" })),
    ] {
        let answer = ask(&mut browser, &[&proof]).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }
}

#[tokio::test]
async fn a_proof_is_good_once_also_after_a_restart_and_at_the_edge_of_the_window() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = async || Harness::with(|settings| settings.data = tenant::Data::Folder(folder.path().into())).await;
    let mut browser = open().await;
    let key = Key::new();
    // The device's clock is a minute ahead, so the window for this proof ends a minute later.
    let proof = key.proof(&json!({ "iat": NOW + 60, "jti": "once" }));
    assert_eq!(ask(&mut browser, &[&proof]).await.status, StatusCode::OK);
    let again = ask(&mut browser, &[&proof]).await;
    assert_eq!((again.status, &*again.error()), (StatusCode::BAD_REQUEST, "invalid_dpop_proof"), "{again:?}");
    assert!(browser.decision().await["checks"].to_string().contains("check_dpop_jti"));
    let same_name = key.proof(&json!({ "jti": "once", "other": 1 }));
    assert_eq!(ask(&mut browser, &[&same_name]).await.error(), "invalid_dpop_proof", "the jti counts, not the text");
    let another = Key::new().proof(&json!({ "jti": "once" }));
    assert_eq!(ask(&mut browser, &[&another]).await.status, StatusCode::OK, "nobody uses up another key's names");

    browser.advance(119);
    browser.tenant.purge().await.expect("the store purges");
    assert_eq!(ask(&mut browser, &[&proof]).await.error(), "invalid_dpop_proof", "remembered while it would be good");
    assert!(browser.decision().await["checks"].to_string().contains("check_dpop_jti"));
    browser.tenant.close().await;
    let mut browser = open().await;
    assert_eq!(ask(&mut browser, &[&proof]).await.error(), "invalid_dpop_proof", "after a restart, too");
    assert!(browser.decision().await["checks"].to_string().contains("check_dpop_jti"));
}

#[tokio::test]
async fn a_public_client_needs_a_nonce_and_keeps_its_code() {
    let mut browser = Harness::new().await;
    let key = Key::new();
    let code = code_of(&mut browser, &[]).await;
    let first = redeem(&mut browser, &code, Some(&key.proof(&json!({})))).await;
    assert_eq!((first.status, &*first.error()), (StatusCode::BAD_REQUEST, "use_dpop_nonce"), "{first:?}");
    let nonce = first.header("dpop-nonce").to_owned();
    // A clock that is a day off is no matter then: the nonce says when the proof was made.
    let proof = key.proof(&json!({ "nonce": nonce, "iat": NOW - 86_400 }));
    let answer = redeem(&mut browser, &code, Some(&proof)).await;
    assert_eq!((answer.status, &answer.json()["token_type"]), (StatusCode::OK, &json!("DPoP")), "{answer:?}");
    assert_eq!(answer.header("dpop-nonce"), nonce, "good for the next proof");
    let again = redeem(&mut browser, "whatever", Some(&proof)).await;
    assert_eq!(again.error(), "invalid_dpop_proof", "once, with a nonce too: {again:?}");

    browser.advance(60);
    let later = redeem(&mut browser, "whatever", Some(&key.proof(&json!({ "nonce": nonce })))).await;
    assert_eq!(later.error(), "invalid_grant", "good for one turn more: {later:?}");
    assert_ne!(later.header("dpop-nonce"), nonce, "and the next one is there");
    browser.advance(60);
    let too_late = redeem(&mut browser, "whatever", Some(&key.proof(&json!({ "nonce": nonce })))).await;
    assert_eq!(too_late.error(), "use_dpop_nonce");
}

#[tokio::test]
async fn pages_may_read_the_nonce_and_send_proofs() {
    let mut browser = Harness::new().await;
    let origin = ("origin", "http://localhost:3000");
    let asked =
        [origin, ("access-control-request-method", "POST"), ("access-control-request-headers", "dpop, authorization")];
    let preflight = browser.browse(Method::OPTIONS, TOKEN_ENDPOINT, &asked, "").await;
    assert_eq!(preflight.header("access-control-allow-headers"), "dpop, authorization");
    let proof = Key::new().proof(&json!({}));
    let form =
        [("grant_type", "authorization_code"), ("client_id", "demo-spa"), ("code", "x"), ("redirect_uri", CALLBACK)];
    let answer = browser.post_form_with(TOKEN_ENDPOINT, &form, &[origin, ("dpop", &proof)]).await;
    assert!(answer.header("access-control-expose-headers").contains("DPoP-Nonce"), "{answer:?}");
    let metadata = browser.get(&format!("{TENANT}/.well-known/openid-configuration")).await.json();
    assert_eq!(metadata["dpop_signing_alg_values_supported"], json!(["ES256", "EdDSA", "RS256", "PS256"]));
}

#[tokio::test]
async fn who_gets_a_bound_token_is_the_vendors_table() {
    let notes = "    proof_of_possession: { mechanism: dpop, required: false }\n";
    let trusted = "  - name: Trusted app\n";
    let built_in = include_str!("../../tenant.yaml");
    assert!(built_in.contains(notes) && built_in.contains(trusted));
    let key = Key::new();
    for client_requires in [false, true] {
        for (policy, at_api) in [
            ("", [Some("Bearer"), Some("Bearer")]),
            (notes, [Some("Bearer"), Some("DPoP")]),
            ("    proof_of_possession: { mechanism: dpop, required: true }\n", [None, Some("DPoP")]),
            ("    proof_of_possession: { mechanism: mtls, required: false }\n", [Some("Bearer"), Some("Bearer")]),
        ] {
            let wanting = format!("{trusted}    require_proof_of_possession: {client_requires}\n");
            let file = built_in.replace(notes, policy).replace(trusted, &wanting);
            let mut browser = Harness::with_file(&file).await;
            for (at, proof) in [None, Some(key.proof(&json!({})))].into_iter().enumerate() {
                let answer = ask(&mut browser, &proof.iter().map(|proof| &**proof).collect::<Vec<_>>()).await;
                // A client that wants its tokens bound gets no others.
                let expected = at_api[at].filter(|kind| !client_requires || *kind == "DPoP");
                let kind = answer.json()["token_type"].as_str().map(ToOwned::to_owned);
                assert_eq!(kind.as_deref(), expected, "{client_requires}, {policy}, {at}: {answer:?}");
                if expected.is_none() {
                    assert_eq!((answer.status, &*answer.error()), (StatusCode::BAD_REQUEST, "invalid_request"));
                    let record = browser.decision().await;
                    assert!(record["checks"].to_string().contains("check_proof_of_possession"), "{record}");
                }
            }
        }
    }
}
