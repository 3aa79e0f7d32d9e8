//! The static first paint against the app's own first frame, and the page without settings.

use leptos::prelude::*;
use silent_auth::protocol::session::Phase;
use silent_auth_app::app::App;
use silent_auth_app::components::bar::LifecycleBar;
use silent_auth_app::components::phase::PhaseBanner;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{attribute, mount, text_of};
use crate::values::NOW;

#[wasm_bindgen_test]
async fn the_static_first_paint_looks_as_the_apps_first_frame() {
    let html = include_str!("../../index.html");
    let paint = document().create_element("div").expect("an element");
    paint.set_inner_html(html.split_once("<body>").and_then(|(_, body)| body.split_once("</body>")).expect("a body").0);
    let page = mount(|| {
        view! {
            <PhaseBanner phase=Signal::stored(Phase::Checking) generations=Signal::stored(Vec::new()) tokens=Signal::stored(None) now=Signal::stored(NOW) />
            <LifecycleBar generations=Signal::stored(Vec::new()) now=Signal::stored(NOW) />
        }
    })
    .await;
    for part in [".phase__word", ".phase__is", ".phase__next", ".bar__legend", ".phase > .icon", ".bar__track"] {
        let painted = paint.query_selector(part).expect("a selector").expect(part);
        let drawn = page.one(part);
        assert_eq!(attribute(&painted, "class"), attribute(&drawn, "class"));
        if part != ".bar__track" {
            assert_eq!(text_of(&painted).replace(' ', ""), text_of(&drawn).replace(' ', ""), "{part}");
        }
    }
    let main = paint.query_selector("main").expect("a selector").expect("a main");
    assert_eq!((attribute(&main, "data-phase"), attribute(&main, "data-generation")), ("checking".into(), "0".into()));
}

#[wasm_bindgen_test]
async fn a_page_that_was_served_without_settings_says_so() {
    // The test's own page has no settings at all.
    let page = mount(App).await;
    assert!(page.text().contains("does not say which tenant it belongs to"), "{}", page.text());
    assert!(page.text().contains("cargo xtask serve"));
    assert_eq!(attribute(&page.one("main"), "data-generation"), "0");
}
