//! Navigations, frames and requests to the tenant's router, with what a browser adds to them and enforces of the answers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request as HttpRequest, Response as HttpResponse, StatusCode, header};
use serde_json::Value;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::http::{MAX_BODY, Method, Request, Response};
use silent_auth::protocol::message::FrameMessage;
use silent_auth::protocol::pkce::Entropy;
use silent_auth::protocol::time::{Timestamp, parse_http_date};
use tenant::{ManualClock, Tenant, router};
use tower::ServiceExt;
use url::Url;

use crate::jar::{Jar, Scene};

/// Where every test's clock starts: 2026-01-01T00:00:00Z.
const START_MS: i64 = 1_767_225_600_000;

/// How long an answer may take before the lab is asked whether it comes at all.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What came back from the tenant.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

/// Where a navigation ended.
#[derive(Debug)]
pub enum Loaded {
    /// On a page of the tenant.
    Page(Answer),
    /// At an address that is not the tenant's.
    Elsewhere(String),
}

/// What a hidden frame came to.
#[derive(Debug, Default)]
pub struct Framed {
    /// Whether the frame fired `load`, which it does for a page of any kind and for an error, but not for status 204.
    pub loaded: bool,
    /// The message that it posted.
    pub message: Option<FrameMessage>,
}

/// Why there is no whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lost {
    /// None comes: the tenant's lab keeps it back.
    Hanging,
    /// The connection ended in its middle.
    Broken,
}

/// A browser with one tenant, and the clock that both live by.
pub struct Browser {
    clock: Arc<ManualClock>,
    router: Router,
    jar: Jar,
    drawn: u64,
    /// Whether the tenant's cookies go along with frames of other sites. Default true.
    pub third_party_cookies: bool,
    /// The proof that goes with the next request (DPoP).
    pub(crate) proof: Option<String>,
    /// Whether the cookies that it sets for one site alone do (CHIPS). Default true.
    pub partitioned_cookies: bool,
    /// By how much the device's clock is ahead of the tenant's, in milliseconds. Default 0.
    pub device_ahead: i64,
}

impl Browser {
    /// A fresh browser, and a fresh tenant with the built-in file.
    pub async fn new() -> Self {
        let clock = Arc::new(ManualClock::at_ms(START_MS));
        let tenant = Tenant::for_tests(clock.clone()).await;
        Self {
            clock,
            router: router(tenant),
            jar: Jar::default(),
            drawn: 0,
            third_party_cookies: true,
            proof: None,
            partitioned_cookies: true,
            device_ahead: 0,
        }
    }

    /// What the device's clock says.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.tenant_now().shifted(self.device_ahead)
    }

    /// The time by the tenant's clock.
    #[must_use]
    pub fn tenant_now(&self) -> Timestamp {
        Timestamp::from_millis(tenant::Clock::now(&*self.clock).as_millisecond())
    }

    /// Lets time pass.
    pub fn wait(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// Bytes that differ from draw to draw. Nobody attacks these tests, so they need not be random.
    pub(crate) fn entropy(&mut self) -> Entropy {
        self.drawn += 1;
        let mut state = self.drawn;
        std::array::from_fn(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        })
    }

    /// Loads an address in the tab itself, and follows where it leads.
    pub async fn navigate(&mut self, url: &str) -> Loaded {
        let request = HttpRequest::get(url);
        self.follow(url, request, Body::empty()).await
    }

    /// Fills in the login page's form and sends it.
    ///
    /// # Panics
    ///
    /// If the page has no such form.
    pub async fn log_in(&mut self, issuer: &str, page: &Answer, username: &str, password: &str) -> Loaded {
        let form = [
            ("state", hidden_field(&page.body, "state")),
            ("csrf", hidden_field(&page.body, "csrf")),
            ("username", username.to_owned()),
            ("password", password.to_owned()),
        ];
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
        let url = format!("{issuer}u/login");
        let request = HttpRequest::post(&url).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.follow(&url, request, Body::from(body)).await
    }

    async fn follow(&mut self, url: &str, request: axum::http::request::Builder, body: Body) -> Loaded {
        let mut answer = self
            .send(url, request.header("sec-fetch-mode", "navigate").header("sec-fetch-dest", "document"), body, None)
            .await
            .expect("a whole answer");
        let mut here = parsed(url);
        for _ in 0..5 {
            let Some(location) = answer.headers.get(header::LOCATION) else { return Loaded::Page(answer) };
            let next = here.join(location.to_str().expect("an address in ASCII")).expect("an address");
            if next.origin() != here.origin() {
                return Loaded::Elsewhere(next.into());
            }
            here = next;
            let request = HttpRequest::get(here.as_str())
                .header("sec-fetch-mode", "navigate")
                .header("sec-fetch-dest", "document");
            answer = self.send(here.as_str(), request, Body::empty(), None).await.expect("a whole answer");
        }
        panic!("{url} redirects without end");
    }

    /// Loads an address in a frame of `app_origin`.
    pub async fn frame(&mut self, url: &str, app_origin: &str) -> Framed {
        let tenant = parsed(url);
        let cross_site = site(&tenant) != site(&parsed(app_origin));
        let mut request = HttpRequest::get(url)
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "iframe")
            .header("sec-fetch-site", if cross_site { "cross-site" } else { "same-site" });
        let withheld = cross_site && !self.third_party_cookies;
        if cross_site {
            request = request.header("sec-fetch-storage-access", if withheld { "none" } else { "active" });
        }
        let answer = self.send(url, request, Body::empty(), Some(app_origin)).await;
        match answer {
            Ok(answer) if answer.status == StatusCode::NO_CONTENT => Framed::default(),
            Ok(answer) => Framed { loaded: true, message: Self::message(&answer, &tenant, app_origin) },
            Err(Lost::Broken) => Framed { loaded: true, message: None },
            Err(Lost::Hanging) => Framed::default(),
        }
    }

    /// The message of the app's callback page at this address.
    pub(crate) fn callback_message(location: &str, app_origin: &str) -> FrameMessage {
        let data = serde_json::json!({ "type": "silent_callback", "url": location });
        FrameMessage { origin: app_origin.to_owned(), from_frame: true, data: Some(data.to_string()) }
    }

    /// The message that a page posts to `app_origin`, if it may be framed there and posts one.
    fn message(answer: &Answer, tenant: &Url, app_origin: &str) -> Option<FrameMessage> {
        if let Some(location) = answer.headers.get(header::LOCATION) {
            // The app's callback page, in the same frame: it posts its own address.
            return Some(Self::callback_message(location.to_str().expect("ASCII"), app_origin));
        }
        if answer.headers.contains_key(header::X_FRAME_OPTIONS) {
            return None;
        }
        let policy = answer.headers.get(header::CONTENT_SECURITY_POLICY)?.to_str().ok()?;
        let ancestors = policy.split(';').find_map(|directive| directive.trim().strip_prefix("frame-ancestors "))?;
        if ancestors != "*" && !ancestors.split(' ').any(|ancestor| ancestor == app_origin) {
            return None;
        }
        Self::posted(answer, tenant, app_origin)
    }

    /// The message that a page's script posts to `app_origin`, if it has one.
    pub(crate) fn posted(answer: &Answer, tenant: &Url, app_origin: &str) -> Option<FrameMessage> {
        let posted: Value = serde_json::from_str(script_data(&answer.body)?).expect("the page's data is JSON");
        // A message to another origin than the page's is dropped by the browser.
        (posted["origin"] == app_origin).then(|| FrameMessage {
            origin: tenant.origin().ascii_serialization(),
            from_frame: true,
            data: Some(posted["message"].to_string()),
        })
    }

    /// Sends a request of a page of `app_origin`, without redirects and, unless it says otherwise, cookies, under CORS. `None`: no answer comes.
    ///
    /// # Errors
    ///
    /// `tenant_unreachable`, if the page may not read the answer, or there is none that is whole.
    pub async fn try_fetch(&mut self, request: &Request, app_origin: &str) -> Option<Result<Response, AuthError>> {
        let builder = match request.method {
            Method::Get => HttpRequest::get(&request.url),
            Method::Post => {
                HttpRequest::post(&request.url).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            }
        };
        let builder = match &request.bearer {
            Some(token) => builder.header(header::AUTHORIZATION, format!("Bearer {}", token.expose())),
            None => builder,
        };
        let builder = match self.proof.take() {
            Some(proof) => builder.header("dpop", proof),
            None => builder,
        };
        let builder = builder
            .header(header::ORIGIN, app_origin)
            .header("sec-fetch-mode", "cors")
            .header("sec-fetch-dest", "empty");
        let jar = (!request.credentials).then(|| std::mem::take(&mut self.jar));
        let cross_site = site(&parsed(&request.url)) != site(&parsed(app_origin));
        let builder = builder.header("sec-fetch-site", if cross_site { "cross-site" } else { "same-site" });
        let answer = self.send(&request.url, builder, Body::from(request.body()), Some(app_origin)).await;
        self.jar = jar.unwrap_or_else(|| std::mem::take(&mut self.jar));
        match answer {
            Ok(answer) if answer.status.is_redirection() => Some(Err(AuthError::new(Code::TenantUnreachable))),
            Ok(answer) => Some(Self::readable(answer, app_origin, request.credentials)),
            Err(Lost::Broken) => Some(Err(AuthError::new(Code::TenantUnreachable))),
            Err(Lost::Hanging) => None,
        }
    }

    /// The same where an answer is certain to come.
    ///
    /// # Errors
    ///
    /// As [`Browser::try_fetch`].
    ///
    /// # Panics
    ///
    /// If none comes.
    pub async fn fetch(&mut self, request: &Request, app_origin: &str) -> Result<Response, AuthError> {
        self.try_fetch(request, app_origin).await.expect("an answer")
    }

    /// What a page of `app_origin` may read of an answer, and reads.
    fn readable(answer: Answer, app_origin: &str, credentials: bool) -> Result<Response, AuthError> {
        let text = |name| answer.headers.get(name).and_then(|value| value.to_str().ok());
        if text(header::ACCESS_CONTROL_ALLOW_ORIGIN) != Some(app_origin) {
            return Err(AuthError::new(Code::TenantUnreachable).because("an answer for this origin", "none"));
        }
        if credentials && text(header::ACCESS_CONTROL_ALLOW_CREDENTIALS) != Some("true") {
            return Err(AuthError::new(Code::TenantUnreachable).because("an answer to cookies", "one without"));
        }
        let exposed = text(header::ACCESS_CONTROL_EXPOSE_HEADERS).unwrap_or_default();
        let shows = |header: &str| exposed.split(',').any(|name| name.trim().eq_ignore_ascii_case(header));
        let nonce = answer.headers.get("dpop-nonce").filter(|_| shows("dpop-nonce"));
        let dpop_nonce = nonce.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let shows_date = shows("date");
        let content_type = text(header::CONTENT_TYPE).map(str::to_owned);
        let too_long = answer.body.len() > MAX_BODY;
        Ok(Response {
            status: answer.status.as_u16(),
            content_type: if too_long { Some("a body that is too long".to_owned()) } else { content_type },
            dpop_nonce,
            date: text(header::DATE).filter(|_| shows_date).and_then(parse_http_date),
            body: if too_long { String::new() } else { answer.body },
        })
    }

    /// Changes the tenant's lab as the app's page does.
    ///
    /// # Panics
    ///
    /// If the lab refuses.
    pub async fn change_lab(&mut self, issuer: &str, path: &str, change: &Value) -> Value {
        let url = format!("{issuer}lab/{path}");
        let request = HttpRequest::post(&url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ORIGIN, "http://localhost:3000");
        let answer = self.send(&url, request, Body::from(change.to_string()), None).await.expect("a whole answer");
        assert!(answer.status.is_success(), "{change}: {}", answer.body);
        serde_json::from_str(&answer.body).expect("JSON")
    }

    /// What the tenant's lab tells at `path`.
    ///
    /// # Panics
    ///
    /// If it tells nothing.
    pub async fn lab(&mut self, issuer: &str, path: &str) -> Value {
        let url = format!("{issuer}lab/{path}");
        let answer = self.send(&url, HttpRequest::get(&url), Body::empty(), None).await.expect("a whole answer");
        serde_json::from_str(&answer.body).expect("JSON")
    }

    /// The tenant's latest decision at `endpoint`, by its own account.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub async fn latest_decision(&mut self, issuer: &str, endpoint: &str) -> Value {
        let mut document = self.lab(issuer, &format!("decisions?limit=1&endpoint={endpoint}")).await;
        assert_eq!(document["decisions"].as_array().map(Vec::len), Some(1), "{document}");
        document["decisions"][0].take()
    }

    /// Sends a request that the tab itself makes, or a page of this origin in it.
    async fn send(
        &mut self,
        url: &str,
        request: axum::http::request::Builder,
        body: Body,
        page: Option<&str>,
    ) -> Result<Answer, Lost> {
        let url = parsed(url);
        let host = url.host_str().expect("a host").to_owned();
        let authority = url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        let mut request = request.uri(&url[url::Position::BeforePath..url::Position::AfterQuery]);
        request = request.header(header::HOST, authority);
        let own = site(&url);
        let top = page.map_or_else(|| own.clone(), |page| site(&parsed(page)));
        let scene = Scene {
            cross_site: top != own,
            top,
            third_party: self.third_party_cookies,
            partitioned: self.partitioned_cookies,
        };
        if let Some(cookies) = self.jar.header(&host, &scene) {
            request = request.header(header::COOKIE, cookies);
        }
        let request = request.body(body).expect("a request");
        let response = self.answer_to(request).await?;
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            self.jar.take(&host, cookie.to_str().expect("a cookie in ASCII"), &scene);
        }
        let body = to_bytes(body, 20 * MAX_BODY).await.map_err(|_| Lost::Broken)?;
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).expect("a body in UTF-8"),
        })
    }

    /// The router's answer; none, once the lab says that it is keeping it back.
    async fn answer_to(&self, request: HttpRequest<Body>) -> Result<HttpResponse<Body>, Lost> {
        let mut answer = std::pin::pin!(self.router.clone().oneshot(request));
        loop {
            if let Ok(response) = tokio::time::timeout(LOOK_EVERY, &mut answer).await {
                return Ok(response.expect("the router always answers"));
            }
            let look = HttpRequest::get("/lab/faults").header(header::HOST, "localhost:4000").body(Body::empty());
            let told = self.router.clone().oneshot(look.expect("a request")).await.expect("the router always answers");
            let told = to_bytes(told.into_body(), MAX_BODY).await.expect("a body");
            let told: Value = serde_json::from_slice(&told).expect("JSON");
            if told["fired"][0]["name"].as_str().is_some_and(|name| name.ends_with("_hang")) {
                return Err(Lost::Hanging);
            }
        }
    }
}

fn parsed(url: &str) -> Url {
    Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
}

/// The site of a loopback address: the last two labels of its host, as measured in browsers.
fn site(url: &Url) -> String {
    let labels: Vec<&str> = url.host_str().unwrap_or_default().rsplit('.').take(2).collect();
    labels.join(".")
}

fn hidden_field(page: &str, name: &str) -> String {
    let field = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&field).unwrap_or_else(|| panic!("no field {name} in {page}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// The data that the page's script posts.
fn script_data(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("type=\"application/json\">")?;
    rest.split("</script>").next()
}
