//! The grant as a sentence.

use leptos::prelude::*;
use silent_auth_app::components::grant::GrantCard;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{mount, settle, text_of};
use crate::values::tokens;

#[wasm_bindgen_test]
async fn the_sentence_says_who_lets_whom_do_what_until_when() {
    let held = RwSignal::new(None);
    let page = mount(move || {
        let (client_id, audience) = ("demo-spa".to_owned(), Some("https://notes.example.com".to_owned()));
        let asked = "openid email read:notes write:notes".to_owned();
        view! { <GrantCard tokens=held client_id audience asked /> }
    })
    .await;
    assert!(page.text().starts_with("Nobody lets this page do anything yet."), "{}", page.text());
    held.set(Some(tokens(r#"{"sub":"auth0|ada","name":"Ada"}"#)));
    settle().await;
    let sentence = text_of(&page.one(".grant"));
    let (who, when) = sentence.split_once(" until ").expect("an end");
    assert_eq!(who, "Ada lets demo-spa read notes at https://notes.example.com");
    assert!(when.ends_with(":20. It also learns Ada's e-mail address."), "{when}");
    assert!(page.text().contains("asked, not grantedwrite:notes"), "{}", page.text());
}
