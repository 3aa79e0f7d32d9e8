//! Signing out: what the addresses of logout have in common.

pub(crate) mod backchannel;
mod frontchannel;
pub(crate) mod rp_initiated;
pub(crate) mod v2;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use maud::html;

use crate::authorize::redirect;
use crate::cookies::set_cookie;
use crate::error::ApiError;
use crate::logs::{LogEntry, LogType};
use crate::model::LogoutInitiator;
use crate::pages::{Framing, Page, problem};
use crate::secret::Hash;
use crate::store::{EndedSession, StoreError};
use crate::visit::{SESSION_COOKIE, Visit};
use crate::{Tenant, session_management};

/// Ends a session and lets its clients be told. Returns it, if it was there.
pub(crate) async fn end(
    tenant: &Tenant,
    id: &Hash,
    initiator: LogoutInitiator,
) -> Result<Option<EndedSession>, StoreError> {
    let ended = tenant.store().end_session(id, initiator, tenant.now()).await?;
    tenant.logout_sender().wake();
    Ok(ended)
}

/// Ends this browser's session, if it has one, and leads to `next`, or to a page that says so.
async fn leave(tenant: &Tenant, visit: &Visit, next: Option<String>, after_form: bool) -> Result<Response, ApiError> {
    let ended = match visit.cookie(SESSION_COOKIE) {
        Some(id) => end(tenant, &Hash::of(id), LogoutInitiator::RpLogout).await?,
        None => None,
    };
    let mut frames = Vec::new();
    if let Some(ended) = ended {
        let entry = LogEntry::new(LogType::LoggedOut, visit, "User successfully logged out").user(&ended.user_id, "");
        tenant.log(entry.details(serde_json::json!({ "session_id": ended.sid, "return_to": next })));
        frames = frontchannel::frames(tenant, &ended).await?;
    }
    let mut response = match next {
        next if !frames.is_empty() => frontchannel::page(&frames, next.as_deref()),
        Some(url) => redirect(&url, after_form),
        None => Page {
            status: StatusCode::OK,
            title: "Signed out",
            body: html! { h1 { "Signed out" } p { "You can close this page." } },
            framing: Framing::Never,
            form_targets: &[],
        }
        .into_response(),
    };
    set_cookie(&mut response, SESSION_COOKIE, "", "SameSite=None", SignedDuration::ZERO);
    session_management::follow(&mut response, tenant, visit, None, SignedDuration::ZERO);
    Ok(response)
}

/// The page of a refused request; `next` is what to do about it. It leads nowhere.
fn refuse(tenant: &Tenant, visit: &Visit, error: &ApiError, next: &str) -> Response {
    tenant.log(LogEntry::new(LogType::LogoutFailed, visit, error.description.clone()));
    problem(error.status, error.code, &error.description, &format!("Nobody was signed out. {next}"), Framing::Never)
}
