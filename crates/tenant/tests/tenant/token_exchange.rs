//! The grant token-exchange (RFC 8693): what a user's token buys, for whom, and that it never buys more than it was.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::common;
use crate::common::delegation::id_token_of;
use crate::common::{Answer, Harness, NOTES, TENANT, authorize, claims};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const REPORTS: &str = "https://reports.example.com";
const OWN: [(&str, &str); 2] = [("client_id", "notes-api"), ("client_secret", "notes-api-secret")];

/// The notes API exchanges a token that it was sent for one for the reports API, with these parameters changed (empty:
/// left out).
async fn exchange(browser: &mut Harness, token: &str, changes: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("grant_type", GRANT),
        ("subject_token", token),
        ("subject_token_type", ACCESS_TOKEN),
        ("audience", REPORTS),
    ];
    form.extend(OWN);
    form.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    form.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    browser.token(&form).await
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

/// Ada's access token for the notes API, got by `demo-spa`.
async fn for_notes(browser: &mut Harness) -> String {
    browser.cookies.clear();
    let code = browser.sign_in().await;
    text(&browser.exchange(&code).await.json(), "access_token")
}

/// Whether the reports API would be told that the token is good: `regular-web` stands for it in these tests.
async fn is_active(browser: &mut Harness, token: &str) -> bool {
    let form = [("client_id", "regular-web"), ("client_secret", "regular-web-secret"), ("token", token)];
    let answer = browser.post_form(&format!("{TENANT}/oauth/introspect"), &form).await;
    answer.json()["active"].as_bool().unwrap_or_else(|| panic!("{answer:?}"))
}

/// The built-in tenant where the reports API may ask about its tokens.
async fn tenant() -> Harness {
    let name = "    identifier: https://reports.example.com\n";
    Harness::with_replaced(name, &format!("{name}    client_id: regular-web\n")).await
}

#[tokio::test]
async fn an_api_calls_another_one_for_its_user() {
    let mut browser = tenant().await;
    let subject = for_notes(&mut browser).await;
    browser.advance(20);
    let answer = exchange(&mut browser, &subject, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    let body = answer.json();
    assert_eq!((&body["issued_token_type"], &body["token_type"]), (&json!(ACCESS_TOKEN), &json!("Bearer")));
    assert_eq!(
        (&body["scope"], &body["expires_in"]),
        (&json!("read:reports"), &json!(40)),
        "not longer than the old one"
    );
    assert!(body.get("refresh_token").is_none() && body.get("id_token").is_none());
    let said = claims(&text(&body, "access_token"));
    let expected = json!([REPORTS, "auth0|ada", "notes-api", "read:reports", GRANT, claims(&subject)["exp"]]);
    assert_eq!(json!([said["aud"], said["sub"], said["azp"], said["scope"], said["gty"], said["exp"]]), expected);
    assert!(is_active(&mut browser, &text(&body, "access_token")).await);
    let entry = browser.logs("secte").await.remove(0);
    assert_eq!((&entry["user_id"], &entry["audience"]), (&json!("auth0|ada"), &json!(REPORTS)));
    let record = browser.decision().await.to_string();
    assert!(!record.contains(&subject));
}

#[tokio::test]
async fn the_scope_gets_narrower_and_never_wider() {
    let mut browser = tenant().await;
    let code = {
        let url = authorize(&[("scope", Some("openid read:notes"))]);
        browser.log_in_at(&url, "ada@example.com", "ada-password").await.parameters()["code"].clone()
    };
    let subject = text(&browser.exchange(&code).await.json(), "access_token");
    // At the same API: what the old token had, or less.
    for (asked, expected) in [
        ("", Some("openid read:notes")),
        ("read:notes", Some("read:notes")),
        ("write:notes", None),
        ("read:notes write:notes", None),
        ("read:notes profile", None),
        ("offline_access", None),
    ] {
        let answer = exchange(&mut browser, &subject, &[("audience", NOTES), ("scope", asked)]).await;
        match expected {
            Some(scope) => assert_eq!(answer.json()["scope"], scope, "{asked:?}: {answer:?}"),
            None => assert_eq!((answer.status.as_u16(), &*answer.error()), (400, "invalid_scope"), "{asked:?}"),
        }
    }
    // At another: what the client grant has, whatever the old token was good for.
    for (asked, expected) in [
        ("", Some("read:reports")),
        ("read:reports", Some("read:reports")),
        ("read:notes", None),
        ("openid", None),
        ("read:reports write:reports", None),
    ] {
        let answer = exchange(&mut browser, &subject, &[("scope", asked)]).await;
        match expected {
            Some(scope) => assert_eq!(answer.json()["scope"], scope, "{asked:?}: {answer:?}"),
            None => assert_eq!((answer.status.as_u16(), &*answer.error()), (400, "invalid_scope"), "{asked:?}"),
        }
    }
    // A token that was bought buys no more than it is.
    let narrow = exchange(&mut browser, &subject, &[("audience", NOTES), ("scope", "read:notes")]).await.json();
    let again =
        exchange(&mut browser, &text(&narrow, "access_token"), &[("audience", NOTES), ("scope", "openid")]).await;
    assert_eq!(again.error(), "invalid_scope");
}

/// Row 131 of the control list, and what else a request can lack or have too much.
#[tokio::test]
async fn a_request_is_refused_by_name() {
    let mut browser = tenant().await;
    let subject = for_notes(&mut browser).await;
    let missing = |name: &str| format!("Missing required parameter: {name}");
    for (changes, status, error, words) in [
        (vec![("subject_token", "")], 400, "invalid_request", missing("subject_token")),
        (vec![("subject_token_type", "")], 400, "invalid_request", missing("subject_token_type")),
        (vec![("audience", "")], 400, "invalid_request", missing("audience")),
        (
            vec![("subject_token_type", "urn:ietf:params:oauth:token-type:refresh_token")],
            400,
            "invalid_request",
            format!("subject_token_type must be {ACCESS_TOKEN} or {ID_TOKEN}"),
        ),
        (
            vec![("requested_token_type", ID_TOKEN)],
            400,
            "invalid_request",
            format!("requested_token_type must be {ACCESS_TOKEN}"),
        ),
        (vec![("actor_token", &*subject)], 400, "invalid_request", "Missing required parameter: actor_token_type".into()),
        (vec![("actor_token_type", ACCESS_TOKEN)], 400, "invalid_request", "actor_token_type came without an actor_token".into()),
        (
            vec![("resource", "https://reports.example.com/x")],
            400,
            "invalid_target",
            "resource is not supported; name the API by audience".into(),
        ),
        (
            vec![("audience", "https://nobody.example")],
            400,
            "invalid_target",
            "Service not found: https://nobody.example".into(),
        ),
        (
            vec![("audience", "https://localhost:4000/api/v2/")],
            400,
            "invalid_target",
            "Client is not authorized to access \"https://localhost:4000/api/v2/\". Create a client grant for this API."
                .into(),
        ),
        (vec![("client_secret", "x")], 401, "access_denied", "Unauthorized".into()),
        (
            vec![("client_id", "regular-web"), ("client_secret", "regular-web-secret")],
            403,
            "unauthorized_client",
            format!("Grant type '{GRANT}' not allowed for the client."),
        ),
        (
            vec![("client_id", "demo-spa"), ("client_secret", "")],
            403,
            "unauthorized_client",
            format!("Grant type '{GRANT}' not allowed for the client."),
        ),
    ] {
        let answer = exchange(&mut browser, &subject, &changes).await;
        let said = (answer.status.as_u16(), answer.error(), text(&answer.json(), "error_description"));
        assert_eq!(said, (status, error.to_owned(), words), "{changes:?}");
    }
    assert_eq!(browser.logs("fecte").await.len(), 13);
    assert_eq!(
        exchange(&mut browser, &subject, &[("requested_token_type", ACCESS_TOKEN)]).await.status,
        StatusCode::OK
    );
}

/// Registered for it or not: who cannot keep a secret, and third parties, never.
#[tokio::test]
async fn public_clients_and_third_parties_never_exchange() {
    let from = "    token_endpoint_auth_method: none\n    grant_types: [authorization_code]\n    callbacks: &callbacks";
    let to = format!(
        "    token_endpoint_auth_method: none\n    grant_types: [authorization_code, \"{GRANT}\"]\n    callbacks: &callbacks"
    );
    let mut browser = Harness::with_replaced(from, &to).await;
    let subject = for_notes(&mut browser).await;
    let own = [("client_id", "demo-spa"), ("client_secret", ""), ("audience", NOTES)];
    assert_eq!(exchange(&mut browser, &subject, &own).await.error(), "unauthorized_client");
    let summary = browser.decision().await["summary"].as_str().expect("one").to_owned();
    assert!(summary.contains("never for public clients"), "{summary}");

    let mut browser = Harness::with_replaced(
        "    client_secret: notes-api-secret\n",
        "    client_secret: notes-api-secret\n    is_first_party: false\n",
    )
    .await;
    let subject = for_notes(&mut browser).await;
    assert_eq!(exchange(&mut browser, &subject, &[("audience", NOTES)]).await.error(), "unauthorized_client");
    let summary = browser.decision().await["summary"].as_str().expect("one").to_owned();
    assert!(summary.contains("never for third parties"), "{summary}");
}

/// What is wrong with the token is in the record; the answer is the same for all.
#[tokio::test]
async fn a_token_that_is_no_good_buys_nothing() {
    let mut browser = tenant().await;
    let of_legacy_spa = id_token_of(&mut browser, "legacy-spa").await;
    browser.cookies.clear();
    browser.sign_in().await;
    let code = browser.get(&authorize(&[("audience", None)])).await.parameters()["code"].clone();
    let body = browser.exchange(&code).await.json();
    let (opaque, id_token) = (text(&body, "access_token"), text(&body, "id_token"));
    let reports = [("audience", Some(REPORTS)), ("scope", Some("openid read:reports"))];
    let code = browser.get(&authorize(&reports)).await.parameters()["code"].clone();
    let for_reports = text(&browser.exchange(&code).await.json(), "access_token");
    let machine = [
        ("grant_type", "client_credentials"),
        ("client_id", "machine"),
        ("client_secret", "machine-secret"),
        ("audience", "https://localhost:4000/api/v2/"),
    ];
    let nobodys = text(&browser.token(&machine).await.json(), "access_token");
    let good = for_notes(&mut browser).await;
    let (start, signature) = good.rsplit_once('.').expect("a JWT");
    let forged = format!("{start}.{}", signature.chars().rev().collect::<String>());
    for (token, kind, why) in [
        (&*opaque, ACCESS_TOKEN, "it is for /userinfo alone"),
        (&for_reports, ACCESS_TOKEN, "nor is it for the API that the client is"),
        (&nobodys, ACCESS_TOKEN, "it is a client's own, and no user's"),
        (&forged, ACCESS_TOKEN, "no such access token"),
        (&id_token, ACCESS_TOKEN, "no such access token"),
        ("junk", ACCESS_TOKEN, "no such access token"),
        (&id_token, ID_TOKEN, "it was issued to another client"),
        (&of_legacy_spa, ID_TOKEN, "it was issued to another client"),
        (&good, ID_TOKEN, "it was issued to another client"),
        ("a.b.c", ID_TOKEN, "not signed by the tenant"),
    ] {
        let answer = exchange(&mut browser, token, &[("subject_token_type", kind)]).await;
        assert_eq!((answer.status.as_u16(), &*answer.error()), (400, "invalid_request"), "{why}: {answer:?}");
        assert_eq!(answer.json()["error_description"], "Invalid subject_token");
        let summary = text(&browser.decision().await, "summary");
        assert!(summary.contains(why), "{why}: {summary}");
    }
    let form = [
        &OWN[..],
        &[("grant_type", GRANT), ("subject_token", &good), ("subject_token_type", ACCESS_TOKEN), ("audience", REPORTS)],
    ]
    .concat();
    let elsewhere = browser.post_form("http://tenant.localhost:4000/oauth/token", &form).await;
    assert_eq!(elsewhere.error(), "invalid_request", "what one issuer made is not exchanged at another");
    browser.advance(60);
    assert_eq!(exchange(&mut browser, &good, &[]).await.error(), "invalid_request", "expired");
}

/// What ends the old token ends the new one.
#[tokio::test]
async fn what_was_bought_ends_with_what_bought_it() {
    let mut browser = tenant().await;
    let subject = for_notes(&mut browser).await;
    let bought = text(&exchange(&mut browser, &subject, &[]).await.json(), "access_token");
    assert!(is_active(&mut browser, &bought).await);
    browser.get(&format!("{TENANT}/v2/logout")).await;
    assert!(!is_active(&mut browser, &bought).await, "the session of the old token is over");
    assert_eq!(exchange(&mut browser, &subject, &[]).await.error(), "invalid_request");

    let rotating = [("client_id", Some("demo-spa-rotating")), ("scope", Some("openid offline_access read:notes"))];
    let code =
        browser.log_in_at(&authorize(&rotating), "ada@example.com", "ada-password").await.parameters()["code"].clone();
    let body = browser.exchange_with(&code, &rotating[..1]).await.json();
    let bought = text(&exchange(&mut browser, &text(&body, "access_token"), &[]).await.json(), "access_token");
    assert!(is_active(&mut browser, &bought).await);
    let revoke = [("client_id", "demo-spa-rotating"), ("token", &*text(&body, "refresh_token"))];
    browser.post_form(&format!("{TENANT}/oauth/revoke"), &revoke).await;
    assert!(!is_active(&mut browser, &bought).await, "the family of the old token is revoked");
}

/// Delegation's own case: a web app turns the ID token it holds into a token for an API, where the tenant allows it.
#[tokio::test]
async fn an_id_token_of_its_own_buys_a_token_for_an_api() {
    let mut yaml = include_str!("../../tenant.yaml").to_owned();
    for (from, to) in [
        (
            "client_id: regular-web\n    client_secret: regular-web-secret\n    app_type: regular_web\n    token_endpoint_auth_method: client_secret_post\n    grant_types: [authorization_code, refresh_token]",
            format!("client_id: regular-web\n    client_secret: regular-web-secret\n    grant_types: [authorization_code, refresh_token, \"{GRANT}\"]"),
        ),
        ("clientGrants:\n", "clientGrants:\n  - { client_id: regular-web, audience: \"https://reports.example.com\", scope: [read:reports] }\n".to_owned()),
    ] {
        assert!(yaml.contains(from), "the built-in file has {from}");
        yaml = yaml.replace(from, &to);
    }
    let mut browser = Harness::with_file(&yaml).await;
    let own = [("client_id", "regular-web"), ("client_secret", "regular-web-secret")];
    let as_web = [own[0], own[1], ("subject_token_type", ID_TOKEN)];
    let url = authorize(&[
        ("client_id", Some("regular-web")),
        ("audience", None),
        ("scope", Some("openid")),
        ("code_challenge", None),
        ("code_challenge_method", None),
    ]);
    let code = browser.log_in_at(&url, "ada@example.com", "ada-password").await.parameters()["code"].clone();
    let form = [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", common::CALLBACK)];
    let id_token = text(&browser.token(&[&own[..], &form].concat()).await.json(), "id_token");
    let answer = exchange(&mut browser, &id_token, &as_web).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let said = claims(&text(&answer.json(), "access_token"));
    assert_eq!(
        (&said["sub"], &said["aud"], &said["azp"]),
        (&json!("auth0|ada"), &json!(REPORTS), &json!("regular-web"))
    );
    assert_eq!(answer.json()["expires_in"], 36_000, "as long as the ID token, which is less than the API's day");
    let notes = [as_web[0], as_web[1], as_web[2], ("audience", NOTES)];
    assert_eq!(exchange(&mut browser, &id_token, &notes).await.error(), "invalid_target", "no client grant");
    browser.get(&format!("{TENANT}/v2/logout")).await;
    assert_eq!(exchange(&mut browser, &id_token, &as_web).await.error(), "invalid_request", "its session is over");
    browser.advance(36_000);
    assert_eq!(exchange(&mut browser, &id_token, &as_web).await.error(), "invalid_request", "and so is its time");
    assert!(text(&browser.decision().await, "summary").contains("it has expired"));
}
