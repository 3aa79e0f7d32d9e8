//! Every endpoint takes the same generic attacks: none ends in a 5xx, a panic, an echo or a change.

use axum::body::Body;
use axum::http::Request;

use crate::common::Harness;
use crate::common::attacks::{Errors, SECRET};
use crate::common::endpoints::{endpoint, management_token};
use crate::common::totp;

const RO: &str = "http://auth0.com/oauth/legacy/grant-type/ro";

/// The built-in tenant before the mandatory date, with everything on that has an endpoint and no limit in the way.
async fn tenant() -> Harness {
    let mut yaml = include_str!("../../tenant.yaml").to_owned();
    let flag = "    allow_legacy_delegation_grant_types: true\n";
    for (from, to) in [
        ("mandatory_date: 2018-02-01", "mandatory_date: 2027-01-01".to_owned()),
        ("calls_per_minute: 10", "calls_per_minute: 100000".to_owned()),
        (flag, format!("{flag}    allow_legacy_ro_grant_types: true\n")),
        ("nickname: grace }", format!("nickname: grace, mfa: {{ totp_secret: {} }} }}", totp::SECRET)),
        ("      - implicit\n", format!("      - implicit\n      - {RO}\n")),
    ] {
        assert!(yaml.contains(from), "the built-in file has {from}");
        yaml = yaml.replace(from, &to);
    }
    Harness::with_file(&yaml).await
}

/// What the tenant is configured as: nothing that was refused may change it.
async fn configuration(browser: &mut Harness) -> String {
    let mut all = String::new();
    let bearer = format!("Bearer {}", management_token(browser).await);
    for path in [
        "/clients?per_page=100",
        "/clients/machine/credentials",
        "/resource-servers?per_page=100",
        "/tenants/settings",
        "/keys/signing",
    ] {
        let request = Request::get(format!("/api/v2{path}")).header("host", "localhost:4000");
        let request = request.header("authorization", &bearer).body(Body::empty()).expect("a request");
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
        let mut good = endpoint(name, &mut browser).await;
        let answer = browser.attack(good.good_request()).await;
        // Only a previous key can be revoked, and the one there is signs.
        let succeeds = !answer.status.is_client_error() && !answer.status.is_server_error();
        assert!(succeeds || name.ends_with("/revoke"), "{name} is no good: {answer:?}");
        // What changes something is watched at every step, and what is used up by a request is made anew for each.
        let writes = good.errors == Errors::Management || *name == "lab turning" || name.starts_with("dashboard POST");
        let used_up = [
            "login",
            "login page",
            "mfa",
            "account",
            "consent",
            "token for a code",
            "logout confirmed",
            "dashboard POST /logout",
        ]
        .contains(name)
            || name.starts_with("dashboard POST /users/");
        let mut before = configuration(&mut browser).await;
        let attacks = good.attacks();
        let number_of_attacks = attacks.len();
        for (number, mut attack) in attacks.into_iter().enumerate() {
            if used_up {
                good = endpoint(name, &mut browser).await;
                attack = good.attacks().swap_remove(number);
            }
            let answer = browser.attack(attack.request).await;
            good.judge(&attack.name, attack.must_fail, &answer);
            if writes || number + 1 == number_of_attacks {
                let after = configuration(&mut browser).await;
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
    run(&["mfa page", "mfa", "account page", "account", "consent page", "consent"]).await;
    run(&["logout asked for", "logout confirmed", "session check"]).await;
}

#[tokio::test]
async fn the_token_endpoints_withstand_every_attack() {
    run(&["token for a code", "token for a refresh token", "token for a password", "token for a client", "ro"]).await;
    run(&["revoke", "introspect", "token for a token"]).await;
}

#[tokio::test]
async fn delegation_and_what_is_public_withstand_every_attack() {
    run(&["delegation", "delegation as a script", "userinfo", "userinfo by form", "metadata", "keys"]).await;
}

#[tokio::test]
async fn the_lab_withstands_every_attack() {
    run(&["lab decisions", "lab logs", "lab switches", "lab turning", "lab notes", "lab sts"]).await;
    run(&["lab faults", "lab arming", "lab ageing", "lab weather", "lab turning the weather", "lab stream"]).await;
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
        "GET /clients/machine/credentials",
        "POST /clients/machine/credentials",
        "GET /clients/machine/credentials/{credential_id}",
        "PATCH /clients/machine/credentials/{credential_id}",
        "DELETE /clients/machine/credentials/cred_none",
        "GET /resource-servers",
        "POST /resource-servers",
        "GET /resource-servers/https%3A%2F%2Fnotes.example.com",
        "GET /grants",
        "DELETE /grants",
        "DELETE /grants/gra_none",
        "GET /logs",
        "GET /logs/{log}",
        "GET /keys/signing",
        "GET /keys/signing/{kid}",
        "PUT /keys/signing/{kid}/revoke",
        "POST /keys/signing/rotate",
    ])
    .await;
}

#[tokio::test]
async fn the_pages_of_the_dashboard_withstand_every_attack() {
    run(&[
        "dashboard GET /login",
        "dashboard POST /login",
        "dashboard GET /applications",
        "dashboard GET /applications/demo-spa",
        "dashboard GET /apis",
        "dashboard GET /apis/{notes}",
        "dashboard GET /users",
        "dashboard GET /users/auth0%7Cada",
        "dashboard GET /logs",
        "dashboard GET /logs/{log}",
        "dashboard GET /keys",
        "dashboard GET /tenant/advanced",
        "dashboard GET /affected",
    ])
    .await;
}

#[tokio::test]
async fn the_forms_of_the_dashboard_withstand_every_attack() {
    run(&[
        "dashboard POST /tenant/advanced/toggle",
        "dashboard POST /tenant/advanced/date",
        "dashboard POST /tenant/advanced/end",
        "dashboard POST /applications/demo-spa",
        "dashboard POST /applications/demo-spa/refresh-tokens",
        "dashboard POST /applications/demo-spa/logout",
        "dashboard POST /apis/{notes}",
        "dashboard POST /apis/{notes}/signing",
        "dashboard POST /apis/{notes}/offline",
        "dashboard POST /apis/{notes}/consent",
        "dashboard POST /apis/{notes}/loopback",
        "dashboard POST /apis/{notes}/mfa",
        "dashboard POST /users/auth0%7Cada/end-session",
        "dashboard POST /users/auth0%7Cada/end-partitioned-session",
        "dashboard POST /users/auth0%7Cada/revoke",
        "dashboard POST /users/auth0%7Cada/revoke-consent",
        "dashboard POST /keys/rotate",
        "dashboard POST /logout",
    ])
    .await;
}

/// A new address must not be forgotten here. Where two have one handler, one is enough.
#[test]
fn every_address_is_attacked() {
    let attacked = concat!(
        include_str!("attacks.rs"),
        include_str!("common/endpoints.rs"),
        include_str!("common/managed_endpoints.rs")
    );
    let same =
        ["/logout", "/.well-known/oauth-authorization-server", "/dashboard", "/dashboard/", "/dashboard/keys/revoke"];
    let mut routes = 0;
    for source in [
        include_str!("../../src/routes.rs"),
        include_str!("../../src/lab/mod.rs"),
        include_str!("../../src/management/mod.rs"),
        include_str!("../../src/dashboard/mod.rs"),
    ] {
        for route in source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            routes += 1;
            let (start, end) = route.split_once('{').map_or((route, ""), |(start, end)| (start, end));
            let end = end.split_once('}').map_or("", |(_, end)| end);
            let start = start.strip_prefix("/dashboard").filter(|rest| rest.len() > 1).unwrap_or(start);
            let known = attacked.match_indices(start).any(|(at, _)| {
                let rest = &attacked[at + start.len()..];
                let rest = &rest[..rest.find('"').unwrap_or(rest.len())];
                if route.contains('{') { rest.ends_with(end) } else { rest.is_empty() }
            });
            assert!(known || same.contains(&route), "{route} is attacked nowhere");
        }
    }
    assert!(routes > 40, "{routes} routes were found");
}
