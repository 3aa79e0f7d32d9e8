//! The form of an application's refresh tokens: whether each use replaces them, and when they end.

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::admin::{Admin, AdminForm};
use super::applications::{Form, carry_out};
use super::failure::Failure;
use super::layout::{hidden, segment};
use crate::params::Params;
use crate::tenant_file::Object;

/// The last part of the form's address.
pub(super) const FORM: Form = Form {
    path: "refresh-tokens",
    done: "The refresh tokens are changed: those issued from now on live so, and the rest from their next use on.",
    shows: Clone::clone,
};

/// A field, its name for people, and the values of which it is one.
type Choice = (&'static str, &'static str, [(&'static str, &'static str); 2]);

const CHOICES: [Choice; 2] = [
    (
        "rotation_type",
        "Rotation",
        [
            ("rotating", "Rotating: each use brings the next token. A spent one that comes again ends them all."),
            ("non-rotating", "Non-rotating: one token is good for many uses."),
        ],
    ),
    (
        "expiration_type",
        "Expiration",
        [
            ("expiring", "Expiring: tokens end at the lifetimes below. Rotating tokens always do."),
            ("non-expiring", "Non-expiring: tokens are good until they are revoked."),
        ],
    ),
];

/// Lifetimes, each with the switch that takes it away.
const LIFETIMES: [(&str, &str, &str, &str); 2] = [
    (
        "token_lifetime",
        "Absolute lifetime (seconds)",
        "After the sign-in, whatever the use. At most 31,557,600: a year.",
        "infinite_token_lifetime",
    ),
    (
        "idle_token_lifetime",
        "Idle lifetime (seconds)",
        "Without use. At most the absolute lifetime.",
        "infinite_idle_token_lifetime",
    ),
];

/// `POST /dashboard/applications/{id}/refresh-tokens`.
pub(super) async fn post(Path(id): Path<String>, AdminForm { admin, form }: AdminForm) -> Result<Response, Failure> {
    let settings = Value::Object(typed(&form));
    carry_out(&admin, &id, &FORM, Object::from_iter([("refresh_token".to_owned(), settings)])).await
}

fn typed(form: &Params) -> Object {
    let mut settings = Object::new();
    for (name, _, _) in CHOICES {
        settings.insert(name.into(), json!(form.get(name).unwrap_or_default()));
    }
    for name in std::iter::once("leeway").chain(LIFETIMES.map(|(name, ..)| name)) {
        let typed = form.get(name).unwrap_or_default().trim();
        // What is no number goes on as text, and is refused with its place.
        settings.insert(name.into(), typed.parse::<i64>().map_or_else(|_| json!(typed), |number| json!(number)));
    }
    for (_, _, _, infinite) in LIFETIMES {
        settings.insert(infinite.into(), json!(form.get(infinite).is_some()));
    }
    settings
}

/// `typed` is the client, with what was typed over it.
pub(super) fn section(admin: &Admin, id: &str, typed: &Object) -> Markup {
    let settings = typed.get("refresh_token").unwrap_or(&Value::Null);
    let number = |name: &str| match &settings[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    html! {
        form.card method="post" action={ "/dashboard/applications/" (segment(id)) "/" (FORM.path) } {
            h2 { "Refresh tokens" }
            (hidden(admin))
            @for (name, legend, choices) in CHOICES {
                fieldset {
                    legend { (legend) }
                    ul.checks {
                        @for (value, means) in choices {
                            li { label {
                                input type="radio" name=(name) value=(value) required checked[settings[name] == value];
                                span { (means) }
                            } }
                        }
                    }
                }
            }
            div.field {
                label for="leeway" { "Leeway (seconds)" }
                input #leeway name="leeway" type="text" inputmode="numeric" autocomplete="off" required value=(number("leeway")) aria-describedby="leeway-hint";
                p.hint #leeway-hint { "How long a token that was just replaced brings the same next one again, for an answer that got lost. With rotation alone." }
            }
            @for (name, label, hint, infinite) in LIFETIMES {
                div.field {
                    label for=(name) { (label) }
                    input id=(name) name=(name) type="text" inputmode="numeric" autocomplete="off" required value=(number(name)) aria-describedby={ (name) "-hint" };
                    p.hint id={ (name) "-hint" } { (hint) }
                }
                label.check {
                    input type="checkbox" name=(infinite) value="true" checked[settings[infinite] == true];
                    span { "No limit in place of the " @if name == "token_lifetime" { "absolute" } @else { "idle" } " lifetime" }
                }
            }
            button type="submit" { "Save the refresh tokens" }
        }
    }
}
