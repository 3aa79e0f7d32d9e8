//! `/lab/decisions/stream`: records as they are made, from where a reader left off, and never without bound.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{Request, StatusCode};
use futures_util::StreamExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::common::{Harness, authorize};

/// An event as it came.
#[derive(Debug, Default, PartialEq, Eq)]
struct Event {
    id: String,
    name: String,
    data: String,
    comment: bool,
}

impl Event {
    fn read(text: &str) -> Self {
        let mut event = Self::default();
        for line in text.lines() {
            match line.split_once(':').map(|(name, value)| (name, value.trim_start())) {
                Some(("id", value)) => value.clone_into(&mut event.id),
                Some(("event", value)) => value.clone_into(&mut event.name),
                Some(("data", value)) => event.data.push_str(value),
                Some(("", _)) => event.comment = true,
                _ => panic!("no line of an event: {line:?}"),
            }
        }
        event
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

/// An open stream.
struct Stream {
    body: BodyDataStream,
    rest: String,
}

impl Stream {
    async fn open(browser: &Harness, query: &str, last_id: Option<&str>) -> Result<Self, (StatusCode, String)> {
        let mut request = Request::get(format!("/lab/decisions/stream{query}"))
            .header("host", "localhost:4000")
            .header("origin", "http://localhost:3000");
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        let request = request.body(Body::empty()).expect("a request");
        let response = browser.router.clone().oneshot(request).await.expect("an answer");
        let status = response.status();
        if !status.is_success() {
            let body = axum::body::to_bytes(response.into_body(), 10_000).await.expect("a body");
            return Err((status, String::from_utf8_lossy(&body).into_owned()));
        }
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["access-control-allow-origin"], "http://localhost:3000");
        Ok(Self { body: response.into_body().into_data_stream(), rest: String::new() })
    }

    async fn next(&mut self) -> Event {
        loop {
            if let Some((event, rest)) = self.rest.split_once("\n\n") {
                let event = Event::read(event);
                self.rest = rest.to_owned();
                return event;
            }
            let bytes = tokio::time::timeout(Duration::from_secs(60), self.body.next()).await.expect("in time");
            let bytes = bytes.expect("the stream goes on").expect("bytes");
            self.rest.push_str(std::str::from_utf8(&bytes).expect("UTF-8"));
        }
    }
}

async fn signed_in() -> Harness {
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    browser
}

#[tokio::test]
async fn a_record_comes_as_it_is_made_and_as_the_list_has_it() {
    let mut browser = signed_in().await;
    let mut stream = Stream::open(&browser, "", None).await.expect("open");
    for state in ["first", "second"] {
        browser.silent(&[("state", Some(state))]).await;
        let event = stream.next().await;
        assert_eq!(event.name, "decision");
        assert_eq!(event.json(), browser.decision().await);
        assert_eq!((event.json()["state"].as_str(), event.id.clone()), (Some(state), event.json()["id"].to_string()));
    }
}

#[tokio::test]
async fn only_what_was_asked_for_comes() {
    let mut browser = signed_in().await;
    let mut by_state = Stream::open(&browser, "?state=wanted", None).await.expect("open");
    let mut by_endpoint = Stream::open(&browser, "?endpoint=%2Foauth%2Ftoken", None).await.expect("open");
    let mut by_client = Stream::open(&browser, "?client_id=demo-spa-rotating", None).await.expect("open");
    browser.silent(&[]).await;
    browser.silent(&[("client_id", Some("demo-spa-rotating"))]).await;
    let code = browser.silent(&[("state", Some("wanted"))]).await.parameters()["code"].clone();
    browser.exchange(&code).await;
    for endpoint in ["/authorize", "/oauth/token"] {
        let event = by_state.next().await.json();
        assert_eq!((event["state"].as_str(), event["endpoint"].as_str()), (Some("wanted"), Some(endpoint)));
    }
    assert_eq!(by_endpoint.next().await.json()["endpoint"], "/oauth/token");
    assert_eq!(by_client.next().await.json()["client_id"], "demo-spa-rotating");
    let repeated = Stream::open(&browser, "?state=a&state=b", None).await.err().expect("refused");
    assert_eq!(repeated.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_reader_goes_on_where_it_left_off() {
    let mut browser = signed_in().await;
    browser.silent(&[("state", Some("seen"))]).await;
    let last = browser.decision().await["id"].to_string();
    for state in ["one", "two"] {
        browser.silent(&[("state", Some(state))]).await;
    }
    let mut stream = Stream::open(&browser, "", Some(&last)).await.expect("open");
    assert_eq!(stream.next().await.json()["state"], "one");
    assert_eq!(stream.next().await.json()["state"], "two");
    // A tenant that was started anew counts from one: what an id of before has not seen is everything.
    let mut stream = Stream::open(&browser, "?state=seen", Some("999999")).await.expect("open");
    assert_eq!(stream.next().await.id, last);
    let mut stream = Stream::open(&browser, "", Some("no number")).await.expect("open");
    browser.silent(&[("state", Some("now"))]).await;
    assert_eq!(stream.next().await.json()["state"], "now", "from now on");
}

/// The ring keeps a thousand.
#[tokio::test]
async fn a_slow_reader_is_told_how_many_it_missed() {
    let browser = Harness::new().await;
    let mut stream = Stream::open(&browser, "", None).await.expect("open");
    let path = authorize(&[("client_id", Some("nobody"))]);
    let path = path.trim_start_matches("http://localhost:4000");
    for _ in 0..1007 {
        let request = Request::get(path).header("host", "localhost:4000").body(Body::empty()).expect("one");
        browser.send(request).await;
    }
    let missed = stream.next().await;
    assert_eq!((missed.name.as_str(), missed.data.as_str(), missed.id.as_str()), ("missed", r#"{"missed":7}"#, ""));
    for id in 8..=1007 {
        assert_eq!(stream.next().await.id, id.to_string());
    }
}

#[tokio::test]
async fn there_are_places_for_32_readers() {
    let browser = Harness::new().await;
    let mut open = Vec::new();
    for _ in 0..32 {
        open.push(Stream::open(&browser, "", None).await.expect("a place"));
    }
    let (status, body) = Stream::open(&browser, "", None).await.err().expect("refused");
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(body.contains("temporarily_unavailable") && body.contains("32"), "{body}");
    drop(open.pop());
    Stream::open(&browser, "", None).await.expect("whoever leaves makes room");
}

#[tokio::test]
async fn a_quiet_stream_says_that_it_is_alive() {
    let browser = Harness::new().await;
    let mut stream = Stream::open(&browser, "", None).await.expect("open");
    // From here time passes as fast as nothing else happens.
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    for alive in 1..=3 {
        assert!(stream.next().await.comment);
        assert_eq!(begun.elapsed().as_secs(), 15 * alive);
    }
}
