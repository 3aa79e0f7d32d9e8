//! The account page of `prompt=select_account`: go on as whoever is signed in, or sign in with another account.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::{Opened, Step, begin};
use crate::Tenant;
use crate::body::{Form, Query};
use crate::error::ApiError;
use crate::pages::{Failure, Framing, Page};
use crate::store::{PendingLogin, Progress, SessionWithUser};
use crate::visit::Visit;

/// `GET /u/account?state=…`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Query(params): Query,
) -> Result<Response, Failure> {
    let opened = Opened::find(&tenant, &visit, &params, Step::ChooseAccount).await?;
    let known = opened.session().await?;
    Ok(opened.account_page(&known))
}

/// `POST /u/account`: the form's submission, with `account` as `present` or `another`.
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Form(sent): Form,
) -> Result<Response, Failure> {
    let form = sent?;
    let opened = Opened::find_sent(&tenant, &visit, &form, Step::ChooseAccount).await?;
    let known = opened.session().await?;
    match form.get("account") {
        Some("present") => opened.keep(known).await,
        Some("another") => opened.change().await,
        _ => Err(ApiError::invalid_request("The form must say which account is meant.").into()),
    }
}

impl Opened<'_> {
    async fn keep(self, known: SessionWithUser) -> Result<Response, Failure> {
        self.take().await?;
        let progress = Progress { account_chosen: true, ..self.login.progress.clone() };
        Ok(self.resume(known, progress).await)
    }

    /// The present session stays until somebody else has signed in.
    async fn change(self) -> Result<Response, Failure> {
        self.take().await?;
        let progress = Progress { hinted: self.login.progress.hinted, ..Progress::default() };
        let login = PendingLogin { progress, ..self.login };
        Ok(begin(self.tenant, self.visit, &login, true).await?)
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
