//! A browser with a cookie jar and a tenant without a port: what every test talks through.

pub(crate) mod admin;
pub(crate) mod attacks;
pub(crate) mod delegation;
pub(crate) mod dpop;
pub(crate) mod endpoints;
pub(crate) mod frame;
pub(crate) mod lab;
pub(crate) mod listener;
pub(crate) mod managed_endpoints;
pub(crate) mod management;
pub(crate) mod oidcc;
pub(crate) mod on_disk;
pub(crate) mod partition;
pub(crate) mod program;
pub(crate) mod totp;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use tenant::{ManualClock, Secret, Settings, Tenant, router};
use tower::ServiceExt;
use url::Url;

/// 23 November 2026, 00:00 UTC.
pub(crate) const START_MS: i64 = 1_795_392_000_000;
pub(crate) const TENANT: &str = "http://localhost:4000";
pub(crate) const CALLBACK: &str = "http://localhost:3000/callback";
pub(crate) const NOTES: &str = "https://notes.example.com";

/// A good password request of the trusted client: confidential, so it needs no nonce.
pub(crate) const TRUSTED_PASSWORD: [(&str, &str); 7] = [
    ("grant_type", "password"),
    ("client_id", "trusted-app"),
    ("client_secret", "trusted-app-secret"),
    ("username", "ada@example.com"),
    ("password", "ada-password"),
    ("audience", NOTES),
    ("scope", "openid read:notes"),
];
/// The pair of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Parameters that differ from a good request's: another value, or none.
pub(crate) type Changes<'a> = &'a [(&'a str, Option<&'a str>)];

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a readable header"))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// `error` of a JSON answer.
    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    /// The response parameters in the query of a redirect.
    pub(crate) fn parameters(&self) -> HashMap<String, String> {
        let location = Url::parse(self.header("location")).unwrap_or_else(|_| panic!("no redirect: {self:?}"));
        location.query_pairs().into_owned().collect()
    }

    /// The response parameters in the fragment of a redirect.
    pub(crate) fn fragment(&self) -> HashMap<String, String> {
        let location = Url::parse(self.header("location")).unwrap_or_else(|_| panic!("no redirect: {self:?}"));
        let fragment = location.fragment().unwrap_or_else(|| panic!("no fragment: {self:?}"));
        url::form_urlencoded::parse(fragment.as_bytes()).into_owned().collect()
    }

    /// The response parameters in the hidden fields of a page's form, and where it posts them.
    pub(crate) fn form(&self) -> (String, HashMap<String, String>) {
        let attribute = |tag: &str, name: &str| {
            let (_, rest) = tag.split_once(&format!(r#"{name}=""#)).unwrap_or_else(|| panic!("no {name} in {tag}"));
            rest.split('"')
                .next()
                .expect("a value")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
        };
        let mut tags = self.body.split('<').map(|tag| tag.split('>').next().unwrap_or_default());
        let action = attribute(tags.find(|tag| tag.starts_with("form ")).expect("a form"), "action");
        let fields = tags.filter(|tag| tag.starts_with("input "));
        (action, fields.map(|tag| (attribute(tag, "name"), attribute(tag, "value"))).collect())
    }

    /// The response parameters in a posted message, and the origin they are posted to.
    pub(crate) fn message(&self) -> (String, HashMap<String, String>) {
        let (_, rest) = self
            .body
            .split_once(r#"<script id="response" type="application/json">"#)
            .unwrap_or_else(|| panic!("no message: {self:?}"));
        let data: Value = serde_json::from_str(rest.split("</script>").next().expect("a script")).expect("JSON");
        assert_eq!(data["message"]["type"], "authorization_response");
        let parameters = serde_json::from_value(data["message"]["response"].clone()).expect("an object of texts");
        (data["origin"].as_str().expect("an origin").to_owned(), parameters)
    }

    /// The value of a hidden field of the page's form.
    pub(crate) fn field(&self, name: &str) -> String {
        let start = format!(r#"name="{name}" value=""#);
        let rest = self.body.split_once(&start).unwrap_or_else(|| panic!("no field {name}: {self:?}")).1;
        rest.split('"').next().expect("a value").to_owned()
    }

    /// A tenant page: nothing was sent anywhere.
    pub(crate) fn assert_stays(&self) {
        assert!(self.headers.get(header::LOCATION).is_none(), "{self:?}");
        assert!(!self.body.contains("<script"), "{self:?}");
    }
}

/// A tenant and one browser.
#[derive(Clone)]
pub(crate) struct Harness {
    pub(crate) tenant: Tenant,
    pub(crate) router: Router,
    pub(crate) clock: Arc<ManualClock>,
    /// Cookies by host (ports do not count) and name.
    pub(crate) cookies: HashMap<(String, String), String>,
}

impl Harness {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With changed settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let clock = Arc::new(ManualClock::at_ms(START_MS));
        let mut settings = Settings::for_tests(clock.clone());
        settings.admin_password = Some(Secret::from("admin-password".to_owned()));
        change(&mut settings);
        let tenant = Tenant::open(settings).await.expect("the tenant opens");
        Self { router: router(tenant.clone()), tenant, clock, cookies: HashMap::new() }
    }

    /// With a tenant file in place of the built-in one.
    pub(crate) async fn with_file(yaml: &str) -> Self {
        let file = tenant::TenantFile::parse(yaml, None).expect("a usable tenant file");
        Self::with(|settings| settings.file = file).await
    }

    /// With the built-in file after a change of its text.
    pub(crate) async fn with_replaced(from: &str, to: &str) -> Self {
        let built_in = include_str!("../../../tenant.yaml");
        assert!(built_in.contains(from), "the built-in file has {from}");
        Self::with_file(&built_in.replace(from, to)).await
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Sends a request as it is, without cookies.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("the router answers");
        let (parts, body) = response.into_parts();
        // A stream of events has no end to wait for.
        let endless = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        let body = if endless { Body::empty() } else { body };
        let body = to_bytes(body, 20_000_000).await.expect("a body");
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// Sends a request as the browser would: with its cookies, keeping those that come back.
    pub(crate) async fn browse(
        &mut self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let target = Url::parse(url).expect("an absolute URL");
        let host = target.host_str().expect("a host").to_owned();
        let port = target.port().map(|port| format!(":{port}")).unwrap_or_default();
        let path = &url[url.find("://").expect("a scheme") + 3..];
        let path = path.find('/').map_or("/", |slash| &path[slash..]);
        let mut request = Request::builder().method(method).uri(path).header("host", format!("{host}{port}"));
        let mut cookies: Vec<_> = self
            .cookies
            .iter()
            .filter(|((at, _), _)| *at == host)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        cookies.sort();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.send(request.body(body.into()).expect("a request")).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("a readable cookie");
            let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair");
            let key = (host.clone(), name.to_owned());
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(&key);
            } else {
                self.cookies.insert(key, value.to_owned());
            }
        }
        answer
    }

    pub(crate) async fn get(&mut self, url: &str) -> Answer {
        self.browse(Method::GET, url, &[], Body::empty()).await
    }

    pub(crate) async fn get_with(&mut self, url: &str, headers: &[(&str, &str)]) -> Answer {
        self.browse(Method::GET, url, headers, Body::empty()).await
    }

    pub(crate) async fn post_form(&mut self, url: &str, form: &[(&str, &str)]) -> Answer {
        self.post_form_with(url, form, &[]).await
    }

    pub(crate) async fn post_form_with(
        &mut self,
        url: &str,
        form: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        self.browse(Method::POST, url, &all, body).await
    }

    /// Opens the login page that `authorize` leads to, fills the form in, and returns where that leads.
    pub(crate) async fn log_in_at(&mut self, authorize: &str, email: &str, password: &str) -> Answer {
        let page = self.get(authorize).await;
        assert_eq!(page.status, StatusCode::FOUND, "{page:?}");
        let login = page.header("location").to_owned();
        let form = self.get(&login).await;
        assert_eq!(form.status, StatusCode::OK, "{form:?}");
        let action = Url::parse(&login).expect("absolute").join("/u/login").expect("a path");
        let (state, csrf) = (form.field("state"), form.field("csrf"));
        let fields = [("state", state.as_str()), ("csrf", &csrf), ("username", email), ("password", password)];
        self.post_form(action.as_str(), &fields).await
    }

    /// Opens the consent page that `answer` leads to, presses Accept, and returns where that leads.
    pub(crate) async fn accept(&mut self, answer: &Answer) -> Answer {
        let url = answer.header("location").to_owned();
        assert!(url.contains("/u/consent?"), "{answer:?}");
        let page = self.get(&url).await;
        let (state, csrf) = (page.field("state"), page.field("csrf"));
        let action = Url::parse(&url).expect("absolute").join("/u/consent").expect("a path");
        self.post_form(action.as_str(), &[("state", &state), ("csrf", &csrf), ("decision", "accept")]).await
    }

    /// Signs Ada in at the third-party app, which she grants what it asks for; the code it gets.
    pub(crate) async fn consent_to_third_party(&mut self) -> String {
        let request = authorize(&[("client_id", Some("third-party-app")), ("prompt", Some("consent"))]);
        let answer = self.log_in_at(&request, "ada@example.com", "ada-password").await;
        let answer = self.accept(&answer).await;
        answer.parameters().remove("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
    }

    /// Signs Ada in at the first address and returns the code.
    pub(crate) async fn sign_in(&mut self) -> String {
        let answer = self.log_in_at(&authorize(&[]), "ada@example.com", "ada-password").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        answer.parameters().remove("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
    }

    /// A silent request with these parameters changed.
    pub(crate) async fn silent(&mut self, changes: Changes<'_>) -> Answer {
        let mut all = vec![("prompt", Some("none"))];
        all.extend(changes);
        self.get(&authorize(&all)).await
    }

    /// Exchanges a code as `demo-spa`.
    pub(crate) async fn exchange(&mut self, code: &str) -> Answer {
        self.exchange_with(code, &[]).await
    }

    /// Exchanges a code with these parameters changed.
    pub(crate) async fn exchange_with(&mut self, code: &str, changes: Changes<'_>) -> Answer {
        let form = changed(
            &[
                ("grant_type", "authorization_code"),
                ("client_id", "demo-spa"),
                ("code", code),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
            ],
            changes,
        );
        let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post_form(&format!("{TENANT}/oauth/token"), &form).await
    }

    /// Sends a form to the token endpoint at the first address.
    pub(crate) async fn token(&mut self, form: &[(&str, &str)]) -> Answer {
        self.post_form(&format!("{TENANT}/oauth/token"), form).await
    }

    /// What the trusted client gets for Ada's password, with these parameters.
    pub(crate) async fn token_for_password(&mut self, more: &[(&str, &str)]) -> Answer {
        let form = [
            ("grant_type", "password"),
            ("client_id", "trusted-app"),
            ("client_secret", "trusted-app-secret"),
            ("username", "ada@example.com"),
            ("password", "ada-password"),
        ];
        self.token(&[&form[..], more].concat()).await
    }

    /// Asks an endpoint at the first address with an access token.
    pub(crate) async fn get_as(&mut self, path: &str, access_token: &str) -> Answer {
        let bearer = format!("Bearer {access_token}");
        self.get_with(&format!("{TENANT}{path}"), &[("authorization", &bearer)]).await
    }

    /// The latest decision record.
    pub(crate) async fn decision(&mut self) -> Value {
        self.get(&format!("{TENANT}/lab/decisions?limit=1")).await.json()["decisions"][0].clone()
    }

    /// Tenant log entries of these types, newest first.
    pub(crate) async fn logs(&mut self, types: &str) -> Vec<Value> {
        let answer = self.get(&format!("{TENANT}/lab/logs?type={types}")).await;
        answer.json()["logs"].as_array().expect("a list").clone()
    }
}

/// `/authorize` at the first address for `demo-spa`, with these parameters changed (or left out).
pub(crate) fn authorize(changes: Changes<'_>) -> String {
    authorize_at(TENANT, changes)
}

pub(crate) fn authorize_at(tenant: &str, changes: Changes<'_>) -> String {
    let parameters = changed(
        &[
            ("client_id", "demo-spa"),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid profile email read:notes"),
            ("audience", NOTES),
            ("state", "the-state"),
            ("nonce", "the-nonce"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ],
        changes,
    );
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{tenant}/authorize?{query}")
}

fn changed(defaults: &[(&str, &str)], changes: Changes<'_>) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = defaults
        .iter()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name))
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    all.extend(changes.iter().filter_map(|(name, value)| Some(((*name).to_owned(), (*value)?.to_owned()))));
    all
}

/// The payload of a JWT, not verified.
pub(crate) fn claims(token: &str) -> Value {
    use base64::Engine;
    let payload = token.split('.').nth(1).expect("three parts");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}
