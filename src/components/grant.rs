//! Who lets which app do what, until when: a sentence first, then its parts.

use leptos::prelude::*;
use silent_auth::leptos::Watched;
use silent_auth::protocol::session::Tokens;

use super::element::{Child, Element, el, optional, part, shown_when};
use super::parameters::facts;
use crate::clock;
use crate::model::grant::{Grant, grant};

/// The grant behind the tokens in use.
#[component]
pub fn GrantCard(
    /// The tokens in use.
    #[prop(into)]
    tokens: Watched<Option<Tokens>>,
    /// This app's client id.
    client_id: String,
    /// The API that the access token is for; `None` for the tenant's own `/userinfo`.
    audience: Option<String>,
    /// The scopes that were asked.
    asked: String,
) -> impl IntoView {
    let audience = audience.unwrap_or_else(|| "the tenant's /userinfo".to_owned());
    let cards = move || {
        let (client_id, audience) = (client_id.clone(), audience.clone());
        let card = |tokens: &Tokens| {
            let (grant, until) = (grant(&tokens.claims, &tokens.scope, &asked), clock::time(tokens.expires_at));
            part(age(tokens), move || card(grant, client_id, audience, until))
        };
        tokens.with(|tokens| tokens.as_ref().map(card))
    };
    let nobody = "Nobody lets this page do anything yet. After a sign-in this says who allows what, and until when.";
    el("div")
        .child(optional(cards))
        .child(shown_when(move || tokens.with(Option::is_none), move || el("p").class("empty").child(nobody)))
        .view()
}

/// Tells one set of tokens from the next.
#[must_use]
pub fn age(tokens: &Tokens) -> u64 {
    u64::try_from(tokens.received_at.as_millis()).unwrap_or(0)
}

fn card(grant: Grant, client_id: String, audience: String, until: String) -> Element {
    let person = grant.person;
    let sentence = el("p").class("grant").child(el("b").child(person.clone()));
    let sentence = if grant.doing.is_empty() {
        sentence.child(format!(" is known to {client_id}, which may call {audience}"))
    } else {
        sentence.child(format!(" lets {client_id} ")).child(el("b").child(grant.doing)).child(format!(" at {audience}"))
    };
    let learning = grant.learning;
    let end = if learning.is_empty() { ".".to_owned() } else { format!(". It also learns {person}'s {learning}.") };
    let sentence = sentence.child(" until ").child(el("b").child(until)).child(end);
    let actor = grant.actor.unwrap_or_else(|| format!("nobody: {person} acts alone (there is no act claim)"));
    let withheld = (!grant.withheld.is_empty()).then(|| ("asked, not granted", Child::from(grant.withheld.join(" "))));
    let parts = [
        Some(("subject", grant.subject.into())),
        Some(("client", client_id.into())),
        Some(("audience", audience.into())),
        Some(("scopes granted", grant.granted.join(" ").into())),
        withheld,
        Some(("acting party", actor.into())),
    ];
    el("div").child(sentence).child(facts(parts.into_iter().flatten()))
}
