//! A tenant without network, for tests of apps that use this crate.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::protocol::config::{ClientConfig, Transport};
use crate::protocol::discovery::Endpoints;
use crate::protocol::error::{AuthError, Code};
use crate::protocol::http::{Request, Response, encode};
use crate::protocol::json::{Map, Value, object};
use crate::protocol::lifecycle::{Arrival, Callback, Command, Event, Exchange};
use crate::protocol::message::FrameMessage;
use crate::protocol::parameters::Parameters;
use crate::protocol::time::Timestamp;

/// A tenant, the network to it and the browser's frame, all in this process. Cheap to clone: every clone is the same tenant.
///
/// It answers like a tenant that is in order, at once; what it is told to refuse it refuses. The lifecycle around it is the real one, with
/// every check but the signature: what stands in for one here proves nothing. A person who signs in by full page is back at once,
/// as if the page had been loaded anew: no page is left. Tokens live by the real clock.
///
/// ```
/// use silent_auth::mock::MockProvider;
///
/// let tenant = MockProvider::new("auth0|ada").with_claim("name", "Ada");
/// // In a test of a Leptos app, in place of `provide_auth(config)`:
/// // let auth = provide_mock_auth(config, &tenant);
/// tenant.begin_session();
/// assert!(tenant.has_session());
/// tenant.refuse("consent_required");
/// ```
#[derive(Clone, Debug)]
pub struct MockProvider(Rc<RefCell<Tenant>>);

#[derive(Debug)]
struct Tenant {
    subject: String,
    claims: Map,
    session: bool,
    reachable: bool,
    refusal: Option<String>,
    tokens_live: Duration,
    authorizations: u32,
    refreshes: u32,
    made: u32,
    /// The requests whose codes are not exchanged yet, by code.
    codes: BTreeMap<String, Parameters>,
    refresh_token: Option<String>,
    /// What the page wrote down for the page after it.
    kept: Option<String>,
    path: Option<String>,
}

/// What becomes of a command.
#[derive(Debug)]
pub enum Answer {
    /// It was carried out, and this happened.
    Happened(Vec<Event>),
    /// The page was left, and another one opened with this.
    PageOpened(Box<Arrival>),
    /// It is not the tenant's.
    NotMine(Command),
}

impl MockProvider {
    /// A tenant at which this person signs in. Nobody is signed in yet.
    #[must_use]
    pub fn new(subject: &str) -> Self {
        Self(Rc::new(RefCell::new(Tenant {
            subject: subject.to_owned(),
            claims: Map::new(),
            session: false,
            reachable: true,
            refusal: None,
            tokens_live: Duration::from_secs(3600),
            authorizations: 0,
            refreshes: 0,
            made: 0,
            codes: BTreeMap::new(),
            refresh_token: None,
            kept: None,
            path: None,
        })))
    }

    /// Adds a claim to the ID tokens, or replaces one, also one that the tenant itself would have made.
    #[must_use]
    pub fn with_claim(self, name: &str, value: impl Into<Value>) -> Self {
        self.0.borrow_mut().claims.insert(name.to_owned(), value.into());
        self
    }

    /// How long access tokens live from now on. Default: an hour.
    pub fn tokens_live(&self, life: Duration) {
        self.0.borrow_mut().tokens_live = life;
    }

    /// Signs the person in at the tenant: silent requests succeed from now on.
    pub fn begin_session(&self) {
        self.0.borrow_mut().session = true;
    }

    /// Signs the person out at the tenant, which the app learns at its next renewal. Refresh tokens end with it.
    pub fn end_session(&self) {
        let mut tenant = self.0.borrow_mut();
        tenant.session = false;
        tenant.refresh_token = None;
    }

    /// Lets another person be the one who is, or will be, signed in.
    pub fn change_person(&self, subject: &str) {
        subject.clone_into(&mut self.0.borrow_mut().subject);
    }

    /// Refuses every authorization request with this error code (`consent_required`, `server_error`, …), until [`relent`](Self::relent).
    pub fn refuse(&self, error: &str) {
        self.0.borrow_mut().refusal = Some(error.to_owned());
    }

    /// Ends [`refuse`](Self::refuse) and [`disconnect`](Self::disconnect).
    pub fn relent(&self) {
        let mut tenant = self.0.borrow_mut();
        tenant.refusal = None;
        tenant.reachable = true;
    }

    /// Cuts the network: no frame loads and no request is answered, until [`relent`](Self::relent).
    pub fn disconnect(&self) {
        self.0.borrow_mut().reachable = false;
    }

    /// Whether the person is signed in at the tenant.
    #[must_use]
    pub fn has_session(&self) -> bool {
        self.0.borrow().session
    }

    /// How many authorization requests were made.
    #[must_use]
    pub fn authorizations(&self) -> u32 {
        self.0.borrow().authorizations
    }

    /// How many times a refresh token was exchanged.
    #[must_use]
    pub fn refreshes(&self) -> u32 {
        self.0.borrow().refreshes
    }

    /// The path of the app that the page shows after a sign-in; `None` before the first.
    #[must_use]
    pub fn path(&self) -> Option<String> {
        self.0.borrow().path.clone()
    }

    /// Carries a command out, if it is the tenant's, the network's or the page's. [`provide_mock_auth`](crate::leptos::provide_mock_auth)
    /// does that for an app; a test of the [`Lifecycle`](crate::protocol::lifecycle::Lifecycle) alone can do it too.
    #[must_use]
    pub fn answer(&self, config: &ClientConfig, command: Command, now: Timestamp) -> Answer {
        let mut tenant = self.0.borrow_mut();
        let event = match command {
            Command::AskLock(flight) | Command::AwaitLock(flight) => Event::LockGranted(flight),
            Command::AskCompany(flight) => Event::Company(flight, false),
            Command::OpenFrame(flight, url) => match tenant.authorize(&url) {
                Some(answer) => Event::FrameMessage(flight, posted(config, &answer)),
                // The reachability that the lifecycle asks for next says why.
                None => return Answer::Happened(Vec::new()),
            },
            // A popup is answered as a frame is, and by a person who signs in where the tenant may ask.
            #[cfg(feature = "popup")]
            Command::Popup(flight, crate::protocol::lifecycle::PopupCommand::GoTo(url)) => {
                let Some(answer) = tenant.authorize(&url) else { return Answer::Happened(Vec::new()) };
                Event::FrameMessage(flight, posted(config, &answer))
            }
            #[cfg(feature = "popup")]
            Command::Popup(..) => return Answer::Happened(Vec::new()),
            Command::Send(flight, exchange, request) => {
                Event::Answered(flight, exchange, tenant.respond(config, exchange, &request, now))
            }
            Command::CheckSignature(flight, _) => Event::SignatureChecked(flight, Ok(true)),
            Command::Keep(text) => {
                tenant.kept = text;
                return Answer::Happened(Vec::new());
            }
            Command::ReturnTo(path) => {
                tenant.path = Some(path);
                return Answer::Happened(Vec::new());
            }
            Command::Leave { store, url, .. } => return tenant.leave(config, store.map(|(_, text)| text), &url),
            Command::ReleaseLock(_)
            | Command::CloseFrame(_)
            | Command::Abort(_)
            | Command::SendAndForget(_)
            | Command::Announce(_) => return Answer::Happened(Vec::new()),
            other => return Answer::NotMine(other),
        };
        Answer::Happened(vec![event])
    }

    /// What the page before wrote down ([`Command::Keep`]).
    #[must_use]
    pub fn kept(&self) -> Option<String> {
        self.0.borrow().kept.clone()
    }
}

impl Tenant {
    fn name(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("mock-{kind}-{}", self.made)
    }

    /// The answer to an authorization request; `None` if it cannot be reached, or the request cannot be read.
    fn authorize(&mut self, url: &str) -> Option<Vec<(&'static str, String)>> {
        if !self.reachable {
            return None;
        }
        let request = Parameters::from_url(url).ok()?;
        let state = request.get("state")?.to_owned();
        self.authorizations += 1;
        let silent = request.get("prompt") == Some("none");
        // On a page of the tenant the person signs in; in a frame nobody is asked.
        self.session |= !silent && self.refusal.is_none();
        let answer = match &self.refusal {
            Some(error) => ("error", error.clone()),
            None if !self.session => ("error", "login_required".to_owned()),
            None => {
                let code = self.name("code");
                self.codes.insert(code.clone(), request);
                ("code", code)
            }
        };
        Some(vec![answer, ("state", state)])
    }

    fn leave(&mut self, config: &ClientConfig, stored: Option<String>, url: &str) -> Answer {
        let asks = url.split(['?', '&']).any(|pair| pair.starts_with("response_type="));
        if !asks {
            self.session = false;
            return self.opened(None);
        }
        let callback = self.authorize(url).map(|answer| {
            let url = format!("{}?{}", config.redirect_uri(), encode(&answer));
            Callback { url, stored }
        });
        self.opened(callback)
    }

    fn opened(&self, callback: Option<Callback>) -> Answer {
        Answer::PageOpened(Box::new(Arrival { callback, path: "/".to_owned(), kept: self.kept.clone() }))
    }

    fn respond(
        &mut self,
        config: &ClientConfig,
        exchange: Exchange,
        request: &Request,
        now: Timestamp,
    ) -> Result<Response, AuthError> {
        if !self.reachable {
            return Err(AuthError::new(Code::TenantUnreachable).because("an answer", "a network that was cut"));
        }
        let body = match exchange {
            Exchange::Discovery | Exchange::Reachability => metadata(config),
            Exchange::Keys => object([("keys", Value::Array(vec![key()]))]),
            Exchange::Token => match self.exchange(config, request, now) {
                Some(body) => body,
                None => return Ok(response(403, &object([("error", "invalid_grant".into())]), now)),
            },
        };
        Ok(response(200, &body, now))
    }

    fn exchange(&mut self, config: &ClientConfig, request: &Request, now: Timestamp) -> Option<Value> {
        let sent = |name: &str| request.form.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
        let (asked, refreshes) = match sent("code") {
            Some(code) => (Some(self.codes.remove(code)?), false),
            None => {
                sent("refresh_token").filter(|token| self.refresh_token.as_deref() == Some(*token))?;
                self.refreshes += 1;
                (None, true)
            }
        };
        let said = |name: &str| asked.as_ref().and_then(|asked| asked.get(name)).map(str::to_owned);
        let scope = said("scope").unwrap_or_else(|| config.scope_on_the_wire());
        if refreshes || scope.split(' ').any(|name| name == "offline_access") {
            self.refresh_token = Some(self.name("refresh-token"));
        }
        let seconds = now.as_millis().div_euclid(1000);
        let acr = said("acr_values").and_then(|values| values.split(' ').next().map(str::to_owned));
        let mut claims = members([
            ("iss", Some(config.issuer().as_str().into())),
            ("aud", Some(config.client_id().into())),
            ("sub", Some(self.subject.as_str().into())),
            ("iat", Some(seconds.into())),
            ("exp", Some((seconds + 36_000).into())),
            ("auth_time", said("max_age").map(|_| seconds.into())),
            ("nonce", said("nonce").map(Value::from)),
            ("org_id", said("organization").map(Value::from)),
            ("acr", acr.map(Value::from)),
        ]);
        for (name, value) in self.claims.iter() {
            claims.insert(name.clone(), value.clone());
        }
        Some(Value::Object(members([
            ("access_token", Some(self.name("access-token").into())),
            ("id_token", Some(id_token(claims).into())),
            ("refresh_token", self.refresh_token.clone().map(Value::from)),
            ("token_type", Some("Bearer".into())),
            ("expires_in", Some(self.tokens_live.as_secs().max(1).into())),
            ("scope", Some(scope.into())),
        ])))
    }
}

/// The members that there are.
fn members<const N: usize>(members: [(&str, Option<Value>); N]) -> Map {
    let mut object = Map::new();
    for (name, value) in members {
        if let Some(value) = value {
            object.insert(name.to_owned(), value);
        }
    }
    object
}

/// The answer as the frame's page posts it.
fn posted(config: &ClientConfig, answer: &[(&str, String)]) -> FrameMessage {
    let (origin, data) = match Endpoints::known(config).map(|endpoints| endpoints.transport) {
        Some(Transport::WebMessage) => {
            let response = answer.iter().fold(Map::new(), |mut response, (name, value)| {
                response.insert((*name).to_owned(), value.as_str().into());
                response
            });
            let members = [("type", "authorization_response".into()), ("response", Value::Object(response))];
            (config.issuer().origin().to_owned(), object(members))
        }
        _ => {
            let url = format!("{}?{}", config.silent_redirect_uri(), encode(answer));
            (config.app_origin(), object([("type", "silent_callback".into()), ("url", url.into())]))
        }
    };
    FrameMessage { origin, from_frame: true, data: Some(data.to_string()) }
}

fn response(status: u16, body: &Value, now: Timestamp) -> Response {
    let content_type = Some("application/json".to_owned());
    Response {
        status,
        body: body.to_string(),
        content_type,
        date: Some(now),
        #[cfg(feature = "dpop")]
        dpop_nonce: None,
    }
}

/// The discovery document (OpenID Connect Discovery 1.0, section 3). It offers no web message, so the callback page answers.
fn metadata(config: &ClientConfig) -> Value {
    let at = |path| Value::from(config.issuer().at(path));
    object([
        ("issuer", config.issuer().as_str().into()),
        ("authorization_endpoint", at("/authorize")),
        ("token_endpoint", at("/oauth/token")),
        ("jwks_uri", at("/.well-known/jwks.json")),
        ("code_challenge_methods_supported", Value::Array(vec!["S256".into()])),
    ])
}

/// A key in form only: nothing is ever signed by it.
fn key() -> Value {
    object([
        ("kty", "EC".into()),
        ("crv", "P-256".into()),
        ("kid", "mock".into()),
        ("x", "bW9jaw".into()),
        ("y", "bW9jaw".into()),
    ])
}

/// An ID token in form only: its signature says `mock`.
fn id_token(claims: Map) -> String {
    let header = object([("alg", "ES256".into()), ("kid", "mock".into()), ("typ", "JWT".into())]);
    let part = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    let signature = Base64UrlUnpadded::encode_string(b"mock");
    format!("{}.{}.{signature}", part(&header), part(&Value::Object(claims)))
}
