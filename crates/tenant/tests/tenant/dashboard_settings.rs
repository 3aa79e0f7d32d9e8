//! The dashboard's forms of an application's refresh tokens and logout, and of what an API's tokens are signed with.

use axum::http::StatusCode;
use jsonwebtoken::Algorithm;
use serde_json::Value;

use crate::common::admin::Admin;
use crate::common::listener::Listener;
use crate::common::{CALLBACK, Harness, NOTES, TENANT, authorize};

const SPA: &str = "applications/demo-spa-rotating";
const WEB: &str = "applications/regular-web";

/// The form of refresh tokens as it is filled in here, with these fields changed (empty: left out).
fn refresh<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("rotation_type", "rotating"),
        ("expiration_type", "expiring"),
        ("leeway", "10"),
        ("token_lifetime", "600"),
        ("idle_token_lifetime", "60"),
    ];
    form.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    form.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    form
}

/// A refresh token of `demo-spa-rotating`.
async fn refresh_token(admin: &mut Admin) -> String {
    let own = [("client_id", Some("demo-spa-rotating")), ("scope", Some("openid offline_access"))];
    let answer = admin.harness.log_in_at(&authorize(&own), "ada@example.com", "ada-password").await;
    let code = answer.parameters()["code"].clone();
    admin.harness.cookies.retain(|(_, name), _| name != "__Host-tenant-session");
    text(&admin.harness.exchange_with(&code, &own[..1]).await.json(), "refresh_token")
}

async fn exchanged(admin: &mut Admin, token: &str) -> Value {
    let form = [("grant_type", "refresh_token"), ("client_id", "demo-spa-rotating"), ("refresh_token", token)];
    admin.harness.token(&form).await.json()
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

/// Whether the page shows a choice as made.
fn is_chosen(page: &str, name: &str, value: &str) -> bool {
    let input = page.split('<').find(|tag| tag.contains(&format!(r#"name="{name}" value="{value}""#)));
    input.unwrap_or_else(|| panic!("no {name} {value} in {page}")).contains("checked")
}

#[tokio::test]
async fn refresh_tokens_live_as_the_form_says() {
    let mut admin = Admin::new().await;
    let action = format!("{SPA}/refresh-tokens");
    let before = admin.open(SPA).await.body;
    assert!(is_chosen(&before, "rotation_type", "rotating") && before.contains(r#"name="leeway""#));
    let shown = admin.done(SPA, &action, &refresh(&[])).await.body;
    assert!(shown.contains("600 s after it was issued, or 60 s without use"), "{shown}");
    let first = refresh_token(&mut admin).await;
    admin.harness.advance(59);
    let second = text(&exchanged(&mut admin, &first).await, "refresh_token");
    admin.harness.advance(61);
    assert_eq!(exchanged(&mut admin, &second).await["error"], "invalid_grant", "60 s without use");

    let plain = refresh(&[
        ("rotation_type", "non-rotating"),
        ("expiration_type", "non-expiring"),
        ("infinite_token_lifetime", "true"),
        ("infinite_idle_token_lifetime", "true"),
    ]);
    let shown = admin.done(SPA, &action, &plain).await.body;
    for (name, value) in [("rotation_type", "non-rotating"), ("infinite_token_lifetime", "true")] {
        assert!(is_chosen(&shown, name, value), "{name}");
    }
    let kept = refresh_token(&mut admin).await;
    for _ in 0..2 {
        admin.harness.advance(86_400 * 30);
        let body = exchanged(&mut admin, &kept).await;
        assert!(body["access_token"].is_string() && body.get("refresh_token").is_none(), "{body}");
    }
    // The admin's own session is over by then; what was typed stays where it cannot be.
    let mut admin = Admin::at(admin.harness).await;
    let saved = admin.open(SPA).await.body;
    for (changes, words) in [
        (vec![("expiration_type", "non-expiring")], "Expected expiring, because rotating tokens always expire"),
        (vec![("leeway", "soon")], "Expected whole seconds but found the text soon' on property refresh_token.leeway"),
        (vec![("leeway", "-1")], "whole seconds from 0 to 31557600"),
        (vec![("token_lifetime", "31557601")], "whole seconds from 1 to 31557600"),
        (vec![("token_lifetime", "")], "on property refresh_token.token_lifetime"),
        (vec![("idle_token_lifetime", "601")], "at most the token_lifetime, which is 600"),
        (vec![("rotation_type", "spinning")], "unknown variant"),
    ] {
        let answer = admin.refused(SPA, &action, &refresh(&changes), words).await;
        for (name, value) in changes.iter().filter(|(name, value)| !name.ends_with("_type") && !value.is_empty()) {
            assert!(
                answer.body.contains(&format!(
                    r#"name="{name}" type="text" inputmode="numeric" autocomplete="off" required value="{value}""#
                )),
                "what was typed stays: {}",
                answer.body
            );
        }
    }
    assert_eq!(admin.open(SPA).await.body, saved, "nothing was changed");
    let logged = admin.harness.logs("sapi").await.len();
    let same = admin.send(SPA, &action, &plain).await;
    assert_eq!((same.status, same.header("location")), (StatusCode::SEE_OTHER, &*format!("/dashboard/{SPA}")));
    assert_eq!(admin.harness.logs("sapi").await.len(), logged, "sent as it is, nothing is changed");
    assert_eq!(admin.send(SPA, "applications/nobody/refresh-tokens", &refresh(&[])).await.status, 404);
}

/// Signs Ada in at `regular-web`, which so is a client of her session.
async fn sign_in(harness: &mut Harness) {
    let web = [("client_id", Some("regular-web")), ("audience", None), ("scope", Some("openid"))];
    let code =
        harness.log_in_at(&authorize(&web), "ada@example.com", "ada-password").await.parameters()["code"].clone();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "regular-web"),
        ("client_secret", "regular-web-secret"),
        ("code", &*code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", crate::common::VERIFIER),
    ];
    assert_eq!(harness.token(&form).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_application_is_told_of_logouts_as_the_form_says() {
    let listener = Listener::start(&[]).await;
    let mut admin = Admin::new().await;
    let action = format!("{WEB}/logout");
    let logged = admin.harness.logs("sapi").await.len();
    let same = admin.send(WEB, &action, &[("frontchannel_logout_session_required", "true")]).await;
    assert_eq!((same.status, admin.harness.logs("sapi").await.len()), (StatusCode::SEE_OTHER, logged), "as it was");

    let back = format!("http://app.localhost:{}/out", listener.port);
    let front = "http://app.localhost:3000/front";
    let form = [
        ("backchannel_logout_urls", &*back),
        ("selected_initiators", "session-revoked"),
        ("frontchannel_logout_uri", front),
    ];
    let shown = admin.done(WEB, &action, &form).await.body;
    assert!(shown.contains(&back) && is_chosen(&shown, "selected_initiators", "session-revoked"));
    assert!(!is_chosen(&shown, "selected_initiators", "session-expired"));
    assert!(!is_chosen(&shown, "frontchannel_logout_session_required", "true"));
    sign_in(&mut admin.harness).await;
    let page = admin.harness.get(&format!("{TENANT}/v2/logout")).await.body;
    assert!(page.contains(&format!(r#"src="{front}""#)), "without iss and sid: {page}");
    assert_eq!(listener.wait_for(1).await.len(), 1, "the user signed out: always told");

    let with_session = [&form[..], &[("frontchannel_logout_session_required", "true")]].concat();
    let shown = admin.done(WEB, &action, &with_session).await.body;
    assert!(is_chosen(&shown, "frontchannel_logout_session_required", "true"));
    sign_in(&mut admin.harness).await;
    let page = admin.harness.get(&format!("{TENANT}/v2/logout")).await.body;
    assert!(page.contains(&format!("{front}?iss=http%3A%2F%2Flocalhost%3A4000%2F&amp;sid=")), "{page}");

    for (field, value, words) in [
        ("backchannel_logout_urls", "http://10.0.0.1/out", "plain http is for loopback"),
        ("frontchannel_logout_uri", "javascript:alert(1)", "no http or https"),
    ] {
        let answer = admin.refused(WEB, &action, &[(field, value)], words).await;
        assert!(answer.body.contains(value), "what was typed stays: {value}");
    }
    let none = admin.done(WEB, &action, &[]).await.body;
    assert!(!none.contains(&back) && !none.contains(front));
}

#[tokio::test]
async fn an_api_is_signed_for_as_the_form_says_and_its_secret_is_shown_once() {
    let mut admin = Admin::new().await;
    let apis = admin.open("apis").await.body;
    let id = apis.split(">Notes<").next().and_then(|before| before.rsplit("/dashboard/apis/").next()).expect("a link");
    let page = format!("apis/{}", id.split('"').next().expect("an end"));
    let action = format!("{page}/signing");
    assert!(is_chosen(&admin.open(&page).await.body, "signing_alg", "RS256"));
    admin.done(&page, &action, &[("signing_alg", "ES256")]).await;
    assert_eq!(algorithm(&mut admin).await, Algorithm::ES256);

    let made = admin.send(&page, &action, &[("signing_alg", "HS256")]).await;
    assert_eq!(made.status, StatusCode::OK, "this answer is the one that shows it: {made:?}");
    let secret = made.body.split("signing secret: <code>").nth(1).and_then(|rest| rest.split('<').next());
    let secret = secret.expect("the secret").to_owned();
    assert!(secret.len() >= 43 && is_chosen(&made.body, "signing_alg", "HS256"));
    assert_eq!(algorithm(&mut admin).await, Algorithm::HS256);
    assert!(!admin.open(&page).await.body.contains(&secret) && !admin.open("logs").await.body.contains(&secret));
    let again = admin.done(&page, &action, &[("signing_alg", "HS256")]).await;
    assert!(!again.body.contains("signing secret: "), "what there is stays, unseen");
    let other = admin.send(&page, &action, &[("signing_alg", "HS256"), ("new_secret", "true")]).await;
    assert!(other.body.contains("signing secret: <code>") && !other.body.contains(&secret));
    let answer = admin.refused(&page, &action, &[("signing_alg", "none")], "Expected one of RS256, ES256, HS256").await;
    assert!(
        answer.body.contains(
            r#"name="token_lifetime" type="text" inputmode="numeric" autocomplete="off" required value="60""#
        )
    );
    assert_eq!(admin.send(&page, "apis/nobody/signing", &[("signing_alg", "RS256")]).await.status, 404);
}

/// What a new access token for the notes API is signed with.
async fn algorithm(admin: &mut Admin) -> Algorithm {
    let tokens = admin.harness.token_for_password(&[("audience", NOTES), ("scope", "read:notes")]).await.json();
    jsonwebtoken::decode_header(text(&tokens, "access_token")).expect("a header").alg
}
