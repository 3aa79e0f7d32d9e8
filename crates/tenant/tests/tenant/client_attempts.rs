//! Guesses at clients' secrets run out where they come from, at every endpoint that takes one, and nowhere else.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};

use crate::common::{Answer, Harness, TENANT};

/// A request with the client's secret, from a network address and perhaps a page.
async fn ask(browser: &Harness, path: &str, client: &str, secret: &str, address: &str, origin: Option<&str>) -> Answer {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("client_id", client), ("client_secret", secret), ("token", "x")])
        .extend_pairs([("grant_type", "client_credentials"), ("audience", "https://localhost:4000/api/v2/")])
        .finish();
    let request = Request::post(path).header("host", "localhost:4000");
    let mut request = request.header("content-type", "application/x-www-form-urlencoded");
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    let mut request = request.body(Body::from(form)).expect("a request");
    let address: SocketAddr = address.parse().expect("an address with a port");
    request.extensions_mut().insert(ConnectInfo(address));
    browser.send(request).await
}

async fn guess(browser: &Harness, address: &str, origin: Option<&str>, times: usize) {
    for made in 0..times {
        // One bucket for all endpoints.
        let path = ["/oauth/token", "/oauth/introspect", "/oauth/revoke"][made % 3];
        let answer = ask(browser, path, "machine", "a guess", address, origin).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "guess {made}: {answer:?}");
    }
}

async fn right(browser: &Harness, address: &str) -> Answer {
    ask(browser, "/oauth/token", "machine", "machine-secret", address, None).await
}

/// Row 151 of the control list.
#[tokio::test]
async fn guesses_at_a_clients_secret_run_out_and_come_back_one_by_one() {
    let mut browser = Harness::new().await;
    guess(&browser, "192.0.2.1:1", None, 30).await;
    for path in ["/oauth/token", "/oauth/introspect", "/oauth/revoke"] {
        let closed = ask(&browser, path, "machine", "machine-secret", "192.0.2.1:2", None).await;
        assert_eq!((closed.status, closed.error().as_str()), (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"));
        assert_eq!(closed.header("retry-after"), "2", "{path}");
    }
    let record = browser.decision().await;
    assert!(record["summary"].as_str().expect("one").contains("30 proofs in a minute failed from here"), "{record}");
    // Nobody else is shut out, nor is another client from there, nor, by a page in its browser, a program.
    for (client, secret, address) in [
        ("machine", "machine-secret", "192.0.2.2:1"),
        ("machine", "machine-secret", "[2001:db8::1]:1"),
        ("regular-web", "regular-web-secret", "192.0.2.1:1"),
    ] {
        let answer = ask(&browser, "/oauth/revoke", client, secret, address, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{client} at {address}");
    }
    // After two seconds one more is looked at; a right one takes nothing.
    browser.advance(2);
    for _ in 0..3 {
        assert_eq!(right(&browser, "192.0.2.1:3").await.status, StatusCode::OK);
    }
    guess(&browser, "192.0.2.1:4", None, 1).await;
    assert_eq!(right(&browser, "192.0.2.1:5").await.status, StatusCode::TOO_MANY_REQUESTS);
    let token = [("client_id", "nobody"), ("grant_type", "refresh_token"), ("refresh_token", "x")];
    for _ in 0..30 {
        assert_eq!(browser.token(&token).await.error(), "invalid_client");
    }
    assert_eq!(browser.token(&token).await.error(), "too_many_requests", "unknown clients are no oracle either");
}

/// Half of an IPv6 address is one network, and pages share one bucket, whatever origin they say they are of.
#[tokio::test]
async fn another_name_or_address_of_the_same_guesser_is_no_way_around() {
    let browser = Harness::new().await;
    guess(&browser, "[2001:db8::1]:1", None, 30).await;
    assert_eq!(right(&browser, "[2001:db8::ffff:2]:1").await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(right(&browser, "[2001:db8:0:1::1]:1").await.status, StatusCode::OK);

    guess(&browser, "192.0.2.7:1", Some("http://localhost:3000"), 30).await;
    let other = ask(&browser, "/oauth/token", "machine", "x", "192.0.2.7:1", Some("http://app.localhost:3000")).await;
    assert_eq!(other.status, StatusCode::TOO_MANY_REQUESTS, "{other:?}");
    assert_eq!(right(&browser, "192.0.2.7:1").await.status, StatusCode::OK, "a page uses up nothing of a program");
}

/// What fails for another reason than the proof of the client is no guess at it.
#[tokio::test]
async fn a_client_that_is_known_is_not_limited() {
    let mut browser = Harness::new().await;
    let own = [("client_id", "regular-web"), ("client_secret", "regular-web-secret")];
    let form = [&own[..], &[("grant_type", "refresh_token"), ("refresh_token", "x")]].concat();
    for _ in 0..100 {
        let answer = browser.post_form(&format!("{TENANT}/oauth/token"), &form).await;
        assert_eq!(answer.error(), "invalid_grant");
    }
}
