//! Partitioned sessions: what brings one, where it counts, and where it is nothing.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::common::on_disk::OnDisk;
use crate::common::partition::{
    APP, CALLBACK, CLIENT, COOKIE, FRAME, TENANT, cookie_of, exchange, framed, load, outcome, partitioned, request,
    sign_in, signed_in,
};
use crate::common::{Harness, claims};

/// The detail of the check of the session in the latest decision, and what it says of the cookies.
async fn decided(browser: &mut Harness) -> (String, Value, Value) {
    let decision = browser.decision().await;
    let checks = decision["checks"].as_array().expect("a list");
    let check = checks.iter().find(|check| check["name"] == "check_session").expect("it ran");
    let request = &decision["request"];
    let detail = check["detail"].as_str().expect("words").to_owned();
    (detail, request["session_cookie"].clone(), request["partitioned_cookie"].clone())
}

#[tokio::test]
async fn a_code_brings_a_cookie_by_which_frames_find_the_session() {
    let mut browser = Harness::new().await;
    assert_eq!(
        browser.get(&format!("{TENANT}/.well-known/openid-configuration")).await.json()["partitioned_sessions_supported"],
        true
    );
    let answer = browser.log_in_at(&request(&[]), "ada@example.com", "ada-password").await;
    assert_eq!(answer.parameters()["partitioned_session"], "true", "the page is told");
    let tokens = exchange(&mut browser, &answer.parameters()["code"], APP, &[]).await;
    let cookie = cookie_of(&tokens).expect("a cookie");
    let (pair, attributes) = cookie.split_once("; ").expect("attributes");
    assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=None; Partitioned; Max-Age=604800");
    let (name, value) = pair.split_once('=').expect("a pair");
    assert_eq!((name.len(), value.len()), (COOKIE.len() + 16, 43));
    assert_eq!(tokens.header("access-control-allow-credentials"), "true");
    assert_eq!(tokens.header("access-control-allow-origin"), APP);
    assert!(tokens.header("vary").contains("Origin"));

    let (first, id_token) = (partitioned(&browser), tokens.json()["id_token"].clone());
    for changes in [&[][..], &[("response_mode", Some("web_message"))]] {
        let url = request(&[&[("prompt", Some("none"))], changes].concat());
        let answer = load(&browser, &url, &first, &FRAME).await;
        let found = if changes.is_empty() { answer.parameters() } else { answer.message().1 };
        let detail = format!("known by the partitioned session of {APP}");
        let decided = decided(&mut browser).await;
        assert!(decided.0.ends_with(&detail), "{decided:?}");
        assert_eq!((decided.1, decided.2), (json!("absent"), json!("used")));
        assert!(!found.contains_key("partitioned_session"), "the browser has it already: {found:?}");
        let renewed = exchange(&mut browser, &found["code"], APP, &[]).await;
        assert_eq!(cookie_of(&renewed), None, "and keeps it");
        let [before, after] =
            [&id_token, &renewed.json()["id_token"]].map(|token| claims(token.as_str().expect("one")));
        assert_eq!((&before["sub"], &before["sid"]), (&after["sub"], &after["sid"]), "the same session");
    }
    assert_eq!(outcome(&load(&browser, &request(&[("prompt", Some("none"))]), &[], &FRAME).await), "login_required");
}

/// Of the cookie the store has the hash, as of a session's id.
#[tokio::test]
async fn the_store_does_not_hold_the_cookie() {
    let disk = OnDisk::new();
    let mut browser = Harness::with(|settings| settings.data = disk.data()).await;
    signed_in(&mut browser).await;
    let (_, value) = partitioned(&browser).remove(0);
    let row: (String, String) = sqlx::query_as("SELECT id_hash, client_id FROM partitioned_sessions")
        .fetch_one(&mut disk.connection().await)
        .await
        .expect("one row");
    assert_eq!((row.1.as_str(), row.0 == value, row.0.len()), (CLIENT, false, 43));
}

#[tokio::test]
async fn a_partitioned_session_outlives_a_restart() {
    let disk = OnDisk::new();
    let mut browser = Harness::with(|settings| settings.data = disk.data()).await;
    signed_in(&mut browser).await;
    browser.tenant.close().await;
    let cookies = browser.cookies;
    let mut browser = Harness::with(|settings| settings.data = disk.data()).await;
    browser.cookies = cookies;
    assert_eq!(framed(&browser).await, "code");
}

/// What is not sent by a page of exactly the origin that the code went to brings tokens at most.
#[tokio::test]
async fn only_pages_of_a_registered_origin_get_the_cookie() {
    let wild = "    web_origins: &origins [\"##APP_ORIGIN##\", \"https://*.shop.example.com\", \"http://plain.example.com\"]\n";
    let yaml = include_str!("../../tenant.yaml")
        .replace("    web_origins: &origins [\"##APP_ORIGIN##\"]\n", wild)
        .replace("/silent-callback.html\"]", "/silent-callback.html\", \"https://a.shop.example.com/cb\"]");
    let mut browser = Harness::with_file(&yaml).await;
    let same_site = "http://app.demo.localhost:3000";
    for (origin, callback, exchanged) in [
        (APP, CALLBACK, true),
        ("", CALLBACK, true),
        (same_site, CALLBACK, true),
        ("https://a.shop.example.com", CALLBACK, true),
        ("https://a.shop.example.com", "https://a.shop.example.com/cb", true),
        ("http://plain.example.com", CALLBACK, true),
        ("https://evil.example", CALLBACK, false),
        ("null", CALLBACK, false),
    ] {
        let url = request(&[("redirect_uri", Some(callback)), ("prompt", Some("login"))]);
        let code = browser.log_in_at(&url, "ada@example.com", "ada-password").await.parameters()["code"].clone();
        let answer = exchange(&mut browser, &code, origin, &[("redirect_uri", Some(callback))]).await;
        let at = format!("{origin} {callback}: {answer:?}");
        assert_eq!(answer.status == StatusCode::OK, exchanged, "{at}");
        assert_eq!(cookie_of(&answer).is_some(), (origin, callback) == (APP, CALLBACK), "{at}");
        let credentials = answer.header("access-control-allow-credentials");
        assert_eq!(credentials == "true", [APP, same_site].contains(&origin), "exact origins alone: {at}");
        assert_ne!(answer.header("access-control-allow-origin"), "*");
    }
}

/// A client without the setting, and an app that shares its host with the tenant, get what they got before.
#[tokio::test]
async fn who_has_no_use_for_it_is_offered_none() {
    let mut browser = Harness::new().await;
    let here = [("redirect_uri", Some("http://localhost:3000/callback")), ("client_id", Some(CLIENT))];
    let urls = [
        (request(&[("client_id", Some("demo-spa"))]), TENANT, APP, CALLBACK, "demo-spa"),
        (
            crate::common::authorize(&here),
            crate::common::TENANT,
            "http://localhost:3000",
            here[0].1.expect("one"),
            CLIENT,
        ),
    ];
    for (url, tenant, origin, callback, client) in urls {
        let answer = browser.log_in_at(&url, "ada@example.com", "ada-password").await;
        let found = answer.parameters();
        assert!(!found.contains_key("partitioned_session"), "{found:?}");
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("code", &found["code"]),
            ("redirect_uri", callback),
            ("code_verifier", crate::common::VERIFIER),
        ];
        let answer = browser.post_form_with(&format!("{tenant}/oauth/token"), &form, &[("origin", origin)]).await;
        assert_eq!((answer.status, cookie_of(&answer)), (StatusCode::OK, None), "{client}");
        assert!(answer.headers.get("access-control-allow-credentials").is_none(), "{client}");
    }
    assert!(partitioned(&browser).is_empty());
}

/// Code and verifier alone say whose session it is: cookies that come with the exchange are another user's.
#[tokio::test]
async fn no_cookie_of_the_exchange_is_believed() {
    let mut browser = Harness::new().await;
    let code = sign_in(&mut browser, "ada").await;
    let mut other = Harness { cookies: Default::default(), ..browser.clone() };
    let graces = sign_in(&mut other, "grace").await;
    exchange(&mut other, &graces, APP, &[]).await;
    let before = partitioned(&other);
    let answer = exchange(&mut other, &code, APP, &[]).await;
    assert!(cookie_of(&answer).is_some() && partitioned(&other) != before, "{answer:?}");
    let url = request(&[("prompt", Some("none"))]);
    let found = load(&other, &url, &partitioned(&other), &FRAME).await.parameters();
    let tokens = exchange(&mut other, &found["code"], APP, &[]).await.json();
    assert_eq!(claims(tokens["id_token"].as_str().expect("one"))["sub"], "auth0|ada");
    // And without a code there is nothing to be had, whatever cookies come.
    let answer = exchange(&mut other, "made-up", APP, &[]).await;
    assert_eq!((answer.error().as_str(), cookie_of(&answer)), ("invalid_grant", None));
    assert_eq!(answer.header("access-control-allow-credentials"), "true", "the page may read why");
    let answer = exchange(&mut other, "made-up", APP, &[("client_id", Some("nobody"))]).await;
    assert_eq!(answer.header("access-control-allow-credentials"), "true", "and also that it is unknown");
}

/// The same cookie in any other request than the app's own silent one, in a frame, is nothing.
#[tokio::test]
async fn elsewhere_the_cookie_is_nothing() {
    let yaml = include_str!("../../tenant.yaml")
        .replace("    client_id: legacy-spa\n", "    client_id: legacy-spa\n    partitioned_session: true\n");
    let mut browser = Harness::with_file(&yaml).await;
    signed_in(&mut browser).await;
    let own = partitioned(&browser).remove(0);
    let silent = [("prompt", Some("none"))];

    // Under the name of another client's, another issuer's, another origin's: each made by an exchange there, for Grace.
    let mut other = Harness { cookies: Default::default(), ..browser.clone() };
    let url = request(&[("client_id", Some("legacy-spa"))]);
    let code = other.log_in_at(&url, "grace@example.com", "grace-password").await.parameters()["code"].clone();
    exchange(&mut other, &code, APP, &[("client_id", Some("legacy-spa"))]).await;
    let name = partitioned(&other).remove(0).0;
    let url = request(&[&silent[..], &[("client_id", Some("legacy-spa"))]].concat());
    assert_eq!(outcome(&load(&browser, &url, &[(name, own.1.clone())], &FRAME).await), "login_required");
    assert_eq!(browser.decision().await["cause"], "session_unknown", "the name is right, and the session another's");

    for (tenant, app) in [(TENANT, "http://app.demo.localhost:3000"), ("http://login.demo.localhost:4000", APP)] {
        let mut other = Harness { cookies: Default::default(), ..browser.clone() };
        let callback = format!("{app}/callback");
        let with = [("client_id", Some(CLIENT)), ("redirect_uri", Some(callback.as_str()))];
        let url = crate::common::authorize_at(tenant, &with);
        let code = other.log_in_at(&url, "grace@example.com", "grace-password").await.parameters()["code"].clone();
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT),
            ("code", &code),
            ("redirect_uri", &callback),
            ("code_verifier", crate::common::VERIFIER),
        ];
        other.post_form_with(&format!("{tenant}/oauth/token"), &form, &[("origin", app)]).await;
        let name = partitioned(&other).remove(0).0;
        let url = crate::common::authorize_at(tenant, &[&with[..], &silent].concat());
        let answer = load(&browser, &url, &[(name, own.1.clone())], &FRAME).await;
        assert_eq!(outcome(&answer), "login_required", "{tenant} {app}");
        assert_eq!(browser.decision().await["cause"], "session_unknown");
    }

    let top = [("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
    let cookies = [own];
    for (headers, why) in
        [(&top[..], "it is for frames alone"), (&[], "it is for frames alone"), (&FRAME[..2], "it is for frames alone")]
    {
        assert_eq!(outcome(&load(&browser, &request(&silent), &cookies, headers).await), "login_required");
        let (detail, session, cookie) = decided(&mut browser).await;
        assert!(detail.ends_with(why), "{detail}");
        assert_eq!((session, cookie), (json!("absent"), json!("not used")));
    }
    for prompt in [None, Some("login"), Some("consent"), Some("select_account")] {
        let answer = load(&browser, &request(&[("prompt", prompt)]), &cookies, &FRAME).await;
        assert!(answer.header("location").contains("/u/login?"), "{prompt:?} {answer:?}");
        assert!(decided(&mut browser).await.0.ends_with("it is for prompt=none alone"), "{prompt:?}");
    }
    // Nor do the tenant's other addresses know it.
    let logout = format!("{TENANT}/v2/logout?client_id={CLIENT}");
    load(&browser, &logout, &cookies, &top).await;
    assert_eq!(framed(&browser).await, "code", "nobody was signed out");
}

/// Where the session's own cookie comes along, it alone says who is signed in.
#[tokio::test]
async fn the_sessions_own_cookie_decides() {
    let mut browser = Harness::new().await;
    signed_in(&mut browser).await;
    let adas = partitioned(&browser).remove(0);
    let mut other = Harness { cookies: Default::default(), ..browser.clone() };
    sign_in(&mut other, "grace").await;
    let session = |browser: &Harness| {
        let name = "__Host-tenant-session".to_owned();
        (name.clone(), browser.cookies[&("tenant.localhost".to_owned(), name)].clone())
    };
    let url = request(&[("prompt", Some("none"))]);
    let answer = load(&browser, &url, &[session(&other), adas.clone()], &FRAME).await;
    let (detail, own, cookie) = decided(&mut browser).await;
    assert!(detail.ends_with("the session's own cookie came too, and decides"), "{detail}");
    assert_eq!((own, cookie), (json!("present"), json!("not used")));
    let tokens = exchange(&mut other, &answer.parameters()["code"], APP, &[]).await.json();
    assert_eq!(claims(tokens["id_token"].as_str().expect("one"))["sub"], "auth0|grace");
    // Also where it is over.
    let answer = load(&browser, &url, &[("__Host-tenant-session".into(), "over".into()), adas], &FRAME).await;
    assert_eq!(outcome(&answer), "login_required");
}

/// Two tabs that come back at the same moment: whichever answer the browser takes last is good. There are never many.
#[tokio::test]
async fn tabs_that_exchange_at_once_do_not_shut_each_other_out() {
    let mut browser = Harness::new().await;
    let mut all = Vec::new();
    sign_in(&mut browser, "ada").await;
    for _ in 0..6 {
        let code = browser.get(&request(&[])).await.parameters()["code"].clone();
        exchange(&mut browser, &code, APP, &[]).await;
        all.push(partitioned(&browser).remove(0));
        browser.advance(1);
    }
    let mut good = Vec::new();
    for cookie in all {
        good.push(outcome(&load(&browser, &request(&[("prompt", Some("none"))]), &[cookie], &FRAME).await) == "code");
    }
    assert_eq!(good, [false, false, true, true, true, true]);
}

/// The other checks of a silent request hold as ever.
#[tokio::test]
async fn a_partitioned_session_passes_no_other_check() {
    let mut browser = Harness::new().await;
    signed_in(&mut browser).await;
    browser.advance(100);
    let cookies = partitioned(&browser);
    for (changes, cause) in [
        (&[("max_age", Some("5"))][..], "max_age"),
        (&[("claims", Some(r#"{"id_token":{"sub":{"value":"auth0|grace"}}}"#))], "other_user"),
    ] {
        let url = request(&[&[("prompt", Some("none"))], changes].concat());
        let answer = load(&browser, &url, &cookies, &FRAME).await;
        assert_eq!(outcome(&answer), "login_required", "{changes:?}");
        assert_eq!(browser.decision().await["cause"], cause);
        assert!(!answer.parameters().contains_key("sec_fetch_storage_access"), "a cookie did come: {answer:?}");
    }
    let preflight = [("origin", APP), ("access-control-request-method", "POST")];
    for (path, expected) in [("/oauth/token", "true"), ("/userinfo", ""), ("/oauth/revoke", ""), ("/delegation", "")] {
        let url = format!("{TENANT}{path}");
        let answer = browser.browse(Method::OPTIONS, &url, &preflight, Body::empty()).await;
        assert_eq!(answer.header("access-control-allow-credentials"), expected, "{path}");
    }
}
