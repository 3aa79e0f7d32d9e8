//! The frame around every page: settings, session, navigation, and the phase for style sheets and scripts.

use leptos::prelude::*;
use silent_auth::leptos::{Auth, provide_auth};
use silent_auth::protocol::session::Phase;

use crate::components::decisions::Decisions;
use crate::components::drawer::drawer;
use crate::components::element::{Element, all, el};
use crate::config::{self, Unusable};
use crate::lab;
use crate::model::guide;
use crate::pages::bench::Bench;
use crate::pages::callback::CallbackPage;
use crate::pages::guide::Guide;
use crate::pages::home::HomePage;
use crate::pages::not_found::NotFound;
use crate::pages::settings::Settings;

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    match config::read(lab::setting, lab::own_settings().as_deref(), &lab::origin()) {
        Ok((config, own)) => {
            // Before the router reads the address: the answer of a sign-in is taken out of it first.
            let auth = provide_auth(config.clone());
            // The lab is the built-in tenant's.
            let enabled = !own && lab::setting("lab").as_deref() == Some("true");
            provide_context(Decisions::new(config, enabled));
            view! { <Pages auth own enabled /> }.into_any()
        }
        Err(unusable) => view! { <WithoutSettings unusable /> }.into_any(),
    }
}

#[component]
fn Pages(auth: Auth, own: bool, enabled: bool) -> impl IntoView {
    let generation = move || {
        let newest = auth.generations.with(|all| all.last().filter(|it| it.ended_at.is_none()).map(|it| it.number));
        Some(newest.unwrap_or(0).to_string())
    };
    // The drawer has an address too; the page below it stays where it is.
    let path = lab::path();
    let at_drawer = lab::is_drawer(&path).then(|| path.clone());
    let here = RwSignal::new(if at_drawer.is_some() { "/".to_owned() } else { path });
    let opened = RwSignal::new(String::new());
    let open = move |path| {
        opened.set(path);
        lab::open_drawer(move || {
            opened.set(String::new());
            if lab::is_drawer(&lab::path()) {
                lab::show_path(&here.get_untracked());
            }
        });
    };
    lab::follow_links(move |path| {
        if lab::is_drawer(&path) {
            return open(path);
        }
        lab::close_drawer();
        if here.get_untracked() != path {
            here.set(path);
        }
    });
    if let Some(path) = at_drawer {
        // As soon as it is in the page.
        lab::in_background(async move { open(path) });
    }
    let bench = Bench::new(auth);
    if enabled {
        bench.ask("/lab/cookies", None);
    }
    let guide = Guide::new(auth, bench, Settings::new(auth, own), enabled);
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
    let sign_in = move || auth.sign_in(&lab::path());
    let drawer = drawer(auth.phase, opened, sign_in, lab::close_drawer, move |path| guide.drawer(path));
    all([header(here, bench).into(), main.into(), footer().into(), drawer.into()]).view()
}

fn header(here: RwSignal<String>, bench: Bench) -> Element {
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
        .child(link("/learn", "Learn"))
        .child(el("a").attribute("href", lab::DRAWER).attribute("aria-haspopup", "dialog").child("Lab"))
        .child(el("a").attribute("href", lab::SETTINGS).attribute("aria-haspopup", "dialog").child("Settings"));
    let name = el("span").class("head__name").child("Silent Auth");
    el("header").class("head").child(name).child(pages).child(bench.warning())
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
