//! A place to mount a component in, and ways to look at it as a person would.

use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement};

/// A mounted component. Dropping it unmounts the component and removes its place.
pub(crate) struct Mounted {
    place: HtmlElement,
    _handle: Box<dyn core::any::Any>,
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.place.remove();
    }
}

/// Mounts a view into a place of its own in the test's page.
pub(crate) async fn mount<V: IntoView + 'static>(view: impl FnOnce() -> V + 'static) -> Mounted {
    let place: HtmlElement = document().create_element("section").expect("an element").unchecked_into();
    document().body().expect("a body").append_child(&place).expect("room for it");
    let handle = mount_to(place.clone(), view);
    settle().await;
    Mounted { place, _handle: Box::new(handle) }
}

/// Waits until every effect has run.
pub(crate) async fn settle() {
    leptos::task::tick().await;
    leptos::task::tick().await;
}

impl Mounted {
    /// Everything it says, with single spaces.
    pub(crate) fn text(&self) -> String {
        words(&self.place.text_content().unwrap_or_default())
    }

    /// The elements that a CSS selector finds.
    pub(crate) fn all(&self, selector: &str) -> Vec<Element> {
        let list = self.place.query_selector_all(selector).expect("a selector");
        (0..list.length()).filter_map(|index| list.item(index)?.dyn_into().ok()).collect()
    }

    /// The one element that a CSS selector finds.
    pub(crate) fn one(&self, selector: &str) -> Element {
        let found = self.all(selector);
        assert_eq!(found.len(), 1, "elements for {selector} in {}", self.place.inner_html());
        found.into_iter().next().expect("counted")
    }

    /// The button of this name, if there is one.
    pub(crate) fn button(&self, name: &str) -> Option<HtmlElement> {
        let buttons = self.all("button").into_iter().filter(|button| text_of(button) == name);
        buttons.last().map(JsCast::unchecked_into)
    }

    /// Presses the button of this name.
    pub(crate) async fn press(&self, name: &str) {
        self.button(name).unwrap_or_else(|| panic!("no button {name} in {}", self.text())).click();
        settle().await;
    }
}

/// What an element says, with single spaces.
pub(crate) fn text_of(element: &Element) -> String {
    words(&element.text_content().unwrap_or_default())
}

/// An attribute's value; empty if it is not there.
pub(crate) fn attribute(element: &Element, name: &str) -> String {
    element.get_attribute(name).unwrap_or_default()
}

/// The value of a custom property that the component has set on an element.
pub(crate) fn property(element: &Element, name: &str) -> String {
    let style = element.unchecked_ref::<HtmlElement>().style();
    style.get_property_value(name).unwrap_or_default()
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
