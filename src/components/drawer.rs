//! The drawer over the page: where the session stands, a way out, and what is in the drawer.

use leptos::prelude::*;
use silent_auth::leptos::Watched;
use silent_auth::protocol::session::Phase;

use super::element::{Child, Element, el, key, optional, part, shown_when, text};
use super::icon::icon;
use crate::lab;
use crate::model::phase::{Tone, headline};

/// The drawer, closed; `opened` is the path of what is in it, and empty while it is closed. It is a modal dialog, so what is behind it can be seen and not be reached.
pub fn drawer(
    phase: Watched<Phase>,
    opened: RwSignal<String>,
    sign_in: impl Fn() + Copy + Send + Sync + 'static,
    close: impl Fn() + 'static,
    content: impl Fn(&str) -> Child + Copy + Send + Sync + 'static,
) -> Element {
    // The word and its look do not depend on the time or the person.
    let words = move || headline(&phase.get(), None, None, Default::default());
    let is_out = move || phase.with(|phase| phase.is_signed_in() == Some(false));
    let button = move || {
        el("button")
            .class("button button--small button--primary")
            .attribute("type", "button")
            .on_click(sign_in)
            .child("Sign in")
    };
    let head = el("div")
        .class("drawer__head")
        .child(el("h2").attribute("id", "drawer").child(text(move || title(&opened.get()).to_owned())))
        .child(
            el("p")
                .class("drawer__phase")
                .attribute("role", "status")
                .follows("data-tone", move || Some(words().tone.as_str().to_owned()))
                .child(icon(move || words().tone))
                .child(text(move || words().word.to_owned())),
        )
        .child(shown_when(is_out, button))
        .child(el("button").class("button button--small").attribute("type", "button").on_click(close).child("Close"));
    let inside = move || {
        let path = opened.get();
        (!path.is_empty()).then(|| part(key(&path), move || content(&path)))
    };
    el("dialog").class("drawer").attribute("aria-labelledby", "drawer").child(head).child(optional(inside))
}

fn title(path: &str) -> &'static str {
    if path == lab::SETTINGS { "Settings" } else { "Lab" }
}

/// The weather on top of every page, all the time it is not clear.
pub fn weather_warning(title: String) -> Element {
    el("a")
        .class("weather")
        .attribute("href", "/lab")
        .attribute("data-tone", Tone::Trouble.as_str())
        .child(icon(|| Tone::Trouble))
        .child(format!("Cookie weather: {title}"))
}
