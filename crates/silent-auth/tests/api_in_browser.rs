//! Requests to an API in a real browser whose `fetch` answers from here: who sees the token, and what a 401 leads to.
#![cfg(all(target_arch = "wasm32", feature = "browser"))]

use std::cell::RefCell;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::{join_all, select};
use futures_util::pin_mut;
use js_sys::{Function, Promise, Reflect};
use silent_auth::browser::{Driver, now};
use silent_auth::protocol::config::{ClientConfig, RefreshTokens};
use silent_auth::protocol::error::Code;
use silent_auth::protocol::lifecycle::Lifecycle;
use silent_auth::protocol::resource::ApiRequest;
use silent_auth::protocol::session::Phase;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{AbortSignal, BroadcastChannel};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = r#"
    export function answer_with(answer) {
        const real = window.fetch;
        window.fetch = (url, init) => {
            const sent = { url: String(url), authorization: init?.headers?.get("authorization") ?? "", signal: init?.signal };
            const said = answer(sent);
            return said ? Promise.resolve(new Response(said[1], { status: said[0], headers: { "content-type": "application/json" } }))
                        : new Promise(() => {});
        };
        return () => { window.fetch = real; };
    }
    export function soon() { return new Promise(done => setTimeout(done, 0)); }
"#)]
extern "C" {
    fn answer_with(answer: &Closure<dyn FnMut(JsValue) -> JsValue>) -> Function;
    fn soon() -> Promise;
}

const API: &str = "https://api.example/notes";

/// What was sent: the address, the token, and whether it was stopped.
struct Sent {
    url: String,
    authorization: String,
    signal: Option<AbortSignal>,
}

/// A browser whose requests are answered here until this is dropped.
struct Network {
    sent: Rc<RefCell<Vec<Sent>>>,
    restore: Function,
    _answer: Closure<dyn FnMut(JsValue) -> JsValue>,
}

impl Network {
    /// Answers with status and body; `None` never.
    fn new(mut answer: impl FnMut(&Sent) -> Option<(u16, String)> + 'static) -> Self {
        let sent: Rc<RefCell<Vec<Sent>>> = Rc::default();
        let seen = Rc::clone(&sent);
        let answer = Closure::new(move |request: JsValue| {
            let text = |name: &str| Reflect::get(&request, &name.into()).ok().and_then(|value| value.as_string());
            let signal = Reflect::get(&request, &"signal".into()).ok().and_then(|signal| signal.dyn_into().ok());
            let request = Sent {
                url: text("url").unwrap_or_default(),
                authorization: text("authorization").unwrap_or_default(),
                signal,
            };
            let said = answer(&request);
            seen.borrow_mut().push(request);
            match said {
                Some((status, body)) => js_sys::Array::of2(&status.into(), &body.into()).into(),
                None => JsValue::NULL,
            }
        });
        Self { sent, restore: answer_with(&answer), _answer: answer }
    }

    fn tokens_at(&self, url: &str) -> Vec<String> {
        self.sent.borrow().iter().filter(|sent| sent.url == url).map(|sent| sent.authorization.clone()).collect()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.restore.call0(&JsValue::NULL).expect("the browser's own again");
    }
}

/// A driver with a session, as another tab shares it: the access token `first` and a refresh token.
async fn signed_in(client_id: &str) -> Driver {
    let config = ClientConfig::new("http://localhost:49151/", client_id, "http://localhost:3000/callback")
        .expect("valid")
        .with_refresh_tokens(RefreshTokens::InMemory)
        .with_api_origins(vec!["https://api.example".into()]);
    let channel = BroadcastChannel::new(&config.namespace()).expect("a channel");
    let driver = Driver::start(config, |_| ());
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let id_token = format!("{}.{}.c2ln", part(r#"{"alg":"RS256"}"#), part(r#"{"sub":"ada"}"#));
    let (from, until) = (now().as_millis(), now().as_millis() + 600_000);
    let said = format!(
        r#"{{"word":"tokens","access_token":"first","id_token":"{id_token}","scope":"openid","received_at":{from},"expires_at":{until},"refresh_token":"r-1"}}"#
    );
    channel.post_message(&said.into()).expect("said");
    while driver.with(Lifecycle::phase) != Phase::SignedIn {
        JsFuture::from(soon()).await.expect("a moment");
    }
    driver
}

/// The tenant's token endpoint, which gives `second`, then `third`.
fn refreshed(count: &mut u32) -> Option<(u16, String)> {
    *count += 1;
    let token = ["second", "third"].get(*count as usize - 1).copied().unwrap_or("more");
    Some((
        200,
        format!(
            r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":600,"refresh_token":"r-{}"}}"#,
            *count + 1
        ),
    ))
}

#[wasm_bindgen_test]
async fn the_token_goes_to_the_named_origin_and_to_no_other() {
    let network = Network::new(|_| Some((200, "[]".into())));
    let driver = signed_in("named").await;
    let answer = driver.fetch(&ApiRequest::get(API)).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(network.tokens_at(API), ["Bearer first"]);
    let before = network.sent.borrow().len();
    for other in [
        "https://evil.example/notes",
        "/notes",
        "https://api.example@evil.example/",
        "//evil.example/",
        "http://api.example/",
        "data:,x",
    ] {
        let error = driver.fetch(&ApiRequest::get(other)).await.expect_err(other);
        assert_eq!(error.code, Code::OriginNotNamed, "{other}");
    }
    assert_eq!(network.sent.borrow().len(), before, "nothing was sent");
}

#[wasm_bindgen_test]
async fn five_calls_with_an_old_token_make_one_renewal_and_are_repeated_once() {
    let mut refreshes = 0;
    let network = Network::new(move |sent| match sent.url.as_str() {
        API if sent.authorization == "Bearer second" => Some((200, "[]".into())),
        API => Some((401, "{}".into())),
        url if url.ends_with("/oauth/token") => refreshed(&mut refreshes),
        _ => Some((404, "{}".into())),
    });
    let driver = signed_in("five").await;
    let request = ApiRequest::get(API);
    for answer in join_all((0..5).map(|_| driver.fetch(&request))).await {
        assert_eq!(answer.expect("an answer").status(), 200);
    }
    assert_eq!(network.tokens_at("http://localhost:49151/oauth/token").len(), 1);
    let tokens = network.tokens_at(API);
    assert_eq!((tokens.len(), tokens.iter().filter(|token| *token == "Bearer second").count()), (10, 5));
}

#[wasm_bindgen_test]
async fn a_second_401_is_the_answer() {
    let mut refreshes = 0;
    let network = Network::new(move |sent| match sent.url.as_str() {
        API => Some((401, "{}".into())),
        url if url.ends_with("/oauth/token") => refreshed(&mut refreshes),
        _ => Some((404, "{}".into())),
    });
    let driver = signed_in("second 401").await;
    assert_eq!(driver.fetch(&ApiRequest::get(API)).await.expect("an answer").status(), 401);
    assert_eq!(network.tokens_at(API), ["Bearer first", "Bearer second"]);
}

#[wasm_bindgen_test]
async fn a_request_that_nobody_waits_for_is_stopped() {
    let network = Network::new(|_| None);
    let driver = signed_in("dropped").await;
    {
        let request = ApiRequest::get(API);
        let (call, moment) = (driver.fetch(&request), JsFuture::from(soon()));
        pin_mut!(call);
        select(call, moment).await;
    }
    let sent = network.sent.borrow();
    let request = sent.iter().find(|sent| sent.url == API).expect("it was sent");
    assert!(request.signal.as_ref().is_some_and(AbortSignal::aborted));
}
