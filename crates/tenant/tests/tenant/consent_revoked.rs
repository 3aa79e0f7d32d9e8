//! Taking consent back, on the dashboard and by the Management API, and what ends with it.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::common;
use crate::common::admin::Admin;
use crate::common::management::{Script, refused};
use crate::common::{Changes, Harness, NOTES, authorize};

const THIRD_PARTY: (&str, Option<&str>) = ("client_id", Some("third-party-app"));
const ROTATING: (&str, Option<&str>) = ("client_id", Some("demo-spa-rotating"));

/// A tenant whose API Notes asks for consent at loopback callbacks, so that clients with refresh tokens are asked too.
async fn strict() -> Harness {
    let skip = "    skip_consent_for_verifiable_first_party_clients: true\n";
    let exception = "    loopback_callbacks_are_verifiable: true\n";
    let lifetime = "    token_lifetime: 60\n";
    Harness::with_replaced(&format!("{skip}{exception}{lifetime}"), &format!("{skip}{lifetime}")).await
}

/// Signs Ada in at a client that keeps a refresh token, with her consent; the tokens it gets.
async fn tokens(browser: &mut Harness, client: &str) -> serde_json::Value {
    let offline = ("scope", Some("openid offline_access read:notes"));
    let request = authorize(&[("client_id", Some(client)), offline]);
    let mut answer = browser.get(&request).await;
    if answer.header("location").contains("/u/login") {
        answer = browser.log_in_at(&request, "ada@example.com", "ada-password").await;
    }
    let answer = browser.accept(&answer).await;
    let secret = (client == "regular-web").then_some("regular-web-secret");
    let changes: Changes<'_> = &[("client_id", Some(client)), ("client_secret", secret)];
    browser.exchange_with(&answer.parameters()["code"], changes).await.json()
}

async fn renew(browser: &mut Harness, client: &str, refresh_token: &serde_json::Value) -> StatusCode {
    let refresh_token = refresh_token.as_str().expect("a refresh token");
    let mut form = vec![("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", refresh_token)];
    if client == "regular-web" {
        form.push(("client_secret", "regular-web-secret"));
    }
    browser.token(&form).await.status
}

#[tokio::test]
async fn the_dashboard_shows_consents_and_takes_them_back() {
    let mut admin = Admin::new().await;
    let page = "users/auth0%7Cada";
    assert!(admin.open(page).await.body.contains("No application was ever allowed anything."));
    admin.harness.consent_to_third_party().await;
    let shown = admin.open(page).await;
    for words in ["Third-party app", NOTES, "openid profile email read:notes", "2026-11-23 00:00:00 UTC"] {
        assert!(shown.body.contains(words), "{words}");
    }
    let consent = shown.field("consent");
    let elsewhere = "users/auth0%7Cgrace/revoke-consent";
    admin.refused(page, elsewhere, &[("consent", &consent)], "gone already").await;
    let mut forged = admin.harness.clone();
    let url = format!("{}/dashboard/{page}/revoke-consent", common::TENANT);
    let answer = forged.post_form(&url, &[("csrf", "x"), ("consent", &consent)]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "a form from elsewhere");
    assert!(admin.harness.silent(&[THIRD_PARTY]).await.parameters().contains_key("code"), "it is still there");

    admin.done(page, &format!("{page}/revoke-consent"), &[("consent", &consent)]).await;
    assert_eq!(admin.harness.silent(&[THIRD_PARTY]).await.parameters()["error"], "consent_required");
    assert_eq!(admin.harness.logs("sapi").await[0]["description"], "Delete a grant");
    admin.refused(page, &format!("{page}/revoke-consent"), &[("consent", &consent)], "gone already").await;
}

/// What the application held by the consent ends, of this user and at this client alone.
#[tokio::test]
async fn refresh_tokens_and_unused_codes_end_with_the_consent() {
    let mut script = Script::of(strict().await, "").await;
    let rotating = tokens(&mut script.harness, "demo-spa-rotating").await;
    let regular = tokens(&mut script.harness, "regular-web").await;
    let offline = ("scope", Some("openid offline_access read:notes"));
    let unused = script.harness.silent(&[ROTATING, offline]).await.parameters().remove("code").expect("a code");
    let of_other = script.harness.silent(&[("client_id", Some("regular-web")), offline]).await;

    let grants = script.get("/grants?client_id=demo-spa-rotating").await.json();
    let id = grants[0]["id"].as_str().expect("an id").to_owned();
    let deleted = script.call(Method::DELETE, &format!("/grants/{id}"), None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);

    let browser = &mut script.harness;
    assert_eq!(renew(browser, "demo-spa-rotating", &rotating["refresh_token"]).await, StatusCode::FORBIDDEN);
    assert_eq!(renew(browser, "regular-web", &regular["refresh_token"]).await, StatusCode::OK, "another client's");
    assert_eq!(browser.exchange_with(&unused, &[ROTATING]).await.error(), "invalid_grant");
    let changes = [("client_id", Some("regular-web")), ("client_secret", Some("regular-web-secret"))];
    let other = browser.exchange_with(&of_other.parameters()["code"], &changes).await;
    assert_eq!(other.status, StatusCode::OK, "another client's");
    assert_eq!(browser.silent(&[ROTATING, offline]).await.parameters()["error"], "consent_required");
}

#[tokio::test]
async fn grants_are_listed_and_filtered() {
    let mut script = Script::new().await;
    script.harness.consent_to_third_party().await;
    let request = authorize(&[THIRD_PARTY, ("audience", None), ("scope", Some("openid"))]);
    let answer = script.harness.get(&request).await;
    script.harness.accept(&answer).await;

    let all = script.get("/grants?include_totals=true").await.json();
    assert_eq!((&all["total"], &all["start"], &all["limit"]), (&json!(2), &json!(0), &json!(50)));
    let [userinfo, notes] = [NOTES, "http://localhost:4000/userinfo"].map(|audience| {
        let grants = all["grants"].as_array().expect("a list").clone();
        grants.into_iter().find(|grant| grant["audience"] != audience).expect("one for each audience")
    });
    assert!(notes["id"].as_str().is_some_and(|id| id.starts_with("gra_")), "{notes}");
    let expected = json!({
        "id": notes["id"], "clientID": "third-party-app", "user_id": "auth0|ada", "audience": NOTES,
        "scope": ["openid", "profile", "email", "read:notes"],
    });
    assert_eq!(notes, expected);
    assert_eq!(
        (&userinfo["audience"], &userinfo["scope"]),
        (&json!("http://localhost:4000/userinfo"), &json!(["openid"]))
    );
    for (query, found) in [
        ("user_id=auth0%7Cada", 2),
        ("user_id=auth0%7Cgrace", 0),
        ("client_id=third-party-app", 2),
        ("client_id=demo-spa", 0),
        ("audience=https%3A%2F%2Fnotes.example.com", 1),
        ("per_page=1&page=1", 1),
        ("per_page=1&page=2", 0),
    ] {
        let answer = script.get(&format!("/grants?{query}")).await.json();
        assert_eq!(answer.as_array().map(Vec::len), Some(found), "{query}: {answer}");
    }
    refused(&script.get("/grants?colour=red").await, StatusCode::BAD_REQUEST, "invalid_query_string", "colour");
}

#[tokio::test]
async fn all_of_a_users_grants_go_at_once() {
    let mut script = Script::new().await;
    script.harness.consent_to_third_party().await;
    let of_nobody = script.call(Method::DELETE, "/grants", None).await;
    let malformed = script.call(Method::DELETE, "/grants/5", None).await;
    refused(&malformed, StatusCode::BAD_REQUEST, "invalid_uri", "begins with gra_");
    refused(&of_nobody, StatusCode::BAD_REQUEST, "invalid_query_string", "user_id");
    assert_eq!(script.call(Method::DELETE, "/grants?user_id=auth0%7Cgrace", None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(script.call(Method::DELETE, "/grants/gra_unknown", None).await.status, StatusCode::NO_CONTENT);
    assert!(script.harness.silent(&[THIRD_PARTY]).await.parameters().contains_key("code"), "another user's");
    assert_eq!(script.call(Method::DELETE, "/grants?user_id=auth0%7Cada", None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(script.harness.silent(&[THIRD_PARTY]).await.parameters()["error"], "consent_required");
    assert_eq!(script.get("/grants").await.json(), json!([]));
}

#[tokio::test]
async fn grants_need_their_scopes() {
    let mut reader = Script::of(Harness::new().await, "read:grants").await;
    assert_eq!(reader.get("/grants").await.status, StatusCode::OK);
    for path in ["/grants/gra_x", "/grants?user_id=x"] {
        let answer = reader.call(Method::DELETE, path, None).await;
        refused(&answer, StatusCode::FORBIDDEN, "insufficient_scope", "delete:grants");
    }
    let mut deleter = Script::of(reader.harness, "delete:grants").await;
    refused(&deleter.get("/grants").await, StatusCode::FORBIDDEN, "insufficient_scope", "read:grants");
}
