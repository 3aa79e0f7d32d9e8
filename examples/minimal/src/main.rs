//! A whole Leptos app: sign-in, profile, a token that renews itself, sign-out.

use leptos::prelude::*;
use silent_auth::leptos::{Guard, provide_auth, use_auth};
use silent_auth::protocol::config::ClientConfig;
use silent_auth::protocol::session::Phase;

fn main() {
    mount_to_body(App);
}

/// What whoever serves the page wrote into its `<meta name="silent-auth:…">`.
fn setting(name: &str) -> String {
    let meta = document().query_selector(&format!("meta[name='silent-auth:{name}']")).ok().flatten();
    meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default()
}

#[component]
fn App() -> impl IntoView {
    let callback = format!("{}/callback", window().location().origin().unwrap_or_default());
    match ClientConfig::new(&setting("issuer"), &setting("client-id"), &callback) {
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
    view! {
        <main data-phase=move || auth.phase.with(Phase::as_str) data-generation=number>
            <h1>"Minimal"</h1>
            <Guard
                checking=|| view! { <p>"Asking whether you are signed in…"</p> }
                signed_out=move || view! { <button on:click=move |_| auth.sign_in("/")>"Sign in"</button> }
            >
                <Profile />
                <p>"This is token number " {number} "."</p>
                <button on:click=move |_| auth.renew()>"Renew now"</button>
                " "
                <button on:click=move |_| auth.sign_out()>"Sign out"</button>
            </Guard>
        </main>
    }
}

#[component]
fn Profile() -> impl IntoView {
    let auth = use_auth();
    let claim = move |name: &'static str| {
        auth.tokens.with(|tokens| Some(tokens.as_ref()?.claims.get(name)?.as_str()?.to_owned()))
    };
    view! { <p>"Signed in as " <b>{move || claim("name")}</b> ", " {move || claim("email")} "."</p> }
}
