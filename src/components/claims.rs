//! The claims of the ID token: a table with their meaning, and the raw view one click away.

use leptos::prelude::*;
use silent_auth::leptos::Watched;
use silent_auth::protocol::session::{Claims, Tokens};
use silent_auth::protocol::time::Timestamp;

use super::element::{Element, el, optional, part, shown_when, text};
use super::grant::age;
use super::parameters::more;
use super::spec::links;
use crate::clock;
use crate::model::claims::{Change, Line, Shown, gone, lines, raw};
use crate::model::duration::relative;

/// The claims with meaning, value and what changed since the generation before.
#[component]
pub fn ClaimsTable(
    /// The tokens in use.
    #[prop(into)]
    tokens: Watched<Option<Tokens>>,
    /// The claims of the generation before.
    #[prop(into)]
    previous: Watched<Option<Claims>>,
    /// The page's one clock.
    #[prop(into)]
    now: Watched<Timestamp>,
) -> impl IntoView {
    let is_out = move || tokens.with(Option::is_none);
    let tables = move || {
        let table = |tokens: &Tokens| {
            let before = previous.get();
            let (lines, gone) = (lines(&tokens.claims, before.as_ref()), gone(&tokens.claims, before.as_ref()));
            part(age(tokens), move || table(lines, &gone, now))
        };
        tokens.with(|tokens| tokens.as_ref().map(table))
    };
    let raw = move || tokens.with(|tokens| tokens.as_ref().map(|tokens| raw(&tokens.claims)).unwrap_or_default());
    let raw = move || more("Raw claims", el("pre").class("raw").attribute("tabindex", "0").child(text(raw)));
    let nobody = "The claims of the ID token stand here once somebody is signed in.";
    el("div")
        .child(optional(tables))
        .child(shown_when(move || !is_out(), raw))
        .child(shown_when(is_out, move || el("p").class("empty").child(nobody)))
        .view()
}

fn table(lines: Vec<Line>, gone: &[String], now: Watched<Timestamp>) -> Element {
    let rows: Vec<_> = lines.into_iter().map(|line| claim(line, now)).collect();
    let gone =
        (!gone.is_empty()).then(|| el("p").class("hint").child(format!("No longer there: {}.", gone.join(", "))));
    el("div").child(el("ul").class("claims").child(rows)).child(gone)
}

fn claim(line: Line, now: Watched<Timestamp>) -> Element {
    let change = match line.change {
        Change::Changed => Some("changed"),
        Change::New => Some("new"),
        Change::Same | Change::Unknown => None,
    };
    let value = el("span").class("claim__value");
    let value = match line.value {
        Shown::Date(at) => value
            .child(format!("{} · ", clock::date_and_time(at)))
            .child(el("span").class("claim__relative").child(text(move || relative(at, now.get())))),
        Shown::Text(text) => value.child(text),
    };
    let name = el("span")
        .class("claim__name")
        .child(el("code").child(line.name))
        .child(change.map(|word| el("span").class("badge").child(word)));
    let meaning = el("span").class("claim__meaning").child(line.meaning).child(" ").child(links(line.spec));
    el("li").class("claim").child(name).child(value).child(meaning)
}
