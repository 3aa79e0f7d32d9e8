//! The admin of the dashboard: the password, the browser that is signed in, and forms that it alone can send.

use std::path::Path;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use serde_json::json;

use super::failure::Failure;
use super::sign_in;
use crate::Tenant;
use crate::body::Form;
use crate::logs::{LogEntry, LogType};
use crate::params::Params;
use crate::passwords::{PasswordProfile, Passwords};
use crate::secret::{Hash, Secret};
use crate::store::{Store, StoreError};
use crate::visit::Visit;

/// The cookie that holds the admin's session id.
pub(super) const ADMIN_COOKIE: &str = "__Host-tenant-admin";
/// There is one admin.
pub(super) const ADMIN: &str = "admin";
/// A sign-in lasts at most a working day.
pub(super) const ABSOLUTE_LIMIT: SignedDuration = SignedDuration::from_hours(12);
/// Left alone for so long, the dashboard asks for the password again.
const IDLE_LIMIT: SignedDuration = SignedDuration::from_hours(1);
/// Uses closer together than this are not written down.
const USE_STEP: SignedDuration = SignedDuration::from_secs(30);

/// Makes the admin if there is none. Returns the password if it was made up here: nobody knows it yet.
pub(crate) async fn make_admin(
    store: &Store,
    passwords: &Passwords,
    given: Option<Secret>,
) -> Result<Option<Secret>, StoreError> {
    if store.admin(ADMIN).await?.is_some() {
        return Ok(None);
    }
    let is_given = given.is_some();
    let password = given.unwrap_or_else(Secret::random);
    store.set_admin(ADMIN, &passwords.hash(&password).await).await?;
    Ok((!is_given).then_some(password))
}

/// Gives the admin of a tenant that is not running a new password, and ends the sessions of the old one.
///
/// # Errors
/// When the folder holds no tenant, or a running one has it.
pub async fn new_admin_password(folder: &Path, profile: PasswordProfile) -> Result<Secret, StoreError> {
    let store = Store::open_existing(folder).await?;
    let password = Secret::random();
    store.set_admin(ADMIN, &Passwords::new(profile).hash(&password).await).await?;
    store.close().await;
    Ok(password)
}

/// A request of the signed-in admin. Whoever else asks is sent to the sign-in page.
pub(super) struct Admin {
    pub tenant: Tenant,
    pub visit: Visit,
    session: Hash,
    path: String,
}

impl Admin {
    /// What a form must carry: nobody but this session's pages knows it.
    pub(super) fn csrf(&self) -> String {
        self.tenant.stamps().stamp(&self.stamp_parts())
    }

    /// Ends the session.
    pub(super) async fn sign_out(&self) -> Result<(), StoreError> {
        self.tenant.store().end_admin_session(&self.session).await
    }

    /// Logs a change, as the Management API does.
    pub(super) fn log(&self, what: &str) {
        let request = json!({ "method": "post", "path": self.path, "channel": "dashboard" });
        let entry = LogEntry::new(LogType::ManagementSucceeded, &self.visit, what);
        self.tenant.log(entry.details(json!({ "request": request, "response": {} })));
    }

    fn stamp_parts(&self) -> [&str; 2] {
        ["dashboard", self.session.as_str()]
    }
}

/// Whether the browser, as far as it says, sends this from a page of the same origin. The stamp proves it; this
/// refuses early what browsers themselves call foreign.
pub(super) fn from_own_page(visit: &Visit) -> bool {
    match (visit.fetch.site.as_deref(), visit.origin.as_deref()) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        // Pages that send no referrer have the origin null.
        (None, Some(origin)) => origin == "null" || origin == visit.address.origin,
        (None, None) => true,
    }
}

impl FromRequestParts<Tenant> for Admin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, tenant: &Tenant) -> Result<Self, Response> {
        let Some(visit) = parts.extensions.get::<Visit>().cloned() else {
            return Err(Failure::forged().into_response());
        };
        let asked = parts.uri.path_and_query().map_or("", |path| path.as_str());
        let asked = if parts.method == Method::GET { asked } else { "" };
        let session = match visit.cookie(ADMIN_COOKIE) {
            Some(id) => Hash::of(id),
            None => return Err(sign_in::redirect_to(asked)),
        };
        match signed_in(tenant, &session).await {
            Ok(true) => Ok(Self { tenant: tenant.clone(), visit, session, path: parts.uri.path().to_owned() }),
            Ok(false) => Err(sign_in::redirect_to(asked)),
            Err(error) => Err(Failure::from(error).into_response()),
        }
    }
}

/// A form that one of the signed-in admin's own pages sent.
pub(super) struct AdminForm {
    pub admin: Admin,
    pub form: Params,
}

impl FromRequest<Tenant> for AdminForm {
    type Rejection = Response;

    async fn from_request(request: Request, tenant: &Tenant) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let admin = Admin::from_request_parts(&mut parts, tenant).await?;
        let Ok(Form(sent)) = Form::from_request(Request::from_parts(parts, body), tenant).await;
        let form = sent.map_err(|error| Failure::from(error).into_response())?;
        let ours = tenant.stamps().is_ours(&admin.stamp_parts(), form.get("csrf").unwrap_or_default());
        if ours && from_own_page(&admin.visit) {
            Ok(Self { admin, form })
        } else {
            Err(Failure::forged().into_response())
        }
    }
}

async fn signed_in(tenant: &Tenant, id: &Hash) -> Result<bool, StoreError> {
    let now = tenant.now();
    let Some(session) = tenant.store().admin_session(id).await? else { return Ok(false) };
    let unused_for = now.duration_since(session.last_used_at);
    if now.duration_since(session.began_at) >= ABSOLUTE_LIMIT || unused_for >= IDLE_LIMIT {
        tenant.store().end_admin_session(id).await?;
        return Ok(false);
    }
    if unused_for >= USE_STEP {
        tenant.store().use_admin_session(id, now).await?;
    }
    Ok(true)
}
