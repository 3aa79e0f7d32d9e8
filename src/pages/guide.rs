//! The guide's pages: `/delegation`, `/clients/…` and `/learn/…`, whose text is fetched when one of them is opened.

use std::sync::Arc;

use leptos::prelude::*;
use silent_auth::leptos::Auth;
use silent_auth::protocol::json::Value;
use silent_auth::protocol::secret::AccessToken;
use silent_auth::protocol::session::Phase;

use crate::components::call::{Progress, Purse, call_box};
use crate::components::claims::ClaimsTable;
use crate::components::element::{Child, Element, all, el, optional, part, shown_when, text};
use crate::components::guide::{Live, draw};
use crate::components::notice::Notice;
use crate::components::sequence::Sequence;
use crate::components::switches::switch_board;
use crate::lab;
use crate::model::call::Call;
use crate::model::flight;
use crate::pages::bench::Bench;
use crate::pages::not_found::NotFound;
use crate::pages::settings::Settings;

/// The guide: its file once it is there, and the tokens that its requests brought. Lives as long as the app, so that they are
/// not asked for again on the next page.
#[derive(Clone, Copy)]
pub struct Guide {
    auth: Auth,
    bench: Bench,
    settings: Settings,
    lab: bool,
    purse: Purse,
    file: StoredValue<Value>,
    /// 0: not asked for; 1: there; 2: could not be loaded.
    loaded: RwSignal<u64>,
}

impl Guide {
    /// Nothing is loaded yet.
    #[must_use]
    pub fn new(auth: Auth, bench: Bench, settings: Settings, lab: bool) -> Self {
        let file = StoredValue::new(Value::Null);
        Self { auth, bench, settings, lab, purse: Purse::new(auth.tokens), file, loaded: RwSignal::new(0) }
    }

    fn load(self) {
        if self.loaded.get_untracked() == 1 {
            return;
        }
        lab::in_background(async move {
            let file = lab::guide().await.ok().and_then(|file| Value::read(&file));
            let state = if file.is_some() { 1 } else { 2 };
            let _app_is_gone =
                (self.file.try_update_value(|it| *it = file.unwrap_or_default()), self.loaded.try_set(state));
        });
    }

    /// What is in the drawer at this path.
    #[must_use]
    pub fn drawer(self, path: &str) -> Child {
        // Without its lab the tenant has nothing to turn; the file says how to start it with one.
        self.page(if path == lab::DRAWER && !self.lab { "/lab/off" } else { path }).into()
    }

    /// The page at `path`.
    #[must_use]
    pub fn page(self, path: &str) -> AnyView {
        self.load();
        let path = path.to_owned();
        let page = move || {
            let (path, state) = (path.clone(), self.loaded.get());
            Some(part(state, move || self.draw(&path, state)))
        };
        // On their way together with the text, and no part of a first visit.
        let sheet = |path| el("link").attribute("rel", "stylesheet").attribute("href", path);
        all([sheet("/guide.css").into(), sheet("/lab.css").into(), optional(page).into()]).view()
    }

    fn draw(self, path: &str, state: u64) -> Child {
        let failed = "The text of this page could not be loaded. Is the tenant, which serves it, still running?";
        match state {
            0 => el("p").class("empty").child("The text of this page is on its way.").into(),
            1 => self.file.with_value(|file| match file.get(path) {
                Some(page) => {
                    let text = |name: &str| page.get(name).and_then(Value::as_str).unwrap_or_default();
                    lab::set_title(text("title"));
                    let body = page.get("body").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                    draw(el("div").class("guide"), body, &self).into()
                }
                None => NotFound().into_any().into(),
            }),
            _ => el("p").class("empty").attribute("role", "alert").child(failed).into(),
        }
    }

    /// Says who has to sign in, or what went wrong with it.
    fn session(self) -> Child {
        let auth = self.auth;
        let issuer = auth.config().issuer().as_str().to_owned();
        let notice = view! { <Notice phase=auth.phase origin=lab::origin() issuer /> }.into_any();
        let first = shown_when(move || auth.tokens.with(Option::is_none), move || sign_in_first(auth));
        all([first.into(), notice.into()])
    }

    /// A silent renewal, drawn while it happens.
    fn renewal(self) -> Child {
        let auth = self.auth;
        // The flights up to here are not this page's doing; before the first click that is all of them.
        let after = RwSignal::new(u64::MAX);
        let renew = move || {
            if matches!(auth.phase.get_untracked(), Phase::Renewing) {
                return;
            }
            let newest = auth.records.get_untracked().iter().map(|record| record.flight).max();
            after.set(newest.unwrap_or(0));
            auth.renew();
        };
        let is_in = move || auth.phase.with(|phase| phase.is_signed_in() == Some(true));
        let button = el("button")
            .class("button button--primary")
            .attribute("type", "button")
            .follows("disabled", move || (!is_in()).then(String::new))
            // Not `disabled`, so that the focus stays where it is.
            .follows("aria-disabled", move || matches!(auth.phase.get(), Phase::Renewing).then(|| "true".to_owned()))
            .on_click(renew)
            .child("Renew silently");
        let sequence = move || view! { <Sequence records=auth.records after pick=flight::latest_silent /> }.into_any();
        let nothing = "Not sent from this page yet. What travels is drawn here, step by step.";
        all([
            button.into(),
            shown_when(move || after.get() != u64::MAX, sequence).into(),
            shown_when(move || after.get() == u64::MAX, move || el("p").class("empty").child(nothing)).into(),
        ])
    }

    fn switches(self) -> Child {
        let auth = self.auth;
        let (body, refused) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
        let turn = move |change: Option<String>| {
            let config = auth.config();
            lab::in_background(async move {
                let (told, said) = match lab::says(&config, "/lab/delegation", change).await {
                    Ok(told) => (Some(told), String::new()),
                    Err(said) => (None, said),
                };
                // The page may have been left meanwhile.
                let _gone = (told.and_then(|told| body.try_set(told)), refused.try_set(said));
            });
        };
        turn(None);
        switch_board(body, refused, move |change| turn(Some(change))).into()
    }

    /// What a token says, if it is a JWT that is held.
    fn claims(self, name: String) -> Element {
        let purse = self.purse;
        let claims = move || match purse.get(&name) {
            Some(token) => {
                token.claims().unwrap_or_else(|| "This token is opaque: nobody but the tenant can read it.".to_owned())
            }
            None => "The token is not there yet.".to_owned(),
        };
        el("pre").class("raw").attribute("tabindex", "0").child(text(claims))
    }
}

impl Live for Guide {
    fn call(&self, call: Call) -> Child {
        if !self.lab {
            let words = format!("“{}” runs where the tenant has its lab on (tenant serve --lab).", call.button);
            return el("p").class("empty").child(words).into();
        }
        let (auth, purse, progress) = (self.auth, self.purse, Progress::new());
        let address = auth.config().issuer().at(&call.path);
        let sent = Arc::new(call.clone());
        let send = move |form: Vec<(String, String)>| {
            let (call, config) = (Arc::clone(&sent), auth.config());
            let bearer = call.bearer.as_deref().and_then(|name| untrack(|| purse.get(name)));
            lab::in_background(async move {
                let bearer = bearer.map(|token| AccessToken::new(token.expose()));
                let run = lab::run(&config, &call, form, bearer).await;
                if let (Some(holder), Ok(answer)) = (&call.keep, &run.answer)
                    && answer.is_success()
                {
                    purse.keep(holder, &answer.tokens);
                }
                progress.answered(run);
            });
        };
        call_box(call, address, purse, progress, send).into()
    }

    fn part(&self, what: &str, attributes: &Value) -> Child {
        let auth = self.auth;
        match what {
            "session" => self.session(),
            "renewal" => self.renewal(),
            "switches" if self.lab => self.switches(),
            "switches" => el("p")
                .class("empty")
                .child("The switches are shown where the tenant has its lab on (tenant serve --lab).")
                .into(),
            "id-token" => {
                let table = view! { <ClaimsTable tokens=auth.tokens previous=auth.previous_claims now=auth.now /> };
                table.into_any().into()
            }
            "claims" => {
                let token = attributes.get("token").and_then(Value::as_str).unwrap_or_default();
                self.claims(token.to_owned()).into()
            }
            _ => self.settings.part(what, attributes).unwrap_or_else(|| self.bench.part(what, attributes)),
        }
    }
}

fn sign_in_first(auth: Auth) -> Element {
    let busy = move || auth.phase.with(|phase| matches!(phase, Phase::Checking | Phase::Leaving));
    let button = el("button")
        .class("button button--primary")
        .attribute("type", "button")
        .follows("disabled", move || busy().then(String::new))
        .on_click(move || auth.sign_in(&lab::path()))
        .child("Sign in");
    let words = el("div")
        .child(el("p").class("notice__what").child("Sign in first: this page sends requests with your own session."))
        .child(el("p").child("You come back to this page."))
        .child(button);
    el("section")
        .class("notice")
        .attribute("data-tone", "waiting")
        .attribute("aria-label", "Sign in first")
        .child(words)
}
