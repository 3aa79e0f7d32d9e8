//! The form that says what an API's access tokens are signed with, and the one page that shows a new secret.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::admin::{Admin, AdminForm};
use super::apis::{api, page};
use super::failure::Failure;
use super::layout::{Notice, hidden, see_other};
use crate::management::apis;
use crate::params::Params;
use crate::tenant_file::Object;

pub(super) const DONE: (&str, &str) =
    ("signing", "The algorithm is changed, for tokens issued from now on. An API that checks them must know it.");

const ALGORITHMS: [(&str, &str); 3] = [
    ("RS256", "RS256: by the tenant's key. APIs check tokens with the public keys."),
    ("ES256", "ES256: the same with a shorter key and shorter tokens. An addition to Auth0's."),
    ("HS256", "HS256: by a secret that the API and the tenant share. Whoever has it can make tokens for this API."),
];

/// `POST /dashboard/apis/{id}/signing`.
pub(super) async fn post(Path(id): Path<String>, AdminForm { admin, form }: AdminForm) -> Result<Response, Failure> {
    let before = api(&admin, &id).await?;
    let mut sent = Object::from_iter([("signing_alg".to_owned(), json!(form.get("signing_alg").unwrap_or_default()))]);
    if form.get("new_secret").is_some() {
        sent.insert(apis::SECRET.into(), Value::Null);
    }
    match apis::change(&admin.tenant, &id, sent).await {
        Ok(changed) => {
            admin.log("Update a resource server");
            if !changed.contains_key(apis::SECRET) {
                return Ok(see_other(&format!("/dashboard/apis/{id}?done={}", DONE.0)));
            }
            // Nobody sees the secret again, so this answer shows it in place of a way to the page.
            let changed = apis::shown(changed, admin.tenant.addresses());
            Ok(page(
                &admin,
                &changed,
                None,
                Some(Notice::Done("Copy the new signing secret now: it is shown this once.")),
            ))
        }
        Err(error) if error.status == StatusCode::BAD_REQUEST => {
            Ok(page(&admin, &before, Some(&form), Some(Notice::Wrong(error.in_words().to_owned()))))
        }
        Err(error) => Err(error.into()),
    }
}

/// `typed` is what was sent and refused, if something was.
pub(super) fn section(admin: &Admin, api: &Object, typed: Option<&Params>) -> Markup {
    let text = |name: &str| api.get(name).and_then(Value::as_str).unwrap_or_default();
    let chosen = typed.and_then(|form| form.get("signing_alg")).unwrap_or_else(|| text("signing_alg"));
    html! {
        form.card method="post" action={ "/dashboard/apis/" (text("id")) "/" (DONE.0) } {
            h2 { "Signing" }
            (hidden(admin))
            @if let Some(secret) = api.get(apis::SECRET).and_then(Value::as_str) {
                p { "The new signing secret: " code { (secret) } }
            }
            fieldset {
                legend { "Signing Algorithm" }
                ul.checks {
                    @for (name, means) in ALGORITHMS {
                        li { label {
                            input type="radio" name="signing_alg" value=(name) required checked[chosen == name];
                            span { (means) }
                        } }
                    }
                }
            }
            label.check {
                input type="checkbox" name="new_secret" value="true";
                span { "Make a new signing secret" br; span.hint { "HS256 alone has one; the first is made with it. Tokens that the old one signed end at once." } }
            }
            button type="submit" { "Save the signing" }
        }
    }
}
