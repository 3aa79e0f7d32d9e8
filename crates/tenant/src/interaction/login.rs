//! The login page: one form, no script, tied to the browser that it was shown in.

use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use maud::html;

use super::{Opened, Step, begin, failed, used_up};
use crate::authorize::{self, Resumed};
use crate::body::{self, Accepts};
use crate::clock::Timestamp;
use crate::credentials::{self, Rejected};
use crate::device;
use crate::error::ApiError;
use crate::logs::{LogEntry, LogType};
use crate::model::User;
use crate::pages::{Framing, Page};
use crate::params::Params;
use crate::secret::{Hash, Secret, random_text};
use crate::sessions::over_limit;
use crate::store::{PendingLogin, Progress, SessionRecord, SessionWithUser};
use crate::visit::{LOGIN_COOKIE, SESSION_COOKIE, Visit};
use crate::{Tenant, session_management};

/// `GET /u/login?state=…`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::from_form(query.unwrap_or_default().as_bytes());
    match Opened::find(&tenant, &visit, &params, Step::SignIn).await {
        Ok(opened) => match opened.expected().await {
            Ok(email) => opened.form(StatusCode::OK, &email, None),
            Err(error) => failed(&error),
        },
        Err(response) => response,
    }
}

/// `POST /u/login`, the form's submission.
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let form = match body::parameters(&headers, body, Accepts::Form).await {
        Ok(form) => form,
        Err(error) => return failed(&error),
    };
    let opened = match Opened::find_sent(&tenant, &visit, &form, Step::SignIn).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    let (email, password) = (form.get("username").unwrap_or_default(), form.get("password").unwrap_or_default());
    match credentials::verify(&tenant, &visit, opened.client.as_ref(), email, password).await {
        Ok(user) => opened.finish(user).await.unwrap_or_else(|error| failed(&error)),
        Err(rejected) => opened.rejected(rejected, email),
    }
}

impl Opened<'_> {
    /// The form again, with what was wrong.
    fn rejected(&self, rejected: Rejected, email: &str) -> Response {
        let again = |status, sentence| self.form(status, email, Some(sentence));
        match rejected {
            Rejected::Wrong => again(StatusCode::BAD_REQUEST, credentials::WRONG),
            Rejected::Blocked => again(StatusCode::FORBIDDEN, "This account is blocked. Ask whoever runs this tenant."),
            Rejected::TooManyAttempts(refused) => {
                let mut response = again(StatusCode::TOO_MANY_REQUESTS, refused.closed.words());
                response.headers_mut().insert(header::RETRY_AFTER, refused.retry_after());
                response
            }
            Rejected::Failed(error) => failed(&error),
        }
    }

    /// Who is expected to sign in, if the request says so: by `login_hint`, or by `id_token_hint`.
    async fn expected(&self) -> Result<String, ApiError> {
        if let Some(hint) = self.login.request.get("login_hint") {
            return Ok(hint.to_owned());
        }
        let Some(hinted) = &self.login.progress.hinted else { return Ok(String::new()) };
        Ok(self.tenant.store().user(hinted).await?.map(|user| user.email).unwrap_or_default())
    }

    fn form(&self, status: StatusCode, email: &str, wrong: Option<&str>) -> Response {
        let targets = self.form_targets();
        let invalid = wrong.map(|_| "true");
        let described = wrong.map(|_| "wrong");
        Page {
            status,
            title: "Sign in",
            body: html! {
                h1 { "Sign in" }
                p.hint { "to " strong { (self.client_name()) } " with your account at " (self.tenant_name) }
                @if let Some(wrong) = wrong { p.wrong #wrong role="alert" { (wrong) } }
                form method="post" action="/u/login" {
                    input type="hidden" name="state" value=(self.id);
                    input type="hidden" name="csrf" value=(self.stamp());
                    label for="username" { "Email address" }
                    input #username name="username" type="text" inputmode="email" autocomplete="username"
                        autocapitalize="none" spellcheck="false" required value=(email)
                        autofocus[email.is_empty()] aria-invalid=[invalid] aria-describedby=[described];
                    label for="password" { "Password" }
                    input #password name="password" type="password" autocomplete="current-password" required
                        autofocus[!email.is_empty()] aria-invalid=[invalid] aria-describedby=[described];
                    button type="submit" { "Continue" }
                }
            },
            framing: Framing::Never,
            form_targets: &targets,
        }
        .into_response()
    }

    /// Goes on after the password: to the page for the second factor, if the user has one, or with the request.
    async fn finish(self, user: User) -> Result<Response, ApiError> {
        if !self.tenant.store().take_login(&Hash::of(&self.id)).await? {
            return Err(used_up());
        }
        if user.mfa.is_none() {
            return self.sign_in(user, None, None).await;
        }
        let progress = Progress {
            step: Step::SecondFactor,
            user_id: Some(user.user_id),
            browser: self.visit.cookie(LOGIN_COOKIE).map(|id| Hash::of(id).as_str().to_owned()),
            ..self.login.progress
        };
        begin(self.tenant, self.visit, &PendingLogin { progress, ..self.login }, true).await
    }

    /// Begins a session under a new id, in place of the browser's own, and goes on with the request that led here.
    /// `since` is when the user signed in, if it was for another request before.
    pub(super) async fn sign_in(
        self,
        user: User,
        since: Option<Timestamp>,
        second_factor_at: Option<Timestamp>,
    ) -> Result<Response, ApiError> {
        let store = self.tenant.store();
        let now = self.tenant.now();
        let settings = store.tenant_settings().await?;
        let email = user.email.clone();
        let id = Secret::random();
        let before = self.visit.cookie(SESSION_COOKIE).map(Hash::of);
        let known = match &before {
            Some(id) => store.session(id).await?,
            None => None,
        };
        // The same person who signs in again goes on with the session that apps know.
        let known = known.filter(|known| known.user.user_id == user.user_id);
        let known = known.filter(|known| over_limit(&known.session, &settings, now).is_ok());
        let mut session = SessionRecord {
            sid: known.map_or_else(random_text::<24>, |known| known.session.sid),
            user_id: user.user_id.clone(),
            authenticated_at: since.unwrap_or(now),
            last_used_at: now,
            second_factor_at,
        };
        if !store.begin_session(&id.hash(), &session, before.as_ref(), now).await? {
            session.sid = random_text::<24>();
            store.begin_session(&id.hash(), &session, before.as_ref(), now).await?;
        }
        let sid = session.sid.clone();
        self.tenant.logout_sender().wake();
        let entry = LogEntry::new(LogType::LoginSucceeded, self.visit, "").user(&user.user_id, &user.email);
        self.tenant.log(entry.client(self.client.as_ref()));
        let progress = match since {
            None => Progress { signed_in: true, ..Progress::default() },
            Some(_) => self.login.progress,
        };
        let resumed = Resumed { known: SessionWithUser { session, user }, progress, expires_at: self.login.expires_at };
        let mut response = authorize::decide(self.tenant, self.visit, self.login.request, Some(resumed)).await;
        let limit = settings.absolute_limit();
        set_cookie(&mut response, SESSION_COOKIE, id.expose(), "SameSite=None", limit);
        session_management::follow(&mut response, self.tenant, self.visit, Some(&sid), limit);
        device::remember(self.tenant, self.visit, &email, &mut response);
        Ok(response)
    }
}

/// Sets a cookie of the only kind this tenant uses: for this host alone, out of reach of scripts. `Secure`
/// holds on loopback without TLS too, and browsers drop `SameSite=None` without it.
pub(crate) fn set_cookie(response: &mut Response, name: &str, value: &str, same_site: &str, lasts: SignedDuration) {
    add_cookie(response, name, value, &format!("HttpOnly; {same_site}"), lasts);
}

/// The same for a value that the tenant's own scripts read.
pub(crate) fn set_readable_cookie(
    response: &mut Response,
    name: &str,
    value: &str,
    same_site: &str,
    lasts: SignedDuration,
) {
    add_cookie(response, name, value, same_site, lasts);
}

fn add_cookie(response: &mut Response, name: &str, value: &str, attributes: &str, lasts: SignedDuration) {
    let cookie = format!("{name}={value}; Path=/; Secure; {attributes}; Max-Age={}", lasts.as_secs());
    let cookie = HeaderValue::from_str(&cookie).expect("our names and values are base64url");
    response.headers_mut().append(header::SET_COOKIE, cookie);
}
