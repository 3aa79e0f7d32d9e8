//! What the migration guide says, as people do it in the dashboard.

use axum::http::StatusCode;
use serde_json::Value;

use crate::common::admin::Admin;
use crate::common::delegation::{ask, before_the_date, delegate, id_token_of};
use crate::common::management::Script;
use crate::common::{Harness, NOTES, TENANT};

const ADVANCED: &str = "tenant/advanced";
const TOGGLE: &str = "tenant/advanced/toggle";

/// Whether the page shows the toggle *Disable Legacy Delegation (ID Tokens)* as on, and whether it can be turned.
fn toggle_of(page: &str) -> (bool, bool) {
    let before = page.split("Disable Legacy Delegation (ID Tokens)").next().expect("the page has it");
    let button = before.rsplit("<button").next().expect("it is a button");
    assert!(button.contains(r#"role="switch""#), "{button}");
    (button.contains(r#"aria-checked="true""#), !button.contains(" disabled"))
}

/// "You are impacted if you are using the delegation API to exchange an ID token issued to one client for a new one
/// issued to a different client, or to exchange a refresh token for a fresh ID token."
#[tokio::test]
async fn guide_07_the_dashboard_says_which_application_is_affected_and_what_to_do() {
    let mut admin = Admin::at(before_the_date().await).await;
    let page = admin.open("affected").await.body;
    assert!(page.contains("Not affected") && !page.contains("Legacy app"), "nobody delegated yet");

    let token = id_token_of(&mut admin.harness, "legacy-app-a").await;
    let call =
        [("client_id", "legacy-app-a"), ("id_token", token.as_str()), ("target", "legacy-api-c"), ("api_type", "app")];
    for _ in 0..2 {
        assert_eq!(ask(&mut admin.harness, &call).await.status, StatusCode::OK);
    }
    admin.done(ADVANCED, TOGGLE, &[("disable", "true")]).await;
    assert_eq!(ask(&mut admin.harness, &call).await.status, StatusCode::NOT_FOUND);
    let page = admin.open("affected").await.body;
    for words in [
        "One application uses what the migration ends",
        "/dashboard/applications/legacy-app-a\">Legacy app A<",
        "2 succeeded, 1 refused",
        "legacy-api-c",
        "1 deprecation notice, the last on 2026-11-23",
        "A refresh token by",
    ] {
        assert!(page.contains(words), "{words:?} in {page}");
    }
    assert!(!page.contains("Legacy app B"), "who did not delegate is not named");
}

/// "If you are not sure about which of your clients might be using this feature, you can check your tenant logs…"
#[tokio::test]
async fn guide_09_a_search_of_the_logs_finds_the_notice() {
    let mut harness = before_the_date().await;
    let token = id_token_of(&mut harness, "legacy-app-a").await;
    let call = [("client_id", "legacy-app-a"), ("id_token", token.as_str()), ("target", "legacy-api-c")];
    ask(&mut harness, &call).await;
    let mut script = Script::of(harness, "").await;
    for search in [
        "type:depnote",
        r"type:depnote AND description:Legacy\ Delegation*",
        "type: \"depnote\" AND description:*deprecated*",
        r#"description:"Legacy Delegation (ID Tokens): This feature is being deprecated. See details.feature for the replacement.""#,
        "type:depnote AND details.feature.id:legacy_delegation_id_tokens",
    ] {
        let query: String = url::form_urlencoded::byte_serialize(search.as_bytes()).collect();
        let found = script.get(&format!("/logs?q={query}&include_totals=true")).await.json();
        assert_eq!(
            (&found["total"], &found["logs"][0]["client_id"]),
            (&Value::from(1), &Value::from("legacy-app-a")),
            "{search}"
        );
        let mut admin = Admin::at(script.harness).await;
        let page = admin.open(&format!("logs?q={query}")).await.body;
        assert!(
            page.contains("<strong>1</strong> entry") && page.contains("This feature is being deprecated"),
            "{search}"
        );
        script.harness = admin.harness;
    }
}

/// "…the API should allow offline access to issue refresh tokens. This is configured via the Allow Offline Access
/// switch on the API Settings."
#[tokio::test]
async fn guide_18_allow_offline_access_decides_whether_a_refresh_token_comes() {
    let mut admin = Admin::new().await;
    let list = admin.open("apis").await.body;
    let before = list.split(">Notes<").next().expect("the list has it");
    let id = before.rsplit("/dashboard/apis/").next().expect("a link").split('"').next().expect("an end");
    let (page, action) = (format!("apis/{id}"), format!("apis/{id}/offline"));
    let ask = async |harness: &mut Harness| {
        let more = [("audience", NOTES), ("scope", "openid read:notes offline_access")];
        let answer = harness.token_for_password(&more).await;
        assert_eq!(answer.status, StatusCode::OK, "the request succeeds either way: {answer:?}");
        let body = answer.json();
        assert!(body["access_token"].is_string() && body["id_token"].is_string());
        body.get("refresh_token").is_some()
    };
    assert!(ask(&mut admin.harness).await, "allowed in the built-in tenant");
    let shown = admin.done(&page, &action, &[("allow", "false")]).await;
    assert!(shown.body.contains(r#"aria-checked="false""#));
    assert!(!ask(&mut admin.harness).await, "no refresh token from the next request on");
    admin.done(&page, &action, &[("allow", "true")]).await;
    assert!(ask(&mut admin.harness).await);
}

/// "If you take no action prior to `MANDATORY DATE`, the delegation with ID tokens feature will be disabled for your
/// tenant."
#[tokio::test]
async fn guide_21_the_dashboard_shows_that_the_date_has_disabled_the_feature() {
    let mut admin = Admin::new().await;
    // The built-in date is long past: the toggle is on, and cannot be turned off.
    assert_eq!(toggle_of(&admin.open(ADVANCED).await.body), (true, false));
    admin.refused(ADVANCED, TOGGLE, &[("disable", "false")], "the mandatory date 2018-02-01 has passed").await;

    // With a date that has not come, it works as the tenant's own flag says.
    admin.done(ADVANCED, "tenant/advanced/date", &[("mandatory_date", "2026-11-24")]).await;
    assert_eq!(toggle_of(&admin.open(ADVANCED).await.body), (false, true));
    let token = id_token_of(&mut admin.harness, "legacy-spa").await;
    let call = [("client_id", "legacy-spa"), ("id_token", token.as_str()), ("target", "legacy-api-c")];
    assert_eq!(delegate(&mut admin.harness, &call).await.0, 200);

    // The day comes and nobody does anything.
    admin.harness.advance(86_400);
    let mut admin = Admin::at(admin.harness).await;
    let token = id_token_of(&mut admin.harness, "legacy-spa").await;
    let call = [("client_id", "legacy-spa"), ("id_token", token.as_str()), ("target", "legacy-api-c")];
    assert_eq!(delegate(&mut admin.harness, &call).await, (404, "endpoint_disabled".to_owned()));
    let page = admin.open(ADVANCED).await.body;
    assert_eq!(toggle_of(&page), (true, false));
    assert!(page.contains("2026-11-24 has passed"));

    for (date, words) in [("2018-02-30", "is no day"), ("01.02.2018", "is no day"), ("soon", "is no day")] {
        let answer = admin.refused(ADVANCED, "tenant/advanced/date", &[("mandatory_date", date)], words).await;
        assert!(answer.body.contains(&format!("value=\"{date}\"")), "what was typed stays");
    }
    admin.done(ADVANCED, "tenant/advanced/date", &[("mandatory_date", "")]).await;
    assert_eq!(delegate(&mut admin.harness, &call).await.0, 200, "no date at all");
    let page = admin.done(ADVANCED, "tenant/advanced/end", &[("end", "true")]).await.body;
    assert!(page.contains("404 endpoint_disabled"));
    assert_eq!(delegate(&mut admin.harness, &call).await.0, 404);
    admin.done(ADVANCED, "tenant/advanced/end", &[("end", "false")]).await;
    assert_eq!(delegate(&mut admin.harness, &call).await.0, 200);
}

/// "If you would like to opt-in early and disable this feature before the mandatory date, you can login to Dashboard
/// and enable the Disable Legacy Delegation (ID Tokens) toggle in Tenant Settings > Advanced."
#[tokio::test]
async fn guide_22_the_toggle_disables_the_exchange_at_once_and_restores_it() {
    let mut admin = Admin::at(before_the_date().await).await;
    let token = id_token_of(&mut admin.harness, "legacy-spa").await;
    let call = [("client_id", "legacy-spa"), ("id_token", token.as_str()), ("target", "legacy-api-c")];
    assert_eq!(toggle_of(&admin.open(ADVANCED).await.body), (false, true));
    assert_eq!(delegate(&mut admin.harness, &call).await.0, 200);

    let page = admin.done(ADVANCED, TOGGLE, &[("disable", "true")]).await.body;
    assert_eq!(toggle_of(&page), (true, true));
    assert_eq!(delegate(&mut admin.harness, &call).await, (404, "endpoint_disabled".to_owned()));
    // The opposite of the toggle is the flag that scripts see.
    let mut script = Script::of(admin.harness, "").await;
    let flags = script.get("/tenants/settings").await.json()["flags"].clone();
    assert_eq!(flags["allow_legacy_delegation_grant_types"], false);
    script
        .patch("/tenants/settings", serde_json::json!({ "flags": { "allow_legacy_delegation_grant_types": true } }))
        .await;
    let mut admin = Admin { harness: script.harness };
    assert_eq!(toggle_of(&admin.open(ADVANCED).await.body), (false, true), "and what scripts turn, the page shows");
    assert_eq!(delegate(&mut admin.harness, &call).await.0, 200);

    admin.done(ADVANCED, TOGGLE, &[("disable", "true")]).await;
    admin.done(ADVANCED, TOGGLE, &[("disable", "false")]).await;
    assert_eq!(delegate(&mut admin.harness, &call).await.0, 200, "turning it off before the date restores it");
    for unclear in ["", "perhaps", "1"] {
        admin.refused(ADVANCED, TOGGLE, &[("disable", unclear)], "which way").await;
    }
    let decision = admin.harness.get(&format!("{TENANT}/lab/delegation")).await.json();
    assert_eq!(decision["id_tokens_allowed"], true, "an unclear form turned nothing");
}
