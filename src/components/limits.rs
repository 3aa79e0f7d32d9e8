//! What silent authentication does not do, said plainly.

use super::element::{Element, el};

const LIMITS: [(&str, &str); 3] = [
    (
        "It does not protect against injected scripts.",
        "A script that runs in this page can open the same hidden frame and get tokens of its own. The frame is its best tool; \
         a strict content policy keeps it out in the first place.",
    ),
    (
        "It is not always the better choice.",
        "Where a server of your own can hold the tokens (a backend for frontend), no token reaches the browser at all. Where \
         browsers block third-party cookies and the tenant is another site, rotating refresh tokens work and the frame does not.",
    ),
    (
        "It was not measured everywhere.",
        "Chromium and Firefox were; Safari was not. Safari blocks third-party cookies, so expect the frame to work there only \
         if app and tenant share a site.",
    ),
];

/// The plain statement at the foot of the page.
pub fn limits() -> Element {
    let limits: Vec<_> = LIMITS.iter().map(|&(what, why)| el("li").child(el("b").child(what)).child(why)).collect();
    el("section")
        .class("limits")
        .attribute("aria-labelledby", "limits")
        .child(el("h2").attribute("id", "limits").child("What silent authentication does not do"))
        .child(el("ul").child(limits))
}
