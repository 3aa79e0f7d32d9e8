//! A sign-in by redirect, from the app through the tenant's login form and back.

use round_trip::{Browser, Loaded, Tab};
use silent_auth::protocol::authorization::PendingAuthorization;
use silent_auth::protocol::config::{ClientConfig, Provider};
use silent_auth::protocol::discovery::Endpoints;
use silent_auth::protocol::error::Code;
use silent_auth::protocol::lifecycle::Event;
use silent_auth::protocol::parameters::Parameters;
use silent_auth::protocol::record::Step;
use silent_auth::protocol::session::{Origin, Phase};
use silent_auth::protocol::token;

/// The three pairs of addresses that the built-in tenant has: issuer and app.
const PAIRS: [(&str, &str); 3] = [
    ("http://localhost:4000/", "http://localhost:3000"),
    ("http://login.demo.localhost:4000/", "http://app.demo.localhost:3000"),
    ("http://tenant.localhost:4000/", "http://app.localhost:3000"),
];

fn config(issuer: &str, app: &str) -> ClientConfig {
    ClientConfig::new(issuer, "demo-spa", &format!("{app}/callback"))
        .expect("valid")
        .with_audience(Some("https://notes.example.com".to_owned()))
        .with_scope("openid profile email read:notes".to_owned())
}

fn same_host() -> ClientConfig {
    config(PAIRS[0].0, PAIRS[0].1)
}

#[tokio::test]
async fn a_sign_in_at_each_address_ends_with_tokens_of_that_issuer() {
    for (issuer, app) in PAIRS {
        let mut browser = Browser::new().await;
        let tab = Tab::signed_in(&mut browser, config(issuer, app), "ada@example.com", "ada-password").await;
        assert_eq!(tab.phase(), Phase::SignedIn, "{issuer}");
        let tokens = tab.tokens();
        assert_eq!(tokens.subject(), "auth0|ada");
        assert_eq!(tokens.claims["iss"], issuer);
        assert_eq!(tokens.claims["email"], "ada@example.com");
        assert_eq!(tokens.scope, "openid profile email read:notes");
        assert_eq!(tokens.expires_at.since(tokens.received_at).as_secs(), 60);
        assert_eq!(tab.lifecycle.generations()[0].origin, Origin::SignIn);
    }
}

#[tokio::test]
async fn a_sign_in_by_discovery_ends_the_same() {
    let mut browser = Browser::new().await;
    let config = same_host().with_provider(Provider::Discovered);
    let tab = Tab::signed_in(&mut browser, config, "ada@example.com", "ada-password").await;
    assert_eq!(tab.phase(), Phase::SignedIn);
    assert!(tab.recorded(Step::DiscoveryReceived));
}

#[tokio::test]
async fn a_sign_out_by_discovery_asks_nobody_and_comes_home_with_its_state() {
    let mut browser = Browser::new().await;
    let config = same_host().with_provider(Provider::Discovered);
    let mut tab = Tab::signed_in(&mut browser, config.clone(), "ada@example.com", "ada-password").await;
    tab.feed(&mut browser, Event::SignOut).await;
    let url = tab.left_for.take().expect("the tab leaves for the tenant");
    let state = Parameters::from_url(&url).ok().and_then(|it| it.get("state").map(str::to_owned)).expect("a state");
    let Loaded::Elsewhere(home) = browser.navigate(&url).await else { panic!("somebody is asked at {url}") };
    assert_eq!(home, format!("http://localhost:3000/?state={state}"));
    assert_eq!(Tab::open(&mut browser, config).await.phase(), Phase::SignedOut { reason: None });
}

#[tokio::test]
async fn a_wrong_password_leads_nowhere_and_keeps_the_form() {
    let mut browser = Browser::new().await;
    let config = same_host();
    let issuer = config.issuer().as_str().to_owned();
    let url = format!(
        "{issuer}authorize?client_id=demo-spa&response_type=code&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcallback\
         &scope=openid&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
    );
    let Loaded::Page(page) = browser.navigate(&url).await else { panic!("no login page") };
    let Loaded::Page(again) = browser.log_in(&issuer, &page, "ada@example.com", "grace-password").await else {
        panic!("led back to the app")
    };
    assert!(again.body.contains("name=\"password\""), "{}", again.body);
    assert_eq!(Tab::open(&mut browser, config).await.phase(), Phase::SignedOut { reason: None });
}

#[tokio::test]
async fn an_answer_that_was_changed_on_the_way_is_refused() {
    type Change = fn(&str) -> String;
    let changes: [(&str, Change, Code); 6] = [
        ("a refusal", |url| url.replace("code=", "error=access_denied&was="), Code::AccessDenied),
        ("another state", |url| url.replace("state=", "state=x"), Code::TransactionMissing),
        ("no state", |url| url.replace("state=", "was="), Code::StateMissing),
        ("another issuer", |url| url.replace("iss=http", "iss=https"), Code::IssuerMismatch),
        ("no code", |url| url.replace("code=", "was="), Code::ResponseIncomplete),
        ("another code", |url| url.replace("code=", "code=x"), Code::ExchangeRefused),
    ];
    for (what, change, code) in changes {
        let mut browser = Browser::new().await;
        let config = same_host();
        let (url, stored) = Tab::sign_in_at_the_tenant(&mut browser, &config, "ada@example.com", "ada-password").await;
        // What is stored lies under the state of the request, so another state finds nothing.
        let stored = stored.filter(|_| code != Code::TransactionMissing && code != Code::StateMissing);
        let tab = Tab::returned(&mut browser, config, change(&url), stored).await;
        assert_eq!(tab.code(), Some(code), "{what}: {:?}", tab.phase());
        assert!(tab.lifecycle.tokens().is_none(), "{what}");
        assert_eq!(tab.path.as_deref(), Some("/"), "the answer is out of the address: {what}");
    }
}

#[tokio::test]
async fn a_code_is_good_once() {
    let mut browser = Browser::new().await;
    let mut tab = Tab::signed_in(&mut browser, same_host(), "ada@example.com", "ada-password").await;
    let exchange = tab.last_exchange.take().expect("the code was exchanged");
    let answer = browser.fetch(&exchange, "http://localhost:3000").await.expect("an answer that the page may read");
    assert_eq!(answer.status, 403, "{}", answer.body);
    assert!(answer.body.contains("invalid_grant"), "{}", answer.body);
}

#[tokio::test]
async fn a_code_is_worth_nothing_without_its_verifier_or_at_another_issuer() {
    let mut browser = Browser::new().await;
    let config = same_host();
    let (url, stored) = Tab::sign_in_at_the_tenant(&mut browser, &config, "ada@example.com", "ada-password").await;
    let stored = stored.map(|text| text.replace("\"code_verifier\":\"", "\"code_verifier\":\"x"));
    let tab = Tab::returned(&mut browser, config.clone(), url, stored).await;
    assert_eq!(tab.code(), Some(Code::ExchangeRefused), "another verifier");

    let mut browser = Browser::new().await;
    let (url, stored) = Tab::sign_in_at_the_tenant(&mut browser, &config, "ada@example.com", "ada-password").await;
    let pending = PendingAuthorization::restore(&stored.expect("stored")).expect("what was stored");
    let authorized = pending.redeem(&Parameters::from_url(&url).expect("an answer")).expect("a good answer");
    let elsewhere = self::config("http://tenant.localhost:4000/", "http://localhost:3000");
    let exchange = token::exchange_request(&config, &Endpoints::auth0(&elsewhere), &authorized);
    let answer = browser.fetch(&exchange, "http://localhost:3000").await.expect("an answer that the page may read");
    assert_eq!(answer.status, 403, "another issuer: {}", answer.body);
}
