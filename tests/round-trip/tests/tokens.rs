//! The tokens themselves, checked by another implementation than the client's.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, TokenData, Validation, decode, decode_header};
use round_trip::{Browser, Tab};
use serde_json::Value;
use silent_auth::protocol::config::ClientConfig;
use silent_auth::protocol::http::Request;

const APP: &str = "http://localhost:3000";
const ISSUER: &str = "http://localhost:4000/";
const NOTES: &str = "https://notes.example.com";

async fn signed_in(browser: &mut Browser) -> Tab {
    let config = ClientConfig::new(ISSUER, "demo-spa", "http://localhost:3000/callback")
        .expect("valid")
        .with_audience(Some(NOTES.to_owned()))
        .with_scope("openid read:notes".to_owned());
    Tab::signed_in(browser, config, "ada@example.com", "ada-password").await
}

async fn verified(browser: &mut Browser, token: &str, audience: &str) -> TokenData<Value> {
    let request = Request::get(format!("{ISSUER}.well-known/jwks.json"));
    let keys: JwkSet =
        serde_json::from_str(&browser.fetch(&request, APP).await.expect("readable").body).expect("a key set");
    let kid = decode_header(token).expect("a header").kid.expect("a kid");
    let key = DecodingKey::from_jwk(keys.find(&kid).expect("the key of this token")).expect("an RSA key");
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&[audience]);
    rules.set_issuer(&[ISSUER]);
    // The tenant lives by the test's clock, this library by the machine's.
    rules.validate_exp = false;
    decode(token, &key, &rules).expect("a valid token")
}

#[tokio::test]
async fn the_id_token_is_good_by_the_tenants_published_key() {
    let mut browser = Browser::new().await;
    let tab = signed_in(&mut browser).await;
    let claims = verified(&mut browser, tab.tokens().id_token.expose(), "demo-spa").await.claims;
    assert_eq!(claims["sub"], "auth0|ada");
    assert_eq!(claims["iat"].as_i64(), Some(browser.tenant_now().as_secs()));
}

#[tokio::test]
async fn the_access_token_is_for_the_api_and_for_a_minute() {
    let mut browser = Browser::new().await;
    let tab = signed_in(&mut browser).await;
    let token = verified(&mut browser, tab.tokens().access_token.expose(), NOTES).await;
    assert_eq!(token.claims["scope"], "openid read:notes");
    let (issued, expires) = (token.claims["iat"].as_i64(), token.claims["exp"].as_i64());
    assert_eq!(expires.zip(issued).map(|(expires, issued)| expires - issued), Some(60));
}

#[tokio::test]
async fn the_access_token_opens_userinfo_for_pages_of_the_app_alone() {
    let mut browser = Browser::new().await;
    let tab = signed_in(&mut browser).await;
    let request =
        Request { bearer: Some(tab.tokens().access_token.clone()), ..Request::get(format!("{ISSUER}userinfo")) };
    let answer = browser.fetch(&request, APP).await.expect("readable");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.contains("auth0|ada"), "{}", answer.body);
    assert!(browser.fetch(&request, "http://evil.localhost:3000").await.is_err());
}
