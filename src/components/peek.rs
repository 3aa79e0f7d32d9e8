//! The hidden frame made visible: a switch that outlines it, and what it loaded and said when it was last there.

use leptos::prelude::*;

use super::parameters::Parameters;
use crate::model::duration::took;
use crate::model::flight::FrameVisit;

/// The switch and the account of the latest visit.
#[component]
pub fn Peek(
    /// Whether the frame is shown while it is there.
    peeking: RwSignal<bool>,
    /// The latest visit.
    #[prop(into)]
    visit: Signal<Option<FrameVisit>>,
) -> impl IntoView {
    view! {
        <div class="peek" data-peek=move || peeking.get().then_some("")>
            <button
                type="button"
                class="button button--small"
                aria-pressed=move || peeking.get().to_string()
                on:click=move |_| peeking.update(|on| *on = !*on)
            >
                "Peek at the hidden frame"
            </button>
            <Show when=move || peeking.get()>
                <p class="peek__hint">
                    "From now on the frame is outlined in the corner while it is in the page. Look closely: it is blank, and gone in a moment."
                </p>
                {move || match visit.get() {
                    Some(visit) => view! { <Visit visit /> }.into_any(),
                    None => view! { <p class="empty">"No hidden frame has been in this page yet."</p> }.into_any(),
                }}
            </Show>
        </div>
    }
}

#[component]
fn Visit(visit: FrameVisit) -> impl IntoView {
    let stayed = match visit.stayed {
        Some(time) => format!("It was in the page for {}.", took(time)),
        None => "It is in the page now.".to_owned(),
    };
    let message = match visit.message {
        Some(parameters) => view! {
            <h4>"The message it sent to this page"</h4>
            <Parameters parameters />
        }
        .into_any(),
        None => view! { <p>"It has sent no message."</p> }.into_any(),
    };
    view! {
        <p>{stayed}</p>
        <h4>"The address it loaded"</h4>
        <p class="peek__address">{visit.address}</p>
        <Parameters parameters=visit.asked />
        {message}
    }
}
