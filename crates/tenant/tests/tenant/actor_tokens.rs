//! Token exchange with an actor (RFC 8693 2.1, 4.1): the API is told who acts for the user, and the chain is never shortened.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::common::delegation::id_token_of;
use crate::common::{Answer, Harness, NOTES, TENANT, claims};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const REPORTS: &str = "https://reports.example.com";
const OWN: [(&str, &str); 2] = [("client_id", "notes-api"), ("client_secret", "notes-api-secret")];

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

/// The built-in tenant, where the notes API may also get tokens of its own.
async fn tenant() -> Harness {
    let built_in = include_str!("../../tenant.yaml");
    let at = built_in.find("    client_id: notes-api\n").expect("the notes API is a client");
    let rest = &built_in[at..];
    let grants = rest.find("grant_types: [").expect("its grants") + "grant_types: [".len();
    let yaml = format!("{}client_credentials, {}", &built_in[..at + grants], &rest[grants..]);
    let name = "    identifier: https://reports.example.com\n";
    Harness::with_file(&yaml.replace(name, &format!("{name}    client_id: regular-web\n"))).await
}

/// A user's access token for the notes API.
async fn for_notes(browser: &mut Harness, email: &str, password: &str) -> String {
    let form = [("username", email), ("password", password), ("audience", NOTES), ("scope", "read:notes")];
    let own = [("grant_type", "password"), ("client_id", "trusted-app"), ("client_secret", "trusted-app-secret")];
    text(&browser.token(&[&own[..], &form].concat()).await.json(), "access_token")
}

/// The notes API's own access token for the reports API.
async fn own_token(browser: &mut Harness) -> String {
    let form = [&OWN[..], &[("grant_type", "client_credentials"), ("audience", REPORTS)]].concat();
    text(&browser.token(&form).await.json(), "access_token")
}

/// The notes API exchanges a token for one for the reports API, with these parameters beside.
async fn exchange(browser: &mut Harness, token: &str, more: &[(&str, &str)]) -> Answer {
    let form =
        [("grant_type", GRANT), ("subject_token", token), ("subject_token_type", ACCESS_TOKEN), ("audience", REPORTS)];
    browser.token(&[&OWN[..], &form, more].concat()).await
}

#[tokio::test]
async fn the_new_token_tells_who_acts_and_who_did_before() {
    let mut browser = tenant().await;
    let ada = for_notes(&mut browser, "ada@example.com", "ada-password").await;
    let own = own_token(&mut browser).await;
    let acting = [("actor_token", &*own), ("actor_token_type", ACCESS_TOKEN)];
    let first = exchange(&mut browser, &ada, &acting).await;
    assert_eq!(first.status, StatusCode::OK, "{first:?}");
    let first = text(&first.json(), "access_token");
    let said = claims(&first);
    assert_eq!((&said["sub"], &said["act"]), (&json!("auth0|ada"), &json!({ "sub": "notes-api@clients" })));
    let checks = browser.decision().await["checks"].to_string();
    assert!(checks.contains("notes-api@clients acts for the user") && !checks.contains(&own), "{checks}");

    // The reports API is told when it asks, too.
    let form = [("client_id", "regular-web"), ("client_secret", "regular-web-secret"), ("token", &*first)];
    let told = browser.post_form(&format!("{TENANT}/oauth/introspect"), &form).await.json();
    assert_eq!((&told["active"], &told["act"]), (&json!(true), &said["act"]));

    // Another actor comes outside of the first one; without one the chain stays as it is.
    let grace = for_notes(&mut browser, "grace@example.com", "grace-password").await;
    let acting = [("actor_token", &*grace), ("actor_token_type", ACCESS_TOKEN)];
    let second = exchange(&mut browser, &first, &acting).await.json();
    let expected = json!({ "sub": "auth0|grace", "act": { "sub": "notes-api@clients" } });
    assert_eq!(claims(&text(&second, "access_token"))["act"], expected);
    let third = exchange(&mut browser, &text(&second, "access_token"), &[]).await.json();
    assert_eq!(claims(&text(&third, "access_token"))["act"], expected);
    let plain = exchange(&mut browser, &ada, &[]).await.json();
    assert!(claims(&text(&plain, "access_token")).get("act").is_none(), "nobody acts for her there");
}

#[tokio::test]
async fn the_new_token_outlives_neither_of_the_two() {
    let mut browser = tenant().await;
    let grace = for_notes(&mut browser, "grace@example.com", "grace-password").await;
    browser.advance(20);
    let ada = for_notes(&mut browser, "ada@example.com", "ada-password").await;
    let acting = [("actor_token", &*grace), ("actor_token_type", ACCESS_TOKEN)];
    let answer = exchange(&mut browser, &ada, &acting).await.json();
    assert_eq!(answer["expires_in"], 40, "60 s from the older one");
    browser.advance(41);
    let late = exchange(&mut browser, &ada, &acting).await;
    assert_eq!(late.error(), "invalid_request", "{late:?}");
}

#[tokio::test]
async fn an_actor_that_is_not_one_is_refused_by_name() {
    let mut browser = tenant().await;
    let ada = for_notes(&mut browser, "ada@example.com", "ada-password").await;
    let own = own_token(&mut browser).await;
    let to_others = text(
        &browser
            .token(&[
                ("grant_type", "client_credentials"),
                ("client_id", "machine"),
                ("client_secret", "machine-secret"),
                ("audience", "https://localhost:4000/api/v2/"),
            ])
            .await
            .json(),
        "access_token",
    );
    let id_token = id_token_of(&mut browser, "legacy-app-a").await;
    for (token, kind, words, why) in [
        (&*own, "", "Missing required parameter: actor_token_type", "Missing required"),
        ("", ACCESS_TOKEN, "actor_token_type came without an actor_token", "without an actor_token"),
        (&*own, "urn:ietf:params:oauth:token-type:saml2", "actor_token_type must be", "must be"),
        ("junk", ACCESS_TOKEN, "Invalid actor_token", "no such access token"),
        (&*own, ID_TOKEN, "Invalid actor_token", "the actor_token is no good: "),
        (&*to_others, ACCESS_TOKEN, "Invalid actor_token", "neither issued to the client"),
        (&*id_token, ID_TOKEN, "Invalid actor_token", "issued to another client"),
    ] {
        let acting: Vec<_> = [("actor_token", token), ("actor_token_type", kind)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let answer = exchange(&mut browser, &ada, &acting).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_request"), "{kind}");
        let description = text(&answer.json(), "error_description");
        assert!(description.starts_with(words), "{words}: {description}");
        let summary = text(&browser.decision().await, "summary");
        assert!(summary.contains(why), "{why}: {summary}");
    }
    // A subject cannot be a client's own, as ever: nobody would be acted for.
    let answer = exchange(&mut browser, &own, &[("actor_token", &own), ("actor_token_type", ACCESS_TOKEN)]).await;
    assert_eq!(text(&answer.json(), "error_description"), "Invalid subject_token");
}
