//! The tenant's faults under their headings, and those that wait for a request.

use leptos::prelude::*;
use silent_auth::protocol::json::Value;

use super::element::{Child, Element, Follow, el, key, optional, part};
use super::parameters::more;
use crate::model::faults::groups;

/// The catalogue of a `GET /lab/faults` answer; `draw` draws one fault of it.
pub fn catalogue(answer: &Value, draw: impl Fn(&Value) -> Element) -> Child {
    let group = |(heading, group): (String, &[Value])| {
        let trials: Vec<_> = group.iter().map(&draw).collect();
        more(format!("{heading} ({})", trials.len()), el("ul").class("trials").child(trials))
    };
    groups(answer).into_iter().map(group).collect::<Vec<_>>().into()
}

/// What is armed, by its titles, and the button that disarms it; nothing while nothing is.
pub fn armed(titles: impl Follow<String>, disarm: impl Fn() + Copy + Send + Sync + 'static) -> AnyView {
    optional(move || {
        let titles = titles();
        let line = move |titles: String| {
            el("div")
                .class("outcome")
                .attribute("data-tone", "trouble")
                .child(el("p").child(el("b").child("Armed, and waiting for a request: ")).child(titles))
                .child(
                    el("button")
                        .class("button button--small")
                        .attribute("type", "button")
                        .on_click(disarm)
                        .child("Disarm all"),
                )
        };
        (!titles.is_empty()).then(|| part(key(&titles), move || line(titles)))
    })
}
