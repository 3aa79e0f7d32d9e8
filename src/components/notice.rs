//! What went wrong, in plain words, with the way on.

use leptos::prelude::*;
use silent_auth::leptos::Watched;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::session::Phase;

use super::element::{Element, el, key, optional, part};
use super::icon::icon;
use super::parameters::facts;
use crate::model::phase::Tone;
use crate::model::remedy::{fault, remedy, same_site_address};

/// The error of the phase, if it has one: what happened, whose doing it is, and what helps.
#[component]
pub fn Notice(
    /// The phase.
    #[prop(into)]
    phase: Watched<Phase>,
    /// The origin of this page.
    origin: String,
    /// The tenant's issuer address.
    issuer: String,
) -> impl IntoView {
    optional(move || {
        let (origin, issuer) = (origin.clone(), issuer.clone());
        let notice = |error: AuthError| part(key(&error.to_string()), move || notice(&error, &origin, &issuer));
        phase.with(error_of).map(notice)
    })
}

fn notice(error: &AuthError, origin: &str, issuer: &str) -> Element {
    let tone = Tone::of(error);
    let words = el("div")
        .child(el("p").class("notice__what").child(error.code.sentence()))
        .child(context(error, origin, issuer))
        .child(el("p").class("notice__remedy").child(remedy(error)))
        .child(error_facts(error));
    el("section")
        .class("notice")
        .attribute("data-tone", tone.as_str())
        .attribute("data-code", error.code.as_str())
        .attribute("aria-label", "What went wrong")
        .child(icon(move || tone))
        .child(words)
}

/// Code, expected and found of an error.
pub fn error_facts(error: &AuthError) -> Element {
    let found = [("expected", &error.expected), ("found", &error.found)];
    let said = found.into_iter().filter_map(|(name, said)| Some((name, said.clone()?.into())));
    let named =
        [("code", el("code").child(error.code.as_str()).into()), ("whose doing", fault(error.code.fault()).into())];
    facts(named.into_iter().chain(said))
}

fn error_of(phase: &Phase) -> Option<AuthError> {
    match phase {
        Phase::SignedOut { reason: error } | Phase::Expired { error, .. } => error.clone(),
        Phase::Undetermined { error, .. } | Phase::RenewalFailed { error, .. } => Some(error.clone()),
        Phase::Checking | Phase::Leaving | Phase::SignedIn | Phase::Renewing => None,
    }
}

/// What has to be said about a particular error beyond its sentence.
fn context(error: &AuthError, origin: &str, issuer: &str) -> Vec<Element> {
    let tenant = || el("code").child(issuer.to_owned());
    match error.code {
        Code::TenantUnreachable => {
            vec![el("p").child("Nothing answers at ").child(tenant()).child(". Is the tenant running?")]
        }
        Code::ThirdPartyCookiesBlocked => {
            let why = el("p").child("This page and the tenant at ").child(tenant()).child(
                " are different sites, so the browser treats the tenant's cookie in the frame as a third party's and does \
                 not send it. The tenant cannot see your session, though it may exist. A sign-in by full page still works: \
                 it takes no typing if the session is alive, but this page has to be left for it each time.",
            );
            let compare = same_site_address(origin).map(|address| {
                el("p")
                    .child("To compare, the same app where it shares its site with the tenant: ")
                    .child(el("a").attribute("href", address.clone()).child(address))
            });
            Vec::from_iter([Some(why), compare].into_iter().flatten())
        }
        _ => Vec::new(),
    }
}
