//! The grants `password`, password-realm and `client_credentials`: who may use them, what they bring, what is logged.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::common;
use crate::common::{Harness, NOTES, TENANT, TRUSTED_PASSWORD, claims};

const REALM: &str = "http://auth0.com/oauth/grant-type/password-realm";
const MANAGEMENT: &str = "https://localhost:4000/api/v2/";

/// A good password request of the trusted client, with these parameters changed (or left out).
async fn password(browser: &mut Harness, changes: &[(&str, Option<&str>)]) -> common::Answer {
    request(browser, &TRUSTED_PASSWORD, changes).await
}

/// A good request of the client `machine`, with these parameters changed (or left out).
async fn machine(browser: &mut Harness, changes: &[(&str, Option<&str>)]) -> common::Answer {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "machine"),
        ("client_secret", "machine-secret"),
        ("audience", MANAGEMENT),
    ];
    request(browser, &form, changes).await
}

async fn request(browser: &mut Harness, form: &[(&str, &str)], changes: &[(&str, Option<&str>)]) -> common::Answer {
    let mut all: Vec<_> =
        form.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name)).copied().collect();
    all.extend(changes.iter().filter_map(|(name, value)| Some((*name, (*value)?))));
    browser.token(&all).await
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}"))
}

#[tokio::test]
async fn a_password_buys_tokens_in_one_request() {
    let mut browser = Harness::new().await;
    let answer = password(&mut browser, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    let body = answer.json();
    assert_eq!((text(&body, "scope"), body.get("refresh_token")), ("openid read:notes", None));
    let access = claims(text(&body, "access_token"));
    assert_eq!((access["sub"].as_str(), access["gty"].as_str()), (Some("auth0|ada"), Some("password")));
    assert_eq!(access["aud"], json!([NOTES, format!("{TENANT}/userinfo")]));
    let id_token = claims(text(&body, "id_token"));
    assert_eq!((id_token["aud"].as_str(), id_token.get("sid")), (Some("trusted-app"), None), "no browser session");
    assert!(browser.cookies.is_empty());
    let entry = browser.logs("sepft").await.remove(0);
    assert_eq!((entry["user_id"].as_str(), entry["client_id"].as_str()), (Some("auth0|ada"), Some("trusted-app")));
    assert_eq!(browser.decision().await["summary"], "The password was exchanged for tokens.");
}

/// What Auth0 grants to a password request that names no scope, or only `openid`.
#[tokio::test]
async fn asking_for_nothing_brings_all() {
    let mut browser = Harness::new().await;
    let scope = async |browser: &mut Harness, scope, audience| {
        text(&password(browser, &[("scope", scope), ("audience", audience)]).await.json(), "scope").to_owned()
    };
    assert_eq!(scope(&mut browser, None, Some(NOTES)).await, "read:notes write:notes");
    assert_eq!(scope(&mut browser, None, None).await, "openid profile email address phone");
    assert_eq!(scope(&mut browser, Some("openid"), None).await, "openid profile email address phone");
    assert_eq!(scope(&mut browser, Some("openid email"), None).await, "openid email");
    assert_eq!(scope(&mut browser, Some("openid x read:reports"), Some(NOTES)).await, "openid");
}

#[tokio::test]
async fn a_realm_names_the_one_connection() {
    let mut browser = Harness::new().await;
    let with = |realm| [("grant_type", Some(REALM)), ("realm", realm)];
    let answer = password(&mut browser, &with(Some("Username-Password-Authentication"))).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    for (realm, words) in [(None, "Missing required parameter: realm"), (Some("elsewhere"), "Unknown realm")] {
        let answer = password(&mut browser, &with(realm)).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_request"));
        assert!(text(&answer.json(), "error_description").starts_with(words), "{answer:?}");
    }
}

#[tokio::test]
async fn a_password_request_is_refused_by_name() {
    let mut browser = Harness::new().await;
    for (changes, status, error, description, logged) in [
        (vec![("password", Some("x"))], 403, "invalid_grant", "Wrong email or password.", "fp"),
        (vec![("username", Some("nobody@example.com"))], 403, "invalid_grant", "Wrong email or password.", "fu"),
        (
            vec![("username", Some("blocked@example.com")), ("password", Some("blocked-password"))],
            403,
            "unauthorized",
            "user is blocked",
            "f",
        ),
        (vec![("username", None)], 400, "invalid_request", "Missing required parameter: username", "fepft"),
        (vec![("password", None)], 400, "invalid_request", "Missing required parameter: password", "fepft"),
        (
            vec![("audience", Some("https://nobody.example"))],
            400,
            "invalid_request",
            "invalid audience specified for password grant exchange",
            "fepft",
        ),
        (vec![("client_secret", Some("x"))], 401, "access_denied", "Unauthorized", "fepft"),
        (
            vec![("client_id", Some("regular-web")), ("client_secret", Some("regular-web-secret"))],
            403,
            "unauthorized_client",
            "Grant type 'password' not allowed for the client.",
            "fepft",
        ),
    ] {
        let answer = password(&mut browser, &changes).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, error), "{changes:?}");
        assert_eq!(answer.json()["error_description"], description, "{changes:?}");
        assert!(!browser.logs(logged).await.is_empty(), "{changes:?} leaves {logged}");
        assert_eq!(browser.logs("fepft").await[0]["description"], description, "{changes:?}");
    }
}

#[tokio::test]
async fn guessing_passwords_is_stopped() {
    let mut browser = Harness::new().await;
    for _ in 0..10 {
        assert_eq!(password(&mut browser, &[("password", Some("x"))]).await.status, StatusCode::FORBIDDEN);
    }
    let answer = password(&mut browser, &[]).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"));
    assert_eq!(browser.logs("limit_wc").await.len(), 1);
    browser.advance(15 * 60);
    assert_eq!(password(&mut browser, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn neither_a_third_party_nor_an_api_that_asks_for_consent_takes_passwords() {
    let mut browser = Harness::with_replaced(
        "    client_id: trusted-app\n",
        "    client_id: trusted-app\n    is_first_party: false\n",
    )
    .await;
    assert_eq!(password(&mut browser, &[]).await.error(), "unauthorized_client");
    let why = browser.decision().await["checks"].as_array().expect("checks").last().expect("one").clone();
    assert_eq!(why["detail"], "password is not allowed for the client, and is never for third parties");

    let own_rule = "allow_offline_access: true\n    skip_consent_for_verifiable_first_party_clients: ";
    let mut browser = Harness::with_replaced(&format!("{own_rule}true"), &format!("{own_rule}false")).await;
    let answer = password(&mut browser, &[]).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::FORBIDDEN, "consent_required"));
}

#[tokio::test]
async fn a_machine_gets_what_its_client_grant_says() {
    let mut browser = Harness::new().await;
    let answer = machine(&mut browser, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let body = answer.json();
    assert_eq!((body["expires_in"].as_i64(), body["token_type"].as_str()), (Some(86_400), Some("Bearer")));
    assert!(body.get("id_token").is_none() && body.get("refresh_token").is_none());
    assert!(text(&body, "scope").contains("read:clients "));
    let access = claims(text(&body, "access_token"));
    assert_eq!((access["sub"].as_str(), access["azp"].as_str()), (Some("machine@clients"), Some("machine")));
    assert_eq!((access["aud"].as_str(), access["gty"].as_str()), (Some(MANAGEMENT), Some("client-credentials")));
    assert_eq!(access["scope"], body["scope"]);
    let userinfo = browser.get_as("/userinfo", text(&body, "access_token")).await;
    assert!(userinfo.status.is_client_error(), "there is no user");
    assert_eq!(browser.logs("seccft").await[0]["audience"], MANAGEMENT);

    let fewer = machine(&mut browser, &[("scope", Some("read:logs read:users"))]).await.json();
    assert_eq!(claims(text(&fewer, "access_token"))["scope"], "read:logs read:users");
}

#[tokio::test]
async fn a_machine_is_refused_what_nobody_granted() {
    let mut browser = Harness::new().await;
    for (changes, status, error, description) in [
        (vec![("audience", None)], 400, "invalid_request", "Missing required parameter: audience"),
        (vec![("audience", Some("https://nobody.example"))], 403, "access_denied", "Service not enabled within domain"),
        (vec![("audience", Some(NOTES))], 403, "access_denied", "Client is not authorized to access"),
        (vec![("scope", Some("read:logs x"))], 403, "access_denied", "Client has not been granted scopes: x"),
        (vec![("client_secret", None)], 401, "access_denied", "Unauthorized"),
        (
            vec![("client_id", Some("demo-spa")), ("client_secret", None)],
            403,
            "unauthorized_client",
            "Grant type 'client_credentials' not allowed for the client.",
        ),
    ] {
        let answer = machine(&mut browser, &changes).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, error), "{changes:?}");
        assert!(text(&answer.json(), "error_description").starts_with(description), "{answer:?}");
        assert!(!browser.logs("feccft").await.is_empty());
    }
}

#[tokio::test]
async fn a_client_without_a_secret_never_acts_for_itself() {
    let mut browser = Harness::with_replaced(
        "    grant_types: [authorization_code]\n    callbacks: &callbacks",
        "    grant_types: [authorization_code, client_credentials]\n    callbacks: &callbacks",
    )
    .await;
    let answer = machine(&mut browser, &[("client_id", Some("demo-spa")), ("client_secret", None)]).await;
    assert_eq!(answer.error(), "unauthorized_client");
    let why = browser.decision().await["checks"].as_array().expect("checks").last().expect("one").clone();
    assert_eq!(why["detail"], "client_credentials is not allowed for the client, and is never for public clients");
}

/// `default_audience` of the tenant counts where a request names none, and never against one that does.
#[tokio::test]
async fn the_tenants_default_audience_counts_where_none_is_named() {
    let default = "  friendly_name: Silent Auth\n";
    let mut browser = Harness::with_replaced(default, &format!("{default}  default_audience: {NOTES}\n")).await;
    let body = password(&mut browser, &[("audience", None)]).await.json();
    assert_eq!(claims(text(&body, "access_token"))["aud"][0], NOTES);
    let body = password(&mut browser, &[("audience", Some("http://localhost:4000/userinfo"))]).await.json();
    assert!(!text(&body, "access_token").contains('.'), "asked for by name: opaque");
    let refused = machine(&mut browser, &[("audience", None)]).await;
    assert!(text(&refused.json(), "error_description").contains(NOTES), "machine has no grant for it: {refused:?}");
    browser.sign_in().await;
    let code = browser.silent(&[("audience", None)]).await.parameters()["code"].clone();
    assert_eq!(claims(text(&browser.exchange(&code).await.json(), "access_token"))["aud"][0], NOTES);
}
