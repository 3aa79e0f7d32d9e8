//! What the delegation tests share: calls of `/delegation` and the tokens to send there.

use axum::body::Body;
use axum::http::Method;
use serde_json::Value;

use super::{Answer, CALLBACK, Harness, TENANT, VERIFIER, authorize};

pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
pub(crate) const URL: &str = "http://localhost:4000/delegation";
/// A JWT by its looks.
pub(crate) const SOME_JWT: &str = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";

/// `POST /delegation` as a form.
pub(crate) async fn ask(browser: &mut Harness, fields: &[(&str, &str)]) -> Answer {
    let mut all = vec![("grant_type", JWT_BEARER)];
    all.extend(fields);
    browser.post_form(URL, &all).await
}

/// Status and `error` of the same.
pub(crate) async fn delegate(browser: &mut Harness, fields: &[(&str, &str)]) -> (u16, String) {
    let answer = ask(browser, fields).await;
    (answer.status.as_u16(), answer.error())
}

/// Ada's ID token for a client of the built-in tenant, by a real sign-in.
pub(crate) async fn id_token_of(browser: &mut Harness, client: &str) -> String {
    id_token_at(browser, client, "openid profile email").await
}

/// The same with other scopes.
pub(crate) async fn id_token_at(browser: &mut Harness, client: &str, scope: &str) -> String {
    let body = sign_in_to(browser, client, scope).await;
    body["id_token"].as_str().unwrap_or_else(|| panic!("no ID token: {body}")).to_owned()
}

/// What the code of a sign-in buys.
async fn sign_in_to(browser: &mut Harness, client: &str, scope: &str) -> Value {
    let request = [("client_id", Some(client)), ("audience", None), ("scope", Some(scope)), ("prompt", Some("login"))];
    let answer = browser.log_in_at(&authorize(&request), "ada@example.com", "ada-password").await;
    let code = answer.parameters()["code"].clone();
    let secret = format!("{client}-secret");
    let is_public = matches!(client, "demo-spa" | "demo-spa-rotating" | "legacy-spa");
    let changes = [
        ("client_id", Some(client)),
        ("client_secret", (!is_public).then_some(secret.as_str())),
        ("redirect_uri", Some(CALLBACK)),
        ("code_verifier", Some(VERIFIER)),
    ];
    browser.exchange_with(&code, &changes).await.json()
}

/// The built-in tenant, but the mandatory date has not come.
pub(crate) async fn before_the_date() -> Harness {
    Harness::with_replaced("mandatory_date: 2018-02-01", "mandatory_date: 2027-01-01").await
}

/// The same with more changes of the built-in file's text.
pub(crate) async fn before_the_date_with(changes: &[(&str, &str)]) -> Harness {
    let mut yaml =
        include_str!("../../../tenant.yaml").replace("mandatory_date: 2018-02-01", "mandatory_date: 2027-01-01");
    for (from, to) in changes {
        assert!(yaml.contains(from), "the built-in file has {from}");
        yaml = yaml.replacen(from, to, 1);
    }
    Harness::with_file(&yaml).await
}

/// Turns delegation switches as the app's page does.
pub(crate) async fn turn(browser: &mut Harness, body: Value) -> Answer {
    let headers = [("content-type", "application/json"), ("origin", "http://localhost:3000")];
    browser.browse(Method::POST, &format!("{TENANT}/lab/delegation"), &headers, Body::from(body.to_string())).await
}

/// Ada's refresh token for a client of the built-in tenant, by a real sign-in.
pub(crate) async fn refresh_token_of(browser: &mut Harness, client: &str) -> String {
    let body = sign_in_to(browser, client, "openid profile offline_access").await;
    body["refresh_token"].as_str().unwrap_or_else(|| panic!("no refresh token: {body}")).to_owned()
}
