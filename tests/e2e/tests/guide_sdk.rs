//! The guide on SDKs: "…using a function call such as `getDelegationToken()` in auth0.js". The calls of each version run for
//! real, while the tenant lets them and after it was told not to.

use e2e::{Auth0Js, Mode, Pair, Version};
use serde_json::{Value, json};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The switch off, on and off again, each time effective with the next call.
const ROUNDS: [bool; 3] = [true, false, true];

#[tokio::test]
async fn guide_08_get_delegation_token_of_auth0_js_7_works_until_it_is_disabled() {
    let sdk = Auth0Js::start(Version::V7, Mode::ChromiumAllowing, Pair::CrossSite).await;
    let signed_in = sdk.sign_in().await;
    let id_token = &signed_in["idToken"];
    assert_eq!(sdk.claims(id_token).await["aud"], "legacy-spa");
    let refresh_token = &sdk.succeeds("passwordGrant(done)").await["refresh_token"];
    let calls = [
        (
            format!(
                "sdk().getDelegationToken({{ id_token: {id_token}, targetClientId: 'legacy-api-c', scope: 'openid' }}, done)"
            ),
            "legacy-api-c",
        ),
        (
            format!("sdk('legacy-app-a').getDelegationToken({{ refresh_token: {refresh_token}, api: 'app' }}, done)"),
            "legacy-app-a",
        ),
        (format!("sdk().renewIdToken({id_token}, done)"), "legacy-spa"),
        (format!("sdk('legacy-app-a').refreshToken({refresh_token}, done)"), "legacy-app-a"),
    ];
    for allowed in ROUNDS {
        sdk.allow_delegation(allowed).await;
        for (call, audience) in &calls {
            if allowed {
                let value = sdk.succeeds(call).await;
                assert_eq!(names(&value), ["expires_in", "id_token", "token_type"], "{call}");
                assert_eq!((&value["token_type"], &value["expires_in"]), (&json!("Bearer"), &json!(36000)), "{call}");
                let claims = sdk.claims(&value["id_token"]).await;
                assert_eq!((&claims["aud"], &claims["sub"]), (&json!(audience), &json!("auth0|ada")), "{call}");
            } else {
                let error = sdk.fails(call).await;
                assert_eq!(error["error"], "endpoint_disabled", "{call}: {error}");
            }
        }
        decided_by_the_flag(&sdk, allowed, calls.len()).await;
    }
    let log = sdk.delegation_log().await;
    assert_eq!((count(&log, "sd"), count(&log, "fd")), (8, 4), "{log:?}");
    // One for each client and kind of token, not one for each call.
    assert_eq!(count(&log, "depnote"), 2, "{log:?}");
}

#[tokio::test]
async fn guide_08_delegation_of_auth0_js_8_works_until_it_is_disabled() {
    delegation_works_until_it_is_disabled(Version::V8).await;
}

#[tokio::test]
async fn guide_08_delegation_of_auth0_js_9_works_until_it_is_disabled() {
    delegation_works_until_it_is_disabled(Version::V9).await;
}

#[tokio::test]
async fn guide_08_delegation_of_auth0_js_10_works_until_it_is_disabled() {
    delegation_works_until_it_is_disabled(Version::V10).await;
}

async fn delegation_works_until_it_is_disabled(version: Version) {
    let sdk = Auth0Js::start(version, Mode::ChromiumAllowing, Pair::CrossSite).await;
    let id_token = &sdk.sign_in().await["idToken"];
    let refresh_token = &sdk.succeeds("passwordGrant(done)").await["refresh_token"];
    let call = |client: &str, token: String, target: &str| {
        format!(
            "sdk('{client}').client.delegation({{ grant_type: '{GRANT}', {token}, target: '{target}', scope: 'openid', api_type: 'app' }}, done)"
        )
    };
    let calls = [
        (call("legacy-spa", format!("id_token: {id_token}"), "legacy-api-c"), "legacy-api-c"),
        (call("legacy-app-a", format!("refresh_token: {refresh_token}"), "legacy-app-a"), "legacy-app-a"),
    ];
    for allowed in ROUNDS {
        sdk.allow_delegation(allowed).await;
        for (call, audience) in &calls {
            if allowed {
                let value = sdk.succeeds(call).await;
                assert_eq!(names(&value), ["expiresIn", "idToken", "tokenType"], "{call}");
                assert_eq!((&value["tokenType"], &value["expiresIn"]), (&json!("Bearer"), &json!(36000)), "{call}");
                assert_eq!(sdk.claims(&value["idToken"]).await["aud"], *audience, "{call}");
            } else {
                let error = sdk.fails(call).await;
                let expected = (&json!("endpoint_disabled"), &json!(404));
                assert_eq!((&error["code"], &error["statusCode"]), expected, "{call}: {error}");
            }
        }
        decided_by_the_flag(&sdk, allowed, calls.len()).await;
    }
    let log = sdk.delegation_log().await;
    assert_eq!((count(&log, "sd"), count(&log, "fd")), (4, 2), "{log:?}");

    // A client of today has no such grant, whatever the tenant allows.
    let refused = sdk.fails(&call("demo-spa", format!("id_token: {id_token}"), "demo-spa")).await;
    assert_eq!((&refused["code"], &refused["statusCode"]), (&json!("unauthorized_client"), &json!(403)), "{refused}");
}

/// "This will continue to work": Firebase tokens, past the date and with the flag off.
#[tokio::test]
async fn guide_08_third_party_tokens_come_by_the_same_calls() {
    let sdk = Auth0Js::start(Version::V7, Mode::ChromiumAllowing, Pair::CrossSite).await;
    let id_token = &sdk.sign_in().await["idToken"];
    sdk.allow_delegation(false).await;
    let call = format!(
        "sdk().getDelegationToken({{ id_token: {id_token}, target: 'legacy-firebase', api: 'firebase' }}, done)"
    );
    let token = &sdk.succeeds(&call).await["id_token"];
    assert_eq!(sdk.claims(token).await["iss"], "demo@example.iam.gserviceaccount.com");
    let own = sdk.fails(&format!("sdk().renewIdToken({id_token}, done)")).await;
    assert_eq!(own["error"], "endpoint_disabled", "{own}");
    assert_eq!(sdk.delegation_log().await.last().map(String::as_str), Some("fd"));
}

/// Delegation never worked at custom domains.
#[tokio::test]
async fn a_custom_domain_has_no_delegation_for_any_version() {
    let sdk = Auth0Js::start(Version::V7, Mode::ChromiumAllowing, Pair::CustomDomain).await;
    let id_token = &sdk.sign_in().await["idToken"];
    sdk.allow_delegation(true).await;
    let error = sdk.fails(&format!("sdk().renewIdToken({id_token}, done)")).await;
    assert_eq!(error["error"], "endpoint_disabled", "{error}");
    let decision = &sdk.tenant.decisions("/delegation").await[0];
    assert!(decision["summary"].as_str().is_some_and(|summary| summary.contains("custom domain")), "{decision}");
}

/// The tenant's own account of its last `calls` answers.
async fn decided_by_the_flag(sdk: &Auth0Js, allowed: bool, calls: usize) {
    let decisions = sdk.tenant.decisions("/delegation").await;
    for decision in &decisions[..calls] {
        if allowed {
            assert_eq!(decision["outcome"], "token", "{decision}");
        } else {
            assert_eq!(decision["outcome"], "endpoint_disabled", "{decision}");
            let summary = decision["summary"].as_str().unwrap_or_default();
            assert!(summary.contains("allow_legacy_delegation_grant_types"), "the switch is named: {decision}");
        }
    }
}

fn names(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names
}

fn count(log: &[String], kind: &str) -> usize {
    log.iter().filter(|entry| *entry == kind).count()
}
