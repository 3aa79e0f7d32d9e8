//! The tenant without network, with the real lifecycle around it.
#![cfg(feature = "mock")]

use std::time::Duration;

use silent_auth::mock::{Answer, MockProvider};
use silent_auth::protocol::config::{ClientConfig, Provider, RefreshTokens};
use silent_auth::protocol::error::Code;
use silent_auth::protocol::lifecycle::{Arrival, Event, Lifecycle, Moment};
use silent_auth::protocol::session::Phase;
use silent_auth::protocol::time::Timestamp;

/// A page whose every command goes to the tenant.
struct Page {
    config: ClientConfig,
    tenant: MockProvider,
    lifecycle: Lifecycle,
    now: Timestamp,
    entropy: u8,
}

impl Page {
    fn open(config: ClientConfig, tenant: &MockProvider) -> Self {
        let lifecycle = Lifecycle::new(config.clone());
        let now = Timestamp::from_secs(1_800_000_000);
        let mut page = Self { config, tenant: tenant.clone(), lifecycle, now, entropy: 0 };
        page.feed(Event::Start(Arrival::default()));
        page
    }

    fn feed(&mut self, event: Event) {
        let mut events = vec![event];
        while !events.is_empty() {
            let event = events.remove(0);
            self.entropy = self.entropy.wrapping_add(1);
            let moment = Moment { now: self.now, entropy: [self.entropy; silent_auth::protocol::pkce::ENTROPY] };
            for command in self.lifecycle.step(event, moment) {
                match self.tenant.answer(&self.config, command, self.now) {
                    Answer::Happened(more) => events.extend(more),
                    Answer::PageOpened(arrival) => {
                        self.lifecycle = Lifecycle::new(self.config.clone());
                        events = vec![Event::Start(*arrival)];
                    }
                    Answer::NotMine(_) => {}
                }
            }
        }
    }

    fn phase(&self) -> Phase {
        self.lifecycle.phase()
    }

    fn error(&self) -> Option<Code> {
        match self.phase() {
            Phase::SignedOut { reason } => reason.map(|error| error.code),
            Phase::RenewalFailed { error, .. } | Phase::Undetermined { error, .. } => Some(error.code),
            _ => None,
        }
    }
}

fn config() -> ClientConfig {
    ClientConfig::new("https://tenant.example/", "spa", "https://app.example/callback").expect("valid")
}

fn ada() -> MockProvider {
    MockProvider::new("auth0|ada").with_claim("name", "Ada")
}

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
    assert_eq!(page.error(), Some(Code::LoginRequired));
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
        assert_eq!(page.error(), Some(code), "{error}");
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
    assert_eq!(page.error(), Some(Code::TenantUnreachable));
    tenant.relent();
    page.feed(Event::Renew);
    assert_eq!(page.phase(), Phase::SignedIn);
    tenant.change_person("auth0|grace");
    page.feed(Event::Renew);
    assert_eq!(page.error(), Some(Code::SubjectChanged));
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
    assert_eq!(page.error(), Some(Code::IdTokenOrganization));
}
