//! A browser that lacks something, and answers that no tenant in order would give, in a real browser.
#![cfg(all(target_arch = "wasm32", feature = "mock"))]

use js_sys::{Function, Reflect};
use silent_auth::browser::{Driver, fetch, verify};
use silent_auth::mock::MockProvider;
use silent_auth::protocol::config::{ClientConfig, RefreshTokens};
use silent_auth::protocol::error::Code;
use silent_auth::protocol::http::{MAX_BODY, Request};
use silent_auth::protocol::id_token::SignatureCheck;
use silent_auth::protocol::jose::Algorithm;
use silent_auth::protocol::keys::PublicKey;
use silent_auth::protocol::lifecycle::Lifecycle;
use silent_auth::protocol::record::Step;
use silent_auth::protocol::session::Phase;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = r#"
    function instead(object, name, value) {
        const own = Object.getOwnPropertyDescriptor(object, name);
        Object.defineProperty(object, name, { value, configurable: true, writable: true });
        return () => own ? Object.defineProperty(object, name, own) : delete object[name];
    }
    export function without_locks() { return instead(navigator, "locks", undefined); }
    export function without_crypto() { return instead(crypto, "subtle", undefined); }
    export function without_channels() { return instead(window, "BroadcastChannel", undefined); }
    export function full_storage() {
        return instead(Storage.prototype, "setItem", () => { throw new DOMException("full", "QuotaExceededError"); });
    }
    export function forbidden_storage() {
        const own = Object.getOwnPropertyDescriptor(window, "sessionStorage");
        Object.defineProperty(window, "sessionStorage", { get() { throw new DOMException("no", "SecurityError"); }, configurable: true });
        return () => Object.defineProperty(window, "sessionStorage", own);
    }
    export function answer_with(length) {
        const sent = {};
        const restore = instead(window, "fetch", (url, init) => {
            Object.assign(sent, { redirect: init.redirect, credentials: init.credentials, referrerPolicy: init.referrerPolicy });
            return Promise.resolve(new Response("x".repeat(length), { headers: { "content-type": "text/html" } }));
        });
        restore.sent = sent;
        return restore;
    }
"#)]
extern "C" {
    fn without_locks() -> Function;
    fn without_crypto() -> Function;
    fn without_channels() -> Function;
    fn full_storage() -> Function;
    fn forbidden_storage() -> Function;
    fn answer_with(length: u32) -> Function;
}

/// Puts the browser in order again when it is dropped.
struct Lacking(Function);

impl Drop for Lacking {
    fn drop(&mut self) {
        self.0.call0(&JsValue::NULL).expect("put in order");
    }
}

/// A client of a tenant that is not there. Each test has its own, so that they do not share a lock.
fn config(client_id: &str) -> ClientConfig {
    ClientConfig::new("http://localhost:49151/", client_id, "http://localhost:3000/callback").expect("valid")
}

#[wasm_bindgen_test]
async fn without_locks_and_channels_every_tab_works_for_itself() {
    let (_locks, _channels) = (Lacking(without_locks()), Lacking(without_channels()));
    let driver = Driver::start(config("no locks"), |_| ());
    let error = driver.renew().await.expect_err("nobody listens there");
    assert_eq!(error.code, Code::TenantUnreachable);
    let waited =
        driver.with(|lifecycle| lifecycle.records().iter().any(|record| record.step == Step::WaitsForOtherTab));
    assert!(!waited);
}

#[wasm_bindgen_test]
async fn without_web_crypto_no_signature_is_a_good_one() {
    let _crypto = Lacking(without_crypto());
    let check = SignatureCheck {
        algorithm: Algorithm::Es256,
        key: PublicKey::P256 { x: "AQ".to_owned(), y: "AQ".to_owned() },
        message: "a.b".to_owned(),
        signature: vec![1; 64],
    };
    assert_eq!(verify(check).await.expect_err("not checked").code, Code::InsecureContext);
}

#[wasm_bindgen_test]
fn a_storage_that_is_full_or_forbidden_is_an_error_and_not_a_way_out() {
    for (client_id, lack) in [("full", full_storage as fn() -> Function), ("forbidden", forbidden_storage)] {
        let _storage = Lacking(lack());
        let driver = Driver::start(config(client_id), |_| ());
        driver.sign_in("/");
        let phase = driver.with(Lifecycle::phase);
        let (Phase::SignedOut { reason: Some(error) } | Phase::Undetermined { error, .. }) = phase else {
            panic!("{client_id}: {phase:?}")
        };
        assert_eq!(error.code, Code::StorageRefused, "{client_id}");
    }
}

#[wasm_bindgen_test]
fn a_refresh_token_that_cannot_be_kept_serves_this_page_all_the_same() {
    let _storage = Lacking(forbidden_storage());
    let tenant = MockProvider::new("auth0|ada");
    tenant.begin_session();
    let config = config("kept").with_refresh_tokens(RefreshTokens::InSessionStorageForAnyScriptToRead);
    let driver = Driver::start_mock(config, &tenant, |_| ());
    assert_eq!(driver.with(Lifecycle::phase), Phase::SignedIn);
    driver.begin_renewal();
    assert_eq!((driver.with(Lifecycle::phase), tenant.refreshes()), (Phase::SignedIn, 1));
}

#[wasm_bindgen_test]
async fn an_answer_is_read_up_to_its_limit_and_no_redirect_is_followed() {
    let limit = u32::try_from(MAX_BODY).expect("small");
    for (length, read) in [(limit, MAX_BODY), (limit + 1, 0), (10 * limit, 0)] {
        let network = Lacking(answer_with(length));
        let request = Request::post("https://tenant.example/oauth/token", vec![("code".to_owned(), "c".to_owned())]);
        let answer = fetch::send(request).await.expect("an answer");
        assert_eq!(answer.body.len(), read);
        let error = answer.json_object(Code::TokenResponseInvalid).expect_err("no JSON");
        let named = error.found.unwrap_or_default();
        assert!(named.contains(if read == 0 { "more than 1000000 bytes" } else { "text/html" }), "{named}");
        let sent = Reflect::get(&network.0, &"sent".into()).expect("sent");
        for (option, value) in [("redirect", "error"), ("credentials", "omit"), ("referrerPolicy", "no-referrer")] {
            let found = Reflect::get(&sent, &option.into()).expect("an option").as_string();
            assert_eq!(found.as_deref(), Some(value), "{option}");
        }
    }
}
