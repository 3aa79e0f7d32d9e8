//! The session and its token lifecycle: phase and bar on top, then the latest renewal, the grant, the claims, and every record.

use leptos::prelude::*;
use silent_auth::browser::on_visibility_change;
use silent_auth::leptos::{Auth, use_auth};

use crate::components::bar::LifecycleBar;
use crate::components::card::{card, lead};
use crate::components::claims::ClaimsTable;
use crate::components::controls::Controls;
use crate::components::element::{Element, all, el};
use crate::components::grant::GrantCard;
use crate::components::limits::limits;
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
    let right = el("div").class("column").child(permission(auth)).child(id_token(auth));
    let records = all([
        lead(
            "Each line is a record of the client, newest first. Beside an answer stands the tenant's own account of it, \
             where the tenant gives one.",
        )
        .into(),
        view! { <RecordList records=auth.records /> }.into_any().into(),
    ]);
    all([
        stage(auth).into(),
        el("div").class("columns").child(latest_request(auth)).child(right).into(),
        card("records", "Everything that happened", records).into(),
        limits().into(),
    ])
    .view()
}

/// Phase, bar and controls: this alone must make sense.
fn stage(auth: Auth) -> Element {
    let issuer = auth.config().issuer().as_str().to_owned();
    let content = view! {
        <PhaseBanner phase=auth.phase generations=auth.generations tokens=auth.tokens now=auth.now />
        <LifecycleBar generations=auth.generations now=auth.now />
        <Controls
            phase=auth.phase
            sign_in=move |()| auth.sign_in("/")
            renew=move |()| auth.renew()
            sign_out=move |()| auth.sign_out()
            tenant_sign_out_url=move |()| auth.tenant_sign_out_url().unwrap_or_default()
        />
        <Notice phase=auth.phase origin=lab::origin() issuer />
    };
    el("section").class("stage").attribute("aria-label", "Where the session stands").child(content.into_any())
}

fn latest_request(auth: Auth) -> Element {
    let content = view! {
        <Peek peeking=RwSignal::new(false) records=auth.records />
        <Sequence records=auth.records after=RwSignal::new(0) pick=flight::latest />
    };
    let trick = "A page asks the tenant from a frame that nobody sees: if you still have a session there, a code comes back, \
                 and new tokens for it.";
    card("latest", "The latest request, step by step", all([lead(trick).into(), content.into_any().into()]))
}

fn permission(auth: Auth) -> Element {
    let config = auth.config();
    let (client_id, asked) = (config.client_id().to_owned(), config.scope().to_owned());
    let audience = config.audience().map(str::to_owned);
    let content = view! { <GrantCard tokens=auth.tokens client_id audience asked /> };
    card("grant", "Who lets whom do what", content.into_any())
}

fn id_token(auth: Auth) -> Element {
    let revealed = RwSignal::new(None);
    // Covered again as soon as nobody can see the page; the listener ends with this page.
    let _listener = StoredValue::new_local(on_visibility_change(move |visible| {
        if !visible {
            revealed.set(None);
        }
    }));
    let content = view! {
        <ClaimsTable tokens=auth.tokens previous=auth.previous_claims now=auth.now />
        <CoveredTokens tokens=auth.tokens revealed />
    };
    card("claims", "What the ID token says", content.into_any())
}
