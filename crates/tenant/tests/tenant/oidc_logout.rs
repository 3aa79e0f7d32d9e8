//! `/oidc/logout`: who is signed out at once, who is asked first, and what leads nowhere.

use axum::http::StatusCode;
use url::form_urlencoded::Serializer;

use crate::common;
use crate::common::oidcc::{CLIENT, SECOND, SIGNED_OUT, browser};
use crate::common::{Answer, CALLBACK, Harness, TENANT};

async fn log_out(browser: &mut Harness, parameters: &[(&str, &str)]) -> Answer {
    let query = Serializer::new(String::new()).extend_pairs(parameters).finish();
    browser.get(&format!("{TENANT}/oidc/logout?{query}")).await
}

fn asks(answer: &Answer) -> bool {
    answer.status.is_success() && answer.body.contains("<h1>Sign out?</h1>")
}

async fn assert_refused(browser: &mut Harness, answer: &Answer, says: &str) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    assert!(answer.body.contains(says), "{says} in {}", answer.body);
    answer.assert_stays();
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_hint_of_this_session_signs_out_at_once_by_get_and_post() {
    let mut browser = browser().await;
    let id_token = browser.signed_in(&[]).await.id_token;
    let before = browser.clone();
    let parameters = [("id_token_hint", &*id_token), ("client_id", CLIENT), ("post_logout_redirect_uri", SIGNED_OUT)];
    let answer = log_out(&mut browser, &parameters).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::FOUND, SIGNED_OUT));
    assert!(answer.header("set-cookie").starts_with("__Host-tenant-session=; "));
    assert!(!before.clone().is_signed_in().await, "the session is gone, not just its cookie");
    let entry = browser.logs("slo").await.remove(0);
    assert_eq!(
        (entry["user_id"].as_str(), entry["details"]["return_to"].as_str()),
        (Some("auth0|ada"), Some(SIGNED_OUT))
    );

    let id_token = browser.signed_in(&[]).await.id_token;
    let parameters = [("id_token_hint", &*id_token), ("post_logout_redirect_uri", SIGNED_OUT), ("ui_locales", "fr de")];
    let answer = browser.post_form(&format!("{TENANT}/oidc/logout"), &parameters).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, SIGNED_OUT));
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn an_expired_hint_still_names_its_session() {
    let mut browser = browser().await;
    let id_token = browser.signed_in(&[]).await.id_token;
    browser.clock.advance(std::time::Duration::from_secs(36_001));
    let answer = log_out(&mut browser, &[("id_token_hint", &id_token)]).await;
    assert!(answer.body.contains("<h1>Signed out</h1>"), "{answer:?}");
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_hint_of_another_session_or_person_is_a_reason_to_ask() {
    let mut ada = browser().await;
    let old = ada.signed_in(&[]).await.id_token;
    ada.cookies.clear();
    let current = ada.signed_in(&[]).await.id_token;
    assert!(asks(&log_out(&mut ada, &[("id_token_hint", &old)]).await));
    for other in ["grace@example.com", "auth0|grace", "x"] {
        let parameters = [("id_token_hint", &*current), ("logout_hint", other)];
        assert!(asks(&log_out(&mut ada, &parameters).await), "{other}");
    }
    assert!(ada.is_signed_in().await);
    let parameters = [("id_token_hint", &*current), ("logout_hint", "ada@example.com")];
    assert!(log_out(&mut ada, &parameters).await.body.contains("<h1>Signed out</h1>"));
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_led_back_without_a_question() {
    let mut browser = browser().await;
    let answer = log_out(&mut browser, &[("client_id", CLIENT), ("post_logout_redirect_uri", SIGNED_OUT)]).await;
    assert_eq!(answer.header("location"), SIGNED_OUT);
    assert!(log_out(&mut browser, &[]).await.body.contains("<h1>Signed out</h1>"));
    assert!(browser.logs("slo").await.is_empty(), "nothing ended");
}

#[tokio::test]
async fn a_request_that_contradicts_itself_leads_nowhere() {
    let mut browser = browser().await;
    let own = browser.signed_in(&[]).await.id_token;
    let elsewhere = own.replace('.', "x");
    let uri = ("post_logout_redirect_uri", SIGNED_OUT);
    for (parameters, says) in [
        (vec![("id_token_hint", &*own), ("client_id", SECOND), uri], "another client"),
        (vec![("client_id", "nobody"), uri], "Unknown client: nobody"),
        (vec![("id_token_hint", &elsewhere), uri], "not an ID token of this tenant"),
        (vec![("client_id", CLIENT), uri, uri], "appears more than once"),
        (vec![uri], "needs id_token_hint or client_id"),
        (vec![("client_id", CLIENT), ("post_logout_redirect_uri", CALLBACK)], "letter for letter"),
        (
            vec![("client_id", CLIENT), ("post_logout_redirect_uri", "http://localhost:3000/SIGNED-OUT")],
            "letter for letter",
        ),
        (vec![("client_id", CLIENT), ("post_logout_redirect_uri", "//localhost:3000/signed-out")], "letter for letter"),
    ] {
        let answer = log_out(&mut browser, &parameters).await;
        assert_refused(&mut browser, &answer, says).await;
    }
    let failed = browser.logs("flo").await;
    assert_eq!(failed.len(), 8, "each is in the log: {failed:?}");
}

#[tokio::test]
async fn a_hint_of_another_issuer_of_the_tenant_is_refused() {
    let mut browser = browser().await;
    let id_token = browser.signed_in(&[]).await.id_token;
    let answer = browser.get(&format!("http://tenant.localhost:4000/oidc/logout?id_token_hint={id_token}")).await;
    assert_refused(&mut browser, &answer, "another issuer").await;
}

/// An app whose ID tokens are signed with its secret (HS256) has hints that no published key can verify.
#[tokio::test]
async fn a_hint_counts_by_the_algorithm_of_its_client_alone() {
    let hs256 = "client_secret: regular-web-secret\n    jwt_configuration: { alg: HS256 }\n";
    let file = include_str!("../../tenant.yaml").replace("client_secret: regular-web-secret\n", hs256);
    let mut browser = Harness::with_file(&file).await;
    let changes = [("client_id", Some("regular-web")), ("code_challenge", None), ("code_challenge_method", None)];
    let answer = browser.log_in_at(&common::authorize(&changes), "ada@example.com", "ada-password").await;
    let secret = [("client_id", Some("regular-web")), ("client_secret", Some("regular-web-secret"))];
    let exchanged = [&secret[..], &[("code_verifier", None)]].concat();
    let tokens = browser.exchange_with(&answer.parameters()["code"], &exchanged).await.json();
    let own = tokens["id_token"].as_str().expect("an ID token").to_owned();
    let forged = {
        let (signed, _) = own.rsplit_once('.').expect("three parts");
        format!("{signed}.AAAA")
    };
    assert_eq!(log_out(&mut browser, &[("id_token_hint", &forged)]).await.status, StatusCode::BAD_REQUEST);
    assert!(log_out(&mut browser, &[("id_token_hint", &own)]).await.body.contains("<h1>Signed out</h1>"));
}

#[tokio::test]
async fn the_page_that_asks_is_the_tenants_own_and_cannot_be_framed() {
    let mut browser = browser().await;
    browser.signed_in(&[]).await;
    let parameters = [("client_id", CLIENT), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "\"><script>x")];
    let page = log_out(&mut browser, &parameters).await;
    assert!(asks(&page) && page.body.contains("ada@example.com") && page.body.contains(CLIENT));
    let policy = page.header("content-security-policy");
    for part in ["default-src 'none'", "form-action 'self' http://localhost:3000;", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert_eq!(page.header("x-frame-options"), "DENY");
    page.assert_stays();
}

#[tokio::test]
async fn only_the_form_that_this_browser_was_shown_signs_it_out() {
    let mut victim = browser().await;
    victim.signed_in(&[]).await;
    let mut attacker = Harness { cookies: std::collections::HashMap::default(), ..victim.clone() };
    attacker.signed_in(&[]).await;
    let (_, theirs) = log_out(&mut attacker, &[("client_id", CLIENT)]).await.form();
    let (_, own) = log_out(&mut victim, &[("client_id", CLIENT)]).await.form();
    let confirm = format!("{TENANT}/oidc/logout/confirm");
    for form in [
        vec![("client_id", CLIENT), ("csrf", &*theirs["csrf"])],
        vec![("client_id", CLIENT)],
        vec![("client_id", CLIENT), ("csrf", "AAAA")],
        // The stamp is of the very request that the user saw.
        vec![("client_id", CLIENT), ("csrf", &*own["csrf"]), ("post_logout_redirect_uri", SIGNED_OUT)],
        vec![("client_id", SECOND), ("csrf", &*own["csrf"])],
    ] {
        let answer = victim.post_form(&confirm, &form).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{answer:?}");
        assert!(answer.body.contains("invalid_csrf_token") && victim.is_signed_in().await);
    }
    let answer = victim.post_form(&confirm, &[("client_id", CLIENT), ("csrf", &own["csrf"])]).await;
    assert!(answer.body.contains("<h1>Signed out</h1>") && !victim.is_signed_in().await);
}
