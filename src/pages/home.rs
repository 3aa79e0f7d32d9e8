//! The session and its token lifecycle: phase and bar on top, then the latest renewal, the grant, the claims, and every record.

use leptos::prelude::*;
use silent_auth::browser::on_visibility_change;
use silent_auth::leptos::{Auth, use_auth};

use crate::clock;
use crate::components::bar::LifecycleBar;
use crate::components::claims::ClaimsTable;
use crate::components::controls::Controls;
use crate::components::grant::GrantCard;
use crate::components::limits::Limits;
use crate::components::notice::Notice;
use crate::components::peek::Peek;
use crate::components::phase::PhaseBanner;
use crate::components::records::RecordList;
use crate::components::secrets::{Covered, Secret};
use crate::components::sequence::Sequence;
use crate::lab;
use crate::model::{claims, flight, grant};

/// The page at `/`.
#[component]
pub fn HomePage() -> impl IntoView {
    let auth = use_auth();
    view! {
        <Stage auth />
        <div class="columns">
            <LatestRenewal auth />
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
    let config = auth.config();
    let current =
        Memo::new(move |_| auth.generations.with(|all| all.last().filter(|it| it.ended_at.is_none()).cloned()));
    let name = Memo::new(move |_| {
        auth.tokens.with(|tokens| tokens.as_ref().and_then(|tokens| claims::person(&tokens.claims).map(str::to_owned)))
    });
    view! {
        <section class="stage" aria-label="Where the session stands">
            <PhaseBanner phase=auth.phase current name now=auth.now />
            <LifecycleBar generations=auth.generations now=auth.now />
            <Controls
                phase=auth.phase
                sign_in=move |()| auth.sign_in("/")
                renew=move |()| auth.renew()
                sign_out=move |()| auth.sign_out()
                tenant_sign_out_url=auth.tenant_sign_out_url()
            />
            <Notice phase=auth.phase origin=lab::origin() issuer=config.issuer().as_str().to_owned() />
        </section>
    }
}

#[component]
fn LatestRenewal(auth: Auth) -> impl IntoView {
    let flight = Memo::new(move |_| auth.records.with(|all| flight::latest(all)));
    let visit = Memo::new(move |_| auth.records.with(|all| flight::last_visit(all)));
    let peeking = RwSignal::new(false);
    view! {
        <section class="card" aria-labelledby="latest">
            <h2 id="latest">"The latest request, step by step"</h2>
            <p class="lead">
                "A page asks the tenant from a frame that nobody sees: if you still have a session there, a code comes back, and new tokens for it."
            </p>
            <Peek peeking visit />
            <Sequence flight />
        </section>
    }
}

#[component]
fn Permission(auth: Auth) -> impl IntoView {
    let config = auth.config();
    let asked = StoredValue::new(config.scope().to_owned());
    let grant = Memo::new(move |_| {
        auth.tokens.with(|tokens| {
            tokens.as_ref().map(|tokens| asked.with_value(|asked| grant::grant(&tokens.claims, &tokens.scope, asked)))
        })
    });
    let until = Memo::new(move |_| {
        auth.tokens.with(|tokens| tokens.as_ref().map(|tokens| clock::time(tokens.expires_at)).unwrap_or_default())
    });
    view! {
        <section class="card" aria-labelledby="grant">
            <h2 id="grant">"Who lets whom do what"</h2>
            <GrantCard
                grant
                client_id=config.client_id().to_owned()
                audience=config.audience().map(str::to_owned)
                until
            />
        </section>
    }
}

#[component]
fn IdToken(auth: Auth) -> impl IntoView {
    let claims = Memo::new(move |_| auth.tokens.with(|tokens| tokens.as_ref().map(|tokens| tokens.claims.clone())));
    let revealed = RwSignal::new(None);
    // Covered again as soon as nobody can see the page; the listener ends with this page.
    let _listener = StoredValue::new_local(on_visibility_change(move |visible| {
        if !visible {
            revealed.set(None);
        }
    }));
    let access_token = Signal::derive(move || {
        auth.tokens.with(|tokens| {
            tokens.as_ref().map(|tokens| Secret {
                text: tokens.access_token.expose().to_owned(),
                fingerprint: tokens.access_token.fingerprint(),
            })
        })
    });
    let id_token = Signal::derive(move || {
        auth.tokens.with(|tokens| {
            tokens.as_ref().map(|tokens| Secret {
                text: tokens.id_token.expose().to_owned(),
                fingerprint: tokens.id_token.fingerprint(),
            })
        })
    });
    view! {
        <section class="card" aria-labelledby="claims">
            <h2 id="claims">"What the ID token says"</h2>
            <ClaimsTable claims previous=auth.previous_claims now=auth.now />
            <div class="secrets">
                <Covered name="access token" secret=access_token revealed />
                <Covered name="ID token" secret=id_token revealed />
            </div>
        </section>
    }
}
