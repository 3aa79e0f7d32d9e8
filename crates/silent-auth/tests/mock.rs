//! The tenant without network, with the real lifecycle around it.
#![cfg(feature = "mock")]

#[path = "common/page.rs"]
mod page;

use std::time::Duration;

use page::{Page, ada, config};
use silent_auth::protocol::config::{Provider, RefreshTokens};
use silent_auth::protocol::error::Code;
use silent_auth::protocol::lifecycle::Event;
use silent_auth::protocol::session::Phase;

#[test]
fn a_person_signs_in_and_out_by_full_page() {
    let tenant = ada();
    let mut page = Page::open(config(), &tenant);
    assert_eq!(page.phase(), Phase::SignedOut { reason: None });
    page.feed(Event::SignIn { return_to: "/notes".to_owned() });
    assert_eq!(page.phase(), Phase::SignedIn);
    assert_eq!(tenant.path().as_deref(), Some("/notes"));
    let tokens = page.lifecycle.tokens().expect("tokens");
    assert_eq!(tokens.subject(), "auth0|ada");
    assert_eq!(tokens.claims["name"], "Ada");
    page.feed(Event::SignOut);
    assert_eq!(page.phase(), Phase::SignedOut { reason: None });
    assert!(!tenant.has_session());
}

#[test]
fn a_session_is_found_by_the_frame_and_renewed_by_time() {
    for config in [config(), config().with_provider(Provider::Discovered)] {
        let tenant = ada();
        tenant.begin_session();
        tenant.tokens_live(Duration::from_secs(100));
        let mut page = Page::open(config, &tenant);
        assert_eq!(page.phase(), Phase::SignedIn);
        let first = page.lifecycle.tokens().expect("tokens").access_token.expose().to_owned();
        page.now = page.now + Duration::from_secs(85);
        page.feed(Event::Tick);
        assert_eq!(tenant.authorizations(), 2);
        assert_ne!(page.lifecycle.tokens().expect("tokens").access_token.expose(), first);
    }
}

#[test]
fn refresh_tokens_are_given_where_they_are_asked_for() {
    let tenant = ada();
    tenant.begin_session();
    let mut page = Page::open(config().with_refresh_tokens(RefreshTokens::InMemory), &tenant);
    page.feed(Event::Renew);
    page.feed(Event::Renew);
    assert_eq!((tenant.authorizations(), tenant.refreshes()), (1, 2));
    tenant.end_session();
    page.feed(Event::Renew);
    assert_eq!(page.code(), Some(Code::LoginRequired));
}

#[test]
fn a_refresh_token_that_may_be_kept_is_there_for_the_next_page() {
    let tenant = ada();
    tenant.begin_session();
    let config = config().with_refresh_tokens(RefreshTokens::InSessionStorageForAnyScriptToRead);
    let _page = Page::open(config, &tenant);
    assert!(tenant.kept().is_some_and(|kept| kept.contains("auth0|ada")));
}

#[test]
fn every_refusal_reaches_the_app() {
    for (error, code) in [
        ("login_required", Code::LoginRequired),
        ("consent_required", Code::ConsentRequired),
        ("server_error", Code::TenantUnavailable),
        ("too_many_requests", Code::TooManyRequests),
    ] {
        let tenant = ada();
        tenant.begin_session();
        let mut page = Page::open(config(), &tenant);
        tenant.refuse(error);
        page.feed(Event::Renew);
        assert_eq!(page.code(), Some(code), "{error}");
        tenant.relent();
        page.feed(Event::Renew);
        assert_eq!(page.phase(), Phase::SignedIn, "{error}");
    }
}

#[test]
fn a_cut_network_and_another_person_are_told_apart() {
    let tenant = ada();
    tenant.begin_session();
    tenant.disconnect();
    let mut page = Page::open(config(), &tenant);
    assert_eq!(page.code(), Some(Code::TenantUnreachable));
    tenant.relent();
    page.feed(Event::Renew);
    assert_eq!(page.phase(), Phase::SignedIn);
    tenant.change_person("auth0|grace");
    page.feed(Event::Renew);
    assert_eq!(page.code(), Some(Code::SubjectChanged));
}

#[test]
fn what_the_settings_demand_of_the_id_token_is_there_unless_a_claim_says_otherwise() {
    let config = config()
        .with_organization(Some("org_1".to_owned()))
        .with_acr_values(Some("high low".to_owned()))
        .with_max_age(Some(Duration::from_secs(60)));
    let tenant = ada();
    tenant.begin_session();
    assert_eq!(Page::open(config.clone(), &tenant).phase(), Phase::SignedIn);
    let tenant = ada().with_claim("org_id", "org_2");
    tenant.begin_session();
    let page = Page::open(config, &tenant);
    assert_eq!(page.code(), Some(Code::IdTokenOrganization));
}
