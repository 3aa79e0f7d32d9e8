//! The tenant file: the built-in one, other people's exports, and what cannot be used.

use axum::http::StatusCode;
use tenant::{Data, TenantFile};

use crate::common;
use crate::common::{Harness, TENANT, authorize, authorize_at};

fn parse(yaml: &str) -> TenantFile {
    TenantFile::parse(yaml, None).expect("usable")
}

fn refusal(yaml: &str) -> String {
    TenantFile::parse(yaml, None).expect_err("unusable").to_string()
}

fn names(objects: &[tenant::Object], key: &str) -> Vec<String> {
    objects.iter().map(|object| object[key].as_str().expect("text").to_owned()).collect()
}

#[test]
fn the_built_in_tenant_is_the_one_that_is_documented() {
    let file = TenantFile::built_in();
    assert_eq!(
        names(&file.clients, "client_id"),
        [
            "demo-spa",
            "demo-spa-rotating",
            "legacy-spa",
            "legacy-app-a",
            "legacy-app-b",
            "legacy-api-c",
            "legacy-firebase",
            "regular-web",
            "native-app",
            "trusted-app",
            "third-party-app",
            "machine",
            "notes-api",
        ]
    );
    assert_eq!(
        names(&file.apis, "identifier"),
        ["https://notes.example.com", "https://reports.example.com", "https://##TENANT_DOMAIN##/api/v2/"]
    );
    let users: Vec<_> = file.users.iter().map(|user| (user.email.as_str(), user.password.expose())).collect();
    assert_eq!(
        users,
        [
            ("ada@example.com", "ada-password"),
            ("grace@example.com", "grace-password"),
            ("blocked@example.com", "blocked-password")
        ]
    );
    let domains: Vec<_> = file
        .domains
        .iter()
        .map(|domain| (domain.name.as_str(), domain.custom, domain.app.as_deref().expect("an app")))
        .collect();
    assert_eq!(
        domains,
        [
            ("localhost", false, "localhost"),
            ("login.demo.localhost", true, "app.demo.localhost"),
            ("tenant.localhost", false, "app.localhost")
        ]
    );
    assert_eq!(file.delegation["mandatory_date"], "2018-02-01");
    assert_eq!(file.client_grants[0]["client_id"], "machine", "named by its name in the file");
    assert!(file.remarks.is_empty(), "{:?}", file.remarks);
}

/// One list in the file serves every app address, at whatever port the app is.
#[tokio::test]
async fn app_addresses_follow_the_ports() {
    let mut browser = Harness::with(|settings| {
        settings.tenant_port = 4444;
        settings.app_port = 3333;
    })
    .await;
    let tenant = "http://tenant.localhost:4444";
    for (uri, known) in [
        ("http://localhost:3333/callback", true),
        ("http://app.demo.localhost:3333/silent-callback.html", true),
        ("http://app.localhost:3333/callback", true),
        ("http://localhost:3000/callback", false),
        ("http://tenant.localhost:3333/callback", false),
    ] {
        let answer = browser.get(&authorize_at(tenant, &[("redirect_uri", Some(uri))])).await;
        assert_eq!(answer.status == StatusCode::FOUND, known, "{uri}");
    }
    let url = authorize_at(
        tenant,
        &[
            ("redirect_uri", Some("http://localhost:3333/callback")),
            ("audience", Some("https://localhost:4444/api/v2/")),
        ],
    );
    let answer = browser.log_in_at(&url, "ada@example.com", "ada-password").await;
    assert!(answer.parameters().contains_key("code"), "the Management API has the first domain's name");
}

#[test]
fn a_missing_id_is_derived_and_a_missing_secret_made_and_shown_once() {
    let yaml = "clients: [{name: My Web-App 2}, {name: My SPA, app_type: spa}]";
    let file = parse(yaml);
    assert_eq!(names(&file.clients, "client_id"), ["my-web-app-2", "my-spa"]);
    let secret = file.clients[0]["client_secret"].as_str().expect("a secret");
    assert!(secret.len() >= 43);
    let (whose, made) = &file.secrets_made[0];
    assert!(whose == "my-web-app-2" && made.expose().contains(secret) && file.secrets_made.len() == 1);
    assert!(!format!("{:?}", file.secrets_made).contains(secret), "a secret as a type");
    assert!(!file.clients[1].contains_key("client_secret"), "a public client has none");
    assert_ne!(parse(yaml).clients[0]["client_secret"], secret, "another run makes another");
}

#[test]
fn names_serve_as_references() {
    let file = parse(
        "clients: [{name: Front End, app_type: spa}, {name: API, client_id: api, client_secret: x, allowed_clients: [Front End]}]\n\
         clientGrants: [{client_id: API, audience: 'https://a.example', scope: []}]",
    );
    assert_eq!(file.clients[1]["allowed_clients"][0], "front-end");
    assert_eq!(file.client_grants[0]["client_id"], "api");
}

/// What `auth0-deploy-cli export` writes, shortened: nulls, sections we do not use, side files.
#[tokio::test]
async fn an_export_of_somebodys_own_tenant_starts() {
    let folder = tempfile::tempdir().expect("a folder");
    let yaml = r"
tenant:
  friendly_name: Acme
  picture_url: null
  session_lifetime: 1.5
  idle_session_lifetime: 0.5
  flags: { enable_sso: true }
  enabled_locales: [en]
clients:
  - name: Acme SPA
    app_type: spa
    is_first_party: true
    oidc_conformant: true
    callbacks: ['http://localhost:3000/callback']
    allowed_origins: null
    web_origins: ['http://localhost:3000']
    grant_types: [authorization_code, implicit, refresh_token]
    jwt_configuration: { alg: RS256, lifetime_in_seconds: 100, secret_encoded: false }
    refresh_token: { expiration_type: non-expiring, leeway: 0 }
    sso_disabled: false
    custom_login_page: ./clients/acme.html
resourceServers:
  - { name: Notes, identifier: 'https://notes.example.com', token_lifetime: 10, skip_consent_for_verifiable_first_party_clients: true, scopes: [{ value: 'read:notes', description: Read }] }
actions:
  - { name: Hello, code: ./actions/Hello/code.js }
connections: []
somethingNew: { a: 1 }
users: [{ email: eve@example.com, password: secret }]
";
    let path = folder.path().join("tenant.yaml");
    std::fs::write(&path, yaml).expect("written");
    let file = TenantFile::read(&path).expect("usable");
    let remarks = file.remarks.join("\n");
    for expected in [
        "client Acme SPA has no client_id: it is acme-spa",
        "./actions/Hello/code.js",
        "./clients/acme.html",
        "somethingNew",
    ] {
        assert!(remarks.contains(expected), "{expected} in {remarks}");
    }
    assert!(!remarks.contains("connections"), "a section of the format is not unknown");
    assert_eq!(file.others["actions"][0]["name"], "Hello", "kept");

    let mut browser = Harness::with(|settings| settings.file = file).await;
    let client = [("client_id", Some("acme-spa"))];
    let answer = browser.log_in_at(&authorize(&client), "eve@example.com", "secret").await;
    // At the vendor, apps at localhost ask too.
    let code = browser.accept(&answer).await.parameters().remove("code").expect("a code");
    let body = browser.exchange_with(&code, &client).await.json();
    assert_eq!(body["expires_in"], 10);
    let id_token = common::claims(body["id_token"].as_str().expect("an ID token"));
    assert_eq!(id_token["exp"].as_i64().expect("a time") - id_token["iat"].as_i64().expect("a time"), 100);
    assert_eq!((id_token["sub"].as_str(), id_token["nickname"].as_str()), (Some("auth0|eve"), Some("eve")));
    browser.advance(1800);
    browser.silent(&client).await;
    assert_eq!(browser.decision().await["cause"], "session_idle_limit", "half an hour, from the file");
}

/// A few lines that would be a gigabyte once every alias is written out.
const BILLION_LAUGHS: &str = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n\
    c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n\
    e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n\
    g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n";

#[test]
fn what_cannot_be_used_but_does_no_harm_is_remarked_on() {
    let file = parse(
        "clients:\n\
         - { name: A, app_type: spa, callbacks: ['https://a.example/cb', 'javascript:alert(1)', 'http://a.example/'], allowed_clients: [Gone] }\n\
         clientGrants: [{ client_id: Gone, audience: 'https://a.example', scope: [] }]\n\
         somethingNew: [1]",
    );
    let remarks = file.remarks.join("\n");
    for expected in [
        "client A cannot use the callback javascript:alert(1): its scheme cannot take an answer",
        "client A cannot use the callback http://a.example/: plain http is for loopback",
        "client A allows the client Gone, which the file does not have",
        "entry 1 of `clientGrants` is for the client Gone, which the file does not have",
        "somethingNew",
    ] {
        assert!(remarks.contains(expected), "{expected} in {remarks}");
    }
    assert!(!remarks.contains("https://a.example/cb"), "{remarks}");
    for fine in ["", "---\n", "\u{feff}clients: []", "clients: null"] {
        assert!(parse(fine).clients.is_empty(), "{fine:?}");
    }
}

#[test]
fn an_unusable_file_says_where_and_what() {
    for (yaml, words) in [
        ("clients: [", "is not YAML"),
        ("- a\n- b", "`top level`: expected sections such as `clients:`, found a list"),
        ("clients: {a: 1}", "`clients`: expected a list, found a mapping"),
        ("tenant: 3", "`tenant`: expected a mapping, found a number"),
        ("clients: [5]", "entry 1 of `clients`"),
        ("clients: [{name: A, callbacks: 5}]", "client A"),
        ("tenant: {created_at: soon}", "a day such as 2018-02-01 was expected, not soon"),
        ("delegation: {mandatory_date: never}", "a day such as 2018-02-01 was expected, not never"),
        ("clients: [{name: A}, {name: a}]", "two clients named a"),
        ("users: [{email: a@b.c}]", "missing field `password`"),
        ("users: [{email: a@b.c, password: x}, {email: A@b.c, password: y}]", "two users named a@b.c"),
        ("domains: [{name: 'http://x'}]", "a host name without scheme, port or path"),
        ("domains: [{name: x}, {name: x}]", "two domains named x"),
        ("resourceServers: [{name: N}]", "API N"),
        ("clients: []\nclients: []", "duplicate entry with key \"clients\""),
        ("clients: []\n---\nclients: []", "more than one document"),
        ("clients:\n\t- name: A", "is not YAML"),
        ("\u{0}", "control characters are not allowed"),
        (&format!("{}{}", "[".repeat(5000), "]".repeat(5000)), "recursion limit exceeded"),
        (BILLION_LAUGHS, "repetition limit exceeded"),
        ("clients: [{client_id: x}]", "entry 1 of `clients`: expected a name"),
        ("clients: [{name: 漢字}]", "a client_id where none can be derived"),
        ("clients: [{name: A, client_id: 'a b'}]", "a client_id without blanks"),
        ("clients: [{name: A, grant_types: authorization_code}]", "client A"),
        ("clients: [{name: A, oidc_conformant: 1}]", "expected a boolean"),
        ("clients: [{name: A, token_endpoint_auth_method: magic}]", "unknown variant `magic`"),
        ("clients: [{name: A, jwt_configuration: {alg: none}}]", "jwt_configuration.alg as one of RS256, HS256"),
        ("clients: [{name: A, jwt_configuration: {lifetime_in_seconds: -5}}]", "whole seconds from 1 to 31557600"),
        ("clients: [{name: A, refresh_token: {leeway: -1}}]", "whole seconds from 0"),
        ("clients: [{name: A, refresh_token: {rotation_type: spinning}}]", "unknown variant `spinning`"),
        ("clients: [{name: A, addons: {firebase: 5}}]", "an add-on's settings as a mapping, found firebase: 5"),
        ("clientGrants: [5]", "entry 1 of `clientGrants`"),
        ("clientGrants: [{client_id: A}]", "a client_id and an audience"),
        ("resourceServers: [{name: N, identifier: ''}]", "entry 1 of `resourceServers`: expected an identifier"),
        ("resourceServers: [{name: N, identifier: x, token_lifetime: 0}]", "whole seconds from 1 to 2592000"),
        ("resourceServers: [{name: N, identifier: x, token_lifetime: 99999999999}]", "whole seconds from 1"),
        ("resourceServers: [{name: N, identifier: x, token_lifetime: soon}]", "API N"),
        ("resourceServers: [{name: N, identifier: x, signing_alg: none}]", "signing_alg as one of RS256"),
        ("resourceServers: [{name: N, identifier: x, scopes: [{value: 'a b'}]}]", "scopes without blanks"),
        ("resourceServers: [{name: N, identifier: x}, {name: M, identifier: x}]", "two resourceServers named x"),
        ("tenant: {session_lifetime: -1}", "hours above 0"),
        ("tenant: {session_lifetime: 1e300}", "hours above 0"),
        ("tenant: {idle_session_lifetime: 0}", "hours above 0"),
        ("tenant: {flags: {allow_legacy_delegation_grant_types: maybe}}", "expected a boolean"),
        ("tenant: {created_at: 2018-13-45}", "a day such as 2018-02-01 was expected"),
        ("delegation: {ended: soon}", "expected a boolean"),
        ("delegation: {calls_per_minute: 0}", "nonzero"),
        ("delegation: {mandatory_date: 2018-02-30}", "a day such as 2018-02-01 was expected"),
        ("users: [{email: ada, password: x}]", "entry 1 of `users`: expected an email address, found \"ada\""),
        ("users: [{email: '', password: x}]", "expected an email address"),
        ("users: [{email: a@b.c, password: ''}]", "expected a password"),
        ("users: [{email: a@b.c, password: x, blocked: perhaps}]", "true or false, found blocked: \"perhaps\""),
        (
            "users: [{email: a@b.c, password: x, user_id: u}, {email: b@b.c, password: x, user_id: u}]",
            "two users named u",
        ),
        ("domains: [{name: 'a b'}]", "a host name"),
        ("domains: [{name: LOCALHOST}]", "in lower case"),
        ("domains: [{name: 'é.example'}]", "xn--"),
        ("domains: [{name: x, app: 'http://x'}]", "a host name"),
        ("domains: [localhost]", "entry 1 of `domains`"),
    ] {
        let refusal = refusal(yaml);
        assert!(refusal.contains(words), "{yaml}: {refusal}");
    }
    assert!(
        TenantFile::read("/nowhere/tenant.yaml".as_ref())
            .expect_err("no file")
            .to_string()
            .contains("/nowhere/tenant.yaml cannot be read")
    );
}

#[tokio::test]
async fn the_file_adds_what_the_store_lacks_and_leaves_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = Data::Folder(folder.path().to_owned());
    let first = Harness::with(|settings| settings.data = data.clone()).await;
    first.tenant.close().await;
    drop(first);

    let changed = include_str!("../../tenant.yaml")
        .replace("password: ada-password", "password: another-password")
        .replace("  - name: Machine\n    client_id: machine", "  - { name: New, client_id: new, app_type: spa, callbacks: ['http://localhost:3000/callback'] }\n  - name: Machine\n    client_id: machine");
    let open = |reset| {
        let (data, file) = (data.clone(), parse(&changed));
        Harness::with(move |settings| {
            (settings.data, settings.file, settings.reset) = (data, file, reset);
        })
    };
    let mut second = open(false).await;
    assert_eq!(
        second.silent(&[("client_id", Some("new"))]).await.parameters()["error"],
        "login_required",
        "the new client is known"
    );
    second.sign_in().await;
    second.tenant.close().await;
    let cookies = second.cookies.clone();
    drop(second);

    let mut third = open(true).await;
    third.cookies = cookies;
    assert_eq!(third.silent(&[]).await.parameters()["error"], "login_required", "a reset forgets sessions");
    let page = third.log_in_at(&authorize(&[]), "ada@example.com", "ada-password").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "and passwords");
    let answer = third.log_in_at(&authorize(&[]), "ada@example.com", "another-password").await;
    assert!(answer.parameters().contains_key("code"));
}

/// Neither password, code, session id nor token can be read in the file.
#[tokio::test]
async fn the_store_keeps_hashes_of_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = Data::Folder(folder.path().to_owned());
    let mut browser = Harness::with(|settings| settings.data = data).await;
    let unused = browser.sign_in().await;
    let code = browser.silent(&[]).await.parameters().remove("code").expect("a code");
    let tokens = browser.exchange(&code).await.json();
    browser.get(&format!("{TENANT}/lab/logs")).await;
    let mut secrets = vec![unused, code, "ada-password".to_owned()];
    secrets.push(tokens["access_token"].as_str().expect("a token").to_owned());
    secrets.push(tokens["id_token"].as_str().expect("a token").to_owned());
    secrets.push(browser.cookies[&("localhost".to_owned(), "__Host-tenant-session".to_owned())].clone());
    browser.tenant.close().await;
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder.path()).expect("a folder") {
        found.extend(std::fs::read(entry.expect("an entry").path()).expect("a file"));
    }
    let text = String::from_utf8_lossy(&found);
    assert!(text.contains("ada@example.com"), "this is the store");
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret}");
    }
}

#[tokio::test]
async fn a_data_folder_has_one_tenant_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = Data::Folder(folder.path().to_owned());
    let first = Harness::with(|settings| settings.data = data.clone()).await;
    let mut settings = tenant::Settings::for_tests(first.clock.clone());
    settings.data = data;
    let error = tenant::Tenant::open(settings).await.err().expect("in use").to_string();
    assert!(error.contains("is in use by another tenant"), "{error}");
}

/// Another start reads the same file, and tells no secret that is not the one in the store.
#[tokio::test]
async fn a_secret_that_is_made_is_told_by_the_start_that_stores_it_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = async || {
        let file = "clients: [{ name: Web }]\nresourceServers: [{ name: N, identifier: 'https://n.example', signing_alg: HS256 }]";
        let file = TenantFile::parse(file, None).expect("a usable file");
        let data = Data::Folder(folder.path().to_owned());
        Harness::with(|settings| (settings.file, settings.data) = (file, data)).await
    };
    let first = open().await;
    let told: Vec<_> = first.tenant.secrets_made().iter().map(|sentence| sentence.expose().to_owned()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    let secret = told[0].strip_prefix("client Web has no client_secret: it is ").expect("a secret").to_owned();
    first.tenant.close().await;
    drop(first);
    let mut second = open().await;
    assert!(second.tenant.secrets_made().is_empty());
    let form = [("client_id", "web"), ("client_secret", &*secret), ("token", "x")];
    assert_eq!(second.post_form("http://localhost:4000/oauth/revoke", &form).await.status, StatusCode::OK);
}
