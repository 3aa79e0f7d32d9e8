//! Controls that no other test shows, each by its row in `docs/security.md`.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tenant::{Data, TenantFile};

use crate::common::management::{Script, refused};
use crate::common::{Answer, CALLBACK, Harness, TENANT, VERIFIER, authorize, claims};

const ROTATING: &str = "demo-spa-rotating";

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

/// Signs Ada in for the client with rotation: the code.
async fn code(browser: &mut Harness) -> String {
    let url = authorize(&[
        ("client_id", Some(ROTATING)),
        ("scope", Some("openid email read:notes offline_access")),
        ("prompt", Some("login")),
    ]);
    browser.log_in_at(&url, "ada@example.com", "ada-password").await.parameters()["code"].clone()
}

async fn exchange(browser: &mut Harness, code: &str) -> Answer {
    browser.exchange_with(code, &[("client_id", Some(ROTATING))]).await
}

async fn refresh(browser: &mut Harness, token: &str) -> Answer {
    browser.token(&[("grant_type", "refresh_token"), ("client_id", ROTATING), ("refresh_token", token)]).await
}

#[tokio::test]
async fn row_003_005_what_no_request_may_name_cannot_be_registered() {
    let mut script = Script::new().await;
    for callback in [
        "https://app.example/cb#",
        "https://app.example/cb#a",
        "https://app.example/cb?code=x&state=y",
        "https://app.example/cb?iss=x",
        "http://app.localhost:8101@evil.test/",
        "https://a@b@evil.test/",
        "data:text/html,x",
        "/callback",
    ] {
        let answer = script.patch("/clients/demo-spa", json!({ "callbacks": [callback] })).await;
        refused(&answer, StatusCode::BAD_REQUEST, "invalid_body", "on property callbacks[0]");
        let file = format!("clients: [{{ name: x, callbacks: ['{callback}'] }}]");
        let remarks = TenantFile::parse(&file, None).expect("the rest goes on").remarks;
        assert!(remarks.iter().any(|remark| remark.contains("cannot use the callback")), "{callback}: {remarks:?}");
    }
}

#[tokio::test]
async fn row_011_no_client_is_called_as_a_user_is() {
    let both = "clients: [{ name: x, client_id: 'auth0|ada' }]\n\
                users: [{ email: ada@example.com, password: a-password, user_id: 'auth0|ada' }]";
    let error = TenantFile::parse(both, None).expect_err("a client of a user's name").to_string();
    assert!(error.contains("auth0|ada") && error.contains("user"), "{error}");
    let mut script = Script::new().await;
    let made = script.post("/clients", json!({ "name": "auth0|ada" })).await.json();
    assert!(!text(&made, "client_id").contains('|'), "ids are made here, in another alphabet: {made}");
}

#[tokio::test]
async fn row_017_a_repeated_parameter_is_refused_at_the_token_endpoint() {
    let mut browser = Harness::new().await;
    let code = code(&mut browser).await;
    let good = [
        ("grant_type", "authorization_code"),
        ("client_id", ROTATING),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    for (name, value) in good {
        let answer = browser.token(&[&good[..], &[(name, value)]].concat()).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_request"), "{name}");
    }
    assert_eq!(browser.token(&good).await.status, StatusCode::OK, "none of that has spent the code");
}

/// Row 47: whoever reads the store can use nothing that is in it.
#[tokio::test]
async fn row_047_the_store_holds_hashes_of_everything_that_opens_something() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut browser = Harness::with(|settings| settings.data = Data::Folder(folder.path().to_owned())).await;
    let begun = browser.get(&authorize(&[])).await;
    let login = begun.header("location").split_once("state=").expect("a login page").1.to_owned();
    let unused = code(&mut browser).await;
    let used = code(&mut browser).await;
    let bought = exchange(&mut browser, &used).await.json();
    let without_api = browser.silent(&[("audience", None), ("scope", Some("openid"))]).await.parameters();
    let opaque = browser.exchange(&without_api["code"]).await.json();
    let next = refresh(&mut browser, &text(&bought, "refresh_token")).await.json();
    let mut secrets = vec![login, unused, used, VERIFIER.to_owned(), "ada-password".to_owned()];
    for (body, name) in [
        (&bought, "access_token"),
        (&bought, "id_token"),
        (&bought, "refresh_token"),
        (&next, "access_token"),
        (&next, "refresh_token"),
        (&opaque, "access_token"),
    ] {
        secrets.push(text(body, name));
    }
    secrets.extend(browser.cookies.iter().filter(|((_, name), _)| name.starts_with("__Host-")).map(|(_, v)| v.clone()));
    assert!(secrets.len() >= 13, "{} secrets", secrets.len());
    browser.logs("s").await;
    browser.tenant.close().await;
    let mut files = 0;
    for file in std::fs::read_dir(folder.path()).expect("a folder") {
        let bytes = std::fs::read(file.expect("readable").path()).expect("readable");
        files += usize::from(!bytes.is_empty());
        for secret in &secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in the store");
        }
    }
    assert!(files > 0, "something was stored");
}

#[tokio::test]
async fn row_049_050_no_answer_of_the_token_endpoint_is_kept_and_only_unknown_clients_are_challenged() {
    let mut browser = Harness::new().await;
    let code = code(&mut browser).await;
    let mut answers = vec![(200, exchange(&mut browser, &code).await)];
    for (status, changes) in [
        (403, vec![]),
        (400, vec![("code", None)]),
        (400, vec![("grant_type", None)]),
        (400, vec![("grant_type", Some("banana"))]),
        (401, vec![("client_id", Some("nobody"))]),
        (401, vec![("client_id", Some("regular-web")), ("client_secret", Some("wrong"))]),
        (401, vec![("client_secret", Some("x"))]),
    ] {
        answers.push((status, browser.exchange_with(&code, &changes).await));
    }
    for (status, answer) in answers {
        assert_eq!(answer.status.as_u16(), status, "{answer:?}");
        assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
        assert_eq!(answer.header("www-authenticate").starts_with("Basic"), status == 401, "{answer:?}");
        assert_eq!(answer.header("content-type"), "application/json", "{answer:?}");
    }
}

/// Row 57: a body that trickles in without an end.
#[tokio::test]
async fn row_057_a_body_without_an_end_is_answered_in_time() {
    let browser = Harness::new().await;
    let sent = ["/oauth/token", "/u/login", "/delegation", "/authorize", "/userinfo"].map(|path| {
        let endless = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let request = Request::post(path).header("host", "localhost:4000");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        browser.send(request.body(Body::from_stream(endless)).expect("a request"))
    });
    let all = futures_util::future::join_all(sent);
    for answer in tokio::time::timeout(Duration::from_secs(30), all).await.expect("every answer in time") {
        assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT, "{answer:?}");
    }
}

/// Tokens that no reader of tokens may take, made from one that it would.
fn forgeries(good: &str) -> Vec<String> {
    let parts: Vec<&str> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("a JWT has three parts") };
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let kid =
        serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(header).expect("base64url")).expect("JSON")["kid"]
            .clone();
    let with_header = |header: Value| format!("{}.{payload}.{signature}", encode(&header));
    let mut other_user = claims(good);
    other_user["sub"] = json!("auth0|grace");
    let mut all = vec![
        format!("{}.{payload}.", encode(&json!({ "alg": "none", "typ": "JWT" }))),
        format!("{}.{payload}.", encode(&json!({ "alg": "None", "kid": kid }))),
        with_header(json!({ "alg": "HS256", "kid": kid })),
        with_header(json!({ "alg": "RS512", "kid": kid })),
        with_header(json!({ "alg": "RS256", "kid": "another" })),
        with_header(json!({ "alg": "RS256", "kid": kid, "crit": ["b64"], "b64": false })),
        with_header(json!({ "alg": "dir", "enc": "A256GCM", "zip": "DEF" })),
        with_header(json!({ "alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 1_000_000_000 })),
        format!("{header}.{}.{signature}", encode(&other_user)),
        format!("{header}.{payload}.{signature}.x.y"),
        format!("{header}.{payload}"),
        format!("{header}.{payload}.{signature}="),
        format!("{header}.{payload}. {signature}"),
        format!("{header}.{payload}.{}", &signature[4..]),
        format!("{}.{payload}.{signature}", encode(&json!([]))),
    ];
    // One bit of each part.
    for at in [3, header.len() + 3, good.len() - 40] {
        let mut bytes = good.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        all.push(String::from_utf8(bytes).expect("ASCII"));
    }
    all
}

/// Rows 80 and 87: at every place that takes a token, and nowhere is the token's own word for its algorithm believed.
#[tokio::test]
async fn row_080_087_forged_tokens_are_refused_at_every_door() {
    let built_in = include_str!("../../tenant.yaml");
    let mut browser =
        Harness::with_file(&built_in.replace("mandatory_date: 2018-02-01", "mandatory_date: 2027-01-01")).await;
    let code = browser.sign_in().await;
    let body = browser.exchange(&code).await.json();
    let (id_token, access_token) = (text(&body, "id_token"), text(&body, "access_token"));
    let hint = [("id_token_hint", Some(id_token.as_str()))];
    assert!(browser.silent(&hint).await.parameters().contains_key("code"), "the good one is taken");
    assert_eq!(browser.get_as("/lab/notes", &access_token).await.status, StatusCode::OK, "the good one is taken");
    for forged in forgeries(&id_token) {
        let answer = browser.silent(&[("id_token_hint", Some(&forged))]).await.parameters();
        assert_eq!(answer["error"], "invalid_request", "{forged}");
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("client_id", "legacy-spa"),
            ("target", "legacy-api-c"),
            ("id_token", &forged),
        ];
        let answer = browser.post_form(&format!("{TENANT}/delegation"), &form).await;
        assert!(answer.status.is_client_error() && !answer.body.contains("auth0|"), "{forged}: {answer:?}");
        let logout = format!("{TENANT}/oidc/logout?id_token_hint={}", forged.replace([' ', '='], "%20"));
        let answer = browser.get(&logout).await;
        assert!(!answer.status.is_redirection(), "{forged}: {answer:?}");
    }
    for forged in forgeries(&access_token) {
        for path in ["/userinfo", "/lab/notes", "/api/v2/clients"] {
            let answer = browser.get_as(path, &forged).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path} {forged}: {answer:?}");
        }
    }
    assert!(browser.silent(&[]).await.parameters().contains_key("code"), "and the session is as it was");
}

/// Row 110: the leeway begins with the first use, and no later use moves it or makes a second successor.
#[tokio::test]
async fn row_110_the_leeway_neither_slides_nor_forks() {
    let mut browser = Harness::new().await;
    let code = code(&mut browser).await;
    let first = text(&exchange(&mut browser, &code).await.json(), "refresh_token");
    let successor = text(&refresh(&mut browser, &first).await.json(), "refresh_token");
    for _ in 0..3 {
        browser.advance(3);
        assert_eq!(text(&refresh(&mut browser, &first).await.json(), "refresh_token"), successor);
    }
    browser.advance(1);
    assert_eq!(refresh(&mut browser, &first).await.error(), "invalid_grant", "ten seconds after the first use");
    assert_eq!(refresh(&mut browser, &successor).await.error(), "invalid_grant", "and the family is over");
}

#[tokio::test]
async fn row_n17_a_scope_that_was_never_granted_rotates_nothing() {
    let mut browser = Harness::with_replaced("leeway: 10", "leeway: 0").await;
    let code = code(&mut browser).await;
    let token = text(&exchange(&mut browser, &code).await.json(), "refresh_token");
    let form = [("grant_type", "refresh_token"), ("client_id", ROTATING), ("refresh_token", token.as_str())];
    let answer = browser.token(&[&form[..], &[("scope", "write:notes")]].concat()).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_scope"));
    assert_eq!(browser.token(&form).await.status, StatusCode::OK, "without a leeway, and still the latest");
}

#[test]
fn row_153_what_is_read_from_the_tenant_file_prints_no_secret() {
    let yaml = "clients: [{ name: x, client_secret: a-secret-of-a-client }, { name: y }]\n\
                users: [{ email: ada@example.com, password: a-password-of-ada }]";
    let file = TenantFile::parse(yaml, None).expect("a usable file");
    let made = file.clients[1]["client_secret"].as_str().expect("one is made").to_owned();
    let shown = format!("{file:?} {:?}", file.users);
    for secret in ["a-secret-of-a-client", "a-password-of-ada", &made] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("ada@example.com"), "{shown}");
}

#[tokio::test]
async fn row_123_a_token_in_the_address_opens_nothing() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    let token = text(&browser.exchange(&code).await.json(), "access_token");
    for path in ["/userinfo", "/lab/notes", "/api/v2/clients"] {
        let answer = browser.get(&format!("{TENANT}{path}?access_token={token}")).await;
        assert!(answer.status.is_client_error(), "{path}: {answer:?}");
    }
    assert_eq!(browser.get_as("/userinfo", &token).await.status, StatusCode::OK, "it is a good one");
}

/// Row 155: whoever asks for the time asks the tenant's clock. (What measures how long an answer takes is no date.)
#[test]
fn row_155_one_file_reads_the_machines_clock() {
    let mut readers = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let source = std::fs::read_to_string(&path).expect("text");
                if ["Timestamp::now(", "SystemTime::now(", "Zoned::now("].iter().any(|call| source.contains(call)) {
                    readers.push(path.file_name().expect("a file").to_owned());
                }
            }
        }
    }
    assert_eq!(readers, ["clock.rs"]);
}

/// What is good for one thing is good for nothing else, and trying does not spend it.
#[tokio::test]
async fn row_156_a_secret_of_one_kind_is_none_of_another() {
    let mut browser = Harness::new().await;
    let unused = code(&mut browser).await;
    let used = code(&mut browser).await;
    let body = exchange(&mut browser, &used).await.json();
    let cookie = |browser: &Harness, name: &str| {
        let key = ("localhost".to_owned(), format!("__Host-tenant-{name}"));
        browser.cookies.get(&key).unwrap_or_else(|| panic!("no cookie {name}")).clone()
    };
    let begun = browser.get(&authorize(&[("prompt", Some("login"))])).await;
    let page = begun.header("location").split_once("state=").expect("a login page").1.to_owned();
    let (session, device) = (cookie(&browser, "session"), cookie(&browser, "device"));
    let kinds = [
        ("a code", unused.clone()),
        ("a refresh token", text(&body, "refresh_token")),
        ("an access token", text(&body, "access_token")),
        ("an ID token", text(&body, "id_token")),
        ("a session", session),
        ("a browser's mark", device),
        ("a login page", page.clone()),
    ];
    for (kind, secret) in &kinds {
        if *kind != "a code" {
            assert_eq!(exchange(&mut browser, secret).await.error(), "invalid_grant", "{kind} is no code");
        }
        if *kind != "a refresh token" {
            assert_eq!(refresh(&mut browser, secret).await.error(), "invalid_grant", "{kind} is no refresh token");
        }
        if *kind != "an access token" {
            let status = browser.get_as("/userinfo", secret).await.status;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{kind} is no access token");
        }
        if *kind != "a login page" {
            let answer = browser.get(&format!("{TENANT}/u/login?state={secret}")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{kind} is no login page");
        }
        if *kind != "a session" {
            let request = authorize(&[("prompt", Some("none"))]).replace(TENANT, "");
            let request = Request::get(request).header("host", "localhost:4000");
            let request = request.header("cookie", format!("__Host-tenant-session={secret}"));
            let answer = browser.send(request.body(Body::empty()).expect("a request")).await;
            assert_eq!(answer.parameters()["error"], "login_required", "{kind} is no session");
        }
    }
    assert_eq!(browser.get(&format!("{TENANT}/u/login?state={page}")).await.status, StatusCode::OK);
    assert_eq!(exchange(&mut browser, &unused).await.status, StatusCode::OK, "the code was not spent by all that");
    assert_eq!(refresh(&mut browser, &kinds[1].1).await.status, StatusCode::OK, "nor was the refresh token");
}

#[tokio::test]
async fn row_157_no_byte_of_a_code_can_be_another() {
    let mut browser = Harness::new().await;
    let code = code(&mut browser).await;
    for at in 0..code.len() {
        let mut bytes = code.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).expect("ASCII");
        assert_eq!(exchange(&mut browser, &changed).await.error(), "invalid_grant", "byte {at}");
    }
    for cut in [&code[1..], &code[..code.len() - 1]] {
        assert_eq!(exchange(&mut browser, cut).await.error(), "invalid_grant");
    }
    assert_eq!(exchange(&mut browser, &code).await.status, StatusCode::OK, "none of them has spent it");
}
