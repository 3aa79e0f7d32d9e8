//! The lifecycle bar: issued, renewal, expiry, the part already lived, and the shadows of earlier generations.

use leptos::prelude::*;
use silent_auth::protocol::session::Generation;
use silent_auth::protocol::time::Timestamp;

use crate::clock;
use crate::model::bar::{Bar, Place, Segment, example, layout};

/// The bar. Rust sets places as custom properties, in thousandths of the width; the style sheet draws.
#[component]
pub fn LifecycleBar(
    /// Oldest first.
    #[prop(into)]
    generations: Signal<Vec<Generation>>,
    /// The page's one clock.
    #[prop(into)]
    now: Signal<Timestamp>,
) -> impl IntoView {
    let bar = Memo::new(move |_| generations.with(|all| layout(all, now.get())));
    let is_example = Memo::new(move |_| bar.with(Option::is_none));
    let drawn = move || bar.get().unwrap_or_else(example);
    let text = Memo::new(move |_| generations.with(|all| describe(all)));

    view! {
        <figure class="bar" class:bar--example=is_example>
            <div class="bar__track" role="img" aria-label=text>
                {move || {
                    let Bar { segments, now } = drawn();
                    (
                        segments.into_iter().map(|segment| view! { <BarSegment segment /> }).collect_view(),
                        view! { <span class="bar__now" style=("--at", text_of(now))></span> },
                    )
                }}
            </div>
            <figcaption class="bar__legend">
                {move || generations.with(|all| legend(all.last()))}
            </figcaption>
        </figure>
    }
}

#[component]
fn BarSegment(segment: Segment) -> impl IntoView {
    let Segment { number, current, from, renew, to, lived } = segment;
    let class = if current { "bar__segment bar__segment--current" } else { "bar__segment" };
    view! {
        <span
            class=class
            style=("--from", text_of(from))
            style=("--renew", text_of(renew))
            style=("--to", text_of(to))
            style=("--lived", text_of(lived))
        >
            <span class="bar__whole"></span>
            <span class="bar__due"></span>
            <span class="bar__lived"></span>
            <span class="bar__number">{number}</span>
        </span>
    }
}

fn text_of(place: Place) -> String {
    place.to_string()
}

/// Issued, renewal and expiry of the newest generation with the marks that stand for them.
fn legend(newest: Option<&Generation>) -> impl IntoView + use<> {
    let (prefix, issued, renews, expires) = match newest {
        Some(generation) => (
            format!("Generation {}", generation.number),
            clock::time(generation.issued_at),
            clock::time(generation.renew_at),
            clock::time(generation.expires_at),
        ),
        None => (
            "An example".to_owned(),
            "on arrival".to_owned(),
            "in good time".to_owned(),
            "if nothing happened".to_owned(),
        ),
    };
    view! {
        <span class="bar__which">{prefix}</span>
        <span class="mark mark--issued">"issued "<b>{issued}</b></span>
        <span class="mark mark--renew">"renewal "<b>{renews}</b></span>
        <span class="mark mark--expiry">"expiry "<b>{expires}</b></span>
        <span class="mark mark--now">"now"</span>
    }
}

/// The bar in words, for those who cannot see it.
fn describe(generations: &[Generation]) -> String {
    match generations.last() {
        None => "An example of a token's life: issued, renewed before it expires, then the next generation.".to_owned(),
        Some(generation) => format!(
            "Generation {}: issued {}, renewal {}, expiry {}.",
            generation.number,
            clock::time(generation.issued_at),
            clock::time(generation.renew_at),
            clock::time(generation.expires_at),
        ),
    }
}
