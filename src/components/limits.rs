//! What silent authentication does not do, said plainly.

use leptos::prelude::*;

/// The plain statement at the foot of the page.
#[component]
pub fn Limits() -> impl IntoView {
    view! {
        <section class="limits" aria-labelledby="limits">
            <h2 id="limits">"What silent authentication does not do"</h2>
            <ul>
                <li>
                    <b>"It does not protect against injected scripts. "</b>
                    "A script that runs in this page can open the same hidden frame and get tokens of its own. The frame is its best tool; a strict content policy keeps it out in the first place."
                </li>
                <li>
                    <b>"It is not always the better choice. "</b>
                    "Where a server of your own can hold the tokens (a backend for frontend), no token reaches the browser at all. Where browsers block third-party cookies and the tenant is another site, rotating refresh tokens work and the frame does not."
                </li>
                <li>
                    <b>"It was not measured everywhere. "</b>
                    "Chromium and Firefox were; Safari was not. Safari blocks third-party cookies, so expect the frame to work there only if app and tenant share a site."
                </li>
            </ul>
        </section>
    }
}
