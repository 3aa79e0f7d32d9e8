//! The tenant's pages in the middle of an authorization request: which one comes next, and whose it is.

pub(crate) mod account;
pub(crate) mod consent;
pub(crate) mod login;
pub(crate) mod second_factor;

use axum::http::StatusCode;
use axum::response::Response;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::Tenant;
use crate::authorize::{self, Resumed, redirect};
use crate::cookies::set_cookie;
use crate::error::ApiError;
use crate::model::{Client, RedirectUri};
use crate::pages::Failure;
use crate::params::Params;
use crate::secret::{Hash, Secret};
use crate::sessions;
use crate::store::{PendingLogin, Progress, SessionWithUser};
use crate::visit::{LOGIN_COOKIE, Visit};

/// A request may wait an hour for the user, as at the vendor since 2024, however many pages there are.
pub(crate) const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// A page that has to come before the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// Email address and password.
    #[default]
    SignIn,
    /// A one-time code.
    SecondFactor,
    /// The account that is signed in, or another.
    ChooseAccount,
    /// What the client asks for, to be accepted or declined.
    Consent,
}

impl Step {
    /// The page's address, below the issuer's.
    const fn path(self) -> &'static str {
        match self {
            Self::SignIn => "u/login",
            Self::SecondFactor => "u/mfa",
            Self::ChooseAccount => "u/account",
            Self::Consent => "u/consent",
        }
    }

    /// What the decision record calls an answer that leads there.
    pub(crate) const fn outcome(self) -> &'static str {
        match self {
            Self::SignIn => "login_page",
            Self::SecondFactor => "mfa_page",
            Self::ChooseAccount => "account_page",
            Self::Consent => "consent_page",
        }
    }

    /// What the user has to do, for the decision record.
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::SignIn => "The user has to sign in",
            Self::SecondFactor => "The user is asked for a one-time code",
            Self::ChooseAccount => "The user is asked for the account",
            Self::Consent => "The user is asked for consent",
        }
    }
}

/// Remembers the request and sends the browser to the page that it waits at. `after_form` says whether a form led here.
pub(crate) async fn begin(
    tenant: &Tenant,
    visit: &Visit,
    login: &PendingLogin,
    after_form: bool,
) -> Result<Response, ApiError> {
    let id = Secret::random();
    tenant.store().add_login(&id.hash(), login).await?;
    let page = format!("{}{}?state={}", visit.address.issuer, login.progress.step.path(), id.expose());
    let mut response = redirect(&page, after_form);
    if visit.cookie(LOGIN_COOKIE).is_none() {
        set_cookie(&mut response, LOGIN_COOKIE, Secret::random().expose(), "SameSite=Lax", LIFETIME);
    }
    Ok(response)
}

/// A page that is open in this browser.
struct Opened<'a> {
    tenant: &'a Tenant,
    visit: &'a Visit,
    id: String,
    login: PendingLogin,
    client: Option<Client>,
    tenant_name: String,
}

impl<'a> Opened<'a> {
    /// The request that waits at this page under the `state` of `params`.
    async fn find(tenant: &'a Tenant, visit: &'a Visit, params: &Params, step: Step) -> Result<Self, Failure> {
        let (store, now) = (tenant.store(), tenant.now());
        let id = params.get("state").unwrap_or_default().to_owned();
        let login = store.login(&Hash::of(&id)).await?.filter(|login| {
            login.expires_at > now && login.issuer == visit.address.issuer && login.progress.step == step
        });
        let login = login.ok_or_else(used_up)?;
        let client_id = login.request.get("client_id").unwrap_or_default();
        let client = store.client(client_id, tenant.addresses()).await?;
        let tenant_name = store.tenant_settings().await?.friendly_name;
        Ok(Self { tenant, visit, id, login, client, tenant_name })
    }

    /// The same for a form that was sent, which must be the one that this browser was shown.
    async fn find_sent(tenant: &'a Tenant, visit: &'a Visit, form: &Params, step: Step) -> Result<Self, Failure> {
        let opened = Self::find(tenant, visit, form, step).await?;
        let stamp = form.get("csrf").unwrap_or_default();
        if visit.cookie(LOGIN_COOKIE).is_some() && tenant.stamps().is_ours(&opened.stamp_parts(), stamp) {
            return Ok(opened);
        }
        Err(Failure::new(
            StatusCode::FORBIDDEN,
            "invalid_csrf_token",
            "This form was not filled in on the page that this browser was shown.",
            "Go back to the app and sign in again. Cookies must be allowed for this address.",
        ))
    }

    /// The session that the request goes on with, if it is this browser's: a page that somebody else opened, or that was
    /// opened before the user changed, is good for nobody.
    async fn session(&self) -> Result<SessionWithUser, Failure> {
        let known = sessions::of_browser(self.tenant, self.visit).await?;
        known.filter(|known| self.login.progress.sid.as_ref() == Some(&known.session.sid)).ok_or_else(not_this_browser)
    }

    /// Uses the page up: of any number of forms sent at once, one goes on.
    async fn take(&self) -> Result<(), Failure> {
        if self.tenant.store().take_login(&Hash::of(&self.id)).await? { Ok(()) } else { Err(used_up()) }
    }

    /// Goes on with the request that led here.
    async fn resume(self, known: SessionWithUser, progress: Progress) -> Response {
        let resumed = Resumed { known, progress, expires_at: self.login.expires_at };
        authorize::decide(self.tenant, self.visit, self.login.request, Some(resumed)).await
    }

    fn stamp_parts(&self) -> [&str; 3] {
        [self.login.progress.step.path(), &self.id, self.visit.cookie(LOGIN_COOKIE).unwrap_or_default()]
    }

    /// What the form must carry: nobody but this browser's page knows it.
    fn stamp(&self) -> String {
        self.tenant.stamps().stamp(&self.stamp_parts())
    }

    fn client_name(&self) -> &str {
        self.client.as_ref().map_or("the app", |client| &client.name)
    }

    fn callback(&self) -> Option<RedirectUri> {
        self.login.request.get("redirect_uri").and_then(|uri| RedirectUri::parse(uri).ok())
    }

    /// The form leads here and, after the redirect, to the client: browsers check both.
    fn form_targets(&self) -> Vec<String> {
        let callback = self.callback().map(|uri| uri.policy_source());
        std::iter::once("'self'".to_owned()).chain(callback).collect()
    }
}

fn not_this_browser() -> Failure {
    Failure::new(
        StatusCode::FORBIDDEN,
        "session_changed",
        "This page belongs to a sign-in that this browser does not have, or no longer.",
        "Go back to the app and sign in again.",
    )
}

fn used_up() -> Failure {
    Failure::new(
        StatusCode::BAD_REQUEST,
        "login_expired",
        "This page was used already, or has been open for more than an hour.",
        "Go back to the app and sign in again.",
    )
}
