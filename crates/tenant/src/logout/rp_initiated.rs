//! `/oidc/logout`: an app leads the user here to sign out (OpenID Connect RP-Initiated Logout 1.0).

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;
use serde_json::Value;
use url::Url;

use crate::body::{Form, Query};
use crate::error::ApiError;
use crate::model::Client;
use crate::pages::{Framing, Page};
use crate::params::Params;
use crate::sessions;
use crate::store::SessionWithUser;
use crate::tenant_file::Object;
use crate::visit::Visit;
use crate::{Tenant, id_tokens};

/// `GET /oidc/logout`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Query(params): Query,
) -> Response {
    answer(&tenant, &visit, log_out(&tenant, &visit, &params, false)).await
}

/// `POST /oidc/logout` with the same parameters as a form (section 2).
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Form(sent): Form,
) -> Response {
    answer(&tenant, &visit, async { log_out(&tenant, &visit, &sent?, true).await }).await
}

/// `POST /oidc/logout/confirm`: the user said yes on the page that asked.
pub(crate) async fn confirm(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Form(sent): Form,
) -> Response {
    answer(&tenant, &visit, async { confirmed(&tenant, &visit, &sent?).await }).await
}

async fn log_out(tenant: &Tenant, visit: &Visit, params: &Params, by_form: bool) -> Result<Response, ApiError> {
    let asked = Asked::of(tenant, visit, params).await?;
    match sessions::of_browser(tenant, visit).await? {
        Some(known) if !asked.is_about(&known, params) => ask(tenant, &asked, &known).await,
        _ => super::leave(tenant, visit, asked.next(), by_form).await,
    }
}

async fn confirmed(tenant: &Tenant, visit: &Visit, form: &Params) -> Result<Response, ApiError> {
    let asked = Asked::of(tenant, visit, form).await?;
    let known = sessions::of_browser(tenant, visit).await?;
    let csrf = form.get("csrf").unwrap_or_default();
    if !known.is_some_and(|known| tenant.stamps().is_ours(&asked.stamp_parts(&known), csrf)) {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "invalid_csrf_token",
            "This form is not the one that this browser was shown for the session it has now.",
        ));
    }
    super::leave(tenant, visit, asked.next(), true).await
}

/// A request whose parameters are known good.
struct Asked {
    /// Which app asks, if the request says so.
    client: Option<Client>,
    /// The claims of `id_token_hint`: an ID token that this issuer gave to the client, whether it has expired or not.
    hint: Option<Object>,
    /// Where to lead afterwards: letter for letter one of the client's `allowed_logout_urls`.
    return_to: Option<String>,
    state: Option<String>,
}

impl Asked {
    async fn of(tenant: &Tenant, visit: &Visit, params: &Params) -> Result<Self, ApiError> {
        if let Some(name) = params.repeated(|_| true) {
            return Err(ApiError::invalid_request(format!("{name} appears more than once")));
        }
        let hint = params.get("id_token_hint");
        let audience = hint.map(|hint| id_tokens::audience(hint).ok_or_else(bad_hint)).transpose()?;
        let client_id = params.get("client_id").map(ToOwned::to_owned);
        if let (Some(audience), Some(client_id)) = (&audience, &client_id)
            && audience != client_id
        {
            return Err(ApiError::invalid_request("id_token_hint was issued to another client than client_id names"));
        }
        let client = match audience.or(client_id) {
            Some(id) => {
                let found = tenant.store().client(&id, tenant.addresses()).await?;
                Some(found.ok_or_else(|| ApiError::invalid_request(format!("Unknown client: {id}")))?)
            }
            None => None,
        };
        let hint = match (hint, &client) {
            (Some(hint), Some(client)) => Some(id_tokens::verify(tenant, client, hint).map_err(|_| bad_hint())?),
            _ => None,
        };
        if hint.as_ref().is_some_and(|claims| text(claims, "iss") != Some(&visit.address.issuer)) {
            return Err(ApiError::invalid_request("id_token_hint was issued by another issuer"));
        }
        let return_to = params.get("post_logout_redirect_uri").map(ToOwned::to_owned);
        if let Some(url) = &return_to {
            check_return(client.as_ref(), url)?;
        }
        Ok(Self { client, hint, return_to, state: params.get("state").map(ToOwned::to_owned) })
    }

    /// Whether the request is known to come from an app of this very session. If not, the user must be asked
    /// (section 2): anybody's page can lead here.
    fn is_about(&self, known: &SessionWithUser, params: &Params) -> bool {
        let hint_fits = self.hint.as_ref().is_some_and(|claims| text(claims, "sid") == Some(&known.session.sid));
        let names = [known.session.sid.as_str(), &known.user.user_id, &known.user.email];
        hint_fits && params.get("logout_hint").is_none_or(|hint| names.contains(&hint))
    }

    /// The address to lead to, with `state`.
    fn next(&self) -> Option<String> {
        let address = self.return_to.clone()?;
        let Some(state) = &self.state else { return Some(address) };
        let mut url = Url::parse(&address).ok()?;
        url.query_pairs_mut().append_pair("state", state);
        Some(url.into())
    }

    fn client_id(&self) -> &str {
        self.client.as_ref().map_or("", |client| &client.client_id)
    }

    fn stamp_parts<'a>(&'a self, known: &'a SessionWithUser) -> [&'a str; 5] {
        let (return_to, state) = (self.return_to.as_deref(), self.state.as_deref());
        ["logout", &known.session.sid, self.client_id(), return_to.unwrap_or_default(), state.unwrap_or_default()]
    }
}

/// The page that asks. Whoever closes it stays signed in.
async fn ask(tenant: &Tenant, asked: &Asked, known: &SessionWithUser) -> Result<Response, ApiError> {
    let tenant_name = tenant.store().tenant_settings().await?.friendly_name;
    let return_origin = asked.return_to.as_deref().and_then(|url| Url::parse(url).ok());
    let return_origin = return_origin.map(|url| url.origin().ascii_serialization());
    let targets: Vec<_> = std::iter::once("'self'".to_owned()).chain(return_origin).collect();
    let fields = [
        ("client_id", asked.client_id()),
        ("post_logout_redirect_uri", asked.return_to.as_deref().unwrap_or_default()),
        ("state", asked.state.as_deref().unwrap_or_default()),
        ("csrf", &tenant.stamps().stamp(&asked.stamp_parts(known))),
    ];
    let page = Page {
        status: StatusCode::OK,
        title: "Sign out?",
        body: html! {
            h1 { "Sign out?" }
            p {
                @if let Some(client) = &asked.client { strong { (client.name) } " asks to sign you out of " }
                @else { "You are about to sign out of " }
                (tenant_name) ", where you are " strong { (known.user.email) } "."
            }
            form method="post" action="/oidc/logout/confirm" {
                @for (name, value) in fields {
                    @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
                }
                button type="submit" { "Sign out" }
            }
            p.hint { "To stay signed in, close this page." }
        },
        framing: Framing::Never,
        form_targets: &targets,
    };
    Ok(page.into_response())
}

/// Section 3: exactly an address of a client that is known, and one that a browser can be led to.
fn check_return(client: Option<&Client>, url: &str) -> Result<(), ApiError> {
    let Some(client) = client else {
        return Err(ApiError::invalid_request("post_logout_redirect_uri needs id_token_hint or client_id beside it"));
    };
    let leads_somewhere = Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if leads_somewhere && client.allowed_logout_urls.iter().any(|registered| registered == url) {
        return Ok(());
    }
    Err(ApiError::invalid_request(format!(
        "post_logout_redirect_uri {url} is not one of the allowed_logout_urls of {}, letter for letter",
        client.client_id
    )))
}

fn bad_hint() -> ApiError {
    ApiError::invalid_request("id_token_hint is not an ID token of this tenant")
}

fn text<'a>(claims: &'a Object, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

/// The page that an attempt came to, or the page that says why nobody was signed out.
async fn answer(tenant: &Tenant, visit: &Visit, attempt: impl Future<Output = Result<Response, ApiError>>) -> Response {
    let next = "Go back to the app; its developer can correct the address that led here.";
    attempt.await.unwrap_or_else(|error| super::refuse(tenant, visit, &error, next))
}
