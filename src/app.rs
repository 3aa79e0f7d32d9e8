//! The frame around every page: settings, session, navigation, and the phase for style sheets and scripts.

use leptos::prelude::*;
use silent_auth::leptos::{Auth, provide_auth};
use silent_auth::protocol::session::Phase;

use crate::components::decisions::Decisions;
use crate::components::element::{Element, all, el};
use crate::config::{self, Unusable};
use crate::lab;
use crate::model::guide;
use crate::pages::callback::CallbackPage;
use crate::pages::guide::Guide;
use crate::pages::home::HomePage;
use crate::pages::not_found::NotFound;

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    match config::read(lab::setting, &lab::origin()) {
        Ok(config) => {
            // Before the router reads the address: the answer of a sign-in is taken out of it first.
            let auth = provide_auth(config.clone());
            let enabled = lab::setting("lab").as_deref() == Some("true");
            provide_context(Decisions::new(config, enabled));
            view! { <Pages auth /> }.into_any()
        }
        Err(unusable) => view! { <WithoutSettings unusable /> }.into_any(),
    }
}

#[component]
fn Pages(auth: Auth) -> impl IntoView {
    let generation = move || {
        let newest = auth.generations.with(|all| all.last().filter(|it| it.ended_at.is_none()).map(|it| it.number));
        Some(newest.unwrap_or(0).to_string())
    };
    let here = RwSignal::new(lab::path());
    lab::follow_links(move |path| here.set(path));
    let guide = Guide::new(auth);
    let page = move || match here.get().as_str() {
        "/" => HomePage().into_any(),
        path if guide::has(path) => guide.page(path),
        "/callback" => CallbackPage().into_any(),
        _ => NotFound().into_any(),
    };
    let main = el("main")
        .follows("data-phase", move || Some(auth.phase.with(Phase::as_str).to_owned()))
        .follows("data-generation", generation)
        .child(page.into_any());
    all([header(here).into(), main.into(), footer().into()]).view()
}

fn header(here: RwSignal<String>) -> Element {
    let link = |path: &'static str, name: &'static str| {
        el("a")
            .attribute("href", path)
            .follows("aria-current", move || {
                here.with(|here| guide::section_of(here) == path).then(|| "page".to_owned())
            })
            .child(name)
    };
    let pages = el("nav")
        .attribute("aria-label", "Pages")
        .child(link("/", "Session"))
        .child(link("/delegation", "Delegation"))
        .child(link("/clients", "Clients"))
        .child(link("/learn", "Learn"));
    el("header").class("head").child(el("span").class("head__name").child("Silent Auth")).child(pages)
}

fn footer() -> Element {
    el("footer").class("foot").child(el("p").child(
        "Nothing on this page is drawn from imagination: every arrow and number is a record of the client. Nothing is loaded \
         from elsewhere.",
    ))
}

/// A plain sentence in place of the app, for a page that was served without its settings.
#[component]
fn WithoutSettings(unusable: Unusable) -> impl IntoView {
    let sentence = match unusable {
        Unusable::NoIssuer => {
            "The page does not say which tenant it belongs to: whoever serves it has to fill in its settings."
                .to_owned()
        }
        Unusable::Refused(error) => error.to_string(),
    };
    let how = el("p")
        .child("Start tenant and app together with ")
        .child(el("code").child("cargo xtask serve"))
        .child(", and open one of the addresses it prints.");
    let words = el("section")
        .class("card")
        .attribute("role", "alert")
        .child(el("h1").child("Silent Auth cannot start"))
        .child(el("p").child(sentence))
        .child(how);
    el("main").attribute("data-phase", "unconfigured").attribute("data-generation", "0").child(words).view()
}
