//! Refresh tokens: who is given one, what it is good for, how it rotates, and what happens to a stolen one.

use axum::http::StatusCode;
use serde_json::Value;

use crate::common::on_disk::OnDisk;
use crate::common::{Answer, CALLBACK, Harness, NOTES, TENANT, VERIFIER, authorize, claims};

const SCOPE: &str = "openid email read:notes offline_access";

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

/// Signs Ada in for a public client with rotation, and exchanges the code.
async fn rotating(browser: &mut Harness) -> Value {
    browser.cookies.clear();
    let url = authorize(&[("client_id", Some("demo-spa-rotating")), ("scope", Some(SCOPE))]);
    let code = browser.log_in_at(&url, "ada@example.com", "ada-password").await.parameters()["code"].clone();
    browser.exchange_with(&code, &[("client_id", Some("demo-spa-rotating"))]).await.json()
}

async fn refresh(browser: &mut Harness, token: &str) -> Answer {
    browser.token(&refresh_form("demo-spa-rotating", token)).await
}

fn refresh_form<'a>(client: &'a str, token: &'a str) -> [(&'static str, &'a str); 3] {
    [("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)]
}

/// Signs Ada in for the confidential client without rotation (and without PKCE), and exchanges the code.
async fn confidential(browser: &mut Harness) -> Value {
    let url = authorize(&[
        ("client_id", Some("regular-web")),
        ("scope", Some(SCOPE)),
        ("code_challenge", None),
        ("code_challenge_method", None),
    ]);
    let code = browser.log_in_at(&url, "ada@example.com", "ada-password").await.parameters()["code"].clone();
    let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)];
    with_secret(browser, &form).await.json()
}

async fn with_secret(browser: &mut Harness, form: &[(&str, &str)]) -> Answer {
    let secret = [("client_id", "regular-web"), ("client_secret", "regular-web-secret")];
    browser.token(&[&secret, form].concat()).await
}

fn assert_refused(answer: &Answer) {
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::FORBIDDEN, "invalid_grant"), "{answer:?}");
    assert_eq!(answer.json()["error_description"], "Unknown or invalid refresh token.");
}

#[tokio::test]
async fn a_token_that_does_not_rotate_stays_good() {
    let mut browser = Harness::new().await;
    let first = confidential(&mut browser).await;
    assert_eq!(first["scope"], SCOPE);
    let token = text(&first, "refresh_token");
    // Years later, signed out long ago.
    browser.get(&format!("{TENANT}/v2/logout")).await;
    browser.advance(3 * 365 * 86_400);
    for _ in 0..3 {
        let answer = with_secret(&mut browser, &[("grant_type", "refresh_token"), ("refresh_token", &token)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let body = answer.json();
        assert!(body.get("refresh_token").is_none(), "no new one without rotation");
        assert_eq!(body["scope"], SCOPE);
        let (old, new) = (claims(&text(&first, "id_token")), claims(&text(&body, "id_token")));
        assert_eq!((&old["sub"], &old["aud"], &old["sid"]), (&new["sub"], &new["aud"], &new["sid"]));
        assert!(new.get("nonce").is_none() && old["nonce"] == "the-nonce");
        assert!(new["iat"].as_i64() > old["iat"].as_i64());
        let access = claims(&text(&body, "access_token"));
        assert_eq!((access["gty"].as_str(), access["azp"].as_str()), (Some("refresh_token"), Some("regular-web")));
        assert_eq!(access["aud"][0], NOTES);
        assert_eq!(browser.get_as("/userinfo", &text(&body, "access_token")).await.status, StatusCode::OK);
    }
    assert_eq!(browser.logs("sertft").await[0]["details"]["tokenCounter"], 0);
}

#[tokio::test]
async fn a_confidential_client_proves_itself_again() {
    let mut browser = Harness::new().await;
    let token = text(&confidential(&mut browser).await, "refresh_token");
    let answer = browser.token(&refresh_form("regular-web", &token)).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNAUTHORIZED, "access_denied"));
    let basic = "Basic cmVndWxhci13ZWI6cmVndWxhci13ZWItc2VjcmV0";
    let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    let url = format!("{TENANT}/oauth/token");
    let answer = browser.post_form_with(&url, &form, &[("authorization", basic)]).await;
    assert_eq!(answer.status, StatusCode::OK, "by Basic as well");
}

#[tokio::test]
async fn a_rotating_token_is_replaced_by_each_use() {
    let mut browser = Harness::new().await;
    let mut token = text(&rotating(&mut browser).await, "refresh_token");
    let mut seen = vec![token.clone()];
    for counter in 0..5 {
        browser.advance(3600);
        let answer = refresh(&mut browser, &token).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        token = text(&answer.json(), "refresh_token");
        assert!(!seen.contains(&token));
        seen.push(token.clone());
        assert_eq!(browser.logs("sertft").await[0]["details"]["tokenCounter"], counter);
    }
}

#[tokio::test]
async fn within_the_leeway_the_same_successor_comes_again() {
    let mut browser = Harness::new().await;
    let first = text(&rotating(&mut browser).await, "refresh_token");
    let successor = text(&refresh(&mut browser, &first).await.json(), "refresh_token");
    browser.advance(9);
    let again = refresh(&mut browser, &first).await;
    assert_eq!(text(&again.json(), "refresh_token"), successor, "a lost answer can be had again");
    let record = browser.decision().await;
    let last = record["checks"].as_array().expect("checks").last().expect("one").clone();
    assert_eq!(last["detail"], "token 0 was spent 9 s ago, within the leeway: the same successor goes out again");
    let next = refresh(&mut browser, &successor).await;
    assert_eq!(next.status, StatusCode::OK, "and the family goes on");
    assert_refused(&refresh(&mut browser, &first).await);
}

#[tokio::test]
async fn reuse_outside_the_leeway_revokes_the_family() {
    let mut browser = Harness::new().await;
    let first = text(&rotating(&mut browser).await, "refresh_token");
    let body = refresh(&mut browser, &first).await.json();
    let (successor, access) = (text(&body, "refresh_token"), text(&body, "access_token"));
    assert_eq!(browser.get_as("/userinfo", &access).await.status, StatusCode::OK);
    browser.advance(10);
    assert_refused(&refresh(&mut browser, &first).await);
    let entry = browser.logs("ferrt").await.remove(0);
    assert_eq!((&entry["details"]["tokenCounter"], &entry["details"]["latestCounter"]), (&0.into(), &1.into()));
    assert_eq!(entry["user_id"], "auth0|ada");
    assert!(browser.logs("fertft").await.is_empty(), "one entry, and that is ferrt");
    assert_refused(&refresh(&mut browser, &successor).await);
    assert_eq!(browser.decision().await["summary"], "invalid_grant: not so: its family is unrevoked.");
    assert_eq!(browser.logs("fertft").await.len(), 1);
    assert_eq!(browser.get_as("/userinfo", &access).await.status, StatusCode::UNAUTHORIZED, "its access tokens too");

    let other = text(&rotating(&mut browser).await, "refresh_token");
    assert_eq!(refresh(&mut browser, &other).await.status, StatusCode::OK, "another family is untouched");
}

#[tokio::test]
async fn only_the_token_just_before_the_latest_has_a_leeway() {
    let mut browser = Harness::new().await;
    let first = text(&rotating(&mut browser).await, "refresh_token");
    let second = text(&refresh(&mut browser, &first).await.json(), "refresh_token");
    let third = text(&refresh(&mut browser, &second).await.json(), "refresh_token");
    assert_refused(&refresh(&mut browser, &first).await);
    assert_refused(&refresh(&mut browser, &third).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_at_once_all_get_the_same_successor() {
    let mut browser = Harness::new().await;
    let token = text(&rotating(&mut browser).await, "refresh_token");
    let successors = at_once(&browser, &token).await;
    assert!(successors.iter().all(|(status, _)| *status == StatusCode::OK));
    assert!(successors.iter().all(|(_, successor)| *successor == successors[0].1 && successor.is_some()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_a_leeway_one_of_fifty_is_first_and_the_family_ends() {
    let mut browser = Harness::with_replaced("leeway: 10", "leeway: 0").await;
    let token = text(&rotating(&mut browser).await, "refresh_token");
    let successors = at_once(&browser, &token).await;
    let (good, refused): (Vec<_>, Vec<_>) = successors.into_iter().partition(|(status, _)| *status == StatusCode::OK);
    assert_eq!((good.len(), refused.len()), (1, 49));
    let successor = good[0].1.clone().expect("a successor");
    assert_refused(&refresh(&mut browser, &successor).await);
}

async fn at_once(browser: &Harness, token: &str) -> Vec<(StatusCode, Option<String>)> {
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (mut browser, token) = (browser.clone(), token.to_owned());
        all.spawn(async move {
            let answer = refresh(&mut browser, &token).await;
            (answer.status, answer.json()["refresh_token"].as_str().map(ToOwned::to_owned))
        });
    }
    all.join_all().await
}

#[tokio::test]
async fn a_rotating_family_ends_when_idle_and_at_its_absolute_limit() {
    let mut browser = Harness::new().await;
    let day = 86_400;
    let idle = text(&rotating(&mut browser).await, "refresh_token");
    let mut used = text(&rotating(&mut browser).await, "refresh_token");
    browser.advance(14 * day);
    used = text(&refresh(&mut browser, &used).await.json(), "refresh_token");
    browser.advance(day);
    assert_refused(&refresh(&mut browser, &idle).await);
    browser.advance(13 * day);
    used = text(&refresh(&mut browser, &used).await.json(), "refresh_token");
    browser.advance(2 * day - 1);
    used = text(&refresh(&mut browser, &used).await.json(), "refresh_token");
    browser.advance(1);
    assert_refused(&refresh(&mut browser, &used).await);
}

#[tokio::test]
async fn scopes_can_be_fewer_and_never_more() {
    let mut browser = Harness::new().await;
    let first = confidential(&mut browser).await;
    let token = text(&first, "refresh_token");
    let mut ask = async |scope: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str()), ("scope", scope)];
        with_secret(&mut browser, &form).await
    };
    let body = ask("read:notes").await.json();
    assert_eq!((body["scope"].as_str(), body.get("id_token")), (Some("read:notes"), None));
    assert_eq!(claims(&text(&body, "access_token"))["scope"], "read:notes");
    let body = ask("openid write:notes read:notes").await.json();
    assert_eq!(body["scope"], "openid read:notes", "write:notes was not granted at the sign-in");
    let answer = ask("write:notes").await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_scope"));
    assert_eq!(ask("openid email read:notes offline_access").await.json()["scope"], SCOPE, "nothing was lost");
}

#[tokio::test]
async fn a_token_is_bound_to_its_client_issuer_and_audience() {
    let mut browser = Harness::new().await;
    let token = text(&rotating(&mut browser).await, "refresh_token");
    assert_refused(&browser.token(&refresh_form("native-app", &token)).await);
    let elsewhere = "http://tenant.localhost:4000/oauth/token";
    assert_refused(&browser.post_form(elsewhere, &refresh_form("demo-spa-rotating", &token)).await);
    let mut form = refresh_form("demo-spa-rotating", &token).to_vec();
    form.push(("audience", "https://reports.example.com"));
    assert_eq!(browser.token(&form).await.error(), "invalid_request");
    for made_up in ["x", "null", &"x".repeat(5000), "' OR 1=1 --", "é"] {
        assert_refused(&refresh(&mut browser, made_up).await);
    }
    let answer = browser.token(&refresh_form("demo-spa", &token)).await;
    assert_eq!(answer.error(), "unauthorized_client", "no grant, whoever's token it is");
    form.pop();
    form.push(("audience", NOTES));
    assert_eq!(browser.token(&form).await.status, StatusCode::OK, "and after all that it is still good");
}

#[tokio::test]
async fn a_replayed_code_revokes_the_refresh_tokens_it_bought() {
    let mut browser = Harness::new().await;
    let url = authorize(&[("client_id", Some("demo-spa-rotating")), ("scope", Some(SCOPE))]);
    let code = browser.log_in_at(&url, "ada@example.com", "ada-password").await.parameters()["code"].clone();
    let as_client = [("client_id", Some("demo-spa-rotating"))];
    let first = browser.exchange_with(&code, &as_client).await.json();
    let body = refresh(&mut browser, &text(&first, "refresh_token")).await.json();
    assert_eq!(browser.exchange_with(&code, &as_client).await.error(), "invalid_grant");
    assert_refused(&refresh(&mut browser, &text(&body, "refresh_token")).await);
    assert_eq!(browser.get_as("/userinfo", &text(&body, "access_token")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.get_as("/userinfo", &text(&first, "access_token")).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_two_hundred_and_first_family_pushes_the_oldest_out() {
    let mut browser = Harness::new().await;
    let mut all = Vec::new();
    for _ in 0..201 {
        let more = [("scope", "openid offline_access")];
        all.push(text(&browser.token_for_password(&more).await.json(), "refresh_token"));
        browser.advance(1);
    }
    let mut use_one = async |token: &str| {
        let secret = [("client_secret", "trusted-app-secret")];
        browser.token(&[&refresh_form("trusted-app", token)[..], &secret].concat()).await
    };
    assert_refused(&use_one(&all[0]).await);
    assert_eq!(use_one(&all[1]).await.status, StatusCode::OK);
    assert_eq!(use_one(&all[200]).await.status, StatusCode::OK);
}

/// Only hashes are stored, and a restart changes nothing.
#[tokio::test]
async fn a_family_survives_a_restart_and_its_tokens_are_nowhere_in_the_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = tenant::Data::Folder(folder.path().to_owned());
    let mut browser = Harness::with(|settings| settings.data = data.clone()).await;
    let first = text(&rotating(&mut browser).await, "refresh_token");
    let second = text(&refresh(&mut browser, &first).await.json(), "refresh_token");
    browser.tenant.close().await;
    for name in ["tenant.db", "tenant.db-wal"] {
        let bytes = std::fs::read(folder.path().join(name)).unwrap_or_default();
        for token in [&first, &second, &VERIFIER.to_owned()] {
            assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()), "{name}");
        }
    }
    let mut browser = Harness::with(|settings| settings.data = data).await;
    assert_eq!(text(&refresh(&mut browser, &first).await.json(), "refresh_token"), second, "within the leeway");
    assert_eq!(refresh(&mut browser, &second).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_blocked_user_gets_nothing_more() {
    let disk = OnDisk::new();
    let mut browser = Harness::with(|settings| settings.data = disk.data()).await;
    let token = text(&rotating(&mut browser).await, "refresh_token");
    let block = "UPDATE users SET body = json_set(body, '$.blocked', json('true')) WHERE user_id = 'auth0|ada'";
    disk.change(block).await;
    let answer = refresh(&mut browser, &token).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::FORBIDDEN, "unauthorized"));
    assert_eq!(answer.json()["error_description"], "user is blocked");
    // The family is over for good: whoever is let in again signs in again.
    let unblock = "UPDATE users SET body = json_remove(body, '$.blocked') WHERE user_id = 'auth0|ada'";
    assert_eq!(disk.change(unblock).await, 1);
    assert_eq!(refresh(&mut browser, &token).await.error(), "invalid_grant");
}
