//! The phase in words, for every phase.

use leptos::prelude::*;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::session::Phase;
use silent_auth_app::components::notice::Notice;
use silent_auth_app::components::phase::PhaseBanner;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Mounted, attribute, mount, settle, text_of};
use crate::values::{NOW, generation};

async fn banner(phase: Phase) -> Mounted {
    mount(move || {
        view! { <PhaseBanner phase=Signal::stored(phase) generations=Signal::stored(vec![generation()]) tokens=Signal::stored(Some(crate::values::tokens(r#"{"name":"Ada"}"#))) now=Signal::stored(NOW) /> }
    })
    .await
}

#[wasm_bindgen_test]
async fn every_phase_has_a_word_a_shape_and_two_sentences() {
    let error = || AuthError::new(Code::TenantUnreachable);
    let retry_at = Some(NOW.shifted(5_000));
    let mut seen = Vec::new();
    for (phase, word, tone) in [
        (Phase::Checking, "Checking for a session", "waiting"),
        (Phase::SignedOut { reason: None }, "Signed out", "waiting"),
        (Phase::Undetermined { error: error(), retry_at }, "Not known", "trouble"),
        (Phase::Leaving, "Leaving for the tenant", "waiting"),
        (Phase::SignedIn, "Signed in", "good"),
        (Phase::Renewing, "Renewing silently", "renewing"),
        (Phase::RenewalFailed { error: error(), retry_at }, "Renewal failed", "trouble"),
        (Phase::Expired { error: None, retry_at: None }, "Expired", "act"),
    ] {
        let page = banner(phase.clone()).await;
        assert_eq!(text_of(&page.one("h1")), word);
        assert_eq!(attribute(&page.one(".phase"), "data-tone"), tone);
        assert!(text_of(&page.one(".phase__is")).ends_with('.'), "{phase:?}");
        assert!(text_of(&page.one(".phase__next")).ends_with('.'), "{phase:?}");
        seen.push((tone, attribute(&page.one(".icon path"), "d")));
    }
    for (tone, shape) in &seen {
        for (other, other_shape) in &seen {
            assert_eq!(tone == other, shape == other_shape, "each tone has its own shape: {tone}, {other}");
        }
    }
}

#[wasm_bindgen_test]
async fn the_countdown_follows_the_one_clock() {
    let now = RwSignal::new(NOW);
    let page = mount(move || {
        view! { <PhaseBanner phase=Signal::stored(Phase::SignedIn) generations=Signal::stored(vec![generation()]) tokens=Signal::stored(None) now /> }
    })
    .await;
    assert_eq!(text_of(&page.one(".countdown__left")), "0:18");
    assert_eq!(text_of(&page.one(".countdown__label")), "renews in");
    now.set(NOW.shifted(7_400));
    settle().await;
    assert_eq!(text_of(&page.one(".countdown__left")), "0:11");
    now.set(NOW.shifted(3_600_000));
    settle().await;
    assert_eq!(
        text_of(&page.one(".countdown__left")),
        "0:00",
        "after a sleep it shows the truth, and never less than nothing"
    );
}

#[wasm_bindgen_test]
async fn only_milestones_are_announced() {
    let (now, phase) = (RwSignal::new(NOW), RwSignal::new(Phase::SignedIn));
    let page = mount(move || {
        view! { <PhaseBanner phase generations=Signal::stored(vec![generation()]) tokens=Signal::stored(None) now /> }
    })
    .await;
    assert_eq!(page.all("[aria-live]").len(), 1);
    let said = || text_of(&page.one("[aria-live]"));
    assert_eq!(said(), "Renewed silently: generation 3.");
    now.set(NOW.shifted(2_000));
    phase.set(Phase::Renewing);
    settle().await;
    assert_eq!(said(), "Renewed silently: generation 3.", "neither a second nor a renewal on its way");
    phase.set(Phase::SignedOut { reason: None });
    settle().await;
    assert_eq!(said(), "Signed out.");
}

#[wasm_bindgen_test]
async fn a_blocked_frame_is_explained_with_the_way_on() {
    let reason = Some(AuthError::new(Code::ThirdPartyCookiesBlocked));
    let page = mount(move || {
        view! { <Notice phase=Signal::stored(Phase::SignedOut { reason }) origin="http://app.localhost:3000".to_owned() issuer="http://tenant.localhost:4000/".to_owned() /> }
    })
    .await;
    assert_eq!(attribute(&page.one(".notice"), "data-code"), "third_party_cookies_blocked");
    assert!(page.text().contains("does not send it"), "{}", page.text());
    assert_eq!(attribute(&page.one(".notice a"), "href"), "http://app.demo.localhost:3000/");
}

#[wasm_bindgen_test]
async fn a_tenant_that_does_not_run_is_named_with_the_command() {
    let phase = Phase::Undetermined { error: AuthError::new(Code::TenantUnreachable), retry_at: None };
    let page = mount(move || {
        view! { <Notice phase=Signal::stored(phase) origin="http://localhost:3000".to_owned() issuer="http://localhost:4000/".to_owned() /> }
    })
    .await;
    assert!(
        page.text().contains("cargo xtask serve") && page.text().contains("http://localhost:4000/"),
        "{}",
        page.text()
    );
}

#[wasm_bindgen_test]
async fn a_plain_sign_out_is_no_failure() {
    let page = mount(move || {
        view! { <Notice phase=Signal::stored(Phase::SignedOut { reason: None }) origin=String::new() issuer=String::new() /> }
    })
    .await;
    assert_eq!(page.text(), "");
}
