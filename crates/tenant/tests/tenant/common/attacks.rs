//! Generic attacks on one endpoint: each is its good request with one thing wrong.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::common::{Answer, Harness};

/// Far more than any answer takes; the tenant itself gives up after 15 s.
const LONGEST: Duration = Duration::from_secs(10);

/// What is sent where a secret is expected. It must never come back.
pub(crate) const SECRET: &str = "s3cr3t-7f1c";

/// Parameters whose values are secrets.
const SECRETS: &[&str] = &[
    "client_secret",
    "password",
    "code",
    "code_verifier",
    "refresh_token",
    "subject_token",
    "id_token",
    "access_token",
    "csrf",
    "WebIdentityToken",
];

/// Markup that would run in a page that shows it as it is.
const MARKUP: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>";

/// Values that nobody should send, for any parameter.
fn odd_values() -> Vec<String> {
    vec![
        String::new(),
        " ".into(),
        "\u{0}".into(),
        "a\r\nSet-Cookie: x=y".into(),
        "\u{1b}[2J\u{7f}\u{85}".into(),
        "é 漢字 🦀 \u{202e}\u{feff}\u{2028}".into(),
        MARKUP.into(),
        "' OR 1=1; DROP TABLE clients; --".into(),
        "../../../../etc/passwd".into(),
        "${jndi:ldap://x}{{7*7}}%00%0d%0a".into(),
        "-1".into(),
        "99999999999999999999999999".into(),
        "x".repeat(20_000),
        "%".repeat(50),
    ]
}

/// Where an endpoint takes its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    Nothing,
    Query,
    Form,
    /// A form, or the same as a JSON object of texts.
    FormOrJson,
    /// A JSON object of values of any type.
    Json,
}

/// The shape that errors are documented in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Errors {
    /// `error` and `error_description` (RFC 6749 5.2); of an authorization request also a redirect or a page.
    OAuth,
    /// A page for people.
    Page,
    /// `statusCode`, `error`, `message`.
    Management,
    /// A script that calls the page's function.
    Script,
    /// The error document of AWS STS.
    Xml,
}

/// An endpoint and a request that succeeds there.
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) takes: Takes,
    pub(crate) errors: Errors,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The parameters of the good request; of a JSON body the members.
    pub(crate) good: Vec<(&'static str, Value)>,
    /// Names of those that must be there.
    pub(crate) required: &'static [&'static str],
}

/// A request that is one step off.
pub(crate) struct Attack {
    pub(crate) name: String,
    pub(crate) request: Request<Body>,
    /// Whether it must be refused. Others may pass, if what they send means something.
    pub(crate) must_fail: bool,
}

impl Endpoint {
    /// The request that succeeds.
    pub(crate) fn good_request(&self) -> Request<Body> {
        self.with(&pairs(&self.good))
    }

    /// Every attack on it.
    pub(crate) fn attacks(&self) -> Vec<Attack> {
        let mut attacks = Vec::new();
        for (name, good) in &self.good {
            self.attack_parameter(name, good, &mut attacks);
        }
        self.attack_body(&mut attacks);
        self.attack_headers(&mut attacks);
        self.attack_method(&mut attacks);
        attacks
    }

    fn attack_parameter(&self, name: &'static str, good: &Value, attacks: &mut Vec<Attack>) {
        let mut add = |what: &str, members: &[(String, Value)], must_fail: bool| {
            attacks.push(Attack { name: format!("{name} {what}"), request: self.with(members), must_fail });
        };
        let others: Vec<_> = pairs(&self.good).into_iter().filter(|(other, _)| other != name).collect();
        let with = |value: Value| [others.clone(), vec![(name.to_owned(), value)]].concat();
        add("missing", &others, self.required.contains(&name));
        for value in odd_values() {
            let what: String = format!("is {value:?}").chars().take(40).collect();
            add(&what, &with(json!(value)), false);
        }
        if SECRETS.contains(&name) {
            add("is another secret", &with(json!(SECRET)), true);
        }
        if self.takes == Takes::Json || self.takes == Takes::FormOrJson {
            for value in
                [json!(null), json!(1.5), json!(-1), json!(true), json!([good]), json!({ "a": good }), json!([[[]]])]
            {
                let body = Value::Object(with(value.clone()).into_iter().collect()).to_string();
                let request = self.send("application/json", body);
                attacks.push(Attack { name: format!("{name} is {value} in JSON"), request, must_fail: false });
            }
            let doubled = self.doubled_json(name, good);
            let must_fail = self.takes == Takes::FormOrJson;
            attacks.push(Attack { name: format!("{name} doubled in JSON"), request: doubled, must_fail });
        }
        if self.takes != Takes::Json {
            let mut doubled = pairs(&self.good);
            doubled.push((name.to_owned(), good.clone()));
            let request = self.with(&doubled);
            attacks.push(Attack { name: format!("{name} doubled"), request, must_fail: self.errors != Errors::Page });
            for bytes in [b"%ff%fe".as_slice(), b"%c3%28%", b"%00%u0041", b"\xff\xfe\x80"] {
                let mut raw = form(&others).into_bytes();
                raw.extend_from_slice(format!("&{name}=").as_bytes());
                raw.extend_from_slice(bytes);
                attacks.push(Attack { name: format!("{name} is {bytes:?}"), request: self.raw(raw), must_fail: false });
            }
        }
    }

    fn attack_body(&self, attacks: &mut Vec<Attack>) {
        if matches!(self.takes, Takes::Nothing | Takes::Query) {
            return;
        }
        let good = pairs(&self.good);
        let json = Value::Object(good.iter().cloned().collect()).to_string();
        let own = if self.takes == Takes::Json { "application/json" } else { FORM };
        let mut add = |name: &str, request| attacks.push(Attack { name: name.to_owned(), request, must_fail: true });
        add("no body", self.send(own, String::new()));
        let mut padded = good.clone();
        padded.push(("padding".to_owned(), json!("x".repeat(70 * 1024))));
        add("oversized body", self.with(&padded));
        for kind in ["text/plain", "multipart/form-data; boundary=x", "application/xml", "application/jsonp", "é", ""]
        {
            add(&format!("body as {kind:?}"), self.send(kind, if own == FORM { form(&good) } else { json.clone() }));
        }
        if self.takes == Takes::Json {
            add("form in place of JSON", self.send(FORM, form(&good)));
        }
        if self.takes == Takes::Form {
            add("JSON in place of a form", self.send("application/json", json.clone()));
        } else {
            let deep = format!("{}{}", "{\"a\":".repeat(5000), "1");
            let cut = &json[..json.len() - 1];
            for body in ["{", "[]", "null", "5", "\"text\"", "\u{0}", "{\"\\ud800\":1}", "{} {}", "NaN", &deep, cut] {
                add(&format!("JSON {body:.20}"), self.send("application/json", body.to_owned()));
            }
            let mut bytes = json.into_bytes();
            bytes.insert(bytes.len() - 2, 0xff);
            add("JSON with bytes that are no UTF-8", self.build("application/json", bytes));
        }
    }

    fn attack_headers(&self, attacks: &mut Vec<Attack>) {
        let long = "x".repeat(20_000);
        for (name, value) in [
            ("authorization", "Bearer"),
            ("authorization", "Bearer s3cr3t-7f1c"),
            ("authorization", "Basic s3cr3t-7f1c"),
            ("authorization", "Basic Og=="),
            ("authorization", long.as_str()),
            ("origin", "null"),
            ("origin", "http://evil.example"),
            ("origin", "not an origin"),
            ("cookie", "__Host-tenant-session=s3cr3t-7f1c; ;;=;__Host-tenant-session=x"),
            ("cookie", long.as_str()),
            ("accept", "\"'><script>"),
            ("user-agent", "<script>alert(1)</script>"),
            ("x-forwarded-for", "s3cr3t-7f1c"),
            ("content-length", "5"),
            ("expect", "100-continue"),
            ("range", "bytes=0-1"),
        ] {
            let mut request = self.good_request();
            request.headers_mut().insert(name, value.parse().expect("a header"));
            let what: String = format!("header {name}: {value}").chars().take(50).collect();
            attacks.push(Attack { name: what, request, must_fail: false });
        }
        for host in ["", "evil.example", "localhost:4000@evil.example", "localhost:99999", "[::1", "é"] {
            let mut request = self.good_request();
            let host = axum::http::HeaderValue::from_bytes(host.as_bytes()).expect("a header");
            request.headers_mut().insert("host", host);
            attacks.push(Attack {
                name: format!("host {request:?}").chars().take(30).collect(),
                request,
                must_fail: true,
            });
        }
    }

    fn attack_method(&self, attacks: &mut Vec<Attack>) {
        for method in ["TRACE", "CONNECT", "PROPFIND", "get", "X"] {
            let mut request = self.good_request();
            *request.method_mut() = Method::from_bytes(method.as_bytes()).expect("a method");
            attacks.push(Attack { name: format!("method {method}"), request, must_fail: true });
        }
        for ending in ["/", "//", "/..%2f", "%00", "%ff", ";x=y", "/é", "\u{202e}"] {
            let mut request = self.good_request();
            let path = format!("{}{ending}", self.path);
            let encoded: String = url::form_urlencoded::byte_serialize(ending.as_bytes()).collect();
            let uri = path.parse().unwrap_or_else(|_| format!("{}{encoded}", self.path).parse().expect("an address"));
            *request.uri_mut() = uri;
            attacks.push(Attack { name: format!("path ends in {ending:?}"), request, must_fail: true });
        }
    }

    /// The request with these parameters, wherever this endpoint takes them.
    fn with(&self, members: &[(String, Value)]) -> Request<Body> {
        match self.takes {
            Takes::Json => self.send("application/json", Value::Object(members.iter().cloned().collect()).to_string()),
            _ => self.raw(form(members).into_bytes()),
        }
    }

    fn raw(&self, encoded: Vec<u8>) -> Request<Body> {
        match self.takes {
            Takes::Nothing => self.build("", Vec::new()),
            Takes::Query => {
                // Bytes that no address can hold travel percent-encoded.
                let query: String =
                    encoded
                        .iter()
                        .map(|byte| {
                            if byte.is_ascii_graphic() { char::from(*byte).to_string() } else { format!("%{byte:02x}") }
                        })
                        .collect();
                let mut request = self.build("", Vec::new());
                *request.uri_mut() = format!("{}?{query}", self.path).parse().expect("an address");
                request
            }
            _ => self.build(FORM, encoded),
        }
    }

    fn doubled_json(&self, name: &str, good: &Value) -> Request<Body> {
        let whole = Value::Object(pairs(&self.good).into_iter().collect()).to_string();
        self.send("application/json", format!("{},{}:{good}}}", &whole[..whole.len() - 1], json!(name)))
    }

    fn send(&self, kind: &str, body: String) -> Request<Body> {
        self.build(kind, body.into_bytes())
    }

    fn build(&self, kind: &str, body: Vec<u8>) -> Request<Body> {
        let mut request =
            Request::builder().method(self.method.clone()).uri(&self.path).header("host", "localhost:4000");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if !kind.is_empty() {
            request = request.header("content-type", kind.as_bytes());
        }
        request.body(Body::from(body)).expect("a request")
    }

    /// What holds for every answer, whatever was sent.
    pub(crate) fn judge(&self, attack: &str, must_fail: bool, answer: &Answer) {
        let at = format!("{} {}, {attack}: {} {:.300}", self.method, self.path, answer.status, answer.body);
        assert!(!answer.status.is_server_error(), "{at}");
        assert!(!answer.body.contains(SECRET), "a secret comes back: {at}");
        // The stamp of a form comes back in the form, to whoever was shown it.
        let secrets = self.good.iter().filter(|(name, _)| *name != "csrf" && SECRETS.contains(name));
        let mut secrets = secrets.filter_map(|(_, value)| value.as_str());
        assert!(!secrets.any(|secret| answer.body.contains(secret)), "a secret comes back: {at}");
        let kind = answer.header("content-type").split(';').next().unwrap_or_default().to_owned();
        if !matches!(kind.as_str(), "application/json" | "") {
            assert!(!answer.body.contains("<script>alert") && !answer.body.contains("<img src=x"), "markup: {at}");
        }
        let mut cookies = answer.headers.get_all("set-cookie").iter();
        assert!(cookies.all(|cookie| cookie.as_bytes().starts_with(b"__Host-tenant-")), "{at}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{at}");
        let failed = answer.status.is_client_error();
        if must_fail {
            // The app learns it by a redirect or a message, the page that loads a script by its argument.
            let leads = |to: &str| answer.status.is_redirection() && answer.header("location").contains(to);
            let by_redirect = leads("error=") || leads("/dashboard/login");
            let by_message = matches!(kind.as_str(), "text/html" | "application/javascript");
            let told = by_redirect || (by_message && answer.body.contains("\"error\":"));
            assert!(failed || told, "it must be refused: {at}");
        }
        if failed && self.method != Method::HEAD {
            self.judge_error(&kind, answer, &at);
        }
    }

    fn judge_error(&self, kind: &str, answer: &Answer, at: &str) {
        let texts = |names: &[&str]| {
            let body: Value = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("no JSON: {at}"));
            for name in names {
                assert!(body[name].as_str().is_some_and(|text| !text.is_empty()), "{name} is missing: {at}");
            }
            body
        };
        match (self.errors, kind) {
            // A page with a form shows it again with what was wrong; an error of a protocol has none.
            (Errors::Page, "text/html") => {}
            (Errors::OAuth, "text/html") => assert!(!answer.body.contains("<form"), "{at}"),
            (Errors::Xml, "text/xml") => assert!(answer.body.contains("<Code>"), "{at}"),
            (Errors::Management, "application/json") if answer.body.contains("statusCode") => {
                let body = texts(&["error", "message"]);
                assert_eq!(body["statusCode"].as_u64(), Some(answer.status.as_u16().into()), "{at}");
            }
            (Errors::OAuth, "text/plain") if self.path == "/userinfo" => {
                assert_eq!(answer.body, "Unauthorized", "{at}");
            }
            // What concerns no endpoint alone — an unknown host, a missing path — is told in the tenant's own shape.
            (_, "application/json") => drop(texts(&["error", "error_description"])),
            _ => panic!("an undocumented shape of error ({kind}): {at}"),
        }
    }
}

impl Harness {
    /// Sends an attack; the answer must come in time.
    pub(crate) async fn attack(&self, request: Request<Body>) -> Answer {
        tokio::time::timeout(LONGEST, self.send(request)).await.expect("an answer in time")
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

fn pairs(good: &[(&'static str, Value)]) -> Vec<(String, Value)> {
    good.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn form(members: &[(String, Value)]) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let pairs = members.iter().map(|(name, value)| (name.as_str(), text(value)));
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
