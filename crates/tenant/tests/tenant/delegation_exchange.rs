//! Exchanges that succeed at `/delegation`: what the new ID token is, who may have it, and how often.

use axum::http::StatusCode;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use crate::common;
use crate::common::delegation::{
    JWT_BEARER, URL, ask, before_the_date, before_the_date_with, delegate, id_token_at, id_token_of, refresh_token_of,
};
use crate::common::{Answer, Harness, TENANT, claims};

const LEGACY_REFRESH_GRANT: &str = "http://auth0.com/oauth/legacy/grant-type/delegation/refresh_token";

/// Configures the first client after `name` for HS256.
fn hs256(client: &str) -> (String, String) {
    let from = format!("client_id: {client}\n");
    let to = format!("{from}    jwt_configuration: {{ alg: HS256, lifetime_in_seconds: 600 }}\n");
    (from, to)
}

fn id_token(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()["id_token"].as_str().expect("an ID token").to_owned()
}

/// The claims, verified with the tenant's published keys.
async fn verified(browser: &mut Harness, token: &str, audience: &str) -> Value {
    let header = jsonwebtoken::decode_header(token).expect("a header");
    assert_eq!(header.alg, Algorithm::RS256);
    let keys = browser.get(&format!("{TENANT}/.well-known/jwks.json")).await.json();
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_value(keys).expect("a JWK set");
    let key = DecodingKey::from_jwk(keys.find(&header.kid.expect("a kid")).expect("published")).expect("a key");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[format!("{TENANT}/")]);
    validation.validate_exp = false;
    jsonwebtoken::decode::<Value>(token, &key, &validation).expect("verifies").claims
}

#[tokio::test]
async fn an_id_token_of_one_client_buys_one_of_another() {
    let mut browser = before_the_date().await;
    let old = id_token_of(&mut browser, "legacy-spa").await;
    browser.advance(60);
    let call = [("client_id", "legacy-spa"), ("id_token", old.as_str()), ("target", "legacy-api-c")];
    let answer =
        ask(&mut browser, &[call.as_slice(), &[("scope", "openid email"), ("api_type", "app")]].concat()).await;
    let body = answer.json();
    let names: Vec<_> = body.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(names, ["token_type", "expires_in", "id_token"], "and nothing else");
    assert_eq!((body["token_type"].clone(), body["expires_in"].clone()), (json!("Bearer"), json!(36_000)));

    let new = verified(&mut browser, body["id_token"].as_str().expect("a token"), "legacy-api-c").await;
    let before = claims(&old);
    assert_eq!(new["sub"], "auth0|ada");
    assert_eq!(new["iat"].as_i64(), before["iat"].as_i64().map(|iat| iat + 60), "made now");
    assert_eq!(new["exp"].as_i64(), new["iat"].as_i64().map(|iat| iat + 36_000));
    assert_eq!(new["email"], "ada@example.com");
    assert_eq!(new.get("name"), None, "profile was not asked for");
    assert_eq!((new.get("nonce"), new.get("at_hash")), (None, None), "those belong to the old response");

    let decision = browser.get(&format!("{TENANT}/lab/decisions?endpoint=/delegation&limit=1")).await.json();
    let decision = &decision["decisions"][0];
    assert_eq!(decision["outcome"], "token");
    assert_eq!(decision["summary"], "legacy-spa exchanged an ID token for another ID token.");
    assert!(decision["checks"].as_array().expect("checks").iter().all(|check| check["passed"] == true));
}

#[tokio::test]
async fn a_client_renews_its_own_and_passthrough_keeps_what_the_old_token_said() {
    let mut browser = before_the_date().await;
    let old = id_token_at(&mut browser, "legacy-spa", "openid profile").await;
    for target in [None, Some("legacy-spa")] {
        let mut call =
            vec![("client_id", "legacy-spa"), ("id_token", &*old), ("api_type", ""), ("scope", "passthrough")];
        call.extend(target.map(|target| ("target", target)));
        let new = claims(&id_token(&ask(&mut browser, &call).await));
        assert_eq!((new["aud"].as_str(), new["name"].as_str()), (Some("legacy-spa"), Some("Ada Lovelace")));
        assert_eq!(new["sid"], claims(&old)["sid"]);
        assert_eq!((new.get("email"), new.get("nonce"), new.get("at_hash")), (None, None, None));
    }
    let plain = claims(&id_token(&ask(&mut browser, &[("client_id", "legacy-spa"), ("id_token", &old)]).await));
    assert_eq!((plain.get("name"), plain["sub"].as_str()), (None, Some("auth0|ada")), "the scope is openid");
    // What came of it can be exchanged again, as renewals in a row do.
    let new = id_token(&ask(&mut browser, &[("client_id", "legacy-spa"), ("id_token", &old)]).await);
    assert_eq!(delegate(&mut browser, &[("client_id", "legacy-spa"), ("id_token", &new)]).await.0, 200);
}

#[tokio::test]
async fn a_refresh_token_buys_a_fresh_id_token_and_stays_good() {
    let mut browser = before_the_date().await;
    let refresh_token = refresh_token_of(&mut browser, "legacy-spa").await;
    browser.advance(40_000);
    let call = [("client_id", "legacy-spa"), ("refresh_token", refresh_token.as_str())];
    let answer = ask(&mut browser, &call).await;
    assert_eq!(answer.json().get("refresh_token"), None, "none comes with it");
    let new = verified(&mut browser, &id_token(&answer), "legacy-spa").await;
    assert_eq!((new["sub"].as_str(), new.get("name")), (Some("auth0|ada"), None));
    // auth0.js' refreshToken() sends this; and a target other than itself works as with an ID token.
    let fields = [call.as_slice(), &[("scope", "passthrough"), ("target", "legacy-api-c")]].concat();
    let passed = claims(&id_token(&ask(&mut browser, &fields).await));
    assert_eq!((passed["aud"].as_str(), passed["name"].as_str()), (Some("legacy-api-c"), Some("Ada Lovelace")));
    assert!(passed["sid"].is_string());
    assert_eq!(browser.logs("sd").await[0]["details"]["grant_type"], LEGACY_REFRESH_GRANT);

    for (client, token) in
        [("legacy-app-a", refresh_token.as_str()), ("legacy-spa", "nobody's"), ("legacy-spa", &refresh_token[1..])]
    {
        let answer = ask(&mut browser, &[("client_id", client), ("refresh_token", token)]).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "invalid_token"), "{client} {token}");
        assert_eq!(answer.json()["error_description"], "Unknown or invalid refresh token.");
    }
}

#[tokio::test]
async fn a_refresh_token_that_was_replaced_or_has_expired_buys_nothing() {
    let rotating = "client_id: legacy-spa\n";
    let settings =
        "    refresh_token: { rotation_type: rotating, expiration_type: expiring, leeway: 0, token_lifetime: 600 }\n";
    let mut browser = before_the_date_with(&[(rotating, &format!("{rotating}{settings}"))]).await;
    let first = refresh_token_of(&mut browser, "legacy-spa").await;
    assert_eq!(delegate(&mut browser, &[("client_id", "legacy-spa"), ("refresh_token", &first)]).await.0, 200);
    let form = [("grant_type", "refresh_token"), ("client_id", "legacy-spa"), ("refresh_token", first.as_str())];
    let second = browser.post_form(&format!("{TENANT}/oauth/token"), &form).await.json();
    let second = second["refresh_token"].as_str().expect("it rotates: delegation did not use it up").to_owned();
    let spent = delegate(&mut browser, &[("client_id", "legacy-spa"), ("refresh_token", &first)]).await;
    assert_eq!(spent, (401, "invalid_token".into()));
    let call = [("client_id", "legacy-spa"), ("refresh_token", second.as_str())];
    assert_eq!(delegate(&mut browser, &call).await.0, 200);
    browser.advance(600);
    assert_eq!(delegate(&mut browser, &call).await, (401, "invalid_token".into()), "expired");
}

#[tokio::test]
async fn the_target_says_whom_it_takes_tokens_from() {
    let list = "allowed_clients: [legacy-spa, legacy-app-a, legacy-app-b]";
    let mut browser = before_the_date_with(&[(list, "allowed_clients: [legacy-app-a]")]).await;
    let token = id_token_of(&mut browser, "legacy-spa").await;
    let call = [("client_id", "legacy-spa"), ("id_token", token.as_str()), ("target", "legacy-api-c")];
    assert_eq!(delegate(&mut browser, &call).await, (403, "access_denied".into()));
    let summary = browser.decision().await["summary"].clone();
    assert_eq!(
        summary,
        "access_denied: legacy-api-c lists allowed_clients and does not take delegation from legacy-spa."
    );
    // Its own list does not keep a client from itself, and an empty one keeps nobody away.
    for list in ["allowed_clients: []", "allowed_clients: null"] {
        let changes = [("allowed_clients: [legacy-spa, legacy-app-a, legacy-app-b]", list)];
        let mut browser = before_the_date_with(&changes).await;
        let token = id_token_of(&mut browser, "legacy-spa").await;
        let call = [("client_id", "legacy-spa"), ("id_token", token.as_str()), ("target", "legacy-api-c")];
        assert_eq!(delegate(&mut browser, &call).await.0, 200, "{list}");
    }
}

#[tokio::test]
async fn an_hs256_client_is_given_and_sends_tokens_signed_with_its_secret() {
    let (api, api_hs256) = hs256("legacy-api-c");
    let (app, app_hs256) = hs256("legacy-app-a");
    let mut browser = before_the_date_with(&[(&api, &api_hs256), (&app, &app_hs256)]).await;
    let old = id_token_of(&mut browser, "legacy-app-a").await;
    assert_eq!(jsonwebtoken::decode_header(&old).expect("a header").alg, Algorithm::HS256);
    let call = [("client_id", "legacy-app-a"), ("id_token", old.as_str()), ("target", "legacy-api-c")];
    let answer = ask(&mut browser, &call).await;
    assert_eq!(answer.json()["expires_in"], 600, "the target's");
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&["legacy-api-c"]);
    validation.validate_exp = false;
    let new = id_token(&answer);
    let secret = |text: &str| DecodingKey::from_secret(text.as_bytes());
    assert!(jsonwebtoken::decode::<Value>(&new, &secret("legacy-api-c-secret"), &validation).is_ok());
    assert!(jsonwebtoken::decode::<Value>(&new, &secret("legacy-app-a-secret"), &validation).is_err());
}

#[tokio::test]
async fn only_the_algorithm_of_the_source_counts() {
    // The token says what it says: RS256 from before the change, HS256 now.
    let (app, app_hs256) = hs256("legacy-app-a");
    let mut rs256 = before_the_date().await;
    let old = id_token_of(&mut rs256, "legacy-app-a").await;
    let mut browser = before_the_date_with(&[(&app, &app_hs256)]).await;
    let call = [("client_id", "legacy-app-a"), ("id_token", old.as_str()), ("target", "legacy-api-c")];
    assert_eq!(delegate(&mut browser, &call).await, (401, "invalid_token".into()));
    assert_eq!(delegate(&mut rs256, &call).await.0, 200);
    // And a token signed with a secret is nothing to an RS256 client.
    let new = id_token_of(&mut browser, "legacy-app-a").await;
    let call = [("client_id", "legacy-app-a"), ("id_token", new.as_str()), ("target", "legacy-api-c")];
    assert_eq!(delegate(&mut rs256, &call).await, (401, "invalid_token".into()));
    assert_eq!(delegate(&mut browser, &call).await.0, 200);

    // A public client is given RS256 tokens whatever it is configured for, so with HS256 its exchange fails.
    let (spa, spa_hs256) = hs256("legacy-spa");
    let spa_hs256 = format!("{spa_hs256}    client_secret: everybody-can-read-this\n");
    let mut browser = before_the_date_with(&[(&spa, &spa_hs256)]).await;
    let token = id_token_of(&mut browser, "legacy-spa").await;
    assert_eq!(jsonwebtoken::decode_header(&token).expect("a header").alg, Algorithm::RS256);
    let answer = ask(&mut browser, &[("client_id", "legacy-spa"), ("id_token", &token)]).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "invalid_token"));
    assert!(answer.json()["error_description"].as_str().expect("words").contains("configure it for RS256"));
}

#[tokio::test]
async fn success_is_logged_with_who_asked_for_what() {
    let mut browser = before_the_date().await;
    let token = id_token_of(&mut browser, "legacy-spa").await;
    let call = [("client_id", "legacy-spa"), ("id_token", token.as_str()), ("target", "legacy-api-c")];
    assert_eq!(delegate(&mut browser, &call).await.0, 200);
    let entries = browser.logs("sd").await;
    let [entry] = entries.as_slice() else { panic!("one entry: {entries:?}") };
    for (name, value) in [
        ("client_id", "legacy-spa"),
        ("client_name", "Legacy SPA"),
        ("user_id", "auth0|ada"),
        ("user_name", "ada@example.com"),
        ("hostname", "localhost:4000"),
        ("ip", "127.0.0.1"),
        ("description", "Exchanged an ID token for another ID token"),
    ] {
        assert_eq!(entry[name], value);
    }
    assert_eq!(
        entry["details"],
        json!({
            "grant_type": "http://auth0.com/oauth/legacy/grant-type/delegation/id_token",
            "target": "legacy-api-c", "scope": null, "api_type": "auth0", "device": null,
        })
    );
    assert!(!entry.to_string().contains(&token), "no token is logged");
    assert!(browser.logs("fd").await.is_empty());
}

#[tokio::test]
async fn the_eleventh_call_in_a_minute_is_refused_and_one_comes_back_every_six_seconds() {
    let mut browser = before_the_date().await;
    let token = id_token_of(&mut browser, "legacy-spa").await;
    let call = [("client_id", "legacy-spa"), ("id_token", token.as_str())];
    let now = common::START_MS / 1000;
    for left in (0..10).rev() {
        let answer = ask(&mut browser, &call).await;
        assert_eq!(answer.status.as_u16(), 200);
        assert_eq!(answer.header("x-ratelimit-limit"), "10");
        assert_eq!(answer.header("x-ratelimit-remaining"), left.to_string());
        assert_eq!(answer.header("x-ratelimit-reset"), (now + (10 - left) * 6).to_string());
        assert_eq!(answer.header("retry-after"), "");
    }
    let refused = ask(&mut browser, &call).await;
    assert_eq!((refused.status.as_u16(), refused.error().as_str()), (429, "too_many_requests"));
    assert_eq!((refused.header("x-ratelimit-remaining"), refused.header("retry-after")), ("0", "6"));
    let entries = browser.logs("limit_delegation").await;
    assert_eq!((entries[0]["user_id"].as_str(), entries[0].get("client_id")), (Some("auth0|ada"), None));
    assert_eq!(entries[0]["ip"], "127.0.0.1");
    assert!(browser.logs("fd").await.is_empty(), "that is an entry of its own");

    browser.advance(6);
    assert_eq!(delegate(&mut browser, &call).await.0, 200);
    assert_eq!(delegate(&mut browser, &call).await.0, 429);

    // Another user has calls of their own, and the tenant file says how many.
    let answer = browser
        .log_in_at(
            &common::authorize(&[("client_id", Some("legacy-spa")), ("prompt", Some("login"))]),
            "grace@example.com",
            "grace-password",
        )
        .await;
    let code = answer.parameters()["code"].clone();
    let grace = browser.exchange_with(&code, &[("client_id", Some("legacy-spa"))]).await;
    let grace = grace.json()["id_token"].as_str().expect("a token").to_owned();
    assert_eq!(delegate(&mut browser, &[("client_id", "legacy-spa"), ("id_token", &grace)]).await.0, 200);

    let mut browser = before_the_date_with(&[("calls_per_minute: 10", "calls_per_minute: 1")]).await;
    let token = id_token_of(&mut browser, "legacy-spa").await;
    let call = [("client_id", "legacy-spa"), ("id_token", token.as_str())];
    assert_eq!(delegate(&mut browser, &call).await.0, 200);
    assert_eq!(delegate(&mut browser, &call).await.0, 429);
}

#[tokio::test]
async fn a_page_may_read_what_is_left_of_its_calls() {
    let mut browser = before_the_date().await;
    let token = id_token_of(&mut browser, "legacy-spa").await;
    let form = [("grant_type", JWT_BEARER), ("client_id", "legacy-spa"), ("id_token", token.as_str())];
    let answer = browser.post_form_with(URL, &form, &[("origin", "http://localhost:3000")]).await;
    assert_eq!(answer.header("access-control-allow-origin"), "http://localhost:3000");
    assert!(answer.header("access-control-expose-headers").contains("X-RateLimit-Remaining"));
    // Neither a page that nobody registered, nor one that another client did.
    let own = [("grant_type", JWT_BEARER), ("client_id", "legacy-api-c"), ("id_token", token.as_str())];
    for (origin, form) in [("http://evil.test", form), ("http://localhost:3000", own)] {
        let refused = browser.post_form_with(URL, &form, &[("origin", origin)]).await;
        assert_eq!((refused.status.as_u16(), refused.error().as_str()), (403, "access_denied"), "{origin}");
    }
}

#[tokio::test]
async fn what_one_issuer_made_buys_nothing_at_another() {
    let mut browser = before_the_date().await;
    let id_token = id_token_of(&mut browser, "legacy-spa").await;
    let refresh_token = refresh_token_of(&mut browser, "legacy-spa").await;
    for (name, token) in [("id_token", &id_token), ("refresh_token", &refresh_token)] {
        let form = [("grant_type", JWT_BEARER), ("client_id", "legacy-spa"), (name, token.as_str())];
        let elsewhere = browser.post_form("http://tenant.localhost:4000/delegation", &form).await;
        assert_eq!((elsewhere.status.as_u16(), elsewhere.error().as_str()), (401, "invalid_token"), "{name}");
        assert_eq!(browser.post_form(URL, &form).await.status.as_u16(), 200, "{name} where it was made");
    }
}

#[tokio::test]
async fn a_user_who_is_blocked_or_gone_gets_nothing() {
    let mut browser = before_the_date().await;
    let token = id_token_of(&mut browser, "legacy-spa").await;
    let call = [("client_id", "legacy-spa"), ("id_token", token.as_str())];
    // Tenants of one test run share their key, so each of these verifies the token.
    let ada = "user_id: auth0|ada,";
    for (entry, words) in [
        ("user_id: auth0|ada, blocked: true,", "user is blocked"),
        ("user_id: auth0|another,", "The user of the token is gone."),
    ] {
        let mut browser = before_the_date_with(&[(ada, entry)]).await;
        let answer = ask(&mut browser, &call).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "invalid_token"), "{entry}");
        assert_eq!(answer.json()["error_description"], words);
    }
    assert_eq!(delegate(&mut browser, &call).await.0, 200);
}

#[tokio::test]
async fn a_revoked_family_buys_nothing() {
    let rotating = "client_id: legacy-spa\n";
    let settings = "    refresh_token: { rotation_type: rotating, expiration_type: expiring, leeway: 0 }\n";
    let mut browser = before_the_date_with(&[(rotating, &format!("{rotating}{settings}"))]).await;
    let first = refresh_token_of(&mut browser, "legacy-spa").await;
    let form = [("grant_type", "refresh_token"), ("client_id", "legacy-spa"), ("refresh_token", first.as_str())];
    let second = browser.post_form(&format!("{TENANT}/oauth/token"), &form).await.json();
    let second = second["refresh_token"].as_str().expect("it rotates").to_owned();
    let call = [("client_id", "legacy-spa"), ("refresh_token", second.as_str())];
    assert_eq!(delegate(&mut browser, &call).await.0, 200);
    browser.advance(1);
    assert_ne!(browser.post_form(&format!("{TENANT}/oauth/token"), &form).await.status.as_u16(), 200, "a reuse");
    assert_eq!(delegate(&mut browser, &call).await, (401, "invalid_token".into()));
}
