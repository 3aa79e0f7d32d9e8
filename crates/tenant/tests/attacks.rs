//! Every endpoint takes the same generic attacks: none ends in a 5xx, a panic, an echo or a change.

mod common;
#[path = "common/attacks.rs"]
mod machinery;

use axum::body::Body;
use axum::http::{Method, Request};
use common::delegation::{ask, id_token_of, refresh_token_of};
use common::{CALLBACK, CHALLENGE, Harness, NOTES, VERIFIER, authorize};
use machinery::{Endpoint, Errors, SECRET, Takes};
use serde_json::{Value, json};

const RO: &str = "http://auth0.com/oauth/legacy/grant-type/ro";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const APP: &str = "http://localhost:3000";

/// The built-in tenant before the mandatory date, with everything on that has an endpoint and no limit in the way.
async fn tenant() -> Harness {
    let mut yaml = include_str!("../tenant.yaml").to_owned();
    let flag = "    allow_legacy_delegation_grant_types: true\n";
    for (from, to) in [
        ("mandatory_date: 2018-02-01", "mandatory_date: 2027-01-01".to_owned()),
        ("calls_per_minute: 10", "calls_per_minute: 100000".to_owned()),
        (flag, format!("{flag}    allow_legacy_ro_grant_types: true\n")),
        ("      - implicit\n", format!("      - implicit\n      - {RO}\n")),
    ] {
        assert!(yaml.contains(from), "the built-in file has {from}");
        yaml = yaml.replace(from, &to);
    }
    Harness::with_file(&yaml).await
}

/// A token for the Management API, with every scope.
async fn management_token(browser: &mut Harness) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "machine"),
        ("client_secret", "machine-secret"),
        ("audience", "https://localhost:4000/api/v2/"),
    ];
    browser.token(&form).await.json()["access_token"].as_str().expect("a token").to_owned()
}

fn texts(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, Value)> {
    pairs.iter().map(|(name, value)| (*name, json!(value))).collect()
}

fn oauth(method: Method, path: &str, takes: Takes, good: Vec<(&'static str, Value)>) -> Endpoint {
    Endpoint { method, path: path.to_owned(), takes, errors: Errors::OAuth, headers: Vec::new(), good, required: &[] }
}

fn requiring(endpoint: Endpoint, required: &'static [&'static str]) -> Endpoint {
    Endpoint { required, ..endpoint }
}

const AUTHORIZATION: &[(&str, &str)] = &[
    ("client_id", "demo-spa"),
    ("redirect_uri", CALLBACK),
    ("response_type", "code"),
    ("scope", "openid profile read:notes"),
    ("audience", NOTES),
    ("state", "the-state"),
    ("nonce", "the-nonce"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

/// One endpoint by its name, with a request that succeeds now.
async fn endpoint(name: &str, browser: &mut Harness) -> Endpoint {
    browser.cookies.clear();
    let delegation = |token: &str| {
        let mut endpoint = oauth(Method::POST, "/delegation", Takes::FormOrJson, texts(&[("client_id", "legacy-spa")]));
        endpoint.good.extend(texts(&[("grant_type", JWT_BEARER), ("target", "legacy-api-c"), ("scope", "openid")]));
        endpoint.good.extend(texts(&[("api_type", "app"), ("id_token", token)]));
        requiring(endpoint, &["client_id", "grant_type", "id_token"])
    };
    match name {
        "authorize" => requiring(
            oauth(Method::GET, "/authorize", Takes::Query, texts(AUTHORIZATION)),
            &["client_id", "redirect_uri", "response_type", "code_challenge"],
        ),
        "authorize by form" => requiring(
            oauth(Method::POST, "/authorize", Takes::Form, texts(AUTHORIZATION)),
            &["client_id", "redirect_uri", "response_type", "code_challenge"],
        ),
        "silent" | "web_message" => {
            let mut good = texts(AUTHORIZATION);
            good.push(("prompt", json!("none")));
            if name == "web_message" {
                good.push(("response_mode", json!("web_message")));
            }
            oauth(Method::GET, "/authorize", Takes::Query, good)
        }
        "login page" | "login" => {
            let begun = browser.get(&authorize(&[])).await;
            let address = begun.header("location").to_owned();
            let page = browser.get(&address).await;
            let state = page.field("state");
            let cookie = browser.cookies.iter().find(|((_, name), _)| name.contains("login")).expect("a cookie");
            let headers = vec![("cookie", format!("{}={}", cookie.0.1, cookie.1))];
            let csrf = page.field("csrf");
            if name == "login page" {
                let good = texts(&[("state", &state)]);
                let endpoint = oauth(Method::GET, "/u/login", Takes::Query, good);
                return Endpoint { errors: Errors::Page, headers, required: &["state"], ..endpoint };
            }
            let fields =
                [("state", &*state), ("csrf", &csrf), ("username", "ada@example.com"), ("password", "ada-password")];
            let endpoint = oauth(Method::POST, "/u/login", Takes::Form, texts(&fields));
            let required = &["state", "csrf", "username", "password"];
            Endpoint { errors: Errors::Page, headers, required, ..endpoint }
        }
        "logout" => {
            let good = texts(&[("client_id", "demo-spa"), ("returnTo", APP)]);
            Endpoint { errors: Errors::Page, ..oauth(Method::GET, "/v2/logout", Takes::Query, good) }
        }
        "token for a code" => {
            let code = browser.sign_in().await;
            let fields = [
                ("grant_type", "authorization_code"),
                ("client_id", "demo-spa"),
                ("code", &code),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
            ];
            requiring(
                oauth(Method::POST, "/oauth/token", Takes::FormOrJson, texts(&fields)),
                &["grant_type", "client_id", "code", "redirect_uri", "code_verifier"],
            )
        }
        "token for a refresh token" => {
            let refresh_token = refresh_token_of(browser, "legacy-app-a").await;
            let fields = [
                ("grant_type", "refresh_token"),
                ("client_id", "legacy-app-a"),
                ("client_secret", "legacy-app-a-secret"),
                ("refresh_token", &refresh_token),
            ];
            requiring(
                oauth(Method::POST, "/oauth/token", Takes::FormOrJson, texts(&fields)),
                &["grant_type", "client_id", "client_secret", "refresh_token"],
            )
        }
        "token for a password" => requiring(
            oauth(
                Method::POST,
                "/oauth/token",
                Takes::FormOrJson,
                texts(&[
                    ("grant_type", "password"),
                    ("client_id", "trusted-app"),
                    ("client_secret", "trusted-app-secret"),
                    ("username", "ada@example.com"),
                    ("password", "ada-password"),
                    ("scope", "openid offline_access"),
                    ("audience", NOTES),
                ]),
            ),
            &["grant_type", "client_id", "client_secret", "username", "password"],
        ),
        "token for a client" => requiring(
            oauth(
                Method::POST,
                "/oauth/token",
                Takes::FormOrJson,
                texts(&[
                    ("grant_type", "client_credentials"),
                    ("client_id", "machine"),
                    ("client_secret", "machine-secret"),
                    ("audience", "https://localhost:4000/api/v2/"),
                ]),
            ),
            &["grant_type", "client_id", "client_secret", "audience"],
        ),
        "ro" => requiring(
            oauth(
                Method::POST,
                "/oauth/ro",
                Takes::FormOrJson,
                texts(&[
                    ("client_id", "legacy-spa"),
                    ("username", "ada@example.com"),
                    ("password", "ada-password"),
                    ("connection", "Username-Password-Authentication"),
                    ("grant_type", "password"),
                    ("scope", "openid"),
                    ("device", "phone"),
                ]),
            ),
            &["client_id", "username", "password", "connection", "grant_type"],
        ),
        "delegation" => {
            let id_token = id_token_of(browser, "legacy-spa").await;
            delegation(&id_token)
        }
        "delegation as a script" => {
            let id_token = id_token_of(browser, "legacy-spa").await;
            let endpoint = delegation(&id_token);
            let mut good = endpoint.good;
            good.push(("cbx", json!("__auth0jp1")));
            let (method, takes, errors) = (Method::GET, Takes::Query, Errors::Script);
            Endpoint { method, takes, errors, good, ..endpoint }
        }
        "userinfo" | "userinfo by form" => {
            let code = browser.sign_in().await;
            let access_token = browser.exchange(&code).await.json()["access_token"].as_str().expect("one").to_owned();
            if name == "userinfo by form" {
                let endpoint = oauth(Method::POST, "/userinfo", Takes::Form, texts(&[("access_token", &access_token)]));
                return requiring(endpoint, &["access_token"]);
            }
            let headers = vec![("authorization", format!("Bearer {access_token}"))];
            Endpoint { headers, ..oauth(Method::GET, "/userinfo", Takes::Nothing, Vec::new()) }
        }
        "metadata" => oauth(Method::GET, "/.well-known/openid-configuration", Takes::Nothing, Vec::new()),
        "keys" => oauth(Method::GET, "/.well-known/jwks.json", Takes::Nothing, Vec::new()),
        _ => lab_or_management(name, browser).await,
    }
}

async fn lab_or_management(name: &str, browser: &mut Harness) -> Endpoint {
    let lab = |path: &str, good: &[(&'static str, &str)]| oauth(Method::GET, path, Takes::Query, texts(good));
    if let Some(what) = name.strip_prefix("lab ") {
        return match what {
            "decisions" => lab("/lab/decisions", &[("state", "x"), ("endpoint", "/delegation"), ("limit", "5")]),
            "logs" => lab("/lab/logs", &[("type", "fd,depnote"), ("limit", "5")]),
            "switches" => lab("/lab/delegation", &[]),
            "turning" => Endpoint {
                headers: vec![("origin", APP.to_owned())],
                ..oauth(
                    Method::POST,
                    "/lab/delegation",
                    Takes::Json,
                    vec![("ended", json!(false)), ("mandatory_date", json!("2027-01-01"))],
                )
            },
            "notes" => {
                let code = browser.sign_in().await;
                let body = browser.exchange(&code).await.json();
                let headers =
                    vec![("authorization", format!("Bearer {}", body["access_token"].as_str().expect("one")))];
                Endpoint { headers, ..oauth(Method::GET, "/lab/notes", Takes::Nothing, Vec::new()) }
            }
            "sts" => {
                let own = id_token_of(browser, "legacy-spa").await;
                let call = [
                    ("client_id", "legacy-spa"),
                    ("id_token", &*own),
                    ("target", "legacy-firebase"),
                    ("api_type", "app"),
                ];
                let firebase = ask(browser, &call).await.json()["id_token"].as_str().expect("a token").to_owned();
                let role = "arn:aws:iam::123456789012:role/example";
                let good = texts(&[
                    ("Action", "AssumeRoleWithWebIdentity"),
                    ("Version", "2011-06-15"),
                    ("RoleArn", role),
                    ("RoleSessionName", "ada"),
                    ("WebIdentityToken", &firebase),
                ]);
                let required = &["Action", "Version", "RoleArn", "RoleSessionName", "WebIdentityToken"];
                let endpoint = oauth(Method::POST, "/lab/sts", Takes::Form, good);
                Endpoint { errors: Errors::Xml, required, ..endpoint }
            }
            _ => panic!("no such endpoint: {name}"),
        };
    }
    let bearer = format!("Bearer {}", management_token(browser).await);
    let (method, path) = name.split_once(' ').expect("a method and a path");
    let list = texts(&[
        ("page", "0"),
        ("per_page", "5"),
        ("include_totals", "true"),
        ("fields", "name"),
        ("include_fields", "true"),
    ]);
    let (takes, good) = match (method, path) {
        ("GET", "/clients" | "/resource-servers") => (Takes::Query, list),
        ("GET", "/logs") => (
            Takes::Query,
            texts(&[("q", "type:fd AND description:*Legacy*"), ("page", "0"), ("per_page", "5"), ("sort", "date:-1")]),
        ),
        ("POST", "/clients") => (
            Takes::Json,
            vec![
                ("name", json!("New")),
                ("app_type", json!("spa")),
                ("callbacks", json!(["https://a.example/"])),
                ("grant_types", json!(["authorization_code"])),
            ],
        ),
        ("PATCH", "/clients/demo-spa") => {
            (Takes::Json, vec![("description", json!("x")), ("web_origins", json!([APP]))])
        }
        ("POST", "/resource-servers") => (
            Takes::Json,
            vec![
                ("name", json!("New")),
                ("identifier", json!("https://new.example")),
                ("scopes", json!([{ "value": "read:x" }])),
            ],
        ),
        ("PATCH", "/tenants/settings") => (
            Takes::Json,
            vec![
                ("friendly_name", json!("x")),
                ("session_lifetime", json!(24)),
                ("flags", json!({ "allow_legacy_delegation_grant_types": true })),
            ],
        ),
        _ => (Takes::Nothing, Vec::new()),
    };
    Endpoint {
        method: method.parse().expect("a method"),
        path: format!("/api/v2{path}"),
        takes,
        errors: Errors::Management,
        headers: vec![("authorization", bearer)],
        good,
        required: match (method, path) {
            ("POST", "/clients") => &["name"],
            ("POST", "/resource-servers") => &["identifier"],
            _ => &[],
        },
    }
}

/// What the tenant is configured as: nothing that was refused may change it.
async fn configuration(browser: &Harness, bearer: &str) -> String {
    let mut all = String::new();
    for path in ["/clients?per_page=100", "/resource-servers?per_page=100", "/tenants/settings", "/keys/signing"] {
        let request = Request::get(format!("/api/v2{path}")).header("host", "localhost:4000");
        let request = request.header("authorization", bearer).body(Body::empty()).expect("a request");
        let answer = browser.send(request).await;
        assert!(answer.status.is_success(), "{answer:?}");
        all.push_str(&answer.body);
    }
    all
}

/// Runs every attack against these endpoints and returns how many there were.
async fn run(names: &[&str]) -> usize {
    let mut total = 0;
    for name in names {
        let mut browser = tenant().await;
        let bearer = format!("Bearer {}", management_token(&mut browser).await);
        let good = endpoint(name, &mut browser).await;
        let answer = browser.attack(good.good_request()).await;
        assert!(!answer.status.is_client_error() && !answer.status.is_server_error(), "{name} is no good: {answer:?}");
        // What changes something is watched at every step, and what is used up by a request is made anew for each.
        let writes = good.errors == Errors::Management || *name == "lab turning";
        let used_up = ["login", "login page", "token for a code"].contains(name);
        let mut before = configuration(&browser, &bearer).await;
        let attacks = good.attacks();
        let number_of_attacks = attacks.len();
        for (number, mut attack) in attacks.into_iter().enumerate() {
            if used_up {
                attack = endpoint(name, &mut browser).await.attacks().swap_remove(number);
            }
            let answer = browser.attack(attack.request).await;
            good.judge(&attack.name, attack.must_fail, &answer);
            if writes || number + 1 == number_of_attacks {
                let after = configuration(&browser, &bearer).await;
                let may_write = writes && !answer.status.is_client_error();
                assert!(may_write || before == after, "{name}, {}: refused, and written", attack.name);
                before = after;
            }
        }
        total += number_of_attacks;
        for told in ["/lab/logs?limit=100", "/lab/decisions?limit=100"] {
            let told = browser.get(&format!("http://localhost:4000{told}")).await;
            assert!(!told.body.contains(SECRET), "{name}: a secret is kept: {}", told.body);
        }
    }
    println!("{} endpoints, {total} attacks", names.len());
    total
}

#[tokio::test]
async fn authorization_and_pages_withstand_every_attack() {
    run(&["authorize", "authorize by form", "silent", "web_message", "login page", "login", "logout"]).await;
}

#[tokio::test]
async fn the_token_endpoints_withstand_every_attack() {
    run(&["token for a code", "token for a refresh token", "token for a password", "token for a client", "ro"]).await;
}

#[tokio::test]
async fn delegation_and_what_is_public_withstand_every_attack() {
    run(&["delegation", "delegation as a script", "userinfo", "userinfo by form", "metadata", "keys"]).await;
}

#[tokio::test]
async fn the_lab_withstands_every_attack() {
    run(&["lab decisions", "lab logs", "lab switches", "lab turning", "lab notes", "lab sts"]).await;
}

#[tokio::test]
async fn the_management_api_withstands_every_attack() {
    run(&[
        "GET /tenants/settings",
        "PATCH /tenants/settings",
        "GET /clients",
        "POST /clients",
        "GET /clients/demo-spa",
        "PATCH /clients/demo-spa",
        "GET /resource-servers",
        "POST /resource-servers",
        "GET /resource-servers/https%3A%2F%2Fnotes.example.com",
        "GET /logs",
        "GET /keys/signing",
    ])
    .await;
}
