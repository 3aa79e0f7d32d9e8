//! The settings in the drawer: an own provider, what to register there, and whether it can do what is needed.

use leptos::prelude::*;
use silent_auth::leptos::Auth;
use silent_auth::protocol::checkup::{Finding, Verdict};
use silent_auth::protocol::config::ClientConfig;
use silent_auth::protocol::error::AuthError;
use silent_auth::protocol::json::{Map, Value};

use crate::components::element::{Child, Element, all, el, optional, part, shown_when, text};
use crate::components::icon::icon;
use crate::components::notice::error_facts;
use crate::lab;
use crate::model::member;
use crate::model::phase::Tone;
use crate::model::settings::{CHOICES, FIELDS, config, in_use, told};

/// What is typed in the drawer, and what came of it. Lives as long as the app.
#[derive(Clone, Copy)]
pub struct Settings {
    /// Whether the settings in use are somebody's own.
    own: bool,
    held: StoredValue<Held>,
    /// How often what is held has changed.
    changes: RwSignal<u64>,
}

struct Held {
    /// The settings that were typed and are good, or the ones in use.
    typed: ClientConfig,
    /// Why what was typed is refused.
    refused: Option<AuthError>,
    findings: Vec<Finding>,
    checking: bool,
}

impl Settings {
    /// The settings in use, and nothing typed yet.
    #[must_use]
    pub fn new(auth: Auth, own: bool) -> Self {
        Self {
            own,
            held: StoredValue::new(Held { typed: auth.config(), refused: None, findings: Vec::new(), checking: false }),
            changes: RwSignal::new(0),
        }
    }

    /// Changes what is held. The app may be gone by then.
    fn change(self, change: impl FnOnce(&mut Held)) {
        let _gone = (self.held.try_update_value(change), self.changes.try_update(|changes| *changes += 1));
    }

    /// The live part of the drawer that is called `what` in the guide's file; `None` if it is not one of these.
    #[must_use]
    pub fn part(self, what: &str, attributes: &Value) -> Option<Child> {
        let name = member::text(attributes, "name");
        Some(match what {
            "setting" => self.field(name, attributes).into(),
            "address" => el("code")
                .class("copied")
                .child(text(move || {
                    self.changes.track();
                    self.held.with_value(|held| told(&held.typed, &name))
                }))
                .into(),
            "use" => self.controls(),
            "checkup" => self.findings(attributes.clone()),
            _ => return None,
        })
    }

    /// A label with its field, or with its box to tick.
    fn field(self, name: String, attributes: &Value) -> Element {
        let (now, chosen) = self.held.with_value(|held| in_use(&held.typed, &name));
        let (id, hint) = (id(&name), format!("{name}-hint"));
        let input = el("input").attribute("id", id.clone()).attribute("aria-describedby", hint.clone());
        let label = el("label").attribute("for", id).child(member::text(attributes, "label"));
        let hint = el("span").class("hint").attribute("id", hint).child(member::text(attributes, "hint"));
        match chosen {
            None => {
                let input = input
                    .attribute("type", "text")
                    .attribute("value", now)
                    .attribute("autocomplete", "off")
                    .attribute("spellcheck", "false");
                el("p").class("field").child(label).child(input).child(hint)
            }
            Some(is) => {
                let input = input.attribute("type", "checkbox");
                let input = if is { input.attribute("checked", "") } else { input };
                el("p").class("choice").child(input).child(label).child(hint)
            }
        }
    }

    /// Reads what is typed: as settings, and as they are kept. `None` if it is refused, which is shown.
    fn read(self) -> Option<(ClientConfig, Value)> {
        let mut own = Map::new();
        for name in FIELDS {
            own.insert(name.to_owned(), lab::typed(&id(name)).trim_ascii().into());
        }
        for name in CHOICES {
            own.insert(name.to_owned(), lab::is_ticked(&id(name)).into());
        }
        let own = Value::Object(own);
        let read = config(&own, &lab::origin());
        self.change(|held| {
            held.findings.clear();
            held.refused = read.as_ref().err().cloned();
            if let Ok(config) = &read {
                held.typed = config.clone();
            }
        });
        read.ok().map(|config| (config, own))
    }

    fn controls(self) -> Child {
        let button = |class, name: &'static str| el("button").class(class).attribute("type", "button").child(name);
        let used = move || {
            if let Some((_, own)) = self.read() {
                lab::use_settings(Some(&own.to_string()));
            }
        };
        let check = move || {
            if !self.held.with_value(|held| held.checking)
                && let Some((config, _)) = self.read()
            {
                self.check(config);
            }
        };
        let refused = move || {
            let count = self.changes.get();
            self.held.with_value(|held| held.refused.clone()).map(|error| {
                part(count, move || {
                    let what = el("p").class("notice__what").child(error.code.sentence());
                    el("div").class("outcome").attribute("data-tone", "act").child(what).child(error_facts(&error))
                })
            })
        };
        let back =
            self.own.then(|| button("button", "Back to the built-in tenant").on_click(|| lab::use_settings(None)));
        let buttons = el("p")
            .class("controls")
            .child(button("button button--primary", "Check").on_click(check))
            .child(button("button", "Use these settings").on_click(used))
            .child(back);
        all([el("div").attribute("role", "alert").child(optional(refused)).into(), buttons.into()])
    }

    fn check(self, config: ClientConfig) {
        self.change(|held| held.checking = true);
        lab::in_background(async move {
            let findings = lab::check(config).await;
            self.change(move |held| {
                held.findings = findings;
                held.checking = false;
            });
        });
    }

    /// What was found; the sentence for each finding is an attribute of its name.
    fn findings(self, sentences: Value) -> Child {
        let said = sentences.clone();
        let found = move || {
            let count = self.changes.get();
            let findings = self.held.with_value(|held| held.findings.clone());
            let sentences = said.clone();
            (!findings.is_empty()).then(move || {
                part(count, move || {
                    let line = |finding| found(finding, &sentences);
                    el("ul").class("findings").child(findings.into_iter().map(line).collect::<Vec<_>>())
                })
            })
        };
        let running = move || el("p").class("empty").child(member::text(&sentences, "running"));
        let found = el("div").attribute("aria-live", "polite").child(optional(found));
        let is_running = move || {
            self.changes.track();
            self.held.with_value(|held| held.checking)
        };
        all([shown_when(is_running, running).into(), found.into()])
    }
}

fn found(finding: Finding, sentences: &Value) -> Element {
    let (tone, word) = match finding.verdict {
        Verdict::Good => (Tone::Good, "Good"),
        Verdict::Limited => (Tone::Trouble, "Limited"),
        Verdict::Bad => (Tone::Act, "Missing"),
    };
    el("li")
        .class("outcome")
        .attribute("data-tone", tone.as_str())
        .attribute("data-finding", finding.name)
        .child(el("p").class("outcome__word").child(icon(move || tone)).child(word))
        .child(el("p").child(member::text(sentences, finding.name)))
        .child(finding.error.as_ref().map(error_facts))
}

/// The id of a setting's field.
fn id(name: &str) -> String {
    format!("setting-{name}")
}
