//! The popup in a real browser: what it reports, that it is closed with its owner, and what a browser that opens none is called.
#![cfg(all(target_arch = "wasm32", feature = "browser", feature = "popup"))]

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_channel::oneshot;
use futures_util::StreamExt;
use js_sys::{Array, Function, Promise, Reflect};
use silent_auth::browser::{Driver, Popup, PopupReport};
use silent_auth::protocol::config::ClientConfig;
use silent_auth::protocol::error::Code;
use silent_auth::protocol::session::Phase;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Blob, BlobPropertyBag, HtmlIFrameElement, Url, Window};

wasm_bindgen_test_configure!(run_in_browser);

fn window() -> Window {
    web_sys::window().expect("a window")
}

/// The address of a page with this script.
fn page(script: &str) -> String {
    let html = format!("<!doctype html><script>{script}</script>");
    let options = BlobPropertyBag::new();
    options.set_type("text/html");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&html.into()), &options).expect("a blob");
    Url::create_object_url_with_blob(&blob).expect("an address")
}

/// A function of the window in the place of the browser's own, which comes back when this is dropped.
struct Instead {
    name: &'static str,
    own: JsValue,
}

impl Instead {
    fn of(name: &'static str, script: &str) -> Self {
        let own = Reflect::get(&window(), &name.into()).expect("a function");
        Reflect::set(&window(), &"own".into(), &own).expect("set");
        let instead = Function::new_with_args("url, name, features", script);
        Reflect::set(&window(), &name.into(), &instead).expect("set");
        Self { name, own }
    }
}

impl Drop for Instead {
    fn drop(&mut self) {
        Reflect::set(&window(), &self.name.into(), &self.own).expect("set");
    }
}

/// A network in which nothing is ever answered, so that nothing but the popup decides.
fn silence() -> Instead {
    Instead::of("fetch", "return new Promise(() => {})")
}

fn opened() -> JsValue {
    Reflect::get(&window(), &"opened".into()).expect("readable")
}

/// Keeps what it opens.
const KEEPS: &str = "return window.opened = window.own(url, name, features)";

/// A real popup, and what it reports. Opened in a timer's closure, as the driver does: Firefox runs other events meanwhile.
async fn open() -> (Popup, UnboundedReceiver<PopupReport>) {
    let _opens = Instead::of("open", KEEPS);
    let (tell, told) = unbounded();
    let (give, given) = oneshot::channel();
    let opens = Closure::once_into_js(move || {
        drop(give.send(Popup::open(move |report| drop(tell.unbounded_send(report)))));
    });
    window().set_timeout_with_callback(opens.unchecked_ref()).expect("a timer");
    let popup = given.await.expect("a popup");
    (popup.expect("this browser is driven by a test, which may open windows"), told)
}

/// The window that comes after `before`.
async fn opened_after(before: &JsValue) -> Window {
    loop {
        let opened = opened();
        if opened != *before && opened.is_object() {
            return opened.unchecked_into();
        }
        let pause = Promise::new(&mut |resolve, _| drop(window().set_timeout_with_callback(&resolve)));
        JsFuture::from(pause).await.expect("a timer");
    }
}

#[wasm_bindgen_test]
async fn a_popups_message_arrives_with_its_sender_and_others_are_told_apart() {
    let (popup, mut told) = open().await;
    let other: HtmlIFrameElement =
        window().document().expect("a document").create_element("iframe").expect("a frame").unchecked_into();
    other.set_src(&page("parent.postMessage('bogus', '*')"));
    window().document().and_then(|it| it.body()).expect("a body").append_child(&other).expect("appended");
    let Some(PopupReport::Message(message)) = told.next().await else { panic!("a message") };
    assert_eq!((message.from_frame, message.data.as_deref()), (false, Some("\"bogus\"")));
    other.remove();

    popup.go_to(&page("opener.postMessage({type: 'authorization_response', response: {code: 'c'}}, '*')"));
    let Some(PopupReport::Message(message)) = told.next().await else { panic!("a message") };
    assert!(message.from_frame);
    assert_eq!(message.origin, window().location().origin().expect("an origin"));
    assert_eq!(message.data.as_deref(), Some(r#"{"type":"authorization_response","response":{"code":"c"}}"#));
}

#[wasm_bindgen_test]
async fn a_popup_that_closes_itself_is_reported_once() {
    let (popup, mut told) = open().await;
    popup.go_to(&page("opener.postMessage('last words', '*'); close()"));
    assert!(matches!(told.next().await, Some(PopupReport::Message(_))), "what it said is heard first");
    assert!(matches!(told.next().await, Some(PopupReport::Closed)));
    drop(popup);
    assert!(told.next().await.is_none(), "and nothing more");
}

#[wasm_bindgen_test]
async fn a_dropped_popup_is_closed() {
    let (popup, _told) = open().await;
    let opened: Window = opened().unchecked_into();
    assert_eq!(opened.closed(), Ok(false));
    drop(popup);
    assert_eq!(opened.closed(), Ok(true));
}

/// A client of a tenant that is not there. Each test has its own, so that they do not share a lock.
fn nowhere(client_id: &str) -> ClientConfig {
    ClientConfig::new("http://localhost:49151/", client_id, "http://localhost:3000/callback").expect("valid")
}

#[wasm_bindgen_test]
async fn a_browser_that_opens_no_window_is_named_at_once() {
    let _silence = silence();
    for refuses in ["return null", "throw new Error('no')"] {
        let _opens = Instead::of("open", refuses);
        let driver = Driver::start(nowhere("blocked popup"), |_| ());
        let error = driver.sign_in_with_popup().await.expect_err("there is no window");
        assert_eq!(error.code, Code::PopupBlocked);
        assert!(driver.with(|lifecycle| matches!(lifecycle.phase(), Phase::SignedOut { .. })));
    }
}

#[wasm_bindgen_test]
async fn a_popup_goes_with_its_driver_and_with_the_next_one() {
    let _silence = silence();
    let _opens = Instead::of("open", KEEPS);
    let before = opened();
    let driver = Driver::start(nowhere("dropped popup"), |_| ());
    // It opens though nobody awaits the result yet.
    let first = driver.sign_in_with_popup();
    let first_window = opened_after(&before).await;
    assert_eq!(first_window.closed(), Ok(false));
    let second = driver.sign_in_with_popup();
    assert_eq!(first.await.expect_err("another took its place").code, Code::Superseded);
    assert_eq!(first_window.closed(), Ok(true));
    let second_window = opened_after(&first_window).await;
    assert_eq!(second_window.closed(), Ok(false));
    drop(driver);
    assert_eq!(second_window.closed(), Ok(true));
    assert_eq!(second.await.expect_err("nobody is left").code, Code::Superseded);
}
