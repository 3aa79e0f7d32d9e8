//! What the migration guide says about delegation itself, statement by statement.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use tenant::ManualClock;

use crate::common::delegation::{
    JWT_BEARER, URL, ask, before_the_date, before_the_date_with, delegate, id_token_of, refresh_token_of, turn,
};
use crate::common::management::Script;
use crate::common::{Answer, Harness, TENANT, claims};

/// 31 January 2018, 23:59 UTC: the built-in tenant as it is, on the last day of the old exchanges.
const LAST_MINUTE_MS: i64 = 1_517_443_140_000;
const NOTICE: &str =
    "Legacy Delegation (ID Tokens): This feature is being deprecated. See details.feature for the replacement.";

async fn on_the_last_day() -> (Harness, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at_ms(LAST_MINUTE_MS));
    let browser = Harness::with(|settings| settings.clock = clock.clone()).await;
    (browser, clock)
}

fn issued(answer: &Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    claims(answer.json()["id_token"].as_str().expect("an ID token"))
}

fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, error), "{answer:?}");
}

/// "As of the 1st of February 2018, Auth0 customers will no longer be able to use Delegation for exchanging an ID
/// token issued to one client for a new one issued to a different client."
#[tokio::test]
async fn guide_01_an_id_token_buys_none_of_another_client_from_1_february_2018() {
    let (mut browser, clock) = on_the_last_day().await;
    let token = id_token_of(&mut browser, "legacy-spa").await;
    let call = [("client_id", "legacy-spa"), ("id_token", token.as_str()), ("target", "legacy-api-c")];
    assert_eq!(issued(&ask(&mut browser, &call).await)["aud"], "legacy-api-c");
    clock.advance(Duration::from_secs(59));
    assert_eq!(issued(&ask(&mut browser, &call).await)["aud"], "legacy-api-c", "until the last second");
    clock.advance(Duration::from_secs(1));
    refused(&ask(&mut browser, &call).await, 404, "endpoint_disabled");
    assert_eq!(
        browser.decision().await["summary"],
        "endpoint_disabled: the mandatory date 2018-02-01 has passed, so the tenant's flag counts as false."
    );
}

/// "…using a refresh token to obtain a fresh ID token."
#[tokio::test]
async fn guide_02_a_refresh_token_buys_no_id_token_by_delegation_but_one_at_the_token_endpoint() {
    let (mut browser, clock) = on_the_last_day().await;
    let token = refresh_token_of(&mut browser, "legacy-app-a").await;
    let call = [("client_id", "legacy-app-a"), ("refresh_token", token.as_str())];
    assert_eq!(issued(&ask(&mut browser, &call).await)["aud"], "legacy-app-a");
    clock.advance(Duration::from_secs(60));
    refused(&ask(&mut browser, &call).await, 404, "endpoint_disabled");
    let renewal = [
        ("grant_type", "refresh_token"),
        ("client_id", "legacy-app-a"),
        ("client_secret", "legacy-app-a-secret"),
        ("refresh_token", token.as_str()),
    ];
    assert_eq!(issued(&browser.post_form(&format!("{TENANT}/oauth/token"), &renewal).await)["aud"], "legacy-app-a");
}

/// "In an effort to simplify the developer experience, increase our conformance with specifications, and enhance
/// security": who follows the specifications already could not delegate before the date either.
#[tokio::test]
async fn guide_03_a_conformant_client_is_neither_source_nor_target_before_the_date() {
    let mut browser = before_the_date().await;
    let token = id_token_of(&mut browser, "legacy-spa").await;
    let call = [("client_id", "legacy-spa"), ("id_token", token.as_str()), ("target", "regular-web")];
    refused(&ask(&mut browser, &call).await, 403, "access_denied");

    let spa = "client_id: legacy-spa\n    app_type: spa\n    oidc_conformant: ";
    let (legacy, conformant) = (format!("{spa}false"), format!("{spa}true"));
    let mut browser = before_the_date_with(&[(&legacy, &conformant)]).await;
    let token = id_token_of(&mut browser, "legacy-spa").await;
    for target in ["legacy-spa", "legacy-api-c"] {
        let call = [("client_id", "legacy-spa"), ("id_token", token.as_str()), ("target", target)];
        refused(&ask(&mut browser, &call).await, 403, "access_denied");
        assert_eq!(
            browser.decision().await["checks"].as_array().and_then(|checks| checks.last()).expect("one")["name"],
            "check_not_oidc_conformant"
        );
    }
}

/// "This will continue to work for existing tenants created prior to June 8."
#[tokio::test]
async fn guide_05_third_party_tokens_keep_working_for_tenants_of_before_8_june_2017() {
    // After the date, with the flag off, and for a client without any legacy grant.
    let flag = "allow_legacy_delegation_grant_types: ";
    let mut browser = Harness::with_replaced(&format!("{flag}true"), &format!("{flag}false")).await;
    let token = id_token_of(&mut browser, "demo-spa").await;
    let call =
        |api_type: &'static str| [("client_id", "demo-spa"), ("target", "legacy-firebase"), ("api_type", api_type)];
    for api_type in ["firebase", "azure_sb", "azure_blob"] {
        let fields = [call(api_type).as_slice(), &[("id_token", &token)]].concat();
        assert_eq!(delegate(&mut browser, &fields).await.0, 200, "{api_type}");
    }
    for (day, expected) in [("2017-06-07", 200), ("2017-06-08", 403), ("2026-01-01", 403)] {
        let mut browser = Harness::with_replaced("created_at: 2016-05-02", &format!("created_at: {day}")).await;
        let token = id_token_of(&mut browser, "demo-spa").await;
        let fields = [call("firebase").as_slice(), &[("id_token", &token)]].concat();
        assert_eq!(delegate(&mut browser, &fields).await.0, expected, "{day}");
    }
}

/// "…in December 2017, at which point delegation will be deprecated altogether."
#[tokio::test]
async fn guide_06_when_delegation_ends_altogether_third_party_tokens_end_too() {
    let mut browser = before_the_date().await;
    let token = id_token_of(&mut browser, "legacy-spa").await;
    let own = [("client_id", "legacy-spa"), ("id_token", token.as_str())];
    let firebase = [own.as_slice(), &[("target", "legacy-firebase"), ("api_type", "firebase")]].concat();
    for (ended, expected) in [(false, 200), (true, 404), (false, 200)] {
        turn(&mut browser, json!({ "ended": ended })).await;
        assert_eq!(delegate(&mut browser, &own).await.0, expected, "ended is {ended}");
        assert_eq!(delegate(&mut browser, &firebase).await.0, expected, "ended is {ended}");
    }
}

/// "Various Auth0 SDKs provide this functionality using a function call such as `getDelegationToken()` in auth0.js."
/// The calls as the SDKs put them on the wire: a simple request by version 7, one with a preflight since version 8.
#[tokio::test]
async fn guide_08_the_calls_of_auth0_js_are_understood_as_they_are_sent() {
    let mut browser = before_the_date().await;
    let token = id_token_of(&mut browser, "legacy-spa").await;
    let page = ("origin", "http://localhost:3000");
    let version_7 = [
        ("client_id", "legacy-spa"),
        ("grant_type", JWT_BEARER),
        ("target", "legacy-api-c"),
        ("api_type", ""),
        ("id_token", token.as_str()),
        ("scope", "openid"),
    ];
    let answer = browser.post_form_with(URL, &version_7, &[page]).await;
    assert_eq!(issued(&answer)["aud"], "legacy-api-c");
    assert_eq!(answer.header("access-control-allow-origin"), "http://localhost:3000", "no preflight asked before");
    // renewIdToken() of the same version.
    let renewal = [
        ("client_id", "legacy-spa"),
        ("grant_type", JWT_BEARER),
        ("target", "legacy-spa"),
        ("api_type", "auth0"),
        ("id_token", token.as_str()),
        ("scope", "passthrough"),
    ];
    assert_eq!(issued(&browser.post_form_with(URL, &renewal, &[page]).await)["email"], "ada@example.com");

    let asked = [
        page,
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "auth0-client,content-type"),
    ];
    let preflight = browser.browse(Method::OPTIONS, URL, &asked, Body::empty()).await;
    assert_eq!(preflight.header("access-control-allow-headers"), "auth0-client,content-type");
    let version_8 = json!({
        "client_id": "legacy-spa", "grant_type": JWT_BEARER, "id_token": token, "target": "legacy-api-c",
        "scope": "openid", "api_type": "app",
    });
    let headers = [page, ("content-type", "application/json"), ("auth0-client", "eyJuYW1lIjoiYXV0aDAuanMifQ")];
    let answer = browser.browse(Method::POST, URL, &headers, Body::from(version_8.to_string())).await;
    assert_eq!(issued(&answer)["aud"], "legacy-api-c");
}

/// "You can check your tenant logs for `TBD MESSAGE` to confirm." Ours is the notice's text.
#[tokio::test]
async fn guide_09_a_search_of_the_logs_finds_the_notice_of_each_client_once_an_hour() {
    let mut browser = before_the_date().await;
    let token = id_token_of(&mut browser, "legacy-spa").await;
    let call = [("client_id", "legacy-spa"), ("id_token", token.as_str()), ("target", "legacy-api-c")];
    for _ in 0..3 {
        assert_eq!(delegate(&mut browser, &call).await.0, 200);
    }
    // A third party's token is not what the notice is about.
    let add_on = [call[0], call[1], ("target", "legacy-firebase"), ("api_type", "firebase")];
    assert_eq!(delegate(&mut browser, &add_on).await.0, 200);
    browser.advance(3600);
    let refresh_token = refresh_token_of(&mut browser, "legacy-app-a").await;
    delegate(&mut browser, &[("client_id", "legacy-app-a"), ("refresh_token", &refresh_token)]).await;
    assert_eq!(delegate(&mut browser, &call).await.0, 200, "an hour later");
    browser.logs("depnote").await;

    let mut script = Script::of(browser, "").await;
    let query = "q=type%3Adepnote%20AND%20description%3ALegacy%5C%20Delegation*";
    let found = script.get(&format!("/logs?{query}&sort=date%3A1")).await.json();
    let found: Vec<_> = found
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| {
            assert_eq!(entry["description"], NOTICE);
            assert_eq!(entry["details"]["feature"]["id"], "legacy_delegation_id_tokens");
            entry["client_id"].as_str().expect("a client").to_owned()
        })
        .collect();
    assert_eq!(found, ["legacy-spa", "legacy-app-a", "legacy-spa"]);
}

/// "If you are modeling your APIs as Auth0 Clients": applications A and B call API C with tokens for C, which C checks
/// by its own secret. What such an API becomes is shown where access tokens are.
#[tokio::test]
async fn guide_20_an_api_modelled_as_a_client_takes_id_tokens_signed_with_its_own_secret() {
    let api = "client_id: legacy-api-c\n";
    let hs256 = format!("{api}    jwt_configuration: {{ alg: HS256 }}\n");
    let mut browser = before_the_date_with(&[(api, &hs256)]).await;
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&["legacy-api-c"]);
    validation.validate_exp = false;
    for app in ["legacy-app-a", "legacy-app-b"] {
        let token = id_token_of(&mut browser, app).await;
        let call = [("client_id", app), ("id_token", token.as_str()), ("target", "legacy-api-c")];
        let for_c = ask(&mut browser, &call).await.json()["id_token"].as_str().expect("a token").to_owned();
        let key = DecodingKey::from_secret(b"legacy-api-c-secret");
        let read = jsonwebtoken::decode::<Value>(&for_c, &key, &validation).expect("C takes it");
        assert_eq!(read.claims["sub"], "auth0|ada");
        assert!(jsonwebtoken::decode::<Value>(&token, &key, &validation).is_err(), "and not the token of {app} itself");
    }
    // C lists A and B (and the single-page app); who is not on the list gets nothing for it.
    let token = id_token_of(&mut browser, "legacy-app-a").await;
    let others = [("allowed_clients: [legacy-spa, legacy-app-a, legacy-app-b]", "allowed_clients: [legacy-app-b]")];
    let mut browser = before_the_date_with(&others).await;
    let call = [("client_id", "legacy-app-a"), ("id_token", token.as_str()), ("target", "legacy-api-c")];
    refused(&ask(&mut browser, &call).await, 403, "access_denied");
}

/// "If you take no action prior to `MANDATORY DATE`, the delegation with ID tokens feature will be disabled for your
/// tenant."
#[tokio::test]
async fn guide_21_without_any_action_the_date_disables_the_feature() {
    let (mut browser, clock) = on_the_last_day().await;
    let effective = async |browser: &mut Harness| {
        let switches = browser.get(&format!("{TENANT}/lab/delegation")).await.json();
        (switches["allow_legacy_delegation_grant_types"].clone(), switches["id_tokens_allowed"].clone())
    };
    assert_eq!(effective(&mut browser).await, (json!(true), json!(true)));
    clock.advance(Duration::from_secs(60));
    assert_eq!(effective(&mut browser).await, (json!(true), json!(false)), "nobody edited the flag");
    // And nobody can turn it on again.
    let on = turn(&mut browser, json!({ "allow_legacy_delegation_grant_types": true })).await;
    refused(&on, 409, "mandatory_date_passed");
}

/// "If you would like to opt-in early and disable this feature before the mandatory date": the toggle *Disable Legacy
/// Delegation (ID Tokens)* is the tenant's flag, the other way round.
#[tokio::test]
async fn guide_22_the_flag_disables_the_feature_at_once_and_restores_it_before_the_date() {
    let mut browser = before_the_date().await;
    let token = id_token_of(&mut browser, "legacy-spa").await;
    let call = [("client_id", "legacy-spa"), ("id_token", token.as_str()), ("target", "legacy-api-c")];
    let mut script = Script::of(browser, "").await;
    assert_eq!(delegate(&mut script.harness, &call).await.0, 200);
    for (flag, expected) in [(false, 404), (true, 200)] {
        let flags = json!({ "flags": { "allow_legacy_delegation_grant_types": flag } });
        let answer = script.patch("/tenants/settings", flags).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert_eq!(delegate(&mut script.harness, &call).await.0, expected, "the flag is {flag}");
    }
    for (flag, expected) in [(false, 404), (true, 200)] {
        turn(&mut script.harness, json!({ "allow_legacy_delegation_grant_types": flag })).await;
        assert_eq!(delegate(&mut script.harness, &call).await.0, expected, "turned by the app's page: {flag}");
    }
}
