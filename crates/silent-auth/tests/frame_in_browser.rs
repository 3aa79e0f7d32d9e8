//! The hidden frame in a real browser: what it reports, what it may do, and that it leaves nothing behind.
#![cfg(all(target_arch = "wasm32", feature = "browser"))]

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;
use js_sys::{Array, Object, Reflect};
use silent_auth::browser::{FRAME_CLASS, FrameEvent, HiddenFrame};
use silent_auth::protocol::message::FrameMessage;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Blob, BlobPropertyBag, Document, HtmlIFrameElement, Url, Window};

wasm_bindgen_test_configure!(run_in_browser);

fn window() -> Window {
    web_sys::window().expect("a window")
}

fn document() -> Document {
    window().document().expect("a document")
}

/// The address of a page with this script.
fn page(script: &str) -> String {
    let html = format!("<!doctype html><script>{script}</script>");
    let options = BlobPropertyBag::new();
    options.set_type("text/html");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&html.into()), &options).expect("a blob");
    Url::create_object_url_with_blob(&blob).expect("an address")
}

fn frames() -> u32 {
    document().get_elements_by_class_name(FRAME_CLASS).length()
}

/// Opens a frame and gives the first event that `wanted` wants.
async fn first(url: &str, wanted: fn(&FrameEvent) -> bool) -> (HiddenFrame, FrameEvent) {
    let (tell, told) = oneshot::channel();
    let tell = Rc::new(RefCell::new(Some(tell)));
    let frame = HiddenFrame::open(url, "http://tenant.example", move |event| {
        if wanted(&event)
            && let Some(tell) = tell.borrow_mut().take()
        {
            tell.send(event).expect("somebody listens");
        }
    });
    (frame.expect("a frame"), told.await.expect("an event"))
}

fn message(event: FrameEvent) -> FrameMessage {
    match event {
        FrameEvent::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

#[wasm_bindgen_test]
async fn a_frames_message_arrives_with_its_sender() {
    let url = page("parent.postMessage({type: 'authorization_response', response: {code: 'c'}}, '*')");
    let (_frame, event) = first(&url, |event| matches!(event, FrameEvent::Message(_))).await;
    let message = message(event);
    assert!(message.from_frame);
    assert_eq!(message.origin, window().location().origin().expect("an origin"));
    assert_eq!(message.data.as_deref(), Some(r#"{"type":"authorization_response","response":{"code":"c"}}"#));
}

#[wasm_bindgen_test]
async fn a_message_of_any_other_window_is_told_apart() {
    let other: HtmlIFrameElement = document().create_element("iframe").expect("a frame").unchecked_into();
    other.set_src(&page("setInterval(() => parent.postMessage('bogus', '*'), 5)"));
    document().body().expect("a body").append_child(&other).expect("appended");
    let (_frame, event) = first(&page(""), |event| matches!(event, FrameEvent::Message(_))).await;
    other.remove();
    let message = message(event);
    assert!(!message.from_frame);
    assert_eq!(message.data.as_deref(), Some("\"bogus\""));
}

#[wasm_bindgen_test]
async fn what_cannot_be_written_as_json_or_is_too_long_has_no_data() {
    for script in [
        "let a = []; a.push(a); parent.postMessage(a, '*')",
        "parent.postMessage('x'.repeat(70000), '*')",
        "parent.postMessage(undefined, '*')",
    ] {
        let (_frame, event) = first(&page(script), |event| matches!(event, FrameEvent::Message(_))).await;
        assert_eq!(message(event).data, None, "{script}");
    }
}

#[wasm_bindgen_test]
async fn a_frame_reports_its_load_and_is_hidden_and_fenced() {
    let (_frame, event) = first(&page(""), |_| true).await;
    assert!(matches!(event, FrameEvent::Loaded), "{event:?}");
    let element = document().get_elements_by_class_name(FRAME_CLASS).item(0).expect("the frame");
    assert!(element.has_attribute("hidden"));
    let allowed = "allow-scripts allow-same-origin allow-storage-access-by-user-activation";
    assert_eq!(element.get_attribute("sandbox").as_deref(), Some(allowed));
    assert_eq!(element.get_attribute("title").as_deref(), Some("Silent authentication"));
}

#[wasm_bindgen_test]
async fn a_frame_cannot_navigate_the_page() {
    let before = window().location().href().expect("an address");
    let script = "try { top.location.href = 'about:blank#gone' } catch (error) {} parent.postMessage('tried', '*')";
    let (_frame, event) = first(&page(script), |event| matches!(event, FrameEvent::Message(_))).await;
    assert_eq!(message(event).data.as_deref(), Some("\"tried\""));
    assert_eq!(window().location().href().expect("an address"), before);
}

#[wasm_bindgen_test]
async fn a_dropped_frame_leaves_nothing_behind() {
    let heard = Rc::new(RefCell::new(0_u32));
    let (frame, _) = first(&page(""), |event| matches!(event, FrameEvent::Loaded)).await;
    assert_eq!(frames(), 1);
    drop(frame);
    assert_eq!(frames(), 0);
    let counted = {
        let heard = Rc::clone(&heard);
        HiddenFrame::open(&page(""), "http://tenant.example", move |_| *heard.borrow_mut() += 1)
    };
    drop(counted);
    // A message to this very window is delivered to whoever still listens; a second listener tells when it was.
    let (tell, told) = oneshot::channel();
    let tell = RefCell::new(Some(tell));
    let _probe = gloo_events::EventListener::new(&window(), "message", move |_| {
        if let Some(tell) = tell.borrow_mut().take() {
            tell.send(()).expect("somebody listens");
        }
    });
    let data = Object::new();
    Reflect::set(&data, &"type".into(), &"authorization_response".into()).expect("set");
    window().post_message(&data, "*").expect("posted");
    told.await.expect("delivered");
    assert_eq!(*heard.borrow(), 0);
}
