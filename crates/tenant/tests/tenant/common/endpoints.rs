//! Every endpoint of the tenant, each with a request that succeeds: what attacks start from. Those of whoever runs the
//! tenant are in `managed_endpoints.rs`.

use axum::http::Method;
use serde_json::{Value, json};

use crate::common::attacks::{Endpoint, Errors, Takes};
use crate::common::delegation::{ask, id_token_of, refresh_token_of};
use crate::common::managed_endpoints as managed;
use crate::common::totp::code_at;
use crate::common::{CALLBACK, CHALLENGE, Harness, NOTES, TENANT, VERIFIER, authorize};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
pub(crate) const APP: &str = "http://localhost:3000";

/// A token for the Management API, with every scope.
pub(crate) async fn management_token(browser: &mut Harness) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "machine"),
        ("client_secret", "machine-secret"),
        ("audience", "https://localhost:4000/api/v2/"),
    ];
    browser.token(&form).await.json()["access_token"].as_str().expect("a token").to_owned()
}

pub(crate) fn texts(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, Value)> {
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
pub(crate) async fn endpoint(name: &str, browser: &mut Harness) -> Endpoint {
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
        "mfa page" | "mfa" => {
            // What was spent, and who was closed out, before is forgotten by then.
            browser.advance(15 * 60);
            let begun = browser.log_in_at(&authorize(&[]), "grace@example.com", "grace-password").await;
            let page = browser.get(begun.header("location")).await;
            let cookies: Vec<_> = browser.cookies.iter().map(|((_, name), value)| format!("{name}={value}")).collect();
            let headers = vec![("cookie", cookies.join("; "))];
            let (state, csrf) = (page.field("state"), page.field("csrf"));
            if name == "mfa page" {
                let endpoint = oauth(Method::GET, "/u/mfa", Takes::Query, texts(&[("state", &state)]));
                return Endpoint { errors: Errors::Page, headers, required: &["state"], ..endpoint };
            }
            let code = code_at(browser.tenant.now().as_second());
            let fields = texts(&[("state", &state), ("csrf", &csrf), ("code", &code)]);
            let endpoint = oauth(Method::POST, "/u/mfa", Takes::Form, fields);
            Endpoint { errors: Errors::Page, headers, required: &["state", "csrf", "code"], ..endpoint }
        }
        "consent page" | "consent" | "account page" | "account" => {
            let (path, prompt) =
                if name.starts_with("consent") { ("/u/consent", "consent") } else { ("/u/account", "select_account") };
            browser.sign_in().await;
            let begun = browser.get(&authorize(&[("prompt", Some(prompt))])).await;
            let page = browser.get(begun.header("location")).await;
            let cookies: Vec<_> = browser.cookies.iter().map(|((_, name), value)| format!("{name}={value}")).collect();
            let headers = vec![("cookie", cookies.join("; "))];
            let (state, csrf) = (page.field("state"), page.field("csrf"));
            let (method, takes, fields, required): (_, _, _, &[_]) = match name {
                "consent" => {
                    let fields = texts(&[("state", &state), ("csrf", &csrf), ("decision", "accept")]);
                    (Method::POST, Takes::Form, fields, &["state", "csrf", "decision"])
                }
                "account" => {
                    let fields = texts(&[("state", &state), ("csrf", &csrf), ("account", "present")]);
                    (Method::POST, Takes::Form, fields, &["state", "csrf", "account"])
                }
                _ => (Method::GET, Takes::Query, texts(&[("state", &state)]), &["state"]),
            };
            let endpoint = oauth(method, path, takes, fields);
            Endpoint { errors: Errors::Page, headers, required, ..endpoint }
        }
        "logout" => {
            let good = texts(&[("client_id", "demo-spa"), ("returnTo", APP)]);
            Endpoint { errors: Errors::Page, ..oauth(Method::GET, "/v2/logout", Takes::Query, good) }
        }
        "logout asked for" => {
            let good = texts(&[("client_id", "demo-spa"), ("post_logout_redirect_uri", "http://localhost:3000/")]);
            Endpoint { errors: Errors::Page, ..oauth(Method::GET, "/oidc/logout", Takes::Query, good) }
        }
        "logout confirmed" => {
            browser.sign_in().await;
            let page = browser.get(&format!("{TENANT}/oidc/logout?client_id=demo-spa")).await;
            let cookies: Vec<_> = browser.cookies.iter().map(|((_, name), value)| format!("{name}={value}")).collect();
            let good = texts(&[("client_id", "demo-spa"), ("csrf", &page.field("csrf"))]);
            let endpoint = oauth(Method::POST, "/oidc/logout/confirm", Takes::Form, good);
            Endpoint {
                errors: Errors::Page,
                headers: vec![("cookie", cookies.join("; "))],
                required: &["client_id", "csrf"],
                ..endpoint
            }
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
        "token for a token" => {
            let code = browser.sign_in().await;
            let access_token = browser.exchange(&code).await.json()["access_token"].as_str().expect("one").to_owned();
            let fields = [
                ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
                ("client_id", "notes-api"),
                ("client_secret", "notes-api-secret"),
                ("subject_token", &access_token),
                ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                ("audience", "https://reports.example.com"),
                ("scope", "read:reports"),
            ];
            let endpoint = oauth(Method::POST, "/oauth/token", Takes::FormOrJson, texts(&fields));
            let required =
                &["grant_type", "client_id", "client_secret", "subject_token", "subject_token_type", "audience"];
            requiring(endpoint, required)
        }
        "introspect" => {
            let code = browser.sign_in().await;
            let access_token = browser.exchange(&code).await.json()["access_token"].as_str().expect("one").to_owned();
            let fields = [
                ("client_id", "notes-api"),
                ("client_secret", "notes-api-secret"),
                ("token", &access_token),
                ("token_type_hint", "access_token"),
            ];
            let endpoint = oauth(Method::POST, "/oauth/introspect", Takes::Form, texts(&fields));
            requiring(endpoint, &["client_id", "client_secret", "token"])
        }
        "revoke" => {
            let refresh_token = refresh_token_of(browser, "legacy-app-a").await;
            let fields = [
                ("client_id", "legacy-app-a"),
                ("client_secret", "legacy-app-a-secret"),
                ("token", &refresh_token),
                ("token_type_hint", "refresh_token"),
            ];
            let endpoint = oauth(Method::POST, "/oauth/revoke", Takes::FormOrJson, texts(&fields));
            requiring(endpoint, &["client_id", "client_secret", "token"])
        }
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
        "session check" => {
            Endpoint { errors: Errors::Page, ..oauth(Method::GET, "/oidc/check_session", Takes::Nothing, Vec::new()) }
        }
        "metadata" => oauth(Method::GET, "/.well-known/openid-configuration", Takes::Nothing, Vec::new()),
        "keys" => oauth(Method::GET, "/.well-known/jwks.json", Takes::Nothing, Vec::new()),
        _ => match name.split_once(' ') {
            Some(("lab", what)) => lab(what, browser).await,
            Some(("dashboard", what)) => managed::dashboard(what, browser).await,
            _ => managed::management(name, browser).await,
        },
    }
}

async fn lab(what: &str, browser: &mut Harness) -> Endpoint {
    let read = |path: &str, good: &[(&'static str, &str)]| oauth(Method::GET, path, Takes::Query, texts(good));
    let changing = |path: &str, good: &[(&'static str, Value)], required: &'static [&'static str]| {
        let endpoint = oauth(Method::POST, path, Takes::Json, good.to_vec());
        requiring(Endpoint { headers: vec![("origin", APP.to_owned())], ..endpoint }, required)
    };
    match what {
        "decisions" => read("/lab/decisions", &[("state", "x"), ("endpoint", "/delegation"), ("limit", "5")]),
        "logs" => read("/lab/logs", &[("type", "fd,depnote"), ("limit", "5")]),
        "switches" => read("/lab/delegation", &[]),
        "faults" => read("/lab/faults", &[]),
        "weather" => read("/lab/cookies", &[]),
        "stream" => read("/lab/decisions/stream", &[("state", "x"), ("endpoint", "/delegation"), ("client_id", "y")]),
        "ageing" => changing("/lab/age", &[("seconds", json!(60))], &["seconds"]),
        "turning the weather" => changing("/lab/cookies", &[("weather", json!("third_party_blocked"))], &["weather"]),
        "arming" => {
            let good = [
                ("name", json!("nonce_removed")),
                ("client_id", json!("demo-spa")),
                ("user", json!("ada@example.com")),
                ("tab", json!("first")),
                ("uses", json!(2)),
            ];
            changing("/lab/faults", &good, &["name"])
        }
        "turning" => {
            changing("/lab/delegation", &[("ended", json!(false)), ("mandatory_date", json!("2027-01-01"))], &[])
        }
        "notes" => {
            let code = browser.sign_in().await;
            let body = browser.exchange(&code).await.json();
            let headers = vec![("authorization", format!("Bearer {}", body["access_token"].as_str().expect("one")))];
            Endpoint { headers, ..oauth(Method::GET, "/lab/notes", Takes::Nothing, Vec::new()) }
        }
        "sts" => {
            let own = id_token_of(browser, "legacy-spa").await;
            let call =
                [("client_id", "legacy-spa"), ("id_token", &*own), ("target", "legacy-firebase"), ("api_type", "app")];
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
        _ => panic!("no such endpoint: lab {what}"),
    }
}
