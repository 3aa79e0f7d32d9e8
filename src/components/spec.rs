//! Links to the sections of specifications.

use super::element::{Element, el};
use crate::model::spec::references;

/// The references in a text such as `RFC 6749, section 5.1; RFC 7636, section 4.5`, each a link if its address is known.
pub fn links(names: &str) -> Vec<Element> {
    let link = |reference: crate::model::spec::Reference| match reference.url {
        Some(url) => el("a")
            .class("spec")
            .attribute("href", url)
            .attribute("title", reference.name)
            .attribute("target", "_blank")
            .attribute("rel", "noreferrer")
            .child(reference.short),
        None => el("span").class("spec").child(reference.name),
    };
    references(names).into_iter().map(link).collect()
}
