//! The guide's file, drawn: what it may have, and nothing else.

use serde_json::json;
use silent_auth::protocol::json::Value;
use silent_auth_app::components::element::{Child, el};
use silent_auth_app::components::guide::{Live, draw};
use silent_auth_app::model::call::Call;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Mounted, attribute, mount};

/// Says what it was asked for.
struct Named;

impl Live for Named {
    fn call(&self, call: Call) -> Child {
        format!("[call {}]", call.button).into()
    }

    fn part(&self, what: &str, attributes: &Value) -> Child {
        format!("[live {what} {}]", attributes["token"]).into()
    }
}

async fn drawn(nodes: serde_json::Value) -> Mounted {
    let nodes = Value::read(&nodes.to_string()).expect("JSON");
    mount(move || draw(el("div"), nodes.as_array().expect("nodes"), &Named).view()).await
}

#[wasm_bindgen_test]
async fn text_requests_and_live_parts_are_drawn_in_their_order() {
    let nodes = json!([["p", {"class": "lead"}, "a ", ["code", "b < c"]], ["call", {"button": "Go", "send": "GET /x"}],
        ["live", {"what": "claims", "token": "t"}]]);
    let page = drawn(nodes).await;
    assert_eq!(page.text(), "a b < c[call Go][live claims \"t\"]");
    assert_eq!(attribute(&page.one("p"), "class"), "lead");
}

#[wasm_bindgen_test]
async fn what_could_run_or_load_something_is_left_out() {
    let nodes = json!([["script", "alert(1)"], ["iframe", {"src": "/x"}], ["p", {"onclick": "alert(1)", "style": "x"}, "kept"],
        ["call", {"send": "GET /x"}], 7]);
    let page = drawn(nodes).await;
    assert_eq!(page.text(), "kept");
    let kept = page.one("p");
    assert!(!kept.has_attribute("onclick") && !kept.has_attribute("style") && page.all("script, iframe").is_empty());
}

#[wasm_bindgen_test]
async fn a_link_away_opens_a_tab_that_learns_nothing_of_this_one() {
    let page = drawn(json!([["a", {"href": "https://example.com"}, "away"], ["a", {"href": "/learn"}, "here"]])).await;
    let [away, here] = page.all("a").try_into().expect("two links");
    assert_eq!((attribute(&away, "target"), attribute(&away, "rel")), ("_blank".into(), "noreferrer".into()));
    assert!(!here.has_attribute("target"), "a page of this app stays in this tab");
}
