//! A request of the guide: what is sent, the button that sends it, and what came of it.

use leptos::prelude::*;
use migration::LEGACY_DELEGATION;
use silent_auth::leptos::Watched;
use silent_auth::protocol::http::Method;
use silent_auth::protocol::record::Shown;
use silent_auth::protocol::session::Tokens;

use super::decisions::decision;
use super::element::{Child, Element, all, el, key, optional, part, shown_when};
use super::notice::error_facts;
use super::parameters::{more, parameters};
use crate::lab::{self, Run};
use crate::model::call::{Answer, Call, Source, Token};
use crate::model::decision::LogEntry;

/// What a tenant's log calls delegation. A constant of its own, so that the rest of the notice is not in the download.
const NOTICE: &str = LEGACY_DELEGATION.name;

/// The tokens that requests of the guide can send: those of the session, and those that earlier requests brought. In
/// memory alone.
#[derive(Clone, Copy)]
pub struct Purse {
    session: Watched<Option<Tokens>>,
    held: StoredValue<Vec<(String, Token)>>,
    /// How often what is held has changed: what follows it follows this.
    changes: RwSignal<u64>,
}

impl Purse {
    /// A purse with the tokens of the session.
    #[must_use]
    pub fn new(session: impl Into<Watched<Option<Tokens>>>) -> Self {
        Self { session: session.into(), held: StoredValue::new(Vec::new()), changes: RwSignal::new(0) }
    }

    /// The token of this name, for instance `session.id_token` or `legacy.refresh_token`.
    #[must_use]
    pub fn get(self, name: &str) -> Option<Token> {
        if let Some(kind) = name.strip_prefix("session.") {
            return self.session.with(|tokens| {
                let tokens = tokens.as_ref()?;
                let text = if kind == "id_token" { tokens.id_token.expose() } else { tokens.access_token.expose() };
                Some(Token::new(text))
            });
        }
        self.changes.track();
        self.held.with_value(|held| Some(held.iter().find(|(other, _)| other == name)?.1.clone()))
    }

    /// Holds the tokens of an answer as `holder.id_token` and so on, in place of those that it held before.
    pub fn keep(self, holder: &str, tokens: &[(String, Token)]) {
        let _app_is_gone = self.held.try_update_value(|held| {
            held.retain(|(name, _)| name.split('.').next() != Some(holder));
            held.extend(tokens.iter().map(|(name, token)| (format!("{holder}.{name}"), token.clone())));
        });
        self.changes.try_update(|changes| *changes += 1);
    }
}

/// What became of a request.
#[derive(Clone, Copy)]
pub struct Progress {
    /// Whether it is under way.
    pub pending: RwSignal<bool>,
    /// How often it was answered.
    pub times: RwSignal<u64>,
    /// What came of it the last time.
    pub run: RwSignal<Option<Run>>,
}

impl Progress {
    /// Not sent yet.
    #[must_use]
    pub fn new() -> Self {
        Self { pending: RwSignal::new(false), times: RwSignal::new(0), run: RwSignal::new(None) }
    }

    /// Sets what came of it. The page may have been left meanwhile.
    pub fn answered(self, run: Run) {
        let _gone =
            (self.times.try_update(|times| *times += 1), self.run.try_set(Some(run)), self.pending.try_set(false));
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

/// The request with its button; `send` gets the values of its form.
pub fn call_box(
    call: Call,
    address: String,
    purse: Purse,
    progress: Progress,
    send: impl Fn(Vec<(String, String)>) + 'static,
) -> Element {
    let Progress { pending, times, run } = progress;
    let needs: Vec<String> = call.needs().map(str::to_owned).collect();
    let lacks = move || needs.iter().any(|name| purse.get(name).is_none());
    let fields: Vec<_> = call.form.iter().filter_map(|(name, source)| field(&call, name, source)).collect();
    let shown = {
        let call = call.clone();
        move || {
            let shown = call.shown(|name| purse.get(name));
            let values = shown.iter().map(|parameter| match &parameter.value {
                Shown::Plain(value) | Shown::Fingerprint(value) => key(value),
            });
            Some(part(values.fold(0, |all: u64, value| all.rotate_left(5) ^ value), move || parameters(shown)))
        }
    };
    let (first, granted) = (call.first.clone(), call.granted.clone());
    let button = {
        let (call, lacks) = (call.clone(), lacks.clone());
        el("button")
            .class("button button--primary")
            .attribute("type", "button")
            .follows("disabled", move || lacks().then(String::new))
            // Not `disabled`, so that the focus stays where it is.
            .follows("aria-disabled", move || pending.get().then(|| "true".to_owned()))
            .on_click(move || {
                if !pending.get_untracked() {
                    pending.set(true);
                    send(values(&call, purse));
                }
            })
    };
    let results = move || {
        let granted = granted.clone();
        run.get().map(|run| part(times.get(), move || result(run, granted)))
    };
    let result = el("div")
        .class("call__result")
        .attribute("aria-live", "polite")
        .child(optional(results))
        .child(shown_when(move || run.with(Option::is_none), || el("p").class("empty").child("Not sent yet.")));
    let method = if call.method == Method::Post { "POST" } else { "GET" };
    let sent = el("div").child(el("p").class("address").child(format!("{method} {address}"))).child(optional(shown));
    el("div")
        .class("call")
        .attribute("data-call", call.button.clone())
        .child(fields)
        .child(button.child(call.button))
        .child(shown_when(lacks, move || el("p").class("hint").child(first.clone())))
        .child(sent)
        .child(result)
}

/// The id of the field of a parameter that the person types.
fn field_id(call: &Call, name: &str) -> String {
    format!("typed-{name}-{:x}", key(&call.button))
}

fn field(call: &Call, name: &str, source: &Source) -> Option<Element> {
    let Source::Typed(text) = source else { return None };
    let id = field_id(call, name);
    let kind = if name == "password" { "password" } else { "text" };
    let input = el("input")
        .attribute("id", id.clone())
        .attribute("type", kind)
        .attribute("value", text.clone())
        .attribute("autocomplete", "off");
    Some(el("p").class("field").child(el("label").attribute("for", id).child(name.to_owned())).child(input))
}

/// The values that are sent. Called on a click, so nothing is followed.
fn values(call: &Call, purse: Purse) -> Vec<(String, String)> {
    let value = |name: &str, source: &Source| match source {
        Source::Fixed(value) | Source::Secret(value) => value.clone(),
        Source::Held(name) => untrack(|| purse.get(name)).map(|token| token.expose().to_owned()).unwrap_or_default(),
        Source::Typed(_) => lab::typed(&field_id(call, name)),
    };
    call.form.iter().map(|(name, source)| (name.clone(), value(name, source))).collect()
}

fn result(run: Run, granted: String) -> Element {
    let answer = match run.answer {
        Ok(answer) => answered(answer, granted),
        Err(error) => {
            let what = el("p").class("answer").attribute("data-tone", "trouble").child(error.code.sentence());
            all([what.into(), error_facts(&error).into()])
        }
    };
    let reason = run.decision.map(|told| decision(told, false));
    let log = (!run.log.is_empty()).then(|| log(run.log));
    el("div").child(answer).child(reason).child(log)
}

fn answered(answer: Answer, granted: String) -> Child {
    let success = answer.is_success();
    let words = if success { granted } else { answer.description };
    let line = el("p")
        .class("answer")
        .attribute("data-tone", if success { "good" } else { "act" })
        .child(el("b").child(answer.status.to_string()))
        .child(" ")
        .child((!answer.error.is_empty()).then(|| el("code").child(answer.error)))
        .child(el("span").class("answer__words").child(words));
    let claims = |(name, token): (String, Token)| {
        let claims = token.claims()?;
        let raw = el("pre").class("raw").attribute("tabindex", "0").child(claims);
        Some(more(format!("What the {} says", name.replace('_', " ")), raw))
    };
    let claims: Vec<_> = answer.tokens.into_iter().filter_map(claims).collect();
    let given = (!answer.given.is_empty()).then(|| parameters(answer.given));
    all([line.into(), given.into(), claims.into()])
}

/// What the tenant wrote into its log about delegation.
fn log(entries: Vec<LogEntry>) -> Element {
    let entries: Vec<_> = entries.into_iter().map(log_entry).collect();
    let hint = el("p")
        .class("hint")
        .child("To learn which clients still do this, search your tenant's log for ")
        .child(el("code").child("type:depnote"))
        .child(format!(" and “{NOTICE}”. It is written once an hour for each client."));
    let entries = el("div").child(el("ul").class("log").child(entries)).child(hint);
    more("What stands in the tenant's log", entries).attribute("open", "")
}

fn log_entry(entry: LogEntry) -> Element {
    let meaning = match entry.kind.as_str() {
        "fd" => " failed delegation ",
        "sd" => " successful delegation ",
        "depnote" => " deprecation notice ",
        "limit_delegation" => " too many calls ",
        _ => " ",
    };
    let heading = el("p")
        .child(el("code").child(entry.kind.clone()))
        .child(el("b").child(meaning))
        .child(el("span").class("tabular").child(entry.date));
    let details = (!entry.details.is_empty())
        .then(|| more("Details", el("pre").class("raw").attribute("tabindex", "0").child(entry.details)));
    let who = if entry.client_id.is_empty() { String::new() } else { format!("{}: ", entry.client_id) };
    el("li")
        .class("log__entry")
        .attribute("data-type", entry.kind)
        .child(heading)
        .child(el("p").child(who + &entry.description))
        .child(details)
}
