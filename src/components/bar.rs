//! The lifecycle bar: issued, renewal, expiry, the part already lived, and the shadows of earlier generations.

use leptos::prelude::*;
use silent_auth::leptos::Watched;
use silent_auth::protocol::session::Generation;
use silent_auth::protocol::time::Timestamp;

use super::element::{Child, Element, all, el, list, part, text};
use crate::clock;
use crate::model::bar::{Bar, Place, Segment, example, layout};

/// A segment narrower than this, in thousandths of the width, goes without its number.
const ROOM_FOR_A_NUMBER: Place = 45;

/// The bar. Rust sets places as custom properties, in thousandths of the width; the style sheet draws.
#[component]
pub fn LifecycleBar(
    /// Oldest first.
    #[prop(into)]
    generations: Watched<Vec<Generation>>,
    /// The page's one clock.
    #[prop(into)]
    now: Watched<Timestamp>,
) -> impl IntoView {
    let bar = move || generations.with(|all| layout(all, now.get())).unwrap_or_else(example);
    let segments = move || {
        // The key changes with what is drawn once; the places follow the clock.
        let keyed = |segment: Segment| {
            part(u64::from(segment.number) * 2 + u64::from(segment.current), move || bar_segment(segment, bar))
        };
        bar().segments.into_iter().map(keyed).collect()
    };
    let class =
        move || Some(generations.with(|all| if all.is_empty() { "bar bar--example" } else { "bar" }).to_owned());
    el("figure")
        .follows("class", class)
        .child(
            el("div")
                .class("bar__track")
                .attribute("role", "img")
                .follows("aria-label", move || Some(generations.with(|all| describe(all.last()))))
                .child(list(segments))
                .child(el("span").class("bar__now").property("--at", move || bar().now.to_string())),
        )
        .child(el("figcaption").class("bar__legend").child(legend(generations)))
        .view()
}

fn bar_segment(segment: Segment, bar: impl Fn() -> Bar + Copy + Send + Sync + 'static) -> Element {
    let number = segment.number;
    let current = move || bar().segments.into_iter().find(|segment| segment.number == number);
    let place = move |pick: fn(&Segment) -> Place| move || current().map_or(0, |segment| pick(&segment)).to_string();
    let class = if segment.current { "bar__segment bar__segment--current" } else { "bar__segment" };
    let label = move || {
        let wide = current().is_some_and(|segment| segment.to.saturating_sub(segment.from) >= ROOM_FOR_A_NUMBER);
        if wide { number.to_string() } else { String::new() }
    };
    el("span")
        .class(class)
        .property("--from", place(|segment| segment.from))
        .property("--renew", place(|segment| segment.renew))
        .property("--to", place(|segment| segment.to))
        .property("--lived", place(|segment| segment.lived))
        .child(el("span").class("bar__whole"))
        .child(el("span").class("bar__due"))
        .child(el("span").class("bar__lived"))
        .child(el("span").class("bar__number").child(text(label)))
}

/// Issued, renewal and expiry of the newest generation with the marks that stand for them.
fn legend(generations: Watched<Vec<Generation>>) -> Child {
    let newest = move |said: fn(&Generation) -> String, example: &'static str| {
        text(move || generations.with(|all| all.last().map_or(example.to_owned(), said)))
    };
    let mark = |class: &'static str, name: &'static str, time: AnyView| -> Child {
        el("span").class(class).child(name).child(el("b").child(time)).into()
    };
    all([
        el("span").class("bar__which").child(newest(|it| format!("Generation {}", it.number), "An example")).into(),
        mark("mark mark--issued", "issued ", newest(|it| clock::time(it.issued_at), "on arrival")),
        mark("mark mark--renew", "renewal ", newest(|it| clock::time(it.renew_at), "in good time")),
        mark("mark mark--expiry", "expiry ", newest(|it| clock::time(it.expires_at), "if nothing happened")),
        el("span").class("mark mark--now").child("now").into(),
    ])
}

/// The bar in words, for those who cannot see it.
fn describe(newest: Option<&Generation>) -> String {
    let Some(generation) = newest else {
        return "An example of a token's life: issued, renewed before it expires, then the next generation.".to_owned();
    };
    let (issued, renews, expires) = (generation.issued_at, generation.renew_at, generation.expires_at);
    let (issued, renews, expires) = (clock::time(issued), clock::time(renews), clock::time(expires));
    format!("Generation {}: issued {issued}, renewal {renews}, expiry {expires}.", generation.number)
}
