//! The buttons that fit each phase.

use leptos::prelude::*;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::session::Phase;
use silent_auth_app::components::controls::Controls;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{attribute, mount, text_of};

#[wasm_bindgen_test]
async fn each_phase_offers_what_fits_it() {
    let error = || AuthError::new(Code::TimedOut);
    for (phase, names) in [
        (Phase::Checking, &[][..]),
        (Phase::Leaving, &[]),
        (Phase::SignedOut { reason: None }, &["Sign in"]),
        (Phase::Undetermined { error: error(), retry_at: None }, &["Sign in", "Try again now"]),
        (Phase::SignedIn, &["Renew now", "Sign out", "Sign out at the tenant only"]),
        (
            Phase::RenewalFailed { error: error(), retry_at: None },
            &["Sign in", "Renew now", "Sign out", "Sign out at the tenant only"],
        ),
        (Phase::Expired { error: None, retry_at: None }, &["Sign in", "Try again now"]),
    ] {
        let shown = phase.clone();
        let page = mount(move || {
            view! { <Controls phase=Signal::stored(shown) sign_in=|()| {} renew=|()| {} sign_out=|()| {} tenant_sign_out_url=|()| "https://tenant.example/v2/logout".to_owned() /> }
        })
        .await;
        let offered: Vec<_> = page.all("button, a").iter().map(text_of).collect();
        assert_eq!(offered, names, "{phase:?}");
    }
}

#[wasm_bindgen_test]
async fn a_button_does_what_it_says() {
    let done = RwSignal::new(Vec::new());
    let page = mount(move || {
        let note = move |what: &'static str| move |()| done.update(|done| done.push(what));
        view! { <Controls phase=Signal::stored(Phase::SignedIn) sign_in=note("in") renew=note("renew") sign_out=note("out") tenant_sign_out_url=|()| "https://tenant.example/v2/logout".to_owned() /> }
    })
    .await;
    page.press("Renew now").await;
    page.press("Sign out").await;
    assert_eq!(done.get_untracked(), ["renew", "out"]);
    let link = page.one("a");
    assert_eq!(attribute(&link, "target"), "_blank", "the page stays, so that the next renewal can find out");
    assert_eq!(attribute(&link, "href"), "https://tenant.example/v2/logout");
}
