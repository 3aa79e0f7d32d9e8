//! Elements without type parameters: all of them are one type, so the code that draws one is in the download once.
//!
//! `view!` gives every element, list and closure a type of its own, and each type its own copy of the code that draws it.
//! On this page that alone was larger than the whole client. What repeats or follows a signal is therefore built here; `view!`
//! is used for what surrounds it.

use std::borrow::Cow;
use std::sync::Arc;

use leptos::attr::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::attr::custom::custom_attribute;
use leptos::html::custom;
use leptos::prelude::*;
use leptos::tachys::html::style::style;

/// What a closure has to be to follow signals.
pub trait Follow<T>: Fn() -> T + Send + Sync + 'static {}
impl<T, F: Fn() -> T + Send + Sync + 'static> Follow<T> for F {}

/// An element on its way to the page, still as plain data. Behind one pointer, and what adds to it is never inlined: the page
/// consists of hundreds of such calls, so each of them has to be a few bytes.
#[must_use = "an element is not in the page before it is a child of something"]
pub struct Element(Box<Data>);

struct Data {
    tag: &'static str,
    attributes: Vec<(&'static str, Value)>,
    children: Vec<Node>,
}

enum Value {
    Fixed(Cow<'static, str>),
    Follows(Box<dyn Follow<Option<String>>>),
    Property(Box<dyn Follow<String>>),
    Click(Box<dyn Fn()>),
}

enum Node {
    Text(Cow<'static, str>),
    Element(Element),
    View(AnyView),
}

/// An element with this tag name.
#[inline(never)]
pub fn el(tag: &'static str) -> Element {
    Element(Box::new(Data { tag, attributes: Vec::new(), children: Vec::new() }))
}

impl Element {
    /// Sets its classes.
    #[inline(never)]
    pub fn class(self, names: &'static str) -> Self {
        self.with("class", Value::Fixed(Cow::Borrowed(names)))
    }

    /// Sets an attribute.
    #[inline(never)]
    pub fn attribute(self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.with(name, Value::Fixed(value.into()))
    }

    /// Sets an attribute that follows signals; it is not there while the value is `None`.
    pub fn follows(self, name: &'static str, value: impl Follow<Option<String>>) -> Self {
        self.with(name, Value::Follows(Box::new(value)))
    }

    /// Sets a custom property of its style that follows signals. (By the style object: the content policy forbids attributes.)
    pub fn property(self, name: &'static str, value: impl Follow<String>) -> Self {
        self.with(name, Value::Property(Box::new(value)))
    }

    /// Runs `act` on a click, and on the keys that stand for one.
    pub fn on_click(self, act: impl Fn() + 'static) -> Self {
        self.with("", Value::Click(Box::new(act)))
    }

    /// Adds a child.
    #[inline(never)]
    pub fn child(mut self, child: impl Into<Child>) -> Self {
        self.0.children.extend(child.into().0);
        self
    }

    #[inline(never)]
    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.0.attributes.push((name, value));
        self
    }

    /// The element as something that can stand in `view!`.
    #[inline(never)]
    pub fn view(self) -> AnyView {
        let Data { tag, attributes, children } = *self.0;
        let attributes: Vec<_> = attributes.into_iter().map(attribute).collect();
        let children: Vec<_> = children.into_iter().map(Node::view).collect();
        custom(tag).add_any_attr(attributes).child(children).into_any()
    }
}

fn attribute((name, value): (&'static str, Value)) -> AnyAttribute {
    match value {
        Value::Fixed(value) => custom_attribute(name, value).into_any_attr(),
        Value::Follows(value) => custom_attribute(name, value).into_any_attr(),
        Value::Property(value) => style((name, value)).into_any_attr(),
        Value::Click(act) => leptos::ev::on(leptos::ev::click, move |_| act()).into_any_attr(),
    }
}

impl Node {
    fn view(self) -> AnyView {
        match self {
            Self::Text(text) => text.into_any(),
            Self::Element(element) => element.view(),
            Self::View(view) => view,
        }
    }
}

/// What can be inside an element: text, elements, views, any number of them, or nothing.
pub struct Child(Vec<Node>);

impl From<&'static str> for Child {
    fn from(text: &'static str) -> Self {
        Self(vec![Node::Text(Cow::Borrowed(text))])
    }
}

impl From<String> for Child {
    fn from(text: String) -> Self {
        Self(vec![Node::Text(Cow::Owned(text))])
    }
}

impl From<Element> for Child {
    fn from(element: Element) -> Self {
        Self(vec![Node::Element(element)])
    }
}

impl From<AnyView> for Child {
    fn from(view: AnyView) -> Self {
        Self(vec![Node::View(view)])
    }
}

impl From<Vec<Element>> for Child {
    fn from(elements: Vec<Element>) -> Self {
        Self(elements.into_iter().map(Node::Element).collect())
    }
}

impl From<Option<Element>> for Child {
    fn from(element: Option<Element>) -> Self {
        Self(element.into_iter().map(Node::Element).collect())
    }
}

impl Child {
    /// The children as something that can stand in `view!`.
    #[must_use]
    pub fn view(self) -> AnyView {
        self.0.into_iter().map(Node::view).collect::<Vec<_>>().into_any()
    }
}

/// Several children one after the other.
pub fn all<const N: usize>(children: [Child; N]) -> Child {
    joined(Vec::from(children))
}

#[inline(never)]
fn joined(children: Vec<Child>) -> Child {
    Child(children.into_iter().flat_map(|child| child.0).collect())
}

/// A text that follows signals.
pub fn text(words: impl Follow<String>) -> AnyView {
    boxed_text(Box::new(words))
}

#[inline(never)]
fn boxed_text(words: Box<dyn Follow<String>>) -> AnyView {
    words.into_any()
}

/// One part of a list: its key, and how it is drawn when it appears. While its key stays, it is not drawn again.
pub struct Part {
    key: u64,
    draw: Box<dyn FnOnce() -> Child + Send>,
}

/// A key for a part that is drawn anew when `text` is another one.
#[must_use]
pub fn key(text: &str) -> u64 {
    text.bytes().fold(0, |key: u64, byte| key.wrapping_mul(1_099_511_628_211) ^ u64::from(byte))
}

/// A part that is drawn by `draw` when `key` appears.
pub fn part<C: Into<Child>>(key: u64, draw: impl FnOnce() -> C + Send + 'static) -> Part {
    Part { key, draw: Box::new(move || draw().into()) }
}

/// Parts that come and go as signals say.
pub fn list(parts: impl Follow<Vec<Part>>) -> AnyView {
    boxed_list(Box::new(parts))
}

/// A part that comes and goes as signals say.
pub fn optional(part: impl Follow<Option<Part>>) -> AnyView {
    boxed_optional(Box::new(part))
}

/// Something that is there while `when` says so.
pub fn shown_when<C: Into<Child>>(when: impl Follow<bool>, draw: impl Fn() -> C + Send + Sync + 'static) -> AnyView {
    boxed_shown_when(Box::new(when), Arc::new(move || draw().into()))
}

// One copy of what these do, whatever they are called with.

#[inline(never)]
fn boxed_list(parts: Box<dyn Follow<Vec<Part>>>) -> AnyView {
    view! { <For each=parts key=|part| part.key children=|part| (part.draw)().view() /> }.into_any()
}

#[inline(never)]
fn boxed_optional(part: Box<dyn Follow<Option<Part>>>) -> AnyView {
    boxed_list(Box::new(move || Vec::from_iter(part())))
}

#[inline(never)]
fn boxed_shown_when(when: Box<dyn Follow<bool>>, draw: Arc<dyn Fn() -> Child + Send + Sync>) -> AnyView {
    boxed_optional(Box::new(move || {
        let draw = Arc::clone(&draw);
        when().then(|| Part { key: 0, draw: Box::new(move || draw()) })
    }))
}
