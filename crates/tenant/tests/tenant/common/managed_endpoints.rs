//! The endpoints of whoever runs the tenant, the Management API and the dashboard, each with a request that succeeds.

use serde_json::{Value, json};

use crate::common::attacks::{Endpoint, Errors, Takes};
use crate::common::delegation::refresh_token_of;
use crate::common::endpoints::{APP, management_token, texts};
use crate::common::{Answer, CALLBACK, Harness, TENANT, partition};

pub(crate) async fn management(name: &str, browser: &mut Harness) -> Endpoint {
    let bearer = format!("Bearer {}", management_token(browser).await);
    let (method, path) = name.split_once(' ').expect("a method and a path");
    let path = &*with_ids(path, browser).await;
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
        ("GET", "/grants") => (
            Takes::Query,
            texts(&[
                ("user_id", "auth0|ada"),
                ("client_id", "third-party-app"),
                ("page", "0"),
                ("include_totals", "true"),
            ]),
        ),
        ("DELETE", "/grants") => (Takes::Query, texts(&[("user_id", "auth0|ada")])),
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
        ("POST", "/clients/machine/credentials") => (
            Takes::Json,
            vec![
                ("credential_type", json!("public_key")),
                ("name", json!("New")),
                ("alg", json!("ES256")),
                ("pem", json!(public_key())),
                ("expires_at", json!("2027-01-01T00:00:00Z")),
            ],
        ),
        ("PATCH", path) if path.starts_with("/clients/machine/credentials/") => {
            (Takes::Json, vec![("expires_at", json!("2027-01-01T00:00:00Z"))])
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
            ("POST", "/clients/machine/credentials") => &["credential_type", "pem"],
            ("POST", "/resource-servers") => &["identifier"],
            ("DELETE", "/grants") => &["user_id"],
            _ => &[],
        },
    }
}

/// What an API's switches end in.
const SWITCHES: [&str; 4] = ["/offline", "/consent", "/loopback", "/mfa"];

/// A page or form of the dashboard, by a browser that is signed in.
pub(crate) async fn dashboard(what: &str, browser: &mut Harness) -> Endpoint {
    let (method, path) = what.split_once(' ').expect("a method and a path");
    if path != "/login" {
        crate::common::admin::sign_in(browser, "admin-password", "").await;
    }
    let path = &with_ids(path, browser).await;
    if path.starts_with("/users/") {
        browser.sign_in().await;
        refresh_token_of(browser, "legacy-app-a").await;
        if path.ends_with("/end-partitioned-session") {
            partition::signed_in(browser).await;
        }
        browser.cookies.retain(|(_, name), _| name != "__Host-tenant-session");
        browser.consent_to_third_party().await;
    }
    // A form is on the page whose address it is below.
    let page = match path.as_str() {
        "/logout" => "/keys",
        _ if method == "POST" && path != "/login" => path.trim_end_matches("/toggle"),
        _ => path,
    };
    let page = [
        "/date",
        "/end",
        "/rotate",
        "/end-session",
        "/end-partitioned-session",
        "/revoke",
        "/revoke-consent",
        "/offline",
        "/consent",
        "/loopback",
        "/mfa",
        "/signing",
    ]
    .iter()
    .fold(page, |page, end| page.trim_end_matches(end));
    let page = if path.contains("/demo-spa/") { "/applications/demo-spa" } else { page };
    let shown = browser.get(&format!("{TENANT}/dashboard{page}")).await;
    let cookies: Vec<_> = browser.cookies.iter().map(|((_, name), value)| format!("{name}={value}")).collect();
    let mut good = Vec::new();
    if method == "POST" {
        good.push(("csrf", json!(shown.field("csrf"))));
    }
    good.extend(match (method, path.as_str()) {
        ("GET", "/logs") => texts(&[("q", "type:fd AND description:*Legacy*"), ("page", "1")]),
        ("GET", "/login") => texts(&[("return_to", "/dashboard/keys")]),
        ("GET", _) => texts(&[("done", "saved")]),
        (_, "/login") => {
            texts(&[("return_to", "/dashboard/keys"), ("username", "admin"), ("password", "admin-password")])
        }
        (_, "/tenant/advanced/toggle") => texts(&[("disable", "false")]),
        (_, "/tenant/advanced/date") => texts(&[("mandatory_date", "2027-01-01")]),
        (_, "/tenant/advanced/end") => texts(&[("end", "false")]),
        (_, "/applications/demo-spa") => texts(&[
            ("name", "Demo SPA"),
            ("oidc_conformant", "true"),
            ("callbacks", CALLBACK),
            ("web_origins", APP),
            ("allowed_logout_urls", APP),
            ("grant_types", "authorization_code"),
        ]),
        (_, "/applications/demo-spa/refresh-tokens") => texts(&[
            ("rotation_type", "rotating"),
            ("expiration_type", "expiring"),
            ("leeway", "3"),
            ("token_lifetime", "600"),
            ("idle_token_lifetime", "60"),
            ("infinite_token_lifetime", "true"),
        ]),
        (_, "/applications/demo-spa/logout") => texts(&[
            ("backchannel_logout_urls", "https://app.example/out"),
            ("selected_initiators", "session-revoked"),
            ("frontchannel_logout_uri", "https://app.example/out"),
            ("frontchannel_logout_session_required", "true"),
        ]),
        (_, end) if end.ends_with("/signing") => texts(&[("signing_alg", "ES256"), ("new_secret", "true")]),
        (_, end) if SWITCHES.iter().any(|switch| end.ends_with(switch)) => texts(&[("allow", "true")]),
        (_, end) if end.ends_with("/end-partitioned-session") => {
            let (_, form) = shown.body.split_once("/end-partitioned-session\"").expect("a form");
            let form = Answer { body: form.to_owned(), ..shown.clone() };
            ["sid", "client_id", "issuer", "origin"].map(|name| (name, json!(form.field(name)))).to_vec()
        }
        (_, end) if end.ends_with("/end-session") => texts(&[("sid", &shown.field("sid"))]),
        (_, end) if end.ends_with("/revoke-consent") => texts(&[("consent", &shown.field("consent"))]),
        (_, end) if end.ends_with("/revoke") => texts(&[("family", &shown.field("family"))]),
        (_, end) if end.starts_with("/apis/") => texts(&[("token_lifetime", "60"), ("token_lifetime_for_web", "60")]),
        _ => Vec::new(),
    });
    Endpoint {
        method: method.parse().expect("a method"),
        path: format!("/dashboard{path}"),
        takes: if method == "GET" { Takes::Query } else { Takes::Form },
        errors: Errors::Page,
        headers: vec![("cookie", cookies.join("; "))],
        required: if method == "GET" {
            &[]
        } else {
            &[
                "csrf",
                "password",
                "disable",
                "end",
                "sid",
                "client_id",
                "issuer",
                "origin",
                "family",
                "consent",
                "allow",
                "name",
            ]
        },
        good,
    }
}

/// The public half of a new key on P-256.
fn public_key() -> String {
    rcgen::KeyPair::generate().expect("a key").public_key_pem()
}

/// A path with the ids of things that are there: the API Notes, the newest log entry, the signing key.
async fn with_ids(path: &str, browser: &mut Harness) -> String {
    if path.contains("{notes}") {
        let apis = browser.get(&format!("{TENANT}/dashboard/apis")).await.body;
        let before = apis.split(">Notes<").next().expect("the list has it");
        let id = before.rsplit("/dashboard/apis/").next().and_then(|rest| rest.split('"').next()).expect("a link");
        return path.replace("{notes}", id);
    }
    if path.contains("{credential_id}") {
        let bearer = format!("Bearer {}", management_token(browser).await);
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let new = json!({ "credential_type": "public_key", "alg": "ES256", "pem": public_key() });
        let url = format!("{TENANT}/api/v2/clients/machine/credentials");
        let made = browser.browse(axum::http::Method::POST, &url, &headers, new.to_string()).await.json();
        return path.replace("{credential_id}", made["id"].as_str().expect("an id"));
    }
    if path.contains("{log}") {
        browser.sign_in().await;
    }
    let log = browser.logs("").await.first().map_or(Value::Null, |entry| entry["log_id"].clone());
    let keys = browser.get(&format!("{TENANT}/.well-known/jwks.json")).await.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    path.replace("{log}", &text(&log)).replace("{kid}", &text(&keys["keys"][0]["kid"]))
}
