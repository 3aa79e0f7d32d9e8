//! The dashboard's sign-in page: one password, attempts limited, the browser tied to the form it was shown.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::html;

use super::admin::{ABSOLUTE_LIMIT, ADMIN, ADMIN_COOKIE, AdminForm, from_own_page};
use super::failure::Failure;
use super::layout::see_other;
use crate::Tenant;
use crate::attempts::Who;
use crate::body::{Form, Query};
use crate::cookies::set_cookie;
use crate::device;
use crate::logs::{LogEntry, LogType};
use crate::pages::{Framing, Page};
use crate::secret::Secret;
use crate::visit::{LOGIN_COOKIE, Visit};

/// What failed attempts are counted under. No user's address has a line break in it.
const ATTEMPTS: &str = "dashboard\nadmin";
const HOME: &str = "/dashboard/applications";

/// Sends the browser to the sign-in page, and back to where it wanted to go afterwards.
pub(super) fn redirect_to(asked: &str) -> Response {
    let asked = url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", asked).finish();
    see_other(&format!("/dashboard/login?{asked}"))
}

/// `GET /dashboard/login`.
pub(super) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Query(params): Query,
) -> Response {
    let browser = visit.cookie(LOGIN_COOKIE).map_or_else(Secret::random, |id| Secret::from(id.to_owned()));
    let return_to = params.get("return_to").unwrap_or_default();
    // A Strict cookie does not come along when a link of another site leads here; one of our own brings it.
    let came_from_elsewhere = visit.fetch.site.as_deref() == Some("cross-site");
    let mut response = page(&tenant, &browser, return_to, StatusCode::OK, None, came_from_elsewhere);
    if visit.cookie(LOGIN_COOKIE).is_none() {
        set_cookie(&mut response, LOGIN_COOKIE, browser.expose(), "SameSite=Lax", ABSOLUTE_LIMIT);
    }
    response
}

/// `POST /dashboard/login`.
pub(super) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Form(sent): Form,
) -> Result<Response, Failure> {
    let form = sent?;
    let browser = visit.cookie(LOGIN_COOKIE).ok_or_else(Failure::forged)?.to_owned();
    let stamped = tenant.stamps().is_ours(&["dashboard-login", &browser], form.get("csrf").unwrap_or_default());
    if !stamped || !from_own_page(&visit) {
        return Err(Failure::forged());
    }
    let browser = Secret::from(browser);
    let return_to = form.get("return_to").unwrap_or_default();
    let now = tenant.now();
    let wrong = |status, sentence| {
        tenant.log(LogEntry::new(LogType::ManagementFailed, &visit, format!("Dashboard sign-in: {sentence}")));
        Ok(page(&tenant, &browser, return_to, status, Some(sentence), false))
    };
    let who = Who { account: ATTEMPTS, address: &visit.ip, device: device::known(&tenant, &visit, ATTEMPTS) };
    if let Err(refused) = tenant.attempts().begin(&who, now) {
        let mut response = wrong(StatusCode::TOO_MANY_REQUESTS, refused.closed.words())?;
        response.headers_mut().insert(header::RETRY_AFTER, refused.retry_after());
        return Ok(response);
    }
    let password = Secret::from(form.get("password").unwrap_or_default().to_owned());
    let hash = tenant.store().admin(ADMIN).await?;
    if !tenant.passwords().verify(&password, hash.as_deref()).await {
        return wrong(StatusCode::BAD_REQUEST, "Wrong password.");
    }
    tenant.attempts().succeeded(&who);
    let id = Secret::random();
    tenant.store().begin_admin_session(&id.hash(), ADMIN, now).await?;
    let mut response = see_other(if is_ours(return_to) { return_to } else { HOME });
    set_cookie(&mut response, ADMIN_COOKIE, id.expose(), "SameSite=Strict", ABSOLUTE_LIMIT);
    device::remember(&tenant, &visit, ATTEMPTS, &mut response);
    Ok(response)
}

/// `POST /dashboard/logout`.
pub(super) async fn sign_out(AdminForm { admin, .. }: AdminForm) -> Result<Response, Failure> {
    admin.sign_out().await?;
    let mut response = see_other("/dashboard/login");
    let gone = format!("{ADMIN_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&gone).expect("a cookie of ASCII"));
    Ok(response)
}

/// Whether a path is one of the dashboard's pages: nobody is sent elsewhere from here.
fn is_ours(path: &str) -> bool {
    path.starts_with("/dashboard/") && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

fn page(
    tenant: &Tenant,
    browser: &Secret,
    return_to: &str,
    status: StatusCode,
    wrong: Option<&str>,
    came_from_elsewhere: bool,
) -> Response {
    let invalid = wrong.map(|_| "true");
    let described = wrong.map_or("hint", |_| "hint wrong");
    Page {
        status,
        title: "Sign in to the dashboard",
        body: html! {
            h1 { "Dashboard" }
            p.hint #hint { "The tenant printed the password on its standard error output when it started for the first time. Lost? " code { "tenant --help" } " names the command that makes another one." }
            @if let Some(wrong) = wrong { p.wrong #wrong role="alert" { (wrong) } }
            form method="post" action="/dashboard/login" {
                input type="hidden" name="return_to" value=(return_to);
                input type="hidden" name="csrf" value=(tenant.stamps().stamp(&["dashboard-login", browser.expose()]));
                // Password managers file the password under a name.
                input hidden type="text" name="username" autocomplete="username" readonly value=(ADMIN);
                label for="password" { "Password" }
                input #password name="password" type="password" autocomplete="current-password" required autofocus
                    aria-invalid=[invalid] aria-describedby=(described);
                button type="submit" { "Sign in" }
            }
            @if came_from_elsewhere {
                p.hint { a href=(if is_ours(return_to) { return_to } else { HOME }) { "Signed in already? Go on." } }
            }
        },
        framing: Framing::Never,
        form_targets: &["'self'".to_owned()],
    }
    .into_response()
}
