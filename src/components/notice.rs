//! What went wrong, in plain words, with the way on.

use leptos::prelude::*;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::session::Phase;

use super::icon::Icon;
use crate::model::phase::Tone;
use crate::model::remedy::{fault, remedy, same_site_address};

/// The error of the phase, if it has one: what happened, whose doing it is, and what helps.
#[component]
pub fn Notice(
    /// The phase.
    #[prop(into)]
    phase: Signal<Phase>,
    /// The origin of this page.
    origin: String,
    /// The tenant's issuer address.
    issuer: String,
) -> impl IntoView {
    let error = Memo::new(move |_| phase.with(error_of));
    move || {
        let error = error.get()?;
        let context = context(&error, &origin, &issuer);
        let (tone, code) = (Tone::of(&error), error.code);
        Some(view! {
            <section class="notice" data-tone=tone.as_str() data-code=code.as_str() aria-label="What went wrong">
                <Icon tone=Signal::stored(tone) />
                <div>
                    <p class="notice__what">{code.sentence()}</p>
                    {context}
                    <p class="notice__remedy">{remedy(&error)}</p>
                    <ErrorFacts error />
                </div>
            </section>
        })
    }
}

/// Code, expected and found of an error.
#[component]
pub fn ErrorFacts(
    /// The error.
    error: AuthError,
) -> impl IntoView {
    view! {
        <dl class="facts">
            <dt>"code"</dt>
            <dd><code>{error.code.as_str()}</code></dd>
            <dt>"whose doing"</dt>
            <dd>{fault(error.code.fault())}</dd>
            {error.expected.map(|expected| view! { <dt>"expected"</dt><dd>{expected}</dd> })}
            {error.found.map(|found| view! { <dt>"found"</dt><dd>{found}</dd> })}
        </dl>
    }
}

fn error_of(phase: &Phase) -> Option<AuthError> {
    match phase {
        Phase::SignedOut { reason: error } | Phase::Expired { error, .. } => error.clone(),
        Phase::Undetermined { error, .. } | Phase::RenewalFailed { error, .. } => Some(error.clone()),
        Phase::Checking | Phase::Leaving | Phase::SignedIn | Phase::Renewing => None,
    }
}

/// What has to be said about a particular error beyond its sentence.
fn context(error: &AuthError, origin: &str, issuer: &str) -> AnyView {
    match error.code {
        Code::TenantUnreachable => view! {
            <p>"Nothing answers at "<code>{issuer.to_owned()}</code>". Is the tenant running?"</p>
        }
        .into_any(),
        Code::ThirdPartyCookiesBlocked => {
            let same_site = same_site_address(origin);
            view! {
                <p>
                    "This page and the tenant at "<code>{issuer.to_owned()}</code>
                    " are different sites, so the browser treats the tenant's cookie in the frame as a third party's and does not send it. "
                    "The tenant cannot see your session, though it may exist. A sign-in by full page still works: it takes no typing if the session is alive, "
                    "but this page has to be left for it each time."
                </p>
                {same_site.map(|address| view! {
                    <p>
                        "To compare, the same app where it shares its site with the tenant: "
                        <a href=address.clone()>{address.clone()}</a>
                    </p>
                })}
            }
            .into_any()
        }
        _ => ().into_any(),
    }
}
