//! APIs: what access tokens can be for, and whether applications may keep access while the user is away.

use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use serde_json::{Value, json};

use super::admin::{Admin, AdminForm};
use super::failure::Failure;
use super::layout::{Notice, View, badge, done, hidden, see_other};
use super::settings::switched;
use crate::management::apis;
use crate::params::Params;
use crate::tenant_file::Object;

const DONE: [(&str, &str); 3] = [
    ("on", "Offline access is allowed: requests with the scope offline_access get a refresh token from now on."),
    ("off", "Offline access is not allowed: such requests succeed without a refresh token from now on."),
    ("lifetimes", "The lifetimes are changed, for tokens issued from now on."),
];

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
                            td { @if offline_allowed(api) { (badge("good", "✓", "allowed")) } @else { (badge("quiet", "○", "not allowed")) } }
                        }
                    }
                }
            }
        }
    };
    Ok(View { at: "apis", title: "APIs", notice: None, body }.show(&admin))
}

/// `GET /dashboard/apis/{id}`.
pub(super) async fn get(admin: Admin, Path(id): Path<String>, RawQuery(raw): RawQuery) -> Result<Response, Failure> {
    let params = Params::from_form(raw.unwrap_or_default().as_bytes());
    let api = api(&admin, &id).await?;
    Ok(page(&admin, &api, None, done(params.get("done"), &DONE)))
}

/// The toggle *Allow Offline Access*.
pub(super) async fn offline(Path(id): Path<String>, AdminForm { admin, form }: AdminForm) -> Result<Response, Failure> {
    let api = api(&admin, &id).await?;
    let Some(allow) = switched(&form, "allow") else {
        let sentence = "The form did not say which way to turn the switch.".to_owned();
        return Ok(page(&admin, &api, None, Some(Notice::Wrong(sentence))));
    };
    let sent = Object::from_iter([("allow_offline_access".to_owned(), json!(allow))]);
    carry_out(&admin, &api, sent, None, if allow { "on" } else { "off" }).await
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

async fn api(admin: &Admin, id: &str) -> Result<Object, Failure> {
    let apis = apis::all(&admin.tenant).await?;
    apis.into_iter().find(|api| text(api, "id") == id).ok_or_else(|| Failure::not_found("API"))
}

fn page(admin: &Admin, api: &Object, typed: Option<&Params>, notice: Option<Notice>) -> Response {
    let id = text(api, "id");
    let allowed = offline_allowed(api);
    let invalid = typed.map(|_| "true");
    let value = |name: &str| match typed {
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
        section.card aria-labelledby="offline" {
            h2 #offline { "Refresh tokens" }
            form.switch method="post" action={ "/dashboard/apis/" (id) "/offline" } {
                (hidden(admin))
                input type="hidden" name="allow" value=(!allowed);
                button.toggle type="submit" role="switch" aria-checked=(allowed) aria-describedby="offline-means" {
                    span.knob aria-hidden="true" {}
                    span { "Allow Offline Access" }
                }
                (badge(if allowed { "good" } else { "quiet" }, if allowed { "●" } else { "○" }, if allowed { "on" } else { "off" }))
            }
            p #offline-means {
                @if allowed {
                    "On: an application that asks for the scope " code { "offline_access" } " with this audience gets a refresh token, if it has that grant. Click to stop that; tokens that are out there keep working."
                } @else {
                    "Off: a request for " code { "offline_access" } " with this audience succeeds, without a refresh token. Click to allow refresh tokens."
                }
            }
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
    };
    View { at: "apis", title: text(api, "name"), notice, body }.show(admin)
}

fn offline_allowed(api: &Object) -> bool {
    api.get("allow_offline_access") == Some(&Value::Bool(true))
}

fn text<'a>(object: &'a Object, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}
