//! The consent page: which app asks for what, in words, to be accepted or declined.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::json;

use super::{Opened, Step, used_up};
use crate::Tenant;
use crate::body::{Form, Query};
use crate::error::ApiError;
use crate::logs::{LogEntry, LogType};
use crate::model::Api;
use crate::pages::{Failure, Framing, Page};
use crate::secret::Hash;
use crate::store::{AskedConsent, Progress, SessionWithUser};
use crate::visit::Visit;

/// The scopes of OpenID Connect (Core 1.0, 5.4 and 11), as the user is told of them.
const STANDARD: [(&str, &str); 6] = [
    ("openid", "Know which account here is yours"),
    ("profile", "See your name, nickname and picture"),
    ("email", "See your email address"),
    ("address", "See your postal address"),
    ("phone", "See your phone number"),
    ("offline_access", "Keep this access while you are away"),
];

/// `GET /u/consent?state=…`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Query(params): Query,
) -> Result<Response, Failure> {
    let opened = Opened::find(&tenant, &visit, &params, Step::Consent).await?;
    let known = opened.session().await?;
    opened.consent_page(&known).await
}

/// `POST /u/consent`: the form's submission, with `decision` as `accept` or `decline`.
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Form(sent): Form,
) -> Result<Response, Failure> {
    let form = sent?;
    let opened = Opened::find_sent(&tenant, &visit, &form, Step::Consent).await?;
    let known = opened.session().await?;
    match form.get("decision") {
        Some("accept") => opened.accept(known).await,
        Some("decline") => opened.decline(known).await,
        _ => Err(ApiError::invalid_request("The form must say whether you accept or decline.").into()),
    }
}

impl Opened<'_> {
    fn asked(&self) -> AskedConsent {
        self.login.progress.asked.clone().unwrap_or(AskedConsent { audience: None, scope: Vec::new() })
    }

    /// Stores what was shown, and nothing else, then goes on with the request.
    async fn accept(self, known: SessionWithUser) -> Result<Response, Failure> {
        let asked = self.asked();
        let client = self.client.as_ref().ok_or_else(used_up)?;
        let whose = (known.user.user_id.as_str(), client.client_id.as_str(), asked.audience.as_deref());
        let given =
            self.tenant.store().give_consent(&Hash::of(&self.id), whose, &asked.scope, self.tenant.now()).await?;
        let given = given.ok_or_else(used_up)?;
        let audience = given.audience.unwrap_or_else(|| format!("{}userinfo", self.visit.address.issuer));
        let prompt = json!({
            "name": "consent",
            "grantInfo": { "id": given.consent_id, "audience": audience, "scope": given.scope.join(" "), "expiration": null },
        });
        let entry = LogEntry::new(LogType::LoginSucceeded, self.visit, "").client(Some(client));
        let entry = entry.user(&known.user.user_id, &known.user.email);
        self.tenant.log(entry.details(json!({ "session_id": known.session.sid, "prompts": [prompt] })));
        Ok(self.go_on(known, true).await)
    }

    async fn decline(self, known: SessionWithUser) -> Result<Response, Failure> {
        self.take().await?;
        Ok(self.go_on(known, false).await)
    }

    async fn go_on(self, known: SessionWithUser, consented: bool) -> Response {
        let progress = Progress { consented: Some(consented), ..self.login.progress.clone() };
        self.resume(known, progress).await
    }

    async fn consent_page(&self, known: &SessionWithUser) -> Result<Response, Failure> {
        let (store, asked) = (self.tenant.store(), self.asked());
        let api = match &asked.audience {
            Some(audience) => store.api(audience, self.tenant.addresses()).await?,
            None => None,
        };
        let client_id = self.client.as_ref().map_or("", |client| &client.client_id);
        let before = store.consent(&known.user.user_id, client_id, asked.audience.as_deref()).await?;
        let is_new = |scope: &str| before.as_ref().is_some_and(|before| !before.scope.iter().any(|own| own == scope));
        let (standard, of_api): (Vec<_>, Vec<_>) = asked
            .scope
            .iter()
            .map(String::as_str)
            .partition(|scope| api.as_ref().is_none_or(|api| !api.has_scope(scope)));
        let targets = self.form_targets();
        let page = Page {
            status: StatusCode::OK,
            title: "Allow access",
            body: html! {
                h1 { (self.client_name()) " asks for access" }
                p { "to your account " strong { (known.user.email) } " at " (self.tenant_name) "." }
                @if !standard.is_empty() {
                    h2 { "It will be able to" }
                    ul.scopes { @for scope in standard { (item(in_words(scope), scope, is_new(scope))) } }
                }
                @if let Some(api) = &api {
                    h2 { "At " (api.name) @if of_api.is_empty() { ", whatever needs no special permission" } @else { ", it will be able to" } }
                    ul.scopes { @for scope in of_api { (item(of(api, scope), scope, is_new(scope))) } }
                }
                p.hint { (self.why()) }
                form method="post" action="/u/consent" {
                    input type="hidden" name="state" value=(self.id);
                    input type="hidden" name="csrf" value=(self.stamp());
                    div.choice {
                        button type="submit" name="decision" value="accept" { "Accept" }
                        button.second type="submit" name="decision" value="decline" { "Decline" }
                    }
                }
                p.hint { "Either way you go back to " (self.callback().map(|uri| uri.policy_source()).unwrap_or_default())
                    ". Whoever runs " (self.tenant_name) " can take your consent back at any time." }
            },
            framing: Framing::Never,
            form_targets: &targets,
        };
        Ok(page.into_response())
    }

    /// Why this app has to ask.
    fn why(&self) -> String {
        let (name, tenant) = (self.client_name(), &self.tenant_name);
        if self.client.as_ref().is_none_or(|client| !client.is_first_party) {
            return format!("{name} is made by somebody else than {tenant}. Accept only if you trust it.");
        }
        match self.callback() {
            Some(uri) if uri.is_loopback() => {
                format!("{name} belongs to {tenant}, but on this computer any program could call itself that.")
            }
            _ => format!("{name} belongs to {tenant}."),
        }
    }
}

fn item(words: &str, scope: &str, is_new: bool) -> Markup {
    html! { li { (words) " " code { (scope) } @if is_new { " " span.new { "new" } } } }
}

fn in_words(scope: &str) -> &str {
    STANDARD.iter().find(|(known, _)| *known == scope).map_or(scope, |(_, words)| words)
}

fn of<'a>(api: &'a Api, scope: &'a str) -> &'a str {
    api.scope(scope).and_then(|scope| scope.description.as_deref()).filter(|words| !words.is_empty()).unwrap_or(scope)
}
