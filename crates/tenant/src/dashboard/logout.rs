//! The form that says how an application is told that a session ended (OpenID Connect Back-Channel and Front-Channel Logout 1.0).

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::admin::{Admin, AdminForm};
use super::applications::{Form, carry_out, lines, typed_lines};
use super::failure::Failure;
use super::layout::{hidden, segment};
use crate::model::LogoutInitiator;
use crate::params::Params;
use crate::tenant_file::Object;

/// The last part of the form's address.
pub(super) const FORM: Form =
    Form { path: "logout", done: "How the application is told is changed, for sessions that end from now on.", shows };

const BACK_CHANNEL: &str = "backchannel_logout_urls";
const FRONT_CHANNEL: &str = "frontchannel_logout_uri";
const WITH_SESSION: &str = "frontchannel_logout_session_required";

/// Ends that an application may want to know of. That the user signed out it is always told.
const INITIATORS: [(LogoutInitiator, &str); 2] = [
    (LogoutInitiator::SessionRevoked, "An administrator ended the session"),
    (LogoutInitiator::SessionExpired, "The session reached one of its limits"),
];

/// `POST /dashboard/applications/{id}/logout`.
pub(super) async fn post(Path(id): Path<String>, AdminForm { admin, form }: AdminForm) -> Result<Response, Failure> {
    carry_out(&admin, &id, &FORM, typed(&form)).await
}

fn typed(form: &Params) -> Object {
    let selected: Vec<_> = form.all("selected_initiators").collect();
    let front_channel = form.get(FRONT_CHANNEL).map(str::trim).filter(|uri| !uri.is_empty());
    settings(&typed_lines(form, BACK_CHANNEL), &selected, front_channel, form.get(WITH_SESSION).is_some())
}

/// What the form shows of a client.
fn shows(client: &Object) -> Object {
    let back_channel = client.get("oidc_logout").unwrap_or(&Value::Null);
    let initiators = &back_channel["backchannel_logout_initiators"];
    let selected = lines(initiators.get("selected_initiators"));
    let names = INITIATORS.map(|(initiator, _)| initiator.name());
    let selected: Vec<_> =
        names.into_iter().filter(|name| initiators["mode"] == "all" || selected.contains(name)).collect();
    let front_channel = client.get(FRONT_CHANNEL).and_then(Value::as_str);
    let with_session = client.get(WITH_SESSION) != Some(&json!(false));
    settings(&lines(back_channel.get(BACK_CHANNEL)), &selected, front_channel, with_session)
}

fn settings(back_channel: &[&str], selected: &[&str], front_channel: Option<&str>, with_session: bool) -> Object {
    let back_channel = json!({
        BACK_CHANNEL: back_channel,
        "backchannel_logout_initiators": { "mode": "custom", "selected_initiators": selected },
    });
    Object::from_iter([
        ("oidc_logout".to_owned(), back_channel),
        (FRONT_CHANNEL.to_owned(), json!(front_channel)),
        (WITH_SESSION.to_owned(), json!(with_session)),
    ])
}

/// `typed` is the client, with what was typed over it.
pub(super) fn section(admin: &Admin, id: &str, typed: &Object) -> Markup {
    let shown = shows(typed);
    let urls = lines(shown["oidc_logout"].get(BACK_CHANNEL));
    let selected = lines(shown["oidc_logout"]["backchannel_logout_initiators"].get("selected_initiators"));
    html! {
        form.card method="post" action={ "/dashboard/applications/" (segment(id)) "/" (FORM.path) } {
            h2 { "When a session ends" }
            (hidden(admin))
            div.field {
                label for=(BACK_CHANNEL) { "Back-Channel Logout URI" }
                p.hint #back-channel-hint { "The tenant posts a logout token to it: https, or this machine. One a line." }
                textarea id=(BACK_CHANNEL) name=(BACK_CHANNEL) rows=(urls.len().clamp(2, 8)) spellcheck="false" aria-describedby="back-channel-hint" { (urls.join("\n")) }
            }
            fieldset {
                legend { "Back-Channel Logout Initiators" }
                p.hint { "Beside the sign-out by the user, which is always told." }
                ul.checks {
                    @for (initiator, means) in INITIATORS {
                        li { label {
                            input type="checkbox" name="selected_initiators" value=(initiator.name()) checked[selected.contains(&initiator.name())];
                            span { (means) br; code.hint { (initiator.name()) } }
                        } }
                    }
                }
            }
            div.field {
                label for=(FRONT_CHANNEL) { "Front-Channel Logout URI" }
                input id=(FRONT_CHANNEL) name=(FRONT_CHANNEL) type="text" inputmode="url" autocomplete="off" spellcheck="false" value=(shown[FRONT_CHANNEL].as_str().unwrap_or_default()) aria-describedby="front-channel-hint";
                p.hint #front-channel-hint { "The browser loads it in a frame of the page that signs out. Empty: none." }
            }
            label.check {
                input type="checkbox" name=(WITH_SESSION) value="true" checked[shown[WITH_SESSION] == true];
                span { "Session required" br; span.hint { "The frame's address says which session ended: " code { "iss" } " and " code { "sid" } "." } }
            }
            button type="submit" { "Save what happens then" }
        }
    }
}
