//! The old delegation request beside the silent renewal that replaces it, both sent for real.

use leptos::prelude::*;
use migration::{ClientType, Exchange, replacement};
use silent_auth::leptos::{Auth, use_auth};

use crate::components::delegation::{Comparison, OldWay};
use crate::components::sequence::Sequence;
use crate::components::spec::Spec;
use crate::lab::{self, OldRun};
use crate::model::flight;

/// The page at `/delegation`.
#[component]
pub fn DelegationPage() -> impl IntoView {
    let auth = use_auth();
    let config = StoredValue::new(auth.config());
    let lab = lab::setting("lab").as_deref() == Some("true");
    let send = Action::new_unsync(move |(): &()| {
        let (config, id_token) = (config.get_value(), auth.tokens.get_untracked().map(|tokens| tokens.id_token));
        async move {
            match id_token {
                Some(id_token) => Some(lab::run_delegation(&config, &id_token, lab).await),
                None => None,
            }
        }
    });
    let run: Signal<Option<OldRun>> = Signal::derive(move || send.value().get().flatten());
    // The flights up to here are not this page's doing.
    let before = RwSignal::new(None::<u64>);
    let renewal = Memo::new(move |_| {
        let asked_after = before.get()?;
        auth.records.with(|all| flight::latest_silent(all)).filter(|flight| flight.number > asked_after)
    });
    let renew = move |_| {
        let newest = auth.records.with_untracked(|all| all.iter().map(|record| record.flight).max());
        before.set(Some(newest.unwrap_or(0)));
        auth.renew();
    };
    let signed_in = Memo::new(move |_| auth.tokens.with(Option::is_some));
    let fingerprint =
        Memo::new(move |_| auth.tokens.with(|tokens| tokens.as_ref().map(|tokens| tokens.id_token.fingerprint())));
    let advice = replacement(Exchange::IdToken, ClientType::SinglePageApp);

    view! {
        <section class="intro">
            <h1>"Delegation, and what replaces it"</h1>
            <p class="lead">
                "From 2014 on a page could send the ID token it had to the tenant and get another one for it. Tenants end that. "
                "Here both ways run against the same tenant with your own session: the old request on the left, its replacement on the right."
            </p>
        </section>
        <Show when=move || !signed_in.get()>
            <SignInFirst auth />
        </Show>
        <div class="columns columns--even">
            <section class="card" aria-labelledby="old-way">
                <h2 id="old-way">"The old way: POST /delegation"</h2>
                <p class="lead">"The page sends its ID token and asks for one that another client can use."</p>
                <OldWay
                    address=config.with_value(|config| config.issuer().at("/delegation"))
                    client_id=config.with_value(|config| config.client_id().to_owned())
                    fingerprint
                    pending=send.pending()
                    run
                    send=move |()| { send.dispatch(()); }
                />
            </section>
            <section class="card" aria-labelledby="new-way">
                <h2 id="new-way">"The new way: silent authentication"</h2>
                <p class="lead">{advice.sentence}" "<Spec names=advice.spec /></p>
                <button
                    type="button"
                    class="button button--primary"
                    disabled=move || !signed_in.get() || auth.phase.with(|phase| phase.as_str() == "renewing")
                    on:click=renew
                >
                    "Renew silently"
                </button>
                <Show
                    when=move || renewal.with(Option::is_some)
                    fallback=|| view! { <p class="empty">"Not sent from this page yet. What travels is drawn here, step by step."</p> }
                >
                    <Sequence flight=renewal />
                </Show>
            </section>
        </div>
        <Comparison run renewal />
    }
}

#[component]
fn SignInFirst(auth: Auth) -> impl IntoView {
    let can = move || auth.phase.with(|phase| !matches!(phase.as_str(), "checking" | "leaving"));
    view! {
        <section class="notice" data-tone="waiting" aria-label="Sign in first">
            <div>
                <p class="notice__what">"Sign in first: both requests are sent with your own session."</p>
                <p>"You come back to this page."</p>
                <button
                    type="button"
                    class="button button--primary"
                    disabled=move || !can()
                    on:click=move |_| auth.sign_in("/delegation")
                >
                    "Sign in"
                </button>
            </div>
        </section>
    }
}
