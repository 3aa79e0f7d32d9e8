//! The page that asks for a one-time code: after the password, or where a session lacks it.

use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::html;

use super::{Opened, Step, not_this_browser, used_up};
use crate::Tenant;
use crate::body::{Form, Query};
use crate::clock::Timestamp;
use crate::model::User;
use crate::one_time_code::{Asked, WRONG};
use crate::pages::{Failure, Framing, Page};
use crate::secret::Hash;
use crate::store::Spent;
use crate::visit::{LOGIN_COOKIE, Visit};

/// `GET /u/mfa?state=…`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Query(params): Query,
) -> Result<Response, Failure> {
    let opened = Opened::find(&tenant, &visit, &params, Step::SecondFactor).await?;
    let (user, _) = opened.whose().await?;
    Ok(opened.code_page(StatusCode::OK, &user, None))
}

/// `POST /u/mfa`: the form's submission, with the code as `code`.
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Form(sent): Form,
) -> Result<Response, Failure> {
    let form = sent?;
    let opened = Opened::find_sent(&tenant, &visit, &form, Step::SecondFactor).await?;
    let (user, since) = opened.whose().await?;
    opened.check(user, since, form.get("code").unwrap_or_default()).await
}

impl Opened<'_> {
    /// Whose code is asked for: whoever gave the password in this browser, or has its session. The time is that of the
    /// sign-in, if it was before this request.
    async fn whose(&self) -> Result<(User, Option<Timestamp>), Failure> {
        let Some(user_id) = &self.login.progress.user_id else {
            let known = self.session().await?;
            return Ok((known.user, Some(known.session.authenticated_at)));
        };
        let browser = self.visit.cookie(LOGIN_COOKIE).map(|id| Hash::of(id).as_str().to_owned());
        if browser.is_none() || browser != self.login.progress.browser {
            return Err(not_this_browser());
        }
        let user = self.tenant.store().user(user_id).await?.filter(|user| !user.blocked);
        Ok((user.ok_or_else(used_up)?, None))
    }

    /// Goes on if the code is good, was not spent, and there were not too many attempts.
    async fn check(self, user: User, since: Option<Timestamp>, code: &str) -> Result<Response, Failure> {
        let (tenant, now) = (self.tenant, self.tenant.now());
        let asked = Asked { tenant, visit: self.visit, client: self.client.as_ref(), user: &user };
        let step = match asked.step_of(code) {
            Ok(step) => step,
            Err(refused) => {
                let words = refused.closed.words();
                let mut response = self.code_page(StatusCode::TOO_MANY_REQUESTS, &user, Some(words));
                response.headers_mut().insert(header::RETRY_AFTER, refused.retry_after());
                return Ok(response);
            }
        };
        let spent = match step {
            Some(step) => tenant.store().spend_one_time_code(&Hash::of(&self.id), &user.user_id, step).await?,
            None => Spent::Before,
        };
        match spent {
            Spent::Now => {
                asked.conclude(true);
                self.sign_in(user, since, Some(now)).await
            }
            Spent::Before => {
                asked.conclude(false);
                Ok(self.code_page(StatusCode::BAD_REQUEST, &user, Some(WRONG)))
            }
            Spent::PageUsed => Err(used_up()),
        }
    }

    fn code_page(&self, status: StatusCode, user: &User, wrong: Option<&str>) -> Response {
        let invalid = wrong.map(|_| "true");
        let described = wrong.map(|_| "wrong");
        Page {
            status,
            title: "One-time code",
            body: html! {
                h1 { "One-time code" }
                p.hint { "to sign in to " strong { (self.client_name()) } " as " strong { (user.email) }
                    ". Your authenticator app shows it under " (self.tenant_name) "." }
                @if let Some(wrong) = wrong { p.wrong #wrong role="alert" { (wrong) } }
                form method="post" action="/u/mfa" {
                    input type="hidden" name="state" value=(self.id);
                    input type="hidden" name="csrf" value=(self.stamp());
                    label for="code" { "Six digits" }
                    input #code name="code" type="text" inputmode="numeric" autocomplete="one-time-code" required autofocus
                        aria-invalid=[invalid] aria-describedby=[described];
                    button type="submit" { "Continue" }
                }
            },
            framing: Framing::Never,
            form_targets: &self.form_targets(),
        }
        .into_response()
    }
}
