//! The frame around every page: settings, session, navigation, and the phase for style sheets and scripts.

use leptos::prelude::*;
use leptos_router::components::{A, FlatRoutes, Route, Router};
use leptos_router::path;
use silent_auth::leptos::{Auth, provide_auth};
use silent_auth::protocol::session::Phase;

use crate::components::decisions::Decisions;
use crate::config::{self, Unusable};
use crate::lab;
use crate::pages::callback::CallbackPage;
use crate::pages::delegation::DelegationPage;
use crate::pages::home::HomePage;
use crate::pages::not_found::NotFound;

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    match config::read(lab::setting, &lab::origin()) {
        Ok(config) => {
            // Before the router reads the address: the answer of a sign-in is taken out of it first.
            let auth = provide_auth(config.clone());
            let enabled = lab::setting("lab").as_deref() == Some("true");
            provide_context(Decisions::new(config, enabled));
            view! { <Pages auth /> }.into_any()
        }
        Err(unusable) => view! { <WithoutSettings unusable /> }.into_any(),
    }
}

#[component]
fn Pages(auth: Auth) -> impl IntoView {
    let phase = move || auth.phase.with(Phase::as_str);
    let generation = move || {
        let newest = auth.generations.with(|all| all.last().filter(|it| it.ended_at.is_none()).map(|it| it.number));
        newest.unwrap_or(0).to_string()
    };
    view! {
        <Router>
            <Header />
            <main data-phase=phase data-generation=generation>
                <FlatRoutes fallback=NotFound>
                    <Route path=path!("/") view=HomePage />
                    <Route path=path!("/delegation") view=DelegationPage />
                    <Route path=path!("/callback") view=CallbackPage />
                </FlatRoutes>
            </main>
            <footer class="foot">
                <p>
                    "Nothing on this page is drawn from imagination: every arrow and number is a record of the client. "
                    "Nothing is loaded from elsewhere."
                </p>
            </footer>
        </Router>
    }
}

#[component]
fn Header() -> impl IntoView {
    view! {
        <header class="head">
            <span class="head__name">"Silent Auth"</span>
            <nav aria-label="Pages">
                <A href="/">"Session"</A>
                <A href="/delegation">"Delegation"</A>
            </nav>
        </header>
    }
}

/// A plain sentence in place of the app, for a page that was served without its settings.
#[component]
fn WithoutSettings(unusable: Unusable) -> impl IntoView {
    let sentence = match unusable {
        Unusable::NoIssuer => {
            "The page does not say which tenant it belongs to: whoever serves it has to fill in its settings."
                .to_owned()
        }
        Unusable::Refused(error) => error.to_string(),
    };
    view! {
        <main data-phase="unconfigured" data-generation="0">
            <section class="card" role="alert">
                <h1>"Silent Auth cannot start"</h1>
                <p>{sentence}</p>
                <p>
                    "Start tenant and app together with "<code>"cargo xtask serve"</code>
                    ", and open one of the addresses it prints."
                </p>
            </section>
        </main>
    }
}
