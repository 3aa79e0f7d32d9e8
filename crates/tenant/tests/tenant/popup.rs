//! A sign-in in a popup: asked with `response_mode=web_message` and without `prompt=none`, answered by a message after the login page.

use axum::http::StatusCode;

use crate::common::{Harness, authorize};

#[tokio::test]
async fn a_sign_in_in_a_popup_is_answered_by_a_message_to_the_registered_origin() {
    let mut browser = Harness::new().await;
    let request = authorize(&[("response_mode", Some("web_message"))]);
    let mut answer = browser.log_in_at(&request, "ada@example.com", "ada-password").await;
    while let Some(location) = answer.headers.get("location") {
        let location = location.to_str().expect("ASCII").to_owned();
        assert!(location.starts_with("http://localhost:4000/"), "not by redirect: {location}");
        answer = browser.get(&location).await;
    }
    assert_eq!(answer.status, StatusCode::OK);
    let (origin, parameters) = answer.message();
    assert_eq!(origin, "http://localhost:3000");
    assert_eq!(parameters["state"], "the-state");
    assert_eq!(browser.exchange(&parameters["code"]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn no_page_on_the_way_cuts_the_popup_off_from_the_page_that_opened_it() {
    let mut browser = Harness::new().await;
    let request = authorize(&[("response_mode", Some("web_message"))]);
    let login = browser.get(&request).await.header("location").to_owned();
    for answer in [browser.get(&login).await, browser.silent(&[("response_mode", Some("web_message"))]).await] {
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.headers.get("cross-origin-opener-policy").is_none());
    }
}
