//! An app's own server: takes what the tenant posts, and answers as told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;

/// What came, and what is answered: each status in turn, then 200.
#[derive(Clone, Default)]
pub(crate) struct Listener {
    pub(crate) port: u16,
    received: watch::Sender<Vec<String>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Listener {
    /// Listens on a free port of this machine.
    pub(crate) async fn start(answers: &[u16]) -> Self {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = socket.local_addr().expect("an address").port();
        let answers = Arc::new(Mutex::new(answers.iter().rev().copied().collect()));
        let listener = Self { port, answers, ..Self::default() };
        let router = Router::new().fallback(take).with_state(listener.clone());
        tokio::spawn(async move { axum::serve(socket, router).await });
        listener
    }

    pub(crate) fn received(&self) -> Vec<String> {
        self.received.borrow().clone()
    }

    /// Waits until this many bodies came.
    pub(crate) async fn wait_for(&self, number: usize) -> Vec<String> {
        let mut received = self.received.subscribe();
        let come = received.wait_for(|bodies| bodies.len() >= number);
        let come = tokio::time::timeout(Duration::from_secs(20), come).await.map(drop);
        assert!(come.is_ok(), "{number} were expected, and came: {:?}", self.received());
        self.received()
    }
}

async fn take(State(listener): State<Listener>, headers: HeaderMap, body: String) -> Response {
    let kind = headers.get(header::CONTENT_TYPE).map_or("", |kind| kind.to_str().expect("readable"));
    assert_eq!(kind, "application/x-www-form-urlencoded");
    listener.received.send_modify(|bodies| bodies.push(body));
    let status = listener.answers.lock().expect("no panic").pop().unwrap_or(200);
    let status = StatusCode::from_u16(status).expect("a status");
    if status.is_redirection() {
        return (status, [(header::LOCATION, "/elsewhere")]).into_response();
    }
    status.into_response()
}
