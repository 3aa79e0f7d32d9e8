//! Applications: which there are, and what one of them may do.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use migration::grant_type::{DELEGATION_ID_TOKEN, DELEGATION_REFRESH_TOKEN};
use serde_json::{Value, json};

use super::admin::{Admin, AdminForm};
use super::failure::Failure;
use super::layout::{Notice, View, badge, done, hidden, query, see_other, segment};
use super::{logout, refresh_tokens};
use crate::body::Query;
use crate::management::client_rules::shown;
use crate::management::clients;
use crate::params::Params;
use crate::store::Registry;
use crate::tenant_file::Object;
use crate::token::{exchange, mfa_otp};

/// The grants that this tenant has endpoints for. Others that a client has are kept as they are.
const GRANTS: [(&str, &str); 11] = [
    ("Authorization Code", "authorization_code"),
    ("Implicit", "implicit"),
    ("Refresh Token", "refresh_token"),
    ("Client Credentials", "client_credentials"),
    ("Token Exchange", exchange::GRANT),
    ("Password", "password"),
    ("Password with a realm", "http://auth0.com/oauth/grant-type/password-realm"),
    ("One-time code after a password", mfa_otp::GRANT),
    ("Legacy: /oauth/ro", "http://auth0.com/oauth/legacy/grant-type/ro"),
    ("Legacy: delegation with an ID token", DELEGATION_ID_TOKEN),
    ("Legacy: delegation with a refresh token", DELEGATION_REFRESH_TOKEN),
];

/// Lists that are edited one entry a line, with what they are for.
const LISTS: [(&str, &str, &str); 5] = [
    ("callbacks", "Allowed Callback URLs", "Where an authorization response may go. Compared letter by letter."),
    (
        "web_origins",
        "Allowed Web Origins",
        "Pages that may receive silent answers by web message: scheme, host and port alone.",
    ),
    (
        "allowed_origins",
        "Allowed Origins (CORS)",
        "Further pages that may call the tenant. Origins of callbacks may already.",
    ),
    ("allowed_logout_urls", "Allowed Logout URLs", "Where the browser may be sent after signing out."),
    (
        "allowed_clients",
        "Allowed Clients",
        "Client ids that may ask at POST /delegation for a token for this application.",
    ),
];

/// `GET /dashboard/applications`.
pub(super) async fn list(admin: Admin) -> Result<Response, Failure> {
    let clients = admin.tenant.store().objects(Registry::Clients).await?;
    let clients: Vec<_> = clients.into_iter().map(|client| shown(client, admin.tenant.addresses(), false)).collect();
    let body = html! {
        p { "An application is a client in the words of OAuth: who may ask this tenant for tokens, and how." }
        div.scroll.card tabindex="0" role="region" aria-label="Applications" {
            table {
                thead { tr { th scope="col" { "Name" } th scope="col" { "Client ID" } th scope="col" { "Kind" } th scope="col" { "Delegation" } } }
                tbody {
                    @for client in &clients {
                        tr {
                            th scope="row" { a href={ "/dashboard/applications/" (segment(text(client, "client_id"))) } { (text(client, "name")) } }
                            td { code { (text(client, "client_id")) } }
                            td { (kind(client)) }
                            td { @if has_legacy_delegation(client) { (badge("trouble", "▲", "legacy grant")) } @else { span.quiet { "—" } } }
                        }
                    }
                }
            }
        }
    };
    Ok(View { at: "applications", title: "Applications", notice: None, body }.show(&admin))
}

/// `GET /dashboard/applications/{id}`.
pub(super) async fn get(admin: Admin, Path(id): Path<String>, Query(params): Query) -> Result<Response, Failure> {
    let client = client(&admin, &id).await?;
    let forms = [FORM, refresh_tokens::FORM, logout::FORM];
    let notice = done(params.get("done"), &forms.map(|form| (word(&form), form.done)));
    Ok(page(&admin, &client, &client, notice))
}

/// One of the forms on an application's page.
pub(super) struct Form {
    /// What its address ends in; empty for the first one.
    pub path: &'static str,
    /// What was done.
    pub done: &'static str,
    /// What it shows of a client, where that is not what answers show.
    pub shows: fn(&Object) -> Object,
}

/// Everything that is no form of its own.
const FORM: Form =
    Form { path: "", done: "The application is changed; it counts from the next request on.", shows: Clone::clone };

/// `POST /dashboard/applications/{id}`.
pub(super) async fn post(Path(id): Path<String>, AdminForm { admin, form }: AdminForm) -> Result<Response, Failure> {
    carry_out(&admin, &id, &FORM, typed(&form)).await
}

/// Changes what differs from what there is.
pub(super) async fn carry_out(admin: &Admin, id: &str, form: &Form, typed: Object) -> Result<Response, Failure> {
    let before = client(admin, id).await?;
    let (mut sent, showed) = (typed.clone(), (form.shows)(&before));
    // What was not touched stays as it is stored, placeholders included.
    sent.retain(|name, value| !same(showed.get(name), value));
    let page_of = format!("/dashboard/applications/{}", segment(id));
    if sent.is_empty() {
        return Ok(see_other(&page_of));
    }
    match clients::change(&admin.tenant, id, sent).await {
        Ok(_) => {
            admin.log("Update a client");
            Ok(see_other(&format!("{page_of}?done={}", word(form))))
        }
        Err(error) if error.status == StatusCode::BAD_REQUEST => {
            let mut attempted = before.clone();
            attempted.extend(typed);
            Ok(page(admin, &before, &attempted, Some(Notice::Wrong(error.in_words().to_owned()))))
        }
        Err(error) => Err(error.into()),
    }
}

/// What says, in an address, that a form was carried out.
const fn word(form: &Form) -> &'static str {
    if form.path.is_empty() { "saved" } else { form.path }
}

async fn client(admin: &Admin, id: &str) -> Result<Object, Failure> {
    let clients = admin.tenant.store().objects(Registry::Clients).await?;
    let client = clients.into_iter().find(|client| text(client, "client_id") == id);
    Ok(shown(client.ok_or_else(|| Failure::not_found("application"))?, admin.tenant.addresses(), false))
}

/// What the form says.
fn typed(form: &Params) -> Object {
    let mut typed = Object::new();
    typed.insert("name".into(), json!(form.get("name").unwrap_or_default()));
    typed.insert("oidc_conformant".into(), json!(form.get("oidc_conformant").is_some()));
    typed.insert("partitioned_session".into(), json!(form.get("partitioned_session").is_some()));
    for (name, _, _) in LISTS {
        typed.insert(name.into(), json!(typed_lines(form, name)));
    }
    typed.insert("grant_types".into(), form.all("grant_types").collect());
    typed
}

/// The lines of a field, those that say something.
pub(super) fn typed_lines<'a>(form: &'a Params, name: &str) -> Vec<&'a str> {
    form.get(name).unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// Whether a value is what there is; an empty list is the same as none.
fn same(before: Option<&Value>, typed: &Value) -> bool {
    match (before, typed) {
        (None | Some(Value::Null), Value::Array(list)) => list.is_empty(),
        (Some(Value::Array(before)), Value::Array(list)) => {
            before.len() == list.len() && before.iter().all(|entry| list.contains(entry))
        }
        (before, typed) => before == Some(typed),
    }
}

/// `client` is what there is, `typed` what the form shows.
fn page(admin: &Admin, client: &Object, typed: &Object, notice: Option<Notice>) -> Response {
    let id = text(client, "client_id");
    let grants = typed.get("grant_types").and_then(Value::as_array).cloned().unwrap_or_default();
    let body = html! {
        dl.facts.card {
            dt { "Client ID" } dd { code { (id) } }
            dt { "Kind" } dd { (kind(client)) }
            dt { "Authenticates by" } dd { code { (authentication(client)) } }
            dt { "Party" } dd { @if client.get("is_first_party") == Some(&json!(false)) { "third party: users are asked for consent" } @else { "first party" } }
            @if let Some(addons) = client.get("addons").and_then(Value::as_object).filter(|addons| !addons.is_empty()) {
                dt { "Add-ons" } dd { (addons.keys().cloned().collect::<Vec<_>>().join(", ")) }
            }
            dt { "Refresh tokens" } dd { (refresh_tokens(client.get("refresh_token").unwrap_or(&Value::Null))) }
            dt { "Logs" } dd { a href={ "/dashboard/logs?" (query(&[("q", &format!("client_id:\"{id}\""))])) } { "Entries of this application" } }
        }
        form.card method="post" action={ "/dashboard/applications/" (segment(id)) } {
            (hidden(admin))
            div.field {
                label for="name" { "Name" }
                input #name name="name" type="text" required value=(text(typed, "name"));
            }
            fieldset {
                legend { "Grant Types" }
                p.hint { "What the application may send to the token endpoint, and to the legacy endpoints." }
                ul.checks {
                    @for (name, grant) in GRANTS {
                        li { label {
                            input type="checkbox" name="grant_types" value=(grant) checked[grants.contains(&json!(grant))];
                            span { (name) br; code.hint { (grant) } }
                        } }
                    }
                    @for other in grants.iter().filter_map(Value::as_str).filter(|other| !GRANTS.iter().any(|(_, grant)| grant == other)) {
                        li { label {
                            input type="checkbox" name="grant_types" value=(other) checked;
                            span { "Without effect at this tenant" br; code.hint { (other) } }
                        } }
                    }
                }
            }
            @for (name, label, hint) in LISTS {
                @let lines = lines(typed.get(name));
                div.field {
                    label for=(name) { (label) }
                    p.hint id={ (name) "-hint" } { (hint) " One a line." }
                    textarea id=(name) name=(name) rows=(lines.len().clamp(2, 8)) spellcheck="false" aria-describedby={ (name) "-hint" } { (lines.join("\n")) }
                }
            }
            label.check {
                input type="checkbox" name="oidc_conformant" value="true" checked[typed.get("oidc_conformant") == Some(&json!(true))];
                span { "OIDC Conformant" br; span.hint { "Follows OpenID Connect to the letter. Delegation is refused from it and for it." } }
            }
            label.check {
                input type="checkbox" name="partitioned_session" value="true" checked[typed.get("partitioned_session") == Some(&json!(true))];
                span { "Partitioned Session" br; span.hint {
                    "Hidden frames of its web origins find the user's session where browsers block third-party cookies, by a cookie for that app alone."
                } }
            }
            button type="submit" { "Save changes" }
        }
        (refresh_tokens::section(admin, id, typed))
        (logout::section(admin, id, typed))
    };
    View { at: "applications", title: text(client, "name"), notice, body }.show(admin)
}

fn kind(client: &Object) -> &'static str {
    match client.get("app_type").and_then(Value::as_str) {
        Some("spa") => "Single-page application",
        Some("native") => "Native",
        Some("regular_web") => "Regular web application",
        Some("non_interactive") => "Machine to machine",
        _ => "Not said",
    }
}

/// How it proves itself. A client with keys of its own has no other way.
fn authentication(client: &Object) -> &str {
    let method = text(client, "token_endpoint_auth_method");
    if method.is_empty() { "private_key_jwt" } else { method }
}

/// How its refresh tokens live, in words.
fn refresh_tokens(settings: &Value) -> String {
    let seconds = |name: &str| match settings[format!("infinite_{name}")].as_bool() {
        Some(true) => None,
        _ => settings[name].as_i64(),
    };
    let rotation = match settings["rotation_type"].as_str() {
        Some("rotating") => format!("replaced by each use, with a leeway of {} s", settings["leeway"]),
        _ => "good for many uses".to_owned(),
    };
    let ends: Vec<_> = [("token_lifetime", "after it was issued"), ("idle_token_lifetime", "without use")]
        .iter()
        .filter_map(|(name, since)| Some(format!("{} s {since}", seconds(name)?)))
        .collect();
    let ends = if ends.is_empty() { "never".to_owned() } else { ends.join(", or ") };
    format!("{rotation}; over: {ends}")
}

fn has_legacy_delegation(client: &Object) -> bool {
    lines(client.get("grant_types")).iter().any(|grant| [DELEGATION_ID_TOKEN, DELEGATION_REFRESH_TOKEN].contains(grant))
}

pub(super) fn lines(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn text<'a>(object: &'a Object, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// For the list of client kinds elsewhere in the dashboard.
pub(super) fn link(client_id: &str, name: &str) -> Markup {
    html! { a href={ "/dashboard/applications/" (segment(client_id)) } { (name) } }
}
