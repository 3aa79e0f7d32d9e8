//! Consent: who is asked, what the page says, what Accept and Decline do, and that nobody else can press them.

use axum::http::StatusCode;
use serde_json::Value;
use tenant::Data;

use crate::common;
use crate::common::{Answer, Changes, Harness, TENANT, authorize, claims};

const PAGE: &str = "http://localhost:4000/u/consent";
const THIRD_PARTY: (&str, Option<&str>) = ("client_id", Some("third-party-app"));

/// Sends a request of the third-party app and opens the consent page that it leads to.
async fn open(browser: &mut Harness, changes: Changes<'_>) -> Answer {
    let request = authorize(&[&[THIRD_PARTY], changes].concat());
    let answer = browser.get(&request).await;
    let answer = if answer.header("location").contains("/u/login") {
        browser.log_in_at(&request, "ada@example.com", "ada-password").await
    } else {
        answer
    };
    follow(browser, &answer).await
}

/// Opens the consent page that an answer leads to.
async fn follow(browser: &mut Harness, answer: &Answer) -> Answer {
    assert!(answer.header("location").starts_with(PAGE), "{answer:?}");
    let page = browser.get(answer.header("location")).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    page
}

/// Presses a button of the page.
async fn press(browser: &mut Harness, page: &Answer, decision: &str) -> Answer {
    let (state, csrf) = (page.field("state"), page.field("csrf"));
    browser.post_form(PAGE, &[("state", &state), ("csrf", &csrf), ("decision", decision)]).await
}

fn error(answer: &Answer) -> String {
    answer.parameters().remove("error").unwrap_or_else(|| panic!("no error: {answer:?}"))
}

/// A check of the latest decision record, by its name.
async fn check(browser: &mut Harness, name: &str) -> (bool, String) {
    let decision = browser.decision().await;
    let checks = decision["checks"].as_array().expect("checks").clone();
    let check = checks.into_iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("{name}: {decision}"));
    (check["passed"] == true, check["detail"].as_str().expect("a detail").to_owned())
}

/// A tenant whose API Notes asks for consent at loopback callbacks, as the vendor's do.
async fn strict() -> Harness {
    let skip = "    skip_consent_for_verifiable_first_party_clients: true\n";
    let exception = "    loopback_callbacks_are_verifiable: true\n";
    let notes = "    token_lifetime: 60\n    token_lifetime_for_web: 60\n";
    Harness::with_replaced(&format!("{skip}{exception}{notes}"), &format!("{skip}{notes}")).await
}

#[tokio::test]
async fn a_third_party_gets_a_code_once_the_user_accepts() {
    let mut browser = Harness::new().await;
    let page = open(&mut browser, &[]).await;
    for words in [
        "Third-party app asks for access",
        "ada@example.com",
        "Silent Auth",
        "Know which account here is yours",
        "See your name",
        "See your email address",
        "At Notes, it will be able to",
        "Read your notes",
        "read:notes",
        "made by somebody else than Silent Auth",
        "you go back to http://localhost:3000",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(!page.body.contains("Write your notes"), "what is not asked for is not shown");
    assert!(!page.body.contains(">new<"), "nothing was granted before, so nothing is marked");
    assert_eq!(browser.decision().await["outcome"], "consent_page");
    assert_eq!(browser.decision().await["cause"], "no_consent");

    let answer = press(&mut browser, &page, "accept").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let parameters = answer.parameters();
    assert_eq!((parameters["state"].as_str(), parameters["iss"].as_str()), ("the-state", "http://localhost:4000/"));
    let body = browser.exchange_with(&parameters["code"], &[THIRD_PARTY]).await.json();
    assert_eq!(claims(body["id_token"].as_str().expect("an ID token"))["nonce"], "the-nonce");
    let (passed, detail) = check(&mut browser, "check_pkce").await;
    assert!(passed, "{detail}");

    let silent = browser.silent(&[THIRD_PARTY]).await;
    assert!(silent.parameters().contains_key("code"), "{silent:?}");
    let (passed, detail) = check(&mut browser, "check_consent").await;
    let granted = "the user consented at 2026-11-23T00:00:00.000Z to: openid profile email read:notes";
    assert!(passed && detail.contains(granted), "{detail}");
    let prompt = browser.logs("s").await[0]["details"]["prompts"][0].clone();
    assert_eq!(
        (&prompt["name"], &prompt["grantInfo"]["scope"]),
        (&"consent".into(), &"openid profile email read:notes".into())
    );

    let request = authorize(&[THIRD_PARTY, ("prompt", Some("login"))]);
    let other = browser.log_in_at(&request, "grace@example.com", "grace-password").await;
    assert!(other.header("location").starts_with(PAGE), "what one user grants is not another's");
}

#[tokio::test]
async fn declining_travels_and_grants_nothing() {
    let mut browser = Harness::new().await;
    let page = open(&mut browser, &[]).await;
    let parameters = press(&mut browser, &page, "decline").await.parameters();
    let told = ["error", "error_description", "state"].map(|name| parameters[name].as_str());
    assert_eq!(told, ["access_denied", "User did not authorize the request", "the-state"]);
    assert_eq!(browser.decision().await["cause"], "consent_declined");
    assert_eq!(browser.logs("f").await[0]["description"], "User did not authorize the request");

    let answer = browser.silent(&[THIRD_PARTY]).await;
    assert_eq!(error(&answer), "consent_required");
    assert_eq!(browser.decision().await["cause"], "no_consent");
    let page = open(&mut browser, &[("response_mode", Some("form_post"))]).await;
    let (action, fields) = press(&mut browser, &page, "decline").await.form();
    assert_eq!((action.as_str(), fields["error"].as_str()), ("http://localhost:3000/callback", "access_denied"));
}

#[tokio::test]
async fn the_consent_page_stands_alone() {
    let mut browser = Harness::new().await;
    let page = open(&mut browser, &[]).await;
    let policy = page.header("content-security-policy");
    for part in
        ["default-src 'none'", "form-action 'self' http://localhost:3000;", "frame-ancestors 'none'", "base-uri 'none'"]
    {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    assert_eq!(page.header("x-frame-options"), "DENY");
    for elsewhere in ["<script", "<link", "<img", "href=", "src="] {
        assert!(!page.body.contains(elsewhere), "{elsewhere}");
    }
}

#[tokio::test]
async fn names_and_descriptions_are_text() {
    let markup = "<script>alert(1)</script>";
    let mut browser = Harness::with_replaced("name: Third-party app", &format!("name: '{markup}'")).await;
    let page = open(&mut browser, &[]).await;
    assert!(!page.body.contains(markup) && page.body.contains("&lt;script&gt;"), "{}", page.body);
}

/// Another browser, whoever is signed in there, cannot press the button for this one, nor be made to.
#[tokio::test]
async fn consent_belongs_to_the_browser_it_was_asked_of() {
    let mut browser = Harness::new().await;
    let page = open(&mut browser, &[]).await;
    let (state, csrf) = (page.field("state"), page.field("csrf"));
    let url = format!("{PAGE}?state={state}");

    let mut nobody = browser.clone();
    nobody.cookies.clear();
    let mut grace = nobody.clone();
    grace.log_in_at(&authorize(&[]), "grace@example.com", "grace-password").await;
    let mut ada_elsewhere = nobody.clone();
    ada_elsewhere.sign_in().await;
    let mut signed_out = browser.clone();
    signed_out.cookies.retain(|(_, name), _| name != "__Host-tenant-session");
    for (name, other) in
        [("nobody", &mut nobody), ("grace", &mut grace), ("ada", &mut ada_elsewhere), ("out", &mut signed_out)]
    {
        let shown = other.get(&url).await;
        assert_eq!(shown.status, StatusCode::FORBIDDEN, "{name}");
        assert!(!shown.body.contains("ada@example.com") && !shown.body.contains("<form"), "{name}: {}", shown.body);
        let fields = [("state", state.as_str()), ("csrf", &csrf), ("decision", "accept")];
        assert_eq!(other.post_form(PAGE, &fields).await.status, StatusCode::FORBIDDEN, "{name}");
    }
    for stamp in ["", "x", &csrf[1..]] {
        let fields = [("state", state.as_str()), ("csrf", stamp), ("decision", "accept")];
        assert_eq!(browser.post_form(PAGE, &fields).await.status, StatusCode::FORBIDDEN, "{stamp}");
    }
    // Grace's own stamp, for Ada's page.
    let own = open(&mut grace, &[]).await.field("csrf");
    let fields = [("state", state.as_str()), ("csrf", own.as_str()), ("decision", "accept")];
    assert_eq!(browser.post_form(PAGE, &fields).await.status, StatusCode::FORBIDDEN);
    assert_eq!(error(&browser.silent(&[THIRD_PARTY]).await), "consent_required", "nothing was granted");
    assert!(press(&mut browser, &page, "accept").await.parameters().contains_key("code"), "its own browser can");
}

#[tokio::test]
async fn a_consent_page_is_good_once_and_within_the_hour_of_the_login() {
    let mut browser = Harness::new().await;
    let page = open(&mut browser, &[]).await;
    for decision in ["", "maybe"] {
        assert_eq!(press(&mut browser, &page, decision).await.status, StatusCode::BAD_REQUEST, "{decision}");
    }
    assert_eq!(press(&mut browser, &page, "accept").await.status, StatusCode::SEE_OTHER);
    for decision in ["accept", "decline"] {
        let again = press(&mut browser, &page, decision).await;
        assert!(again.status == StatusCode::BAD_REQUEST && again.body.contains("login_expired"), "{again:?}");
    }

    let login = browser.get(&authorize(&[THIRD_PARTY, ("prompt", Some("login consent"))])).await;
    browser.advance(3000);
    let form = browser.get(login.header("location")).await;
    let (state, csrf) = (form.field("state"), form.field("csrf"));
    assert_eq!(
        browser.get(&format!("{PAGE}?state={state}")).await.status,
        StatusCode::BAD_REQUEST,
        "it waits elsewhere"
    );
    let fields =
        [("state", state.as_str()), ("csrf", &csrf), ("username", "ada@example.com"), ("password", "ada-password")];
    let answer = browser.post_form(&format!("{TENANT}/u/login"), &fields).await;
    let page = follow(&mut browser, &answer).await;
    let url = answer.header("location").to_owned();
    let elsewhere = url.replace("localhost:4000", "tenant.localhost:4000");
    assert_eq!(browser.get(&elsewhere).await.status, StatusCode::BAD_REQUEST, "another issuer");
    assert_eq!(browser.get(&url.replace("consent", "login")).await.status, StatusCode::BAD_REQUEST, "another page");
    browser.advance(599);
    assert_eq!(browser.get(&url).await.status, StatusCode::OK);
    browser.advance(1);
    assert_eq!(browser.get(&url).await.status, StatusCode::BAD_REQUEST, "an hour in all");
    assert_eq!(press(&mut browser, &page, "accept").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn of_many_presses_at_once_one_goes_on() {
    let mut browser = Harness::new().await;
    let page = open(&mut browser, &[]).await;
    for decision in ["accept", "decline"] {
        let page =
            if decision == "accept" { page.clone() } else { open(&mut browser, &[("prompt", Some("consent"))]).await };
        let presses = (0..5).map(|_| {
            let (mut browser, page) = (browser.clone(), &page);
            async move { press(&mut browser, page, decision).await.status }
        });
        let mut statuses = futures_util::future::join_all(presses).await;
        statuses.sort();
        assert_eq!(statuses[0], StatusCode::SEE_OTHER, "{decision}");
        assert!(statuses[1..].iter().all(|status| *status == StatusCode::BAD_REQUEST), "{decision} {statuses:?}");
    }
}

#[tokio::test]
async fn prompt_consent_asks_again_and_of_anybody() {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    let again = [("prompt", Some("consent"))];
    let answer = browser.get(&authorize(&again)).await;
    assert_eq!(browser.decision().await["cause"], "prompt_consent");
    let page = follow(&mut browser, &answer).await;
    assert!(page.body.contains("Demo SPA asks for access"), "a first party too");
    assert_eq!(error(&press(&mut browser, &page, "decline").await), "access_denied");
    assert!(browser.silent(&[]).await.parameters().contains_key("code"), "which needed none before, nor after");

    let page = open(&mut browser, &[]).await;
    press(&mut browser, &page, "accept").await;
    assert!(browser.get(&authorize(&[THIRD_PARTY])).await.parameters().contains_key("code"), "granted");
    let page = open(&mut browser, &again).await;
    assert!(press(&mut browser, &page, "accept").await.parameters().contains_key("code"));
    let page = open(&mut browser, &again).await;
    assert_eq!(error(&press(&mut browser, &page, "decline").await), "access_denied");
    assert!(browser.silent(&[THIRD_PARTY]).await.parameters().contains_key("code"), "what was granted before stays");
    assert_eq!(error(&browser.get(&authorize(&[("prompt", Some("none consent"))])).await), "invalid_request");
}

#[tokio::test]
async fn a_new_scope_is_asked_for_and_added() {
    let mut browser = Harness::new().await;
    let page = open(&mut browser, &[("scope", Some("openid read:notes"))]).await;
    press(&mut browser, &page, "accept").await;
    let more = [THIRD_PARTY, ("scope", Some("openid write:notes"))];
    assert_eq!(error(&browser.silent(&more).await), "consent_required");
    assert_eq!(browser.decision().await["cause"], "consent_lacks_scopes");
    let (_, detail) = check(&mut browser, "check_consent").await;
    assert!(detail.ends_with("the user consented to: openid read:notes; missing: write:notes"), "{detail}");

    let page = open(&mut browser, &more[1..]).await;
    assert_eq!(page.body.matches(">new<").count(), 1, "{}", page.body);
    assert!(page.body.contains("Know which account") && page.body.contains("Write your notes"), "the whole list");
    assert_eq!(error(&press(&mut browser, &page, "decline").await), "access_denied");
    assert_eq!(error(&browser.silent(&more).await), "consent_required");
    let page = open(&mut browser, &more[1..]).await;
    press(&mut browser, &page, "accept").await;
    for scope in ["openid read:notes", "write:notes", "openid read:notes write:notes", ""] {
        let answer = browser.silent(&[THIRD_PARTY, ("scope", Some(scope))]).await;
        assert!(answer.parameters().contains_key("code"), "{scope}: {answer:?}");
    }
    let other_api = [THIRD_PARTY, ("scope", Some("openid")), ("audience", Some("https://reports.example.com"))];
    assert_eq!(error(&browser.silent(&other_api).await), "consent_required", "another API");
    assert_eq!(error(&browser.silent(&[THIRD_PARTY, ("audience", None)]).await), "consent_required", "/userinfo alone");
}

/// Where an API has no exception for it, a first party at localhost has to ask: any program could answer there.
#[tokio::test]
async fn a_loopback_callback_needs_consent_unless_the_api_says_otherwise() {
    let mut browser = strict().await;
    let answer = browser.log_in_at(&authorize(&[]), "ada@example.com", "ada-password").await;
    let page = follow(&mut browser, &answer).await;
    assert!(page.body.contains("Demo SPA belongs to Silent Auth, but on this computer any program"), "{}", page.body);
    assert_eq!(error(&browser.silent(&[]).await), "consent_required");
    let (_, detail) = check(&mut browser, "check_consent").await;
    assert!(detail.contains("nobody can verify who answers at a loopback callback"), "{detail}");
    assert!(press(&mut browser, &page, "accept").await.parameters().contains_key("code"));
    assert!(browser.silent(&[]).await.parameters().contains_key("code"));
    let fewer_claims = browser.silent(&[("scope", Some("openid profile email offline_access read:notes"))]).await;
    assert!(fewer_claims.parameters().contains_key("code"));
    assert_eq!(error(&browser.silent(&[("scope", Some("openid write:notes"))]).await), "consent_required");
    for (changes, why) in [
        ([("audience", None), ("scope", Some("openid profile"))], "no API, no question"),
        (
            [("audience", Some("https://reports.example.com")), ("scope", Some("read:reports"))],
            "an API with the exception",
        ),
    ] {
        assert!(browser.silent(&changes).await.parameters().contains_key("code"), "{why}");
        let (passed, detail) = check(&mut browser, "check_consent").await;
        assert!(passed && detail.starts_with("no consent is needed: demo-spa is first-party"), "{detail}");
    }
}

/// The page does not lose what happened before it: the sign-in that was asked for is not asked for twice.
#[tokio::test]
async fn a_request_goes_on_where_it_was() {
    for changes in [("prompt", Some("login")), ("prompt", Some("login consent")), ("max_age", Some("0"))] {
        let mut browser = Harness::new().await;
        browser.sign_in().await;
        browser.advance(100);
        let request = authorize(&[THIRD_PARTY, changes]);
        let answer = browser.log_in_at(&request, "ada@example.com", "ada-password").await;
        let page = follow(&mut browser, &answer).await;
        browser.advance(10);
        let parameters = press(&mut browser, &page, "accept").await.parameters();
        let body = browser.exchange_with(&parameters["code"], &[THIRD_PARTY]).await.json();
        let auth_time = &claims(body["id_token"].as_str().expect("an ID token"))["auth_time"];
        assert_eq!(auth_time.as_i64(), Some(common::START_MS / 1000 + 100), "{changes:?}");
    }
}

#[tokio::test]
async fn what_changed_meanwhile_counts() {
    let mut browser = Harness::new().await;
    let page = open(&mut browser, &[]).await;
    browser.get(&format!("{TENANT}/v2/logout")).await;
    assert_eq!(press(&mut browser, &page, "accept").await.status, StatusCode::FORBIDDEN, "signed out");

    browser.sign_in().await;
    let page = open(&mut browser, &[("max_age", Some("3500"))]).await;
    browser.advance(3501);
    let answer = press(&mut browser, &page, "accept").await;
    assert!(answer.header("location").contains("/u/login"), "the sign-in is too old by now: {answer:?}");
}

#[tokio::test]
async fn a_consent_survives_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = || Data::Folder(folder.path().to_owned());
    let mut browser = Harness::with(|settings| settings.data = data()).await;
    let page = open(&mut browser, &[]).await;
    press(&mut browser, &page, "accept").await;
    let cookies = browser.cookies.clone();
    browser.tenant.close().await;
    let mut again = Harness::with(|settings| settings.data = data()).await;
    again.cookies = cookies;
    assert!(again.silent(&[THIRD_PARTY]).await.parameters().contains_key("code"));
}

/// Whoever registers a removed client's id again begins with nothing.
#[tokio::test]
async fn removing_a_client_removes_what_it_was_granted() {
    let mut browser = Harness::new().await;
    let page = open(&mut browser, &[]).await;
    press(&mut browser, &page, "accept").await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "machine"),
        ("client_secret", "machine-secret"),
        ("audience", "https://localhost:4000/api/v2/"),
    ];
    let token = browser.token(&form).await.json()["access_token"].as_str().expect("a token").to_owned();
    let bearer = format!("Bearer {token}");
    let grants = format!("{TENANT}/api/v2/grants");
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(browser.get_with(&grants, &headers).await.json().as_array().map(Vec::len), Some(1));
    let client = format!("{TENANT}/api/v2/clients/third-party-app");
    let deleted = browser.browse(axum::http::Method::DELETE, &client, &headers, "").await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(browser.get_with(&grants, &headers).await.json(), Value::Array(Vec::new()));
}
