//! The session and its token lifecycle: phase and bar on top, then the latest renewal, the grant, the claims, and every record.

use leptos::prelude::*;
use silent_auth::browser::on_visibility_change;
use silent_auth::leptos::{Auth, use_auth};

use crate::components::bar::LifecycleBar;
use crate::components::claims::ClaimsTable;
use crate::components::controls::Controls;
use crate::components::grant::GrantCard;
use crate::components::limits::Limits;
use crate::components::notice::Notice;
use crate::components::peek::Peek;
use crate::components::phase::PhaseBanner;
use crate::components::records::RecordList;
use crate::components::secrets::CoveredTokens;
use crate::components::sequence::Sequence;
use crate::lab;
use crate::model::flight;

/// The page at `/`.
#[component]
pub fn HomePage() -> impl IntoView {
    lab::set_title("Session");
    let auth = use_auth();
    view! {
        <Stage auth />
        <div class="columns">
            <LatestRequest auth />
            <div class="column">
                <Permission auth />
                <IdToken auth />
            </div>
        </div>
        <section class="card" aria-labelledby="records">
            <h2 id="records">"Everything that happened"</h2>
            <p class="lead">
                "Each line is a record of the client, newest first. Beside an answer stands the tenant's own account of it, where the tenant gives one."
            </p>
            <RecordList records=auth.records />
        </section>
        <Limits />
    }
}

/// Phase, bar and controls: this alone must make sense.
#[component]
fn Stage(auth: Auth) -> impl IntoView {
    let issuer = auth.config().issuer().as_str().to_owned();
    view! {
        <section class="stage" aria-label="Where the session stands">
            <PhaseBanner phase=auth.phase generations=auth.generations tokens=auth.tokens now=auth.now />
            <LifecycleBar generations=auth.generations now=auth.now />
            <Controls
                phase=auth.phase
                sign_in=move |()| auth.sign_in("/")
                renew=move |()| auth.renew()
                sign_out=move |()| auth.sign_out()
                tenant_sign_out_url=auth.tenant_sign_out_url()
            />
            <Notice phase=auth.phase origin=lab::origin() issuer />
        </section>
    }
}

#[component]
fn LatestRequest(auth: Auth) -> impl IntoView {
    let peeking = RwSignal::new(false);
    view! {
        <section class="card" aria-labelledby="latest">
            <h2 id="latest">"The latest request, step by step"</h2>
            <p class="lead">
                "A page asks the tenant from a frame that nobody sees: if you still have a session there, a code comes back, and new tokens for it."
            </p>
            <Peek peeking records=auth.records />
            <Sequence records=auth.records after=RwSignal::new(0) pick=flight::latest />
        </section>
    }
}

#[component]
fn Permission(auth: Auth) -> impl IntoView {
    let config = auth.config();
    view! {
        <section class="card" aria-labelledby="grant">
            <h2 id="grant">"Who lets whom do what"</h2>
            <GrantCard
                tokens=auth.tokens
                client_id=config.client_id().to_owned()
                audience=config.audience().map(str::to_owned)
                asked=config.scope().to_owned()
            />
        </section>
    }
}

#[component]
fn IdToken(auth: Auth) -> impl IntoView {
    let revealed = RwSignal::new(None);
    // Covered again as soon as nobody can see the page; the listener ends with this page.
    let _listener = StoredValue::new_local(on_visibility_change(move |visible| {
        if !visible {
            revealed.set(None);
        }
    }));
    view! {
        <section class="card" aria-labelledby="claims">
            <h2 id="claims">"What the ID token says"</h2>
            <ClaimsTable tokens=auth.tokens previous=auth.previous_claims now=auth.now />
            <CoveredTokens tokens=auth.tokens revealed />
        </section>
    }
}
