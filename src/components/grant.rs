//! Who lets which app do what, until when: a sentence first, then its parts.

use leptos::prelude::*;

use crate::model::grant::Grant;

/// The grant behind the tokens in use.
#[component]
pub fn GrantCard(
    /// The grant; `None` while nobody is signed in.
    #[prop(into)]
    grant: Signal<Option<Grant>>,
    /// This app's client id.
    client_id: String,
    /// The API that the access token is for; `None` for the tenant's own `/userinfo`.
    audience: Option<String>,
    /// Until when, as the person's clock shows it.
    #[prop(into)]
    until: Signal<String>,
) -> impl IntoView {
    let audience = audience.unwrap_or_else(|| "the tenant's /userinfo".to_owned());
    move || {
        match grant.get() {
        Some(grant) => view! {
            <Card grant client_id=client_id.clone() audience=audience.clone() until />
        }
        .into_any(),
        None => view! {
            <p class="empty">"Nobody lets this page do anything yet. After a sign-in this says who allows what, and until when."</p>
        }
        .into_any(),
    }
    }
}

#[component]
fn Card(grant: Grant, client_id: String, audience: String, until: Signal<String>) -> impl IntoView {
    let person = grant.person.clone();
    let learns = (!grant.learning.is_empty()).then(|| format!(" It also learns {person}'s {}.", grant.learning));
    let sentence = if grant.doing.is_empty() {
        view! { <b>{person.clone()}</b>" is known to "<b>{client_id.clone()}</b>", which may call "<b>{audience.clone()}</b> }
            .into_any()
    } else {
        view! {
            <b>{person.clone()}</b>" lets "<b>{client_id.clone()}</b>" "<b>{grant.doing}</b>" at "<b>{audience.clone()}</b>
        }
        .into_any()
    };
    let actor = grant.actor.unwrap_or_else(|| format!("nobody: {person} acts alone (there is no act claim)"));
    let withheld = (!grant.withheld.is_empty()).then(|| {
        view! { <dt>"asked, not granted"</dt><dd>{grant.withheld.join(" ")}</dd> }
    });
    view! {
        <p class="grant">{sentence}" until "<b class="tabular">{until}</b>"."{learns}</p>
        <dl class="facts">
            <dt>"subject"</dt>
            <dd>{grant.subject}</dd>
            <dt>"client"</dt>
            <dd>{client_id}</dd>
            <dt>"audience"</dt>
            <dd>{audience}</dd>
            <dt>"scopes granted"</dt>
            <dd>{grant.granted.join(" ")}</dd>
            {withheld}
            <dt>"acting party"</dt>
            <dd>{actor}</dd>
        </dl>
    }
}
