//! Elements without type parameters: all of them are one type, so the code that draws one is in the download once.
//!
//! `view!` gives every element, list and closure a type of its own, and each type its own copy of the code that draws it.
//! On this page that alone was larger than the whole client. What repeats or follows a signal is therefore built here; `view!`
//! is used for what surrounds it.

use leptos::attr::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::attr::custom::custom_attribute;
use leptos::html::custom;
use leptos::prelude::*;
use leptos::tachys::html::style::style;

/// What a closure has to be to follow signals.
pub trait Follow<T>: Fn() -> T + Send + Sync + 'static {}
impl<T, F: Fn() -> T + Send + Sync + 'static> Follow<T> for F {}

/// An element on its way to the page.
#[must_use = "an element is not in the page before it is a child of something"]
pub struct Element {
    tag: &'static str,
    attributes: Vec<AnyAttribute>,
    children: Vec<AnyView>,
}

/// An element with this tag name.
pub fn el(tag: &'static str) -> Element {
    Element { tag, attributes: Vec::new(), children: Vec::new() }
}

impl Element {
    /// Sets its classes.
    pub fn class(self, names: &'static str) -> Self {
        self.attribute("class", names)
    }

    /// Sets an attribute.
    pub fn attribute(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push(custom_attribute(name, value.into()).into_any_attr());
        self
    }

    /// Sets an attribute that follows signals; it is not there while the value is `None`.
    pub fn follows(mut self, name: &'static str, value: impl Follow<Option<String>>) -> Self {
        let value: Box<dyn Follow<Option<String>>> = Box::new(value);
        self.attributes.push(custom_attribute(name, move || value()).into_any_attr());
        self
    }

    /// Sets a custom property of its style that follows signals. (By the style object: the content policy forbids attributes.)
    pub fn property(mut self, name: &'static str, value: impl Follow<String>) -> Self {
        let value: Box<dyn Follow<String>> = Box::new(value);
        self.attributes.push(style((name, move || value())).into_any_attr());
        self
    }

    /// Runs `act` on a click, and on the keys that stand for one.
    pub fn on_click(mut self, act: impl Fn() + 'static) -> Self {
        let act: Box<dyn Fn()> = Box::new(act);
        self.attributes.push(leptos::ev::on(leptos::ev::click, move |_| act()).into_any_attr());
        self
    }

    /// Adds a child.
    pub fn child(mut self, child: impl Into<Child>) -> Self {
        self.children.extend(child.into().0);
        self
    }

    /// The element as something that can stand in `view!`.
    pub fn view(self) -> AnyView {
        custom(self.tag).add_any_attr(self.attributes).child(self.children).into_any()
    }
}

/// What can be inside an element: text, elements, views, any number of them, or nothing.
pub struct Child(Vec<AnyView>);

impl From<&'static str> for Child {
    fn from(text: &'static str) -> Self {
        Self(vec![text.into_any()])
    }
}

impl From<String> for Child {
    fn from(text: String) -> Self {
        Self(vec![text.into_any()])
    }
}

impl From<Element> for Child {
    fn from(element: Element) -> Self {
        Self(vec![element.view()])
    }
}

impl From<AnyView> for Child {
    fn from(view: AnyView) -> Self {
        Self(vec![view])
    }
}

impl From<Vec<Element>> for Child {
    fn from(elements: Vec<Element>) -> Self {
        Self(elements.into_iter().map(Element::view).collect())
    }
}

impl From<Option<Element>> for Child {
    fn from(element: Option<Element>) -> Self {
        Self(element.into_iter().map(Element::view).collect())
    }
}

/// Several children one after the other.
pub fn all<const N: usize>(children: [Child; N]) -> Child {
    Child(children.into_iter().flat_map(|child| child.0).collect())
}

/// A text that follows signals.
pub fn text(words: impl Follow<String>) -> AnyView {
    let words: Box<dyn Follow<String>> = Box::new(words);
    (move || words()).into_any()
}

/// One part of a list: its key, and how it is drawn when it appears. While its key stays, it is not drawn again.
pub struct Part {
    key: u64,
    draw: Box<dyn FnOnce() -> Child + Send>,
}

/// A part that is drawn by `draw` when `key` appears.
pub fn part<C: Into<Child>>(key: u64, draw: impl FnOnce() -> C + Send + 'static) -> Part {
    Part { key, draw: Box::new(move || draw().into()) }
}

/// Parts that come and go as signals say.
pub fn list(parts: impl Follow<Vec<Part>>) -> AnyView {
    let parts: Box<dyn Follow<Vec<Part>>> = Box::new(parts);
    view! { <For each=move || parts() key=|part| part.key children=|part| (part.draw)().0 /> }.into_any()
}

/// Something that is there while `when` says so.
pub fn shown_when<C: Into<Child>>(when: impl Follow<bool>, draw: impl Fn() -> C + Send + Sync + 'static) -> AnyView {
    let draw: std::sync::Arc<dyn Fn() -> Child + Send + Sync> = std::sync::Arc::new(move || draw().into());
    list(move || {
        let draw = std::sync::Arc::clone(&draw);
        Vec::from_iter(when().then(|| part(0, move || draw())))
    })
}
