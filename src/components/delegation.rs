//! The old delegation request with its answer, and both ways side by side.

use std::sync::Arc;

use leptos::prelude::*;
use migration::{ClientType, Exchange, LEGACY_DELEGATION, replacement};
use silent_auth::protocol::record::{Parameter, Record, Shown};
use silent_auth::protocol::session::Tokens;

use super::card::card;
use super::decisions::decision;
use super::element::{Child, Element, all, el, optional, part, shown_when, text};
use super::grant::age;
use super::notice::error_facts;
use super::parameters::{more, parameters};
use crate::lab::OldRun;
use crate::model::decision::LogEntry;
use crate::model::delegation::{self, Answer};
use crate::model::flight::{State, latest_silent};

/// The old request: what is sent, the button that sends it, and what came of it.
#[component]
pub fn OldWay(
    /// Where it goes.
    address: String,
    /// This app's client id.
    client_id: String,
    /// The tokens in use.
    #[prop(into)]
    tokens: Signal<Option<Tokens>>,
    /// How often it was sent.
    times: RwSignal<u64>,
    /// Whether it is under way.
    pending: RwSignal<bool>,
    /// What came of it the last time.
    run: RwSignal<Option<OldRun>>,
    /// Sends it.
    #[prop(into)]
    send: Callback<()>,
) -> impl IntoView {
    let sent = move || {
        let (key, print) = tokens.with(|tokens| {
            let print = tokens.as_ref().map(|tokens| tokens.id_token.fingerprint());
            (tokens.as_ref().map_or(0, age), print)
        });
        let sent = sent(&client_id, print);
        Some(part(key, move || parameters(sent)))
    };
    let button = el("button")
        .class("button button--primary")
        .attribute("type", "button")
        .follows("disabled", move || tokens.with(Option::is_none).then(String::new))
        // Not `disabled`, so that the focus stays where it is.
        .follows("aria-disabled", move || pending.get().then(|| "true".to_owned()))
        .on_click(move || {
            if !pending.get_untracked() {
                send.run(());
            }
        })
        .child("Send the old request");
    let results = move || run.get().map(|run| part(times.get(), move || result(run)));
    let result = el("div")
        .attribute("aria-live", "polite")
        .child(optional(results))
        .child(shown_when(move || run.with(Option::is_none), || el("p").class("empty").child("Not sent yet.")));
    el("div")
        .child(button)
        .child(el("h3").child("What is sent"))
        .child(el("p").class("address").child(format!("POST {address}")))
        .child(optional(sent))
        .child(el("h3").child("What comes back"))
        .child(result)
        .view()
}

fn sent(client_id: &str, fingerprint: Option<String>) -> Vec<Parameter> {
    let token = match fingerprint {
        Some(print) => Shown::Fingerprint(print),
        None => Shown::Plain("(the ID token of your session)".to_owned()),
    };
    let mut sent: Vec<_> =
        delegation::parameters(client_id, "").iter().map(|(name, value)| Parameter::new(name, value)).collect();
    if let Some(parameter) = sent.iter_mut().find(|parameter| parameter.name == "id_token") {
        parameter.value = token;
    }
    sent
}

fn result(run: OldRun) -> Element {
    let answer = |tone: &'static str, status: u16, what: Child, words: String| {
        el("p")
            .class("answer")
            .attribute("data-tone", tone)
            .child(el("b").child(status.to_string()))
            .child(" ")
            .child(what)
            .child(el("span").class("answer__words").child(words))
    };
    let answer: Child = match run.answer {
        Ok(Answer::Refused { status, error, description }) => {
            answer("act", status, el("code").child(error).into(), description).into()
        }
        Ok(Answer::Granted { status, expires_in }) => {
            let life = expires_in.map(|seconds| format!(" It is good for {seconds} s.")).unwrap_or_default();
            let words = format!("This tenant still allows it. It will not for long.{life}");
            answer("trouble", status, "an ID token for another client".into(), words).into()
        }
        Err(error) => {
            let what = el("p").class("answer").attribute("data-tone", "trouble").child(error.code.sentence());
            all([what.into(), error_facts(&error).into()])
        }
    };
    let reason = run.decision.map(|told| el("div").child(el("h3").child("Why")).child(decision(told, true)));
    let log = (!run.log.is_empty()).then(|| {
        let entries: Vec<_> = run.log.into_iter().map(log_entry).collect();
        let hint = el("p")
            .class("hint")
            .child("Search your own tenant's log for ")
            .child(el("code").child("type:depnote"))
            .child(format!(" and “{}” to learn which of your clients still do this. ", LEGACY_DELEGATION.name))
            .child("It is written once an hour for each client.");
        let heading = el("h3").child("What it left in the tenant's log");
        el("div").child(heading).child(el("ul").class("log").child(entries)).child(hint)
    });
    let advice = replacement(Exchange::IdToken, ClientType::ApiModelledAsClient);
    let advice = el("p").class("hint").child(el("b").child("If you sent it to call an API: ")).child(advice.sentence);
    el("div").child(answer).child(reason).child(log).child(advice)
}

fn log_entry(entry: LogEntry) -> Element {
    let meaning = match entry.kind.as_str() {
        "fd" => " failed delegation ",
        "sd" => " successful delegation ",
        "depnote" => " deprecation notice ",
        _ => " ",
    };
    let heading = el("p")
        .child(el("code").child(entry.kind.clone()))
        .child(el("b").child(meaning))
        .child(el("span").class("tabular").child(entry.date));
    let details = (!entry.details.is_empty())
        .then(|| more("Details", el("pre").class("raw").attribute("tabindex", "0").child(entry.details)));
    el("li")
        .class("log__entry")
        .attribute("data-type", entry.kind)
        .child(heading)
        .child(el("p").child(entry.description))
        .child(details)
}

/// Both ways in the same rows, with the answers of the runs on this page.
#[component]
pub fn Comparison(
    /// What came of the old request.
    run: RwSignal<Option<OldRun>>,
    /// What happened, oldest first.
    #[prop(into)]
    records: Signal<Vec<Arc<Record>>>,
    /// The number of the last flight before the silent renewal of this page.
    after: RwSignal<u64>,
) -> impl IntoView {
    let old_answer = move || {
        run.with(|run| match run.as_ref().map(|run| &run.answer) {
            None => "Not sent yet.".to_owned(),
            Some(Ok(Answer::Refused { status, error, .. })) => format!("{status} {error}"),
            Some(Ok(Answer::Granted { status, .. })) => format!("{status} and an ID token"),
            Some(Err(error)) => error.code.sentence().to_owned(),
        })
    };
    let new_answer = move || {
        let renewal = records.with(|all| latest_silent(all)).filter(|flight| flight.number > after.get());
        match renewal.map(|flight| flight.state) {
            None => "Not sent yet.",
            Some(State::UnderWay) => "Under way.",
            Some(State::Done) => "A code, and for it a new access token and a new ID token.",
            Some(State::Failed) => "Refused or failed; the steps above say why.",
        }
        .to_owned()
    };
    let row = |name: &'static str, old: Child, new: Child| {
        el("tr")
            .child(el("th").attribute("scope", "row").child(name))
            .child(el("td").child(old))
            .child(el("td").child(new))
    };
    let column = |name: &'static str| el("th").attribute("scope", "col").child(name);
    let rows = vec![
        row(
            "Request",
            "POST /delegation by script".into(),
            "GET /authorize with prompt=none in a hidden frame, then POST /oauth/token".into(),
        ),
        row(
            "What proves the person",
            "An ID token: whoever has it can send it".into(),
            "The session cookie at the tenant, which no script can read".into(),
        ),
        row(
            "What proves the page",
            "Nothing but a public client id".into(),
            "The registered address that gets the answer, and a code verifier that is used once".into(),
        ),
        row(
            "If the session has ended",
            "It went on for as long as the token was good".into(),
            "The next renewal says login_required".into(),
        ),
        row("The answer here", text(old_answer).into(), text(new_answer).into()),
    ];
    let head = el("tr").child(el("td")).child(column("Delegation")).child(column("Silent authentication"));
    let table = el("table").class("compare").child(el("thead").child(head)).child(el("tbody").child(rows));
    card("side-by-side", "Side by side", table).view()
}
