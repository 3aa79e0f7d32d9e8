//! The grant as a sentence.

use leptos::prelude::*;
use silent_auth_app::components::grant::GrantCard;
use silent_auth_app::model::grant::grant;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{mount, text_of};
use crate::values::claims;

#[wasm_bindgen_test]
async fn the_sentence_says_who_lets_whom_do_what_until_when() {
    let grant = grant(
        &claims(r#"{"sub":"auth0|ada","name":"Ada"}"#),
        "openid email read:notes",
        "openid email read:notes write:notes",
    );
    let page = mount(move || {
        view! { <GrantCard grant=Signal::stored(Some(grant)) client_id="demo-spa".to_owned() audience=Some("https://notes.example.com".to_owned()) until=Signal::stored("14:03:11".to_owned()) /> }
    })
    .await;
    assert_eq!(
        text_of(&page.one(".grant")),
        "Ada lets demo-spa read notes at https://notes.example.com until 14:03:11. It also learns Ada's e-mail address."
    );
    assert!(page.text().contains("asked, not grantedwrite:notes"), "{}", page.text());
}
