//! The page that loads a frame of each app of an ended session (OpenID Connect Front-Channel Logout 1.0).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{PreEscaped, html};
use url::Url;

use crate::Tenant;
use crate::error::ApiError;
use crate::model::logout_target;
use crate::pages::{Framing, Page, allow, hash_source};
use crate::store::EndedSession;

/// Goes on once every frame has loaded. After three seconds whether they have or not: those that have not are taken out, so
/// that a page with nowhere to go has loaded too. Always the same text, so that the content policy can name its hash;
/// without scripts the link does.
const SCRIPT: &str = r#"
(() => {
  const next = document.getElementById("next");
  const goOn = () => next && location.replace(next.href);
  const frames = [...document.querySelectorAll("iframe")];
  let loading = frames.length;
  for (const frame of frames) frame.addEventListener("load", () => --loading || goOn());
  setTimeout(() => {
    for (const frame of frames) frame.remove();
    goOn();
  }, 3000);
})();
"#;

/// The addresses to load: of each client of the session that has one, with `iss` and `sid` (section 2) unless the client
/// does without them.
pub(super) async fn frames(tenant: &Tenant, ended: &EndedSession) -> Result<Vec<Url>, ApiError> {
    let mut frames = Vec::new();
    for known in &ended.clients {
        let Some(client) = tenant.store().client(&known.client_id, tenant.addresses()).await? else { continue };
        for uri in &client.frontchannel_logout_uris {
            if let Ok(mut url) = logout_target(uri) {
                if client.frontchannel_logout_session_required {
                    url.query_pairs_mut().append_pair("iss", &known.issuer).append_pair("sid", &ended.sid);
                }
                frames.push(url);
            }
        }
    }
    Ok(frames)
}

/// Loads the frames and goes on to `next`, if there is somewhere to go.
pub(super) fn page(frames: &[Url], next: Option<&str>) -> Response {
    let body = html! {
        h1 { "Signed out" }
        @match next {
            Some(next) => p { a #next href=(next) { "Continue" } },
            None => p { "You can close this page." },
        }
        @for frame in frames { iframe hidden src=(frame.as_str()) title="Signing out of an app" {} }
        script { (PreEscaped(SCRIPT)) }
    };
    let page = Page { status: StatusCode::OK, title: "Signed out", body, framing: Framing::Never, form_targets: &[] };
    let mut response = page.into_response();
    let mut origins: Vec<_> = frames.iter().map(|frame| frame.origin().ascii_serialization()).collect();
    origins.sort_unstable();
    origins.dedup();
    allow(&mut response, &format!("script-src {}; frame-src {}", hash_source(SCRIPT), origins.join(" ")));
    response
}
