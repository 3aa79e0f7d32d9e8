//! The login page: one form, no script, tied to the browser that it was shown in.

use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::html;

use super::{Opened, Step, begin};
use crate::body::{Form, Query};
use crate::clock::Timestamp;
use crate::cookies::set_cookie;
use crate::credentials::{self, Rejected};
use crate::device;
use crate::logs::{LogEntry, LogType};
use crate::model::User;
use crate::pages::{Failure, Framing, Page};
use crate::secret::{Hash, Secret, random_text};
use crate::sessions::{self, over_limit};
use crate::store::{PendingLogin, Progress, SessionRecord, SessionWithUser};
use crate::visit::{LOGIN_COOKIE, SESSION_COOKIE, Visit};
use crate::{Tenant, session_management};

/// `GET /u/login?state=…`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Query(params): Query,
) -> Result<Response, Failure> {
    let opened = Opened::find(&tenant, &visit, &params, Step::SignIn).await?;
    let email = opened.expected().await?;
    Ok(opened.form(StatusCode::OK, &email, None))
}

/// `POST /u/login`, the form's submission.
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Form(sent): Form,
) -> Result<Response, Failure> {
    let form = sent?;
    let opened = Opened::find_sent(&tenant, &visit, &form, Step::SignIn).await?;
    let (email, password) = (form.get("username").unwrap_or_default(), form.get("password").unwrap_or_default());
    match credentials::verify(&tenant, &visit, opened.client.as_ref(), email, password).await {
        Ok(user) => opened.finish(user).await,
        Err(rejected) => opened.rejected(rejected, email),
    }
}

impl Opened<'_> {
    /// The form again, with what was wrong.
    fn rejected(&self, rejected: Rejected, email: &str) -> Result<Response, Failure> {
        let again = |status, sentence| self.form(status, email, Some(sentence));
        Ok(match rejected {
            Rejected::Wrong => again(StatusCode::BAD_REQUEST, credentials::WRONG),
            Rejected::Blocked => again(StatusCode::FORBIDDEN, "This account is blocked. Ask whoever runs this tenant."),
            Rejected::TooManyAttempts(refused) => {
                let mut response = again(StatusCode::TOO_MANY_REQUESTS, refused.closed.words());
                response.headers_mut().insert(header::RETRY_AFTER, refused.retry_after());
                response
            }
            Rejected::Failed(error) => return Err(error.into()),
        })
    }

    /// Who is expected to sign in, if the request says so: by `login_hint`, or by `id_token_hint`.
    async fn expected(&self) -> Result<String, Failure> {
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
    async fn finish(self, user: User) -> Result<Response, Failure> {
        self.take().await?;
        if user.mfa.is_none() {
            return self.sign_in(user, None, None).await;
        }
        let progress = Progress {
            step: Step::SecondFactor,
            user_id: Some(user.user_id),
            browser: self.visit.cookie(LOGIN_COOKIE).map(|id| Hash::of(id).as_str().to_owned()),
            ..self.login.progress
        };
        Ok(begin(self.tenant, self.visit, &PendingLogin { progress, ..self.login }, true).await?)
    }

    /// Begins a session under a new id, in place of the browser's own, and goes on with the request that led here.
    /// `since` is when the user signed in, if it was for another request before.
    pub(super) async fn sign_in(
        self,
        user: User,
        since: Option<Timestamp>,
        second_factor_at: Option<Timestamp>,
    ) -> Result<Response, Failure> {
        let store = self.tenant.store();
        let now = self.tenant.now();
        let settings = store.tenant_settings().await?;
        let email = user.email.clone();
        let id = Secret::random();
        let before = self.visit.cookie(SESSION_COOKIE).map(Hash::of);
        let known = sessions::of_browser(self.tenant, self.visit).await?;
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
            Some(_) => self.login.progress.clone(),
        };
        let (tenant, visit) = (self.tenant, self.visit);
        let mut response = self.resume(SessionWithUser { session, user }, progress).await;
        let limit = settings.absolute_limit();
        set_cookie(&mut response, SESSION_COOKIE, id.expose(), "SameSite=None", limit);
        session_management::follow(&mut response, tenant, visit, Some(&sid), limit);
        device::remember(tenant, visit, &email, &mut response);
        Ok(response)
    }
}
