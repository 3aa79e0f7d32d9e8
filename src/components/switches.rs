//! The tenant's delegation switches, and what each kind of exchange would answer under them.

use std::rc::Rc;

use leptos::prelude::*;

use super::element::{Element, all, el, key, optional, part, text};
use crate::model::switches::{Switches, Would, change, switches};

/// The choices of a mandatory date: the button's name, and the date as JSON.
const DATES: [(&str, &str); 3] =
    [("None", "null"), ("1 February 2018, past", "\"2018-02-01\""), ("1 January 2100, to come", "\"2100-01-01\"")];

/// The switches; `turn` gets the body of the request that turns one.
pub fn switch_board(body: RwSignal<String>, refused: RwSignal<String>, turn: impl Fn(String) + 'static) -> Element {
    let turn: Rc<dyn Fn(String)> = Rc::new(turn);
    let now = move |look: fn(&Switches) -> bool| move || body.with(|body| switches(body).is_some_and(|it| look(&it)));
    let toggle = |name: &'static str, is_on: fn(&Switches) -> bool, flip: fn(bool) -> String| {
        let (turn, is_on) = (Rc::clone(&turn), now(is_on));
        el("button")
            .class("switch")
            .attribute("type", "button")
            .attribute("role", "switch")
            .follows("aria-checked", move || Some(is_on().to_string()))
            .on_click(move || turn(flip(!untrack(is_on))))
            .child(name)
    };
    let disable = toggle(
        "Disable Legacy Delegation (ID Tokens)",
        |it| it.disabled,
        |disabled| change("allow_legacy_delegation_grant_types", if disabled { "false" } else { "true" }),
    );
    let ended = toggle(
        "Delegation has ended altogether",
        |it| it.ended,
        |ended| change("ended", if ended { "true" } else { "false" }),
    );
    let date = |(name, date): (&'static str, &'static str)| {
        let turn = Rc::clone(&turn);
        let is_now = move || {
            let now = body.with(|body| switches(body)).map(|it| it.mandatory_date);
            now.is_some_and(|now| if now.is_empty() { date == "null" } else { date.trim_matches('"') == now })
        };
        el("button")
            .class("button button--small")
            .attribute("type", "button")
            .follows("aria-pressed", move || Some(is_now().to_string()))
            .on_click(move || turn(change("mandatory_date", date)))
            .child(name)
    };
    let dates: Vec<_> = DATES.into_iter().map(date).collect();
    let dates = el("div")
        .class("controls")
        .attribute("role", "group")
        .attribute("aria-labelledby", "mandatory-date")
        .child(dates);
    let would = move || {
        body.with(|body| {
            let exchanges = switches(body)?.exchanges;
            Some(part(key(body), move || {
                el("ul").class("would").child(exchanges.into_iter().map(would).collect::<Vec<_>>())
            }))
        })
    };
    let said = el("p").class("hint").attribute("role", "status").child(text(move || refused.get()));
    el("div")
        .class("switches")
        .child(disable)
        .child(all([el("h3").attribute("id", "mandatory-date").child("Mandatory date").into(), dates.into()]))
        .child(ended)
        .child(said)
        .child(el("h3").child("What each exchange would answer now"))
        .child(el("div").attribute("aria-live", "polite").child(optional(would)))
}

fn would(would: Would) -> Element {
    let works = would.status == 200;
    let answer = if works { "200 works".to_owned() } else { format!("{} {}", would.status, would.error) };
    el("li")
        .class("would__line")
        .attribute("data-tone", if works { "good" } else { "act" })
        .child(el("b").child(would.exchange))
        .child(el("span").class("would__answer").child(answer))
        .child(el("span").class("would__why").child(would.why))
}
