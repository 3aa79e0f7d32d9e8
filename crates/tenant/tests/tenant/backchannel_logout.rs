//! Back-Channel Logout 1.0: who gets a logout token, when, and what is in it.

use std::time::Duration;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use tenant::{Data, TenantFile};

use crate::common::listener::Listener;
use crate::common::{Harness, TENANT, authorize, claims};

/// The built-in tenant, whose `demo-spa` is told at this address of this listener, with more in `oidc_logout`.
fn file(url: &str, more: &str) -> String {
    let told = format!(
        "    client_id: demo-spa\n    oidc_logout: {{ backchannel_logout_urls: ['{url}'], backchannel_logout_initiators: {{ {more} }} }}\n"
    );
    include_str!("../../tenant.yaml").replacen("    client_id: demo-spa\n", &told, 1)
}

async fn told_at(listener: &Listener, more: &str) -> Harness {
    Harness::with_file(&file(&format!("http://app.localhost:{}/out", listener.port), more)).await
}

/// The logout token in a body that the listener took.
fn token(body: &str) -> String {
    let mut pairs = url::form_urlencoded::parse(body.as_bytes());
    let (name, value) = pairs.next().expect("a parameter");
    assert!(name == "logout_token" && pairs.next().is_none(), "{body}");
    value.into_owned()
}

/// The claims by the published keys; the header's `typ` must say what it is.
async fn verified(browser: &mut Harness, token: &str) -> Value {
    let keys: JwkSet =
        serde_json::from_str(&browser.get(&format!("{TENANT}/.well-known/jwks.json")).await.body).expect("keys");
    let header = jsonwebtoken::decode_header(token).expect("a header");
    assert_eq!(header.typ.as_deref(), Some("logout+jwt"));
    let key =
        DecodingKey::from_jwk(keys.find(header.kid.as_deref().expect("a kid")).expect("published")).expect("a key");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["demo-spa"]);
    validation.set_issuer(&["http://localhost:4000/"]);
    validation.validate_exp = false;
    jsonwebtoken::decode::<Value>(token, &key, &validation).expect("a good token").claims
}

/// The log entries of the notices that were due, newest first: so many.
async fn logged(browser: &mut Harness, kind: &str, number: usize) -> Vec<Value> {
    browser.tenant.send_logout_notices().await;
    let entries = browser.logs(kind).await;
    assert_eq!(entries.len(), number, "{kind}: {entries:?}");
    entries
}

#[tokio::test]
async fn a_logout_sends_a_token_to_the_clients_of_the_session() {
    let listener = Listener::start(&[]).await;
    let mut browser = told_at(&listener, "").await;
    let code = browser.sign_in().await;
    let id_token = browser.exchange(&code).await.json()["id_token"].as_str().expect("one").to_owned();
    // Others of the same session ask for nothing of the kind.
    browser.silent(&[("client_id", Some("demo-spa-rotating"))]).await;
    browser.get(&format!("{TENANT}/v2/logout")).await;
    let bodies = listener.wait_for(1).await;
    let said = verified(&mut browser, &token(&bodies[0])).await;
    let id_token = claims(&id_token);
    for name in ["iss", "sub", "aud", "sid"] {
        assert_eq!(said[name], id_token[name], "{name}");
    }
    let now = browser.tenant.now().as_second();
    assert_eq!((&said["iat"], &said["exp"]), (&json!(now), &json!(now + 120)));
    assert_eq!(said["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
    assert!(said["jti"].as_str().is_some_and(|jti| jti.len() >= 20) && said.get("nonce").is_none());
    let entry = logged(&mut browser, "oidc_backchannel_logout_succeeded", 1).await.remove(0);
    assert_eq!((entry["client_id"].as_str(), entry["user_id"].as_str()), (Some("demo-spa"), Some("auth0|ada")));
    assert_eq!(entry["details"], json!({ "session_id": said["sid"], "initiator": "rp-logout", "attempt": 1 }));
    assert_eq!(listener.received().len(), 1);
}

#[tokio::test]
async fn rp_initiated_logout_and_another_user_end_a_session_too() {
    let listener = Listener::start(&[]).await;
    let mut browser = told_at(&listener, "").await;
    let code = browser.sign_in().await;
    let id_token = browser.exchange(&code).await.json()["id_token"].as_str().expect("one").to_owned();
    browser.get(&format!("{TENANT}/oidc/logout?id_token_hint={id_token}")).await;
    let first = token(&listener.wait_for(1).await[0]);
    assert_eq!(claims(&first)["sid"], claims(&id_token)["sid"]);

    browser.sign_in().await;
    browser.log_in_at(&authorize(&[("prompt", Some("login"))]), "grace@example.com", "grace-password").await;
    let second = token(&listener.wait_for(2).await[1]);
    assert_eq!(claims(&second)["sub"], "auth0|ada", "hers ended when Grace signed in");
}

/// The apps know a session by its `sid`: it stays while the same person only proves the password again.
#[tokio::test]
async fn whoever_signs_in_again_goes_on_with_the_session() {
    let listener = Listener::start(&[]).await;
    let mut browser = told_at(&listener, "").await;
    let code = browser.sign_in().await;
    let before = browser.exchange(&code).await.json()["id_token"].as_str().expect("one").to_owned();
    let old = browser.clone();
    browser.clock.advance(Duration::from_secs(60));
    let again = authorize(&[("prompt", Some("login"))]);
    let code = browser.log_in_at(&again, "ada@example.com", "ada-password").await.parameters()["code"].clone();
    let after = browser.exchange(&code).await.json()["id_token"].as_str().expect("one").to_owned();
    assert_eq!(claims(&before)["sid"], claims(&after)["sid"]);
    assert_eq!(old.clone().silent(&[]).await.parameters()["error"], "login_required", "the cookie is a new one");
    browser.get(&format!("{TENANT}/v2/logout")).await;
    listener.wait_for(1).await;
    assert_eq!(logged(&mut browser, "oidc_backchannel_logout_succeeded", 1).await.len(), 1);
    // After its limit a session is over, whoever signs in.
    browser.sign_in().await;
    browser.clock.advance(Duration::from_secs(8 * 86_400));
    let code = browser.sign_in().await;
    let fresh = browser.exchange(&code).await.json()["id_token"].as_str().expect("one").to_owned();
    listener.wait_for(2).await;
    assert_ne!(claims(&fresh)["sid"], claims(&token(&listener.received()[1]))["sid"]);
}

#[tokio::test]
async fn other_ends_are_told_to_clients_that_chose_them() {
    for (more, told) in [("", 1), ("mode: custom, selected_initiators: [session-revoked]", 2), ("mode: all", 3)] {
        let listener = Listener::start(&[]).await;
        let mut browser = told_at(&listener, more).await;
        // An administrator ends the first session.
        browser.sign_in().await;
        let admin = format!("{TENANT}/dashboard");
        let page = browser.get(&format!("{admin}/login")).await;
        let fields = [("csrf", &*page.field("csrf")), ("username", "admin"), ("password", "admin-password")];
        browser.post_form(&format!("{admin}/login"), &fields).await;
        let user = format!("{admin}/users/auth0%7Cada");
        let page = browser.get(&user).await;
        let fields = [("csrf", &*page.field("csrf")), ("sid", &page.field("sid"))];
        browser.post_form(&format!("{user}/end-session"), &fields).await;
        // The second reaches its limit, and the third is left by its user.
        browser.sign_in().await;
        browser.clock.advance(Duration::from_secs(8 * 86_400));
        browser.tenant.purge().await.expect("purged");
        browser.sign_in().await;
        browser.get(&format!("{TENANT}/v2/logout")).await;
        listener.wait_for(told).await;
        let entries = logged(&mut browser, "oidc_backchannel_logout_succeeded", told).await;
        let initiators: Vec<_> =
            entries.iter().map(|entry| entry["details"]["initiator"].as_str().unwrap_or("?")).collect();
        let expected = ["session-revoked", "session-expired", "rp-logout"];
        let expected = expected.into_iter().filter(|word| match told {
            1 => *word == "rp-logout",
            2 => *word != "session-expired",
            _ => true,
        });
        let mut initiators = initiators;
        initiators.sort_unstable();
        let mut expected: Vec<_> = expected.collect();
        expected.sort_unstable();
        assert_eq!(initiators, expected, "{more}");
    }
}

#[tokio::test]
async fn a_client_that_fails_is_tried_again_later_and_not_for_ever() {
    let listener = Listener::start(&[500, 307, 503, 500, 500, 500]).await;
    let mut browser = told_at(&listener, "").await;
    browser.sign_in().await;
    browser.get(&format!("{TENANT}/v2/logout")).await;
    listener.wait_for(1).await;
    let mut tries = 1;
    for seconds in [10, 60, 600, 3600] {
        logged(&mut browser, "oidc_backchannel_logout_failed", tries).await;
        browser.clock.advance(Duration::from_secs(seconds - 1));
        browser.tenant.send_logout_notices().await;
        assert_eq!(listener.received().len(), tries, "not before its time");
        browser.clock.advance(Duration::from_secs(1));
        tries += 1;
        listener.wait_for(tries).await;
    }
    let failed = logged(&mut browser, "oidc_backchannel_logout_failed", 5).await;
    assert!(failed[0]["description"].as_str().is_some_and(|said| said.contains("answered 500")), "{failed:?}");
    assert_eq!(failed[0]["details"]["attempt"], 5);
    let identifiers: std::collections::HashSet<_> =
        listener.received().iter().map(|body| claims(&token(body))["jti"].to_string()).collect();
    assert_eq!(identifiers.len(), 1, "it is one notice");
    browser.clock.advance(Duration::from_secs(100_000));
    browser.tenant.send_logout_notices().await;
    assert_eq!(listener.received().len(), 5, "nobody tries any more, and no redirect was followed");
}

#[tokio::test]
async fn a_client_that_refuses_is_not_asked_again() {
    let listener = Listener::start(&[400]).await;
    let mut browser = told_at(&listener, "").await;
    browser.sign_in().await;
    browser.get(&format!("{TENANT}/v2/logout")).await;
    listener.wait_for(1).await;
    let failed = logged(&mut browser, "oidc_backchannel_logout_failed", 1).await;
    assert!(failed[0]["description"].as_str().is_some_and(|said| said.contains("refused")), "{failed:?}");
    browser.clock.advance(Duration::from_secs(100_000));
    browser.tenant.send_logout_notices().await;
    assert_eq!(listener.received().len(), 1);
}

/// The tenant file vouches for nothing: what the tenant calls is checked when it calls.
#[tokio::test]
async fn an_address_in_a_network_is_not_called() {
    let mut browser = Harness::with_file(&file("http://169.254.169.254/latest/meta-data", "")).await;
    browser.sign_in().await;
    let answer = browser.get(&format!("{TENANT}/v2/logout")).await;
    assert!(answer.status.is_success() || answer.status.is_redirection(), "the user is signed out all the same");
    let failed = logged(&mut browser, "oidc_backchannel_logout_failed", 1).await;
    assert!(failed[0]["description"].as_str().is_some_and(|said| said.contains("is not called")), "{failed:?}");
}

/// What was stored with the end of the session goes out even if the tenant stops in between.
#[tokio::test]
async fn a_notice_outlives_a_restart() {
    let listener = Listener::start(&[500]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let yaml = file(&format!("http://localhost:{}/out", listener.port), "");
    let open = || {
        let data = Data::Folder(folder.path().to_owned());
        let file = TenantFile::parse(&yaml, None).expect("a usable file");
        Harness::with(move |settings| (settings.data, settings.file) = (data, file))
    };
    let mut browser = open().await;
    browser.sign_in().await;
    browser.get(&format!("{TENANT}/v2/logout")).await;
    logged(&mut browser, "oidc_backchannel_logout_failed", 1).await;
    browser.tenant.close().await;
    drop(browser);
    let browser = open().await;
    browser.clock.advance(Duration::from_secs(11));
    let bodies = listener.wait_for(2).await;
    assert_eq!(claims(&token(&bodies[0]))["jti"], claims(&token(&bodies[1]))["jti"]);
    browser.tenant.close().await;
}
