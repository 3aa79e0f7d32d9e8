//! `prompt=select_account`, and whom a request expects: `login_hint`, `id_token_hint`, users who may not sign in.

use axum::http::StatusCode;

use crate::common::{Answer, Harness, TENANT, authorize, claims};

const PAGE: &str = "http://localhost:4000/u/account";
const SELECT: (&str, Option<&str>) = ("prompt", Some("select_account"));

/// Opens the account page that an answer leads to.
async fn follow(browser: &mut Harness, answer: &Answer) -> Answer {
    assert!(answer.header("location").starts_with(PAGE), "{answer:?}");
    let page = browser.get(answer.header("location")).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    page
}

async fn choose(browser: &mut Harness, page: &Answer, account: &str) -> Answer {
    let (state, csrf) = (page.field("state"), page.field("csrf"));
    browser.post_form(PAGE, &[("state", &state), ("csrf", &csrf), ("account", account)]).await
}

/// Fills in the login page that an answer leads to.
async fn log_in(browser: &mut Harness, answer: &Answer, email: &str, password: &str) -> Answer {
    let form = browser.get(answer.header("location")).await;
    let (state, csrf) = (form.field("state"), form.field("csrf"));
    let fields = [("state", state.as_str()), ("csrf", &csrf), ("username", email), ("password", password)];
    browser.post_form(&format!("{TENANT}/u/login"), &fields).await
}

async fn id_token(browser: &mut Harness, code: &str) -> String {
    browser.exchange(code).await.json()["id_token"].as_str().expect("an ID token").to_owned()
}

#[tokio::test]
async fn the_present_account_can_be_kept() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let answer = browser.get(&authorize(&[SELECT])).await;
    let decision = browser.decision().await;
    assert_eq!((&decision["outcome"], &decision["cause"]), (&"account_page".into(), &"prompt_select_account".into()));
    let page = follow(&mut browser, &answer).await;
    for words in ["Demo SPA", "Go on as Ada Lovelace", "ada@example.com", "Use another account"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert_eq!(page.header("x-frame-options"), "DENY");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self' http://localhost:3000;") && policy.contains("frame-ancestors 'none'"));
    browser.advance(60);
    let answer = choose(&mut browser, &page, "present").await;
    assert_eq!((answer.status, answer.parameters()["state"].as_str()), (StatusCode::SEE_OTHER, "the-state"));
    let again = choose(&mut browser, &page, "present").await;
    assert!(again.status == StatusCode::BAD_REQUEST && again.body.contains("login_expired"), "{again:?}");
}

#[tokio::test]
async fn of_many_presses_at_once_one_goes_on() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let answer = browser.get(&authorize(&[SELECT])).await;
    let page = follow(&mut browser, &answer).await;
    let presses = (0..6).map(|number| {
        let (mut browser, page) = (browser.clone(), &page);
        async move { choose(&mut browser, page, ["present", "another"][number % 2]).await.status }
    });
    let mut statuses = futures_util::future::join_all(presses).await;
    statuses.sort();
    assert_eq!(statuses[0], StatusCode::SEE_OTHER);
    assert!(statuses[1..].iter().all(|status| *status == StatusCode::BAD_REQUEST), "{statuses:?}");
}

#[tokio::test]
async fn another_account_can_be_taken_and_until_then_nothing_changes() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let answer = browser.get(&authorize(&[SELECT])).await;
    let page = follow(&mut browser, &answer).await;
    let answer = choose(&mut browser, &page, "another").await;
    assert!(answer.header("location").starts_with("http://localhost:4000/u/login"), "{answer:?}");
    assert!(browser.silent(&[]).await.parameters().contains_key("code"), "Ada is still signed in");
    let answer = log_in(&mut browser, &answer, "grace@example.com", "grace-password").await;
    let token = id_token(&mut browser, &answer.parameters()["code"]).await;
    assert_eq!(claims(&token)["sub"], "auth0|grace");
}

#[tokio::test]
async fn whoever_has_to_sign_in_anyway_chooses_there() {
    let mut browser = Harness::new().await;
    for prompt in ["select_account", "login select_account"] {
        let request = authorize(&[("prompt", Some(prompt))]);
        let answer = browser.log_in_at(&request, "ada@example.com", "ada-password").await;
        assert!(answer.parameters().contains_key("code"), "{prompt}: {answer:?}");
    }
    let silent = browser.get(&authorize(&[("prompt", Some("none select_account"))])).await;
    assert_eq!(silent.parameters()["error"], "invalid_request");
}

/// After the account comes the consent, with the account that was chosen.
#[tokio::test]
async fn the_pages_follow_one_another() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let request = authorize(&[("client_id", Some("third-party-app")), ("prompt", Some("select_account consent"))]);
    let answer = browser.get(&request).await;
    let page = follow(&mut browser, &answer).await;
    let answer = choose(&mut browser, &page, "present").await;
    assert!(browser.accept(&answer).await.parameters().contains_key("code"));
}

#[tokio::test]
async fn an_account_page_belongs_to_its_browser() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let answer = browser.get(&authorize(&[SELECT])).await;
    let page = follow(&mut browser, &answer).await;
    let (state, csrf) = (page.field("state"), page.field("csrf"));
    let mut grace = browser.clone();
    grace.cookies.clear();
    grace.log_in_at(&authorize(&[]), "grace@example.com", "grace-password").await;
    let shown = grace.get(&format!("{PAGE}?state={state}")).await;
    assert!(shown.status == StatusCode::FORBIDDEN && !shown.body.contains("ada@example.com"), "{shown:?}");
    for account in ["present", "another"] {
        let fields = [("state", state.as_str()), ("csrf", &csrf), ("account", account)];
        assert_eq!(grace.post_form(PAGE, &fields).await.status, StatusCode::FORBIDDEN);
        let fields = [("state", state.as_str()), ("csrf", "x"), ("account", account)];
        assert_eq!(browser.post_form(PAGE, &fields).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(choose(&mut browser, &page, "nobody").await.status, StatusCode::BAD_REQUEST);
    assert!(choose(&mut browser, &page, "present").await.parameters().contains_key("code"), "still good");
}

#[tokio::test]
async fn the_login_page_expects_whom_the_request_names() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    let hint = id_token(&mut browser, &code).await;
    let again =
        browser.log_in_at(&authorize(&[("prompt", Some("login"))]), "grace@example.com", "grace-password").await;
    assert!(again.parameters().contains_key("code"));
    for (changes, expected) in [
        (vec![("prompt", Some("login")), ("login_hint", Some("new@example.com"))], "new@example.com"),
        (vec![("prompt", Some("login")), ("id_token_hint", Some(hint.as_str()))], "ada@example.com"),
        (vec![("id_token_hint", Some(hint.as_str()))], "ada@example.com"),
        (vec![("id_token_hint", Some(hint.as_str())), ("login_hint", Some("a@b"))], "a@b"),
        (vec![("prompt", Some("login"))], ""),
    ] {
        let answer = browser.get(&authorize(&changes)).await;
        let page = browser.get(answer.header("location")).await;
        assert!(page.body.contains(&format!(r#"required value="{expected}""#)), "{changes:?}: {}", page.body);
    }
}

/// A request about Ada is never answered for Grace: silently not, and not after Grace has signed in for it either.
#[tokio::test]
async fn a_hint_is_for_its_user_alone() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    let hint = id_token(&mut browser, &code).await;
    browser.log_in_at(&authorize(&[("prompt", Some("login"))]), "grace@example.com", "grace-password").await;
    let hinted = [("id_token_hint", Some(hint.as_str()))];
    assert_eq!(browser.silent(&hinted).await.parameters()["error"], "login_required");
    assert_eq!(browser.decision().await["cause"], "other_user");
    let answer = browser.log_in_at(&authorize(&hinted), "grace@example.com", "grace-password").await;
    let parameters = answer.parameters();
    assert_eq!((parameters["error"].as_str(), parameters["state"].as_str()), ("login_required", "the-state"));
    assert_eq!(browser.decision().await["cause"], "other_user");
    let answer = browser.log_in_at(&authorize(&hinted), "ada@example.com", "ada-password").await;
    assert!(answer.parameters().contains_key("code"), "{answer:?}");
}
