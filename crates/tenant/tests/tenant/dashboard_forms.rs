//! What the dashboard's forms change, and what they refuse and keep.

use axum::http::StatusCode;
use serde_json::Value;

use crate::common;
use crate::common::admin::Admin;
use crate::common::{Harness, TENANT};

const DELEGATION_ID_TOKEN: &str = "http://auth0.com/oauth/legacy/grant-type/delegation/id_token";

/// The form of an application as its page shows it.
fn application<'a>(callbacks: &'a str, grants: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![("name", "Demo SPA"), ("oidc_conformant", "true"), ("callbacks", callbacks)];
    form.push(("web_origins", "http://localhost:3000\nhttp://app.demo.localhost:3000\nhttp://app.localhost:3000"));
    form.push((
        "allowed_logout_urls",
        "http://localhost:3000/\nhttp://app.demo.localhost:3000/\nhttp://app.localhost:3000/",
    ));
    form.extend(grants.iter().map(|grant| ("grant_types", *grant)));
    form
}

#[tokio::test]
async fn an_application_is_changed_and_counts_at_once() {
    let mut admin = Admin::new().await;
    let page = "applications/demo-spa";
    let form = application("http://localhost:3000/callback", &["authorization_code"]);
    let shown = admin.done(page, page, &form).await;
    assert!(shown.body.contains("http://localhost:3000/callback"));
    assert!(!shown.body.contains("silent-callback.html"), "a line that was taken out is gone");
    let refused =
        admin.harness.get(&common::authorize(&[("redirect_uri", Some("http://app.localhost:3000/callback"))])).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
    let entry = admin.harness.logs("sapi").await[0].clone();
    assert_eq!(
        (&entry["description"], &entry["details"]["request"]["channel"]),
        (&Value::from("Update a client"), &Value::from("dashboard"))
    );

    admin.done(page, page, &application("http://localhost:3000/callback", &["refresh_token"])).await;
    let answer = admin.harness.get(&common::authorize(&[])).await;
    assert_eq!(answer.parameters()["error"], "unauthorized_client", "it lost the grant");
    // Sent as it is, nothing is changed, and nothing logged.
    let before = admin.harness.logs("sapi").await.len();
    let same = admin.send(page, page, &application("http://localhost:3000/callback", &["refresh_token"])).await;
    assert_eq!((same.status, same.header("location")), (StatusCode::SEE_OTHER, "/dashboard/applications/demo-spa"));
    assert_eq!(admin.harness.logs("sapi").await.len(), before);
}

#[tokio::test]
async fn an_application_that_cannot_be_is_refused_and_what_was_typed_stays() {
    let mut admin = Admin::new().await;
    let page = "applications/demo-spa";
    let before = admin.open(page).await.body;
    for (callbacks, grants, words) in [
        ("http://evil.example/cb", ["authorization_code"], "plain http is for loopback"),
        ("http://localhost/a\nno address", ["authorization_code"], "callbacks[1]"),
        ("http://localhost:3000/typed", [DELEGATION_ID_TOKEN], "cannot be added while"),
        ("http://localhost:3000/typed", ["client_credentials"], "cannot have client_credentials"),
    ] {
        let answer = admin.refused(page, page, &application(callbacks, &grants), words).await;
        assert!(answer.body.contains(callbacks), "what was typed stays: {callbacks}");
        assert!(answer.body.contains(&format!("value=\"{}\" checked", grants[0])), "and what was ticked");
    }
    let mut form = application("", &[]);
    form.retain(|(name, _)| *name != "name");
    admin.refused(page, page, &form, "on property name").await;
    let csrf = admin.open(page).await.field("csrf");
    assert!(before.contains(&csrf) && admin.open(page).await.body == before, "nothing was changed");
    assert_eq!(admin.send(page, "applications/nobody", &[]).await.status, StatusCode::NOT_FOUND);
}

/// The id of the Notes API.
async fn notes(admin: &mut Admin) -> String {
    let page = admin.open("apis").await.body;
    let before = page.split(">Notes<").next().expect("the list has it");
    before.rsplit("/dashboard/apis/").next().expect("a link").split('"').next().expect("an end").to_owned()
}

#[tokio::test]
async fn lifetimes_of_an_api_are_changed_and_bad_ones_refused() {
    let mut admin = Admin::new().await;
    let page = format!("apis/{}", notes(&mut admin).await);
    admin.done(&page, &page, &[("token_lifetime", "120"), ("token_lifetime_for_web", "60")]).await;
    let code = admin.harness.sign_in().await;
    assert_eq!(admin.harness.exchange(&code).await.json()["expires_in"], 120, "for tokens issued from now on");
    for (lifetime, words) in [
        ("soon", "a number from 1 to 2592000"),
        ("", "a number from 1 to 2592000"),
        ("0", "a number from 1 to 2592000"),
        ("2592001", "a number from 1 to 2592000"),
        ("1e3", "a number from 1 to 2592000"),
        ("99999999999999999999", "a number from 1 to 2592000"),
    ] {
        let fields = [("token_lifetime", lifetime), ("token_lifetime_for_web", "60")];
        let answer = admin.refused(&page, &page, &fields, words).await;
        assert!(answer.body.contains(&format!("value=\"{lifetime}\"")), "what was typed stays: {lifetime}");
    }
    let fields = [("token_lifetime", "60"), ("token_lifetime_for_web", "61")];
    admin.refused(&page, &page, &fields, "at most the token_lifetime").await;
    admin.refused(&page, &format!("{page}/offline"), &[("allow", "perhaps")], "which way").await;
    assert_eq!(admin.send(&page, "apis/nobody/offline", &[("allow", "true")]).await.status, StatusCode::NOT_FOUND);
}

/// What users are asked before an API's tokens go out follows the API's switches at once.
#[tokio::test]
async fn the_switches_of_an_api_decide_what_comes_before_its_tokens() {
    let mut admin = Admin::new().await;
    admin.harness.sign_in().await;
    let apis = admin.open("apis").await.body;
    let before = apis.split(">Notes<").next().expect("the list has it");
    let id = before.rsplit("/dashboard/apis/").next().and_then(|rest| rest.split('"').next()).expect("a link");
    let page = format!("apis/{id}");
    for (switch, changed, error) in [
        ("loopback", "false", "consent_required"),
        ("loopback", "true", ""),
        ("consent", "false", "consent_required"),
        ("consent", "true", ""),
        ("mfa", "true", "interaction_required"),
        ("mfa", "false", ""),
    ] {
        let action = format!("{page}/{switch}");
        admin.refused(&page, &action, &[("allow", "perhaps")], "which way").await;
        let shown = admin.done(&page, &action, &[("allow", changed)]).await;
        let checked = format!(r#"aria-checked="{changed}" aria-describedby="{switch}-means""#);
        assert!(shown.body.contains(&checked), "{switch} {changed}: {}", shown.body);
        let parameters = admin.harness.silent(&[]).await.parameters();
        assert_eq!(parameters.get("error").map_or("", String::as_str), error, "{switch} {changed}");
    }
}

#[tokio::test]
async fn keys_are_rotated_and_revoked() {
    let mut admin = Admin::new().await;
    let jwks = async |admin: &mut Admin| {
        let keys = admin.harness.get(&format!("{TENANT}/.well-known/jwks.json")).await.json();
        keys["keys"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|key| key["kid"].as_str().expect("a text").to_owned())
            .collect::<Vec<_>>()
    };
    let before = jwks(&mut admin).await;
    admin.refused("keys", "keys/revoke", &[("kid", &before[0])], "rotate first").await;
    admin.refused("keys", "keys/revoke", &[("kid", "nobody")], "There is no signing key").await;
    admin.harness.advance(1);
    let shown = admin.done("keys", "keys/rotate", &[]).await;
    assert!(shown.body.contains("cannot be undone"), "said before the click");
    assert_eq!(jwks(&mut admin).await[0], before[1]);
    admin.done("keys", "keys/revoke", &[("kid", &before[0])]).await;
    assert!(!jwks(&mut admin).await.contains(&before[0]));
    admin.refused("keys", "keys/revoke", &[("kid", &before[0])], "revoked already").await;
}

#[tokio::test]
async fn a_users_session_and_refresh_token_are_shown_and_ended() {
    let mut admin = Admin::new().await;
    admin.harness.sign_in().await;
    let page = "users/auth0%7Cada";
    let body = admin.open(page).await.body;
    let after = body.split("name=\"sid\" value=\"").nth(1).expect("a session");
    let sid = after.split('"').next().expect("an end").to_owned();
    admin.refused(page, "users/auth0%7Cgrace/end-session", &[("sid", &sid)], "gone already").await;
    assert_eq!(admin.harness.silent(&[]).await.parameters().get("error"), None, "another user's form ends nothing");
    let shown = admin.done(page, &format!("{page}/end-session"), &[("sid", &sid)]).await;
    assert!(shown.body.contains("Not signed in anywhere"));
    assert_eq!(admin.harness.silent(&[]).await.parameters()["error"], "login_required");
    admin.refused(page, &format!("{page}/end-session"), &[("sid", &sid)], "gone already").await;

    let more = [("scope", "openid offline_access")];
    let tokens = admin.harness.token_for_password(&more).await.json();
    let refresh = tokens["refresh_token"].as_str().expect("a refresh token").to_owned();
    let body = admin.open(page).await.body;
    assert!(body.contains("Trusted app") && !body.contains(&refresh));
    let family = body.split("name=\"family\" value=\"").nth(1).expect("a family").split('"').next().expect("an end");
    admin.done(page, &format!("{page}/revoke"), &[("family", family)]).await;
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "trusted-app"),
        ("client_secret", "trusted-app-secret"),
        ("refresh_token", refresh.as_str()),
    ];
    assert_eq!(admin.harness.token(&form).await.error(), "invalid_grant");
    admin.refused(page, &format!("{page}/revoke"), &[("family", family)], "revoked already").await;
    assert_eq!(admin.open("users/nobody").await.status, StatusCode::NOT_FOUND);
    assert!(admin.open("users").await.body.contains("blocked@example.com"));
}

#[tokio::test]
async fn logs_are_searched_and_paged() {
    let mut harness = Harness::new().await;
    for _ in 0..30 {
        let form = [
            ("client_id", "legacy-app-a"),
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("id_token", "x"),
        ];
        harness.post_form(&format!("{TENANT}/delegation"), &form).await;
        harness.advance(60);
    }
    let mut admin = Admin::at(harness).await;
    let first = admin.open("logs?q=type:fd").await.body;
    assert!(first.contains("<strong>30</strong> entries, newest first. Page 1 of 2."));
    assert_eq!(first.matches("/dashboard/logs/900").count(), 25);
    assert!(first.contains("href=\"?q=type%3Afd&amp;page=2\""));
    let second = admin.open("logs?q=type:fd&page=2").await.body;
    assert_eq!(second.matches("/dashboard/logs/900").count(), 5);
    let id = second.split("/dashboard/logs/").nth(2).expect("a link").split('"').next().expect("an end").to_owned();
    let entry = admin.open(&format!("logs/{id}")).await.body;
    assert!(entry.contains("Delegation failed") && entry.contains(&id));
    for (query, words) in
        [("type:", "expected a value"), ("(type:fd", "closing parenthesis"), ("description:*sa", "three characters")]
    {
        let answer = admin.open(&format!("logs?q={query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.body.contains(words) && answer.body.contains(&format!("value=\"{query}\"")), "{query}");
    }
    assert!(admin.open("logs?q=type:nothing").await.body.contains("Nothing was found"));
    for page in ["page=0", "page=x", "page=99999999999999999999", "page=1000000"] {
        assert_eq!(admin.open(&format!("logs?{page}")).await.status, StatusCode::OK, "{page}");
    }
    assert_eq!(admin.open("logs/nobody").await.status, StatusCode::NOT_FOUND);
}
