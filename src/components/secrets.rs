//! The tokens themselves: covered, revealed one by one, and covered again when nobody can see the page.

use leptos::prelude::*;
use silent_auth::leptos::Watched;
use silent_auth::protocol::session::Tokens;

use super::element::{Element, el, key, optional, part, shown_when, text};
use super::parameters::fingerprint;

/// A token's text and what may always be shown of it.
struct Secret {
    text: String,
    fingerprint: String,
}

fn access_token(tokens: &Tokens) -> Secret {
    let token = &tokens.access_token;
    Secret { text: token.expose().to_owned(), fingerprint: token.fingerprint() }
}

fn id_token(tokens: &Tokens) -> Secret {
    let token = &tokens.id_token;
    Secret { text: token.expose().to_owned(), fingerprint: token.fingerprint() }
}

/// The tokens in use, each under its name.
#[component]
pub fn CoveredTokens(
    /// The tokens in use.
    #[prop(into)]
    tokens: Watched<Option<Tokens>>,
    /// The fingerprint of the one token that is revealed; `None` covers all. A fingerprint, so that the token that takes
    /// its place is covered.
    revealed: RwSignal<Option<String>>,
) -> impl IntoView {
    shown_when(
        move || tokens.with(Option::is_some),
        move || {
            el("div")
                .class("secrets")
                .child(covered("access token", tokens, access_token, revealed))
                .child(covered("ID token", tokens, id_token, revealed))
        },
    )
}

fn covered(
    name: &'static str,
    tokens: Watched<Option<Tokens>>,
    pick: fn(&Tokens) -> Secret,
    revealed: RwSignal<Option<String>>,
) -> Element {
    let secret = move || tokens.with(|tokens| tokens.as_ref().map(pick));
    let print = move || secret().map(|secret| secret.fingerprint);
    let is_revealed = move || print().is_some_and(|print| revealed.with(|revealed| revealed.as_ref() == Some(&print)));
    let toggle = move || revealed.set(if is_revealed() { None } else { print() });
    let label = move || format!("{} {name}", if is_revealed() { "Cover" } else { "Show" });
    // Drawn anew for each token and when it is revealed or covered, so that a covered token is not in the page at all.
    let value = move || {
        let is_revealed = is_revealed();
        let value = |secret: Secret| {
            part(key(&secret.fingerprint) ^ u64::from(is_revealed), move || {
                if is_revealed {
                    el("code").class("secret__text").child(secret.text)
                } else {
                    el("span").class("secret__cover").child("covered, ").child(fingerprint(secret.fingerprint))
                }
            })
        };
        secret().map(value)
    };
    let button = el("button").class("button button--small").attribute("type", "button").on_click(toggle);
    el("div")
        .class("secret")
        .child(el("span").class("secret__name").child(name))
        .child(button.child(text(label)))
        .child(el("div").class("secret__value").child(optional(value)))
}
