//! What the person can do: sign in, renew, sign out here, or sign out at the tenant alone.

use leptos::prelude::*;
use silent_auth::leptos::Watched;
use silent_auth::protocol::session::Phase;

use super::element::{Child, all, el, shown_when};

/// The buttons that fit the phase.
#[component]
pub fn Controls(
    /// The phase.
    #[prop(into)]
    phase: Watched<Phase>,
    /// Starts a sign-in by full-page redirect.
    #[prop(into)]
    sign_in: Callback<()>,
    /// Asks for a fresh token now.
    #[prop(into)]
    renew: Callback<()>,
    /// Signs out here and at the tenant.
    #[prop(into)]
    sign_out: Callback<()>,
    /// The address that signs out at the tenant alone; empty if there is none.
    #[prop(into)]
    tenant_sign_out_url: Callback<(), String>,
) -> impl IntoView {
    let is = move |phases: fn(&Phase) -> bool| move || phase.with(phases);
    let can_sign_in = is(|it| !matches!(it, Phase::Checking | Phase::Leaving | Phase::SignedIn | Phase::Renewing));
    let can_ask_again = is(|it| matches!(it, Phase::Undetermined { .. } | Phase::Expired { .. }));
    let is_in = is(|it| matches!(it, Phase::SignedIn | Phase::Renewing | Phase::RenewalFailed { .. }));
    let renewing = is(|it| matches!(it, Phase::Renewing));
    let button = |name: &'static str, act: Callback<()>| {
        el("button").attribute("type", "button").on_click(move || act.run(())).child(name)
    };
    let signed_in = move || -> Child {
        let rank = move || Some(if can_sign_in() { "button" } else { "button button--primary" }.to_owned());
        let elsewhere = Some(tenant_sign_out_url.run(())).filter(|url| !url.is_empty());
        let link = elsewhere.map(|url| {
            el("a")
                .class("button")
                .attribute("href", url)
                .attribute("target", "_blank")
                .attribute("rel", "noopener")
                .attribute("aria-describedby", "tenant-only")
                .child("Sign out at the tenant only")
        });
        let hint = link.is_some().then(|| {
            el("p").class("controls__hint").attribute("id", "tenant-only").child(
                "Opens a new tab and ends the session there. This page is not told: the next renewal will find out.",
            )
        });
        all([
            button("Renew now", renew)
                .follows("class", rank)
                // Not `disabled`, which would take the focus away from whoever pressed it by keyboard. Pressing it again is harmless.
                .follows("aria-disabled", move || renewing().then(|| "true".to_owned()))
                .into(),
            button("Sign out", sign_out).class("button").into(),
            link.into(),
            hint.into(),
        ])
    };
    el("div")
        .class("controls")
        .child(shown_when(can_sign_in, move || button("Sign in", sign_in).class("button button--primary")))
        .child(shown_when(can_ask_again, move || button("Try again now", renew).class("button")))
        .child(shown_when(is_in, signed_in))
        .view()
}
