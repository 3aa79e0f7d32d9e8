//! The conformance suite's plan for RP-Initiated Logout 1.0, module by module.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::form_urlencoded::Serializer;

use crate::common::oidcc::{self, SIGNED_OUT, browser};
use crate::common::{Answer, Harness, TENANT};

async fn log_out(browser: &mut Harness, parameters: &[(&str, &str)]) -> Answer {
    let query = Serializer::new(String::new()).extend_pairs(parameters).finish();
    browser.get(&format!("{TENANT}/oidc/logout?{query}")).await
}

/// Says yes on the page that asks.
async fn confirm(browser: &mut Harness, page: &Answer) -> Answer {
    assert!(page.status.is_success() && page.body.contains("<h1>Sign out?</h1>"), "{page:?}");
    page.assert_stays();
    let (action, fields) = page.form();
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post_form(&format!("{TENANT}{action}"), &fields).await
}

/// An error page: it leads nowhere, and everybody is as signed in as before.
async fn assert_refused(browser: &mut Harness, answer: &Answer) {
    assert!(answer.status.is_client_error(), "{answer:?}");
    answer.assert_stays();
    assert!(!answer.body.contains("<form"), "{answer:?}");
    assert!(browser.is_signed_in().await);
}

async fn assert_signed_out_without_redirect(browser: &mut Harness, answer: &Answer) {
    assert!(answer.status.is_success() && answer.body.contains("<h1>Signed out</h1>"), "{answer:?}");
    answer.assert_stays();
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_discovery_endpoint_verification() {
    let metadata = browser().await.get(&format!("{TENANT}/.well-known/openid-configuration")).await.json();
    assert_eq!(metadata["end_session_endpoint"], format!("{TENANT}/oidc/logout"));
}

#[tokio::test]
async fn oidcc_rp_initiated_logout() {
    let mut browser = browser().await;
    let id_token = browser.signed_in(&[]).await.id_token;
    let parameters = [("id_token_hint", &*id_token), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "x y&z")];
    let answer = log_out(&mut browser, &parameters).await;
    assert_eq!(answer.header("location"), format!("{SIGNED_OUT}?state=x+y%26z"));
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri() {
    let mut browser = browser().await;
    let id_token = browser.signed_in(&[]).await.id_token;
    let elsewhere = "https://www.heenan.me.uk/not_a_registered_post_logout_redirect_uri/";
    let parameters = [("id_token_hint", &*id_token), ("post_logout_redirect_uri", elsewhere), ("state", "x")];
    let answer = log_out(&mut browser, &parameters).await;
    assert_refused(&mut browser, &answer).await;
}

/// The header says that there is no signature, and there is none.
#[tokio::test]
async fn oidcc_rp_initiated_logout_modified_id_token_hint() {
    let mut browser = browser().await;
    let id_token = browser.signed_in(&[]).await.id_token;
    let payload = id_token.split('.').nth(1).expect("a payload");
    let unsigned = format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
    let parameters = [("id_token_hint", &*unsigned), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "x")];
    let answer = log_out(&mut browser, &parameters).await;
    assert_refused(&mut browser, &answer).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_id_token_hint() {
    let mut browser = browser().await;
    browser.signed_in(&[]).await;
    let parameters = [("client_id", oidcc::CLIENT), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "x")];
    let page = log_out(&mut browser, &parameters).await;
    assert!(browser.is_signed_in().await, "nobody was asked yet");
    let answer = confirm(&mut browser, &page).await;
    assert_eq!(answer.header("location"), format!("{SIGNED_OUT}?state=x"));
    assert!(!browser.is_signed_in().await);

    // Without client_id too nobody knows whose address that is.
    browser.signed_in(&[]).await;
    let answer = log_out(&mut browser, &parameters[1..]).await;
    assert_refused(&mut browser, &answer).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_params() {
    let mut browser = browser().await;
    browser.signed_in(&[]).await;
    let page = log_out(&mut browser, &[]).await;
    assert!(browser.is_signed_in().await, "nobody was asked yet");
    let answer = confirm(&mut browser, &page).await;
    assert_signed_out_without_redirect(&mut browser, &answer).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri() {
    let mut browser = browser().await;
    let id_token = browser.signed_in(&[]).await.id_token;
    let answer = log_out(&mut browser, &[("id_token_hint", &id_token), ("state", "x")]).await;
    assert_signed_out_without_redirect(&mut browser, &answer).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_state() {
    let mut browser = browser().await;
    let id_token = browser.signed_in(&[]).await.id_token;
    let parameters = [("id_token_hint", &*id_token), ("post_logout_redirect_uri", SIGNED_OUT)];
    let answer = log_out(&mut browser, &parameters).await;
    assert_eq!(answer.header("location"), SIGNED_OUT);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_only_state() {
    let mut browser = browser().await;
    browser.signed_in(&[]).await;
    let page = log_out(&mut browser, &[("state", "x")]).await;
    let answer = confirm(&mut browser, &page).await;
    assert_signed_out_without_redirect(&mut browser, &answer).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri() {
    let mut browser = browser().await;
    let id_token = browser.signed_in(&[]).await.id_token;
    let with_query = format!("{SIGNED_OUT}?foo=bar");
    let parameters = [("id_token_hint", &*id_token), ("post_logout_redirect_uri", &with_query), ("state", "x")];
    let answer = log_out(&mut browser, &parameters).await;
    assert_refused(&mut browser, &answer).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_id_token_hint() {
    let mut browser = browser().await;
    browser.signed_in(&[]).await;
    for hint in ["not-a-jwt", "a.b.c", ".."] {
        let parameters = [("id_token_hint", hint), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "x")];
        let answer = log_out(&mut browser, &parameters).await;
        assert_refused(&mut browser, &answer).await;
    }
}
