//! What a DPoP key binds (RFC 9449): codes, refresh tokens and access tokens, and who refuses what comes without its key.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::common::dpop::{CLIENT, Key, TOKEN_ENDPOINT, code_of, nonce, redeem, sha256, signed_in, text};
use crate::common::{Answer, Harness, TENANT, authorize};

async fn refresh(browser: &mut Harness, token: &str, proof: Option<&str>) -> Answer {
    let form = [("grant_type", "refresh_token"), ("client_id", CLIENT), ("refresh_token", token)];
    let headers: Vec<_> = proof.iter().map(|proof| ("dpop", *proof)).collect();
    browser.post_form_with(TOKEN_ENDPOINT, &form, &headers).await
}

/// Asks a resource by a scheme, with a proof if there is one.
async fn get(browser: &mut Harness, path: &str, scheme: &str, token: &str, proof: Option<&str>) -> Answer {
    let authorization = format!("{scheme} {token}");
    let mut headers = vec![("authorization", &*authorization)];
    headers.extend(proof.map(|proof| ("dpop", proof)));
    browser.get_with(&format!("{TENANT}{path}"), &headers).await
}

#[tokio::test]
async fn a_code_is_bound_to_the_key_that_dpop_jkt_names() {
    let mut browser = Harness::new().await;
    let (key, thief) = (Key::new(), Key::new());
    let nonce = nonce(&mut browser, &key).await;
    let jkt = key.thumbprint();
    for (proof, name) in [(Some(thief.proof(&json!({ "nonce": nonce }))), "another key"), (None, "no key")] {
        let code = code_of(&mut browser, &[("dpop_jkt", Some(&jkt))]).await;
        let refused = redeem(&mut browser, &code, proof.as_deref()).await;
        assert_eq!((refused.status, &*refused.error()), (StatusCode::FORBIDDEN, "invalid_grant"), "{name}");
        assert!(browser.decision().await["checks"].to_string().contains("check_dpop_jkt"));
        let late = redeem(&mut browser, &code, Some(&key.proof(&json!({ "nonce": nonce })))).await;
        assert_eq!(late.error(), "invalid_grant", "a code that was presented wrongly is spent");
    }
    let tokens = signed_in(&mut browser, &key, &[("dpop_jkt", Some(&jkt))]).await;
    assert_eq!(tokens["token_type"], "DPoP");
    for wrong in ["", "short", &format!("{jkt}A"), &jkt.replace(&jkt[..1], "=")] {
        let answer = browser.get(&authorize(&[("dpop_jkt", Some(wrong)), ("prompt", Some("none"))])).await;
        let expected = if wrong.is_empty() { None } else { Some("invalid_request".to_owned()) };
        assert_eq!(answer.parameters().remove("error"), expected, "{wrong}: {answer:?}");
    }
}

#[tokio::test]
async fn a_refresh_token_of_a_public_client_is_bound_to_the_key() {
    let mut browser = Harness::new().await;
    let (key, thief) = (Key::new(), Key::new());
    let scope = ("scope", Some("openid offline_access read:notes"));
    let tokens = signed_in(&mut browser, &key, &[scope]).await;
    let refresh_token = text(&tokens, "refresh_token");
    let nonce = nonce(&mut browser, &key).await;
    for proof in [None, Some(thief.proof(&json!({ "nonce": nonce })))] {
        let refused = refresh(&mut browser, &refresh_token, proof.as_deref()).await;
        assert_eq!((refused.status, &*refused.error()), (StatusCode::FORBIDDEN, "invalid_grant"), "{refused:?}");
        assert!(browser.decision().await["checks"].to_string().contains("check_refresh_token_key"));
    }
    let mut latest = refresh_token;
    for _ in 0..2 {
        let renewed = refresh(&mut browser, &latest, Some(&key.proof(&json!({ "nonce": nonce })))).await;
        assert_eq!((renewed.status, &renewed.json()["token_type"]), (StatusCode::OK, &json!("DPoP")), "{renewed:?}");
        latest = text(&renewed.json(), "refresh_token");
    }
    // What began without a key goes on without one, and is not bound by a later proof (RFC 9449 5).
    let code = code_of(&mut browser, &[scope]).await;
    let unbound = text(&redeem(&mut browser, &code, None).await.json(), "refresh_token");
    let renewed = refresh(&mut browser, &unbound, Some(&key.proof(&json!({ "nonce": nonce })))).await.json();
    assert_eq!(renewed["token_type"], "DPoP", "the access token is");
    let again = refresh(&mut browser, &text(&renewed, "refresh_token"), None).await;
    assert_eq!(again.json()["token_type"], "Bearer", "{again:?}");
}

#[tokio::test]
async fn a_bound_token_is_taken_with_a_proof_of_its_key_alone() {
    let mut browser = Harness::new().await;
    let (key, thief) = (Key::new(), Key::new());
    let bound = text(&signed_in(&mut browser, &key, &[]).await, "access_token");
    browser.cookies.clear();
    let code = browser.sign_in().await;
    let plain = text(&browser.exchange(&code).await.json(), "access_token");
    let nonce = nonce(&mut browser, &key).await;
    for path in ["/userinfo", "/lab/notes"] {
        let with = |claims: Value| {
            let mut all = json!({ "nonce": nonce });
            all.as_object_mut().expect("an object").extend(claims.as_object().expect("an object").clone());
            Some(key.proof_at(path, &bound, &all))
        };
        let refusals = [
            ("bound, as bearer", "Bearer", &bound, None, "invalid_token"),
            ("bound, as bearer with a proof", "Bearer", &bound, with(json!({})), "invalid_token"),
            ("without a proof", "DPoP", &bound, None, "invalid_dpop_proof"),
            ("plain, as DPoP", "DPoP", &plain, Some(key.proof_at(path, &plain, &json!({}))), "invalid_token"),
            (
                "another key",
                "DPoP",
                &bound,
                Some(thief.proof_at(path, &bound, &json!({ "nonce": nonce }))),
                "invalid_token",
            ),
            ("no ath", "DPoP", &bound, with(json!({ "ath": null })), "invalid_dpop_proof"),
            ("of another token", "DPoP", &bound, with(json!({ "ath": sha256(&plain) })), "invalid_dpop_proof"),
            ("another method", "DPoP", &bound, with(json!({ "htm": "POST" })), "invalid_dpop_proof"),
            ("another address", "DPoP", &bound, with(json!({ "htu": TOKEN_ENDPOINT })), "invalid_dpop_proof"),
        ];
        for (name, scheme, token, proof, expected) in refusals {
            let answer = get(&mut browser, path, scheme, token, proof.as_deref()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}, {name}: {answer:?}");
            let challenge = answer.header("www-authenticate");
            assert!(
                challenge.starts_with("DPoP ") && challenge.contains("algs=\"ES256 "),
                "{path}, {name}: {challenge}"
            );
            assert!(challenge.contains(&format!("error=\"{expected}\"")), "{path}, {name}: {challenge}");
        }
        let proof = with(json!({}));
        let answer = get(&mut browser, path, "DPoP", &bound, proof.as_deref()).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
        let replayed = get(&mut browser, path, "DPoP", &bound, proof.as_deref()).await;
        assert!(replayed.header("www-authenticate").contains("invalid_dpop_proof"), "{path}: {replayed:?}");
        assert_eq!(get(&mut browser, path, "Bearer", &plain, None).await.status, StatusCode::OK, "{path}");
        let ways = get(&mut browser, path, "Basic", "eDp5", None).await;
        let ways: Vec<_> = ways.headers.get_all("www-authenticate").iter().map(|way| format!("{way:?}")).collect();
        assert!(ways.len() == 2 && ways[0].contains("Bearer ") && ways[1].contains("DPoP "), "{path}: {ways:?}");
    }
    // A form cannot bring a proof of a token's binding past the header.
    let form = [("access_token", &*bound)];
    let posted = browser.post_form(&format!("{TENANT}/userinfo"), &form).await;
    assert_eq!(posted.status, StatusCode::UNAUTHORIZED, "{posted:?}");
}

#[tokio::test]
async fn the_notes_want_a_nonce_and_say_so() {
    let mut browser = Harness::new().await;
    let key = Key::new();
    let token = text(&signed_in(&mut browser, &key, &[]).await, "access_token");
    let first =
        get(&mut browser, "/lab/notes", "DPoP", &token, Some(&key.proof_at("/lab/notes", &token, &json!({})))).await;
    assert_eq!(first.status, StatusCode::UNAUTHORIZED);
    assert!(first.header("www-authenticate").contains("error=\"use_dpop_nonce\""), "{first:?}");
    let nonce = json!({ "nonce": first.header("dpop-nonce") });
    let second =
        get(&mut browser, "/lab/notes", "DPoP", &token, Some(&key.proof_at("/lab/notes", &token, &nonce))).await;
    assert_eq!((second.status, second.header("dpop-nonce").is_empty()), (StatusCode::OK, false), "{second:?}");
}

#[tokio::test]
async fn introspection_tells_the_key() {
    let mut browser = Harness::new().await;
    let key = Key::new();
    let token = text(&signed_in(&mut browser, &key, &[]).await, "access_token");
    let form = [("client_id", "notes-api"), ("client_secret", "notes-api-secret"), ("token", &*token)];
    let body = browser.post_form(&format!("{TENANT}/oauth/introspect"), &form).await.json();
    assert_eq!((&body["token_type"], &body["cnf"]["jkt"]), (&json!("DPoP"), &json!(key.thumbprint())), "{body}");
}

#[tokio::test]
async fn no_token_leaves_authorize_where_bound_ones_are_wanted() {
    let required = "    proof_of_possession: { mechanism: dpop, required: true }\n";
    let notes = "    proof_of_possession: { mechanism: dpop, required: false }\n";
    let mut browser = Harness::with_replaced(notes, required).await;
    browser.sign_in().await;
    for (response_type, error) in [("code token", Some("invalid_request")), ("code", None)] {
        let changes = [
            ("client_id", Some("legacy-spa")),
            ("response_type", Some(response_type)),
            ("prompt", Some("none")),
            ("response_mode", Some("fragment")),
        ];
        let answer = browser.get(&authorize(&changes)).await;
        assert_eq!(answer.fragment().remove("error").as_deref(), error, "{response_type}: {answer:?}");
    }
}
