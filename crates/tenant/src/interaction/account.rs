//! The account page of `prompt=select_account`: go on as whoever is signed in, or sign in with another account.

use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::html;

use super::{Opened, Step, begin, failed, used_up};
use crate::Tenant;
use crate::authorize::{self, Resumed};
use crate::body::{self, Accepts};
use crate::error::ApiError;
use crate::pages::{Framing, Page};
use crate::params::Params;
use crate::secret::Hash;
use crate::store::{PendingLogin, Progress, SessionWithUser};
use crate::visit::Visit;

/// `GET /u/account?state=…`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::from_form(query.unwrap_or_default().as_bytes());
    let opened = match Opened::find(&tenant, &visit, &params, Step::ChooseAccount).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    match opened.session().await {
        Ok(known) => opened.account_page(&known),
        Err(response) => response,
    }
}

/// `POST /u/account`: the form's submission, with `account` as `present` or `another`.
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
    let opened = match Opened::find_sent(&tenant, &visit, &form, Step::ChooseAccount).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    let known = match opened.session().await {
        Ok(known) => known,
        Err(response) => return response,
    };
    let chosen = match form.get("account") {
        Some("present") => opened.keep(known).await,
        Some("another") => opened.change().await,
        _ => Err(ApiError::invalid_request("The form must say which account is meant.")),
    };
    chosen.unwrap_or_else(|error| failed(&error))
}

impl Opened<'_> {
    async fn keep(self, known: SessionWithUser) -> Result<Response, ApiError> {
        self.take().await?;
        let progress = Progress { account_chosen: true, ..self.login.progress };
        let resumed = Resumed { known, progress, expires_at: self.login.expires_at };
        Ok(authorize::decide(self.tenant, self.visit, self.login.request, Some(resumed)).await)
    }

    /// The present session stays until somebody else has signed in.
    async fn change(self) -> Result<Response, ApiError> {
        self.take().await?;
        let progress = Progress { hinted: self.login.progress.hinted, ..Progress::default() };
        let login = PendingLogin { progress, ..self.login };
        begin(self.tenant, self.visit, &login, true).await
    }

    async fn take(&self) -> Result<(), ApiError> {
        if self.tenant.store().take_login(&Hash::of(&self.id)).await? { Ok(()) } else { Err(used_up()) }
    }

    fn account_page(&self, known: &SessionWithUser) -> Response {
        let (name, email) = (known.user.name.as_deref(), &known.user.email);
        Page {
            status: StatusCode::OK,
            title: "Choose an account",
            body: html! {
                h1 { "Choose an account" }
                p.hint { "for " strong { (self.client_name()) } " at " (self.tenant_name) }
                form method="post" action="/u/account" {
                    input type="hidden" name="state" value=(self.id);
                    input type="hidden" name="csrf" value=(self.stamp());
                    button type="submit" name="account" value="present" {
                        "Go on as " (name.unwrap_or(email)) @if name.is_some() { br; small { (email) } }
                    }
                    button.second type="submit" name="account" value="another" { "Use another account" }
                }
            },
            framing: Framing::Never,
            form_targets: &self.form_targets(),
        }
        .into_response()
    }
}
