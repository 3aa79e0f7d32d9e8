//! `POST /oauth/introspect` (RFC 7662): an API learns whether a token of its own is good, and of others nothing.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::common::delegation::{id_token_of, refresh_token_of};
use crate::common::on_disk::OnDisk;
use crate::common::{Answer, Harness, TENANT, authorize, claims};

const OWN: [(&str, &str); 2] = [("client_id", "notes-api"), ("client_secret", "notes-api-secret")];

async fn introspect(browser: &mut Harness, token: &str) -> Answer {
    let form = [&OWN[..], &[("token", token)]].concat();
    browser.post_form(&format!("{TENANT}/oauth/introspect"), &form).await
}

/// Asks, and expects one of the two answers there are: all, or that the token is not active and nothing else.
async fn active(browser: &mut Harness, token: &str) -> bool {
    let answer = introspect(browser, token).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    if body["active"] == true {
        return true;
    }
    assert_eq!(body, json!({ "active": false }));
    false
}

async fn access_token(browser: &mut Harness) -> String {
    browser.cookies.clear();
    let code = browser.sign_in().await;
    text(&browser.exchange(&code).await.json(), "access_token")
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

#[tokio::test]
async fn the_api_of_a_token_learns_what_it_is_good_for() {
    let mut browser = Harness::new().await;
    let token = access_token(&mut browser).await;
    let body = introspect(&mut browser, &token).await.json();
    assert_eq!(body["active"], true);
    let said = claims(&token);
    for claim in ["iss", "sub", "aud", "iat", "exp", "jti", "scope"] {
        assert_eq!(body[claim], said[claim], "{claim}");
    }
    assert_eq!((&body["client_id"], &body["token_type"]), (&json!("demo-spa"), &json!("Bearer")));
    let record = browser.decision().await;
    assert_eq!((&record["endpoint"], &record["outcome"]), (&json!("/oauth/introspect"), &json!("active")));
    assert!(!record.to_string().contains(&token));
    // By Basic as well, which is what most resource servers' libraries send.
    let basic = [("authorization", "Basic bm90ZXMtYXBpOm5vdGVzLWFwaS1zZWNyZXQ=")];
    let url = format!("{TENANT}/oauth/introspect");
    let answer = browser.post_form_with(&url, &[("token", &token)], &basic).await;
    assert_eq!(answer.json()["active"], true, "{answer:?}");
}

/// Row 125 of the control list: no credentials, no answer; another's token is not active, whatever it is.
#[tokio::test]
async fn who_is_not_the_api_learns_nothing() {
    let mut browser = Harness::new().await;
    let token = access_token(&mut browser).await;
    let url = format!("{TENANT}/oauth/introspect");
    for (form, status, error) in [
        (vec![("token", &*token)], 400, "invalid_request"),
        (vec![("client_id", "notes-api"), ("token", &*token)], 401, "access_denied"),
        (vec![("client_id", "notes-api"), ("client_secret", "x"), ("token", &*token)], 401, "access_denied"),
        (vec![("client_id", "nobody"), ("token", &*token)], 401, "invalid_client"),
        // The client it was issued to is a public one, and anybody can send its id.
        (vec![("client_id", "demo-spa"), ("token", &*token)], 401, "invalid_client"),
        (OWN.to_vec(), 400, "invalid_request"),
        ([&OWN[..], &[("token", &*token), ("token", "x")]].concat(), 400, "invalid_request"),
    ] {
        let answer = browser.post_form(&url, &form).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, error), "{form:?}");
        assert_eq!(answer.header("www-authenticate").is_empty(), status != 401, "{form:?}");
    }
    let another = [("client_id", "regular-web"), ("client_secret", "regular-web-secret"), ("token", &*token)];
    assert_eq!(
        browser.post_form(&url, &another).await.json(),
        json!({ "active": false }),
        "another confidential client"
    );
    let json = json!({ "client_id": "notes-api", "client_secret": "notes-api-secret", "token": token }).to_string();
    let answer = browser.browse(Method::POST, &url, &[("content-type", "application/json")], json).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "a form (RFC 7662 2.1)");
    // A page could read nothing, whatever origin it is of.
    let form = [&OWN[..], &[("token", &token)]].concat();
    let answer = browser.post_form_with(&url, &form, &[("origin", "http://localhost:3000")]).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn only_access_tokens_for_the_api_are_active() {
    let mut browser = Harness::new().await;
    let id_token = id_token_of(&mut browser, "legacy-spa").await;
    let refresh_token = refresh_token_of(&mut browser, "legacy-app-a").await;
    let url = authorize(&[("audience", Some("https://reports.example.com")), ("scope", Some("openid read:reports"))]);
    let code = browser.get(&url).await.parameters()["code"].clone();
    let for_reports = text(&browser.exchange(&code).await.json(), "access_token");
    let code = browser.get(&authorize(&[("audience", None)])).await.parameters()["code"].clone();
    let opaque = text(&browser.exchange(&code).await.json(), "access_token");
    let machine = [
        ("grant_type", "client_credentials"),
        ("client_id", "machine"),
        ("client_secret", "machine-secret"),
        ("audience", "https://localhost:4000/api/v2/"),
    ];
    let for_management = text(&browser.token(&machine).await.json(), "access_token");
    let good = access_token(&mut browser).await;
    let (start, signature) = good.rsplit_once('.').expect("a JWT");
    let forged = format!("{start}.{}", signature.chars().rev().collect::<String>());
    for (what, token) in [
        ("an ID token", &*id_token),
        ("a refresh token", &refresh_token),
        ("another API's", &for_reports),
        ("the Management API's", &for_management),
        ("one for /userinfo", &opaque),
        ("a forged one", &forged),
        ("junk", "a.b.c"),
        ("more junk", "' OR 1=1 --"),
    ] {
        assert!(!active(&mut browser, token).await, "{what}");
    }
    assert!(active(&mut browser, &good).await);
    // What one issuer made is not good at another.
    let form = [&OWN[..], &[("token", &*good)]].concat();
    let elsewhere = browser.post_form("http://tenant.localhost:4000/oauth/introspect", &form).await;
    assert_eq!(elsewhere.json(), json!({ "active": false }));
}

/// Row 126: expiry, revocation, the end of the session, of the user, of the client, and of the signing key.
#[tokio::test]
async fn whatever_ends_a_token_is_seen() {
    let disk = OnDisk::new();
    let mut browser = Harness::with(|settings| settings.data = disk.data()).await;

    let expiring = access_token(&mut browser).await;
    browser.advance(59);
    assert!(active(&mut browser, &expiring).await);
    browser.advance(1);
    assert!(!active(&mut browser, &expiring).await, "expired");

    let revoked = access_token(&mut browser).await;
    assert!(active(&mut browser, &revoked).await);
    browser.post_form(&format!("{TENANT}/oauth/revoke"), &[("client_id", "demo-spa"), ("token", &revoked)]).await;
    assert!(!active(&mut browser, &revoked).await, "revoked");

    let code = {
        browser.cookies.clear();
        browser.sign_in().await
    };
    let replayed = text(&browser.exchange(&code).await.json(), "access_token");
    assert!(active(&mut browser, &replayed).await);
    browser.exchange(&code).await;
    assert!(!active(&mut browser, &replayed).await, "its code was replayed");

    let signed_out = access_token(&mut browser).await;
    assert!(active(&mut browser, &signed_out).await);
    browser.get(&format!("{TENANT}/v2/logout")).await;
    assert!(!active(&mut browser, &signed_out).await, "signed out");

    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "machine"),
        ("client_secret", "machine-secret"),
        ("audience", "https://localhost:4000/api/v2/"),
    ];
    let management = format!("Bearer {}", text(&browser.token(&form).await.json(), "access_token"));
    let headers = [("authorization", &*management)];
    let rotate = format!("{TENANT}/api/v2/keys/signing/rotate");
    let of_old_key = access_token(&mut browser).await;
    let kid = text(&browser.get(&format!("{TENANT}/.well-known/jwks.json")).await.json()["keys"][0], "kid");
    assert_eq!(browser.browse(Method::POST, &rotate, &headers, "").await.status, StatusCode::CREATED);
    assert!(active(&mut browser, &of_old_key).await, "what the previous key signed counts");
    let of_new_key = access_token(&mut browser).await;
    let revoke = format!("{TENANT}/api/v2/keys/signing/{kid}/revoke");
    assert_eq!(browser.browse(Method::PUT, &revoke, &headers, "").await.status, StatusCode::OK);
    assert!(!active(&mut browser, &of_old_key).await, "its key was revoked");
    assert!(active(&mut browser, &of_new_key).await);

    let block = "UPDATE users SET body = json_set(body, '$.blocked', json('true')) WHERE user_id = 'auth0|ada'";
    disk.change(block).await;
    assert!(!active(&mut browser, &of_new_key).await, "the user is blocked");
    let unblock = "UPDATE users SET body = json_set(body, '$.blocked', json('false')) WHERE user_id = 'auth0|ada'";
    disk.change(unblock).await;
    assert!(active(&mut browser, &of_new_key).await);
    disk.change("DELETE FROM clients WHERE client_id = 'demo-spa'").await;
    browser.tenant.reread();
    assert!(!active(&mut browser, &of_new_key).await, "its client is gone");
}
