//! Draws a page of the guide's file: text as it stands there, requests and live parts by those who know them.

use silent_auth::protocol::json::Value;

use super::element::{Child, Element, el};
use crate::model::call::{Call, call};
use crate::model::guide::{ATTRIBUTES, ELEMENTS, Node, node};

/// Draws what is not text.
pub trait Live {
    /// A request of the guide.
    fn call(&self, call: Call) -> Child;
    /// The live part of this name, with the attributes that it has in the guide.
    fn part(&self, what: &str, attributes: &Value) -> Child;
}

/// Adds nodes of the guide to an element. What the guide may not have is left out.
pub fn draw(parent: Element, nodes: &[Value], live: &dyn Live) -> Element {
    nodes.iter().filter_map(node).fold(parent, |parent, node| match node {
        Node::Text(text) => parent.child(text.to_owned()),
        Node::Element("call", attributes, _) => match call(attributes) {
            Some(call) => parent.child(live.call(call)),
            None => parent,
        },
        Node::Element("live", attributes, _) => {
            let what = attributes.get("what").and_then(Value::as_str).unwrap_or_default();
            parent.child(live.part(what, attributes))
        }
        Node::Element(name, attributes, children) => match ELEMENTS.iter().find(|known| **known == name) {
            Some(known) => parent.child(draw(with_attributes(el(known), attributes), children, live)),
            None => parent,
        },
    })
}

fn with_attributes(element: Element, attributes: &Value) -> Element {
    let element = ATTRIBUTES.iter().fold(element, |element, name| match attributes.get(name).and_then(Value::as_str) {
        Some(value) => element.attribute(name, value.to_owned()),
        None => element,
    });
    // Away from here: in a tab of its own, which learns nothing of this one.
    let leads_away = attributes.get("href").and_then(Value::as_str).is_some_and(|href| href.starts_with("https:"));
    if leads_away { element.attribute("target", "_blank").attribute("rel", "noreferrer") } else { element }
}
