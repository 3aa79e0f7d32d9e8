//! What a broken or hostile tenant, frame or network sends: each has a typed error, or is survived.
#![cfg(feature = "mock")]

#[path = "common/page.rs"]
mod page;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use page::{Page, ada, config};
use silent_auth::mock::MockProvider;
use silent_auth::protocol::config::Provider;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::http::Response;
use silent_auth::protocol::lifecycle::{Event, Exchange, FlightId};
use silent_auth::protocol::message::FrameMessage;
use silent_auth::protocol::record::Step;
use silent_auth::protocol::session::Phase;

/// The end of the tenant's ID tokens: `mock` in base64url.
const SIGNATURE: &str = ".bW9jaw";

/// A tenant at which Ada is signed in.
fn signed_in() -> MockProvider {
    let tenant = ada();
    tenant.begin_session();
    tenant
}

fn answer(status: u16, content_type: &str, body: impl Into<String>) -> Response {
    Response { status, body: body.into(), content_type: Some(content_type.to_owned()), ..Response::default() }
}

/// A page whose every exchange of this kind is answered like this.
fn answered(exchange: Exchange, provider: Provider, response: Response) -> Page {
    Page::altered(config().with_provider(provider), &signed_in(), move |event| match event {
        Event::Answered(flight, which, Ok(_)) if which == exchange => {
            vec![Event::Answered(flight, exchange, Ok(response.clone()))]
        }
        other => vec![other],
    })
}

fn count(page: &Page, step: Step) -> usize {
    page.lifecycle.records().iter().filter(|record| record.step == step).count()
}

fn as_json(body: impl Into<String>) -> Response {
    answer(200, "application/json", body)
}

#[test]
fn html_for_json_is_named_with_what_came() {
    for (exchange, provider, code) in [
        (Exchange::Token, Provider::Auth0, Code::TokenResponseInvalid),
        (Exchange::Keys, Provider::Auth0, Code::KeysInvalid),
        (Exchange::Discovery, Provider::Discovered, Code::DiscoveryInvalid),
    ] {
        let page = answered(exchange, provider, answer(200, "text/html", "<!doctype html><title>Log in</title>"));
        let error = page.error().expect("an error");
        assert_eq!(error.code, code);
        let found = error.found.unwrap_or_default();
        assert!(found.contains("200") && found.contains("text/html"), "{exchange:?}: {found}");
        assert!(page.lifecycle.tokens().is_none());
    }
}

#[test]
fn a_body_that_was_too_large_is_named() {
    let page = answered(Exchange::Token, Provider::Auth0, answer(200, "a body of more than 1000000 bytes", ""));
    let error = page.error().expect("an error");
    assert_eq!(error.code, Code::TokenResponseInvalid);
    assert!(error.found.unwrap_or_default().contains("more than 1000000 bytes"));
}

#[test]
fn an_exchange_without_an_id_token_brings_nothing() {
    let body = r#"{"access_token": "a", "token_type": "Bearer", "expires_in": 60}"#;
    let page = answered(Exchange::Token, Provider::Auth0, as_json(body));
    let error = page.error().expect("an error");
    assert_eq!((error.code, error.expected.as_deref()), (Code::TokenResponseInvalid, Some("a text as id_token")));
    assert!(page.lifecycle.tokens().is_none());
}

#[test]
fn a_key_set_with_a_thousand_keys_or_none_holds_no_key_that_fits() {
    let key = |kid: &str| format!(r#"{{"kty":"EC","crv":"P-256","kid":"{kid}","x":"AQ","y":"AQ"}}"#);
    let thousand: Vec<String> = (0..1000).map(|n| key(&n.to_string())).chain([key("mock")]).collect();
    for keys in [thousand.join(","), String::new()] {
        let page = answered(Exchange::Keys, Provider::Auth0, as_json(format!(r#"{{"keys":[{keys}]}}"#)));
        assert_eq!(page.code(), Some(Code::IdTokenKeyUnknown));
        assert!(page.lifecycle.tokens().is_none());
        assert_eq!(count(&page, Step::KeysRequested), 1, "asking again at once would not help");
    }
}

#[test]
fn keys_that_are_broken_are_asked_for_again_and_not_for_ever() {
    let broken = |times: usize| {
        let mut left = times;
        Page::altered(config(), &signed_in(), move |event| match event {
            Event::Answered(flight, Exchange::Keys, Ok(_)) if left > 0 => {
                left -= 1;
                vec![Event::Answered(flight, Exchange::Keys, Ok(answer(200, "text/html", "<html>")))]
            }
            other => vec![other],
        })
    };
    let page = broken(1);
    assert_eq!((page.phase(), count(&page, Step::KeysRequested)), (Phase::SignedIn, 2));
    let page = broken(9);
    assert_eq!((page.code(), count(&page, Step::KeysRequested)), (Some(Code::KeysInvalid), 3));
}

#[test]
fn keys_that_never_come_are_named_at_the_deadline() {
    let lost = |event| if matches!(event, Event::Answered(_, Exchange::Keys, _)) { Vec::new() } else { vec![event] };
    let mut page = Page::altered(config(), &signed_in(), lost);
    page.run(Duration::from_millis(10_500));
    let error = page.error().expect("an error");
    assert_eq!((error.code, error.found.as_deref()), (Code::TimedOut, Some("keys that never came")));
}

#[test]
fn a_signature_that_cannot_be_checked_is_not_a_good_one() {
    for (said, code) in [
        (Ok(false), Code::IdTokenSignature),
        (Err(AuthError::new(Code::SignatureUnsupported)), Code::SignatureUnsupported),
    ] {
        let page = Page::altered(config(), &signed_in(), move |event| match event {
            Event::SignatureChecked(flight, _) => vec![Event::SignatureChecked(flight, said.clone())],
            other => vec![other],
        });
        assert_eq!(page.code(), Some(code));
        assert!(page.lifecycle.tokens().is_none());
    }
}

#[test]
fn an_id_token_without_a_signature_is_refused_before_any_check() {
    let page = Page::altered(config(), &signed_in(), |event| match event {
        Event::Answered(flight, Exchange::Token, Ok(mut response)) => {
            assert!(response.body.contains(SIGNATURE));
            response.body = response.body.replace(SIGNATURE, ".");
            vec![Event::Answered(flight, Exchange::Token, Ok(response))]
        }
        Event::SignatureChecked(..) => panic!("there is nothing to check"),
        other => vec![other],
    });
    assert_eq!(page.code(), Some(Code::IdTokenSignature));
}

#[test]
fn a_frame_that_answers_twice_is_heard_once() {
    let page = Page::altered(config(), &signed_in(), |event| match event {
        Event::FrameMessage(..) => vec![event.clone(), event.clone(), event],
        other => vec![other],
    });
    assert_eq!(page.phase(), Phase::SignedIn);
    assert_eq!((count(&page, Step::MessageReceived), count(&page, Step::CodeExchanged)), (1, 1));
}

#[test]
fn a_frame_that_answers_late_changes_nothing() {
    let kept: Rc<RefCell<Vec<Event>>> = Rc::default();
    let late = Rc::clone(&kept);
    let mut page = Page::altered(config(), &signed_in(), move |event| match event {
        Event::FrameMessage(flight, _) => {
            late.borrow_mut().push(event);
            vec![Event::FrameLoaded(flight)]
        }
        other => vec![other],
    });
    page.run(Duration::from_millis(2_500));
    assert_eq!(page.code(), Some(Code::FrameSilent));
    let records = page.lifecycle.records().len();
    let late = kept.borrow().first().cloned().expect("an answer");
    page.feed(late);
    assert_eq!((page.code(), page.lifecycle.records().len()), (Some(Code::FrameSilent), records));
}

#[test]
fn a_frame_that_went_elsewhere_is_silent_and_whoever_spoke_there_is_named() {
    let elsewhere = |flight: FlightId, origin: &str| {
        let data = r#"{"type":"authorization_response","response":{"code":"stolen","state":"guessed"}}"#.to_owned();
        Event::FrameMessage(flight, FrameMessage { origin: origin.to_owned(), from_frame: true, data: Some(data) })
    };
    let mut page = Page::altered(config(), &signed_in(), move |event| match event {
        Event::FrameMessage(flight, _) => vec![
            Event::FrameLoaded(flight),
            elsewhere(flight, "https://evil.example"),
            Event::FrameLoaded(flight),
            elsewhere(flight, "https://tenant.example"),
        ],
        other => vec![other],
    });
    page.run(Duration::from_millis(2_500));
    let error = page.error().expect("an error");
    assert_eq!(error.code, Code::FrameSilent);
    let found = error.found.unwrap_or_default();
    assert!(found.contains("2 messages were ignored, the last one with the state of another request"), "{found}");
    assert_eq!((count(&page, Step::MessageIgnored), count(&page, Step::CodeExchanged)), (2, 0));
}

#[test]
fn two_hundred_hostile_messages_a_second_do_not_end_a_renewal() {
    let mut page = Page::altered(config(), &signed_in(), |event| match event {
        Event::FrameMessage(flight, ref real) => {
            let bogus = FrameMessage { from_frame: false, ..real.clone() };
            let storm = (0..2_000).map(|_| Event::FrameMessage(flight, bogus.clone()));
            storm.chain([event]).collect()
        }
        other => vec![other],
    });
    assert_eq!(page.phase(), Phase::SignedIn);
    page.feed(Event::Renew);
    assert_eq!(page.phase(), Phase::SignedIn);
    assert_eq!(count(&page, Step::MessageIgnored), 10, "the first five of each request are recorded");
}

#[test]
fn an_answer_to_an_exchange_that_was_given_up_is_recorded_and_ignored() {
    for exchange in [Exchange::Token, Exchange::Keys, Exchange::Discovery, Exchange::Reachability] {
        let mut page = Page::open(config(), &signed_in());
        page.feed(Event::Answered(99, exchange, Ok(as_json("{}"))));
        assert_eq!(page.phase(), Phase::SignedIn);
        let record = page.lifecycle.records().last().expect("a record");
        assert_eq!((record.step, record.detail.as_str()), (Step::AnsweredTooLate, exchange.as_str()));
    }
}

#[test]
fn a_silent_frame_ends_in_time_though_nobody_says_whether_the_tenant_is_there() {
    let mut page = Page::altered(config(), &signed_in(), |event| match event {
        Event::FrameMessage(flight, _) => vec![Event::FrameLoaded(flight)],
        Event::Answered(_, Exchange::Reachability, _) => Vec::new(),
        other => vec![other],
    });
    page.run(Duration::from_millis(1_900));
    assert_eq!(page.phase(), Phase::Checking);
    page.run(Duration::from_millis(200));
    assert_eq!(page.code(), Some(Code::FrameSilent));
}

#[test]
fn what_a_renewal_changed_can_be_compared() {
    let tenant = signed_in();
    let mut page = Page::open(config(), &tenant);
    assert!(page.lifecycle.previous_claims().is_none());
    let tenant = tenant.with_claim("name", "Ada Lovelace");
    page.feed(Event::Renew);
    let before = page.lifecycle.previous_claims().expect("claims");
    assert_eq!((before["name"].as_str(), tenant.authorizations()), (Some("Ada"), 2));
    assert_eq!(page.lifecycle.tokens().expect("tokens").claims["name"].as_str(), Some("Ada Lovelace"));
}
