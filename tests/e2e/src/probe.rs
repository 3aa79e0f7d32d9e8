//! The proof of a browser's mode: a cookie, set by a host's own page and by its frame on another site, and whether it comes back.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{AppendHeaders, Html, IntoResponse};
use axum::routing::get;

use crate::mode::Seen;
use crate::site::Site;

/// The probe's site. Dropping it ends it.
pub(crate) struct Probe {
    site: Site,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Probe {
    pub(crate) async fn start() -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let router = Router::new()
            .route("/own", get(own_page))
            .route("/framing", get(framing_page))
            .route("/frame", get(frame))
            .with_state(seen.clone());
        Self { site: Site::start(router).await, seen }
    }

    /// The page that sets the first cookie.
    pub(crate) fn own_page(&self) -> String {
        self.site.at("probe.localhost", "/own")
    }

    /// The page of another site that frames the first host twice.
    pub(crate) fn framing_page(&self) -> String {
        self.site.at("framing.localhost", "/framing")
    }

    /// What the second frame saw, once it was there.
    pub(crate) fn seen(&self) -> Option<Seen> {
        self.seen.lock().expect("nobody panics while holding it").get(1).copied()
    }
}

async fn own_page() -> impl IntoResponse {
    let cookie = "own=1; Path=/; Secure; HttpOnly; SameSite=None";
    ([(header::SET_COOKIE, cookie)], Html("<!doctype html><title>probe</title>"))
}

async fn framing_page(headers: HeaderMap) -> Html<String> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let frame = format!("http://{}/frame", host.replace("framing.", "probe."));
    // The second frame after the first, so that what the first one set is there or not.
    Html(format!(
        "<!doctype html><title>probe</title><iframe src='{frame}' onload=\"this.onload = null; this.src = '{frame}?again'\"></iframe>"
    ))
}

async fn frame(State(seen): State<Arc<Mutex<Vec<Seen>>>>, headers: HeaderMap) -> impl IntoResponse {
    let cookies = headers.get(header::COOKIE).and_then(|cookies| cookies.to_str().ok()).unwrap_or_default();
    let has = |name: &str| cookies.split("; ").any(|cookie| cookie == format!("{name}=1"));
    let now = Seen { from_own_page: has("own"), from_the_frame: has("framed"), partitioned: has("partitioned") };
    seen.lock().expect("nobody panics while holding it").push(now);
    let set = |cookie: &str| (header::SET_COOKIE, format!("{cookie}=1; Path=/; Secure; HttpOnly; SameSite=None"));
    let (name, partitioned) = set("partitioned");
    let cookies = AppendHeaders([set("framed"), (name, format!("{partitioned}; Partitioned"))]);
    (cookies, Html("<!doctype html><title>frame</title>"))
}
