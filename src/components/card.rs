//! A titled part of a page.

use super::element::{Child, Element, el};

/// A card whose title is the accessible name of its region; `id` is the title's.
pub fn card(id: &'static str, title: &'static str, content: impl Into<Child>) -> Element {
    el("section")
        .class("card")
        .attribute("aria-labelledby", id)
        .child(el("h2").attribute("id", id).child(title))
        .child(content)
}

/// The sentence under a title.
pub fn lead(sentence: impl Into<Child>) -> Element {
    el("p").class("lead").child(sentence)
}
