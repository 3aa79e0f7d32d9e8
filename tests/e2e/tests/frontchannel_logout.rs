//! Front-channel logout: each app of the session is told in a frame, and none of them holds the sign-out.

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Html;
use axum::routing::get;
use e2e::{Mode, Pair, RelyingParty, Site};

claims!(chromium in ChromiumAllowing at SameHost: every_app_is_told_and_none_holds_the_sign_out);
claims!(firefox in FirefoxDefault at SameHost: every_app_is_told_and_none_holds_the_sign_out);

/// What an app was told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    app: String,
    iss: String,
    sid: String,
    dest: String,
}

type Heard = Arc<Mutex<Vec<Told>>>;

/// The page that the tenant loads to tell an app. The one named `silent` never answers.
async fn told(
    State(heard): State<Heard>,
    Path(app): Path<String>,
    Query(mut query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Html<&'static str> {
    let mut parameter = |name: &str| query.remove(name).unwrap_or_default();
    let dest = headers.get("sec-fetch-dest").and_then(|dest| dest.to_str().ok()).unwrap_or_default().to_owned();
    let is_silent = app == "silent";
    let told = Told { app, iss: parameter("iss"), sid: parameter("sid"), dest };
    heard.lock().expect("nobody panics while holding it").push(told);
    if is_silent { pending().await } else { Html("<!doctype html><title>signed out here</title>") }
}

async fn every_app_is_told_and_none_holds_the_sign_out(mode: Mode, pair: Pair) {
    let heard = Heard::default();
    let site = Site::start(Router::new().route("/out/{app}", get(told)).with_state(heard.clone())).await;
    let edits = [("demo-spa", "first"), ("demo-spa-rotating", "second"), ("legacy-spa", "silent")]
        .map(|(client, name)| (format!("    client_id: {client}\n"), site.at("rp.localhost", &format!("/out/{name}"))));
    let edits: Vec<_> = edits
        .iter()
        .map(|(client, uri)| (client.as_str(), format!("{client}    frontchannel_logout_uri: {uri}\n")))
        .collect();
    let app = RelyingParty::start(mode, pair, &edits).await;
    let logout = app.tenant("/v2/logout", &[("client_id", "demo-spa"), ("returnTo", &app.app("/"))]);

    app.signs_in("ada", &[]).await;
    app.answer().await;
    assert_eq!(app.silently(&[("client_id", "demo-spa-rotating")]).await, "code");
    app.browser.open(&logout).await;
    app.browser.arrives_at(&app.app("/")).await;
    assert_eq!(take(&heard), expected(&app, &["first", "second"]).await);
    assert_eq!(app.silently(&[]).await, "login_required");

    // An app that never answers: the others are told, and the browser goes on.
    app.signs_in("ada", &[]).await;
    app.answer().await;
    assert_eq!(app.silently(&[("client_id", "legacy-spa")]).await, "code");
    let since = Instant::now();
    app.browser.open(&logout).await;
    app.browser.arrives_at(&app.app("/")).await;
    let waited = since.elapsed();
    assert!(waited > Duration::from_secs(2), "the frame had its time: {waited:?}");
    assert_eq!(take(&heard), expected(&app, &["first", "silent"]).await);
    assert_eq!(app.silently(&[]).await, "login_required");
}

fn take(heard: &Heard) -> Vec<Told> {
    let mut heard = std::mem::take(&mut *heard.lock().expect("nobody panics while holding it"));
    heard.sort();
    heard
}

/// What these apps must hear of the latest sign-out.
async fn expected(app: &RelyingParty, names: &[&str]) -> Vec<Told> {
    let log = app.tenant.logs("slo").await;
    let sid = log[0]["details"]["session_id"].as_str().unwrap_or_else(|| panic!("a session: {log:?}"));
    let told = |name: &&str| Told {
        app: (*name).to_owned(),
        iss: app.tenant("/", &[]).trim_end_matches('?').to_owned(),
        sid: sid.to_owned(),
        dest: "iframe".to_owned(),
    };
    names.iter().map(told).collect()
}
