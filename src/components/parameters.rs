//! Names and values that travelled: real values, and fingerprints of secret ones.

use silent_auth::protocol::record::{Parameter, Shown};

use super::element::{Child, Element, el};

/// A list of names and values.
pub fn parameters(parameters: Vec<Parameter>) -> Element {
    parameters.into_iter().fold(el("dl").class("parameters"), |list, parameter| {
        let value = match parameter.value {
            Shown::Plain(value) => el("dd").child(value),
            Shown::Fingerprint(print) => el("dd").child(fingerprint(print)),
        };
        list.child(el("dt").child(parameter.name)).child(value)
    })
}

/// Stands for a secret: equal secrets have equal fingerprints, so one can be followed through the page.
pub fn fingerprint(print: String) -> Element {
    el("span")
        .class("fingerprint")
        .attribute("title", "A secret. These are the first digits of its SHA-256 hash.")
        .child(el("span").class("visually-hidden").child("secret with fingerprint "))
        .child(print)
}

/// Facts with their names.
pub fn facts(facts: impl IntoIterator<Item = (&'static str, Child)>) -> Element {
    facts.into_iter().fold(el("dl").class("facts"), |list, (name, value)| {
        list.child(el("dt").child(name)).child(el("dd").child(value))
    })
}

/// Something that is opened by a click on its name.
pub fn more(name: impl Into<Child>, hidden: impl Into<Child>) -> Element {
    el("details").class("more").child(el("summary").child(name)).child(hidden)
}
