//! APIs: what access tokens can be for, whether applications may keep access, and what users are asked for first.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::admin::{Admin, AdminForm};
use super::failure::Failure;
use super::layout::{Notice, View, badge, done, hidden, see_other};
use super::settings::switched;
use super::signing;
use crate::body::Query;
use crate::management::apis;
use crate::params::Params;
use crate::tenant_file::Object;

const LIFETIMES_DONE: (&str, &str) = ("lifetimes", "The lifetimes are changed, for tokens issued from now on.");

/// A switch of an API.
pub(super) struct Switch {
    /// The last part of its form's address; what comes of it is `PATH-on` and `PATH-off`.
    path: &'static str,
    field: &'static str,
    label: &'static str,
    /// What it means while it is on, and what was done when it was turned on.
    on: [&'static str; 2],
    off: [&'static str; 2],
}

/// Refresh tokens, or none.
pub(super) const OFFLINE: Switch = Switch {
    path: "offline",
    field: "allow_offline_access",
    label: "Allow Offline Access",
    on: [
        "An application that asks for the scope offline_access with this audience gets a refresh token, if it has that grant. Tokens that are out there keep working when this is turned off.",
        "Offline access is allowed: requests with the scope offline_access get a refresh token from now on.",
    ],
    off: [
        "A request for offline_access with this audience succeeds, without a refresh token.",
        "Offline access is not allowed: such requests succeed without a refresh token from now on.",
    ],
};

/// Whether first-party applications skip consent.
pub(super) const SKIP: Switch = Switch {
    path: "consent",
    field: "skip_consent_for_verifiable_first_party_clients",
    label: "Allow Skipping User Consent",
    on: [
        "First-party applications get tokens without asking the user, where it can be verified that it is they who answer: at https addresses.",
        "First-party applications do not ask for consent from now on, where they can be verified.",
    ],
    off: [
        "Every application asks the user for consent, once; silent requests before that are answered consent_required.",
        "Every application asks for consent from now on.",
    ],
};

/// The exception for callbacks at loopback addresses.
pub(super) const LOOPBACK: Switch = Switch {
    path: "loopback",
    field: "loopback_callbacks_are_verifiable",
    label: "Trust Loopback Callbacks",
    on: [
        "First-party applications skip consent at localhost too. Auth0 has no such exception: turn it off to see what happens there.",
        "First-party applications do not ask for consent at localhost from now on.",
    ],
    off: [
        "First-party applications ask for consent when they run at localhost, as at Auth0: any program on the computer could answer there.",
        "First-party applications ask for consent at localhost from now on.",
    ],
};

/// Whether users need a second factor.
pub(super) const MFA: Switch = Switch {
    path: "mfa",
    field: "require_mfa",
    label: "Require a Second Factor",
    on: [
        "Only users who have a second factor, and gave it in their session, get tokens for this API.",
        "A second factor is needed from now on.",
    ],
    off: ["The password is enough for users who have no second factor.", "No second factor is needed from now on."],
};

/// `GET /dashboard/apis`.
pub(super) async fn list(admin: Admin) -> Result<Response, Failure> {
    let apis = apis::all(&admin.tenant).await?;
    let body = html! {
        p { "An API is an audience: what an access token is for. An API that was modelled as an application becomes one of these." }
        div.scroll.card tabindex="0" role="region" aria-label="APIs" {
            table {
                thead { tr { th scope="col" { "Name" } th scope="col" { "Identifier" } th scope="col" { "Offline access" } } }
                tbody {
                    @for api in &apis {
                        tr {
                            th scope="row" { a href={ "/dashboard/apis/" (text(api, "id")) } { (text(api, "name")) } }
                            td { code { (text(api, "identifier")) } }
                            td { @if is_on(api, &OFFLINE) { (badge("good", "✓", "allowed")) } @else { (badge("quiet", "○", "not allowed")) } }
                        }
                    }
                }
            }
        }
    };
    Ok(View { at: "apis", title: "APIs", notice: None, body }.show(&admin))
}

/// `GET /dashboard/apis/{id}`.
pub(super) async fn get(admin: Admin, Path(id): Path<String>, Query(params): Query) -> Result<Response, Failure> {
    let api = api(&admin, &id).await?;
    let turned = [OFFLINE, SKIP, LOOPBACK, MFA]
        .map(|switch| [(format!("{}-on", switch.path), switch.on[1]), (format!("{}-off", switch.path), switch.off[1])]);
    let turned = turned.iter().flatten().map(|(word, sentence)| (word.as_str(), *sentence));
    let all: Vec<_> = turned.chain([LIFETIMES_DONE, signing::DONE]).collect();
    Ok(page(&admin, &api, None, done(params.get("done"), &all)))
}

/// Turns a switch.
pub(super) async fn turn(
    switch: &Switch,
    Path(id): Path<String>,
    AdminForm { admin, form }: AdminForm,
) -> Result<Response, Failure> {
    let api = api(&admin, &id).await?;
    let Some(allow) = switched(&form, "allow") else {
        let sentence = "The form did not say which way to turn the switch.".to_owned();
        return Ok(page(&admin, &api, None, Some(Notice::Wrong(sentence))));
    };
    let sent = Object::from_iter([(switch.field.to_owned(), json!(allow))]);
    let word = format!("{}-{}", switch.path, if allow { "on" } else { "off" });
    carry_out(&admin, &api, sent, None, &word).await
}

/// How long access tokens for the API live.
pub(super) async fn lifetimes(
    Path(id): Path<String>,
    AdminForm { admin, form }: AdminForm,
) -> Result<Response, Failure> {
    let api = api(&admin, &id).await?;
    let mut sent = Object::new();
    for name in ["token_lifetime", "token_lifetime_for_web"] {
        let typed = form.get(name).unwrap_or_default().trim();
        // What is no number goes on as text, and is refused with its place.
        sent.insert(name.into(), typed.parse::<i64>().map_or_else(|_| json!(typed), |number| json!(number)));
    }
    carry_out(&admin, &api, sent, Some(&form), "lifetimes").await
}

async fn carry_out(
    admin: &Admin,
    api: &Object,
    sent: Object,
    form: Option<&Params>,
    word: &str,
) -> Result<Response, Failure> {
    let id = text(api, "id");
    match apis::change(&admin.tenant, id, sent).await {
        Ok(_) => {
            admin.log("Update a resource server");
            Ok(see_other(&format!("/dashboard/apis/{id}?done={word}")))
        }
        Err(error) if error.status == StatusCode::BAD_REQUEST => {
            Ok(page(admin, api, form, Some(Notice::Wrong(error.in_words().to_owned()))))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn api(admin: &Admin, id: &str) -> Result<Object, Failure> {
    let apis = apis::all(&admin.tenant).await?;
    apis.into_iter().find(|api| text(api, "id") == id).ok_or_else(|| Failure::not_found("API"))
}

/// `typed` is a form that was refused, whichever of the page's forms it is.
pub(super) fn page(admin: &Admin, api: &Object, typed: Option<&Params>, notice: Option<Notice>) -> Response {
    let id = text(api, "id");
    let lifetimes = typed.filter(|form| form.get("signing_alg").is_none());
    let invalid = lifetimes.map(|_| "true");
    let value = |name: &str| match lifetimes {
        Some(form) => form.get(name).unwrap_or_default().to_owned(),
        None => api.get(name).map(Value::to_string).unwrap_or_default(),
    };
    let body = html! {
        dl.facts.card {
            dt { "Identifier" } dd { code { (text(api, "identifier")) } span.hint { " (the audience)" } }
            dt { "ID" } dd { code { (id) } }
            dt { "Signed with" } dd { (text(api, "signing_alg")) }
            @if api.contains_key("client_id") {
                dt { "Application of its own" } dd { code { (text(api, "client_id")) } span.hint { " (asks at /oauth/introspect whether tokens are good)" } }
            }
            dt { "Scopes" } dd {
                ul { @for scope in api.get("scopes").and_then(Value::as_array).into_iter().flatten() {
                    li { code { (scope["value"].as_str().unwrap_or_default()) } " " span.hint { (scope["description"].as_str().unwrap_or_default()) } }
                } }
            }
        }
        section.card aria-labelledby="refresh" {
            h2 #refresh { "Refresh tokens" }
            (switch_row(admin, api, &OFFLINE))
        }
        section.card aria-labelledby="before" {
            h2 #before { "Before a user's first token" }
            @for switch in [SKIP, LOOPBACK, MFA] { (switch_row(admin, api, &switch)) }
        }
        form.card method="post" action={ "/dashboard/apis/" (id) } {
            h2 { "Lifetimes" }
            (hidden(admin))
            @for (name, label, hint) in [
                ("token_lifetime", "Token lifetime (seconds)", "From 1 to 2,592,000, which is 30 days."),
                ("token_lifetime_for_web", "Token lifetime for browser flows (seconds)", "For tokens that come by the implicit grant; at most the lifetime above."),
            ] {
                div.field {
                    label for=(name) { (label) }
                    input id=(name) name=(name) type="text" inputmode="numeric" autocomplete="off" required value=(value(name)) aria-invalid=[invalid] aria-describedby={ (name) "-hint" };
                    p.hint id={ (name) "-hint" } { (hint) }
                }
            }
            button type="submit" { "Save the lifetimes" }
        }
        (signing::section(admin, api, typed))
    };
    View { at: "apis", title: text(api, "name"), notice, body }.show(admin)
}

fn switch_row(admin: &Admin, api: &Object, switch: &Switch) -> Markup {
    let on = is_on(api, switch);
    let means = format!("{}-means", switch.path);
    html! {
        form.switch method="post" action={ "/dashboard/apis/" (text(api, "id")) "/" (switch.path) } {
            (hidden(admin))
            input type="hidden" name="allow" value=(!on);
            button.toggle type="submit" role="switch" aria-checked=(on) aria-describedby=(means) {
                span.knob aria-hidden="true" {}
                span { (switch.label) }
            }
            (badge(if on { "good" } else { "quiet" }, if on { "●" } else { "○" }, if on { "on" } else { "off" }))
        }
        p id=(means) { @if on { "On: " (switch.on[0]) } @else { "Off: " (switch.off[0]) } }
    }
}

fn is_on(api: &Object, switch: &Switch) -> bool {
    api.get(switch.field) == Some(&Value::Bool(true))
}

fn text<'a>(object: &'a Object, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}
