//! The old delegation request beside the silent renewal that replaces it, both sent for real.

use leptos::prelude::*;
use leptos::task::spawn_local;
use migration::{ClientType, Exchange, replacement};
use silent_auth::leptos::{Auth, use_auth};
use silent_auth::protocol::session::Phase;

use crate::components::card::{card, lead};
use crate::components::delegation::{Comparison, OldWay};
use crate::components::element::{Element, all, el, shown_when};
use crate::components::sequence::Sequence;
use crate::components::spec::links;
use crate::lab::{self, OldRun};
use crate::model::flight;

const NOT_SENT: &str = "Not sent from this page yet. What travels is drawn here, step by step.";

/// The page at `/delegation`.
#[component]
pub fn DelegationPage() -> impl IntoView {
    lab::set_title("Delegation");
    let auth = use_auth();
    let config = StoredValue::new(auth.config());
    let lab = lab::setting("lab").as_deref() == Some("true");
    let (run, times, pending) = (RwSignal::new(None::<OldRun>), RwSignal::new(0), RwSignal::new(false));
    let send = move |()| {
        let Some(id_token) = auth.tokens.get_untracked().map(|tokens| tokens.id_token) else { return };
        pending.set(true);
        spawn_local(async move {
            let result = lab::run_delegation(&config.get_value(), &id_token, lab).await;
            // The page may have been left meanwhile.
            let _gone = (times.try_update(|times| *times += 1), run.try_set(Some(result)), pending.try_set(false));
        });
    };
    // The flights up to here are not this page's doing; before the first click that is all of them.
    let after = RwSignal::new(u64::MAX);
    let renew = move |()| {
        let newest = auth.records.with_untracked(|all| all.iter().map(|record| record.flight).max());
        after.set(newest.unwrap_or(0));
        auth.renew();
    };
    let is_in = move || auth.phase.with(|phase| phase.is_signed_in() == Some(true));
    let renewing = move || matches!(auth.phase.get(), Phase::Renewing);
    let renew_button = el("button")
        .class("button button--primary")
        .attribute("type", "button")
        .follows("disabled", move || (!is_in()).then(String::new))
        // Not `disabled`, so that the focus stays where it is.
        .follows("aria-disabled", move || renewing().then(|| "true".to_owned()))
        .on_click(move || {
            if !matches!(auth.phase.get_untracked(), Phase::Renewing) {
                renew(());
            }
        })
        .child("Renew silently");
    let advice = replacement(Exchange::IdToken, ClientType::SinglePageApp);

    let intro = el("section").class("intro").child(el("h1").child("Delegation, and what replaces it")).child(lead(
        "From 2014 on a page could send the ID token it had to the tenant and get another one for it. Tenants end that. \
         Here both ways run against the same tenant with your own session: the old request on the left, its replacement \
         on the right.",
    ));
    let (address, client_id) =
        config.with_value(|config| (config.issuer().at("/delegation"), config.client_id().to_owned()));
    let old = all([
        lead("The page sends its ID token and asks for one that another client can use.").into(),
        view! { <OldWay address client_id tokens=auth.tokens times pending run send /> }.into_any().into(),
    ]);
    let new = all([
        lead(all([advice.sentence.into(), " ".into(), links(advice.spec).into()])).into(),
        renew_button.into(),
        shown_when(move || after.get() != u64::MAX, move || sequence(auth, after)).into(),
        shown_when(move || after.get() == u64::MAX, || el("p").class("empty").child(NOT_SENT)).into(),
    ]);
    all([
        intro.into(),
        shown_when(move || auth.tokens.with(Option::is_none), move || sign_in_first(auth)).into(),
        el("div")
            .class("columns columns--even")
            .child(card("old-way", "The old way: POST /delegation", old))
            .child(card("new-way", "The new way: silent authentication", new))
            .into(),
        view! { <Comparison run records=auth.records after /> }.into_any().into(),
    ])
    .view()
}

fn sequence(auth: Auth, after: RwSignal<u64>) -> AnyView {
    view! { <Sequence records=auth.records after pick=flight::latest_silent /> }.into_any()
}

fn sign_in_first(auth: Auth) -> Element {
    let busy = move || auth.phase.with(|phase| matches!(phase, Phase::Checking | Phase::Leaving));
    let button = el("button")
        .class("button button--primary")
        .attribute("type", "button")
        .follows("disabled", move || busy().then(String::new))
        .on_click(move || auth.sign_in("/delegation"))
        .child("Sign in");
    let words = el("div")
        .child(el("p").class("notice__what").child("Sign in first: both requests are sent with your own session."))
        .child(el("p").child("You come back to this page."))
        .child(button);
    el("section")
        .class("notice")
        .attribute("data-tone", "waiting")
        .attribute("aria-label", "Sign in first")
        .child(words)
}
