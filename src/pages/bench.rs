//! The lab in the drawer: faults, ageing, cookie weather, the tenant's decisions as they are made, the three situations.

use std::pin::Pin;
use std::sync::Arc;

use leptos::prelude::*;
use silent_auth::leptos::Auth;
use silent_auth::protocol::json::Value;
use silent_auth::protocol::record::{Shown, Step};
use silent_auth::protocol::secret::fingerprint;
use silent_auth::protocol::session::Phase;

use crate::clock;
use crate::components::decisions::decision;
use crate::components::drawer::weather_warning;
use crate::components::element::{self, Child, Element, all, el, key, optional, part, shown_when, text};
use crate::components::faults::{armed, catalogue};
use crate::components::trial::{Standing, trial};
use crate::lab::{self, Stream};
use crate::model::decision::{Decision, streamed};
use crate::model::faults::{DISARM, armed as titles, fired_since, last};
use crate::model::member::{is, list};
use crate::model::remedy::{at_host, host};
use crate::model::trial::{Judged, Kind, Trial, Way};
use crate::model::weather::warning;

/// How many decisions of the stream are shown; the oldest go first.
const DECISIONS: usize = 20;

/// What is known of the tenant's lab, and what was tried in it. Lives as long as the app.
#[derive(Clone, Copy)]
pub struct Bench {
    auth: Auth,
    held: StoredValue<Held>,
    /// How often what is held has changed: what follows it follows this.
    changes: RwSignal<u64>,
}

#[derive(Default)]
struct Held {
    /// What `/lab/faults` answered last.
    faults: Value,
    /// What `/lab/cookies` answered last.
    weather: Value,
    /// Why the last request to the lab failed; empty if it did not.
    said: String,
    /// The name of the trial that is under way; empty for none.
    running: String,
    /// What came of each trial, by its name; the number counts trials.
    judged: Vec<(String, u64, Judged)>,
    tried: u64,
    /// What the tenant decided, newest first: JSON, and the how-many-eth it is.
    decisions: Vec<(u64, String)>,
    heard: u64,
}

impl Bench {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(auth: Auth) -> Self {
        Self { auth, held: StoredValue::new(Held::default()), changes: RwSignal::new(0) }
    }

    /// What `look` sees, which is followed from now on.
    fn see<T>(self, look: impl FnOnce(&Held) -> T) -> T {
        let (mut look, mut seen) = (Some(look), None);
        self.show(&mut |held| seen = look.take().map(|look| look(held)));
        seen.expect("shown once")
    }

    // One copy of what these do, whatever is looked at or changed.

    #[inline(never)]
    fn show(self, look: &mut dyn FnMut(&Held)) {
        self.changes.track();
        self.held.with_value(look);
    }

    /// Changes what is held. The app may be gone by then.
    #[inline(never)]
    fn change(self, change: Box<dyn FnOnce(&mut Held)>) {
        let _gone = (self.held.try_update_value(change), self.changes.try_update(|changes| *changes += 1));
    }

    /// Asks the lab what stands at `path`, or tells it to change that.
    pub fn ask(self, path: &'static str, change: Option<String>) {
        lab::in_background(async move {
            self.learn(path, change).await;
        });
    }

    /// As [`ask`](Self::ask), and waits for the answer; `None` if there is none, which is said in the drawer.
    fn learn(self, path: &'static str, change: Option<String>) -> Pin<Box<dyn Future<Output = Option<Value>>>> {
        let config = self.auth.config();
        Box::pin(async move {
            let answer = lab::says(&config, path, change).await.map(|body| Value::read(&body).unwrap_or_default());
            let told = answer.as_ref().ok().cloned();
            self.change(Box::new(move |held| match answer {
                Ok(answer) => {
                    match path {
                        "/lab/faults" => held.faults = answer,
                        "/lab/cookies" => held.weather = answer,
                        _ => {}
                    }
                    held.said.clear();
                }
                Err(said) => held.said = said,
            }));
            told
        })
    }

    /// The cookie weather in one line, all the time it is not clear.
    pub fn warning(self) -> AnyView {
        optional(move || {
            let title = self.see(|held| warning(&held.weather))?;
            Some(part(key(&title), move || weather_warning(title)))
        })
    }

    /// The live part of the drawer that is called `what` in the guide's file.
    pub fn part(self, what: &str, attributes: &Value) -> Child {
        match what {
            "lab" => {
                self.ask("/lab/faults", None);
                self.ask("/lab/cookies", None);
                let said = text(move || self.see(|held| held.said.clone()));
                el("p").class("drawer__said").attribute("role", "alert").child(said).into()
            }
            "faults" => self.faults(),
            "age" => self.trial(Trial(Kind::Age, attributes.clone())).into(),
            "weather" => self.weather().into(),
            "decisions" => self.decisions(),
            "situation" => situation(attributes),
            _ => all([]),
        }
    }

    fn faults(self) -> Child {
        // Drawn once: what is armed and what fired changes beside it.
        let catalogue = move || {
            let answer = self.see(|held| held.faults.clone());
            answer
                .as_object()
                .is_some()
                .then(|| part(0, move || catalogue(&answer, |fault| self.trial(Trial(Kind::Fault, fault.clone())))))
        };
        let disarm = move || self.ask("/lab/faults", Some(DISARM.to_owned()));
        all([armed(move || self.see(|held| titles(&held.faults)), disarm).into(), optional(catalogue).into()])
    }

    fn weather(self) -> AnyView {
        optional(move || {
            let answer = self.see(|held| held.weather.clone());
            let kind = move |kind: &Value| self.trial(Trial(Kind::Weather, kind.clone()));
            answer.as_object().is_some().then(|| {
                part(0, move || {
                    let kinds: Vec<_> = list(&answer, "weathers").iter().map(kind).collect();
                    el("ul").class("trials").child(kinds)
                })
            })
        })
    }

    fn trial(self, what: Trial) -> Element {
        let (made, name, is_weather) = (what.clone(), what.name(), what.0 == Kind::Weather);
        let standing = move || {
            // The weather can be changed with nobody signed in too: it may be why.
            let is_fit = |is_in| is_in || is_weather;
            let ready = self.auth.phase.with(|it| it.is_signed_in().is_some_and(is_fit) && *it != Phase::Renewing);
            self.see(|held| Standing {
                ready: ready && held.running.is_empty(),
                running: held.running == name,
                on: is(&held.weather, "weather", &name),
                judged: held.judged.iter().find(|it| it.0 == name).map(|(_, number, judged)| (*number, judged.clone())),
                fired: last(&held.faults, &name),
            })
        };
        trial(what, Arc::new(standing), move || self.run(made.clone()))
    }

    /// Tells the tenant, renews, and learns what happened.
    fn run(self, trial: Trial) {
        let auth = self.auth;
        let (name, (path, change)) = (trial.name(), trial.change(auth.config().client_id()));
        let running = name.clone();
        self.change(Box::new(move |held| held.running = running));
        lab::in_background(async move {
            let Some(answer) = self.learn(path, Some(change)).await else {
                return self.change(Box::new(|held| held.running.clear()));
            };
            if trial.way() == Way::Reload {
                return lab::reload();
            }
            let error = auth.renewed().await.err();
            let ours = self.latest_state();
            self.learn("/lab/faults", None).await;
            self.learn("/lab/cookies", None).await;
            let is_in = auth.phase.with(|phase| phase.is_signed_in() == Some(true));
            self.change(Box::new(move |held| {
                let is_ours = |state: &str| ours.as_deref() == Some(&*fingerprint(state));
                let fired = fired_since(&answer, &held.faults, &name, &is_ours);
                let judged = trial.judge(&answer, error, fired, is_in);
                held.running.clear();
                held.tried += 1;
                held.judged.retain(|it| it.0 != name);
                held.judged.push((name, held.tried, judged));
            }));
        });
    }

    /// What may be shown of the `state` of the latest silent request: by it the tenant's account of that request is known.
    fn latest_state(self) -> Option<String> {
        let records = self.auth.records.get_untracked();
        let opened = records.iter().rev().find(|record| record.step == Step::FrameOpened)?;
        let state = opened.parameters.iter().find(|parameter| parameter.name == "state")?;
        match &state.value {
            Shown::Fingerprint(print) => Some(print.clone()),
            Shown::Plain(_) => None,
        }
    }

    fn decisions(self) -> Child {
        let hear = move |data: String| {
            if !data.is_empty() {
                self.change(Box::new(|held| {
                    held.heard += 1;
                    held.decisions.insert(0, (held.heard, data));
                    held.decisions.truncate(DECISIONS);
                }));
            }
        };
        // Ends when the drawer is closed.
        let _stream = StoredValue::new_local(Stream::open(&self.auth.config(), hear));
        let decisions = move || {
            let keyed = |(number, data): &(u64, String)| {
                let data = data.clone();
                part(*number, move || streamed(&data).map(told))
            };
            self.see(|held| held.decisions.iter().map(keyed).collect())
        };
        let is_empty = move || self.see(|held| held.decisions.is_empty());
        let nothing = "Nothing yet: the next request of this page is listed here when the tenant answers it.";
        all([
            el("ol").class("stream").child(element::list(decisions)).into(),
            shown_when(is_empty, move || el("p").class("empty").child(nothing)).into(),
        ])
    }
}

fn told(told: Decision) -> Element {
    let when = el("p").class("hint tabular").child(format!(
        "{} {} → {}",
        clock::exact_time(told.at),
        told.endpoint,
        told.outcome
    ));
    el("li").child(when).child(decision(told, false))
}

/// One of the three addresses of the app: a link, or that it is this one.
fn situation(attributes: &Value) -> Child {
    let origin = lab::origin();
    let other = attributes.get("host").and_then(Value::as_str).unwrap_or_default();
    let address = at_host(&origin, other).unwrap_or_default();
    if host(&origin) == Some(other) {
        return all([el("code").child(address).into(), el("span").class("badge").child("you are here").into()]);
    }
    el("a").attribute("href", format!("{address}lab")).child(address).into()
}
