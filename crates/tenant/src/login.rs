//! The login page: one form, no script, tied to the browser that it was shown in.

use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use maud::html;

use crate::Tenant;
use crate::authorize::{self, Fresh, redirect};
use crate::body::{self, Accepts};
use crate::credentials::{self, Rejected};
use crate::error::ApiError;
use crate::logs::{LogEntry, LogType};
use crate::model::{Client, RedirectUri, User};
use crate::pages::{Framing, Page, problem};
use crate::params::Params;
use crate::secret::{Hash, Secret, random_text};
use crate::store::{PendingLogin, SessionRecord, SessionWithUser};
use crate::visit::{LOGIN_COOKIE, SESSION_COOKIE, Visit};

/// A login page is good for an hour, as the vendor's have been since 2024.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// Remembers the request and sends the browser to the login page.
pub(crate) async fn begin(tenant: &Tenant, visit: &Visit, request: &Params) -> Result<Response, ApiError> {
    let id = Secret::random();
    let login = PendingLogin {
        issuer: visit.address.issuer.clone(),
        request: request.clone(),
        expires_at: tenant.now() + LIFETIME,
    };
    tenant.store().add_login(&id.hash(), &login).await?;
    let mut response = redirect(&format!("{}u/login?state={}", visit.address.issuer, id.expose()), false);
    if visit.cookie(LOGIN_COOKIE).is_none() {
        set_cookie(&mut response, LOGIN_COOKIE, Secret::random().expose(), "SameSite=Lax", LIFETIME);
    }
    Ok(response)
}

/// `GET /u/login?state=…`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::from_form(query.unwrap_or_default().as_bytes());
    match Opened::find(&tenant, &visit, &params).await {
        Ok(opened) => opened.form(StatusCode::OK, opened.login.request.get("login_hint").unwrap_or_default(), None),
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
        Err(error) => return problem(error.status, error.code, &error.description, "", Framing::Never),
    };
    let opened = match Opened::find(&tenant, &visit, &form).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    if !opened.stamp_is_ours(form.get("csrf").unwrap_or_default()) {
        return problem(
            StatusCode::FORBIDDEN,
            "invalid_csrf_token",
            "This form was not filled in on the page that this browser was shown.",
            "Go back to the app and sign in again. Cookies must be allowed for this address.",
            Framing::Never,
        );
    }
    let (email, password) = (form.get("username").unwrap_or_default(), form.get("password").unwrap_or_default());
    let failed = |error: ApiError| problem(error.status, error.code, &error.description, "", Framing::Never);
    match credentials::verify(&tenant, &visit, opened.client.as_ref(), email, password).await {
        Ok(user) => {
            let entry = LogEntry::new(LogType::LoginSucceeded, &visit, "").user(&user.user_id, email);
            tenant.log(entry.client(opened.client.as_ref()));
            opened.finish(user).await.unwrap_or_else(failed)
        }
        Err(rejected) => match in_words(rejected) {
            Ok((status, sentence)) => opened.form(status, email, Some(sentence)),
            Err(error) => failed(error),
        },
    }
}

/// What the form says of a rejected sign-in.
fn in_words(rejected: Rejected) -> Result<(StatusCode, &'static str), ApiError> {
    match rejected {
        Rejected::Wrong => Ok((StatusCode::BAD_REQUEST, credentials::WRONG)),
        Rejected::Blocked => Ok((StatusCode::FORBIDDEN, "This account is blocked. Ask whoever runs this tenant.")),
        Rejected::TooManyAttempts => Ok((StatusCode::TOO_MANY_REQUESTS, credentials::TOO_MANY)),
        Rejected::Failed(error) => Err(error),
    }
}

/// A login page that is open in this browser.
struct Opened<'a> {
    tenant: &'a Tenant,
    visit: &'a Visit,
    id: String,
    login: PendingLogin,
    client: Option<Client>,
    tenant_name: String,
}

impl<'a> Opened<'a> {
    async fn find(tenant: &'a Tenant, visit: &'a Visit, params: &Params) -> Result<Self, Response> {
        let failed = |error: ApiError| problem(error.status, error.code, &error.description, "", Framing::Never);
        let id = params.get("state").unwrap_or_default().to_owned();
        let login = tenant.store().login(&Hash::of(&id)).await.map_err(|error| failed(error.into()))?;
        let now = tenant.now();
        let Some(login) = login.filter(|login| login.expires_at > now && login.issuer == visit.address.issuer) else {
            return Err(problem(
                StatusCode::BAD_REQUEST,
                "login_expired",
                "This login page was used already, or has been open for more than an hour.",
                "Go back to the app and sign in again.",
                Framing::Never,
            ));
        };
        let client_id = login.request.get("client_id").unwrap_or_default();
        let client =
            tenant.store().client(client_id, tenant.addresses()).await.map_err(|error| failed(error.into()))?;
        let settings = tenant.store().tenant_settings().await.map_err(|error| failed(error.into()))?;
        Ok(Self { tenant, visit, id, login, client, tenant_name: settings.friendly_name })
    }

    fn stamp_parts(&self) -> [&str; 3] {
        ["login", &self.id, self.visit.cookie(LOGIN_COOKIE).unwrap_or_default()]
    }

    fn stamp_is_ours(&self, stamp: &str) -> bool {
        self.visit.cookie(LOGIN_COOKIE).is_some() && self.tenant.stamps().is_ours(&self.stamp_parts(), stamp)
    }

    fn form(&self, status: StatusCode, email: &str, wrong: Option<&str>) -> Response {
        let client = self.client.as_ref().map_or("the app", |client| &client.name);
        // The form leads here and, after the redirect, to the client: browsers check both.
        let callback = self.login.request.get("redirect_uri").and_then(|uri| RedirectUri::parse(uri).ok());
        let targets: Vec<_> =
            std::iter::once("'self'".to_owned()).chain(callback.map(|uri| uri.policy_source())).collect();
        let invalid = wrong.map(|_| "true");
        let described = wrong.map(|_| "wrong");
        Page {
            status,
            title: "Sign in",
            body: html! {
                h1 { "Sign in" }
                p.hint { "to " strong { (client) } " with your account at " (self.tenant_name) }
                @if let Some(wrong) = wrong { p.wrong #wrong role="alert" { (wrong) } }
                form method="post" action="/u/login" {
                    input type="hidden" name="state" value=(self.id);
                    input type="hidden" name="csrf" value=(self.tenant.stamps().stamp(&self.stamp_parts()));
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

    /// Begins a session under a new id and goes on with the request that led here.
    async fn finish(self, user: User) -> Result<Response, ApiError> {
        let store = self.tenant.store();
        let now = self.tenant.now();
        let limit = store.tenant_settings().await?.absolute_limit();
        if !store.take_login(&Hash::of(&self.id)).await? {
            return Err(ApiError::new(StatusCode::BAD_REQUEST, "login_expired", "This login page was used already."));
        }
        let id = Secret::random();
        let session = SessionRecord {
            sid: random_text::<24>(),
            user_id: user.user_id.clone(),
            authenticated_at: now,
            last_used_at: now,
        };
        let before = self.visit.cookie(SESSION_COOKIE).map(Hash::of);
        store.begin_session(&id.hash(), &session, before.as_ref()).await?;
        let fresh = Fresh(SessionWithUser { session, user });
        let mut response = authorize::decide(self.tenant, self.visit, self.login.request, Some(fresh)).await;
        set_cookie(&mut response, SESSION_COOKIE, id.expose(), "SameSite=None", limit);
        Ok(response)
    }
}

/// Sets a cookie of the only kind this tenant uses: for this host alone, out of reach of scripts. `Secure`
/// holds on loopback without TLS too, and browsers drop `SameSite=None` without it.
pub(crate) fn set_cookie(response: &mut Response, name: &str, value: &str, same_site: &str, lasts: SignedDuration) {
    let cookie = format!("{name}={value}; Path=/; Secure; HttpOnly; {same_site}; Max-Age={}", lasts.as_secs());
    let cookie = HeaderValue::from_str(&cookie).expect("our names and values are base64url");
    response.headers_mut().append(header::SET_COOKIE, cookie);
}
