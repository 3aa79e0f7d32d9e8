//! A Leptos app whose people sign in in a popup, and renew in one where the browser keeps the tenant's cookie from frames.

use leptos::prelude::*;
use leptos::task::spawn_local;
use silent_auth::leptos::{Guard, provide_auth, use_auth};
use silent_auth::protocol::config::{ClientConfig, Transport};
use silent_auth::protocol::error::AuthError;
use silent_auth::protocol::ladder::Rung;
use silent_auth::protocol::session::Phase;

fn main() {
    mount_to_body(App);
}

/// What whoever serves the page wrote into its `<meta name="silent-auth:…">`.
fn setting(name: &str) -> String {
    let meta = document().query_selector(&format!("meta[name='silent-auth:{name}']")).ok().flatten();
    meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default()
}

fn config() -> Result<ClientConfig, AuthError> {
    let callback = format!("{}/callback", window().location().origin().unwrap_or_default());
    let transport = if setting("transport") == "web_message" { Transport::WebMessage } else { Transport::CallbackPage };
    let config = ClientConfig::new(&setting("issuer"), &setting("client-id"), &callback)?;
    Ok(config.with_transport(Some(transport)).with_ladder(vec![Rung::RefreshToken, Rung::Frame, Rung::Popup]))
}

#[component]
fn App() -> impl IntoView {
    match config() {
        Ok(config) => {
            provide_auth(config);
            view! { <Session /> }.into_any()
        }
        Err(error) => view! { <p role="alert">{error.to_string()}</p> }.into_any(),
    }
}

#[component]
fn Session() -> impl IntoView {
    let auth = use_auth();
    let number = move || auth.generations.with(|all| all.last().map_or(0, |last| last.number));
    let (outcome, set_outcome) = signal(String::new());
    let sign_in = move |_| {
        set_outcome.set(String::new());
        // Here, and not in the future below: the popup opens while the click is at work.
        let signed_in = auth.sign_in_with_popup();
        spawn_local(async move {
            set_outcome.set(signed_in.await.map_or_else(|error| error.code.as_str(), |()| "signed_in").to_owned());
        });
    };
    view! {
        <main data-phase=move || auth.phase.with(Phase::as_str) data-generation=number>
            <h1>"Popup"</h1>
            <p role="status">{outcome}</p>
            <button on:click=sign_in>"Sign in"</button>
            <Guard checking=|| view! { <p>"One moment…"</p> } signed_out=|| view! { <p>"Nobody is signed in."</p> }>
                <p>"Signed in as " {move || auth.tokens.with(|tokens| tokens.as_ref().map(|it| it.subject().to_owned()))} "."</p>
                <button on:click=move |_| auth.renew()>"Renew now"</button>
                " "
                <button on:click=move |_| auth.sign_out()>"Sign out"</button>
            </Guard>
        </main>
    }
}
